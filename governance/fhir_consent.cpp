// SPDX-License-Identifier: Apache-2.0
#include "governance/fhir_consent.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "governance/diseases.hpp"
#include "governance/duo.hpp"

namespace mc::governance {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kDuoSystem = "http://purl.obolibrary.org/obo/duo.owl";
constexpr std::string_view kMondoSystem = "http://purl.obolibrary.org/obo/mondo.owl";
constexpr std::string_view kDatasetSystem = "urn:medcommons:dataset";
constexpr std::string_view kPersonSystem = "urn:medcommons:person";
constexpr int kDepthMax = 16;
constexpr std::uint64_t kDaySeconds = 86'400;

/// A DUO modifier with a value: its code says that there is one, and a code of the value's own system which. FHIR's
/// name for ISO 3166 is one of the systems; of a time limit (TS) the value is the end of the period.
struct ValuedModifier {
  std::uint32_t code;
  std::string_view name;
  std::string_view system;
  std::string_view meaning;
};
constexpr std::uint32_t kTimeLimit = 25;
constexpr std::array kValuedModifiers = std::to_array<ValuedModifier>({
    {22, "GS", "urn:iso:std:iso:3166", "geographical restriction"},
    {27, "PS", "urn:medcommons:study", "project specific restriction"},
    {26, "US", "urn:medcommons:user", "user specific restriction"},
    {28, "IS", "urn:medcommons:institution", "institution specific restriction"},
    {24, "MOR", "urn:medcommons:moratorium", "publication moratorium"},
});

Error at(std::string_view path, std::string_view reason, Code code = Code::kParse) {
  return {code, "FHIR Consent, " + std::string(path) + ": " + std::string(reason)};
}

/// Only these members may be there: an unknown one could narrow what the rule says.
Status only(const Json& object, std::string_view path, const std::set<std::string_view>& known) {
  if (!object.is_object()) return fail(at(path, "it is no object"));
  for (const auto& [key, value] : object.items()) {
    if (!known.contains(key)) {
      return fail(at(std::string(path) + "." + key.substr(0, 40), "it cannot be enforced here", Code::kUnsupported));
    }
  }
  return {};
}

Result<std::string> text_at(const Json& object, const char* key, std::string_view path) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return fail(at(std::string(path) + "." + key, "it is no text"));
  return found->get<std::string>();
}

/// The number in "DUO:0000022"; 0 for another text.
std::uint32_t duo_number(std::string_view code) {
  if (code.starts_with("DUO:")) code.remove_prefix(4);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(code.data(), code.data() + code.size(), number);
  return error == std::errc() && end == code.data() + code.size() ? number : 0;
}

/// What a rule's codes say: the use, and which modifiers with values it names.
struct Codes {
  DataUse use;
  std::set<std::uint32_t> valued;
};

/// The one rule: R5 has a decision beside it, R4 a type inside it.
Status take_code(const Json& coding, std::string_view path, Codes& codes) {
  DataUse& use = codes.use;
  MC_TRY_STATUS(only(coding, path, {"system", "code", "display"}));
  MC_TRY(const std::string system, text_at(coding, "system", path));
  MC_TRY(const std::string code, text_at(coding, "code", path));
  if (system == kMondoSystem) {
    if (use.disease != 0) return fail(at(path, "a second disease", Code::kUnsupported));
    MC_TRY(const Disease found, disease_from_text(code));
    use.disease = found.number;
    return {};
  }
  if (const auto valued = std::ranges::find(kValuedModifiers, system, &ValuedModifier::system);
      valued != kValuedModifiers.end()) {
    const Status taken = take_limit(std::string(valued->name) + "=" + code, use.limits);
    if (!taken) return fail(taken.error().within(at(path, "").message));
    return {};
  }
  if (system != kDuoSystem) return fail(at(path, "its system is neither DUO nor Mondo", Code::kUnsupported));
  const std::uint32_t number = duo_number(code);
  if (number == kTimeLimit ||
      std::ranges::find(kValuedModifiers, number, &ValuedModifier::code) != kValuedModifiers.end()) {
    codes.valued.insert(number);
    return {};
  }
  if (const auto purpose = duo_purpose_from_text(code)) {
    if (use.purpose != 0) return fail(at(path, "a second purpose", Code::kUnsupported));
    use.purpose = purpose->code;
    return {};
  }
  auto modifier = duo_modifier_from_text(code);
  if (!modifier) return fail(modifier.error().within(at(path, "").message));
  use.modifiers |= modifier->bit;
  return {};
}

