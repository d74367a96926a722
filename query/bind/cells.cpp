// SPDX-License-Identifier: Apache-2.0
#include "query/bind/cells.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "data/schema/step.hpp"
#include "query/parse/nearest.hpp"

namespace mc::query {
namespace {

/// Every value of the column satisfies the cut.
bool below_range(const data::Column& column, const Cut& cut) {
  return cut.above ? cut.value < column.minimum : cut.value <= column.minimum;
}
/// No value of the column satisfies it.
bool above_range(const data::Column& column, const Cut& cut) {
  return cut.above ? cut.value >= column.maximum : cut.value > column.maximum;
}

/// x > v and x >= v over integers are x >= floor(v) + 1 and x >= ceil(v); over multiples of 0.1 likewise. REQUIRES a
/// cut within the range.
Cut normalised(const data::Column& column, Cut cut) {
  const double step = column.resolution();
  if (step == 0) return cut;
  return {data::multiple_of_step(step, data::first_multiple(step, cut.value, cut.above)), false};
}

/// The cut in its one form; nothing when no value or every value is beyond it.
std::optional<Cut> cut_within(const data::Column& column, const Cut& cut) {
  if (below_range(column, cut) || above_range(column, cut)) return std::nullopt;
  const Cut one = normalised(column, cut);
  if (below_range(column, one) || above_range(column, one)) return std::nullopt;
  return one;
}

void add_ordered_cells(const data::Column& column, Domain& domain) {
  struct Declared {
    Cut cut;
    data::Feature feature;
  };
  std::vector<Declared> declared;
  for (std::uint32_t i = 0; i < column.edges.size(); ++i) {
    for (const bool above : {false, true}) {
      const std::optional<Cut> cut = cut_within(column, {column.edges[i], above});
      if (!cut) continue;
      const auto kind = above ? data::FeatureKind::kAbove : data::FeatureKind::kAtLeast;
      declared.push_back({*cut, {kind, domain.column, i}});
    }
  }
  for (std::uint32_t i = 0; i < column.times.size(); ++i) {
    const std::optional<Cut> cut = cut_within(column, {column.times[i], true});
    if (!cut) continue;
    declared.push_back({*cut, {data::FeatureKind::kAfter, domain.column, i}});
  }
  // Stable, so that of two features for one cut (age > 70 and age >= 71) the schema's order decides.
  std::stable_sort(declared.begin(), declared.end(), [](const auto& a, const auto& b) { return a.cut < b.cut; });
  for (const Declared& one : declared) {
    if (!domain.cuts.empty() && domain.cuts.back() == one.cut) continue;
    domain.cuts.push_back(one.cut);
    domain.features.push_back(one.feature);
  }
  domain.value_cells = domain.cuts.size() + 1;
}

}  // namespace

bool CellSet::empty() const {
  return std::find(bits_.begin(), bits_.end(), true) == bits_.end();
}

CellSet operator&(const CellSet& a, const CellSet& b) {
  return a - (a - b);
}

CellSet operator|(const CellSet& a, const CellSet& b) {
  MC_CHECK(a.bits_.size() == b.bits_.size());
  CellSet result = a;
  for (std::size_t i = 0; i < b.bits_.size(); ++i) {
    if (b.bits_[i]) result.bits_[i] = true;
  }
  return result;
}

CellSet operator-(const CellSet& a, const CellSet& b) {
  MC_CHECK(a.bits_.size() == b.bits_.size());
  CellSet result = a;
  for (std::size_t i = 0; i < b.bits_.size(); ++i) {
    if (b.bits_[i]) result.bits_[i] = false;
  }
  return result;
}

std::vector<CellSet> divided(const CellSet& whole, std::span<const CellSet> sets) {
  std::vector<CellSet> parts;
  CellSet rest = whole;
  for (const CellSet& cells : sets) {
    std::vector<CellSet> finer;
    const auto take = [&](CellSet part) {
      if (!part.empty()) finer.push_back(std::move(part));
    };
    for (const CellSet& part : parts) {
      take(part & cells);
      take(part - cells);
    }
    take(rest & cells);
    rest = rest - cells;
    parts = std::move(finer);
  }
  if (!rest.empty()) parts.push_back(std::move(rest));
  return parts;
}

CellSet Domain::values() const {
  CellSet result(value_cells);
  for (std::size_t i = 0; i < value_cells; ++i) result.insert(i);
  return result;
}

CellSet Domain::everything() const {
  CellSet result = values();
  if (nullable) result.insert_null();
  return result;
}

Domain domain_of(const data::Schema& schema, std::uint32_t column_index) {
  const data::Column& column = schema.columns[column_index];
  MC_CHECK(column.is_sealed());
  Domain domain;
  domain.column = column_index;
  domain.nullable = !column.required;
  if (column.is_binary()) {
    domain.kind = Domain::Kind::kBinary;
    domain.value_cells = 2;
    domain.numbers = {0, 1};
    return domain;
  }
  if (column.categories.empty()) {
    add_ordered_cells(column, domain);
    return domain;
  }
  domain.kind = Domain::Kind::kCategories;
  domain.value_cells = column.categories.size();
  if (!column.is_numeric()) return domain;
  for (const std::string& category : column.categories) {
    double number = 0;
    const auto read = std::from_chars(category.data(), category.data() + category.size(), number);
    MC_CHECK(read.ec == std::errc{});  // data::validate: categories of a numeric column are numbers
    domain.numbers.push_back(number);
  }
  return domain;
}

std::vector<Domain> domains_of(const data::Schema& schema) {
  std::vector<Domain> domains;
  for (std::uint32_t i = 0; i < schema.columns.size(); ++i) {
    domains.push_back(schema.columns[i].is_sealed() ? domain_of(schema, i) : Domain{});
  }
  return domains;
}

void divide_at(Domain& domain, const data::Schema& schema, Cut cut) {
  const data::Column& column = schema.columns[domain.column];
  const double step = column.resolution();
  if (domain.kind != Domain::Kind::kOrdered || step == 0) return;
  const std::optional<Cut> within = cut_within(column, cut);
  if (!within) return;
  const auto place = std::lower_bound(domain.cuts.begin(), domain.cuts.end(), *within);
  if (place != domain.cuts.end() && *place == *within) return;
  const auto index = static_cast<std::uint32_t>(domain.middles.size());
  domain.middles.push_back(data::middle_below(step, data::first_multiple(step, cut.value, cut.above)));
  domain.features.insert(domain.features.begin() + (place - domain.cuts.begin()),
                         {data::FeatureKind::kCompared, domain.column, index});
  domain.cuts.insert(place, *within);
  ++domain.value_cells;
}

std::string handle_of(const Domain& domain, const data::Schema& schema, const data::Feature& feature) {
  if (feature.kind != data::FeatureKind::kCompared) return data::handle(schema, feature);
  MC_CHECK(feature.column == domain.column && feature.index < domain.middles.size());
  return data::compared_handle(schema, domain.column, domain.middles[feature.index]);
}

Result<std::size_t> cell_at(const Domain& domain, const data::Schema& schema, Cut cut) {
  const data::Column& column = schema.columns[domain.column];
  if (!domain.numbers.empty()) {
    // Categories of a numeric column ascend.
    const auto first = std::find_if(domain.numbers.begin(), domain.numbers.end(), [&](double number) {
      return cut.above ? number > cut.value : number >= cut.value;
    });
    return static_cast<std::size_t>(first - domain.numbers.begin());
  }
  if (below_range(column, cut)) return std::size_t{0};
  if (above_range(column, cut)) return domain.value_cells;
  const std::optional<Cut> within = cut_within(column, cut);
  if (!within) return domain.value_cells;
  const auto found = std::find(domain.cuts.begin(), domain.cuts.end(), *within);
  if (found != domain.cuts.end()) return static_cast<std::size_t>(found - domain.cuts.begin()) + 1;
  std::vector<std::string> edges;
  for (const double edge : column.edges) edges.push_back(data::number_text(edge));
  std::string known = edges.empty() ? "; the schema declares none for it" : "; the declared edges are " + listed(edges);
  if (!column.times.empty()) {
    known += "; > and <= also work at its " + std::to_string(column.times.size()) + " declared times from " +
             data::number_text(column.times.front()) + " to " + data::number_text(column.times.back());
  }
  if (column.resolution() == 0) {
    known += "; other thresholds need a step in the dictionary";
  }
  return fail(Code::kInvalidArgument, column.name + " has no declared edge there" + known);
}

Bins bins_of(const Domain& domain, const data::Schema& schema) {
  return bins_at(domain, schema, schema.columns[domain.column].edges);
}

Bins bins_at(const Domain& domain, const data::Schema& schema, std::span<const double> edges) {
  Bins bins;
  if (!domain.numbers.empty()) {
    MC_CHECK(edges.empty());
    bins.breaks = domain.numbers;
    bins.breaks.push_back(domain.numbers.back());
    for (std::size_t cell = 0; cell < domain.value_cells; ++cell) {
      bins.cells.emplace_back(domain.value_cells).insert(cell);
    }
    return bins;
  }
  MC_CHECK(domain.kind == Domain::Kind::kOrdered);
  const data::Column& column = schema.columns[domain.column];
  bins.breaks.push_back(column.minimum);
  std::vector<std::size_t> first{0};
  for (const double edge : edges) {
    if (edge <= column.minimum || edge >= column.maximum) continue;
    bins.breaks.push_back(edge);
    auto cell = cell_at(domain, schema, {edge, false});
    MC_CHECK(cell.has_value());  // divided there
    first.push_back(*cell);
  }
  bins.breaks.push_back(column.maximum);
  first.push_back(domain.value_cells);
  for (std::size_t i = 0; i + 1 < first.size(); ++i) {
    CellSet cells(domain.value_cells);
    for (std::size_t cell = first[i]; cell < first[i + 1]; ++cell) cells.insert(cell);
    bins.cells.push_back(std::move(cells));
  }
  return bins;
}

bool are_numbers(std::span<const double> breaks) {
  return breaks.size() >= 2 && breaks[breaks.size() - 2] == breaks.back();
}

std::string bin_name(std::span<const double> breaks, std::size_t bin) {
  if (are_numbers(breaks)) return data::number_text(breaks[bin]);
  const bool last = bin + 2 == breaks.size();
  return "[" + data::number_text(breaks[bin]) + "," + data::number_text(breaks[bin + 1]) + (last ? "]" : ")");
}

}  // namespace mc::query
