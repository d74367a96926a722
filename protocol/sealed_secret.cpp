// SPDX-License-Identifier: Apache-2.0
#include "protocol/sealed_secret.hpp"

#include <sodium.h>

#include <algorithm>

#include "base/random.hpp"

namespace mc::protocol {
namespace {

static_assert(kBoxBytes == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES);
static_assert(PassphraseCost{}.operations == crypto_pwhash_OPSLIMIT_MODERATE);
static_assert(PassphraseCost{}.memory_bytes == crypto_pwhash_MEMLIMIT_MODERATE);

constexpr std::string_view kLockMagic = "MCLK";
constexpr std::string_view kSecretMagic = "MCSE";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kSaltBytes = crypto_pwhash_SALTBYTES;

enum class LockKind : std::uint8_t { kKey = 1, kPassphrase = 2 };

LockKind kind_of(const Unlock& unlock) {
  return std::holds_alternative<UnlockKey>(unlock) ? LockKind::kKey : LockKind::kPassphrase;
}

/// The header of a lock; operations, memory and salt are zero where a key opens it.
struct LockHeader {
  LockKind kind{};
  PassphraseCost cost{0, 0};
  std::array<std::uint8_t, kSaltBytes> salt{};

  [[nodiscard]] Bytes bytes() const {
    Writer writer;
    writer.raw(view_of(kLockMagic));
    writer.u8(kVersion);
    writer.u8(static_cast<std::uint8_t>(kind));
    writer.u64(cost.operations);
    writer.u64(cost.memory_bytes);
    writer.raw(salt);
    return std::move(writer).bytes();
  }
};

Result<LockHeader> read_header(Reader& reader) {
  MC_TRY(const ByteView magic, reader.raw(kLockMagic.size()));
  if (!std::ranges::equal(magic, view_of(kLockMagic))) return fail(reader.error("not a lock"));
  MC_TRY(const std::uint8_t version, reader.u8());
  if (version != kVersion) return fail(reader.error("version " + std::to_string(version) + " is unknown"));
  LockHeader header;
  MC_TRY(const std::uint8_t kind, reader.u8());
  if (kind != 1 && kind != 2) return fail(reader.error("kind " + std::to_string(kind) + " is unknown"));
  header.kind = static_cast<LockKind>(kind);
  MC_TRY(header.cost.operations, reader.u64());
  MC_TRY(header.cost.memory_bytes, reader.u64());
  const bool plausible = header.kind == LockKind::kKey
                             ? header.cost == PassphraseCost{0, 0}
                             : header.cost.operations >= crypto_pwhash_OPSLIMIT_MIN &&
                                   header.cost.memory_bytes >= crypto_pwhash_MEMLIMIT_MIN &&
                                   header.cost.operations <= kPassphraseCostMax.operations &&
                                   header.cost.memory_bytes <= kPassphraseCostMax.memory_bytes;
  if (!plausible) {
    return fail(reader.error("asks for " + std::to_string(header.cost.operations) + " passes over " +
                             std::to_string(header.cost.memory_bytes) + " bytes"));
  }
  MC_TRY(const ByteView salt, reader.raw(kSaltBytes));
  std::ranges::copy(salt, header.salt.begin());
  return header;
}

Result<SecretKey256> locking_key(const Unlock& unlock, const LockHeader& header) {
  if (const auto* key = std::get_if<UnlockKey>(&unlock)) return key->key.copy();
  const SecretBytes& text = std::get<Passphrase>(unlock).text;
  SecretKey256 key;
  if (crypto_pwhash(key.expose_mutable().data(), key.expose().size(), reinterpret_cast<const char*>(text.data()),
                    text.size(), header.salt.data(), header.cost.operations,
                    static_cast<std::size_t>(header.cost.memory_bytes), crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return fail(Code::kUnavailable,
                "no memory for Argon2id, which needs " + std::to_string(header.cost.memory_bytes >> 20) + " MiB");
  }
  return key;
}

Bytes secret_header(std::string_view name) {
  Writer writer;
  writer.raw(view_of(kSecretMagic));
  writer.u8(kVersion);
  writer.text(name);
  return std::move(writer).bytes();
}

}  // namespace

Bytes seal_box(const SecretKey256& key, ByteView associated, ByteView content) {
  Bytes box(kBoxBytes + content.size());
  fresh_bytes(std::span(box).first(kNonceBytes));
  MC_CHECK(crypto_aead_xchacha20poly1305_ietf_encrypt(box.data() + kNonceBytes, nullptr, content.data(), content.size(),
                                                      associated.data(), associated.size(), nullptr, box.data(),
                                                      key.expose().data()) == 0);
  return box;
}

Result<SecretBytes> open_box(const SecretKey256& key, ByteView associated, ByteView box) {
  if (box.size() < kBoxBytes) {
    return fail(Code::kCorrupt, "a sealed box of " + std::to_string(box.size()) + " bytes, at least " +
                                    std::to_string(kBoxBytes) + " needed");
  }
  SecretBytes content(box.size() - kBoxBytes);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(content.data(), nullptr, nullptr, box.data() + kNonceBytes,
                                                 box.size() - kNonceBytes, associated.data(), associated.size(),
                                                 box.data(), key.expose().data()) != 0) {
    return fail(Code::kCorrupt, "the sealed bytes were changed, or belong to another key or name");
  }
  return content;
}

Result<Bytes> lock_folder_key(const SecretKey256& folder_key, const Unlock& unlock, PassphraseCost cost) {
  LockHeader header;
  header.kind = kind_of(unlock);
  if (const auto* passphrase = std::get_if<Passphrase>(&unlock)) {
    if (passphrase->text.size() < kPassphraseBytesMin) {
      return fail(Code::kInvalidArgument, "a passphrase of " + std::to_string(passphrase->text.size()) +
                                              " bytes is too short, at least " + std::to_string(kPassphraseBytesMin) +
                                              " are needed");
    }
    header.cost = cost;
    fresh_bytes(header.salt);
  }
  MC_TRY(const SecretKey256 key, locking_key(unlock, header));
  Bytes lock = header.bytes();
  const Bytes box = seal_box(key, lock, folder_key.expose());
  lock.insert(lock.end(), box.begin(), box.end());
  return lock;
}

Result<SecretKey256> unlock_folder_key(ByteView lock, const Unlock& unlock) {
  Reader reader(lock, "lock");
  MC_TRY(const LockHeader header, read_header(reader));
  const std::size_t header_bytes = reader.position();
  MC_TRY(const ByteView box, reader.raw(kBoxBytes + 32));
  MC_TRY_STATUS(reader.finish());
  if (header.kind != kind_of(unlock)) {
    return fail(Code::kRefused, header.kind == LockKind::kKey ? "opens with a key file, a passphrase was given"
                                                              : "opens with a passphrase, a key file was given");
  }
  MC_TRY(const SecretKey256 key, locking_key(unlock, header));
  const auto content = open_box(key, lock.first(header_bytes), box);
  if (!content) {
    return fail(Code::kRefused, header.kind == LockKind::kKey ? "the key file is another one, or the lock was changed"
                                                              : "the passphrase is wrong, or the lock was changed");
  }
  return SecretKey256(std::span(*content).first<32>());
}

Bytes seal_secret(const SecretKey256& folder_key, std::string_view name, ByteView content) {
  Writer writer;
  writer.raw(view_of(kSecretMagic));
  writer.u8(kVersion);
  writer.raw(seal_box(folder_key, secret_header(name), content));
  return std::move(writer).bytes();
}

Result<SecretBytes> open_secret(const SecretKey256& folder_key, std::string_view name, ByteView bytes) {
  Reader reader(bytes, name);
  MC_TRY(const ByteView magic, reader.raw(kSecretMagic.size()));
  if (!std::ranges::equal(magic, view_of(kSecretMagic))) return fail(reader.error("not a sealed secret"));
  MC_TRY(const std::uint8_t version, reader.u8());
  if (version != kVersion) return fail(reader.error("version " + std::to_string(version) + " is unknown"));
  return open_box(folder_key, secret_header(name), bytes.subspan(reader.position()));
}

}  // namespace mc::protocol
