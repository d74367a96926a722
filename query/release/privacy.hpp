// SPDX-License-Identifier: Apache-2.0
// Differential privacy of a release (R19): what one person can change, how much noise each piece must draw so that the
// release costs no more than an authorisation's rho, and what that means in epsilon and delta. The unit is one person,
// present or absent. The guarantee is concentrated differential privacy (zCDP), computational because the noise is
// pseudo-random. The noise is the flooding of R15, made wider: one discrete Gaussian with sigma = 2^k per piece and
// multiplicand, drawn exactly (fhe/threshold/flooding.hpp), and therefore one noise per multiplicand for ever (R5).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "query/plan/plan.hpp"
#include "query/release/noise.hpp"

namespace mc::query {

/// rho is counted in 10^-9, as an authorisation has it. A release may spend at most rho = 4: more is no protection.
inline constexpr std::uint64_t kNanoPerRho = 1'000'000'000;
inline constexpr std::uint64_t kRhoNanoMax = 4 * kNanoPerRho;
/// The delta at which epsilon is printed.
inline constexpr double kDeltaLog10 = -6;

/// What one person can change in each of several answers: log2, in integer units of their ciphertexts.
struct Sensitivities {
  struct Change {
    std::uint32_t answer = 0;
    double log2 = 0;
    friend bool operator==(const Change&, const Change&) = default;
  };
  std::vector<double> rest_log2;           // per answer, of a person who does not count in it
  std::vector<std::vector<Change>> kinds;  // per kind of person, the answers in which she may count, ascending

  [[nodiscard]] std::size_t size() const { return rest_log2.size(); }
  /// Per answer, of whoever changes it most.
  [[nodiscard]] std::vector<double> largest_log2() const;
  /// In how many answers one person may count at most, at least 1.
  [[nodiscard]] std::size_t most_answers() const;
  /// Of some of the answers, in this order; each at most once (MC_CHECK).
  [[nodiscard]] Sensitivities of(std::span<const std::uint32_t> answers) const;
};

/// Of released sums; `bounds` are theirs, in the same order (MC_CHECK).
///   value   a person adds at most the magnitude of the moment's value, by interval arithmetic over the plan
///           (MessageRanges), divided by the slots and times the scale; nothing when absent
///   kinds   person_kinds of the plan: nobody is in two rows of a table or two bins, so what bins cost does not add up
///           A sum that no kind counts in, for its conditions contradict each other, is priced as if somebody did,
///           with 1: under flooding alone an owner who calculates would read the key off it (docs/design/0037)
///   noise   the evaluation's noise may be another with her and without her: twice its worst case is added, in every
///           answer
Sensitivities sensitivities(const Plan& plan, std::span<const MomentId> released, std::span<const AnswerBound> bounds,
                            std::size_t slot_count);

/// The zCDP that a release with these deviations costs, in 10^-9, rounded up: the largest over kinds of person of the
/// sum over answers of Delta^2 / (2 sigma^2), for sigma of one piece. One piece is what protects from t-1 custodians
/// together with the requester, who know all the others.
///   source  Canonne, Kamath, Steinke, arXiv 2004.00010, theorem 4 (discrete Gaussian) and composition; Bun, Steinke,
///           arXiv 1605.02065; answers of disjoint persons: McSherry 2009, theorem 4 (parallel composition)
std::uint64_t rho_cost_nano(const Sensitivities& sensitivities, std::span<const std::uint8_t> sigma_log2);

/// Deviations for a release that may cost `rho_nano`.
struct PrivateNoise {
  std::vector<std::uint8_t> sigma_log2;  // per answer, of every piece; at least the flooding of R15
  std::uint64_t rho_nano = 0;            // what it costs: at most what was asked for
};
/// Every answer that one person counts in gets the same share of rho; deviations are powers of two, so what rounding
/// left over narrows answers again, the first ones first.
///   errors  kInvalidArgument for rho 0 or above kRhoNanoMax, or no answers; kLimit when an answer with its noise would
///           not fit `modulus_log2`, the release modulus in bits (its opened value would wrap), or sigma has no sampler
Result<PrivateNoise> private_noise(std::span<const AnswerBound> bounds, const Sensitivities& sensitivities,
                                   std::uint64_t rho_nano, std::uint32_t pieces, double modulus_log2);

/// The epsilon of (epsilon, delta)-differential privacy that rho-zCDP implies.
///   range   0 < rho, 0 < delta < 1 (MC_CHECK)
///   source  arXiv 2004.00010, proposition 12 (corollary 13): the least over alpha > 1 of
///           rho alpha + ln(1 / (alpha delta)) / (alpha - 1) + ln(1 - 1 / alpha), found to 1e-9
double epsilon_of(double rho, double delta);

/// The deviation of all pieces' noise together in the opened sum's own units: sqrt(C) sigma, times slots over scale.
double sigma_total(const AnswerBound& bound, std::uint32_t sigma_log2, std::uint32_t pieces, std::size_t slot_count);

}  // namespace mc::query
