// SPDX-License-Identifier: Apache-2.0
// What a person permits and what a study asks, as one value: a purpose, perhaps narrowed to a disease, and DUO's
// modifiers. In a grant a modifier is a condition; in a study it is an undertaking to observe it, or a fact that meets
// it.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "governance/use_limits.hpp"

namespace mc::governance {

/// A condition of DUO's "data use modifier" branch that a study can undertake to observe.
struct DuoModifier {
  std::uint32_t code;  // the number in "DUO:0000045"
  std::uint32_t bit;   // in DataUse::modifiers
  std::string_view abbreviation;
  std::string_view meaning;
};

/// Every modifier without a value that we know, ordered by bit; those with one are UseLimits, and a grant's expiry.
std::span<const DuoModifier> duo_modifiers();

/// Reads "NPU", "45", "0000045" or "DUO:0000045".
Result<DuoModifier> duo_modifier_from_text(std::string_view text);

struct DataUse {
  DataUse() = default;
  /// From a purpose alone: it says all that most people mean.
  DataUse(std::uint32_t purpose_, std::uint32_t disease_ = 0, std::uint32_t modifiers_ = 0)
      : purpose(purpose_), disease(disease_), modifiers(modifiers_) {}

  std::uint32_t purpose = 0;    // DUO code (duo.hpp)
  std::uint32_t disease = 0;    // Mondo number, for purpose DS only; 0: the data set's own, whatever it is
  std::uint32_t modifiers = 0;  // bits of duo_modifiers()
  UseLimits limits{};           // in a grant; of a study its facts
  friend auto operator<=>(const DataUse&, const DataUse&) = default;
};

/// The use without its conditions.
inline DataUse unconditional(const DataUse& use) {
  return {use.purpose, use.disease, 0};
}

/// kUnsupported for an unknown purpose, disease, modifier or country; kInvalidArgument for a disease with another
/// purpose than DS.
Status check_data_use(const DataUse& use);

/// True when a person who permitted `granted` thereby permitted a study that asks `asked`: the purpose is included, the
/// disease is the granted one or a kind of it, and the study undertakes every condition and keeps within every limit.
///   errors  check_data_use's
Result<bool> data_use_permits(const DataUse& granted, const DataUse& asked);

/// "DS MONDO:0005252 if NPU, IRB, GS=DE"
std::string data_use_text(const DataUse& use);

}  // namespace mc::governance
