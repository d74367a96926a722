// SPDX-License-Identifier: Apache-2.0
// What other systems and people call our aggregates, and what to ask instead of those that are not offered. Pure.
#pragma once

#include <string_view>

namespace mc::query {

/// "avg" of "mean"; empty where we know no other name. `name` in lower case.
std::string_view our_name_of(std::string_view name);

/// What to ask instead of an aggregate that is not offered, "quantile(x, 0.05), …" of "min"; empty of any other name.
std::string_view instead_of(std::string_view name);

}  // namespace mc::query
