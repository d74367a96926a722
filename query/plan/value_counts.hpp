// SPDX-License-Identifier: Apache-2.0
// Numbers of persons that sums of values tell (R18). sum(death) is how many died, and corr(death, age) gives away their
// mean age: a rule that sees the persons of `GROUP BY death` has to see these.
#pragma once

#include <vector>

#include "query/plan/plan.hpp"

namespace mc::query {

/// A number of persons: some sums together, less others. No sum stands in both, and at least one in the first.
struct FollowingCount {
  std::vector<MomentId> sums, less;
  friend bool operator==(const FollowingCount&, const FollowingCount&) = default;
};

class ValueCounts {
 public:
  /// Keeps a reference to the plan.
  explicit ValueCounts(const Plan& plan);

  /// Of a group: per 0/1 column that an item reads as a number who has 1 and who has 0, of two such columns whoever is
  /// in each of the four cells that they make, and of a linear model those of its response (of its other columns there
  /// are guards). Each once. None where a sealed list chooses the persons, for nothing that is judged may depend on it
  /// (R23), and none of checks of uploads, whose sums are of squares.
  [[nodiscard]] std::vector<FollowingCount> of(const PlanGroup& group) const;

 private:
  [[nodiscard]] bool counts_persons(MomentId id) const;

  const Plan& plan_;
  std::vector<std::uint8_t> marks_alone_;  // per node: it reads nothing but features that are 0 or 1
};

}  // namespace mc::query
