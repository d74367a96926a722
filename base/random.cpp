// SPDX-License-Identifier: Apache-2.0
#include "base/random.hpp"

#include <algorithm>
#include <cstring>

#include "base/primitives.hpp"

namespace mc {
namespace {

// Most streams give one small draw, some give polynomials: the buffer starts small and grows once.
constexpr std::size_t kFirstBufferBytes = 512;
constexpr std::size_t kBufferBytes = 4096;
constexpr std::size_t kBlockBytes = primitives::kChaChaBlockBytes;

}  // namespace

SecretKey256 fresh_key() {
  SecretKey256 key;
  fresh_bytes(key.expose_mutable());
  return key;
}

SecretKey256 derive_key(const SecretKey256& key, std::string_view domain, ByteView context) {
  std::array<std::uint8_t, 8> size{};
  for (std::size_t i = 0; i < 8; ++i)
    size[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(domain.size()) >> (8 * i));
  return primitives::keyed_blake2b(key, {size, view_of(domain), context});
}

KeyStream::KeyStream(SecretKey256 key)
    : key_(std::move(key)), position_(kFirstBufferBytes), buffer_(kFirstBufferBytes) {}

KeyStream KeyStream::fresh() {
  return KeyStream(fresh_key());
}

void KeyStream::refill() {
  if (block_index_ != 0 && buffer_.size() != kBufferBytes) buffer_ = SecretBytes(kBufferBytes);
  primitives::chacha20(buffer_, block_index_, key_);
  block_index_ += buffer_.size() / kBlockBytes;
  position_ = 0;
}

void KeyStream::fill(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    if (position_ == buffer_.size()) {
      if (out.size() >= kBufferBytes) {  // whole blocks go where they are wanted
        const std::size_t direct = out.size() / kBlockBytes * kBlockBytes;
        primitives::chacha20(out.first(direct), block_index_, key_);
        block_index_ += direct / kBlockBytes;
        out = out.subspan(direct);
        continue;
      }
      refill();
    }
    const std::size_t count = std::min(out.size(), buffer_.size() - position_);
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
  if (buffer_.size() - position_ >= 8) {
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
