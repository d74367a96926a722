// SPDX-License-Identifier: Apache-2.0
#include "base/random.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>

#include "base/chacha20.hpp"

namespace mc {
namespace {

constexpr std::size_t kBufferBytes = 4096;

void require_sodium() {
  static const bool ready = sodium_init() >= 0;
  MC_CHECK(ready);
}

}  // namespace

SecretKey256 fresh_key() {
  SecretKey256 key;
  fresh_bytes(key.expose_mutable());
  return key;
}

void fresh_bytes(std::span<std::uint8_t> out) {
  require_sodium();
  if (out.empty()) return;  // libsodium takes no null pointer
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
  block_index_ += kBufferBytes / kChaCha20BlockBytes;
  position_ = 0;
}

void KeyStream::fill(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    if (position_ == kBufferBytes) {
      if (out.size() >= kBufferBytes) {  // whole blocks go where they are wanted
        const std::size_t direct = out.size() / kChaCha20BlockBytes * kChaCha20BlockBytes;
        chacha20_blocks(out.first(direct), block_index_, key_);
        block_index_ += direct / kChaCha20BlockBytes;
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
