// SPDX-License-Identifier: Apache-2.0
#include "protocol/member_box.hpp"

#include <sodium.h>

#include <algorithm>

#include "base/codec.hpp"
#include "base/random.hpp"

namespace mc::protocol {
namespace {

constexpr std::uint32_t kBoxMark = 0x3142434d;  // "MCB1"
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kSealedKeyBytes = kKeyBytes + crypto_box_SEALBYTES;
constexpr std::size_t kEntryBytes = crypto_box_PUBLICKEYBYTES + kSealedKeyBytes;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
// The key is used once: a nonce of zeros never meets it again.
constexpr std::array<std::uint8_t, kNonceBytes> kNonce{};
static_assert(crypto_box_PUBLICKEYBYTES == sizeof(Hash256::bytes));

}  // namespace

Hash256 member_box_key(const SecretKey256& box_secret) {
  Hash256 key;
  MC_CHECK(crypto_scalarmult_base(key.bytes.data(), box_secret.expose().data()) == 0);
  return key;
}

Result<Bytes> seal_to_members(ByteView content, std::span<const Hash256> keys) {
  if (keys.empty()) return fail(Code::kInvalidArgument, "there is nobody to encrypt to: no member has published a key");
  if (keys.size() > kMemberBoxRecipientsMax || content.size() > kMemberBoxContentMax) {
    return fail(Code::kLimit, std::to_string(content.size()) + " bytes for " + std::to_string(keys.size()) +
                                  " members, at most " + std::to_string(kMemberBoxContentMax) + " for " +
                                  std::to_string(kMemberBoxRecipientsMax) + " are sealed");
  }
  const SecretKey256 key = fresh_key();
  Writer writer;
  writer.u32(kBoxMark);
  writer.u32(static_cast<std::uint32_t>(keys.size()));
  for (const Hash256& recipient : keys) {
    std::array<std::uint8_t, kSealedKeyBytes> sealed{};
    if (crypto_box_seal(sealed.data(), key.expose().data(), kKeyBytes, recipient.bytes.data()) != 0) {
      return fail(Code::kInvalidArgument, "a member's X25519 key " + recipient.hex() + " is of small order");
    }
    writer.hash(recipient);
    writer.raw(sealed);
  }
  // Everything before it is authenticated with the content: recipients cannot be taken away unnoticed.
  const Bytes head(writer.bytes().begin(), writer.bytes().end());
  Bytes sealed(content.size() + kTagBytes);
  MC_CHECK(crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data(), nullptr, content.data(), content.size(),
                                                      head.data(), head.size(), nullptr, kNonce.data(),
                                                      key.expose().data()) == 0);
  writer.raw(sealed);
  return std::move(writer).bytes();
}

Result<SecretBytes> open_as_member(ByteView box, const SecretKey256& box_secret) {
  Reader reader(box, "a box for members");
  MC_TRY(const std::uint32_t magic, reader.u32());
  if (magic != kBoxMark) return fail(reader.error("it does not begin with its format's mark"));
  MC_TRY(const std::uint32_t count, reader.count(kMemberBoxRecipientsMax, kEntryBytes));
  const Hash256 own = member_box_key(box_secret);
  SecretKey256 key;
  bool found = false;
  for (std::uint32_t i = 0; i < count; ++i) {
    MC_TRY(const Hash256 recipient, reader.hash());
    MC_TRY(const ByteView sealed, reader.raw(kSealedKeyBytes));
    if (found || recipient != own) continue;
    found = crypto_box_seal_open(key.expose_mutable().data(), sealed.data(), sealed.size(), own.bytes.data(),
                                 box_secret.expose().data()) == 0;
    if (!found) return fail(Code::kCorrupt, "a box for members: the key that is sealed to this member was changed");
  }
  const std::size_t head_bytes = 8 + std::size_t{count} * kEntryBytes;
  const ByteView sealed = box.subspan(head_bytes);
  if (sealed.size() < kTagBytes) return fail(Code::kCorrupt, "a box for members is shorter than its authenticator");
  if (!found)
    return fail(Code::kNotFound, "this is not encrypted to this member: she had published no key when it was");
  SecretBytes content(sealed.size() - kTagBytes);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(content.data(), nullptr, nullptr, sealed.data(), sealed.size(),
                                                 box.data(), head_bytes, kNonce.data(), key.expose().data()) != 0) {
    return fail(Code::kCorrupt, "a box for members was changed");
  }
  return content;
}

}  // namespace mc::protocol
