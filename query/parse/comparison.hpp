// SPDX-License-Identifier: Apache-2.0
// How a column is compared with a value, in WHERE and in formulas.
#pragma once

#include <cstdint>

namespace mc::query {

enum class Comparison : std::uint8_t { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };

}  // namespace mc::query
