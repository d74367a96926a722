// SPDX-License-Identifier: Apache-2.0
#include "base/chacha20.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include <limits>

#include "base/random.hpp"

namespace mc {
namespace {

SecretKey256 key_of(std::uint8_t first) {
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
  Bytes bytes(count * kChaCha20BlockBytes, 0xAA);  // what was there before does not count
  chacha20_blocks(bytes, first_block, key);
  return bytes;
}

TEST(ChaCha20, IsLibsodiumsAtEveryLengthAndPosition) {
  const SecretKey256 key = key_of(1);
  for (std::size_t count = 0; count < 70; ++count) {  // vector code takes 4, 8 or 16 blocks at a time
    for (const std::uint64_t first : {0, 1, 3, 15, 16, 63, 1'000'003}) {
      ASSERT_EQ(blocks(count, first, key), by_libsodium(count * kChaCha20BlockBytes, first, key)) << count << first;
    }
  }
  EXPECT_EQ(blocks(5'000, 77, key), by_libsodium(5'000 * kChaCha20BlockBytes, 77, key));
}

TEST(ChaCha20, CountsOnPast2To32Blocks) {
  const SecretKey256 key = key_of(2);
  for (const std::uint64_t border : {std::uint64_t{1} << 32, std::uint64_t{5} << 32, std::uint64_t{1} << 63}) {
    for (std::uint64_t before = 0; before <= 20; ++before) {
      const std::uint64_t first = border - before;
      ASSERT_EQ(blocks(40, first, key), by_libsodium(40 * kChaCha20BlockBytes, first, key)) << border << before;
    }
  }
  const std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(blocks(1, last, key), by_libsodium(kChaCha20BlockBytes, last, key));
}

TEST(ChaCha20, APartOfABlockIsOurBug) {
  Bytes bytes(65);
  EXPECT_DEATH(chacha20_blocks(bytes, 0, key_of(3)), "check failed");
}

// KeyStream goes through a buffer, or around it when much is asked for: both ways, mixed, are one stream.
TEST(ChaCha20, LongAndShortFillsOfAKeyStreamAreLibsodiumsStream) {
  constexpr std::size_t kSizes[] = {1,    63,   64, 65,     4095,   4096,    4097,    8191,
                                    8192, 9000, 5,  12'345, 70'001, 262'144, 262'145, 1'000'000};
  for (const std::size_t skipped : {0, 1, 63, 64, 100, 4090, 4095, 4096, 5000}) {
    KeyStream stream(key_of(4));
    Bytes all(skipped);
    stream.fill(all);
    for (const std::size_t size : kSizes) {
      Bytes piece(size, 0x55);
      stream.fill(piece);
      all.insert(all.end(), piece.begin(), piece.end());
    }
    ASSERT_EQ(all, by_libsodium(all.size(), 0, key_of(4))) << skipped;
  }
}

}  // namespace
}  // namespace mc
