// SPDX-License-Identifier: Apache-2.0
#include "query/plan/survival_plan.hpp"

#include <cmath>

#include "data/schema/schema.hpp"
#include "query/parse/parser.hpp"

namespace mc::query {
namespace {

Result<SurvivalOptions> read_options(Reader& reader) {
  SurvivalOptions options;
  MC_TRY(const std::uint8_t conf_type, reader.u8());
  MC_TRY(options.conf_int, reader.f64());
  MC_TRY(const std::uint8_t ties, reader.u8());
  const bool known = conf_type <= static_cast<std::uint8_t>(ConfidenceType::kLogLog) &&
                     ties <= static_cast<std::uint8_t>(Ties::kBreslow);
  if (!known || !(options.conf_int > 0 && options.conf_int < 1)) {
    return fail(reader.error("an option of a survival model cannot be meant"));
  }
  options.conf_type = static_cast<ConfidenceType>(conf_type);
  options.ties = static_cast<Ties>(ties);
  return options;
}

Result<std::vector<double>> read_times(Reader& reader) {
  MC_TRY(const std::uint32_t count, reader.count(data::kColumnTimesMax, 8));
  std::vector<double> times;
  for (std::uint32_t i = 0; i < count; ++i) {
    MC_TRY(const double time, reader.f64());
    if (!std::isfinite(time) || (i > 0 && time <= times.back())) return fail(reader.error("times do not ascend"));
    times.push_back(time);
  }
  if (times.empty()) return fail(reader.error("a survival model has no times"));
  return times;
}

}  // namespace

void write_survival(Writer& writer, const PlanSurvival& survival) {
  writer.text(survival.formula);
  writer.u8(static_cast<std::uint8_t>(survival.options.conf_type));
  writer.f64(survival.options.conf_int);
  writer.u8(static_cast<std::uint8_t>(survival.options.ties));
  writer.u8(survival.beyond ? 1 : 0);
  writer.u32(static_cast<std::uint32_t>(survival.times.size()));
  for (const double time : survival.times) writer.f64(time);
  write_patterns(writer, survival);
}

Result<PlanSurvival> read_survival(Reader& reader) {
  PlanSurvival survival;
  MC_TRY(survival.formula, reader.text(kSqlBytesMax));
  MC_TRY(survival.options, read_options(reader));
  MC_TRY(const std::uint8_t beyond, reader.u8());
  if (beyond > 1) return fail(reader.error("a flag is neither 0 nor 1"));
  survival.beyond = beyond == 1;
  MC_TRY(survival.times, read_times(reader));
  MC_TRY(static_cast<PlanPatterns&>(survival), read_patterns(reader));
  return survival;
}

}  // namespace mc::query
