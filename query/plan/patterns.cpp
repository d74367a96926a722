// SPDX-License-Identifier: Apache-2.0
#include "query/plan/patterns.hpp"

#include <cmath>

namespace mc::query {
namespace {

Result<std::vector<std::string>> read_names(Reader& reader, std::size_t count_max) {
  MC_TRY(const std::uint32_t count, reader.count(count_max, 4));
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < count; ++i) {
    MC_TRY(std::string name, reader.text(kStratumNameBytesMax));
    names.push_back(std::move(name));
  }
  return names;
}

void write_names(Writer& writer, const std::vector<std::string>& names) {
  writer.u32(static_cast<std::uint32_t>(names.size()));
  for (const std::string& name : names) writer.text(name);
}

}  // namespace

void write_patterns(Writer& writer, const PlanPatterns& patterns) {
  write_names(writer, patterns.strata);
  write_names(writer, patterns.terms);
  for (const auto& covariates : patterns.covariates) {
    for (const double covariate : covariates) writer.f64(covariate);
  }
}

Result<PlanPatterns> read_patterns(Reader& reader) {
  PlanPatterns patterns;
  MC_TRY(patterns.strata, read_names(reader, kStrataMax));
  if (patterns.strata.empty()) return fail(reader.error("a model of categories has no strata"));
  MC_TRY(patterns.terms, read_names(reader, kCovariatesMax));
  if (reader.left() / 8 < patterns.strata.size() * patterns.terms.size()) {
    return fail(reader.error("the covariates of a model of categories are cut off"));
  }
  for (std::size_t i = 0; i < patterns.strata.size(); ++i) {
    std::vector<double> covariates;
    for (std::size_t j = 0; j < patterns.terms.size(); ++j) {
      MC_TRY(const double covariate, reader.f64());
      if (!std::isfinite(covariate)) return fail(reader.error("a covariate is not a number"));
      covariates.push_back(covariate);
    }
    patterns.covariates.push_back(std::move(covariates));
  }
  return patterns;
}

}  // namespace mc::query
