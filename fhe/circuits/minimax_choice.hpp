// SPDX-License-Identifier: Apache-2.0
// Which of the polynomials that there are is good enough.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "fhe/circuits/minimax_tables.hpp"

namespace mc::fhe {

/// The table of the lowest degree, on the narrowest interval that contains [low, high], with at most `max_error`.
///   errors  kUnsupported naming what there is: "a sigmoid on [-4, 4] to 1e-12 is not there; degree 31 has 3.8e-11"
Result<MinimaxTable> choose_table(MinimaxFunction function, std::string_view name, double low, double high,
                                  double max_error);

}  // namespace mc::fhe
