// SPDX-License-Identifier: Apache-2.0
#include "query/plan/survival_plan.hpp"

#include <cmath>

#include "data/schema/schema.hpp"
#include "query/parse/parser.hpp"

namespace mc::query {
namespace {

constexpr std::size_t kNameBytesMax = 16 * 1024;  // of a combination of columns and their levels

Result<std::vector<std::string>> read_names(Reader& reader, std::size_t count_max) {
  MC_TRY(const std::uint32_t count, reader.count(count_max, 4));
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < count; ++i) {
    MC_TRY(std::string name, reader.text(kNameBytesMax));
    names.push_back(std::move(name));
  }
  return names;
}

void write_names(Writer& writer, const std::vector<std::string>& names) {
  writer.u32(static_cast<std::uint32_t>(names.size()));
  for (const std::string& name : names) writer.text(name);
}

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
  write_names(writer, survival.strata);
  write_names(writer, survival.terms);
  for (const auto& covariates : survival.covariates) {
    for (const double covariate : covariates) writer.f64(covariate);
  }
}

Result<PlanSurvival> read_survival(Reader& reader) {
  PlanSurvival survival;
  MC_TRY(survival.formula, reader.text(kSqlBytesMax));
  MC_TRY(survival.options, read_options(reader));
  MC_TRY(const std::uint8_t beyond, reader.u8());
  if (beyond > 1) return fail(reader.error("a flag is neither 0 nor 1"));
  survival.beyond = beyond == 1;
  MC_TRY(survival.times, read_times(reader));
  MC_TRY(survival.strata, read_names(reader, kStrataMax));
  if (survival.strata.empty()) return fail(reader.error("a survival model has no strata"));
  MC_TRY(survival.terms, read_names(reader, kCovariatesMax));
  if (reader.left() / 8 < survival.strata.size() * survival.terms.size()) {
    return fail(reader.error("the covariates of a survival model are cut off"));
  }
  for (std::size_t i = 0; i < survival.strata.size(); ++i) {
    std::vector<double> covariates;
    for (std::size_t j = 0; j < survival.terms.size(); ++j) {
      MC_TRY(const double covariate, reader.f64());
      if (!std::isfinite(covariate)) return fail(reader.error("a covariate is not a number"));
      covariates.push_back(covariate);
    }
    survival.covariates.push_back(std::move(covariates));
  }
  return survival;
}

}  // namespace mc::query
