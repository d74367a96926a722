// SPDX-License-Identifier: Apache-2.0
#include "query/plan/limb_budget.hpp"

#include <algorithm>
#include <bit>

#include "base/check.hpp"

namespace mc::query {

std::int32_t mask_halvings(const LimbBudget& budget, std::size_t blocks) {
  MC_CHECK(blocks > 0);
  return std::max(0, static_cast<std::int32_t>(std::bit_width(blocks - 1)) - budget.unhalved_blocks_log2);
}

Result<LimbBudget> limb_budget(std::string_view profile) {
  if (profile == "standard" || profile == "test_insecure") return LimbBudget{std::string(profile), 8};
  if (profile == "train" || profile == "test_train_insecure") {
    return LimbBudget{
        .profile = std::string(profile), .limbs = 18, .scale_log2 = 90, .unhalved_blocks_log2 = 3, .compares = false};
  }
  return fail(Code::kUnsupported, "there are the profiles standard and train, and no " + std::string(profile));
}

}  // namespace mc::query
