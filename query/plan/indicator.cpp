// SPDX-License-Identifier: Apache-2.0
#include "query/plan/indicator.hpp"

namespace mc::query {
namespace {

using data::Feature;
using data::FeatureKind;

class Sum {
 public:
  void add(const Feature& feature, std::int32_t coefficient) {
    std::int32_t& sum = sum_[feature];
    sum += coefficient;
    if (sum == 0) sum_.erase(feature);
  }
  void add(const FeatureSum& other, std::int32_t coefficient) {
    for (const auto& [feature, multiple] : other) add(feature, coefficient * multiple);
  }
  [[nodiscard]] FeatureSum take() && { return std::move(sum_); }

 private:
  FeatureSum sum_;
};

/// Everybody whose value is not missing.
FeatureSum valid_of(const Domain& domain, const data::Schema& schema) {
  if (!domain.nullable) return {{Feature{}, 1}};
  if (schema.columns[domain.column].is_numeric()) return {{Feature{FeatureKind::kValid, domain.column, 0}, 1}};
  FeatureSum every_category;
  for (std::uint32_t i = 0; i < domain.value_cells; ++i) every_category[{FeatureKind::kIs, domain.column, i}] = 1;
  return every_category;
}

/// Everybody in cell `first` or above, of a binary or ordered column.
FeatureSum at_least(const Domain& domain, const data::Schema& schema, std::size_t first) {
  if (first == 0) return valid_of(domain, schema);
  if (first == domain.value_cells) return {};
  if (domain.kind == Domain::Kind::kBinary) return {{Feature{FeatureKind::kValue, domain.column, 0}, 1}};
  return {{domain.features[first - 1], 1}};
}

/// Stretches of neighbouring cells: what lies above their beginnings minus what lies above their ends.
void add_stretches(const Domain& domain, const data::Schema& schema, const CellSet& cells, Sum& sum) {
  for (std::size_t i = 0; i <= domain.value_cells; ++i) {
    const bool inside = i < domain.value_cells && cells.has(i);
    const bool inside_before = i > 0 && cells.has(i - 1);
    if (inside != inside_before) sum.add(at_least(domain, schema, i), inside ? 1 : -1);
  }
}

/// The categories inside, or all valid ones minus those outside, whichever takes fewer features.
void add_categories(const Domain& domain, const data::Schema& schema, const CellSet& cells, Sum& sum) {
  const FeatureSum valid = valid_of(domain, schema);
  std::size_t inside = 0;
  for (std::size_t i = 0; i < domain.value_cells; ++i) inside += cells.has(i) ? 1 : 0;
  const bool by_complement = cells.has_null() || valid.size() + (domain.value_cells - inside) < inside;
  if (by_complement) sum.add(valid, 1);
  for (std::uint32_t i = 0; i < domain.value_cells; ++i) {
    if (cells.has(i) != by_complement) sum.add({FeatureKind::kIs, domain.column, i}, by_complement ? -1 : 1);
  }
}

}  // namespace

FeatureSum indicator_of(const Domain& domain, const data::Schema& schema, const CellSet& cells) {
  Sum sum;
  if (domain.kind == Domain::Kind::kCategories) {
    add_categories(domain, schema, cells, sum);
  } else {
    add_stretches(domain, schema, cells, sum);
  }
  if (cells.has_null() && domain.nullable) {
    sum.add(Feature{}, 1);
    sum.add(valid_of(domain, schema), -1);
  }
  return std::move(sum).take();
}

FeatureColumn column_of(const Domain& domain, const data::Schema& schema, const CellSet& cells) {
  FeatureColumn column;
  for (const auto& [feature, coefficient] : indicator_of(domain, schema, cells)) {
    column.push_back({static_cast<double>(coefficient), handle_of(domain, schema, feature)});
  }
  return column;
}

}  // namespace mc::query
