// SPDX-License-Identifier: Apache-2.0
#include "protocol/identity.hpp"

#include <sodium.h>

#include <algorithm>

#include "base/random.hpp"

namespace mc::protocol {
namespace {

static_assert(kSealBytes == crypto_box_SEALBYTES);
static_assert(sizeof(PublicIdentity::sign_key) == crypto_sign_PUBLICKEYBYTES);
static_assert(sizeof(PublicIdentity::box_key) == crypto_box_PUBLICKEYBYTES);
static_assert(sizeof(Signature) == crypto_sign_BYTES);

Hash256 signed_digest(std::string_view domain, const Hash256& digest) {
  return Sha256(domain).update(digest.view()).finish();
}

}  // namespace

Bytes encode_public_identity(const PublicIdentity& identity) {
  Writer writer;
  writer.raw(identity.sign_key);
  writer.raw(identity.box_key);
  return std::move(writer).bytes();
}

Result<PublicIdentity> decode_public_identity(ByteView bytes) {
  Reader reader(bytes, "public identity");
  PublicIdentity identity;
  MC_TRY(const ByteView sign_key, reader.raw(identity.sign_key.size()));
  MC_TRY(const ByteView box_key, reader.raw(identity.box_key.size()));
  MC_TRY_STATUS(reader.finish());
  std::ranges::copy(sign_key, identity.sign_key.begin());
  std::ranges::copy(box_key, identity.box_key.begin());
  return identity;
}

Hash256 hash_public_identity(const PublicIdentity& identity) {
  return sha256(encode_public_identity(identity));
}

bool verify_signature(const PublicIdentity& identity, std::string_view domain, const Hash256& digest,
                      const Signature& signature) {
  const Hash256 message = signed_digest(domain, digest);
  return crypto_sign_verify_detached(signature.data(), message.bytes.data(), message.bytes.size(),
                                     identity.sign_key.data()) == 0;
}

CustodianSigner::CustodianSigner(const SecretKey256& secret) : sign_secret_(crypto_sign_SECRETKEYBYTES) {
  const SecretKey256 sign_seed = derive_key(secret, "medcommons/identity/sign/v1", {});
  MC_CHECK(crypto_sign_seed_keypair(sign_key_.data(), sign_secret_.data(), sign_seed.expose().data()) == 0);
}

CustodianIdentity::CustodianIdentity(const SecretKey256& secret, const SecretKey256& ceremony_secret)
    : CustodianSigner(secret) {
  public_.sign_key = sign_key();
  box_secret_ = derive_key(ceremony_secret, "medcommons/identity/box/v1", {});
  MC_CHECK(crypto_scalarmult_base(public_.box_key.data(), box_secret_.expose().data()) == 0);
  seal_secret_ = derive_key(ceremony_secret, "medcommons/identity/seal/v1", {});
}

Signature CustodianSigner::sign(std::string_view domain, const Hash256& digest) const {
  const Hash256 message = signed_digest(domain, digest);
  Signature signature;
  MC_CHECK(crypto_sign_detached(signature.data(), nullptr, message.bytes.data(), message.bytes.size(),
                                sign_secret_.data()) == 0);
  return signature;
}

Result<Bytes> CustodianIdentity::seal(const PublicIdentity& recipient,
                                      std::span<const std::uint8_t> secret_content) const {
  // crypto_box_seal draws its ephemeral key from the operating system; this one draws it from us, so that a custodian
  // that starts again repeats itself. The content is in the derivation: two contents never share an ephemeral key.
  SecretBytes context(recipient.box_key.begin(), recipient.box_key.end());
  context.insert(context.end(), secret_content.begin(), secret_content.end());
  const SecretKey256 ephemeral = derive_key(seal_secret_, "medcommons/identity/ephemeral/v1", context);
  Bytes box(kSealBytes + secret_content.size());
  MC_CHECK(crypto_scalarmult_base(box.data(), ephemeral.expose().data()) == 0);
  std::array<std::uint8_t, crypto_box_NONCEBYTES> nonce{};
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, nonce.size());
  crypto_generichash_update(&state, box.data(), crypto_box_PUBLICKEYBYTES);
  crypto_generichash_update(&state, recipient.box_key.data(), recipient.box_key.size());
  crypto_generichash_final(&state, nonce.data(), nonce.size());
  if (crypto_box_easy(box.data() + crypto_box_PUBLICKEYBYTES, secret_content.data(), secret_content.size(),
                      nonce.data(), recipient.box_key.data(), ephemeral.expose().data()) != 0) {
    return fail(Code::kInvalidArgument,
                "the recipient's X25519 key " + to_hex(recipient.box_key) + " is of small order");
  }
  return box;
}

Result<SecretBytes> CustodianIdentity::open(ByteView box) const {
  if (box.size() < kSealBytes) {
    return fail(Code::kCorrupt, "sealed box of " + std::to_string(box.size()) + " bytes, at least " +
                                    std::to_string(kSealBytes) + " needed");
  }
  SecretBytes content(box.size() - kSealBytes);
  if (crypto_box_seal_open(content.data(), box.data(), box.size(), public_.box_key.data(),
                           box_secret_.expose().data()) != 0) {
    return fail(Code::kCorrupt, "sealed box was changed or is for somebody else");
  }
  return content;
}

}  // namespace mc::protocol
