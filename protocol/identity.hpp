// SPDX-License-Identifier: Apache-2.0
// Who a custodian is to the others: an Ed25519 key that signs and an X25519 key that opens sealed boxes (libsodium).
// The first lasts, the second is of one key epoch; each derives from a 256-bit secret of its own. Signing and sealing
// are deterministic: a message made twice has the same bytes.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "base/codec.hpp"
#include "base/hash.hpp"
#include "base/result.hpp"
#include "base/strong.hpp"

namespace mc::protocol {

using Signature = std::array<std::uint8_t, 64>;

/// The public half; its hash is registered on chain.
struct PublicIdentity {
  std::array<std::uint8_t, 32> sign_key{};
  std::array<std::uint8_t, 32> box_key{};
  friend bool operator==(const PublicIdentity&, const PublicIdentity&) = default;
};

inline constexpr std::size_t kPublicIdentityBytes = 64;
Bytes encode_public_identity(const PublicIdentity& identity);
Result<PublicIdentity> decode_public_identity(ByteView bytes);
Hash256 hash_public_identity(const PublicIdentity& identity);

/// True when `signature` signs H(domain, digest) under the identity.
bool verify_signature(const PublicIdentity& identity, std::string_view domain, const Hash256& digest,
                      const Signature& signature);

/// A sealed box adds this many bytes.
inline constexpr std::size_t kSealBytes = 48;

/// The half that lasts: signs what a custodian says. From one 256-bit secret.
class CustodianSigner {
 public:
  explicit CustodianSigner(const SecretKey256& secret);
  CustodianSigner(CustodianSigner&&) noexcept = default;
  CustodianSigner& operator=(CustodianSigner&&) noexcept = default;

  [[nodiscard]] const std::array<std::uint8_t, 32>& sign_key() const { return sign_key_; }
  [[nodiscard]] Signature sign(std::string_view domain, const Hash256& digest) const;
  /// Where the secret key lies, to be locked into memory.
  [[nodiscard]] ByteView secret_memory() const { return sign_secret_; }

 private:
  std::array<std::uint8_t, 32> sign_key_{};
  SecretBytes sign_secret_;  // 64 bytes, libsodium's layout
};

/// A custodian in a ceremony: it also seals and opens boxes. The box key is of one key epoch and dies with the ceremony
/// (R11): who seizes the custodian later cannot open the contributions that stand on the public board.
class CustodianIdentity : public CustodianSigner {
 public:
  /// `secret` signs; box keys derive from `ceremony_secret`, which is erased when the epoch's keys are there.
  CustodianIdentity(const SecretKey256& secret, const SecretKey256& ceremony_secret);
  /// Both from one secret, which can never be erased then.
  explicit CustodianIdentity(const SecretKey256& secret) : CustodianIdentity(secret, secret) {}
  CustodianIdentity(CustodianIdentity&&) noexcept = default;
  CustodianIdentity& operator=(CustodianIdentity&&) noexcept = default;

  [[nodiscard]] const PublicIdentity& public_identity() const { return public_; }
  /// A box that only `recipient` opens (crypto_box_seal's format). The ephemeral key is a PRF of our secret, the
  /// recipient and the content, so repeats are byte for byte the same. kInvalidArgument when the recipient's key is no
  /// usable point (of small order).
  [[nodiscard]] Result<Bytes> seal(const PublicIdentity& recipient, std::span<const std::uint8_t> secret_content) const;
  /// kCorrupt when the box is not for us or was changed.
  [[nodiscard]] Result<SecretBytes> open(ByteView box) const;

 private:
  PublicIdentity public_;
  SecretKey256 box_secret_;
  SecretKey256 seal_secret_;
};

}  // namespace mc::protocol
