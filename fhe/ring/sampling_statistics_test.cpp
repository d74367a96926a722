// SPDX-License-Identifier: Apache-2.0
// Attempts to refute the samplers, and to deceive these attempts: each test also judges samplers that are wrong in a
// small way, and must refuse them. Streams have fixed seeds: a failure is a change, never bad luck. Every statistic is
// chi-square and must lie between its quantiles of one in a million and of all but one in a million.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <ostream>

#include "fhe/ring/error_table.hpp"
#include "fhe/ring/sampling.hpp"

namespace mc::fhe {
namespace {

constexpr std::uint8_t kLogN = 16;

/// A ring with one prime: the largest below `below` that is 1 mod 2N.
RingPtr ring_below(std::uint64_t below) {
  const std::uint64_t order = std::uint64_t{2} << kLogN;
  std::uint64_t prime = (below - 1) / order * order + 1;
  while (prime >= below || !is_prime(prime)) prime -= order;
  const std::uint64_t q[] = {prime};
  return Ring::create(LogN(kLogN), q, {}).value_or_stop();
}

KeyStream statistics_stream(std::uint8_t seed) {
  Hash256 hash;
  hash.bytes[0] = seed;
  return public_stream("sampling statistics test", hash);
}

using Small = std::vector<std::int8_t>;

template <class Sampler>
Small drawn(Sampler sampler, std::size_t polynomials, std::uint8_t seed) {
  const RingPtr ring = ring_below(std::uint64_t{1} << 50);
  const std::uint64_t q = ring->modulus({1, false}, 0).q;
  KeyStream stream = statistics_stream(seed);
  Small values;
  values.reserve(polynomials * ring->degree());
  for (std::size_t i = 0; i < polynomials; ++i) {
    const CoeffPoly poly = sampler(*ring, Basis{1, false}, stream);
    for (const std::uint64_t residue : poly.limb(0)) {
      values.push_back(static_cast<std::int8_t>(residue > q / 2 ? -static_cast<int>(q - residue) : int(residue)));
    }
  }
  return values;
}

struct Statistic {
  double chi_square, low, high;
  [[nodiscard]] bool plausible() const { return chi_square > low && chi_square < high; }
};
std::ostream& operator<<(std::ostream& out, const Statistic& s) {
  return out << s.chi_square << " where (" << s.low << ", " << s.high << ") is plausible";
}

/// Wilson and Hilferty (1931): the cube root of chi-square over its degrees of freedom is nearly normal.
double quantile(double freedom, double deviations) {
  return freedom * std::pow(1 - 2 / (9 * freedom) + deviations * std::sqrt(2 / (9 * freedom)), 3);
}

/// Cells whose probabilities add up to one.
Statistic judged(const std::vector<double>& counts, const std::vector<double>& probabilities) {
  double total = 0, chi_square = 0;
  for (const double count : counts) total += count;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double expected = total * probabilities[i];
    EXPECT_GE(expected, 3) << "cell " << i << " is too small to judge";
    chi_square += (counts[i] - expected) * (counts[i] - expected) / expected;
  }
  constexpr double kOneInAMillion = 4.7534;
  const double freedom = static_cast<double>(counts.size() - 1);
  return {chi_square, quantile(freedom, -kOneInAMillion), quantile(freedom, kOneInAMillion)};
}

// ---- Ternary

/// Five neighbours as one cell, from `offset` on: the sampler takes five digits from a byte.
Statistic judge_ternary(const Small& values, std::size_t offset) {
  std::vector<double> counts(243);
  for (std::size_t i = offset; i + 5 <= values.size(); i += 5) {
    std::size_t cell = 0;
    for (std::size_t k = 0; k < 5; ++k) cell = 3 * cell + static_cast<std::size_t>(values[i + k] + 1);
    counts[cell] += 1;
  }
  return judged(counts, std::vector<double>(243, 1.0 / 243));
}

TEST(SampleTernary, FiveNeighboursTakeEveryValueEquallyOften) {
  const Small values = drawn(sample_ternary, 32, 1);
  for (std::size_t offset = 0; offset < 5; ++offset) {
    EXPECT_TRUE(judge_ternary(values, offset).plausible()) << offset << ": " << judge_ternary(values, offset);
  }
}

TEST(SampleTernary, WrongSamplersAreRefused) {
  // The remainder of a byte by three: zero comes 86 times of 256 instead of 85 1/3.
  KeyStream stream = statistics_stream(2);
  Bytes bytes(std::size_t{16} << kLogN);
  stream.fill(bytes);
  Small remainders;
  for (const std::uint8_t byte : bytes) remainders.push_back(static_cast<std::int8_t>((byte + 1) % 3 - 1));
  Small unrejected;  // all 256 bytes taken for five digits
  for (const std::uint8_t byte : bytes) {
    for (int k = 0, rest = byte; k < 5; ++k, rest /= 3) unrejected.push_back(static_cast<std::int8_t>(rest % 3 - 1));
  }
  std::vector<double> counts(3);
  for (const std::int8_t value : remainders) counts[static_cast<std::size_t>(value + 1)] += 1;
  EXPECT_FALSE(judged(counts, {1.0 / 3, 1.0 / 3, 1.0 / 3}).plausible());
  EXPECT_FALSE(judge_ternary(unrejected, 0).plausible()) << judge_ternary(unrejected, 0);
  Small repeating = drawn(sample_ternary, 32, 1);
  for (std::size_t i = 100; i < repeating.size(); i += 100) repeating[i] = repeating[i - 1];
  EXPECT_FALSE(judge_ternary(repeating, 1).plausible()) << judge_ternary(repeating, 1);
  // Too even is no better than too uneven.
  Small even;
  for (int i = 0; i < 243 * 500; ++i) {
    for (int k = 0, rest = i % 243; k < 5; ++k, rest /= 3) even.push_back(static_cast<std::int8_t>(rest % 3 - 1));
  }
  EXPECT_FALSE(judge_ternary(even, 0).plausible());
}

// ---- Gaussian

/// P(|x| <= k) of the table.
double probability_up_to(int k) {
  if (k < 0) return 0;
  if (k >= static_cast<int>(kErrorThresholds.size())) return 1;
  const ErrorThreshold& t = kErrorThresholds[static_cast<std::size_t>(k)];
  return std::ldexp(static_cast<double>(t.high), -63) + std::ldexp(static_cast<double>(t.low), -127);
}
/// P(|x| > k) without cancellation: the table counts up to 2^127.
double probability_beyond(int k) {
  const ErrorThreshold& t = kErrorThresholds[static_cast<std::size_t>(k)];
  return std::ldexp(static_cast<double>((std::uint64_t{1} << 63) - 1 - t.high), -63) +
         std::ldexp(18446744073709551616.0 - static_cast<double>(t.low), -127);
}

/// Cells by sign: 0 to 9 one by one, then to 3, 4 and 5 sigma (9.6, 12.8, 16), and all beyond 16 of both signs.
Statistic judge_errors(const Small& values) {
  constexpr int kBeyond[] = {9, 12};  // last value before each grouped cell; the last grouped one ends at 16
  std::vector<double> by_value(256), counts, probabilities;
  for (const std::int8_t value : values) by_value[static_cast<std::size_t>(value + 128)] += 1;
  const auto add = [&](int first, int last, double probability) {
    double count = 0;
    for (int value = first; value <= last; ++value) count += by_value[static_cast<std::size_t>(value + 128)];
    counts.push_back(count);
    probabilities.push_back(probability);
  };
  add(0, 0, probability_up_to(0));
  for (int value = 1; value <= 9; ++value) {
    const double each = (probability_up_to(value) - probability_up_to(value - 1)) / 2;
    add(value, value, each);
    add(-value, -value, each);
  }
  for (std::size_t i = 0; i < 2; ++i) {
    const int last = i == 0 ? kBeyond[1] : 16;
    const double each = (probability_beyond(kBeyond[i]) - probability_beyond(last)) / 2;
    add(kBeyond[i] + 1, last, each);
    add(-last, -kBeyond[i] - 1, each);
  }
  add(17, 127, probability_beyond(16));
  counts.back() += std::accumulate(by_value.begin(), by_value.begin() + (128 - 16), 0.0);
  return judged(counts, probabilities);
}

/// Pairs at a distance among the first 2^22, each coefficient in one of seven cells.
Statistic judge_error_pairs(const Small& values, std::size_t distance) {
  const auto cell_of = [](int value) {
    const int size = std::abs(value);
    const int cell = size == 0 ? 0 : size <= 2 ? 1 : size <= 5 ? 2 : 3;
    return static_cast<std::size_t>(value < 0 ? 7 - cell : cell);
  };
  const double one = (probability_up_to(2) - probability_up_to(0)) / 2;
  const double two = (probability_up_to(5) - probability_up_to(2)) / 2, three = probability_beyond(5) / 2;
  const double cells[] = {probability_up_to(0), one, two, three, three, two, one};
  std::vector<double> counts(49), probabilities;
  for (const double a : cells) {
    for (const double b : cells) probabilities.push_back(a * b);
  }
  for (std::size_t i = 0; i < std::size_t{1} << 22; ++i) {
    counts[7 * cell_of(values[i]) + cell_of(values[i + distance])] += 1;
  }
  return judged(counts, probabilities);
}

/// 2^25 of them: eight are beyond five sigma.
const Small& errors() {
  static const Small values = drawn(sample_error, 512, 3);
  return values;
}

TEST(SampleError, FollowsTheTableBeyondThreeFourAndFiveSigma) {
  EXPECT_TRUE(judge_errors(errors()).plausible()) << judge_errors(errors());
}

TEST(SampleError, NeighboursLanesAndPolynomialsAreIndependent) {
  // Vector kernels draw eight side by side; 65536 apart is the same coefficient of the next polynomial.
  for (const std::size_t distance : {1, 2, 3, 4, 7, 8, 16, 65536}) {
    EXPECT_TRUE(judge_error_pairs(errors(), distance).plausible())
        << distance << ": " << judge_error_pairs(errors(), distance);
  }
}

TEST(SampleError, WrongSamplersAreRefused) {
  const auto spoiled = [](auto spoil) {
    Small values = errors();
    for (std::size_t i = 1; i < values.size(); ++i) spoil(values, i);
    return values;
  };
  const Small cut = spoiled([](Small& v, std::size_t i) {  // at four sigma
    if (v[i] > 12) v[i] = 12;
    if (v[i] < -12) v[i] = -12;
  });
  EXPECT_FALSE(judge_errors(cut).plausible()) << judge_errors(cut);
  const Small heavy = spoiled([](Small& v, std::size_t i) {  // eight beyond five sigma become thirty
    if (i % (v.size() / 22) == 0) v[i] = 17;
  });
  EXPECT_FALSE(judge_errors(heavy).plausible()) << judge_errors(heavy);
  const Small wide = spoiled([](Small& v, std::size_t i) {  // sigma up by some two in a thousand
    if (i % 100 == 0) v[i] = static_cast<std::int8_t>(v[i] + (v[i] > 0) - (v[i] < 0));
  });
  EXPECT_FALSE(judge_errors(wide).plausible()) << judge_errors(wide);
  const Small positive = spoiled([](Small& v, std::size_t i) {  // one sign in a hundred is lost
    if (i % 100 == 0 && v[i] < 0) v[i] = static_cast<std::int8_t>(-v[i]);
  });
  EXPECT_FALSE(judge_errors(positive).plausible()) << judge_errors(positive);
  const Small repeating = spoiled([](Small& v, std::size_t i) {  // right one by one, not together
    if (i % 200 == 0) v[i] = v[i - 1];
  });
  EXPECT_TRUE(judge_errors(repeating).plausible()) << judge_errors(repeating);
  EXPECT_FALSE(judge_error_pairs(repeating, 1).plausible()) << judge_error_pairs(repeating, 1);
}

// ---- Uniform residues

constexpr std::uint64_t kAbove49Bits = (std::uint64_t{1} << 49) + (std::uint64_t{1} << 40);

/// Cells of the range, half of them in its last 1/32 so that its top end is seen; of low bits; of neighbours.
std::vector<Statistic> judge_uniform(const std::vector<std::uint64_t>& residues, std::uint64_t q) {
  constexpr std::size_t kCells = 64;
  std::vector<double> range(2 * kCells), range_probabilities, low(kCells), pairs(kCells);
  const std::uint64_t top = q - q / 32;
  for (std::size_t i = 0; i < kCells; ++i) range_probabilities.push_back(static_cast<double>(top) / double(q) / kCells);
  for (std::size_t i = 0; i < kCells; ++i)
    range_probabilities.push_back(static_cast<double>(q / 32) / double(q) / kCells);
  for (std::size_t i = 0; i < residues.size(); ++i) {
    const std::uint64_t r = residues[i];
    const bool at_top = r >= top;
    range[static_cast<std::size_t>(at_top ? kCells + u128{r - top} * kCells / (q / 32) : u128{r} * kCells / top)] += 1;
    low[r % kCells] += 1;
    if (i > 0) pairs[static_cast<std::size_t>(u128{residues[i - 1]} * 8 / q * 8 + u128{r} * 8 / q)] += 1;
  }
  const std::vector<double> even(kCells, 1.0 / kCells);
  return {judged(range, range_probabilities), judged(low, even), judged(pairs, even)};
}

TEST(SampleUniform, IsEvenUpToTheTopOfItsRange) {
  // Half of all 50-bit words are thrown away for a prime a little above 2^49, none to speak of just below 2^50.
  for (const RingPtr& ring : {ring_below(kAbove49Bits), ring_below(std::uint64_t{1} << 50)}) {
    KeyStream stream = statistics_stream(4);
    const std::uint64_t q = ring->modulus({1, false}, 0).q;
    std::vector<std::uint64_t> residues;
    for (int i = 0; i < 16; ++i) {
      const NttPoly poly = sample_uniform(*ring, {1, false}, stream);
      residues.insert(residues.end(), poly.limb(0).begin(), poly.limb(0).end());
    }
    for (const std::uint64_t r : residues) ASSERT_LT(r, q);
    for (const Statistic& statistic : judge_uniform(residues, q))
      EXPECT_TRUE(statistic.plausible()) << q << ": " << statistic;
  }
}

TEST(SampleUniform, WrongSamplersAreRefused) {
  const std::uint64_t q = ring_below(kAbove49Bits)->modulus({1, false}, 0).q;
  KeyStream stream = statistics_stream(5);
  std::vector<std::uint64_t> folded(std::size_t{1} << 20), short_of_top = folded, even = folded;
  for (std::uint64_t& r : folded) r = (stream.next_u64() >> 14) % q;  // 50 bits, folded instead of rejected
  for (std::uint64_t& r : short_of_top) r = stream.next_below(q - q / 2048);
  for (std::uint64_t& r : even) r = stream.next_below(q) & ~std::uint64_t{1};
  EXPECT_FALSE(judge_uniform(folded, q)[0].plausible());
  EXPECT_FALSE(judge_uniform(short_of_top, q)[0].plausible()) << judge_uniform(short_of_top, q)[0];
  EXPECT_FALSE(judge_uniform(even, q)[1].plausible());
  std::vector<std::uint64_t> repeating(folded.size());
  for (std::uint64_t& r : repeating) r = stream.next_below(q);
  for (std::size_t i = 100; i < repeating.size(); i += 100) repeating[i] = repeating[i - 1];
  EXPECT_TRUE(judge_uniform(repeating, q)[0].plausible());
  EXPECT_FALSE(judge_uniform(repeating, q)[2].plausible()) << judge_uniform(repeating, q)[2];
}

}  // namespace
}  // namespace mc::fhe
