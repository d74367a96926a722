// SPDX-License-Identifier: Apache-2.0
// What an owner is told about columns that look like numbers and were not taken for them, and about numbers that look
// like codes for a missing value. It goes to the owner's own terminal beside the proposal and is no part of it: unlike
// anything else it says values of the file, since a value is what has to be mended.
#pragma once

#include <string>
#include <vector>

#include "data/record/csv.hpp"
#include "data/schema/schema.hpp"

namespace mc::data {

/// One sentence per column, with what to do:
///   numbers with a few odd values among them, which makes a column text: how many, the first odd one and its line
///   one negative number that recurs among numbers from 0 on, or a largest one of nines alone, far above the others
///   a few numbers with more decimals than a step has, among others that have one: how many, the first one and its line
///   dates and truth values, which are text to a dictionary
///   range   `proposal` is what `infer` made of `table`
std::vector<std::string> odd_values(const Table& table, const Schema& proposal);

}  // namespace mc::data
