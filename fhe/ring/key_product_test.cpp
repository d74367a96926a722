// SPDX-License-Identifier: Apache-2.0
// Kernels::key_product of every table beside the scalar one.
#include <gtest/gtest.h>

#include <random>

#include "fhe/ring/testing/kernel_tables.hpp"

namespace mc::fhe {
namespace {

using testing::all_kernels;
using testing::Limb;
using testing::prime_for;
using testing::random_limb;

class KeyProductTest : public ::testing::TestWithParam<const Kernels*> {};
INSTANTIATE_TEST_SUITE_P(Tables, KeyProductTest, ::testing::ValuesIn(all_kernels()),
                         [](const auto& table) { return std::string(table.param->name); });

/// Rows of a key and what they point into.
struct KeyRowsOf {
  Limb words;
  KeyRows rows;
};

/// From sixteen residues a pair, eight of b and eight of a.
KeyRowsOf key_rows(const Limb& pairs, std::size_t terms, std::size_t bits) {
  KeyRowsOf key;
  key.words.resize(KeyRows::words_for(pairs.size() / 2 / terms, terms, KeyRows::bytes_per_pair(bits)));
  auto* out = reinterpret_cast<std::byte*>(key.words.data());
  for (std::size_t i = 0; i < pairs.size(); i += 8, out += KeyRows::bytes_per_half(bits)) {
    write_half(out, pairs.data() + i, bits);
  }
  key.rows = {key.words.data(), terms, bits};
  return key;
}

constexpr std::size_t kRowDegree = 128;
constexpr std::size_t kShort = 16;

/// Digits as key switching leaves them: below 2^52 where the prime is small enough, reduced otherwise; every third the
/// largest.
std::vector<Limb> lazy_digits(std::size_t terms, const Modulus& m, std::mt19937_64& random) {
  const std::uint64_t top = m.bits <= 46 ? (std::uint64_t{1} << 52) - 1 : m.q - 1;
  std::vector<Limb> digits;
  for (std::size_t k = 0; k < terms; ++k) {
    digits.push_back(k % 3 == 0 ? Limb(kRowDegree, top) : random_limb(kRowDegree, m, random));
  }
  return digits;
}

std::vector<const std::uint64_t*> pointers_to(const std::vector<Limb>& limbs) {
  std::vector<const std::uint64_t*> pointers;
  for (const Limb& limb : limbs) pointers.push_back(limb.data());
  return pointers;
}

/// The products of `rows` have the bits of the scalar ones of `expected`: in part, and whole, permuted, accumulated.
void expect_products_of_scalar(const Kernels& kernels, const KeyRows& rows, const KeyRows& expected,
                               const std::vector<const std::uint64_t*>& digits, const Modulus& m,
                               std::mt19937_64& random) {
  const AutomorphismTable automorphism = AutomorphismTable::of(25, kRowDegree);
  for (const AutomorphismTable* table : {static_cast<const AutomorphismTable*>(nullptr), &automorphism}) {
    for (const bool accumulate : {false, true}) {
      const Residues which = accumulate ? Residues{0, kRowDegree} : Residues{32, 64};
      Limb expected_b = random_limb(kRowDegree, m, random), expected_a = random_limb(kRowDegree, m, random);
      Limb actual_b = expected_b, actual_a = expected_a;
      scalar_kernels().key_product(expected_b.data() + which.first, expected_a.data() + which.first, digits.data(),
                                   digits.size(), expected, table, accumulate, which, m);
      kernels.key_product(actual_b.data() + which.first, actual_a.data() + which.first, digits.data(), digits.size(),
                          rows, table, accumulate, which, m);
      EXPECT_EQ(actual_b, expected_b) << m.q << " " << digits.size();
      EXPECT_EQ(actual_a, expected_a) << m.q << " " << digits.size();
    }
  }
}

TEST_P(KeyProductTest, OfLazyDigitsGiveTheBitsOfTheScalarReference) {
  std::mt19937_64 random(11);
  for (const int bits : {22, 45, 46, 47, 48, 49, 50}) {
    const Modulus m = Modulus::of(prime_for(bits, kRowDegree));
    for (const std::size_t terms : {1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 18, 40, 41, 100}) {
      const std::vector<Limb> rows = lazy_digits(terms, m, random);
      const std::vector<const std::uint64_t*> digits = pointers_to(rows);
      const KeyRowsOf key = key_rows(terms % 2 == 0 ? random_limb(2 * kRowDegree * (terms + 2), m, random)
                                                    : Limb(2 * kRowDegree * (terms + 2), m.q - 1),
                                     terms + 2, terms % 3 != 0 ? KeyRows::packed_bits(m) : KeyRows::kPlainBits);
      KeyRows followed = key.rows;
      followed.next = rows[0].data();  // is asked for and not read
      expect_products_of_scalar(*GetParam(), followed, key.rows, digits, m, random);
    }
  }
}

/// The smallest prime above 2^(bits - 1) that is 1 modulo 2N: every other number of so many bits is not below it.
std::uint64_t low_prime_for(int bits, std::size_t degree) {
  std::uint64_t prime = (std::uint64_t{1} << (bits - 1)) + 1;
  while (!is_prime(prime)) prime += 2 * degree;
  return prime;
}

TEST_P(KeyProductTest, ThatMakeUniformHalvesAreThoseOfTheHalvesWrittenOut) {
  if (!GetParam()->makes_uniform_halves) GTEST_SKIP() << "this table reads them";
  std::mt19937_64 random(17);
  constexpr std::size_t kPlace = 3;
  const PublicKey128 seed{1, 2, 3};
  const Aes128 aes(seed);
  for (const std::uint64_t q : {prime_for(22, kRowDegree), prime_for(45, kRowDegree), prime_for(46, kRowDegree),
                                prime_for(50, kRowDegree), low_prime_for(23, kRowDegree), low_prime_for(46, kRowDegree),
                                low_prime_for(47, kRowDegree), low_prime_for(50, kRowDegree)}) {
    const Modulus m = Modulus::of(q);
    for (const std::size_t terms : {1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 18, 40, 61, 100}) {
      const std::size_t in_key = terms + 2;
      const std::vector<Limb> rows = lazy_digits(terms, m, random);
      const std::vector<const std::uint64_t*> digits = pointers_to(rows);
      Limb pairs(2 * kRowDegree * in_key), halves(kRowDegree * in_key), a(kRowDegree);
      std::vector<ReplacedResidue> replaced;
      for (std::size_t k = 0; k < in_key; ++k) {
        make_uniform_half(a, seed, k, kPlace, m, &replaced);
        const Limb b = k % 4 == 0 ? Limb(kRowDegree, m.q - 1) : random_limb(kRowDegree, m, random);
        for (std::size_t i = 0; i < kRowDegree; ++i) {
          const std::size_t row = i / 8 * in_key + k;
          pairs[16 * row + i % 8] = halves[8 * row + i % 8] = b[i];
          pairs[16 * row + 8 + i % 8] = a[i];
        }
      }
      const std::size_t bits = KeyRows::packed_bits(m);
      const KeyRowsOf written = key_rows(pairs, in_key, bits);
      const UniformRows uniform{aes.round_keys().data(), kPlace, replaced};
      KeyRowsOf made;
      made.words.resize(KeyRows::words_for(kRowDegree, in_key, KeyRows::bytes_per_half(bits)));
      for (std::size_t i = 0; i < halves.size(); i += 8) {
        write_half(reinterpret_cast<std::byte*>(made.words.data()) + i / 8 * bits, halves.data() + i, bits);
      }
      made.rows = {made.words.data(), in_key, bits, rows[0].data(), &uniform};
      expect_products_of_scalar(*GetParam(), made.rows, written.rows, digits, m, random);
    }
  }
}

// Products whose low 48 bits are all 2^47 - 1 or all 2^47 + 1: a sum that is kept in a high and a low part, wherever it
// is cut at or below bit 48, grows fastest.
TEST_P(KeyProductTest, HoldTermsThatAllLeanToOneSide) {
  std::mt19937_64 random(16);
  constexpr std::uint64_t kLow48 = (std::uint64_t{1} << 48) - 1;
  for (const int bits : {46, 48, 50}) {
    const Modulus m = Modulus::of(prime_for(bits, kShort));
    const std::uint64_t below = bits <= 46 ? std::uint64_t{1} << 52 : m.q;
    for (const std::size_t terms : {7, 15, 16, 22, 23, 40, 64, 100, 200}) {
      for (const std::uint64_t lost : {(std::uint64_t{1} << 47) - 1, (std::uint64_t{1} << 47) + 1}) {
        std::vector<Limb> rows;
        std::vector<const std::uint64_t*> digits;
        Limb key(2 * kShort * terms);
        for (std::size_t k = 0; k < terms; ++k) {
          std::uint64_t digit = 0;
          std::uint64_t weight = m.q;
          while (weight >= m.q) {
            digit = random() % below | 1;
            std::uint64_t inverse = digit;  // modulo 8; each step doubles the bits (Newton)
            for (int step = 0; step < 5; ++step) inverse *= 2 - digit * inverse;
            weight = lost * inverse & kLow48;
          }
          rows.emplace_back(kShort, digit);
          for (std::size_t block = 0; block < kShort / 8; ++block) {
            std::fill_n(key.begin() + static_cast<std::ptrdiff_t>(16 * (block * terms + k)), 16, weight);
          }
        }
        for (const Limb& row : rows) digits.push_back(row.data());
        const KeyRowsOf rows_of_key = key_rows(key, terms, KeyRows::packed_bits(m));
        Limb expected_b(kShort, m.q - 1), expected_a(kShort, m.q - 1);
        Limb actual_b = expected_b, actual_a = expected_a;
        scalar_kernels().key_product(expected_b.data(), expected_a.data(), digits.data(), terms, rows_of_key.rows,
                                     nullptr, true, {0, kShort}, m);
        GetParam()->key_product(actual_b.data(), actual_a.data(), digits.data(), terms, rows_of_key.rows, nullptr, true,
                                {0, kShort}, m);
        EXPECT_EQ(actual_b, expected_b) << bits << " " << terms;
        EXPECT_EQ(actual_a, expected_a) << bits << " " << terms;
      }
    }
  }
}

TEST_P(KeyProductTest, HoldAsManyOfTheLargestFactorsAsThereAre) {
  for (const int bits : {46, 47, 50}) {
    const Modulus m = Modulus::of(prime_for(bits, kShort));
    const Limb digit(kShort, bits <= 46 ? (std::uint64_t{1} << 52) - 1 : m.q - 1);
    for (std::size_t terms = 1; terms <= 130; ++terms) {
      const std::vector<const std::uint64_t*> digits(terms, digit.data());
      const KeyRowsOf key = key_rows(Limb(2 * kShort * terms, m.q - 1), terms, KeyRows::packed_bits(m));
      Limb expected(2 * kShort, m.q - 1), actual(2 * kShort, m.q - 1);
      scalar_kernels().key_product(expected.data(), expected.data() + kShort, digits.data(), terms, key.rows, nullptr,
                                   true, {0, kShort}, m);
      GetParam()->key_product(actual.data(), actual.data() + kShort, digits.data(), terms, key.rows, nullptr, true,
                              {0, kShort}, m);
      ASSERT_EQ(actual, expected) << bits << " " << terms;
    }
  }
}

}  // namespace
}  // namespace mc::fhe
