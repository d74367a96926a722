// SPDX-License-Identifier: Apache-2.0
#include "query/release/untrusted_owners.hpp"

#include <algorithm>
#include <string>

#include "query/release/hidden_in_column.hpp"
#include "query/release/refresh_margin.hpp"

namespace mc::query {
namespace {

struct Most {
  std::uint32_t factors;
  std::string_view text;
};
/// Where owners are trusted with the key, nothing is opened.
Most counted_with(bool exact) {
  return exact ? Most{kUnopenedFactorsMax, "two"} : Most{kUntrustedFactorsMaxGuarded, "three"};
}
Most answered(bool exact) {
  return exact ? Most{kUntrustedFactorsMax, "four"} : Most{kUntrustedFactorsMaxGuarded, "three"};
}

}  // namespace

std::uint32_t sealed_factors(const Plan& plan) {
  if (plan.training) return kFactorsUnbounded;
  const std::vector<Hidden> hidden = hidden_in_nodes(plan, {0, 1, 1});
  std::uint32_t most = 0;
  for (const NodeId id : plan.moments) most = std::max(most, hidden[id.value].factors);
  return most;
}

bool needs_opened_columns(const Plan& plan) {
  return sealed_factors(plan) > kUnopenedFactorsMax;
}

std::string trust_in_owners(const Plan& plan, bool exact) {
  const std::uint32_t factors = sealed_factors(plan);
  const Most most = counted_with(exact);
  if (factors <= most.factors) return "";
  return "the key is safe only from owners who seal what they should: flooding and noise count with those who "
         "calculate in products of " +
         std::string(most.text) + " conditions and values of a person, and this question " +
         (factors == kFactorsUnbounded ? "compares or trains" : "multiplies " + std::to_string(factors)) +
         " (SECURITY.md, R15)";
}

Status check_untrusted_owners(const Plan& plan, bool exact) {
  const std::string commons = "this commons was founded with owners who are not trusted with its key: ";
  if (plan.training || refresh_margin_log2(plan) < kRefreshMarginMin) {
    return fail(Code::kUnsupported,
                commons +
                    "it trains no models and compares no scores that multiply columns, for an owner whose values lie "
                    "beyond their range would leave the masks of a refresh");
  }
  const std::uint32_t factors = sealed_factors(plan);
  const Most most = answered(exact);
  if (factors <= most.factors) return {};
  return fail(Code::kUnsupported,
              commons + "a question multiplies at most " + std::string(most.text) +
                  " conditions and values of a person, and this one multiplies " + std::to_string(factors) +
                  (plan.comparisons.empty() ? "" : " (a threshold that the dictionary does not declare is two)") +
                  "; from more an owner who calculates could learn of the key. Ask with fewer conditions or groups, or "
                  "without columns that have missing values");
}

}  // namespace mc::query
