// SPDX-License-Identifier: Apache-2.0
// What is left out of a table, a test or a model of counts because too few persons may stand behind it, so that the
// rest can be told (R18). It is told as if WHERE had excluded them: nothing that is released counts them, the number of
// everybody neither. Design: docs/design/0050-what-is-left-out.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "query/plan/partial_plan.hpp"
#include "query/release/judged_counts.hpp"

namespace mc::query {

struct LeftOut {
  std::vector<MomentId> sums = {};         // PlanPart::left_out, the count of the group among them
  std::optional<std::uint32_t> steps = {};  // of survival: at how many times the rest may be told
};

/// What of a group is left out; nothing where nothing has to be, and where no rest could be told:
///   chisq_test             rows and columns with a cell that may not be shown, fewest persons first, as long as two
///                          of each are left
///   histogram              bins
///   calibration            bins in which too few have the outcome, or too few have not
///   kaplan_meier, cox      strata of whom too few are followed on or have events (told_curves.hpp); two are left for
///                          cox
///   logistic_regression    categories, and crossings of them, of whom too few have the outcome or too few have not
/// Other items, several items in one question, and persons whom a sealed list chooses, are told whole or not at all.
/// A function of opened counts alone, noise and all.
LeftOut left_out_of(const Plan& plan, const PlanGroup& group, const CountsById& counts,
                                  const DisclosureRules& rules);

/// What a part leaves out, in the words of the question: "sex = 'F': chisq_test(stage, death) without 4", one text per
/// group.
std::vector<std::string> left_out_texts(const Plan& plan, const PlanPart& part);

}  // namespace mc::query
