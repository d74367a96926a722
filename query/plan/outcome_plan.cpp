// SPDX-License-Identifier: Apache-2.0
#include "query/plan/outcome_plan.hpp"

#include <algorithm>
#include <cmath>

#include "query/parse/parser.hpp"

namespace mc::query {
namespace {

constexpr std::size_t kMarginsMax = 64 * 1024;

Result<PlanMargin> read_margin(Reader& reader, std::size_t strata) {
  PlanMargin margin;
  MC_TRY(margin.name, reader.text(kStratumNameBytesMax));
  MC_TRY(const std::uint32_t count, reader.count(strata, 4));
  for (std::uint32_t i = 0; i < count; ++i) {
    MC_TRY(const std::uint32_t stratum, reader.u32());
    const bool ascends = margin.strata.empty() || stratum > margin.strata.back();
    if (stratum >= strata || !ascends) return fail(reader.error("the strata of a margin do not ascend"));
    margin.strata.push_back(stratum);
  }
  if (margin.strata.empty()) return fail(reader.error("a margin has no strata"));
  return margin;
}

}  // namespace

void write_outcomes(Writer& writer, const PlanOutcomes& outcomes) {
  writer.text(outcomes.formula);
  writer.u8(outcomes.intercept ? 1 : 0);
  writer.f64(outcomes.ridge);
  write_patterns(writer, outcomes);
  writer.u8(outcomes.offsets.empty() ? 0 : 1);
  for (const double offset : outcomes.offsets) writer.f64(offset);
  writer.u32(static_cast<std::uint32_t>(outcomes.margins.size()));
  for (const PlanMargin& margin : outcomes.margins) {
    writer.text(margin.name);
    writer.u32(static_cast<std::uint32_t>(margin.strata.size()));
    for (const std::uint32_t stratum : margin.strata) writer.u32(stratum);
  }
}

Result<PlanOutcomes> read_outcomes(Reader& reader) {
  PlanOutcomes outcomes;
  MC_TRY(outcomes.formula, reader.text(kSqlBytesMax));
  MC_TRY(const std::uint8_t intercept, reader.u8());
  MC_TRY(outcomes.ridge, reader.f64());
  if (intercept > 1) return fail(reader.error("a flag is neither 0 nor 1"));
  if (!std::isfinite(outcomes.ridge) || outcomes.ridge < 0) return fail(reader.error("a penalty cannot be meant"));
  outcomes.intercept = intercept == 1;
  MC_TRY(static_cast<PlanPatterns&>(outcomes), read_patterns(reader));
  const auto is_one = [](const std::vector<double>& covariates) { return !covariates.empty() && covariates[0] == 1; };
  if (outcomes.intercept && !std::ranges::all_of(outcomes.covariates, is_one)) {
    return fail(reader.error("the first column of a model is not its intercept"));
  }
  MC_TRY(const std::uint8_t has_offsets, reader.u8());
  if (has_offsets > 1) return fail(reader.error("a flag is neither 0 nor 1"));
  for (std::size_t i = 0; has_offsets == 1 && i < outcomes.strata.size(); ++i) {
    MC_TRY(const double offset, reader.f64());
    if (!std::isfinite(offset)) return fail(reader.error("an offset is not a number"));
    outcomes.offsets.push_back(offset);
  }
  MC_TRY(const std::uint32_t margins, reader.count(kMarginsMax, 8));
  if (margins == 0) return fail(reader.error("a model of categories has nobody to judge"));
  for (std::uint32_t i = 0; i < margins; ++i) {
    MC_TRY(PlanMargin margin, read_margin(reader, outcomes.strata.size()));
    outcomes.margins.push_back(std::move(margin));
  }
  return outcomes;
}

}  // namespace mc::query
