// SPDX-License-Identifier: Apache-2.0
// A candidate is y = E w + U - w/2 with w = 2^spread_log2, E an RLWE error (variance 10.24) and U uniform in [0, w): a
// staircase. With t = U/w - 1/2 it is kept with probability exp(-gamma),
//   gamma = (E + t)^2 / 16 - E^2 / 20.48 + 28 / 512 = (7 E^2 + 64 E t + 32 t^2 + 28) / 512,
// so that what is kept is proportional to exp(-(E + t)^2 / 16): a Gaussian of variance 8 w^2. gamma is least for E = 2
// and t = -1/2, where it is 0. Five of six candidates are kept.
// Account of errors, relative to the probability: t is cut to 56 bits, below 2^-55 for |E| <= 10; gamma's last bits
// 2^-57; exp to 2^-60; for larger |E|, one candidate in 500, in proportion. E itself has a table of 127 bits.
#include "fhe/threshold/wide_gaussian.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "fhe/ring/kernels.hpp"

namespace mc::fhe {
namespace {

constexpr std::size_t kCandidates = 1024;
constexpr std::uint32_t kTermCount = 14;
using SecretWords = std::vector<std::uint64_t, WipingAllocator<std::uint64_t>>;

constexpr std::uint64_t high_product(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint64_t>(u128{a} * b >> 64);
}

/// 2^64 / i!, rounded down.
constexpr std::array<std::uint64_t, kTermCount> kInverseFactorials = [] {
  std::array<std::uint64_t, kTermCount> terms{};
  u128 term = u128{1} << 100;  // 36 bits more, so that divisions one after another lose nothing
  for (std::uint32_t i = 1; i < kTermCount; ++i) {
    term /= i;
    terms[i] = static_cast<std::uint64_t>(std::min(term >> 36, (u128{1} << 64) - 1));
  }
  return terms;
}();

/// Secret numbers of one round of candidates.
struct Candidates {
  std::vector<std::int64_t, WipingAllocator<std::int64_t>> errors;
  SecretWords table, uniform, tosses;

  explicit Candidates(std::size_t words_of_uniform)
      : errors(kCandidates), table(2 * kCandidates), uniform(words_of_uniform * kCandidates), tosses(kCandidates) {}
  void draw(const Ring& ring, KeyStream& stream) {
    for (SecretWords* words : {&table, &uniform, &tosses}) {
      stream.fill({reinterpret_cast<std::uint8_t*>(words->data()), words->size() * sizeof(std::uint64_t)});
    }
    ring.kernels().select_errors(errors.data(), table.data(), kCandidates);
  }
};

}  // namespace

std::uint64_t smoothing_chance(std::uint64_t gamma) {
  constexpr std::uint64_t kLog2E = 0xb8aa3b295c17f0bc;  // log2 e in units of 2^-63
  constexpr std::uint64_t kLn2 = 0xb17217f7d1cf79ac;    // ln 2 in units of 2^-64
  constexpr std::uint32_t kFraction = 58;
  const std::uint64_t exponent = high_product(gamma, kLog2E);  // gamma / ln 2 in units of 2^-58
  const std::uint64_t halvings = exponent >> kFraction;
  const std::uint64_t fraction = exponent << (64 - kFraction);
  // exp(-y) = exp(-y/4)^4, y = fraction ln 2 below 0.7: the 14th term of a series in y/4 is below 2^-70.
  const std::uint64_t quarter = high_product(fraction, kLn2) >> 2;
  std::uint64_t sum = kInverseFactorials[kTermCount - 1];
  for (std::uint32_t i = kTermCount - 1; i > 1; --i) sum = kInverseFactorials[i - 1] - high_product(quarter, sum);
  const std::uint64_t root = ~high_product(quarter, sum);  // 2^64 - 1 stands for 1
  const std::uint64_t square = high_product(root, root);
  return high_product(square, square) >> halvings;
}

void draw_wide_gaussians(const Ring& ring, std::span<i128> out, std::uint32_t spread_log2, KeyStream& stream) {
  MC_CHECK(spread_log2 >= kSpreadLog2Min && spread_log2 <= kSpreadLog2Max);
  constexpr std::uint32_t kFraction = 56;
  constexpr std::uint64_t kHalf = std::uint64_t{1} << (kFraction - 1);
  const std::size_t words = spread_log2 > 64 ? 2 : 1;
  const u128 below_w = (u128{1} << spread_log2) - 1;
  Candidates candidates(words);
  std::vector<i128, WipingAllocator<i128>> kept(kCandidates + 1);
  while (!out.empty()) {
    candidates.draw(ring, stream);
    std::size_t count = 0;
    for (std::size_t i = 0; i < kCandidates; ++i) {
      u128 uniform = candidates.uniform[words * i];
      if (words == 2) uniform |= u128{candidates.uniform[2 * i + 1]} << 64;
      uniform &= below_w;
      const auto cut = static_cast<std::uint64_t>(spread_log2 >= kFraction ? uniform >> (spread_log2 - kFraction)
                                                                           : uniform << (kFraction - spread_log2));
      const std::int64_t error = candidates.errors[i];
      const auto t = static_cast<std::int64_t>(cut - kHalf);
      const auto square = static_cast<std::uint64_t>(static_cast<u128>(i128{t} * t) >> 57);
      // In units of 2^-59: E t / 8 is E t of units 2^-56, and 2^50 is 1 / 512.
      const std::uint64_t gamma =
          static_cast<std::uint64_t>(error * t) + square + (static_cast<std::uint64_t>(7 * error * error + 28) << 50);
      kept[count] = (i128{error} << spread_log2) + static_cast<i128>(uniform) - (i128{1} << (spread_log2 - 1));
      count += static_cast<std::size_t>(candidates.tosses[i] < smoothing_chance(gamma));
    }
    count = std::min(count, out.size());
    std::copy_n(kept.begin(), count, out.begin());
    out = out.subspan(count);
  }
}

double log_rejection_constant(double shift_deviations) {
  constexpr double kTail = 9.5;  // exp(-9.5^2 / 2) = 2^-65
  return kTail * shift_deviations + shift_deviations * shift_deviations / 2;
}

bool toss_exponential(double log_probability, KeyStream& stream) {
  const long double uniform = std::ldexp(static_cast<long double>(stream.next_u64()), -64);
  return uniform < std::exp(static_cast<long double>(std::min(log_probability, 0.0)));
}

}  // namespace mc::fhe
