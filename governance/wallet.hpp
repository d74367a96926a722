// SPDX-License-Identifier: Apache-2.0
// Accounts on the chain: a secp256k1 key, its address, and signatures from which the address can be recovered.
// Signing is deterministic (RFC 6979) and always low-s (EIP-2). Thread-safe after construction.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/hash.hpp"
#include "governance/address.hpp"

namespace mc::governance {

/// An ECDSA signature with the parity of its point, so that the signer's address can be recovered.
struct Signature {
  std::array<std::uint8_t, 32> r{};
  std::array<std::uint8_t, 32> s{};
  std::uint8_t parity = 0;  // 0 or 1

  friend bool operator==(const Signature&, const Signature&) = default;
  /// r, s, then 27 + parity: the 65 bytes that wallets and contracts exchange.
  [[nodiscard]] std::array<std::uint8_t, 65> bytes() const;
};

/// Reads the 65-byte form; kParse when the length or the last byte (27 or 28) is wrong.
Result<Signature> signature_from_bytes(ByteView bytes);

/// A secret key and its address. Moved, never copied; the secret is wiped when the wallet dies.
class Wallet {
 public:
  /// kInvalidArgument when the secret is zero or not below the group order.
  static Result<Wallet> create(SecretKey256 secret);
  /// A wallet with a fresh secret from the operating system.
  static Wallet fresh();

  [[nodiscard]] const Address& address() const { return address_; }
  /// The secret, for the owner's key file only.
  [[nodiscard]] const SecretKey256& secret() const { return secret_; }
  /// Signs a 32-byte digest (not a message).
  [[nodiscard]] Signature sign(const Hash256& digest) const;

 private:
  Wallet(SecretKey256 secret, Address address) : secret_(std::move(secret)), address_(address) {}
  SecretKey256 secret_;
  Address address_;
};

/// The address whose key made `signature` over `digest`.
///   errors  kCorrupt: no such point; kRefused: s in the upper half (a second form of the same signature)
Result<Address> recover(const Hash256& digest, const Signature& signature);

/// The wallet an owner keeps for one of its patients in local mode, where patients have no device of their own:
/// a function of the owner's patient seed and the row's identifier.
///   cost  about 30 microseconds
Wallet derive_patient_wallet(const SecretKey256& patient_seed, std::string_view row_id);

}  // namespace mc::governance
