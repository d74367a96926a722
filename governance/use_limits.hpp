// SPDX-License-Identifier: Apache-2.0
// DUO's modifiers that carry a value: where (GS), for which study (PS), by whom (US), at which institution (IS), and
// until when nothing may be published (MOR). In a person's grant they are limits; of a study they are facts: it states
// its country, institution and moratorium, and what it is and who asks stands on chain. DUO's time limit (TS) is a
// grant's expiry.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/hash.hpp"
#include "base/result.hpp"
#include "governance/address.hpp"

namespace mc::governance {

/// Zero says nothing: no limit, or a fact that was not stated.
struct UseLimits {
  std::uint16_t country = 0;       // GS: ISO 3166-1 alpha-2, its two letters, the first one above
  Hash256 study{};                 // PS
  Address user{};                  // US: a member, by the account she was admitted with
  Address institution{};           // IS: the account that stands for it
  std::uint64_t moratorium_s = 0;  // MOR: seconds since 1970
  friend auto operator<=>(const UseLimits&, const UseLimits&) = default;
};

/// True when a study of these facts keeps within `granted`: the same country, study, requester and institution, and no
/// publication before the moratorium's end. A fact that the study does not state keeps within no limit.
bool limits_permit(const UseLimits& granted, const UseLimits& facts);

/// kUnsupported for a country that ISO 3166-1 does not have.
Status check_limits(const UseLimits& limits);

/// Reads "DE".
///   errors  kUnsupported when ISO 3166-1 has no such code; GB is not UK
Result<std::uint16_t> country_from_text(std::string_view text);
/// "DE"; empty for 0.
std::string country_text(std::uint16_t country);

/// Adds one limit, written as "GS=DE", "PS=" and a study's 64 digits, "US=0x…", "IS=0x…" or "MOR=2027-03-01".
///   errors  kParse for a value that is none; kConflict for a second of its kind; kUnsupported for another modifier
Status take_limit(std::string_view text, UseLimits& limits);

/// The abbreviations of DUO's modifiers with a value, in the order of the struct.
inline constexpr std::array<std::string_view, 5> kLimitNames = {"GS", "PS", "US", "IS", "MOR"};

/// What take_limit reads behind the sign for one of kLimitNames; empty where there is no such limit.
std::string limit_value(const UseLimits& limits, std::string_view name);

/// "GS=DE, MOR=2027-03-01T00:00:00Z" in the order of the struct, as take_limit reads it; empty for none.
std::string limits_text(const UseLimits& limits);

}  // namespace mc::governance
