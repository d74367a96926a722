// SPDX-License-Identifier: Apache-2.0
// DUO's modifiers that carry a value: where (GS), for which study (PS), by whom (US), at which institution (IS), and
// until when nothing may be published (MOR). Each but the last may name several. In a person's grant they are limits:
// nowhere but there, nobody but those. Of a study they are facts: it states its countries, institutions and moratorium,
// and what it is and who asks stands on chain. DUO's time limit (TS) is a grant's expiry.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/codec.hpp"
#include "base/hash.hpp"
#include "base/result.hpp"
#include "governance/address.hpp"

namespace mc::governance {

/// How many of one kind a grant or a study names at most; Studies.PLACES_MAX on chain.
inline constexpr std::size_t kLimitValuesMax = 64;

/// Empty lists and zero say nothing: no limit, or a fact that was not stated. Lists rise strictly.
struct UseLimits {
  std::vector<std::uint16_t> countries;  // GS: ISO 3166-1 alpha-2, its two letters, the first one above
  std::vector<Hash256> studies;          // PS
  std::vector<Address> users;            // US: members, by the accounts they were admitted with
  std::vector<Address> institutions;     // IS: the accounts that stand for them
  std::uint64_t moratorium_s = 0;        // MOR: seconds since 1970
  friend auto operator<=>(const UseLimits&, const UseLimits&) = default;
};

/// True when a study of these facts keeps within `granted`: it works in no other country, at no other institution, is
/// one of the studies, asked by one of the users, and publishes nothing before the moratorium's end. A fact that the
/// study does not state keeps within no limit.
bool limits_permit(const UseLimits& granted, const UseLimits& facts);

/// kInvalidArgument for a list that does not rise strictly or names nobody (zero); kLimit for one that is too long;
/// kUnsupported for a country that ISO 3166-1 does not have.
Status check_limits(const UseLimits& limits);

/// Reads "DE".
///   errors  kUnsupported when ISO 3166-1 has no such code; GB is not UK
Result<std::uint16_t> country_from_text(std::string_view text);
/// "DE"
std::string country_text(std::uint16_t country);
/// "DE,FR", as a patient signs it; empty for none.
std::string countries_text(std::span<const std::uint16_t> countries);

/// Adds one limit, written as "GS=DE", "PS=" and a study's 64 digits, "US=0x…", "IS=0x…" or "MOR=2027-03-01". All but
/// the last may be added again with another value.
///   errors  kParse for a value that is none; kConflict for the same one twice, or a second moratorium; kLimit for too
///           many; kUnsupported for another modifier
Status take_limit(std::string_view text, UseLimits& limits);

/// The abbreviations of DUO's modifiers with a value, in the order of the struct.
inline constexpr std::array<std::string_view, 5> kLimitNames = {"GS", "PS", "US", "IS", "MOR"};

/// What take_limit reads behind the sign for one of kLimitNames; empty where there is no such limit.
std::vector<std::string> limit_values(const UseLimits& limits, std::string_view name);

/// "GS=DE, GS=FR, MOR=2027-03-01T00:00:00Z" in the order of the struct, as take_limit reads it; empty for none.
std::string limits_text(const UseLimits& limits);

/// The canonical bytes: how many of each kind (u8) and which, in the order of the struct, and the moratorium.
void write_limits(Writer& writer, const UseLimits& limits);
inline constexpr std::size_t kLimitsBytesMax = 4 + kLimitValuesMax * (2 + 32 + 20 + 20) + 8;
///   errors  kCorrupt for bytes that end early or say more than kLimitValuesMax; what they say is not checked further
Status read_limits(Reader& reader, UseLimits& limits);

}  // namespace mc::governance
