// SPDX-License-Identifier: Apache-2.0
#include "governance/use_limits.hpp"

#include "governance/fhir_consent.hpp"

namespace mc::governance {
namespace {

// The officially assigned codes of ISO 3166-1 alpha-2. A table, because a code that is nobody's would be a limit within
// which no study ever is, without anybody noticing.
constexpr std::string_view kCountries =
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO "
    "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE "
    "JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO "
    "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW "
    "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM "
    "TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

template <class T>
bool within(const T& granted, const T& fact) {
  return granted == T{} || granted == fact;
}

template <class T>
Status take(Result<T> value, std::string_view name, T& place) {
  if (!value) return fail(value.error().within(std::string(name)));
  if (place != T{}) return fail(Code::kConflict, std::string(name) + " is given twice");
  if (*value == T{}) return fail(Code::kParse, std::string(name) + ": zero is no value");
  place = *value;
  return {};
}

}  // namespace

bool limits_permit(const UseLimits& granted, const UseLimits& facts) {
  return within(granted.country, facts.country) && within(granted.study, facts.study) &&
         within(granted.user, facts.user) && within(granted.institution, facts.institution) &&
         granted.moratorium_s <= facts.moratorium_s;
}

Result<std::uint16_t> country_from_text(std::string_view text) {
  const bool letters = text.size() == 2 && text.find(' ') == std::string_view::npos;
  if (!letters || kCountries.find(text) == std::string_view::npos) {
    return fail(Code::kUnsupported, "a country is a code of ISO 3166-1 such as DE or GB");
  }
  return static_cast<std::uint16_t>(static_cast<unsigned char>(text[0]) << 8 | static_cast<unsigned char>(text[1]));
}

std::string country_text(std::uint16_t country) {
  if (country == 0) return {};
  return {static_cast<char>(country >> 8), static_cast<char>(country & 0xff)};
}

Status check_limits(const UseLimits& limits) {
  if (limits.country == 0) return {};
  MC_TRY_STATUS(country_from_text(country_text(limits.country)));
  return {};
}

Status take_limit(std::string_view text, UseLimits& limits) {
  const std::size_t sign = text.find('=');
  const std::string_view name = text.substr(0, sign);
  const std::string_view value = sign == std::string_view::npos ? std::string_view() : text.substr(sign + 1);
  if (name == "GS") return take(country_from_text(value), name, limits.country);
  if (name == "PS") return take(hash_from_hex(value), name, limits.study);
  if (name == "US") return take(address_from_text(value), name, limits.user);
  if (name == "IS") return take(address_from_text(value), name, limits.institution);
  if (name == "MOR") return take(fhir_time_s(value), name, limits.moratorium_s);
  return fail(Code::kUnsupported,
              "only GS, PS, US, IS and MOR have a value, as in GS=DE; a time limit (TS) is the end of a grant");
}

std::string limit_value(const UseLimits& limits, std::string_view name) {
  if (name == "GS") return country_text(limits.country);
  if (name == "PS" && !limits.study.is_zero()) return limits.study.hex();
  if (name == "US" && !limits.user.is_zero()) return limits.user.text();
  if (name == "IS" && !limits.institution.is_zero()) return limits.institution.text();
  if (name == "MOR" && limits.moratorium_s != 0) return fhir_time_text(limits.moratorium_s);
  return {};
}

std::string limits_text(const UseLimits& limits) {
  std::string text;
  for (const std::string_view name : kLimitNames) {
    const std::string value = limit_value(limits, name);
    if (!value.empty()) text += (text.empty() ? "" : ", ") + std::string(name) + "=" + value;
  }
  return text;
}

}  // namespace mc::governance
