// SPDX-License-Identifier: Apache-2.0
#include "governance/use_limits.hpp"

#include <algorithm>

#include "base/check.hpp"
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

/// Whatever the study names is among what was granted, and it names something.
template <class T>
bool within(const std::vector<T>& granted, const std::vector<T>& facts) {
  return granted.empty() || (!facts.empty() && std::ranges::includes(granted, facts));
}

template <class T>
Status take(Result<T> value, std::string_view name, std::vector<T>& values) {
  if (!value) return fail(value.error().within(std::string(name)));
  if (*value == T{}) return fail(Code::kParse, std::string(name) + ": zero is no value");
  const auto place = std::ranges::lower_bound(values, *value);
  if (place != values.end() && *place == *value) {
    return fail(Code::kConflict, std::string(name) + " is given twice with the same value");
  }
  if (values.size() == kLimitValuesMax) {
    return fail(Code::kLimit, std::string(name) + " is given more than " + std::to_string(kLimitValuesMax) + " times");
  }
  values.insert(place, *value);
  return {};
}

Status take_moratorium(Result<std::uint64_t> end_s, UseLimits& limits) {
  if (!end_s) return fail(end_s.error().within("MOR"));
  if (limits.moratorium_s != 0) return fail(Code::kConflict, "MOR is given twice");
  if (*end_s == 0) return fail(Code::kParse, "MOR: zero is no value");
  limits.moratorium_s = *end_s;
  return {};
}

template <class T>
Status check_values(const std::vector<T>& values, std::string_view name) {
  if (values.size() > kLimitValuesMax) {
    return fail(Code::kLimit, std::string(name) + " names " + std::to_string(values.size()) + " values, at most " +
                                  std::to_string(kLimitValuesMax) + " are read");
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] <= (i == 0 ? T{} : values[i - 1])) {
      return fail(Code::kInvalidArgument,
                  "the values of " + std::string(name) + " must rise, value " + std::to_string(i + 1) + " does not");
    }
  }
  return {};
}

template <class T, class Text>
std::vector<std::string> texts(const std::vector<T>& values, const Text& text_of) {
  std::vector<std::string> out;
  for (const T& value : values) out.push_back(text_of(value));
  return out;
}

template <class T, class Read>
Status read_values(Reader& reader, std::vector<T>& values, const Read& read) {
  MC_TRY(const std::uint8_t count, reader.u8());
  if (count > kLimitValuesMax) {
    return fail(reader.error("a limit names " + std::to_string(count) + " values, at most " +
                             std::to_string(kLimitValuesMax) + " are read"));
  }
  values.resize(count);
  for (T& value : values) {
    MC_TRY(value, read());
  }
  return {};
}

}  // namespace

bool limits_permit(const UseLimits& granted, const UseLimits& facts) {
  return within(granted.countries, facts.countries) && within(granted.studies, facts.studies) &&
         within(granted.users, facts.users) && within(granted.institutions, facts.institutions) &&
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
  return {static_cast<char>(country >> 8), static_cast<char>(country & 0xff)};
}

std::string countries_text(std::span<const std::uint16_t> countries) {
  std::string text;
  for (const std::uint16_t country : countries) text += (text.empty() ? "" : ",") + country_text(country);
  return text;
}

Status check_limits(const UseLimits& limits) {
  MC_TRY_STATUS(check_values(limits.countries, "GS"));
  MC_TRY_STATUS(check_values(limits.studies, "PS"));
  MC_TRY_STATUS(check_values(limits.users, "US"));
  MC_TRY_STATUS(check_values(limits.institutions, "IS"));
  for (const std::uint16_t country : limits.countries) MC_TRY_STATUS(country_from_text(country_text(country)));
  return {};
}

Status take_limit(std::string_view text, UseLimits& limits) {
  const std::size_t sign = text.find('=');
  const std::string_view name = text.substr(0, sign);
  const std::string_view value = sign == std::string_view::npos ? std::string_view() : text.substr(sign + 1);
  if (name == "GS") return take(country_from_text(value), name, limits.countries);
  if (name == "PS") return take(hash_from_hex(value), name, limits.studies);
  if (name == "US") return take(address_from_text(value), name, limits.users);
  if (name == "IS") return take(address_from_text(value), name, limits.institutions);
  if (name == "MOR") return take_moratorium(fhir_time_s(value), limits);
  return fail(Code::kUnsupported,
              "only GS, PS, US, IS and MOR have a value, as in GS=DE; a time limit (TS) is the end of a grant");
}

std::vector<std::string> limit_values(const UseLimits& limits, std::string_view name) {
  const auto account = [](const Address& address) { return address.text(); };
  if (name == "GS") return texts(limits.countries, country_text);
  if (name == "PS") return texts(limits.studies, [](const Hash256& study) { return study.hex(); });
  if (name == "US") return texts(limits.users, account);
  if (name == "IS") return texts(limits.institutions, account);
  if (name == "MOR" && limits.moratorium_s != 0) return {fhir_time_text(limits.moratorium_s)};
  return {};
}

std::string limits_text(const UseLimits& limits) {
  std::string text;
  for (const std::string_view name : kLimitNames) {
    for (const std::string& value : limit_values(limits, name)) {
      text += (text.empty() ? "" : ", ") + std::string(name) + "=" + value;
    }
  }
  return text;
}

void write_limits(Writer& writer, const UseLimits& limits) {
  const auto count = [&](std::size_t size) {
    MC_CHECK(size <= kLimitValuesMax);
    writer.u8(static_cast<std::uint8_t>(size));
  };
  count(limits.countries.size());
  for (const std::uint16_t country : limits.countries) writer.u16(country);
  count(limits.studies.size());
  for (const Hash256& study : limits.studies) writer.hash(study);
  count(limits.users.size());
  for (const Address& user : limits.users) writer.raw(user.view());
  count(limits.institutions.size());
  for (const Address& institution : limits.institutions) writer.raw(institution.view());
  writer.u64(limits.moratorium_s);
}

Status read_limits(Reader& reader, UseLimits& limits) {
  const auto address = [&] { return read_address(reader); };
  MC_TRY_STATUS(read_values(reader, limits.countries, [&] { return reader.u16(); }));
  MC_TRY_STATUS(read_values(reader, limits.studies, [&] { return reader.hash(); }));
  MC_TRY_STATUS(read_values(reader, limits.users, address));
  MC_TRY_STATUS(read_values(reader, limits.institutions, address));
  MC_TRY(limits.moratorium_s, reader.u64());
  return {};
}

}  // namespace mc::governance
