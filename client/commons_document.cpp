// SPDX-License-Identifier: Apache-2.0
#include "client/commons_document.hpp"

#include <nlohmann/json.hpp>

#include "query/plan/limb_budget.hpp"

namespace mc::client {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFormat = "medcommons/commons/1";
constexpr std::size_t kCustodiansMax = 64;
constexpr std::size_t kRotationsMax = 63;
constexpr int kDepthMax = 16;

/// JSON of bounded depth: walking a deeper one would exhaust the stack.
Json parse_json(std::string_view text) {
  bool too_deep = false;
  Json json = Json::parse(
      text,
      [&](int depth, Json::parse_event_t, Json&) {
        too_deep = too_deep || depth > kDepthMax;
        return !too_deep;
      },
      false);
  return too_deep ? Json(Json::value_t::discarded) : json;
}

/// Reads typed members of one object; the first failure is kept and names its path.
class Fields {
 public:
  Fields(const Json& object, std::string path) : object_(object), path_(std::move(path)) {}

  std::string text(const char* name) {
    const Json* value = member(name);
    if (value == nullptr) return {};
    if (!value->is_string()) return wrong(name, "a text"), std::string{};
    return value->get<std::string>();
  }
  std::uint64_t number(const char* name, std::uint64_t maximum) {
    const Json* value = member(name);
    if (value == nullptr) return 0;
    if (!value->is_number_unsigned() || value->get<std::uint64_t>() > maximum) {
      return wrong(name, "a whole number up to " + std::to_string(maximum)), 0;
    }
    return value->get<std::uint64_t>();
  }
  bool flag(const char* name) {
    const Json* value = member(name);
    if (value == nullptr) return false;
    if (!value->is_boolean()) return wrong(name, "true or false"), false;
    return value->get<bool>();
  }
  governance::Address address(const char* name) {
    const auto parsed = governance::address_from_text(text(name));
    if (!parsed) return wrong(name, "an address"), governance::Address{};
    return *parsed;
  }
  Bytes bytes(const char* name) {
    auto parsed = from_hex(text(name));
    if (!parsed) return wrong(name, "hexadecimal text"), Bytes{};
    return std::move(*parsed);
  }
  const Json* member(const char* name) {
    const auto found = object_.find(name);
    if (found == object_.end()) return wrong(name, "present"), nullptr;
    return &*found;
  }
  void wrong(const std::string& name, const std::string& wanted) {
    if (status_) status_ = fail(Code::kParse, "commons document: " + path_ + name + " must be " + wanted);
  }
  [[nodiscard]] const Status& status() const { return status_; }

 private:
  const Json& object_;
  std::string path_;
  Status status_;
};

Result<std::vector<std::uint32_t>> read_rotations(const Json& list) {
  const auto wrong = [] {
    return fail(Code::kParse, "commons document: rotations must be at most " + std::to_string(kRotationsMax) +
                                  " whole numbers from 1 on, ascending");
  };
  if (!list.is_array() || list.size() > kRotationsMax) return wrong();
  std::vector<std::uint32_t> rotations;
  for (const Json& entry : list) {
    if (!entry.is_number_unsigned() || entry.get<std::uint64_t>() > UINT32_MAX) return wrong();
    const auto steps = static_cast<std::uint32_t>(entry.get<std::uint64_t>());
    if (steps <= (rotations.empty() ? 0 : rotations.back())) return wrong();
    rotations.push_back(steps);
  }
  return rotations;
}

Result<std::vector<CustodianEntry>> read_custodians(const Json& list) {
  if (!list.is_array() || list.size() > kCustodiansMax) {
    return fail(Code::kParse,
                "commons document: custodians must be a list of at most " + std::to_string(kCustodiansMax));
  }
  std::vector<CustodianEntry> custodians;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string path = "custodians[" + std::to_string(i) + "]";
    if (!list[i].is_object()) return fail(Code::kParse, "commons document: " + path + " must be an object");
    Fields fields(list[i], path + ".");
    CustodianEntry entry{fields.text("url"), fields.bytes("identity")};
    MC_TRY_STATUS(fields.status());
    custodians.push_back(std::move(entry));
  }
  return custodians;
}

}  // namespace