/// A named modifier has its value, and a value its modifier: half of one would be another consent.
Status check_values(const Codes& codes, std::string_view path, bool ends) {
  for (const ValuedModifier& modifier : kValuedModifiers) {
    const bool valued = !limit_values(codes.use.limits, modifier.name).empty();
    if (codes.valued.contains(modifier.code) == valued) continue;
    return fail(at(path,
                   std::string(modifier.name) + (valued ? " has a value and is not named" : " has no value") +
                       "; its value's system is " + std::string(modifier.system),
                   Code::kUnsupported));
  }
  if (codes.valued.contains(kTimeLimit) && !ends) {
    return fail(at(path, "a time limit (TS) without the end of a period", Code::kUnsupported));
  }
  return {};
}

Status take_codes(const Json& list, std::string_view path, FhirConsent& out) {
  if (!list.is_array()) return fail(at(path, "it is no list"));
  Codes codes;
  for (const Json& coding : list) MC_TRY_STATUS(take_code(coding, path, codes));
  MC_TRY_STATUS(check_values(codes, path, out.expiry_s != 0));
  out.use = codes.use;
  return {};
}

Status take_period(const Json& rule, std::string_view path, FhirConsent& out) {
  const auto period = rule.find("period");
  if (period == rule.end()) return {};
  MC_TRY_STATUS(only(*period, std::string(path) + ".period", {"end"}));
  MC_TRY(const std::string end, text_at(*period, "end", std::string(path) + ".period"));
  MC_TRY(out.expiry_s, fhir_time_s(end));
  return {};
}

Status take_rule(const Json& rule, std::string_view path, FhirConsent& out) {
  MC_TRY_STATUS(only(rule, path, {"type", "period", "purpose"}));
  MC_TRY_STATUS(take_period(rule, path, out));
  const auto purpose = rule.find("purpose");
  if (purpose == rule.end()) return fail(at(std::string(path) + ".purpose", "it is missing"));
  return take_codes(*purpose, std::string(path) + ".purpose", out);
}

Result<ConsentAction> action_of(const std::string& word, std::string_view path) {
  if (word == "permit") return ConsentAction::kGrant;
  if (word == "deny") return ConsentAction::kRevoke;
  return fail(at(path, "it is neither permit nor deny"));
}

Status take_provision(const Json& resource, FhirConsent& out) {
  const auto provision = resource.find("provision");
  if (provision == resource.end()) return fail(at("provision", "it is missing"));
  if (provision->is_array()) {  // R5
    if (provision->size() != 1) return fail(at("provision", "one rule is read, not several", Code::kUnsupported));
    MC_TRY(const std::string decision, text_at(resource, "decision", "Consent"));
    MC_TRY(out.action, action_of(decision, "decision"));
    if (provision->front().contains("type")) return fail(at("provision[0].type", "R5 has none"));
    return take_rule(provision->front(), "provision[0]", out);
  }
  if (!provision->is_object()) return fail(at("provision", "it is neither a rule nor a list"));
  if (resource.contains("decision")) return fail(at("decision", "R4 has none"));
  MC_TRY(const std::string type, text_at(*provision, "type", "provision"));
  MC_TRY(out.action, action_of(type, "provision.type"));
  return take_rule(*provision, "provision", out);
}

Json coding(std::string_view system, const std::string& code, std::string_view display) {
  return Json{{"system", system}, {"code", code}, {"display", display}};
}

std::string duo_code(std::uint32_t code) {
  char text[16];
  std::snprintf(text, sizeof text, "DUO:%07u", code);
  return text;
}

Json codes_of(const DataUse& use) {
  Json list = Json::array();
  list.push_back(coding(kDuoSystem, duo_code(use.purpose), duo_purpose(use.purpose).value_or_stop().meaning));
  if (use.disease != 0) {
    list.push_back(coding(kMondoSystem, disease_text(use.disease), disease(use.disease).value_or_stop().name));
  }
  for (const DuoModifier& modifier : duo_modifiers()) {
    if ((use.modifiers & modifier.bit) != 0) {
      list.push_back(coding(kDuoSystem, duo_code(modifier.code), modifier.meaning));
    }
  }
  for (const ValuedModifier& modifier : kValuedModifiers) {
    const std::vector<std::string> values = limit_values(use.limits, modifier.name);
    if (values.empty()) continue;
    list.push_back(coding(kDuoSystem, duo_code(modifier.code), modifier.meaning));
    for (const std::string& value : values) list.push_back(coding(modifier.system, value, value));
  }
  return list;
}

