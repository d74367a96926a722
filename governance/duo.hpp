// SPDX-License-Identifier: Apache-2.0
// Purposes of use by the codes of the GA4GH Data Use Ontology (DUO). An explicit table: an unknown code is refused,
// never guessed, because a wrong guess would use a record for what its patient did not permit.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.hpp"

namespace mc::governance {

/// A permission of DUO's "data use permission" branch; the number is the one in "DUO:0000042".
struct DuoPurpose {
  std::uint32_t code;
  std::string_view abbreviation;
  std::string_view meaning;
};

inline constexpr std::uint32_t kNoRestriction = 4;          // NRES
inline constexpr std::uint32_t kHealthMedicalResearch = 6;  // HMB
inline constexpr std::uint32_t kDiseaseSpecific = 7;        // DS
inline constexpr std::uint32_t kPopulationAncestry = 11;    // POA
inline constexpr std::uint32_t kGeneralResearch = 42;       // GRU

/// Every purpose we know, ordered by code.
std::span<const DuoPurpose> duo_purposes();

/// kUnsupported, naming the code and the known ones, when it is not in the table.
Result<DuoPurpose> duo_purpose(std::uint32_t code);

/// Reads "GRU", "42", "0000042" or "DUO:0000042".
Result<DuoPurpose> duo_purpose_from_text(std::string_view text);

/// True when a person who permitted `granted` thereby permitted a study of purpose `asked`.
///   errors  kUnsupported for a code not in the table
Result<bool> duo_permits(std::uint32_t granted, std::uint32_t asked);

}  // namespace mc::governance
