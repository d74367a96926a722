// SPDX-License-Identifier: Apache-2.0
#include "query/release/untrusted_owners.hpp"

#include <algorithm>
#include <string>

#include "query/release/hidden_in_column.hpp"
#include "query/release/refresh_margin.hpp"

namespace mc::query {

Status check_untrusted_owners(const Plan& plan, bool exact) {
  const std::string commons = "this commons was founded with owners who are not trusted with its key: ";
  if (plan.training || !plan.comparisons.empty() || refresh_margin_log2(plan) < kRefreshMarginMin) {
    return fail(Code::kUnsupported,
                commons +
                    "it trains no models and compares with no thresholds that the dictionary does not declare, for an "
                    "owner whose values lie beyond their range would leave the masks of a refresh");
  }
  const std::uint32_t most = exact ? kUntrustedFactorsMax : kUntrustedFactorsMaxGuarded;
  const std::vector<Hidden> hidden = hidden_in_nodes(plan, {0, 1, 1});
  std::uint32_t factors = 0;
  for (const NodeId id : plan.moments) factors = std::max(factors, hidden[id.value].factors);
  if (factors <= most) return {};
  return fail(Code::kUnsupported,
              commons + "a question multiplies at most " + (exact ? "two" : "three") +
                  " conditions and values of a person, and this one multiplies " + std::to_string(factors) +
                  "; from more an owner who calculates could learn of the key. Ask with fewer conditions or groups, or "
                  "without columns that have missing values");
}

}  // namespace mc::query
