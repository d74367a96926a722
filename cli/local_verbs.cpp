// SPDX-License-Identifier: Apache-2.0
// medcommons local up | status | down: a whole commons on loopback.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "cli/cohort_argument.hpp"
#include "cli/verb.hpp"
#include "client/owner_rules.hpp"
#include "node/local_change.hpp"
#include "node/local_commons.hpp"

namespace mc::cli {
namespace {

constexpr std::size_t kSchemaBytesMax = std::size_t{16} << 20;

constexpr std::string_view kDefaultDisclosure = "datashield";
constexpr double kDefaultBudget = 10;
constexpr double kBudgetMax = 1000;

constexpr double kEndowmentEtherMax = 1e6;

/// Of a chain that is there already.
struct ChainOptions {
  std::string url, key;
  std::optional<std::uint64_t> id;
  std::optional<std::uint32_t> confirmations;
  std::optional<double> endowment;
};

struct UpOptions {
  std::string dir, schema;
  std::vector<std::string> cohorts, events, rules;
  std::string dataset = "commons", id_column, profile = "standard", privacy = "exact", owners = "trusted", disclosure;
  double budget = 0;  // 0: not said
  std::uint32_t custodians = 3, threshold = 2;
  std::vector<std::uint32_t> rotations;
  bool conjugation = false;
  std::string custodian_passphrase_file;
  ChainOptions chain;
  std::uint32_t chain_days_ahead = protocol::kWindowsJumpMax;
  bool auto_approve = false;
  std::uint64_t committee_timelock_s = governance::kCommitteeTimelockSeconds;
  std::uint64_t study_timelock_s = node::kLocalStudyTimelockSeconds;
  std::uint32_t voting_period_s = node::kLocalVotingPeriodSeconds;
};

/// "NAME=rules.toml" of one of the cohorts.
Result<std::pair<std::string, data::OwnerRules>> rules_from_argument(const std::string& argument,
                                                                     const std::vector<CohortArgument>& cohorts) {
  const std::size_t equals = argument.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == argument.size()) {
    return fail(Code::kInvalidArgument, "--rules '" + argument + "' must be NAME=rules.toml");
  }
  const std::string name = argument.substr(0, equals), file = argument.substr(equals + 1);
  if (std::ranges::none_of(cohorts, [&](const CohortArgument& cohort) { return cohort.first == name; })) {
    return fail(Code::kInvalidArgument, "--rules '" + argument + "': there is no --cohort '" + name + "'");
  }
  MC_TRY(const std::string text, read_text_file(file, client::kOwnerRulesBytesMax));
  auto rules = client::owner_rules_from_toml(text);
  if (!rules) return fail(rules.error().within(file));
  return std::pair(name, *rules);
}

Result<node::ForeignChainWish> chain_wish(const ChainOptions& options) {
  node::ForeignChainWish wish;
  if (!options.url.empty()) wish.url = options.url;
  wish.chain_id = options.id;
  if (!options.key.empty()) wish.key_file = options.key;
  wish.confirmations = options.confirmations;
  if (wish.confirmations && *wish.confirmations > client::kConfirmationsMax) {
    return fail(Code::kInvalidArgument,
                "--chain-confirmations is at most " + std::to_string(client::kConfirmationsMax) + " blocks");
  }
  if (options.endowment) {
    const double gwei = *options.endowment * 1e9;
    if (!(gwei >= 1) || *options.endowment > kEndowmentEtherMax) {
      return fail(Code::kInvalidArgument, "--chain-endowment is in ether, from 0.000000001 to 1000000");
    }
    wish.endowment_gwei = static_cast<std::uint64_t>(std::llround(gwei));
  }
  return wish;
}

void add_chain_options(CLI::App& verb, ChainOptions& options) {
  verb.add_option("--chain-url", options.url,
                  "http://HOST:PORT of a JSON-RPC node: the commons is founded on that EVM chain (default: a chain of "
                  "its own on this machine)");
  verb.add_option("--chain-key", options.key,
                  "file with the key (64 hexadecimal digits, readable by its owner only) of an account there that pays "
                  "for the founding; given again later, it fills accounts that have spent their endowment");
  verb.add_option("--chain-id", options.id, "id that the chain must have (default: what the node says is believed)");
  verb.add_option("--chain-confirmations", options.confirmations,
                  "blocks on top before anything on that chain counts as final (default: 12)");
  verb.add_option("--chain-endowment", options.endowment,
                  "ether that each account of the commons gets there for its transactions (default: 0.1)");
}

Status up(const UpOptions& options) {
  const bool guarded = options.privacy == "guarded";
  if (!guarded && options.privacy != "exact") {
    return fail(Code::kInvalidArgument, "--privacy is exact or guarded, not '" + options.privacy + "'");
  }
  if (!guarded && (!options.disclosure.empty() || options.budget != 0)) {
    return fail(Code::kInvalidArgument, "--disclosure and --budget belong to --privacy guarded");
  }
  if (options.owners != "trusted" && options.owners != "untrusted") {
    return fail(Code::kInvalidArgument, "--owners is trusted or untrusted, not '" + options.owners + "'");
  }
  if (options.profile != "standard" && options.profile != "train") {
    return fail(Code::kUnsupported,
                "--profile '" + options.profile + "' is not offered; this version has: standard, train");
  }
  node::LocalSpec spec;
  spec.dir = options.dir;
  MC_TRY(const std::string text, read_text_file(options.schema, kSchemaBytesMax));
  auto schema = data::schema_from_json(text);
  if (!schema) return fail(schema.error().within(options.schema));
  spec.schema = std::move(*schema);
  MC_TRY(spec.cohorts, cohorts_from_arguments(options.cohorts));
  for (const std::string& argument : options.events) {
    MC_TRY(EventsArgument events, events_from_argument(argument));
    const auto is_owner = [&](const CohortArgument& cohort) { return cohort.first == events.owner; };
    if (std::ranges::none_of(spec.cohorts, is_owner)) {
      return fail(Code::kInvalidArgument, "--events '" + argument + "': there is no --cohort '" + events.owner + "'");
    }
    spec.events[events.owner].push_back({std::move(events.name), std::move(events.file)});
  }
  for (const std::string& argument : options.rules) {
    MC_TRY(auto owned, rules_from_argument(argument, spec.cohorts));
    if (!spec.rules.insert(std::move(owned)).second) {
      return fail(Code::kInvalidArgument, "--rules '" + argument + "': this cohort has its rules already");
    }
  }
  MC_TRY_STATUS(check_dataset_name(options.dataset));
  spec.dataset = options.dataset;
  if (!options.id_column.empty()) spec.id_column = options.id_column;
  spec.profile = options.profile;
  spec.custodians = options.custodians;
  spec.threshold = options.threshold;
  spec.rotations = options.rotations;
  std::ranges::sort(spec.rotations);
  const auto repeated = std::ranges::unique(spec.rotations);
  spec.rotations.erase(repeated.begin(), repeated.end());
  if (!spec.rotations.empty() && spec.rotations.front() == 0) {
    return fail(Code::kInvalidArgument, "--rotations 0 is no rotation; it takes steps from 1 on");
  }
  spec.conjugation = options.conjugation;
  spec.auto_approve = options.auto_approve;
  spec.owners_trusted = options.owners == "trusted";
  if (guarded) {
    spec.disclosure = options.disclosure.empty() ? std::string(kDefaultDisclosure) : options.disclosure;
    MC_TRY([[maybe_unused]] const query::DisclosureRules rules, query::disclosure_preset(spec.disclosure));
    const double budget = options.budget == 0 ? kDefaultBudget : options.budget;
    if (!(budget > 0) || budget > kBudgetMax) {
      return fail(Code::kInvalidArgument, "--budget is a rho above 0, of at most 1000");
    }
    spec.rho_micro = static_cast<std::uint64_t>(std::llround(budget * 1e6));
  }
  MC_TRY(spec.chain, chain_wish(options.chain));
  spec.committee_timelock_s = options.committee_timelock_s;
  spec.chain_days_ahead = options.chain_days_ahead;
  spec.study_timelock_s = options.study_timelock_s;
  spec.voting_period_s = options.voting_period_s;
  if (!options.custodian_passphrase_file.empty()) {
    spec.custodian_passphrase_file = std::filesystem::absolute(options.custodian_passphrase_file);
  }
  MC_TRY_STATUS(node::local_up(spec, progress));
  progress(guarded
               ? fmt::format("this commons is guarded: the rules of {} decide what may be shown, every answer carries "
                             "noise, and all together may cost rho {:g}",
                             spec.disclosure, static_cast<double>(spec.rho_micro) / 1e6)
               : "this commons is founded as exact: disclosure control and differential privacy are off; for public, "
                 "synthetic or test data only");
  if (!spec.owners_trusted) {
    progress(
        "its owners are not trusted with its key: nothing is answered from which one who calculates could learn it" +
        std::string(guarded ? "" : "; every column is opened once, behind noise of 23 half widths"));
  }
  return {};
}

Status status(const std::string& dir, bool json) {
  MC_TRY(const std::vector<node::LocalProcess> processes, node::local_status(dir));
  if (json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const node::LocalProcess& process : processes) {
      list.push_back({{"role", process.role},
                      {"name", process.name},
                      {"pid", process.pid == 0 ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(process.pid)},
                      {"url", process.url},
                      {"health", process.health}});
    }
    print(list.dump(2) + "\n");
    return {};
  }
  for (const node::LocalProcess& process : processes) {
    print(fmt::format("{:<10}  {:<12}  pid {:>7}  {:<24}  {}\n", process.role, process.name,
                      process.pid == 0 ? std::string("-") : std::to_string(process.pid), process.url, process.health));
  }
  MC_TRY(const node::LocalPaths paths, node::local_paths(dir));
  MC_TRY(const node::LocalRecord record, node::read_local_record(paths));
  for (const node::LocalCohort& cohort : record.cohorts) {
    if (cohort.rules.none()) continue;
    print(fmt::format("{:<10}  {:<12}  {}{}\n", "rules of", cohort.name, data::owner_rules_text(cohort.rules),
                      record.disclosure.empty() ? "; not applied, founded as exact" : ""));
  }
  return {};
}

}  // namespace

