// SPDX-License-Identifier: Apache-2.0
// A column as a finite set of cells. Everything a condition on one column can tell apart is a cell: a category, a
// stretch between two declared cuts, or NULL. A condition on one column is then the set of cells where it is TRUE, and
// AND, OR and NOT on one column are set operations that cost no product at all.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "data/packing/feature.hpp"
#include "data/schema/schema.hpp"

namespace mc::query {

/// A subset of one column's cells; the last bit is the NULL cell. Sets of one column have equal sizes (MC_CHECK).
class CellSet {
 public:
  CellSet() = default;
  /// Empty, for a column with `value_cells` cells besides NULL.
  explicit CellSet(std::size_t value_cells) : bits_(value_cells + 1, false) {}

  [[nodiscard]] std::size_t value_cells() const { return bits_.size() - 1; }
  [[nodiscard]] bool has(std::size_t cell) const { return bits_[cell]; }
  [[nodiscard]] bool has_null() const { return bits_.back(); }
  void insert(std::size_t cell) { bits_[cell] = true; }
  void insert_null() { bits_.back() = true; }
  [[nodiscard]] bool empty() const;

  friend CellSet operator&(const CellSet& a, const CellSet& b);
  friend CellSet operator|(const CellSet& a, const CellSet& b);
  /// a without b.
  friend CellSet operator-(const CellSet& a, const CellSet& b);
  [[nodiscard]] bool subset_of(const CellSet& other) const { return (*this - other).empty(); }
  [[nodiscard]] bool disjoint_from(const CellSet& other) const { return (*this & other).empty(); }
  friend bool operator==(const CellSet&, const CellSet&) = default;

 private:
  std::vector<bool> bits_;
};

/// The parts of `whole` that no set divides: those within the sets, in the order of the sets, then the rest.
std::vector<CellSet> divided(const CellSet& whole, std::span<const CellSet> sets);

/// "x >= value" or "x > value": where an ordered column is divided. Where the dictionary says how far values are apart
/// (integers: 1) there is only >=, at one of them.
struct Cut {
  double value = 0;
  bool above = false;  // x > value
  friend auto operator<=>(const Cut&, const Cut&) = default;
};

/// Thresholds of one query that are no declared cuts: each is compared with under encryption.
inline constexpr std::size_t kComparisonsMax = 16;

/// How one column is divided. Ordered: cell i lies from cut i-1 up to cut i, cell 0 below every cut.
struct Domain {
  enum class Kind : std::uint8_t { kBinary, kCategories, kOrdered };

  std::uint32_t column = 0;
  Kind kind = Kind::kOrdered;
  bool nullable = false;
  std::size_t value_cells = 0;
  std::vector<double> numbers;          // kBinary, and kCategories of a numeric column: the number each cell stands for
  std::vector<Cut> cuts;                // kOrdered, ascending
  std::vector<data::Feature> features;  // kOrdered: the indicator of each cut
  /// kOrdered: the thresholds that are no declared cuts, in the order in which the query names them; each halfway
  /// between the two values that it tells apart. Their indicators (kCompared, index into this) are computed, not
  /// sealed.
  std::vector<double> middles;

  /// Every cell but NULL.
  [[nodiscard]] CellSet values() const;
  /// Every cell that can occur: NULL only when the column is not required.
  [[nodiscard]] CellSet everything() const;
};

/// The column must be sealed (MC_CHECK).
Domain domain_of(const data::Schema& schema, std::uint32_t column);
/// One per column of the dictionary; of columns that are not sealed an empty one.
std::vector<Domain> domains_of(const data::Schema& schema);

/// Divides an ordered column at one more place, by a comparison under encryption. Nothing happens where it is divided
/// already, where no value or every value is beyond, and where the dictionary does not say how far values are apart.
void divide_at(Domain& domain, const data::Schema& schema, Cut cut);

/// The handle of a cut's indicator, or of any other feature of the domain's column.
std::string handle_of(const Domain& domain, const data::Schema& schema, const data::Feature& feature);

/// The cells at and above a cut: those with index >= the answer (value_cells when none is). kInvalidArgument without
/// position when the cut is neither declared nor outside the column's range; the message lists the declared edges.
Result<std::size_t> cell_at(const Domain& domain, const data::Schema& schema, Cut cut);

/// An ordered column cut at edges: bin i holds break i <= x < break i+1, the last one its end too. Of a column with
/// numbers for categories (doses of 0.5, 1 and 2) every bin holds one of them, and the last break stands twice.
struct Bins {
  std::vector<double> breaks;  // declared minimum, edges above it and below the maximum, maximum
  std::vector<CellSet> cells;  // one per bin
};
/// The breaks of categories: every bin holds only the number at which it begins.
bool are_numbers(std::span<const double> breaks);
/// The column must be ordered and divided at every one of the ascending edges, or have numbers for categories and no
/// edges (MC_CHECK).
Bins bins_at(const Domain& domain, const data::Schema& schema, std::span<const double> edges);
/// At its declared edges. The column must be ordered, or have numbers for categories (MC_CHECK).
Bins bins_of(const Domain& domain, const data::Schema& schema);

/// "[18.5,25)", the last one "[30,60]": as R's cut(x, breaks, right = FALSE, include.lowest = TRUE) names it. "0.5" of
/// a category.
std::string bin_name(std::span<const double> breaks, std::size_t bin);

}  // namespace mc::query
