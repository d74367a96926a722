// SPDX-License-Identifier: Apache-2.0
#include "node/local_record.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/codec.hpp"
#include "base/file.hpp"

namespace mc::node {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kRecordBytesMax = std::size_t{1} << 20;
constexpr std::string_view kFormat = "medcommons/local/1";

Result<Json> events_json(const LocalCohort& cohort) {
  Json list = Json::array();
  for (const LocalEvents& events : cohort.events) {
    if (!is_utf8(view_of(events.file.string()))) {
      return fail(Code::kUnsupported,
                  "the path of events '" + events.name + "' of cohort '" + cohort.name + "' is not UTF-8");
    }
    list.push_back({{"name", events.name}, {"file", events.file.string()}, {"sha256", events.file_hash.hex()}});
  }
  return list;
}

/// Of a commons that was founded before there were events the list is not there.
Result<std::vector<LocalEvents>> events_of(const Json& cohort) {
  std::vector<LocalEvents> list;
  if (!cohort.contains("events")) return list;
  for (const Json& entry : cohort.at("events")) {
    LocalEvents events;
    events.name = entry.at("name").get<std::string>();
    events.file = entry.at("file").get<std::string>();
    MC_TRY(events.file_hash, hash_from_hex(entry.at("sha256").get<std::string>()));
    list.push_back(std::move(events));
  }
  return list;
}

Json rules_json(const data::OwnerRules& rules) {
  return {{"minimum_cohort", rules.minimum_cohort},
          {"suppress_below", rules.suppress_below},
          {"largest_share", rules.largest_share}};
}

data::OwnerRules rules_of(const Json& json) {
  return {json.at("minimum_cohort").get<std::uint32_t>(), json.at("suppress_below").get<std::uint32_t>(),
          json.at("largest_share").get<std::uint32_t>()};
}

Json chain_json(const ForeignChain& chain) {
  return {{"url", chain.url}, {"confirmations", chain.confirmations}, {"endowment_gwei", chain.endowment_gwei}};
}

ForeignChain chain_of(const Json& json) {
  return {json.at("url").get<std::string>(), json.at("confirmations").get<std::uint32_t>(),
          json.at("endowment_gwei").get<std::uint64_t>()};
}

}  // namespace

std::string loopback_url(std::uint16_t port) {
  return "http://127.0.0.1:" + std::to_string(port);
}

std::string LocalRecord::chain_url() const {
  return chain ? chain->url : loopback_url(chain_port);
}

governance::Wei LocalRecord::endowment() const {
  // Ether of the embedded chain costs nobody anything.
  constexpr std::uint64_t kEmbeddedGwei = 10'000'000'000;
  return governance::Wei{chain ? chain->endowment_gwei : kEmbeddedGwei} * 1'000'000'000U;
}

Result<LocalPaths> local_paths(const std::filesystem::path& dir) {
  std::error_code error;
  std::filesystem::path root = std::filesystem::absolute(dir, error);
  if (dir.empty() || error) {
    return fail(Code::kInvalidArgument,
                "'" + dir.string() + "' names no folder" + (error ? ": " + error.message() : ""));
  }
  return LocalPaths{std::move(root)};
}

std::string custodian_name(Epoch epoch, std::size_t index) {
  return "custodian-" + (epoch.value == 1 ? "" : std::to_string(epoch.value) + "-") + std::to_string(index);
}

std::string LocalRecord::difference(const LocalRecord& other) const {
  if (dataset != other.dataset) return "its data set is '" + dataset + "', not '" + other.dataset + "'";
  if (profile != other.profile) return "its profile is '" + profile + "', not '" + other.profile + "'";
  // A committee that the chambers have changed is not the one it was founded with.
  if (epoch == other.epoch && (custodians != other.custodians || threshold != other.threshold)) {
    return "its committee is " + std::to_string(threshold) + " of " + std::to_string(custodians);
  }
  if (rotations != other.rotations || conjugation != other.conjugation) {
    return "its keys are for other rotations (--rotations, --conjugation)";
  }
  if (disclosure != other.disclosure || rho_micro != other.rho_micro) {
    return "it is " + (disclosure.empty() ? std::string("exact") : "guarded by the rules of " + disclosure) +
           ", with a budget of its own (--privacy, --disclosure, --budget)";
  }
  if (owners_trusted != other.owners_trusted) {
    return std::string("its owners are ") + (owners_trusted ? "trusted" : "not trusted") + " with its key (--owners)";
  }
  if (schema != other.schema) return "its schema is another one";
  if (id_column != other.id_column) return "its --id column is another one";
  for (std::size_t i = 0; i < std::min(cohorts.size(), other.cohorts.size()); ++i) {
    if (cohorts[i].name != other.cohorts[i].name || cohorts[i].rules == other.cohorts[i].rules) continue;
    return "the rules of cohort '" + cohorts[i].name + "' are: " + data::owner_rules_text(cohorts[i].rules) +
           "; not: " + data::owner_rules_text(other.cohorts[i].rules);
  }
  if (cohorts != other.cohorts) return "its cohorts are other ones, or their files have changed";
  return {};
}

