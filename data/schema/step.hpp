// SPDX-License-Identifier: Apache-2.0
// The resolution of a measured column: its values are whole multiples of one step, written as 0.1 or 5. Whoever
// compares under encryption must know how near to a threshold a value can be. Exact: a multiple of 0.1 is the double
// nearest to k/10, which is what the text "61.3" reads as; so a value is a multiple when it is equal to one, and
// nothing is within some tolerance.
#pragma once

#include <string>

#include "data/schema/schema.hpp"

namespace mc::data {

/// As many values as one column may have between its minimum and its maximum.
inline constexpr double kStepsMax = 4294967296.0;  // 2^32

/// What is wrong with a step, as the end of a sentence; empty when nothing is. An integer, or one over an integer, and
/// not so small that the range holds more than kStepsMax of them.
std::string complaint_about_step(double step, double minimum, double maximum);

/// The k-th multiple, k an integer below 2^52.
double multiple_of_step(double step, double k);

/// The number halfway between the multiples k - 1 and k.
double middle_below(double step, double k);

bool is_multiple_of_step(double step, double value);

/// The smallest k whose multiple is at least `value`, or above it.
double first_multiple(double step, double value, bool above);

/// The coarsest of 1, 0.1, … 0.000000001 of which `value` is a multiple; 0 when it is of none.
double decimal_step_of(double value);

}  // namespace mc::data