std::optional<int> digits(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace

Result<std::uint64_t> fhir_time_s(std::string_view text) {
  const auto refuse = [&] {
    return fail(Code::kParse, "a time is 2027-03-01 or 2027-03-01T12:00:00Z, in UTC and from 1970 on");
  };
  const bool whole = text.size() == 20 && text[10] == 'T' && text[13] == ':' && text[16] == ':' && text[19] == 'Z';
  if ((text.size() != 10 && !whole) || text[4] != '-' || text[7] != '-') return refuse();
  const auto year = digits(text.substr(0, 4)), month = digits(text.substr(5, 2)), day = digits(text.substr(8, 2));
  if (!year || !month || !day || *year < 1970) return refuse();
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return refuse();
  const auto days = static_cast<std::uint64_t>(std::chrono::sys_days(date).time_since_epoch().count());
  if (!whole) return days * kDaySeconds;
  const auto hour = digits(text.substr(11, 2)), minute = digits(text.substr(14, 2)),
             second = digits(text.substr(17, 2));
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59) return refuse();
  return days * kDaySeconds + static_cast<std::uint64_t>(*hour * 3600 + *minute * 60 + *second);
}

std::string fhir_time_text(std::uint64_t time_s) {
  constexpr std::uint64_t kLast = 253'402'300'799;  // of the year 9999
  const std::uint64_t shown = std::min(time_s, kLast);
  const std::chrono::sys_days day{std::chrono::days(static_cast<int>(shown / kDaySeconds))};
  const std::chrono::year_month_day date{day};
  const auto second = static_cast<unsigned>(shown % kDaySeconds);
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02u:%02u:%02uZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), second / 3600, second / 60 % 60,
                second % 60);
  return text;
}

Result<FhirConsent> fhir_consent_from_json(std::string_view text) {
  if (text.size() > kFhirConsentBytesMax) {
    return fail(Code::kLimit, "a FHIR Consent of " + std::to_string(text.size()) + " bytes, at most " +
                                  std::to_string(kFhirConsentBytesMax) + " are read");
  }
  bool deep = false;
  const auto shallow = [&](int depth, Json::parse_event_t, Json&) {
    deep = deep || depth > kDepthMax;
    return !deep;
  };
  const Json resource = Json::parse(text, shallow, false);
  if (deep || resource.is_discarded() || !resource.is_object()) return fail(at("the text", "it is no JSON object"));
  MC_TRY_STATUS(only(resource, "Consent",
                     {"resourceType", "id", "meta", "text", "identifier", "status", "scope", "category", "subject",
                      "patient", "date", "dateTime", "policy", "policyRule", "decision", "provision"}));
  MC_TRY(const std::string type, text_at(resource, "resourceType", "Consent"));
  if (type != "Consent") return fail(at("resourceType", "it is not Consent"));
  MC_TRY(const std::string status, text_at(resource, "status", "Consent"));
  if (status != "active") return fail(at("status", "only an active consent is read", Code::kUnsupported));
  FhirConsent out;
  MC_TRY_STATUS(take_provision(resource, out));
  if (out.use.purpose == 0) return fail(at("provision.purpose", "it names no DUO purpose"));
  MC_TRY_STATUS(check_data_use(out.use));
  if (out.action == ConsentAction::kRevoke && (out.expiry_s != 0 || out.use != unconditional(out.use))) {
    return fail(at("provision", "a denial has neither an end nor modifiers here", Code::kUnsupported));
  }
  return out;
}

std::string fhir_consent_to_json(const Hash256& dataset, const ConsentLeaf& leaf, FhirRelease release) {
  // A revoked use is written without its conditions: nothing of it is permitted.
  Json rule = Json::object();
  if (release == FhirRelease::kR4) rule["type"] = leaf.granted ? "permit" : "deny";
  if (leaf.granted && leaf.expiry_s != 0) rule["period"] = {{"end", fhir_time_text(leaf.expiry_s)}};
  rule["purpose"] = codes_of(leaf.granted ? leaf.use : unconditional(leaf.use));
  Json identifiers = Json::array({{{"system", kDatasetSystem}, {"value", dataset.hex()}}});
  const Json person = {{"identifier", {{"system", kPersonSystem}, {"value", leaf.person.hex()}}}};
  Json out = {{"resourceType", "Consent"}, {"identifier", identifiers}, {"status", "active"}};
  const Json category = {{"coding", Json::array({{{"system", "http://loinc.org"}, {"code", "59284-0"}}})}};
  if (release == FhirRelease::kR4) {
    out["scope"] = {{"coding", Json::array({{{"system", "http://terminology.hl7.org/CodeSystem/consentscope"},
                                             {"code", "research"}}})}};
    out["category"] = Json::array({category});
    out["patient"] = person;
    out["provision"] = rule;
  } else {
    out["category"] = Json::array({category});
    out["subject"] = person;
    out["decision"] = leaf.granted ? "permit" : "deny";
    out["provision"] = Json::array({rule});
  }
  return out.dump(2) + "\n";
}

}  // namespace mc::governance