Status write_local_record(const LocalPaths& paths, const LocalRecord& record) {
  Json cohorts = Json::array();
  for (const LocalCohort& cohort : record.cohorts) {
    if (!is_utf8(view_of(cohort.file.string()))) {
      return fail(Code::kUnsupported, "the path of cohort '" + cohort.name + "' is not UTF-8, which JSON cannot hold");
    }
    MC_TRY(Json events, events_json(cohort));
    cohorts.push_back({{"name", cohort.name},
                       {"file", cohort.file.string()},
                       {"sha256", cohort.file_hash.hex()},
                       {"first_person", cohort.first_person},
                       {"events", std::move(events)}});
    if (!cohort.rules.none()) cohorts.back()["rules"] = rules_json(cohort.rules);
  }
  Json json;
  json["format"] = kFormat;
  json["dataset"] = record.dataset;
  json["profile"] = record.profile;
  json["epoch"] = record.epoch.value;
  json["custodians"] = record.custodians;
  json["threshold"] = record.threshold;
  json["rotations"] = record.rotations;
  json["conjugation"] = record.conjugation;
  json["id_column"] = record.id_column ? Json(*record.id_column) : Json(nullptr);
  json["auto_approve"] = record.auto_approve;
  json["disclosure"] = record.disclosure;
  if (!record.owners_trusted) json["owners_trusted"] = false;
  json["rho_micro"] = record.rho_micro;
  json["schema"] = record.schema.hex();
  json["cohorts"] = std::move(cohorts);
  if (record.chain) json["chain"] = chain_json(*record.chain);
  json["ports"] = {{"chain", record.chain_port},
                   {"store", record.store_port},
                   {"compute", record.compute_port},
                   {"custodians", record.custodian_ports}};
  json["ready"] = record.ready;
  return write_file_atomically(paths.record(), view_of(json.dump(2) + "\n"));
}

Result<LocalRecord> read_local_record(const LocalPaths& paths) {
  const auto text = read_text_file(paths.record(), kRecordBytesMax);
  if (!text && text.error().code == Code::kNotFound) {
    return fail(Code::kNotFound, paths.root.string() + " holds no commons; found one with `medcommons local up --dir " +
                                     paths.root.string() + " …`");
  }
  if (!text) return fail(text.error());
  // Our own file: a wrong type in it is damage, whatever the member.
  try {
    const Json json = Json::parse(*text);
    LocalRecord record;
    if (json.at("format").get<std::string>() != kFormat) {
      return fail(Code::kUnsupported, paths.record().string() + ": written by another version of this program");
    }
    record.dataset = json.at("dataset").get<std::string>();
    record.profile = json.at("profile").get<std::string>();
    record.epoch = Epoch(json.at("epoch").get<std::uint32_t>());
    record.custodians = json.at("custodians").get<std::uint32_t>();
    record.threshold = json.at("threshold").get<std::uint32_t>();
    record.rotations = json.at("rotations").get<std::vector<std::uint32_t>>();
    record.conjugation = json.at("conjugation").get<bool>();
    if (!json.at("id_column").is_null()) record.id_column = json.at("id_column").get<std::string>();
    record.auto_approve = json.at("auto_approve").get<bool>();
    record.disclosure = json.at("disclosure").get<std::string>();
    if (json.contains("owners_trusted")) record.owners_trusted = json.at("owners_trusted").get<bool>();
    record.rho_micro = json.at("rho_micro").get<std::uint64_t>();
    MC_TRY(record.schema, hash_from_hex(json.at("schema").get<std::string>()));
    for (const Json& entry : json.at("cohorts")) {
      LocalCohort cohort;
      cohort.name = entry.at("name").get<std::string>();
      cohort.file = entry.at("file").get<std::string>();
      MC_TRY(cohort.file_hash, hash_from_hex(entry.at("sha256").get<std::string>()));
      cohort.first_person = entry.at("first_person").get<std::string>();
      MC_TRY(cohort.events, events_of(entry));
      if (entry.contains("rules")) cohort.rules = rules_of(entry.at("rules"));
      record.cohorts.push_back(std::move(cohort));
    }
    // A commons on the embedded chain has only a port for it.
    if (json.contains("chain")) record.chain = chain_of(json.at("chain"));
    const Json& ports = json.at("ports");
    record.chain_port = ports.at("chain").get<std::uint16_t>();
    record.store_port = ports.at("store").get<std::uint16_t>();
    record.compute_port = ports.at("compute").get<std::uint16_t>();
    record.custodian_ports = ports.at("custodians").get<std::vector<std::uint16_t>>();
    record.ready = json.at("ready").get<bool>();
    return record;
  } catch (const nlohmann::json::exception&) {
    return fail(Code::kCorrupt, paths.record().string() + ": damaged; restore it or remove the folder");
  }
}

}  // namespace mc::node
