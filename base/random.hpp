// SPDX-License-Identifier: Apache-2.0
// Randomness: fresh keys from the operating system, and byte streams that are a function of their key.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "base/hash.hpp"

namespace mc {

/// 256 fresh bits from the operating system.
SecretKey256 fresh_key();

/// Fills with fresh bytes from the operating system.
void fresh_bytes(std::span<std::uint8_t> out);

/// PRF: keyed BLAKE2b-256 of (domain, context). Source: RFC 7693, via libsodium's crypto_generichash.
///   range  any context length; different domains never collide
SecretKey256 derive_key(const SecretKey256& key, std::string_view domain, ByteView context);

/// ChaCha20 key stream (RFC 8439) as a source of bytes and words: the same key gives the same stream on every machine.
/// Words are little-endian. Not thread-safe; movable, never copied.
class KeyStream {
 public:
  explicit KeyStream(SecretKey256 key);
  /// A stream with a fresh key from the operating system.
  static KeyStream fresh();

  void fill(std::span<std::uint8_t> out);
  std::uint32_t next_u32();
  std::uint64_t next_u64();
  /// Uniform in [0, bound) by rejection; bound >= 1. Consumes eight bytes a try.
  std::uint64_t next_below(std::uint64_t bound);

 private:
  void refill();

  SecretKey256 key_;
  std::uint64_t block_index_ = 0;
  std::size_t position_ = 0;
  SecretBytes buffer_;
};

/// A KeyStream for public randomness: the seed is a digest anyone can compute.
KeyStream public_stream(std::string_view domain, const Hash256& seed);

}  // namespace mc
