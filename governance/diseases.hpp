// SPDX-License-Identifier: Apache-2.0
// Diseases by their number in the Mondo Disease Ontology, and which is a kind of which: consent to research on heart
// disorders includes research on heart failure, and not the other way round. A small explicit excerpt: everybody who
// computes a consent mask must come to the same one (R25), and an unknown number is refused, never guessed.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace mc::governance {

struct Disease {
  std::uint32_t number = 0;  // the one in "MONDO:0005252"
  std::string_view name;
  std::array<std::uint32_t, 2> kinds_of{};  // the numbers above it; 0: none
};

/// Every disease we know, ordered by number; those above a disease are in the table too.
std::span<const Disease> diseases();

/// kUnsupported, naming the number, when it is not in the table.
Result<Disease> disease(std::uint32_t number);

/// Reads "MONDO:0005252", "5252", or the name.
Result<Disease> disease_from_text(std::string_view text);

/// "MONDO:0005252"
std::string disease_text(std::uint32_t number);

/// True when `narrow` is `wide` or, walking up the hierarchy, a kind of it.
///   errors  kUnsupported for a number not in the table
Result<bool> disease_is(std::uint32_t narrow, std::uint32_t wide);

}  // namespace mc::governance
