// SPDX-License-Identifier: Apache-2.0
#include "governance/data_use.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "governance/diseases.hpp"
#include "governance/duo.hpp"

namespace mc::governance {
namespace {

constexpr std::array kModifiers = std::to_array<DuoModifier>({
    {15, 1u << 0, "NMDS", "no general methods research"},
    {16, 1u << 1, "GSO", "genetic studies only"},
    {18, 1u << 2, "NPUNCU", "not-for-profit organisations and non-commercial use only"},
    {19, 1u << 3, "PUB", "results are published"},
    {20, 1u << 4, "COL", "in collaboration with the primary investigators"},
    {21, 1u << 5, "IRB", "with ethics approval"},
    {29, 1u << 6, "RTN", "derived data are returned to the commons"},
    {43, 1u << 7, "CC", "for clinical care"},
    {45, 1u << 8, "NPU", "not-for-profit organisations only"},
    {46, 1u << 9, "NCU", "non-commercial use only"},
});

constexpr std::uint32_t kEveryBit = [] {
  std::uint32_t bits = 0;
  for (const DuoModifier& modifier : kModifiers) bits |= modifier.bit;
  return bits;
}();

constexpr std::uint32_t bit_of(std::string_view abbreviation) {
  for (const DuoModifier& modifier : kModifiers) {
    if (modifier.abbreviation == abbreviation) return modifier.bit;
  }
  return 0;
}

/// What a study observes when it undertakes `modifiers`: not-for-profit and non-commercial together are the one that
/// says both, and that one is each of them.
std::uint32_t observed(std::uint32_t modifiers) {
  constexpr std::uint32_t kBoth = bit_of("NPU") | bit_of("NCU");
  constexpr std::uint32_t kJoint = bit_of("NPUNCU");
  if ((modifiers & kJoint) != 0) return modifiers | kBoth;
  return (modifiers & kBoth) == kBoth ? modifiers | kJoint : modifiers;
}

}  // namespace

std::span<const DuoModifier> duo_modifiers() {
  return kModifiers;
}

Result<DuoModifier> duo_modifier_from_text(std::string_view text) {
  std::string known;
  for (const DuoModifier& modifier : kModifiers) {
    if (text == modifier.abbreviation) return modifier;
    known += (known.empty() ? "" : ", ") + std::string(modifier.abbreviation);
  }
  std::string_view digits = text;
  if (digits.starts_with("DUO:")) digits.remove_prefix(4);
  std::uint32_t code = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code);
  if (error == std::errc() && end == digits.data() + digits.size()) {
    const auto found = std::ranges::find(kModifiers, code, &DuoModifier::code);
    if (found != kModifiers.end()) return *found;
  }
  return fail(Code::kUnsupported,
              "this DUO modifier is not one that a study can undertake here; known are " + known +
                  ", and with a value GS, PS, US, IS and MOR, as in GS=DE; a time limit (TS) is the "
                  "end of a grant");
}

Status check_data_use(const DataUse& use) {
  MC_TRY_STATUS(duo_purpose(use.purpose));
  if (use.disease != 0) {
    if (use.purpose != kDiseaseSpecific) {
      return fail(Code::kInvalidArgument, disease_text(use.disease) + " narrows purpose DS (7) only, not DUO code " +
                                              std::to_string(use.purpose));
    }
    MC_TRY_STATUS(disease(use.disease));
  }
  if ((use.modifiers & ~kEveryBit) != 0) {
    return fail(Code::kUnsupported, "modifiers " + std::to_string(use.modifiers) + " have a bit that means nothing");
  }
  return check_limits(use.limits);
}

Result<bool> data_use_permits(const DataUse& granted, const DataUse& asked) {
  MC_TRY_STATUS(check_data_use(granted));
  MC_TRY_STATUS(check_data_use(asked));
  MC_TRY(const bool purpose, duo_permits(granted.purpose, asked.purpose));
  if (!purpose || (granted.modifiers & ~observed(asked.modifiers)) != 0) return false;
  if (!limits_permit(granted.limits, asked.limits)) return false;
  if (granted.purpose != kDiseaseSpecific || granted.disease == asked.disease) return true;
  // One of them speaks of the data set's own disease, of which nothing is known here.
  if (granted.disease == 0 || asked.disease == 0) return false;
  return disease_is(asked.disease, granted.disease);
}

std::string data_use_text(const DataUse& use) {
  const auto purpose = duo_purpose(use.purpose);
  std::string text = purpose ? std::string(purpose->abbreviation) : "DUO " + std::to_string(use.purpose);
  if (use.disease != 0) text += " " + disease_text(use.disease);
  std::string_view separator = " if ";
  for (const DuoModifier& modifier : kModifiers) {
    if ((use.modifiers & modifier.bit) == 0) continue;
    text += std::string(separator) + std::string(modifier.abbreviation);
    separator = ", ";
  }
  const std::string limits = limits_text(use.limits);
  return limits.empty() ? text : text + std::string(separator) + limits;
}

}  // namespace mc::governance
