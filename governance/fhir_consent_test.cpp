// SPDX-License-Identifier: Apache-2.0
#include "governance/fhir_consent.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "governance/duo.hpp"

namespace mc::governance {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

json duo(const char* code) {
  return {{"system", "http://purl.obolibrary.org/obo/duo.owl"}, {"code", code}};
}

/// As another house's software writes it.
json r5() {
  return {{"resourceType", "Consent"},
          {"id", "example"},
          {"status", "active"},
          {"subject", {{"reference", "Patient/7"}}},
          {"date", "2026-01-01"},
          {"decision", "permit"},
          {"provision", json::array({{{"period", {{"end", "2027-03-01"}}},
                                      {"purpose", json::array({duo("DUO:0000007"),
                                                               {{"system", "http://purl.obolibrary.org/obo/mondo.owl"},
                                                                {"code", "MONDO:0005267"},
                                                                {"display", "heart disorder"}},
                                                               duo("DUO:0000045")})}}})}};
}

TEST(FhirConsent, AnR5ConsentIsRead) {
  const FhirConsent read = fhir_consent_from_json(r5().dump()).value_or_stop();
  EXPECT_EQ(read.action, ConsentAction::kGrant);
  EXPECT_EQ(data_use_text(read.use), "DS MONDO:0005267 if NPU");
  EXPECT_EQ(read.expiry_s, 1'803'859'200u);
}

TEST(FhirConsent, AnR4ConsentIsRead) {
  const json r4 = {{"resourceType", "Consent"},
                   {"status", "active"},
                   {"scope", json::object()},
                   {"category", json::array()},
                   {"patient", {{"reference", "Patient/7"}}},
                   {"provision", {{"type", "deny"}, {"purpose", json::array({duo("DUO:0000042")})}}}};
  const FhirConsent read = fhir_consent_from_json(r4.dump()).value_or_stop();
  EXPECT_EQ(read, (FhirConsent{ConsentAction::kRevoke, kGeneralResearch, 0}));
}

TEST(FhirConsent, WhatIsWrittenIsReadAgain) {
  ConsentLeaf leaf;
  leaf.person = sha256(view_of("person"));
  for (const bool granted : {true, false}) {
    leaf.granted = granted;
    leaf.use = {kDiseaseSpecific, 5252, granted ? duo_modifier_from_text("IRB").value_or_stop().bit : 0};
    leaf.expiry_s = granted ? 1'803'859'261 : 0;
    for (const FhirRelease release : {FhirRelease::kR4, FhirRelease::kR5}) {
      const std::string text = fhir_consent_to_json(sha256(view_of("commons")), leaf, release);
      const FhirConsent read = fhir_consent_from_json(text).value_or_stop();
      EXPECT_EQ(read.action == ConsentAction::kGrant, granted);
      EXPECT_EQ(read.use, leaf.use);
      EXPECT_EQ(read.expiry_s, leaf.expiry_s);
      EXPECT_THAT(text, HasSubstr(leaf.person.hex()));
    }
  }
}

TEST(FhirConsent, WhatCannotBeEnforcedIsRefusedAndNamed) {
  const auto refused = [](const json& resource) { return fhir_consent_from_json(resource.dump()).error().message; };
  json odd = r5();
  odd["provision"][0]["actor"] = json::array();
  EXPECT_THAT(refused(odd), HasSubstr("provision[0].actor"));
  odd = r5();
  odd["provision"][0]["provision"] = json::array();
  EXPECT_THAT(refused(odd), HasSubstr("provision[0].provision"));
  odd = r5();
  odd["provision"][0]["period"]["start"] = "2026-01-01";
  EXPECT_THAT(refused(odd), HasSubstr("period.start"));
  odd = r5();
  odd["provision"].push_back(odd["provision"][0]);
  EXPECT_THAT(refused(odd), HasSubstr("one rule"));
  odd = r5();
  odd["verification"] = json::array();
  EXPECT_THAT(refused(odd), HasSubstr("verification"));
  odd = r5();
  odd["provision"][0]["purpose"].push_back(duo("DUO:0000025"));
  EXPECT_TRUE(fhir_consent_from_json(odd.dump())) << "the value of a time limit is the end of the period";
  odd["provision"][0].erase("period");
  EXPECT_THAT(refused(odd), HasSubstr("a time limit (TS) without the end of a period"));
  odd = r5();
  odd["provision"][0]["purpose"].push_back(duo("DUO:0000044"));
  EXPECT_THAT(refused(odd), HasSubstr("not one that a study can undertake"));
  odd = r5();
  odd["status"] = "inactive";
  EXPECT_THAT(refused(odd), HasSubstr("only an active consent"));
  odd = r5();
  odd["decision"] = "deny";
  EXPECT_THAT(refused(odd), HasSubstr("a denial has neither"));
  odd = r5();
  odd["provision"][0]["purpose"] = json::array({duo("DUO:0000045")});
  EXPECT_THAT(refused(odd), HasSubstr("names no DUO purpose"));
  odd = r5();
  odd["provision"][0]["purpose"].push_back(duo("DUO:0000042"));
  EXPECT_THAT(refused(odd), HasSubstr("a second purpose"));
}

TEST(FhirConsent, AModifierWithAValueStandsBesideIt) {
  ConsentLeaf leaf;
  leaf.granted = true;
  leaf.use = kHealthMedicalResearch;
  for (const std::string& limit : {std::string("GS=DE"), std::string("GS=FR"), "PS=" + sha256(view_of("study")).hex(),
                                   "US=0x" + std::string(40, '1'), "IS=0x" + std::string(40, '2'),
                                   "IS=0x" + std::string(40, '3'), std::string("MOR=2027-01-15")}) {
    ASSERT_TRUE(take_limit(limit, leaf.use.limits)) << limit;
  }
  for (const FhirRelease release : {FhirRelease::kR4, FhirRelease::kR5}) {
    const std::string text = fhir_consent_to_json(sha256(view_of("commons")), leaf, release);
    EXPECT_EQ(fhir_consent_from_json(text).value_or_stop().use, leaf.use) << text;
  }
  const auto with = [](std::initializer_list<json> codes) {
    json resource = r5();
    for (const json& code : codes) resource["provision"][0]["purpose"].push_back(code);
    return fhir_consent_from_json(resource.dump());
  };
  const json germany = {{"system", "urn:iso:std:iso:3166"}, {"code", "DE"}};
  const json uk = {{"system", "urn:iso:std:iso:3166"}, {"code", "UK"}};
  EXPECT_EQ(data_use_text(with({duo("DUO:0000022"), germany}).value_or_stop().use), "DS MONDO:0005267 if NPU, GS=DE");
  const json france = {{"system", "urn:iso:std:iso:3166"}, {"code", "FR"}};
  EXPECT_EQ(data_use_text(with({duo("DUO:0000022"), germany, france}).value_or_stop().use),
            "DS MONDO:0005267 if NPU, GS=DE, GS=FR");
  EXPECT_EQ(data_use_text(with({duo("DUO:0000022"), germany, duo("DUO:0000022"), france}).value_or_stop().use),
            "DS MONDO:0005267 if NPU, GS=DE, GS=FR")
      << "the modifier may be said again with each value";
  EXPECT_THAT(with({duo("DUO:0000022")}).error().message, HasSubstr("GS has no value"));
  EXPECT_THAT(with({germany}).error().message, HasSubstr("GS has a value and is not named"));
  EXPECT_THAT(with({duo("DUO:0000022"), germany, germany}).error().message, HasSubstr("twice"));
  EXPECT_THAT(with({duo("DUO:0000022"), uk}).error().message, HasSubstr("ISO 3166-1"));
  json denied = r5();
  denied["decision"] = "deny";
  denied["provision"][0].erase("period");
  denied["provision"][0]["purpose"] = json::array({duo("DUO:0000042"), duo("DUO:0000022"), germany});
  EXPECT_THAT(fhir_consent_from_json(denied.dump()).error().message, HasSubstr("a denial has neither"));
}

TEST(FhirConsent, NonsenseIsASentence) {
  for (const std::string& text : {std::string(), std::string("[]"), std::string("{"), std::string(100'000, '['),
                                  std::string(R"({"resourceType":"Patient"})")}) {
    EXPECT_FALSE(fhir_consent_from_json(text));
  }
}

TEST(FhirTime, DaysAndInstantsAreReadAndWritten) {
  EXPECT_EQ(fhir_time_s("1970-01-01").value_or_stop(), 0u);
  EXPECT_EQ(fhir_time_s("2028-02-29T23:59:59Z").value_or_stop(), 1'835'481'599u);
  EXPECT_EQ(fhir_time_text(1'835'481'599), "2028-02-29T23:59:59Z");
  for (const char* text : {"", "2027", "2027-02-29", "2027-13-01", "1969-12-31", "2027-01-01T24:00:00Z",
                           "2027-01-01T00:00:00+01:00", "2027-1-1", "20270101xx"}) {
    EXPECT_FALSE(fhir_time_s(text)) << text;
  }
}

}  // namespace
}  // namespace mc::governance