void add_local_verbs(CLI::App& app, Invocation& invocation) {
  CLI::App* local =
      app.add_subcommand("local", "A whole commons on this machine: chain, store, compute node, custodians");
  local->require_subcommand(1);

  auto options = std::make_shared<UpOptions>();
  CLI::App* up_verb =
      local->add_subcommand("up", "Found a commons in a folder, or bring it up again; may be interrupted and repeated");
  up_verb->add_option("--dir", options->dir, "folder of the commons")->required();
  up_verb->add_option("--schema", options->schema, "schema.json")->required();
  up_verb->add_option("--cohort", options->cohorts, "NAME=FILE.csv, once per owner")->required();
  up_verb
      ->add_option("--events", options->events,
                   "NAME:EVENTS=FILE.csv, a file of events of the persons of cohort NAME; once per owner and file")
      ->allow_extra_args(false);
  up_verb
      ->add_option("--rules", options->rules,
                   "NAME=rules.toml, what cohort NAME demands of every answer in which its records count, for ever "
                   "(docs/guarded.md); once per owner")
      ->allow_extra_args(false);
  up_verb->add_option("--dataset", options->dataset, "name of the data set, as in FROM (default: commons)");
  up_verb->add_option("--id", options->id_column, "column with person identifiers (default: row numbers from 1)");
  up_verb->add_option("--profile", options->profile, "parameter profile: standard, or train for models at argument S");
  up_verb->add_option("--custodians", options->custodians, "number of key custodians n (default: 3)");
  up_verb->add_option("--threshold", options->threshold, "custodians needed to release t, n >= 2t-1 (default: 2)");
  up_verb
      ->add_option("--rotations", options->rotations,
                   "STEPS,…: rotations to the left that the custodians make keys for (default: none are needed)")
      ->delimiter(',');
  up_verb->add_flag("--conjugation", options->conjugation, "a key for complex conjugation as well");
  up_verb->add_option(
      "--privacy", options->privacy,
      "exact (default; for public, synthetic or test data) or guarded: counts are judged before anything is "
      "shown, answers carry noise and are paid for (docs/guarded.md)");
  up_verb->add_option("--owners", options->owners,
                      "trusted with the commons' key (default), or untrusted: questions from which one who calculates "
                      "could learn of it are refused, which leaves four conditions and values of a person, behind "
                      "noise seen by everybody once, and three in a guarded commons (SECURITY.md)");
  up_verb->add_option("--disclosure", options->disclosure,
                      "whose rules a guarded commons keeps at least: datashield (default), ohdsi, opensafely, uk_llc");
  up_verb->add_option("--budget", options->budget,
                      "privacy budget of a guarded commons, as rho of zero-concentrated privacy (default: 10)");
  up_verb->add_option("--custodian-passphrase-file", options->custodian_passphrase_file,
                      "opens every custodian's secrets (default: a key file for each, in DIR/keys)");
  add_chain_options(*up_verb, options->chain);
  up_verb->add_option("--committee-timelock", options->committee_timelock_s,
                      "seconds between a later committee's approval and its activation (default: 604800, seven days)");
  up_verb->add_option("--chain-days-ahead", options->chain_days_ahead,
                      "days that the chain's time may be ahead of this machine's clock; a chain further ahead makes "
                      "custodians refuse, for they would erase keys of days to come (default: 7)");
  up_verb->add_option("--voting-period", options->voting_period_s,
                      "seconds that a vote stays open unless every chamber is decided before (default: 604800)");
  up_verb->add_option("--study-timelock", options->study_timelock_s,
                      "seconds in which the ethics board may stop an approved study (default: 1, for trying out)");
  up_verb->add_flag("--auto-approve", options->auto_approve, "local members vote yes to whatever the researcher asks");
  up_verb->callback([&invocation, options] { invocation.action = [options] { return up(*options); }; });

  auto dir = std::make_shared<std::string>();
  CLI::App* status_verb = local->add_subcommand("status", "Every process of the commons: role, name, pid, url, health");
  status_verb->add_option("--dir", *dir, "folder of the commons")->required();
  status_verb->add_flag("--json", invocation.json, "as JSON");
  status_verb->callback(
      [&invocation, dir] { invocation.action = [dir, &invocation] { return status(*dir, invocation.json); }; });

  auto change = std::make_shared<node::ChangeSpec>();
  auto passphrase_file = std::make_shared<std::string>();
  CLI::App* change_verb = local->add_subcommand("change-committee",
                                                "Give the commons another committee and carry its data over: propose, "
                                                "vote, make keys, wait, carry, activate; may "
                                                "be interrupted and repeated");
  change_verb->add_option("--dir", *dir, "folder of the commons")->required();
  change_verb->add_option("--custodians", change->custodians, "number of custodians n of the new committee")
      ->required();
  change_verb->add_option("--threshold", change->threshold, "custodians needed to release t, n >= 2t-1")->required();
  change_verb
      ->add_option(
          "--without", change->without,
          "NUMBER,…: custodians in office who are lost and take no part (with fewer than 2t-1 left a lie about "
          "the switching key may go unnoticed)")
      ->delimiter(',');
  change_verb->add_option("--custodian-passphrase-file", *passphrase_file,
                          "opens every new custodian's secrets (default: a key file for each, in DIR/keys)");
  change_verb->callback([&invocation, change, dir, passphrase_file] {
    invocation.action = [=] {
      node::ChangeSpec spec = *change;
      spec.dir = *dir;
      if (!passphrase_file->empty()) spec.custodian_passphrase_file = std::filesystem::absolute(*passphrase_file);
      return node::change_local_committee(spec, progress);
    };
  });

  CLI::App* down = local->add_subcommand("down", "End every process of the commons; what is stored stays");
  down->add_option("--dir", *dir, "folder of the commons")->required();
  down->callback([&invocation, dir] { invocation.action = [dir] { return node::local_down(*dir, progress); }; });
}

}  // namespace mc::cli
