// SPDX-License-Identifier: Apache-2.0
// A column compared with a threshold that the dictionary does not declare: 1 for persons above it, 0 for all others,
// computed from sealed features with the committee's refreshes (docs/design/0021). It stands in a plan as a feature of
// its own, whose handle ends in "above/" and the number that lies halfway between the two values it tells apart.
// Everything in it is public and part of what a study approves; no cryptography.
#pragma once

#include "query/plan/feature_column.hpp"

namespace mc::query {

/// x -> linear * x - cubic * x^3, odd and at most 1 in magnitude for |x| <= 1.
struct CubicStage {
  double linear = 1.5;
  double cubic = 0.5;
  friend bool operator==(const CubicStage&, const CubicStage&) = default;
};

inline constexpr std::size_t kStagesMax = 64;

/// By how many half widths a value is from the threshold where whoever sealed it may have lied: what a proof of an
/// upload bounds (2^32.01, which refresh_margin_test.cpp works out), and the threshold.
inline constexpr double kProvenReach = 0x1.02p32;

/// above + window * (1 + sign(value - middle)) / 2, where the sign is a composition of stages. For persons in the
/// window gap <= |value - middle| / reach <= 1.
/// Where owners are not trusted (docs/design/0046) the reach is kProvenReach and the argument (value - middle) / reach,
/// without the window: then it is at most 1 whoever sealed the value. `above` is empty, and `window` is who has a
/// value, or empty where everybody has one. A score is compared so too as long as it is a sum of multiples of sealed
/// columns (docs/design/0050): the reach is kProvenReach times the multiples added up.
struct PlanComparison {
  std::string handle;    // what the result is called in the plan's nodes
  std::string value;     // handle of the standardised value
  double middle = 0;     // the threshold, standardised: in [-1, 1]
  double reach = 1;      // in (0, 2], or kProvenReach and more
  double gap = 1;        // in (0, 1]
  FeatureColumn window;  // 1 where the value lies between the two declared edges next to the threshold, else 0
  FeatureColumn above;   // 1 where it lies beyond them; may be empty
  std::vector<CubicStage> stages;
  FeatureColumn score = {};  // of a proven comparison of a score: what `value` is, of sealed columns; else empty
  friend bool operator==(const PlanComparison&, const PlanComparison&) = default;

  /// Whether no value that a proof lets pass leaves [-1, 1].
  [[nodiscard]] bool is_proven() const { return reach >= kProvenReach; }
  /// What is compared, as it is loaded.
  [[nodiscard]] FeatureColumn compared() const { return score.empty() ? FeatureColumn{{1, value}} : score; }
  /// What a stage may add.
  [[nodiscard]] double stage_noise() const;
};

// What the stages are planned for and whoever bounds the noise holds them to (query/release/noise):
/// the first argument is off by at most this part of the gap;
inline constexpr double kGapPart = 0x1p-10;
/// what a stage and the refresh after it add is at most this in every slot, and gaps are at least 64 times as wide, so
/// that stages grow from them; where the reach is the proven one, gaps are narrower;
inline constexpr double kStageNoise = 0x1p-50, kProvenStageNoise = 0x1p-56;
inline constexpr double kGapOverNoise = 64;
inline constexpr double kGapMin = kGapOverNoise * kStageNoise, kProvenGapMin = kGapOverNoise * kProvenStageNoise;
/// and then the last value is this near to 1 or -1, besides what the last stage itself adds.
inline constexpr double kSignError = 0x1p-72;

/// The fewest cubic stages from [gap, 1] to 1 within kSignError: each the minimax polynomial of its interval, scaled
/// to at most 1, the last one (3x - x^3) / 2.
///   range   0 < gap <= 1, at least kGapOverNoise stage_noise (MC_CHECK)
///   error   if |x_0| >= gap (1 - kGapPart) and every stage adds at most stage_noise, | |x_n| - 1 | <= kSignError
///   source  composition of minimax polynomials: Lee, Lee, No, Kim, ePrint 2020/834; of degree 3, because that is what
///           one refresh at the two-prime scale pays for
std::vector<CubicStage> sign_stages(double gap, double stage_noise = kStageNoise);

/// Refreshes of a block: of the first argument, after every stage, of the result; of a proven one the last stage is the
/// result where everybody has a value.
std::size_t refresh_count(const PlanComparison& comparison);

/// How far a column of sealed features reaches when each of them is 1 or -1: the magnitudes of its factors added up.
double reach_of(const FeatureColumn& column);

/// One encoding per comparison: where there is a score, an empty text stands before the value and the score after it.
void write_comparison(Writer& writer, const PlanComparison& comparison);
/// Reads and checks; kCorrupt names the byte.
Result<PlanComparison> read_comparison(Reader& reader);

}  // namespace mc::query
