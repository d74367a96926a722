// SPDX-License-Identifier: Apache-2.0
// "Did you mean …": the known name closest to a mistyped one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mc::query {

/// The closest of `known` in edit distance without regard to case, when at most a third of it (at least 2 edits, and
/// never the whole word) differs; empty otherwise. Ties go to the first.
///   source  Levenshtein 1966, two rows        cost  |word| * total length of `known`
std::string_view nearest(std::string_view word, std::span<const std::string> known);

/// " (did you mean x?)" or nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string> known);

/// `names` as text "a, b, c", cut after `names_max` with "and 12 more".
std::string listed(std::span<const std::string> names, std::size_t names_max = 20);

}  // namespace mc::query
