// SPDX-License-Identifier: Apache-2.0
#include "governance/wallet.hpp"

#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include <algorithm>

#include "base/codec.hpp"
#include "base/random.hpp"
#include "governance/keccak.hpp"

namespace mc::governance {
namespace {

// One context for the process, blinded once against side channels; signing and recovering only read it.
const secp256k1_context* curve() {
  static const secp256k1_context* const context = [] {
    secp256k1_context* made = secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY);
    MC_CHECK(made != nullptr);
    const SecretKey256 blinding = fresh_key();
    MC_CHECK(secp256k1_context_randomize(made, blinding.expose().data()) == 1);
    return made;
  }();
  return context;
}

Address address_of(const secp256k1_pubkey& key) {
  std::array<std::uint8_t, 65> point{};
  std::size_t size = point.size();
  MC_CHECK(secp256k1_ec_pubkey_serialize(curve(), point.data(), &size, &key, SECP256K1_EC_UNCOMPRESSED) == 1);
  // The leading byte 4 says "uncompressed" and does not enter.
  const Hash256 digest = keccak256(ByteView(point).subspan(1));
  Address address;
  std::copy(digest.bytes.begin() + 12, digest.bytes.end(), address.bytes.begin());
  return address;
}

}  // namespace

std::array<std::uint8_t, 65> Signature::bytes() const {
  std::array<std::uint8_t, 65> out{};
  std::copy(r.begin(), r.end(), out.begin());
  std::copy(s.begin(), s.end(), out.begin() + 32);
  out[64] = static_cast<std::uint8_t>(27 + parity);
  return out;
}

Result<Signature> signature_from_bytes(ByteView bytes) {
  if (bytes.size() != 65) {
    return fail(Code::kParse, "a signature has 65 bytes, this one has " + std::to_string(bytes.size()));
  }
  if (bytes[64] != 27 && bytes[64] != 28) {
    return fail(Code::kParse, "a signature ends in 27 or 28, this one in " + std::to_string(bytes[64]));
  }
  Signature signature;
  std::copy_n(bytes.begin(), 32, signature.r.begin());
  std::copy_n(bytes.begin() + 32, 32, signature.s.begin());
  signature.parity = static_cast<std::uint8_t>(bytes[64] - 27);
  return signature;
}

Result<Wallet> Wallet::create(SecretKey256 secret) {
  secp256k1_pubkey key;
  if (secp256k1_ec_pubkey_create(curve(), &key, secret.expose().data()) != 1) {
    return fail(Code::kInvalidArgument, "this secret is not a secp256k1 key: it is zero or not below the group order");
  }
  return Wallet(std::move(secret), address_of(key));
}

Wallet Wallet::fresh() {
  while (true) {
    // One secret in 2^128 is not a key.
    if (Result<Wallet> wallet = create(fresh_key())) return std::move(*wallet);
  }
}

Signature Wallet::sign(const Hash256& digest) const {
  secp256k1_ecdsa_recoverable_signature made;
  MC_CHECK(secp256k1_ecdsa_sign_recoverable(curve(), &made, digest.bytes.data(), secret_.expose().data(),
                                            secp256k1_nonce_function_rfc6979, nullptr) == 1);
  std::array<std::uint8_t, 64> compact{};
  int recovery = 0;
  secp256k1_ecdsa_recoverable_signature_serialize_compact(curve(), compact.data(), &recovery, &made);
  // Recovery ids 2 and 3 mean that r wrapped around the group order: about one signature in 2^127.
  MC_CHECK(recovery == 0 || recovery == 1);
  Signature signature;
  std::copy_n(compact.begin(), 32, signature.r.begin());
  std::copy_n(compact.begin() + 32, 32, signature.s.begin());
  signature.parity = static_cast<std::uint8_t>(recovery);
  return signature;
}

Result<Address> recover(const Hash256& digest, const Signature& signature) {
  std::array<std::uint8_t, 64> compact{};
  std::copy(signature.r.begin(), signature.r.end(), compact.begin());
  std::copy(signature.s.begin(), signature.s.end(), compact.begin() + 32);
  secp256k1_ecdsa_recoverable_signature parsed;
  secp256k1_ecdsa_signature plain;
  secp256k1_pubkey key;
  if (signature.parity > 1 ||
      secp256k1_ecdsa_recoverable_signature_parse_compact(curve(), &parsed, compact.data(), signature.parity) != 1) {
    return fail(Code::kCorrupt, "the signature's numbers are not below the group order");
  }
  secp256k1_ecdsa_recoverable_signature_convert(curve(), &plain, &parsed);
  if (secp256k1_ecdsa_signature_normalize(curve(), nullptr, &plain) == 1) {
    return fail(Code::kRefused, "the signature's s lies in the upper half: a second form of the same signature");
  }
  if (secp256k1_ecdsa_recover(curve(), &key, &parsed, digest.bytes.data()) != 1) {
    return fail(Code::kCorrupt, "the signature belongs to no key");
  }
  return address_of(key);
}

Wallet derive_patient_wallet(const SecretKey256& patient_seed, std::string_view row_id) {
  for (std::uint32_t attempt = 0;; ++attempt) {
    Writer context;
    context.text(row_id);
    context.u32(attempt);
    // The next attempt is needed once in 2^128 times, when the derived secret is not below the group order.
    if (Result<Wallet> wallet =
            Wallet::create(derive_key(patient_seed, "medcommons/patient-wallet/1", context.bytes()))) {
      return std::move(*wallet);
    }
  }
}

}  // namespace mc::governance
