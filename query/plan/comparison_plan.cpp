// SPDX-License-Identifier: Apache-2.0
#include "query/plan/comparison_plan.hpp"

#include <algorithm>
#include <cmath>

namespace mc::query {
namespace {

constexpr std::size_t kHandleBytesMax = 4096;
constexpr double kCoefficientMax = 4;
constexpr double kReachMax = 0x1p60;
/// What an interval's lower end gives away for the noise of the stage before: the slope at 1 is at least -6.
constexpr double kSlack = 8;

/// On [low, 1] the polynomial a x - b x^3 that is as near to a constant as can be: equal at both ends, 1 in between.
///   p(low) = p(1) needs a = b s with s = 1 + low + low^2; the maximum is at sqrt(s / 3) and there 2/3 a sqrt(s / 3)
CubicStage flattest(double low) {
  const double s = 1 + low + low * low;
  const double linear = 1.5 / std::sqrt(s / 3);
  return {linear, linear / s};
}

bool is_meant(const PlanComparison& c) {
  const auto within = [](double value, double low, double high) { return value >= low && value <= high; };
  const bool reaches = c.is_proven() ? c.above.empty() && c.reach <= kReachMax &&
                                           (c.score.empty() || reach_of(c.score) * kProvenReach <= c.reach)
                                     : within(c.reach, 0x1p-60, 2) && !c.window.empty() && c.score.empty();
  return within(c.middle, -1, 1) && reaches && within(c.gap, 0x1p-60, 1) &&
         std::ranges::all_of(c.stages, [&](const CubicStage& stage) {
           return within(stage.linear, 0, kCoefficientMax) && within(stage.cubic, 0, kCoefficientMax);
         });
}

}  // namespace

double PlanComparison::stage_noise() const {
  return is_proven() ? kProvenStageNoise : kStageNoise;
}

std::vector<CubicStage> sign_stages(double gap, double stage_noise) {
  MC_CHECK(gap >= kGapOverNoise * stage_noise && gap <= 1);
  std::vector<CubicStage> stages;
  double low = gap * (1 - kGapPart);
  while (true) {
    const double off = 1 - low;
    // (3x - x^3) / 2 is 1 - 3/2 e^2 + 1/2 e^3 at x = 1 - e.
    if (1.5 * off * off <= kSignError) break;
    stages.push_back(flattest(low));
    low = stages.back().linear - stages.back().cubic - kSlack * stage_noise;
  }
  stages.emplace_back();
  return stages;
}

std::size_t refresh_count(const PlanComparison& comparison) {
  return comparison.stages.size() + (comparison.window.empty() ? 1 : 2);
}

double reach_of(const FeatureColumn& column) {
  double reach = 0;
  for (const WeightedFeature& feature : column) reach += std::fabs(feature.factor);
  return reach;
}

void write_comparison(Writer& writer, const PlanComparison& comparison) {
  writer.text(comparison.handle);
  if (!comparison.score.empty()) writer.text("");
  writer.text(comparison.value);
  if (!comparison.score.empty()) write_column(writer, comparison.score);
  writer.f64(comparison.middle);
  writer.f64(comparison.reach);
  writer.f64(comparison.gap);
  write_column(writer, comparison.window);
  write_column(writer, comparison.above);
  writer.u32(static_cast<std::uint32_t>(comparison.stages.size()));
  for (const CubicStage& stage : comparison.stages) {
    writer.f64(stage.linear);
    writer.f64(stage.cubic);
  }
}

Result<PlanComparison> read_comparison(Reader& reader) {
  PlanComparison comparison;
  MC_TRY(comparison.handle, reader.text(kHandleBytesMax));
  MC_TRY(comparison.value, reader.text(kHandleBytesMax));
  if (comparison.value.empty()) {
    MC_TRY(comparison.value, reader.text(kHandleBytesMax));
    MC_TRY(comparison.score, read_column(reader));
    const Status checked = check_column(comparison.score, "a score");
    if (!checked) return fail(reader.error(checked.error().message));
  }
  MC_TRY(comparison.middle, reader.f64());
  MC_TRY(comparison.reach, reader.f64());
  MC_TRY(comparison.gap, reader.f64());
  MC_TRY(comparison.window, read_column(reader));
  MC_TRY(comparison.above, read_column(reader));
  if (!comparison.window.empty()) {
    if (const Status checked = check_column(comparison.window, "a window"); !checked) {
      return fail(reader.error(checked.error().message));
    }
  }
  if (!comparison.above.empty()) {
    if (const Status checked = check_column(comparison.above, "what is above"); !checked) {
      return fail(reader.error(checked.error().message));
    }
  }
  MC_TRY(const std::uint32_t stages, reader.count(kStagesMax, 16));
  for (std::uint32_t i = 0; i < stages; ++i) {
    CubicStage stage;
    MC_TRY(stage.linear, reader.f64());
    MC_TRY(stage.cubic, reader.f64());
    comparison.stages.push_back(stage);
  }
  if (comparison.stages.empty() || !is_meant(comparison)) return fail(reader.error("a comparison cannot be meant"));
  return comparison;
}

}  // namespace mc::query
