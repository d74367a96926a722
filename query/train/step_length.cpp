// SPDX-License-Identifier: Apache-2.0
#include "query/train/step_length.hpp"

#include <array>

#include "base/check.hpp"
#include "fhe/ckks/polynomial.hpp"
#include "query/execute/block_pass.hpp"
#include "query/train/values.hpp"

namespace mc::query {
namespace {

/// log2 of what masks leave room for in l / d.
constexpr std::uint32_t kDecrementLog2 = 14;
constexpr std::size_t kTerms = 16;

/// 1 / (1 + v) over [0, 15] with v = (1 + x) 15/2 is 2/15 / (x + 17/15), whose Chebyshev coefficients are those of a
/// geometric series: 1/(x + a) = (1 + 2 sum (sqrt(a^2 - 1) - a)^n T_n(x)) / sqrt(a^2 - 1), and a = 17/15 gives 3/5.
constexpr std::array<double, kTerms> length_series() {
  std::array<double, kTerms> series{0.25};
  double term = 0.5;
  for (std::size_t n = 1; n < kTerms; ++n) series[n] = term *= -0.6;
  return series;
}
constexpr std::array kLength = length_series();
static_assert(kDecrementMax == 15);

}  // namespace

Status StepLength::take_events(const fhe::Ciphertext& events) {
  MC_CHECK(!knows_events());
  MC_TRY(fhe::Ciphertext count, iterations_.scaled(events, 1));
  MC_TRY_STATUS(matrices_.bench().evaluator.drop_to_level(count, matrices_.precision().base));
  MC_TRY(count, iterations_.refreshed(std::move(count), SlotIterations::kRoomOfSums));
  MC_TRY(fhe::Ciphertext inverse, iterations_.constant(kFullest, count));
  MC_TRY_STATUS(iterations_.divide(count, inverse, inverse_scalings(kFullest / persons_), 1));
  inverse_ = std::move(inverse);
  return {};
}

Result<fhe::Ciphertext> StepLength::per_event(const fhe::Ciphertext& value) const {
  MC_CHECK(knows_events());
  MC_TRY(fhe::Ciphertext result, iterations_.product(value, *inverse_));
  MC_TRY_STATUS(matrices_.bench().evaluator.drop_to_level(result, matrices_.precision().base));
  return result;
}

Result<fhe::Ciphertext> StepLength::of(const fhe::Ciphertext& step_row, const RightFactor& gradient) const {
  MC_CHECK(knows_events());
  const Precision& precision = matrices_.precision();
  const Workbench& bench = matrices_.bench();
  MatrixProduct product(1);
  MC_TRY_STATUS(bench.evaluator.multiply_add(product[0], step_row, gradient));
  MC_TRY_STATUS(matrices_.finish(product));
  MatrixRefresh refresh(matrices_);
  refresh.add_constant(refresh.open_first(std::move(product[0])), 0);
  MC_TRY(const std::vector<fhe::Ciphertext> decrement, refresh.run(refresher_));
  MC_TRY(fhe::Ciphertext x, iterations_.product(decrement.front(), *inverse_));
  MC_TRY(x, iterations_.scaled(x, 2 / kDecrementMax));
  MC_TRY_STATUS(iterations_.add(x, -1));
  MC_TRY(x, iterations_.refreshed(std::move(x), kDecrementLog2));
  const fhe::Level level = precision.level(1);
  const fhe::ChebyshevSeries series{-1, 1, {kLength.begin(), kLength.end()}};
  MC_TRY(const fhe::Program program, fhe::plan_polynomial(bench.evaluator.keys()->params(), series, precision.top(),
                                                          x.scale, {precision.primes, precision.primes_at(level)}));
  MC_TRY(fhe::Ciphertext length, program.run(bench.evaluator, {&x, 1}));
  MC_TRY_STATUS(bench.evaluator.drop_to_level(length, level));
  return length;
}

}  // namespace mc::query
