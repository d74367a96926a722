// SPDX-License-Identifier: Apache-2.0
#include "query/release/upload_verdict.hpp"

#include <algorithm>
#include <cmath>

#include "query/release/disclosure.hpp"

namespace mc::query {
namespace {

/// A count or a sum; of nobody, 0.
Result<double> number_of(const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (std::holds_alternative<std::monostate>(value)) return 0.0;
  return fail(Code::kInvalidArgument, "a check of uploads is a number");
}

}  // namespace

Result<std::vector<UploadFinding>> judge_uploads(const data::Schema& schema, const ResultTable& table,
                                                 const UploadNoise& noise) {
  const std::vector<UploadCheck> checks = upload_checks(schema);
  const bool deviations_fit = noise.deviations.empty() || noise.deviations.size() == checks.size() + 1;
  if (table.rows.size() != 1 || table.rows.front().size() != checks.size() + 1 || !deviations_fit) {
    return fail(Code::kInvalidArgument,
                "this table is not the answer of " + std::to_string(checks.size()) + " checks of uploads");
  }
  const auto margin = [&](std::size_t column) {
    return noise.deviations.empty() ? 0.0 : kCountMargin * noise.deviations[column];
  };
  const std::vector<Value>& row = table.rows.front();
  MC_TRY(const double persons, number_of(row.front()));
  std::vector<UploadFinding> out;
  for (std::size_t i = 0; i < checks.size(); ++i) {
    UploadFinding finding;
    finding.check = checks[i];
    MC_TRY(finding.sum, number_of(row[i + 1]));
    finding.high = kUploadTolerance + margin(i + 1);
    finding.low = -finding.high;
    if (checks[i].kind == UploadCheckKind::kRange) {
      finding.reach = std::sqrt((1 + std::sqrt(std::max(0.0, finding.sum + margin(i + 1)) + kUploadTolerance)) / 2);
      finding.high += persons + margin(0) + noise.rounding;
    }
    out.push_back(finding);
  }
  return out;
}

}  // namespace mc::query
