// SPDX-License-Identifier: Apache-2.0
#include "base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <set>

namespace mc {
namespace {

SecretKey256 key_ending_in(std::uint8_t last) {
  std::array<std::uint8_t, 32> bytes{};
  bytes[31] = last;
  return SecretKey256(bytes);
}

Bytes taken(KeyStream stream, std::size_t count) {
  Bytes out(count);
  stream.fill(out);
  return out;
}

std::string hex_of(const SecretKey256& key) {
  return to_hex(key.expose());
}

/// How far counts are from equal, in standard deviations of the chi-square statistic.
double chi_square_excess(const std::vector<std::uint64_t>& counts) {
  double total = 0, statistic = 0;
  for (const std::uint64_t count : counts) total += static_cast<double>(count);
  const double expected = total / static_cast<double>(counts.size());
  for (const std::uint64_t count : counts) statistic += std::pow(static_cast<double>(count) - expected, 2) / expected;
  const double freedom = static_cast<double>(counts.size() - 1);
  return (statistic - freedom) / std::sqrt(2 * freedom);
}

// RFC 8439, appendix A.1, test vectors 1 to 3: nonce zero, counters 0 and 1.
TEST(KeyStream, IsTheChaCha20BlockFunctionOfTheRfc) {
  EXPECT_EQ(to_hex(taken(KeyStream(key_ending_in(0)), 128)),
            "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
            "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"
            "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
            "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f");
  EXPECT_EQ(to_hex(taken(KeyStream(key_ending_in(1)), 128)).substr(128),
            "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a"
            "8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0");
}

TEST(KeyStream, DoesNotDependOnHowItIsRead) {
  const Bytes whole = taken(KeyStream(key_ending_in(7)), 20'000);
  KeyStream stream(key_ending_in(7));
  Bytes pieces;
  for (std::size_t size = 1; pieces.size() < whole.size(); size = size * 3 % 977 + 1) {
    Bytes piece(std::min(size, whole.size() - pieces.size()));
    stream.fill(piece);
    pieces.insert(pieces.end(), piece.begin(), piece.end());
  }
  EXPECT_EQ(pieces, whole);
}

TEST(KeyStream, WordsAreItsBytesLittleEndianAlsoAcrossTheBuffersEnd) {
  const Bytes whole = taken(KeyStream(key_ending_in(9)), 3 * 4096);
  for (const std::size_t offset : {0U, 1U, 4U, 7U}) {
    KeyStream stream(key_ending_in(9));
    Bytes skipped(offset);
    stream.fill(skipped);
    for (std::size_t at = offset; at + 12 <= whole.size(); at += 12) {
      std::uint64_t eight = 0, four = 0;
      for (int i = 7; i >= 0; --i) eight = eight << 8 | whole[at + static_cast<std::size_t>(i)];
      for (int i = 11; i >= 8; --i) four = four << 8 | whole[at + static_cast<std::size_t>(i)];
      ASSERT_EQ(stream.next_u64(), eight) << at;
      ASSERT_EQ(stream.next_u32(), four) << at;
    }
  }
}

TEST(KeyStream, GoesOnAfterItWasMoved) {
  KeyStream first(key_ending_in(3));
  const std::uint64_t head = first.next_u64();
  KeyStream second(std::move(first));
  const std::uint64_t tail = second.next_u64();
  KeyStream again(key_ending_in(3));
  EXPECT_EQ(again.next_u64(), head);
  EXPECT_EQ(again.next_u64(), tail);
}

TEST(KeyStream, FreshStreamsDiffer) {
  EXPECT_NE(taken(KeyStream::fresh(), 32), taken(KeyStream::fresh(), 32));
}

TEST(NextBelow, OneIsAlwaysZeroAndNothingReachesItsBound) {
  KeyStream stream(key_ending_in(1));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(stream.next_below(1), 0U);
  for (const std::uint64_t bound : {std::uint64_t{2}, std::uint64_t{3}, (std::uint64_t{1} << 63) + 1, UINT64_MAX}) {
    for (int i = 0; i < 1000; ++i) ASSERT_LT(stream.next_below(bound), bound);
  }
}

TEST(NextBelow, ZeroIsOurBug) {
  KeyStream stream(key_ending_in(1));
  EXPECT_DEATH((void)stream.next_below(0), "check failed");
}

TEST(NextBelow, APowerOfTwoTakesOneWordEachAndItsLowBits) {
  KeyStream words(key_ending_in(4)), bounded(key_ending_in(4));
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(bounded.next_below(std::uint64_t{1} << 20), words.next_u64() % (1U << 20));
}

// Six standard deviations: a fair generator fails one run in a billion, and the key is fixed.
TEST(NextBelow, EveryResidueIsEquallyLikely) {
  for (const std::uint64_t bound : {3U, 10U, 97U, 256U}) {
    KeyStream stream(key_ending_in(static_cast<std::uint8_t>(bound)));
    std::vector<std::uint64_t> counts(bound);
    for (int i = 0; i < 200'000; ++i) ++counts[stream.next_below(bound)];
    EXPECT_LT(std::abs(chi_square_excess(counts)), 6) << bound;
  }
}

// With modulo instead of rejection the lower third would come twice as often.
TEST(NextBelow, AHugeBoundIsNotFoldedOntoItsLowerPart) {
  const std::uint64_t bound = UINT64_MAX / 4 * 3;
  KeyStream stream(key_ending_in(11));
  std::vector<std::uint64_t> thirds(3);
  for (int i = 0; i < 200'000; ++i) ++thirds[stream.next_below(bound) / (bound / 3 + 1)];
  EXPECT_LT(std::abs(chi_square_excess(thirds)), 6);
}

TEST(KeyStream, EveryByteValueIsEquallyLikely) {
  std::vector<std::uint64_t> counts(256);
  for (const std::uint8_t byte : taken(KeyStream(key_ending_in(5)), 1 << 20)) ++counts[byte];
  EXPECT_LT(std::abs(chi_square_excess(counts)), 6);
}

// Keyed BLAKE2b-256 made by another implementation (Python's hashlib) over length(domain) || domain || context.
TEST(DeriveKey, IsKeyedBlake2bOfDomainAndContext) {
  EXPECT_EQ(hex_of(derive_key(key_ending_in(0), "medcommons/test", view_of("context"))),
            "260081684f222aca0463af793e33d04f9d24e65c6ff1fc17c2b6e31831d42950");
}

TEST(DeriveKey, KeyDomainContextAndTheirBorderAllCount) {
  std::set<std::string> different;
  for (const std::uint8_t key : {0, 1}) {
    for (const auto& [domain, context] :
         {std::pair{"a", "bc"}, std::pair{"ab", "c"}, std::pair{"abc", ""}, std::pair{"", "abc"}}) {
      different.insert(hex_of(derive_key(key_ending_in(key), domain, view_of(context))));
      EXPECT_EQ(hex_of(derive_key(key_ending_in(key), domain, view_of(context))),
                hex_of(derive_key(key_ending_in(key), domain, view_of(context))));
    }
  }
  EXPECT_EQ(different.size(), 8U);
}

TEST(PublicStream, IsAFunctionOfDomainAndSeed) {
  const Hash256 seed = sha256(view_of("seed"));
  const Bytes one = taken(public_stream("a", seed), 64);
  EXPECT_EQ(taken(public_stream("a", seed), 64), one);
  EXPECT_NE(taken(public_stream("b", seed), 64), one);
  EXPECT_NE(taken(public_stream("a", sha256(view_of("other"))), 64), one);
}

TEST(FreshKey, NeverRepeatsAndIsNeverEmpty) {
  std::set<std::string> keys;
  for (int i = 0; i < 100; ++i) keys.insert(hex_of(fresh_key()));
  EXPECT_EQ(keys.size(), 100U);
  EXPECT_FALSE(keys.contains(std::string(64, '0')));
}

TEST(FreshBytes, FillsExactlyWhatItIsGiven) {
  Bytes bytes(64, 0);
  fresh_bytes(std::span(bytes).subspan(16, 32));
  EXPECT_TRUE(std::all_of(bytes.begin(), bytes.begin() + 16, [](std::uint8_t byte) { return byte == 0; }));
  EXPECT_TRUE(std::all_of(bytes.begin() + 48, bytes.end(), [](std::uint8_t byte) { return byte == 0; }));
  EXPECT_FALSE(std::all_of(bytes.begin() + 16, bytes.begin() + 48, [](std::uint8_t byte) { return byte == 0; }));
  fresh_bytes({});
}

}  // namespace
}  // namespace mc
