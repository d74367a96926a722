// SPDX-License-Identifier: Apache-2.0
#include "query/release/privacy.hpp"

#include <algorithm>
#include <cmath>

#include "fhe/threshold/flooding.hpp"
#include "query/plan/message_range.hpp"

namespace mc::query {
namespace {

// One part in 2^30 on the safe side of what doubles have rounded.
constexpr double kSlack = 1 + 0x1p-30;

// Delta^2 / (2 sigma^2).
double rho_of(double sensitivity_log2, double sigma_log2) {
  return std::exp2(2 * (sensitivity_log2 - sigma_log2) - 1) * kSlack;
}

/// log2 of the widest sigma with which an answer still fits the modulus: message, noise and kFloodingTail deviations
/// of all pieces together on either side of zero.
double widest_log2(const AnswerBound& bound, std::uint32_t pieces, double modulus_log2) {
  const double half = std::exp2(modulus_log2 - 1);
  const double message = std::max(bound.message_max, 1.0) * std::exp2(bound.scale_log2) + std::exp2(bound.noise_log2);
  if (message >= half) return -1;
  return std::log2((half - message) / (kFloodingTail * std::sqrt(static_cast<double>(pieces))));
}

}  // namespace

std::vector<double> sensitivities_log2(const Plan& plan, std::span<const AnswerBound> bounds, std::size_t slot_count) {
  MC_CHECK(bounds.size() == plan.moments.size() && slot_count > 0);
  const std::vector<Interval> ranges = message_ranges(plan);
  std::vector<double> result;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    const double value = ranges[plan.moments[i].value].magnitude() / static_cast<double>(slot_count);
    const double change = value * std::exp2(bounds[i].scale_log2) + 2 * std::exp2(bounds[i].noise_log2);
    result.push_back(std::log2(change * kSlack));
  }
  return result;
}

std::uint64_t rho_cost_nano(std::span<const double> sensitivity_log2, std::span<const std::uint8_t> sigma_log2) {
  MC_CHECK(sensitivity_log2.size() == sigma_log2.size());
  double rho = 0;
  for (std::size_t i = 0; i < sigma_log2.size(); ++i) rho += rho_of(sensitivity_log2[i], sigma_log2[i]);
  const double nano = std::ceil(rho * kSlack * static_cast<double>(kNanoPerRho));
  // A cost that no budget has; also for NaN, which compares false.
  return nano <= 1e18 ? static_cast<std::uint64_t>(nano) : UINT64_MAX;
}

Result<PrivateNoise> private_noise(std::span<const AnswerBound> bounds, std::span<const double> sensitivity_log2,
                                   std::uint64_t rho_nano, std::uint32_t pieces, double modulus_log2) {
  MC_CHECK(bounds.size() == sensitivity_log2.size() && pieces > 0);
  if (bounds.empty()) return fail(Code::kInvalidArgument, "a release without answers has no noise");
  if (rho_nano == 0 || rho_nano > kRhoNanoMax) {
    return fail(Code::kInvalidArgument, "a release asks for rho " + std::to_string(rho_nano) + " * 10^-9, from 1 to " +
                                            std::to_string(kRhoNanoMax) + " are possible");
  }
  const double share = static_cast<double>(rho_nano) / static_cast<double>(kNanoPerRho * bounds.size());
  PrivateNoise noise;
  std::vector<std::uint8_t> least;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    MC_TRY(const std::uint32_t flooding, flooding_log2_for(bounds[i]));
    // Delta^2 / (2 sigma^2) <= share; one step more where rounding was against us.
    double wanted = std::ceil(sensitivity_log2[i] - (std::log2(share) + 1) / 2);
    if (rho_of(sensitivity_log2[i], wanted) * kSlack > share) wanted += 1;
    const double sigma = std::max<double>(flooding, wanted);
    const double widest = std::min<double>(widest_log2(bounds[i], pieces, modulus_log2), fhe::kDrawLog2Max);
    if (!(sigma <= widest)) {
      return fail(Code::kLimit, "sum S" + std::to_string(i) + " needs noise of 2^" +
                                    std::to_string(static_cast<std::int64_t>(sigma)) + ", at most 2^" +
                                    std::to_string(static_cast<std::int64_t>(widest)) +
                                    " fits: ask for fewer sums or more rho");
    }
    least.push_back(static_cast<std::uint8_t>(flooding));
    noise.sigma_log2.push_back(static_cast<std::uint8_t>(sigma));
  }
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    while (noise.sigma_log2[i] > least[i]) {
      noise.sigma_log2[i] -= 1;
      if (rho_cost_nano(sensitivity_log2, noise.sigma_log2) <= rho_nano) continue;
      noise.sigma_log2[i] += 1;
      break;
    }
  }
  noise.rho_nano = rho_cost_nano(sensitivity_log2, noise.sigma_log2);
  MC_CHECK(noise.rho_nano <= rho_nano);
  return noise;
}

double epsilon_of(double rho, double delta) {
  MC_CHECK(rho > 0 && delta > 0 && delta < 1);
  const auto at = [&](double alpha) {
    return rho * alpha + std::log(1 / (alpha * delta)) / (alpha - 1) + std::log1p(-1 / alpha);
  };
  // Golden section over log(alpha - 1), on which the curve has one valley.
  double low = std::log(1e-6), high = std::log(1e9);
  const double golden = (std::sqrt(5.0) - 1) / 2;
  for (int i = 0; i < 200; ++i) {
    const double left = high - golden * (high - low), right = low + golden * (high - low);
    if (at(1 + std::exp(left)) < at(1 + std::exp(right))) {
      high = right;
    } else {
      low = left;
    }
  }
  return std::max(0.0, at(1 + std::exp((low + high) / 2)));
}

double sigma_total(const AnswerBound& bound, std::uint32_t sigma_log2, std::uint32_t pieces, std::size_t slot_count) {
  return std::sqrt(static_cast<double>(pieces)) * std::exp2(static_cast<double>(sigma_log2) - bound.scale_log2) *
         static_cast<double>(slot_count);
}

}  // namespace mc::query
