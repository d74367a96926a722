// SPDX-License-Identifier: Apache-2.0
#include "governance/duo.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace mc::governance {
namespace {

// GA4GH Data Use Ontology, branch "data use permission". DS stands for research on the disease the data set is about:
// a disease term (MONDO) to narrow it travels with the data set, not with the code.
constexpr std::array kPurposes = std::to_array<DuoPurpose>({
    {kNoRestriction, "NRES", "no restriction"},
    {kHealthMedicalResearch, "HMB", "health, medical and biomedical research"},
    {kDiseaseSpecific, "DS", "research on the data set's disease"},
    {kPopulationAncestry, "POA", "research on population origins or ancestry"},
    {kGeneralResearch, "GRU", "general research use"},
});

struct Permission {
  std::uint32_t granted;
  std::uint32_t asked;
};

// Besides itself, what a permission includes. Ancestry research is part of general research and not of health research;
// "no restriction" is more than research.
constexpr std::array kIncluded = std::to_array<Permission>({
    {kNoRestriction, kGeneralResearch},
    {kNoRestriction, kHealthMedicalResearch},
    {kNoRestriction, kDiseaseSpecific},
    {kNoRestriction, kPopulationAncestry},
    {kGeneralResearch, kHealthMedicalResearch},
    {kGeneralResearch, kDiseaseSpecific},
    {kGeneralResearch, kPopulationAncestry},
    {kHealthMedicalResearch, kDiseaseSpecific},
});

}  // namespace

std::span<const DuoPurpose> duo_purposes() {
  return kPurposes;
}

Result<DuoPurpose> duo_purpose(std::uint32_t code) {
  const auto found =
      std::find_if(kPurposes.begin(), kPurposes.end(), [&](const DuoPurpose& p) { return p.code == code; });
  if (found == kPurposes.end()) {
    return fail(Code::kUnsupported, "DUO code " + std::to_string(code) +
                                        " is no purpose we know; known are NRES 4, HMB 6, DS 7, POA 11 and GRU 42");
  }
  return *found;
}

Result<DuoPurpose> duo_purpose_from_text(std::string_view text) {
  for (const DuoPurpose& purpose : kPurposes) {
    if (text == purpose.abbreviation) return purpose;
  }
  std::string_view digits = text;
  if (digits.starts_with("DUO:")) digits.remove_prefix(4);
  std::uint32_t code = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    return fail(Code::kParse, "a purpose is a DUO code such as GRU, 42 or DUO:0000042");
  }
  return duo_purpose(code);
}

Result<bool> duo_permits(std::uint32_t granted, std::uint32_t asked) {
  MC_TRY_STATUS(duo_purpose(granted));
  MC_TRY_STATUS(duo_purpose(asked));
  if (granted == asked) return true;
  return std::any_of(kIncluded.begin(), kIncluded.end(),
                     [&](const Permission& p) { return p.granted == granted && p.asked == asked; });
}

}  // namespace mc::governance
