// SPDX-License-Identifier: Apache-2.0
#include "query/plan/item_names.hpp"

namespace mc::query {
namespace {

/// A category as R names a factor's level.
std::string level_name(const BoundQuery& query, std::uint32_t column, std::size_t cell) {
  const GroupKey key = key_of(query, column, cell);
  const auto* text = std::get_if<std::string>(&key);
  return text != nullptr ? *text : std::to_string(std::get<std::int64_t>(key));
}

}  // namespace

GroupKey key_of(const BoundQuery& query, std::uint32_t column, std::size_t cell) {
  const Domain& domain = query.domains[column];
  if (cell == domain.value_cells) return std::monostate{};
  const data::Column& asked = query.schema.columns[column];
  // Doses (0.5, 1, 2) are told as they are written; keys are integers or texts.
  if (asked.type != data::ColumnType::kNumber && !domain.numbers.empty()) {
    return static_cast<std::int64_t>(domain.numbers[cell]);
  }
  return asked.categories[cell];
}

std::vector<std::string> names_of(const BoundItem& item, const PlanItem& planned, const BoundQuery& query) {
  std::vector<std::string> names;
  switch (item.statistic) {
    case Statistic::kHistogram:
      for (std::size_t i = 0; i < planned.strata; ++i) names.push_back(item.name + "." + bin_name(planned.breaks, i));
      return names;
    case Statistic::kQuantile:
    case Statistic::kMedian:
      return {item.name, item.name + ".bin_width"};
    case Statistic::kChiSquareTest:
      names = {item.name + ".X-squared", item.name + ".df", item.name + ".p.value"};
      for (std::size_t a = 0; a < query.domains[item.x].value_cells; ++a) {
        for (std::size_t b = 0; b < query.domains[item.y].value_cells; ++b) {
          names.push_back(item.name + ".expected[" + level_name(query, item.x, a) + "," + level_name(query, item.y, b) +
                          "]");
        }
      }
      return names;
    case Statistic::kOddsRatio:
      return {item.name, item.name + ".conf.int1", item.name + ".conf.int2"};
    case Statistic::kRiskDifference:
    case Statistic::kRiskRatio:
      names = {item.name, item.name + ".conf.int1", item.name + ".conf.int2"};
      for (const std::size_t cell : item.y_groups) {
        names.push_back(item.name + ".risk in group " + level_name(query, item.y, cell));
      }
      return names;
    case Statistic::kAuc:
      return {item.name, item.name + ".conf.int1", item.name + ".conf.int2"};
    case Statistic::kTTest:
      names = {"t", "df", "p.value", "conf.int1", "conf.int2"};
      for (const std::size_t cell : item.y_groups) {
        names.push_back("mean in group " + level_name(query, item.y, cell));
      }
      for (std::string& name : names) name.insert(0, item.name + ".");
      return names;
    default:
      return {item.name};
  }
}

}  // namespace mc::query
