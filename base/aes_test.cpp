// SPDX-License-Identifier: Apache-2.0
#include "base/aes.hpp"

#include <gtest/gtest.h>

#include <bit>

#include "base/primitives.hpp"

namespace mc {
namespace {

PublicKey128 key_from(std::string_view hex) {
  const Bytes bytes = from_hex(hex).value_or_stop();
  PublicKey128 key{};
  std::ranges::copy(bytes, key.begin());
  return key;
}

std::string encrypted(const PublicKey128& key, std::string_view hex) {
  Bytes block = from_hex(hex).value_or_stop();
  Aes128(key).encrypt(block.data());
  return to_hex(block);
}

// FIPS 197, appendices B and C.1; SP 800-38A, F.1.1.
TEST(Aes128, EncryptsThePublishedVectors) {
  EXPECT_EQ(encrypted(key_from("2b7e151628aed2a6abf7158809cf4f3c"), "3243f6a8885a308d313198a2e0370734"),
            "3925841d02dc09fbdc118597196a0b32");
  EXPECT_EQ(encrypted(key_from("000102030405060708090a0b0c0d0e0f"), "00112233445566778899aabbccddeeff"),
            "69c4e0d86a7b0430d8cdb78070b4c55a");
  EXPECT_EQ(encrypted(key_from("2b7e151628aed2a6abf7158809cf4f3c"), "f69f2445df4f9b17ad2b417be66c3710"),
            "7b0c785e27e8ad3f8223207104725dd4");
}

// FIPS 197, appendix A.1: words 4 and 43.
TEST(Aes128, ExpandsThePublishedKey) {
  const Aes128 aes(key_from("2b7e151628aed2a6abf7158809cf4f3c"));
  EXPECT_EQ(aes.round_keys()[4], 0x17FEFAA0u);   // a0fafe17 in the order of its bytes
  EXPECT_EQ(aes.round_keys()[43], 0xA60C63B6u);  // b6630ca6
}

// The blocks of the build's library, and counters past 32 and 64 bits, under keys with all bits.
TEST(Aes128, IsTheLibrarysOfCountersFromAnyOneOn) {
  PublicKey128 key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(37 * i + 201);
  for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{5}, (std::uint64_t{1} << 32) - 3, UINT64_MAX - 2}) {
    for (const std::uint64_t upper : {std::uint64_t{0}, std::uint64_t{0x0123456789ABCDEF}}) {
      constexpr std::size_t kBlocks = 100;
      std::vector<std::uint64_t> words(2 * kBlocks, 0xAA);
      primitives::aes128_blocks(words, first, upper, key);
      for (std::size_t i = 0; i < kBlocks; ++i) {
        std::array<std::uint64_t, 2> block{first + i, upper};
        Aes128(key).encrypt(reinterpret_cast<std::uint8_t*>(block.data()));
        ASSERT_EQ(words[2 * i], block[0]) << i;
        ASSERT_EQ(words[2 * i + 1], block[1]) << i;
      }
      key[0] ^= 0x80;
    }
  }
}

}  // namespace
}  // namespace mc
