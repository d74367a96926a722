// SPDX-License-Identifier: Apache-2.0
// How large a node's value can be for one person: interval arithmetic over the plan, exact for combinations of one
// column's indicators (of exclusive categories at most one holds; "at least 70" implies "at least 60"), and through the
// columns that are computed first. And what kinds of person there can be: nobody is in two rows of a table, or has two
// times.
#pragma once

#include <compare>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "query/plan/plan.hpp"

namespace mc::query {

struct Interval {
  double low = 0;
  double high = 0;
  [[nodiscard]] double magnitude() const;
};

/// One interval per node.
std::vector<Interval> message_ranges(const Plan& plan);

/// Where an ordered column is cut: at `edge`, or above it.
struct CutPlace {
  double edge = 0;
  bool above = false;
  friend auto operator<=>(const CutPlace&, const CutPlace&) = default;
};

/// What is known of one column of a person: that it is missing, or else which of its indicators hold.
struct KnownCell {
  bool missing = false;
  std::string_view category;  // of a column with categories; empty: another one than the plan names
  bool beyond_cuts = false;  // of an ordered column: whether any of the plan's cuts is passed, and the last one that is
  CutPlace cut;
  bool one = false;  // of a 0/1 column
};
/// By the column's part of its handles, as the plan's nodes hold them.
using KnownPerson = std::map<std::string_view, KnownCell>;

inline constexpr std::size_t kPersonKindsMax = 2048;

/// Kinds of person that the plan's indicators tell apart: every person is of one of them, who is missing in a column
/// included. The columns that tell most kinds apart are used, as long as their combinations are at most
/// kPersonKindsMax. Views into the plan's handles.
std::vector<KnownPerson> person_kinds(const Plan& plan);

/// Ranges of the same plan's nodes for one person after another.
class MessageRanges {
 public:
  /// Keeps a reference to the plan.
  explicit MessageRanges(const Plan& plan);
  ~MessageRanges();
  MessageRanges(const MessageRanges&) = delete;
  MessageRanges& operator=(const MessageRanges&) = delete;

  /// One interval per node, for a person of whom this is known; 0, as for anybody who does not consent, is in each.
  [[nodiscard]] std::vector<Interval> of(const KnownPerson& person) const;

 private:
  struct Combination;
  struct Made;
  using RangesByHandle = std::map<std::string_view, Interval>;
  [[nodiscard]] RangesByHandle of_computed(const KnownPerson& person) const;
  Interval range_of(const Node& node, std::size_t index, const KnownPerson& person, const RangesByHandle& of_computed,
                    const std::vector<Interval>& ranges) const;
  const Plan& plan_;
  std::vector<Made> made_;                                  // of plan.computed
  std::vector<std::unique_ptr<Combination>> combinations_;  // per node that is one of features
};

}  // namespace mc::query
