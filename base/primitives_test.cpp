// SPDX-License-Identifier: Apache-2.0
#include "base/primitives.hpp"

#include <gtest/gtest.h>

#if !defined(__wasm__)
#include <sodium.h>
#endif

#include <limits>

#include "base/random.hpp"

namespace mc {
namespace {

SecretKey256 counting_key() {
  SecretKey256 key;
  for (std::size_t i = 0; i < 32; ++i) key.expose_mutable()[i] = static_cast<std::uint8_t>(i);
  return key;
}

// RFC 8439, appendix A.1, test vector 3: key 0…01, block 1.
TEST(Primitives, ChaCha20StartsAtAnyBlock) {
  SecretKey256 key;
  key.expose_mutable()[31] = 1;
  Bytes block(64, 0xAA);
  primitives::chacha20(block, 1, key);
  EXPECT_EQ(to_hex(block),
            "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a"
            "8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0");
  Bytes both(128);
  primitives::chacha20(both, 0, key);
  EXPECT_EQ(Bytes(both.begin() + 64, both.end()), block);
}

// The same digest by an independent implementation: python3 -c "import hashlib;
// print(hashlib.blake2b(bytes(range(256)), key=bytes(range(32)), digest_size=32).hexdigest())".
TEST(Primitives, KeyedBlake2bDoesNotDependOnTheBordersOfItsParts) {
  Bytes message(256);
  for (std::size_t i = 0; i < message.size(); ++i) message[i] = static_cast<std::uint8_t>(i);
  const ByteView view(message);
  const std::string whole = to_hex(primitives::keyed_blake2b(counting_key(), {view}).expose());
  EXPECT_EQ(whole, "b42be36ea26392f67d1d3706ffa72b6c61c2ff38e1fabd9a49e154d54b967d83");
  for (const std::size_t cut : {0, 1, 127, 128, 129, 256}) {
    EXPECT_EQ(to_hex(primitives::keyed_blake2b(counting_key(), {view.first(cut), view.subspan(cut)}).expose()), whole);
  }
}

// These tests run inside the WebAssembly module too, where there is no libsodium to compare with and a stream ends
// after 2^32 blocks: its bytes are those of the vectors above and of the native streams (tests/wasm).
#if !defined(__wasm__)

SecretKey256 key_starting_with(std::uint8_t first) {
  std::array<std::uint8_t, 32> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(first + 7 * i);
  return SecretKey256(bytes);
}

/// The same bytes by libsodium's original ChaCha20: 64-bit counter, 64-bit nonce.
Bytes by_libsodium(std::size_t size, std::uint64_t first_block, const SecretKey256& key) {
  Bytes bytes(size, 0);
  if (bytes.empty()) return bytes;  // libsodium takes no null pointer
  const std::array<std::uint8_t, crypto_stream_chacha20_NONCEBYTES> nonce{};
  crypto_stream_chacha20_xor_ic(bytes.data(), bytes.data(), size, nonce.data(), first_block, key.expose().data());
  return bytes;
}

Bytes blocks(std::size_t count, std::uint64_t first_block, const SecretKey256& key) {
  Bytes bytes(count * primitives::kChaChaBlockBytes, 0xAA);  // what was there before does not count
  primitives::chacha20(bytes, first_block, key);
  return bytes;
}

TEST(Primitives, ChaCha20IsLibsodiumsAtEveryLengthAndPosition) {
  const SecretKey256 key = key_starting_with(1);
  for (std::size_t count = 0; count < 70; ++count) {  // vector code takes 4, 8 or 16 blocks at a time
    for (const std::uint64_t first : {0, 1, 3, 15, 16, 63, 1'000'003}) {
      ASSERT_EQ(blocks(count, first, key), by_libsodium(count * primitives::kChaChaBlockBytes, first, key))
          << count << first;
    }
  }
  EXPECT_EQ(blocks(5'000, 77, key), by_libsodium(5'000 * primitives::kChaChaBlockBytes, 77, key));
}

TEST(Primitives, ChaCha20CountsOnPast2To32Blocks) {
  const SecretKey256 key = key_starting_with(2);
  for (const std::uint64_t border : {std::uint64_t{1} << 32, std::uint64_t{5} << 32, std::uint64_t{1} << 63}) {
    for (std::uint64_t before = 0; before <= 20; ++before) {
      const std::uint64_t first = border - before;
      ASSERT_EQ(blocks(40, first, key), by_libsodium(40 * primitives::kChaChaBlockBytes, first, key))
          << border << before;
    }
  }
  const std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(blocks(1, last, key), by_libsodium(primitives::kChaChaBlockBytes, last, key));
}

TEST(Primitives, ChaCha20APartOfABlockIsOurBug) {
  Bytes bytes(65);
  EXPECT_DEATH(primitives::chacha20(bytes, 0, key_starting_with(3)), "check failed");
}

// KeyStream goes through a buffer, or around it when much is asked for: both ways, mixed, are one stream.
TEST(Primitives, ChaCha20LongAndShortFillsOfAKeyStreamAreLibsodiumsStream) {
  constexpr std::size_t kSizes[] = {1,    63,   64, 65,     4095,   4096,    4097,    8191,
                                    8192, 9000, 5,  12'345, 70'001, 262'144, 262'145, 1'000'000};
  for (const std::size_t skipped : {0, 1, 63, 64, 100, 4090, 4095, 4096, 5000}) {
    KeyStream stream(key_starting_with(4));
    Bytes all(skipped);
    stream.fill(all);
    for (const std::size_t size : kSizes) {
      Bytes piece(size, 0x55);
      stream.fill(piece);
      all.insert(all.end(), piece.begin(), piece.end());
    }
    ASSERT_EQ(all, by_libsodium(all.size(), 0, key_starting_with(4))) << skipped;
  }
}

#endif

}  // namespace
}  // namespace mc
