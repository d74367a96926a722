// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/flooding.hpp"

#include <string>

namespace mc::fhe {
namespace {

// Tosses of Canonne-Kamath-Steinke for sigma = 2^k, proposal Lap_Z(t) with t = 2^k. Write |Y| = V 2^k + u 2^k, u a
// k-bit fraction. The exponent of the final toss is (|Y| - sigma^2/t)^2 / (2 sigma^2) = ((V-1) + u)^2 / 2, which is
//   V >= 1:  (V-1)^2 / 2 + (V-1) u + u^2 / 2        V = 0:  (1-u)^2 / 2
// so that only coins of probability u, 1-u, 1/2 and 1/K are ever tossed.
class Tosser {
 public:
  Tosser(std::uint32_t k, KeyStream& stream) : k_(k), stream_(stream) {}

  // Uniform in [0, 2^k): one word, or two (low first) when k > 64.
  u128 fraction() {
    if (k_ == 0) return 0;
    u128 bits = stream_.next_u64();
    if (k_ > 64) bits |= u128{stream_.next_u64()} << 64;
    return bits & ((u128{1} << k_) - 1);
  }
  bool fair() { return (stream_.next_u64() & 1) != 0; }
  // Probability numerator / 2^k, numerator in [0, 2^k].
  bool coin(u128 numerator) { return fraction() < numerator; }
  bool one_in(std::uint64_t count) { return stream_.next_below(count) == 0; }

  // Algorithm 1: true with probability exp(-gamma), gamma in [0, 1] given as a coin. The number of tosses until the
  // first tail, the K-th tossed with probability gamma / K, is odd with that probability.
  template <class Coin>
  bool exp_minus(Coin gamma) {
    std::uint64_t tosses = 1;
    while (one_in(tosses) && gamma()) ++tosses;
    return (tosses & 1) != 0;
  }
  bool exp_minus_fraction(u128 numerator) {
    return exp_minus([&] { return coin(numerator); });
  }
  bool exp_minus_half() {
    return exp_minus([&] { return fair(); });
  }
  bool exp_minus_half_square(u128 numerator) {
    return exp_minus([&] { return fair() && coin(numerator) && coin(numerator); });
  }
  bool exp_minus_one() {
    return exp_minus([] { return true; });
  }

  // The final toss.
  bool accept(std::uint64_t v, u128 u) {
    if (v == 0) return exp_minus_half_square((u128{1} << k_) - u);
    const std::uint64_t w = v - 1;
    for (std::uint64_t i = 0; i < w * w; ++i) {
      if (!exp_minus_half()) return false;
    }
    for (std::uint64_t i = 0; i < w; ++i) {
      if (!exp_minus_fraction(u)) return false;
    }
    return exp_minus_half_square(u);
  }

 private:
  std::uint32_t k_;
  KeyStream& stream_;
};

}  // namespace

i128 sample_flooding(std::uint32_t k, KeyStream& stream) {
  MC_CHECK(k <= kDrawLog2Max);
  Tosser toss(k, stream);
  while (true) {
    // Algorithm 2, a discrete Laplace of scale 2^k: fraction, whole part, sign.
    const u128 u = toss.fraction();
    if (!toss.exp_minus_fraction(u)) continue;
    std::uint64_t v = 0;
    while (toss.exp_minus_one()) ++v;
    const bool negative = toss.fair();
    if (negative && v == 0 && u == 0) continue;  // zero has one sign
    // Algorithm 3.
    if (!toss.accept(v, u)) continue;
    const i128 magnitude = static_cast<i128>((u128{v} << k) | u);
    return negative ? -magnitude : magnitude;
  }
}

Result<std::uint32_t> flooding_log2(std::uint32_t noise_bound_log2, std::uint32_t lambda, std::uint64_t tau,
                                    std::uint32_t most) {
  if (lambda > 128) {
    return fail(Code::kInvalidArgument, "flooding: lambda is " + std::to_string(lambda) + ", at most 128 makes sense");
  }
  if (tau == 0 || tau > std::uint64_t{1} << 40) {
    return fail(Code::kInvalidArgument, "flooding: tau is " + std::to_string(tau) + ", must be from 1 to 2^40");
  }
  // 2^m >= sqrt(12 tau 2^lambda)  <=>  2m >= lambda + log2(12 tau)  <=>  2m >= lambda + ceil(log2(12 tau)), m integer.
  std::uint32_t tau_bits = 0;
  while (u128{1} << tau_bits < u128{12} * tau) ++tau_bits;
  const std::uint64_t k = std::uint64_t{noise_bound_log2} + (lambda + tau_bits + 1) / 2;
  if (k > most) {
    return fail(Code::kLimit, "flooding: a noise bound of 2^" + std::to_string(noise_bound_log2) + " needs sigma 2^" +
                                  std::to_string(k) + ", the limit is 2^" + std::to_string(most));
  }
  return static_cast<std::uint32_t>(k);
}

}  // namespace mc::fhe
