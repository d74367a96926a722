// SPDX-License-Identifier: Apache-2.0
// Columns that are computed before everything else by one layer of products each, and refreshed (docs/design/0022): the
// scores of a question, and which persons have one. Everything in them is public and part of what a study approves.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "query/plan/feature_column.hpp"

namespace mc::query {

struct Plan;

/// One number per person in [-1, 1]: the sum of left * right over all products, and of `sum`.
struct PlanComputed {
  struct Product {
    FeatureColumn left, right;
    friend bool operator==(const Product&, const Product&) = default;
  };
  std::string handle;  // what the result is called
  std::vector<Product> products;
  FeatureColumn sum;  // may be empty where there are products
  friend bool operator==(const PlanComputed&, const PlanComputed&) = default;
};

/// A risk predictor of the question, for people: its coefficients stand in the computed columns, or are sealed
/// (PlanParameters).
struct PlanScore {
  std::string name;      // of its column, as answers call it
  std::string equation;  // canonical, before rounding
  double step = 1;       // every score is a multiple of it; 0 where its coefficients are sealed
  double rounding = 0;   // which moves nobody's score by more than this
  [[nodiscard]] bool is_sealed() const { return step == 0; }
  friend bool operator==(const PlanScore&, const PlanScore&) = default;
};

inline constexpr std::size_t kComputedMax = 1024;
inline constexpr std::size_t kComputedProductsMax = 1024;
inline constexpr std::size_t kScoresMax = 16;

/// What each computed column waits for: 0 for those of sealed features only, otherwise one more than the deepest that
/// it reads. Columns of one round are refreshed together.
std::vector<std::size_t> rounds_of(std::span<const PlanComputed> columns);

/// Adds the handles that a column reads and that are not among `handles` yet.
void add_features_of(const PlanComputed& column, std::vector<std::string>& handles);

/// Handles of comparisons that nodes or computed columns read, each once, in the order in which they are met.
std::vector<std::string> compared_handles(const Plan& plan);

/// Which computed columns read a comparison, directly or not: they come after all comparisons, the others before.
std::vector<bool> after_comparisons(const Plan& plan);

/// Columns that are computed are made of sealed ones, of comparisons and of those that stand before them, each once,
/// and each is read by somebody; comparisons are made of sealed columns and of those that are computed before them, and
/// are those that somebody reads. kCorrupt says which it is not.
Status check_made_columns(const Plan& plan);

/// One encoding each.
void write_computed(Writer& writer, const PlanComputed& column);
void write_score(Writer& writer, const PlanScore& score);
/// Read and check; kCorrupt names the byte.
Result<PlanComputed> read_computed(Reader& reader);
Result<PlanScore> read_score(Reader& reader);

}  // namespace mc::query
