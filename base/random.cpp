// SPDX-License-Identifier: Apache-2.0
#include "base/random.hpp"

#include <openssl/evp.h>
#include <sodium.h>

#include <algorithm>
#include <cstring>

namespace mc {
namespace {

constexpr std::size_t kBufferBytes = 4096;
constexpr std::size_t kBlockBytes = 64;

void require_sodium() {
  static const bool ready = sodium_init() >= 0;
  MC_CHECK(ready);
}

/// The key stream's blocks from `first_block` on, whole blocks of 64 bytes. OpenSSL's ChaCha20 is twice as fast as
/// libsodium's where there is AVX-512; RFC 8439's 32-bit counter and 96-bit nonce are here a 64-bit counter and a zero
/// nonce, as in the original cipher.
void chacha20_blocks(std::span<std::uint8_t> out, std::uint64_t first_block, const SecretKey256& key) {
  std::ranges::fill(out, std::uint8_t{0});
  EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
  MC_CHECK(context != nullptr);
  while (!out.empty()) {
    // One call does not cross a multiple of 2^32 blocks, nor what an int can say.
    const std::uint64_t until_wrap = (std::uint64_t{1} << 32) - (first_block & 0xFFFFFFFF);
    const std::size_t blocks =
        static_cast<std::size_t>(std::min<std::uint64_t>({out.size() / kBlockBytes, until_wrap, 1u << 24}));
    std::array<std::uint8_t, 16> counter{};
    for (std::size_t i = 0; i < 8; ++i) counter[i] = static_cast<std::uint8_t>(first_block >> (8 * i));
    const std::size_t bytes = blocks * kBlockBytes;
    int written = 0;
    MC_CHECK(EVP_EncryptInit_ex(context, EVP_chacha20(), nullptr, key.expose().data(), counter.data()) == 1);
    MC_CHECK(EVP_EncryptUpdate(context, out.data(), &written, out.data(), static_cast<int>(bytes)) == 1);
    MC_CHECK(written == static_cast<int>(bytes));
    out = out.subspan(bytes);
    first_block += blocks;
  }
  EVP_CIPHER_CTX_free(context);  // wipes the key schedule
}

}  // namespace

SecretKey256 fresh_key() {
  SecretKey256 key;
  fresh_bytes(key.expose_mutable());
  return key;
}

void fresh_bytes(std::span<std::uint8_t> out) {
  require_sodium();
  randombytes_buf(out.data(), out.size());
}

SecretKey256 derive_key(const SecretKey256& key, std::string_view domain, ByteView context) {
  require_sodium();
  crypto_generichash_state state;
  const auto secret = key.expose();
  MC_CHECK(crypto_generichash_init(&state, secret.data(), secret.size(), 32) == 0);
  std::array<std::uint8_t, 8> size{};
  for (std::size_t i = 0; i < 8; ++i)
    size[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(domain.size()) >> (8 * i));
  crypto_generichash_update(&state, size.data(), size.size());
  crypto_generichash_update(&state, view_of(domain).data(), domain.size());
  crypto_generichash_update(&state, context.data(), context.size());
  SecretKey256 derived;
  crypto_generichash_final(&state, derived.expose_mutable().data(), 32);
  wipe(&state, sizeof state);
  return derived;
}

KeyStream::KeyStream(SecretKey256 key) : key_(std::move(key)), position_(kBufferBytes), buffer_(kBufferBytes) {
  require_sodium();
}

KeyStream KeyStream::fresh() {
  return KeyStream(fresh_key());
}

void KeyStream::refill() {
  chacha20_blocks(buffer_, block_index_, key_);
  block_index_ += kBufferBytes / kBlockBytes;
  position_ = 0;
}

void KeyStream::fill(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    if (position_ == kBufferBytes) {
      if (out.size() >= kBufferBytes) {  // whole blocks go where they are wanted
        const std::size_t direct = out.size() / kBlockBytes * kBlockBytes;
        chacha20_blocks(out.first(direct), block_index_, key_);
        block_index_ += direct / kBlockBytes;
        out = out.subspan(direct);
        continue;
      }
      refill();
    }
    const std::size_t count = std::min(out.size(), kBufferBytes - position_);
    std::memcpy(out.data(), buffer_.data() + position_, count);
    position_ += count;
    out = out.subspan(count);
  }
}

std::uint32_t KeyStream::next_u32() {
  std::array<std::uint8_t, 4> b{};
  fill(b);
  return std::uint32_t{b[0]} | std::uint32_t{b[1]} << 8 | std::uint32_t{b[2]} << 16 | std::uint32_t{b[3]} << 24;
}

std::uint64_t KeyStream::next_u64() {
  if (kBufferBytes - position_ >= 8) {
    const std::uint8_t* b = buffer_.data() + position_;
    position_ += 8;
    std::uint64_t word = 0;
    for (int i = 7; i >= 0; --i) word = word << 8 | b[i];
    return word;
  }
  const std::uint64_t low = next_u32();
  return low | static_cast<std::uint64_t>(next_u32()) << 32;
}

std::uint64_t KeyStream::next_below(std::uint64_t bound) {
  MC_CHECK(bound >= 1);
  // Words at or above the largest multiple of `bound` are thrown away, so that every residue is equally likely.
  const std::uint64_t excess = (UINT64_MAX % bound + 1) % bound;
  while (true) {
    const std::uint64_t word = next_u64();
    if (word <= UINT64_MAX - excess) return word % bound;
  }
}

KeyStream public_stream(std::string_view domain, const Hash256& seed) {
  const SecretKey256 key{std::span<const std::uint8_t, 32>(seed.bytes)};
  return KeyStream(derive_key(key, domain, {}));
}

}  // namespace mc