std::string to_json(const CommonsDocument& document) {
  Json custodians = Json::array();
  for (const CustodianEntry& entry : document.custodians) {
    custodians.push_back({{"url", entry.url}, {"identity", to_hex(entry.identity)}});
  }
  Json json;
  json["format"] = kFormat;
  json["dataset"] = document.dataset;
  json["profile"] = document.profile;
  json["privacy"] = document.exact ? "exact" : "guarded";
  json["purpose"] = document.purpose;
  json["epoch"] = document.epoch.value;
  json["threshold"] = document.threshold;
  json["custodians"] = std::move(custodians);
  json["rotations"] = document.rotations;
  json["conjugation"] = document.conjugation;
  json["chain"] = {{"id", document.deployment.chain_id},          {"membership", document.deployment.membership.text()},
                   {"ledger", document.deployment.ledger.text()}, {"studies", document.deployment.studies.text()},
                   {"confirmations", document.confirmations},     {"url", document.chain_url}};
  json["store_url"] = document.store_url;
  json["compute_url"] = document.compute_url;
  json["schema"] = Json::parse(data::to_json(document.schema));
  return json.dump(2) + "\n";
}

Result<CommonsDocument> commons_document_from_json(std::string_view text) {
  const Json json = parse_json(text);
  if (json.is_discarded() || !json.is_object()) {
    return fail(Code::kParse,
                "commons document: not a JSON object of at most " + std::to_string(kDepthMax) + " levels");
  }
  Fields fields(json, "");
  CommonsDocument document;
  const std::string format = fields.text("format");
  if (fields.status() && format != kFormat) {
    return fail(Code::kUnsupported,
                "commons document: format '" + format + "', this program reads '" + std::string(kFormat) + "'");
  }
  document.dataset = fields.text("dataset");
  document.profile = fields.text("profile");
  const std::string privacy = fields.text("privacy");
  if (privacy != "exact" && privacy != "guarded") fields.wrong("privacy", "'exact' or 'guarded'");
  document.exact = privacy == "exact";
  document.purpose = static_cast<std::uint32_t>(fields.number("purpose", 9'999'999));
  document.epoch = Epoch(static_cast<std::uint32_t>(fields.number("epoch", UINT32_MAX)));
  document.threshold = static_cast<std::uint32_t>(fields.number("threshold", kCustodiansMax));
  document.store_url = fields.text("store_url");
  document.compute_url = fields.text("compute_url");
  const Json* chain = fields.member("chain");
  const Json* custodians = fields.member("custodians");
  const Json* rotations = fields.member("rotations");
  document.conjugation = fields.flag("conjugation");
  const Json* schema = fields.member("schema");
  MC_TRY_STATUS(fields.status());
  if (const auto budget = query::limb_budget(document.profile); !budget) {
    return fail(budget.error().within("commons document: profile"));
  }
  if (!chain->is_object()) return fail(Code::kParse, "commons document: chain must be an object");
  Fields on_chain(*chain, "chain.");
  document.deployment.chain_id = on_chain.number("id", UINT64_MAX);
  document.deployment.membership = on_chain.address("membership");
  document.deployment.ledger = on_chain.address("ledger");
  document.deployment.studies = on_chain.address("studies");
  document.confirmations = static_cast<std::uint32_t>(on_chain.number("confirmations", 1'000'000));
  document.chain_url = on_chain.text("url");
  MC_TRY_STATUS(on_chain.status());
  MC_TRY(document.custodians, read_custodians(*custodians));
  MC_TRY(document.rotations, read_rotations(*rotations));
  MC_TRY(document.schema, data::schema_from_json(schema->dump()));
  return document;
}

}  // namespace mc::client
