// SPDX-License-Identifier: Apache-2.0
// For tests: how many persons a ciphertext holds.
#pragma once

#include <cstddef>

namespace mc::query::testing {

inline constexpr std::size_t kSlots = 8192;  // of the standard parameters

}  // namespace mc::query::testing
