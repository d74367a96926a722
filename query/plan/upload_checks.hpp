// SPDX-License-Identifier: Apache-2.0
// Whether sealed columns are what the dictionary says (R20), asked like any question: sums over the consenting persons
// that are 0 for every honest record whatever it says, and one per measurement that is at most the number of persons.
// Which lies they find, and which they cannot: docs/design/0025-upload-checks.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/schema/schema.hpp"
#include "query/plan/limb_budget.hpp"
#include "query/plan/plan.hpp"

namespace mc::query {

/// The question's text, of the commons' own data set and of all its persons.
inline constexpr std::string_view kCheckUploads = "CHECK UPLOADS";

/// Whether a text asks this, in whatever case and with whatever spaces.
bool asks_upload_check(std::string_view text);

/// What is summed over persons; f is a sealed feature of the column, 1 is `present`.
enum class UploadCheckKind : std::uint8_t {
  kMarks,       // (f^2 - f)^2 of every feature that is 0 or 1; without a column: of `present` itself
  kOrder,       // (g (f - 1))^2 of neighbours f, g, of which g implies f: an edge the edge below, an edge a value
  kCategories,  // (s - 1)^2, or (s^2 - s)^2 where a value may be missing, of the sum s of a column's categories
  kMissing,     // (x (v - 1))^2 of a value x and its validity v
  kRange,       // (2 x^2 - 1)^2 of a standardised value: at most 1 for every x in [-1, 1], 4 x^4 far outside
};
std::string_view upload_check_name(UploadCheckKind kind);

/// One column of the answer behind the first, which counts persons.
struct UploadCheck {
  UploadCheckKind kind = UploadCheckKind::kMarks;
  std::string column;  // empty: present
  friend bool operator==(const UploadCheck&, const UploadCheck&) = default;
};

/// In the order of the answer's columns.
std::vector<UploadCheck> upload_checks(const data::Schema& schema);

/// The plan: one count, and one sum per check.
///   errors  kRefused where two products in sequence do not fit; kLimit above kAnswersMax sums or kNodesMax steps
Result<Plan> plan_upload_checks(const data::Schema& schema, std::string_view dataset, const LimbBudget& budget);

}  // namespace mc::query
