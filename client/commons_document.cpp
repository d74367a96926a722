// SPDX-License-Identifier: Apache-2.0
#include "client/commons_document.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "query/release/disclosure.hpp"
#include "query/release/guarded.hpp"
#include "query/release/untrusted_owners.hpp"

namespace mc::client {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFormat = "medcommons/commons/1";
constexpr std::string_view kUntrusted = "untrusted";
constexpr std::size_t kCustodiansMax = 64;
constexpr std::size_t kRotationsMax = 63;
constexpr std::size_t kEarlierMax = 64;
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

Result<EarlierCommittee> read_earlier(const Json& object, const std::string& path) {
  if (!object.is_object()) return fail(Code::kParse, "commons document: " + path + " must be an object");
  Fields fields(object, path + ".");
  EarlierCommittee out;
  out.epoch = Epoch(static_cast<std::uint32_t>(fields.number("epoch", UINT32_MAX)));
  out.threshold = static_cast<std::uint32_t>(fields.number("threshold", kCustodiansMax));
  const Json* identities = fields.member("identities");
  const Json* participants = fields.member("participants");
  MC_TRY_STATUS(fields.status());
  if (!identities->is_array() || identities->size() > kCustodiansMax) {
    fields.wrong("identities", "a list of at most " + std::to_string(kCustodiansMax));
    return fail(fields.status().error());
  }
  for (const Json& entry : *identities) {
    auto bytes = from_hex(entry.is_string() ? entry.get<std::string>() : "no text");
    if (!bytes) {
      fields.wrong("identities", "hexadecimal texts");
      return fail(fields.status().error());
    }
    out.identities.push_back(std::move(*bytes));
  }
  const auto is_seat = [&](const Json& entry) {
    return entry.is_number_unsigned() && entry.get<std::uint64_t>() < out.identities.size();
  };
  if (!participants->is_array() || !std::ranges::all_of(*participants, is_seat)) {
    fields.wrong("participants", "a list of its custodians");
    return fail(fields.status().error());
  }
  for (const Json& entry : *participants) out.participants.push_back(entry.get<std::uint8_t>());
  return out;
}

/// A document without it is of a commons that never changed its committee.
Result<std::vector<EarlierCommittee>> read_all_earlier(const Json& json, Epoch now) {
  std::vector<EarlierCommittee> out;
  const auto found = json.find("earlier");
  if (found == json.end()) return out;
  if (!found->is_array() || found->size() > kEarlierMax) {
    return fail(Code::kParse, "commons document: earlier must be a list of at most " + std::to_string(kEarlierMax));
  }
  for (std::size_t i = 0; i < found->size(); ++i) {
    MC_TRY(EarlierCommittee committee, read_earlier((*found)[i], "earlier[" + std::to_string(i) + "]"));
    if (committee.epoch.value <= (out.empty() ? 0 : out.back().epoch.value) || committee.epoch.value >= now.value) {
      return fail(Code::kParse, "commons document: earlier[" + std::to_string(i) +
                                    "].epoch must ascend and come before epoch " + std::to_string(now.value));
    }
    out.push_back(std::move(committee));
  }
  return out;
}

Json json_of(const std::vector<EarlierCommittee>& list) {
  Json out = Json::array();
  for (const EarlierCommittee& committee : list) {
    Json identities = Json::array();
    for (const Bytes& identity : committee.identities) identities.push_back(to_hex(identity));
    out.push_back({{"epoch", committee.epoch.value},
                   {"threshold", committee.threshold},
                   {"identities", std::move(identities)},
                   {"participants", committee.participants}});
  }
  return out;
}

}  // namespace

CommonsDocument at_earlier(const CommonsDocument& document, std::size_t index) {
  MC_CHECK(index < document.earlier.size());
  CommonsDocument out = document;
  const EarlierCommittee& committee = document.earlier[index];
  out.epoch = committee.epoch;
  out.threshold = committee.threshold;
  out.custodians.clear();
  for (const Bytes& identity : committee.identities) out.custodians.push_back({"", identity});
  out.earlier.resize(index);
  return out;
}

Status check_successor(const CommonsDocument& now, const CommonsDocument& next) {
  if (next.epoch.value <= now.epoch.value || next.earlier.size() != now.earlier.size() + 1) {
    return fail(Code::kRefused, "the document of key epoch " + std::to_string(next.epoch.value) + " with " +
                                    std::to_string(next.earlier.size()) + " earlier committees does not follow epoch " +
                                    std::to_string(now.epoch.value) + " with " + std::to_string(now.earlier.size()));
  }
  CommonsDocument before = at_earlier(next, now.earlier.size());
  before.chain_url = now.chain_url;
  before.store_url = now.store_url;
  before.compute_url = now.compute_url;
  CommonsDocument mine = now;
  for (CustodianEntry& entry : mine.custodians) entry.url.clear();
  if (before == mine) return {};
  return fail(Code::kRefused, "the document of key epoch " + std::to_string(next.epoch.value) +
                                  " differs from this commons' in more than its committee");
}

Result<query::LimbBudget> limb_budget_of(const CommonsDocument& document) {
  MC_TRY(query::LimbBudget budget, query::limb_budget(document.profile));
  budget.trains = document.exact;
  budget.proven_starts = !document.exact || !document.owners_trusted;
  return budget;
}

Status check_offered(const CommonsDocument& document, const query::Plan& plan) {
  MC_TRY_STATUS(document.exact ? query::check_exact(plan) : query::check_guarded(plan));
  return document.owners_trusted ? Status() : query::check_untrusted_owners(plan, document.exact);
}

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
  if (!document.exact) json["disclosure"] = document.disclosure;
  if (!document.owners_trusted) json["owners"] = kUntrusted;
  json["purpose"] = document.purpose;
  json["epoch"] = document.epoch.value;
  json["threshold"] = document.threshold;
  json["custodians"] = std::move(custodians);
  if (!document.earlier.empty()) json["earlier"] = json_of(document.earlier);
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
  if (privacy == "guarded") document.disclosure = fields.text("disclosure");
  if (json.contains("owners")) {  // a document without it trusts them
    document.owners_trusted = false;
    if (fields.text("owners") != kUntrusted) fields.wrong("owners", "'" + std::string(kUntrusted) + "' or absent");
  }
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
  if (!document.exact) {
    if (const auto rules = query::disclosure_preset(document.disclosure); !rules) {
      return fail(rules.error().within("commons document: disclosure"));
    }
  }
  if (!chain->is_object()) return fail(Code::kParse, "commons document: chain must be an object");
  Fields on_chain(*chain, "chain.");
  document.deployment.chain_id = on_chain.number("id", UINT64_MAX);
  document.deployment.membership = on_chain.address("membership");
  document.deployment.ledger = on_chain.address("ledger");
  document.deployment.studies = on_chain.address("studies");
  document.confirmations = static_cast<std::uint32_t>(on_chain.number("confirmations", kConfirmationsMax));
  document.chain_url = on_chain.text("url");
  MC_TRY_STATUS(on_chain.status());
  MC_TRY(document.custodians, read_custodians(*custodians));
  MC_TRY(document.earlier, read_all_earlier(json, document.epoch));
  MC_TRY(document.rotations, read_rotations(*rotations));
  MC_TRY(document.schema, data::schema_from_json(schema->dump()));
  return document;
}

}  // namespace mc::client
