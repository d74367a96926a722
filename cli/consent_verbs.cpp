// SPDX-License-Identifier: Apache-2.0
// medcommons consent revoke | grant | show: what a patient decides about her own row.
#include <fmt/format.h>

#include "cli/local_session.hpp"
#include "cli/verb.hpp"
#include "client/patient.hpp"
#include "governance/duo.hpp"

namespace mc::cli {
namespace {

struct ConsentOptions {
  std::string dir, owner, row, purpose;
};

struct Patient {
  LocalSession session;
  client::OwnerKeys keys;
};

Result<Patient> open_patient(const ConsentOptions& options) {
  MC_TRY(LocalSession session, open_session(options.dir));
  bool known = false;
  std::string names;
  for (const node::LocalCohort& cohort : session.record.cohorts) {
    known = known || cohort.name == options.owner;
    names += (names.empty() ? "" : ", ") + cohort.name;
  }
  if (!known) return fail(Code::kNotFound, "there is no owner '" + options.owner + "'; owners are: " + names);
  MC_TRY(client::OwnerKeys keys, client::load_or_create_owner_keys(session.paths.owner(options.owner)));
  return Patient{std::move(session), std::move(keys)};
}

Status change(const ConsentOptions& options, governance::ConsentAction action) {
  MC_TRY(const Patient patient, open_patient(options));
  const client::CommonsDocument& document = patient.session.document;
  client::ConsentChange change;
  change.owner = patient.keys.wallet.address();
  change.row_id = options.row;
  change.action = action;
  change.purpose = document.purpose;
  if (!options.purpose.empty()) {
    MC_TRY(const governance::DuoPurpose purpose, governance::duo_purpose_from_text(options.purpose));
    change.purpose = purpose.code;
  }
  const auto transport = node::http_transports()(document.store_url, "the store");
  client::StoreClient store(*transport);
  MC_TRY(const client::ConsentReceipt receipt,
         client::change_consent(document, patient.session.commons(), store, patient.keys.patient_seed, change));
  print(fmt::format("row {} of {}: consent {} (statement {}, DUO:{:07}); consent root on chain {}\n", options.row,
                    options.owner, receipt.leaf.granted ? "granted" : "revoked", receipt.leaf.sequence, change.purpose,
                    receipt.root.hex()));
  return {};
}

Status show(const ConsentOptions& options) {
  MC_TRY(const Patient patient, open_patient(options));
  const client::CommonsDocument& document = patient.session.document;
  const auto transport = node::http_transports()(document.store_url, "the store");
  client::StoreClient store(*transport);
  MC_TRY(const fhe::ParamsPtr params, fhe::Params::named(document.profile));
  client::PublicRecords records(document, params);
  MC_TRY(const governance::Block now, patient.session.chain->chain().latest_block());
  MC_TRY(const client::DatasetView view, records.look(patient.session.commons(), store, document.purpose, now.time_s));
  const governance::Address owner = patient.keys.wallet.address();
  const Hash256 person = governance::person_commitment(patient.keys.patient_seed,
                                                       governance::dataset_id(document.dataset), owner, options.row);
  const auto leaf = records.consent().leaf(owner, person);
  if (!leaf) return fail(Code::kNotFound, "there is no row '" + options.row + "' with owner '" + options.owner + "'");
  print(fmt::format("row {} of {}: {} for DUO:{:07}, {}\nperson {}\npatient {}\nconsent root on chain {}\n",
                    options.row, options.owner, leaf->granted ? "granted" : "revoked", leaf->purpose,
                    leaf->sequence == 0 ? std::string("as the owner attested at upload")
                                        : "by the patient's statement " + std::to_string(leaf->sequence),
                    leaf->person.hex(), leaf->patient.text(), view.consent_root.hex()));
  return {};
}

}  // namespace

void add_consent_verbs(CLI::App& app, Invocation& invocation) {
  CLI::App* consent = app.add_subcommand("consent", "A patient's consent: revoke, grant, show");
  consent->require_subcommand(1);
  auto options = std::make_shared<ConsentOptions>();
  const auto add = [&](const char* name, const char* what, const std::function<Status()>& action) {
    CLI::App* verb = consent->add_subcommand(name, what);
    verb->add_option("--dir", options->dir, "folder of the commons")->required();
    verb->add_option("--owner", options->owner, "name of the cohort")->required();
    verb->add_option("--row", options->row, "the person's id: row number from 1, or the value of the --id column")
        ->required();
    if (std::string(name) != "show") {
      verb->add_option("--purpose", options->purpose, "DUO code or abbreviation (default: the commons' purpose, GRU)");
    }
    verb->callback([&invocation, action] { invocation.action = action; });
  };
  add("revoke", "Sign a revocation (EIP-712): the person is left out of the very next answer",
      [options] { return change(*options, governance::ConsentAction::kRevoke); });
  add("grant", "Sign a grant", [options] { return change(*options, governance::ConsentAction::kGrant); });
  add("show", "What stands on record", [options] { return show(*options); });
}

}  // namespace mc::cli
