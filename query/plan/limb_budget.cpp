// SPDX-License-Identifier: Apache-2.0
#include "query/plan/limb_budget.hpp"

namespace mc::query {

Result<LimbBudget> limb_budget(std::string_view profile) {
  if (profile == "standard" || profile == "test_insecure") return LimbBudget{std::string(profile), 8};
  return fail(Code::kUnsupported,
              "queries run in the profile standard; " + std::string(profile) + " has no two-prime limb budget");
}

}  // namespace mc::query
