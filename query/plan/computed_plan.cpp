// SPDX-License-Identifier: Apache-2.0
#include "query/plan/computed_plan.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "data/packing/feature.hpp"
#include "query/bind/score.hpp"
#include "query/plan/plan.hpp"

namespace mc::query {
namespace {

constexpr std::size_t kHandleBytesMax = 1024;

Status check(const PlanComputed& column) {
  for (const PlanComputed::Product& product : column.products) {
    MC_TRY_STATUS(check_column(product.left, "a factor of a computed column"));
    MC_TRY_STATUS(check_column(product.right, "a factor of a computed column"));
  }
  if (column.sum.empty() && !column.products.empty()) return {};
  return check_column(column.sum, "a computed column");
}

}  // namespace

std::vector<std::size_t> rounds_of(std::span<const PlanComputed> columns) {
  std::map<std::string, std::size_t> rounds;
  std::vector<std::size_t> result;
  for (const PlanComputed& column : columns) {
    std::vector<std::string> read;
    add_features_of(column, read);
    std::size_t round = 0;
    for (const std::string& handle : read) {
      if (const auto found = rounds.find(handle); found != rounds.end()) round = std::max(round, found->second + 1);
    }
    rounds[column.handle] = round;
    result.push_back(round);
  }
  return result;
}

void add_features_of(const PlanComputed& column, std::vector<std::string>& handles) {
  for (const PlanComputed::Product& product : column.products) {
    add_features_of(product.left, handles);
    add_features_of(product.right, handles);
  }
  add_features_of(column.sum, handles);
}

std::vector<std::string> compared_handles(const Plan& plan) {
  std::vector<std::string> handles = features_of(plan);
  for (const PlanComputed& column : plan.computed) add_features_of(column, handles);
  std::erase_if(handles, [](const std::string& handle) { return !data::is_compared_handle(handle); });
  return handles;
}

std::vector<bool> after_comparisons(const Plan& plan) {
  std::set<std::string> late;
  for (const PlanComparison& comparison : plan.comparisons) late.insert(comparison.handle);
  std::vector<bool> result;
  for (const PlanComputed& column : plan.computed) {
    std::vector<std::string> read;
    add_features_of(column, read);
    const bool is_late = std::ranges::any_of(read, [&](const std::string& handle) { return late.contains(handle); });
    if (is_late) late.insert(column.handle);
    result.push_back(is_late);
  }
  return result;
}

Status check_made_columns(const Plan& plan) {
  std::vector<std::string> found;
  for (const PlanComparison& comparison : plan.comparisons) found.push_back(comparison.handle);
  if (found != compared_handles(plan)) {
    return fail(Code::kCorrupt, "the comparisons are not those that the plan reads");
  }
  std::set<std::string> before;
  for (const PlanComputed& column : plan.computed) {
    std::vector<std::string> read;
    add_features_of(column, read);
    for (const PlanComputed& other : plan.computed) {
      const bool too_early = !before.contains(other.handle) && std::ranges::find(read, other.handle) != read.end();
      if (too_early) return fail(Code::kCorrupt, "a computed column reads what is not computed yet");
    }
    if (!before.insert(column.handle).second) return fail(Code::kCorrupt, "a column is computed twice");
  }
  std::vector<std::string> compared;
  for (const PlanComparison& comparison : plan.comparisons) {
    add_features_of(comparison.compared(), compared);
    add_features_of(comparison.window, compared);
    add_features_of(comparison.above, compared);
  }
  for (const PlanComparison& comparison : plan.comparisons) {
    if (!comparison.is_proven()) continue;
    // Proofs say nothing of what is computed.
    for (const WeightedFeature& feature : comparison.compared()) {
      if (std::ranges::find(plan.computed, feature.handle, &PlanComputed::handle) == plan.computed.end()) continue;
      return fail(Code::kCorrupt, "a comparison that proofs bound reads what is computed");
    }
  }
  const std::vector<bool> is_late = after_comparisons(plan);
  for (std::size_t i = 0; i < plan.computed.size(); ++i) {
    if (is_late[i] && std::ranges::find(compared, plan.computed[i].handle) != compared.end()) {
      return fail(Code::kCorrupt, "a comparison reads what is computed after it");
    }
  }
  std::vector<std::string> wanted = features_of(plan);
  wanted.insert(wanted.end(), compared.begin(), compared.end());
  for (std::size_t i = plan.computed.size(); i-- > 0;) {
    if (std::ranges::find(wanted, plan.computed[i].handle) == wanted.end()) {
      return fail(Code::kCorrupt, "a computed column is not read");
    }
    add_features_of(plan.computed[i], wanted);
  }
  for (const std::string& handle : sealed_features_of(plan)) {
    if (data::is_compared_handle(handle)) return fail(Code::kCorrupt, "a comparison of a comparison");
  }
  return {};
}

void write_computed(Writer& writer, const PlanComputed& column) {
  writer.text(column.handle);
  writer.u32(static_cast<std::uint32_t>(column.products.size()));
  for (const PlanComputed::Product& product : column.products) {
    write_column(writer, product.left);
    write_column(writer, product.right);
  }
  write_column(writer, column.sum);
}

Result<PlanComputed> read_computed(Reader& reader) {
  PlanComputed column;
  MC_TRY(column.handle, reader.text(kHandleBytesMax));
  MC_TRY(const std::uint32_t count, reader.count(kComputedProductsMax, 8));
  for (std::uint32_t i = 0; i < count; ++i) {
    PlanComputed::Product product;
    MC_TRY(product.left, read_column(reader));
    MC_TRY(product.right, read_column(reader));
    column.products.push_back(std::move(product));
  }
  MC_TRY(column.sum, read_column(reader));
  if (const Status checked = check(column); !checked) return fail(reader.error(checked.error().message));
  return column;
}

void write_score(Writer& writer, const PlanScore& score) {
  writer.text(score.name);
  writer.text(score.equation);
  writer.f64(score.step);
  writer.f64(score.rounding);
}

Result<PlanScore> read_score(Reader& reader) {
  PlanScore score;
  MC_TRY(score.name, reader.text(kHandleBytesMax));
  MC_TRY(score.equation, reader.text(kEquationBytesMax));
  MC_TRY(score.step, reader.f64());
  MC_TRY(score.rounding, reader.f64());
  const bool on_grid = score.step > 0 && score.step <= 1 && score.rounding <= kProvenScoreRoundingMax;
  const bool is_meant = (score.is_sealed() || on_grid) && score.rounding >= 0 && std::isfinite(score.rounding);
  if (!is_meant) return fail(reader.error("a score's grid cannot be meant"));
  return score;
}

}  // namespace mc::query
