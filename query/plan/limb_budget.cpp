// SPDX-License-Identifier: Apache-2.0
#include "query/plan/limb_budget.hpp"

#include <algorithm>
#include <bit>

#include "base/check.hpp"

namespace mc::query {
namespace {

constexpr std::int32_t kUnhalvedBlocksLog2 = 6;

}  // namespace

std::int32_t mask_halvings(std::size_t blocks) {
  MC_CHECK(blocks > 0);
  return std::max(0, static_cast<std::int32_t>(std::bit_width(blocks - 1)) - kUnhalvedBlocksLog2);
}

Result<LimbBudget> limb_budget(std::string_view profile) {
  if (profile == "standard" || profile == "test_insecure") return LimbBudget{std::string(profile), 8};
  return fail(Code::kUnsupported,
              "queries run in the profile standard; " + std::string(profile) + " has no two-prime limb budget");
}

}  // namespace mc::query
