// SPDX-License-Identifier: Apache-2.0
// medcommons consent revoke | grant | delegate | import | show | prove: what a patient, or her delegate, decides about
// her own row.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "cli/data_use_options.hpp"
#include "cli/local_session.hpp"
#include "cli/verb.hpp"
#include "client/patient.hpp"
#include "governance/fhir_consent.hpp"

namespace mc::cli {
namespace {

using governance::ConsentAction;

// A patient who is no member needs no more than a few transactions.
constexpr std::uint32_t kPatientsPart = 10;

struct ConsentOptions {
  std::string dir, owner, row, as, to, expires, file, fhir;
  DataUseOptions use;
  bool none = false, on_chain = false;
};

struct Patient {
  LocalSession session;
  client::OwnerKeys keys;
  std::optional<node::LocalMember> delegate;

  [[nodiscard]] const governance::Wallet* signer() const { return delegate ? &delegate->wallet : nullptr; }
};

Result<Patient> open_patient(const ConsentOptions& options) {
  MC_TRY(LocalSession session, open_session(options.dir));
  MC_TRY(client::OwnerKeys keys, hospital_keys(session, options.owner));
  Patient patient{std::move(session), std::move(keys), {}};
  if (!options.as.empty()) {
    MC_TRY(patient.delegate, node::local_member(patient.session.paths, patient.session.record, options.as));
  }
  return patient;
}

Result<client::ConsentChange> wish_of(const ConsentOptions& options, const Patient& patient, ConsentAction action) {
  client::ConsentChange change;
  change.owner = patient.keys.wallet.address();
  change.row_id = options.row;
  change.action = action;
  change.signer = patient.signer();
  MC_TRY(change.use, data_use_of(options.use, patient.session.document.purpose));
  if (!options.expires.empty()) {
    MC_TRY(change.expiry_s, governance::fhir_time_s(options.expires));
  }
  return change;
}

Status carry_out(const ConsentOptions& options, const Patient& patient, const client::ConsentChange& change) {
  const client::CommonsDocument& document = patient.session.document;
  const auto transport = node::http_transports()(document.store_url, "the store");
  client::StoreClient store(*transport);
  MC_TRY(const client::ConsentReceipt receipt,
         client::change_consent(document, patient.session.commons(), store, patient.keys.patient_seed, change));
  if (change.action == ConsentAction::kDelegate) {
    print(fmt::format("row {} of {}: {} (statement {}); consent root on chain {}\n", options.row, options.owner,
                      change.delegate.is_zero()
                          ? std::string("nobody speaks for the person any more")
                          : change.delegate.text() + " speaks for " + governance::data_use_text(change.use) +
                                " until " + governance::fhir_time_text(change.expiry_s),
                      receipt.leaf.sequence, receipt.root.hex()));
    return {};
  }
  print(fmt::format("row {} of {}: consent {} (statement {}, DUO:{:07}{}); consent root on chain {}\n", options.row,
                    options.owner, receipt.leaf.granted ? "granted" : "revoked", receipt.leaf.sequence,
                    change.use.purpose,
                    receipt.leaf.granted && receipt.leaf.expiry_s != 0
                        ? ", until " + governance::fhir_time_text(receipt.leaf.expiry_s)
                        : "",
                    receipt.root.hex()));
  return {};
}

/// Nobody but the chain is asked: not the store, not a custodian.
Status leave_on_chain(const ConsentOptions& options, const Patient& patient, const client::ConsentChange& change) {
  const LocalSession& session = patient.session;
  const governance::Wallet own = governance::derive_patient_wallet(patient.keys.patient_seed, options.row);
  const governance::Wallet& sender = change.signer == nullptr ? own : *change.signer;
  // In a local commons the founder's purse pays.
  MC_TRY_STATUS(node::endow_from_founder(session.commons().chain(), session.paths, session.record,
                                         std::array{sender.address()}, session.record.endowment() / kPatientsPart));
  MC_TRY(const std::uint64_t sequence,
         client::revoke_on_chain(session.document, session.commons(), patient.keys.patient_seed, change));
  print(fmt::format("row {} of {}: revoked on chain, against every statement up to {}; no node was asked\n",
                    options.row, options.owner, sequence));
  return {};
}

Status revoke(const ConsentOptions& options) {
  MC_TRY(const Patient patient, open_patient(options));
  MC_TRY(const client::ConsentChange change, wish_of(options, patient, ConsentAction::kRevoke));
  return options.on_chain ? leave_on_chain(options, patient, change) : carry_out(options, patient, change);
}

Status grant(const ConsentOptions& options) {
  MC_TRY(const Patient patient, open_patient(options));
  MC_TRY(const client::ConsentChange change, wish_of(options, patient, ConsentAction::kGrant));
  return carry_out(options, patient, change);
}

Status delegate(const ConsentOptions& options) {
  MC_TRY(const Patient patient, open_patient(options));
  if (options.to.empty() != options.none) return fail(Code::kInvalidArgument, "give either --to or --none");
  MC_TRY(client::ConsentChange change, wish_of(options, patient, ConsentAction::kDelegate));
  if (!options.none) {
    if (options.to.starts_with("0x")) {
      MC_TRY(change.delegate, governance::address_from_text(options.to));
    } else {
      MC_TRY(const node::LocalMember to, node::local_member(patient.session.paths, patient.session.record, options.to));
      change.delegate = to.wallet.address();
    }
  }
  return carry_out(options, patient, change);
}

Status import(const ConsentOptions& options) {
  MC_TRY(const Patient patient, open_patient(options));
  MC_TRY(const std::string text, read_text_file(options.file, governance::kFhirConsentBytesMax));
  auto read = governance::fhir_consent_from_json(text);
  if (!read) return fail(read.error().within(options.file));
  MC_TRY(client::ConsentChange change, wish_of(options, patient, read->action));
  change.use = read->use;
  change.expiry_s = read->expiry_s;
  return carry_out(options, patient, change);
}

struct OnRecord {
  governance::ConsentLeaf leaf;
  std::optional<std::uint64_t> revoked_on_chain;
  governance::ConsentProof proof;
  Hash256 root;
  std::size_t leaf_count = 0;
};

Result<OnRecord> on_record(const ConsentOptions& options, const Patient& patient) {
  const client::CommonsDocument& document = patient.session.document;
  const auto transport = node::http_transports()(document.store_url, "the store");
  client::StoreClient store(*transport);
  MC_TRY(const fhe::ParamsPtr params, fhe::Params::named(document.profile));
  client::PublicRecords records(document, params);
  MC_TRY(const Hash256 root, records.follow_consent(patient.session.commons(), store));
  const governance::Address owner = patient.keys.wallet.address();
  const Hash256 person = governance::person_commitment(patient.keys.patient_seed,
                                                       governance::dataset_id(document.dataset), owner, options.row);
  const auto leaf = records.consent().leaf(owner, person);
  if (!leaf) return fail(Code::kNotFound, "there is no row '" + options.row + "' with owner '" + options.owner + "'");
  OnRecord out{*leaf, records.consent().revoked_on_chain(*leaf), {}, root, records.consent().size()};
  MC_TRY(out.proof, records.consent().prove(owner, person));
  return out;
}

Status show(const ConsentOptions& options) {
  MC_TRY(const Patient patient, open_patient(options));
  MC_TRY(OnRecord record, on_record(options, patient));
  governance::ConsentLeaf& leaf = record.leaf;
  leaf.granted = leaf.granted && !record.revoked_on_chain;
  if (!options.fhir.empty()) {
    const Hash256 dataset = governance::dataset_id(patient.session.document.dataset);
    const auto release = options.fhir == "r4" ? governance::FhirRelease::kR4 : governance::FhirRelease::kR5;
    print(governance::fhir_consent_to_json(dataset, leaf, release));
    return {};
  }
  std::string how = leaf.sequence == 0 ? std::string("as the owner attested at upload")
                                       : "by statement " + std::to_string(leaf.sequence);
  if (record.revoked_on_chain) how = "on chain, up to statement " + std::to_string(*record.revoked_on_chain);
  print(fmt::format("row {} of {}: {} for DUO:{:07}, {}\n", options.row, options.owner,
                    leaf.granted ? "granted" : "revoked", leaf.use.purpose, how));
  print("use      " + governance::data_use_text(leaf.use) + "\n");
  if (leaf.granted && leaf.expiry_s != 0) print("until    " + governance::fhir_time_text(leaf.expiry_s) + "\n");
  if (!leaf.delegate.is_zero()) {
    print(fmt::format("delegate {} for {} until {}\n", leaf.delegate.text(), governance::data_use_text(leaf.scope),
                      governance::fhir_time_text(leaf.delegate_until_s)));
  }
  print(fmt::format("person {}\npatient {}\nconsent root on chain {}\n", leaf.person.hex(), leaf.patient.text(),
                    record.root.hex()));
  return {};
}

/// What she can show to anybody who reads the chain: her leaf, and the way from it to the root there.
Status prove(const ConsentOptions& options) {
  MC_TRY(const Patient patient, open_patient(options));
  MC_TRY(const OnRecord record, on_record(options, patient));
  const governance::ConsentLeaf& leaf = record.leaf;
  const Hash256 dataset = governance::dataset_id(patient.session.document.dataset);
  MC_CHECK(governance::verify_consent(record.root, dataset, record.leaf_count, leaf, record.proof));
  nlohmann::ordered_json path = nlohmann::ordered_json::array();
  for (const auto& step : record.proof.steps) path.push_back({{"bit", step.bit}, {"sibling", step.sibling.hex()}});
  const nlohmann::ordered_json object = {{"format", "medcommons/consent-proof/1"},
                                         {"dataset", dataset.hex()},
                                         {"consent_root", record.root.hex()},
                                         {"leaves", record.leaf_count},
                                         {"leaf",
                                          {{"owner", leaf.owner.text()},
                                           {"person", leaf.person.hex()},
                                           {"row", leaf.row},
                                           {"patient", leaf.patient.text()},
                                           {"granted", leaf.granted},
                                           {"use", governance::data_use_text(leaf.use)},
                                           {"sequence", leaf.sequence},
                                           {"expires_at", leaf.expiry_s},
                                           {"delegate", leaf.delegate.text()},
                                           {"delegate_until", leaf.delegate_until_s}}},
                                         {"revoked_on_chain_up_to", record.revoked_on_chain.value_or(0)},
                                         {"path", path}};
  print(object.dump(2) + "\n");
  return {};
}

}  // namespace

void add_consent_verbs(CLI::App& app, Invocation& invocation) {
  CLI::App* consent = app.add_subcommand("consent", "A patient's consent: revoke, grant, delegate, show, prove");
  consent->require_subcommand(1);
  auto options = std::make_shared<ConsentOptions>();
  const auto add = [&](const char* name, const char* what, Status (*action)(const ConsentOptions&)) {
    CLI::App* verb = consent->add_subcommand(name, what);
    verb->add_option("--dir", options->dir, "folder of the commons")->required();
    verb->add_option("--owner", options->owner, "name of the cohort")->required();
    verb->add_option("--row", options->row, "the person's id: row number from 1, or the value of the --id column")
        ->required();
    verb->callback([&invocation, options, action] { invocation.action = [=] { return action(*options); }; });
    return verb;
  };
  const auto signs = [&](CLI::App* verb) {
    verb->add_option("--as", options->as, "the local member who signs as her delegate (default: she herself)");
    return verb;
  };
  CLI::App* revoke_verb =
      signs(add("revoke", "Sign a revocation (EIP-712): the person is left out of the very next answer", revoke));
  add_purpose_options(*revoke_verb, options->use);
  revoke_verb->add_flag("--on-chain", options->on_chain,
                        "say it on chain, without any node; custodians heed it at once");
  CLI::App* grant_verb = signs(add("grant", "Sign a grant", grant));
  add_purpose_options(*grant_verb, options->use);
  grant_verb
      ->add_option("--if", options->use.modifiers,
                   "DUO modifiers that a study must undertake or keep within, e.g. NPU,IRB,GS=DE")
      ->delimiter(',')
      ->allow_extra_args(false);
  grant_verb->add_option("--expires", options->expires, "2027-03-01 or 2027-03-01T12:00:00Z (default: never)");
  CLI::App* delegate_verb =
      add("delegate", "Let a guardian or physician grant and revoke for her, within a scope and a time", delegate);
  add_purpose_options(*delegate_verb, options->use);
  CLI::Option* to = delegate_verb->add_option("--to", options->to, "a local member, or an account 0x…");
  delegate_verb->add_flag("--none", options->none, "take the delegation back")->excludes(to);
  delegate_verb->add_option("--expires", options->expires, "when the delegation ends, as 2027-03-01");
  signs(add("import", "Sign what a FHIR Consent resource (R5 or R4) says", import))
      ->add_option("--file", options->file, "the resource, as JSON")
      ->required();
  add("show", "What stands on record", show)
      ->add_option("--fhir", options->fhir, "as a FHIR Consent resource: r5 or r4")
      ->check(CLI::IsMember({"r5", "r4"}));
  add("prove", "What stands on record, with the proof that it is in the consent root on chain, as JSON", prove);
}

}  // namespace mc::cli
