// SPDX-License-Identifier: Apache-2.0
// medcommons patient key | read: what somebody else asks about her own record, and she alone can read.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "cli/answer_json.hpp"
#include "cli/local_session.hpp"
#include "cli/verb.hpp"
#include "client/personal_answer.hpp"
#include "client/public_records.hpp"
#include "client/researcher.hpp"
#include "client/store_client.hpp"

namespace mc::cli {
namespace {

struct PatientOptions {
  std::string dir, owner, row, file;
  std::string researcher = std::string(node::kResearcherName);
};

/// That there is such a record: a key for nobody's would be found out only when its study is approved and asked.
Status find_record(const LocalSession& session, const client::OwnerKeys& keys, const PatientOptions& options) {
  const client::CommonsDocument& document = session.document;
  const auto transport = node::http_transports()(document.store_url, "the store");
  client::StoreClient store(*transport);
  MC_TRY(const fhe::ParamsPtr params, fhe::Params::named(document.profile));
  client::PublicRecords records(document, params);
  MC_TRY_STATUS(records.follow_consent(session.commons(), store));
  const governance::Address owner = keys.wallet.address();
  const Hash256 person =
      governance::person_commitment(keys.patient_seed, governance::dataset_id(document.dataset), owner, options.row);
  if (records.consent().leaf(owner, person)) return {};
  return fail(Code::kNotFound, "there is no row '" + options.row + "' with owner '" + options.owner + "'");
}

Status make_key(const PatientOptions& options, bool json) {
  MC_TRY(const LocalSession session, open_session(options.dir));
  MC_TRY(const client::OwnerKeys keys, hospital_keys(session, options.owner));
  MC_TRY_STATUS(find_record(session, keys, options));
  MC_TRY(const node::LocalMember researcher, node::local_member(session.paths, session.record, options.researcher));
  MC_TRY(const client::PersonalKey key, client::make_personal_key(session.document, session.commons(), keys,
                                                                  options.row, researcher.wallet.address()));
  MC_TRY_STATUS(write_file_atomically(options.file, client::encode_personal_key(key)));
  if (json) {
    print(nlohmann::ordered_json{{"file", options.file},
                                 {"study", key.study.hex()},
                                 {"person", key.person.person.hex()},
                                 {"signature", to_hex(key.person.signature)}}
              .dump() +
          "\n");
    return {};
  }
  print(
      fmt::format("{}: for {} to ask about row {} of {} in study {}; answers go to the patient alone\n"
                  "next: medcommons ask --dir {} --person {} --sealed answer.sealed 'SELECT avg(…) FROM {}'\n",
                  options.file, options.researcher, options.row, options.owner, key.study.hex().substr(0, 16),
                  options.dir, options.file, session.document.dataset));
  return {};
}

Status read_answer(const PatientOptions& options, bool json) {
  MC_TRY(const LocalSession session, open_session(options.dir));
  MC_TRY(const client::OwnerKeys owner, hospital_keys(session, options.owner));
  MC_TRY(const Bytes sealed, read_file(options.file, client::kPersonalAnswerBytesMax));
  const client::ResearcherKeys keys{governance::derive_patient_wallet(owner.patient_seed, options.row),
                                    client::derive_personal_secret(owner.patient_seed, options.row)};
  const client::Researcher patient(session.document, keys, session.commons(), node::http_transports());
  auto answer = patient.open_personal(sealed);
  if (!answer) return fail(answer.error().within(options.file));
  print(json ? answer_json(*answer, session.document, session.record.auto_approve)
             : answer_text(*answer, session.document, session.record.auto_approve));
  return {};
}

}  // namespace

void add_patient_verbs(CLI::App& app, Invocation& invocation) {
  CLI::App* patient = app.add_subcommand("patient", "What a patient lets others ask about her record, for her alone");
  patient->require_subcommand(1);
  const auto add = [&](const std::string& name, const std::string& what, auto action) {
    auto options = std::make_shared<PatientOptions>();
    CLI::App* verb = patient->add_subcommand(name, what);
    verb->add_option("--dir", options->dir, "folder of the commons")->required();
    verb->add_option("--owner", options->owner, "name of the cohort")->required();
    verb->add_option("--row", options->row, "her id: row number from 1, or the value of the --id column")->required();
    verb->add_flag("--json", invocation.json, "as JSON");
    verb->callback([&invocation, options, action] {
      invocation.action = [options, action, &invocation] { return action(*options, invocation.json); };
    });
    return std::pair(verb, options);
  };
  const auto [key, key_options] =
      add("key", "Make the key that answers about her record go to, for a researcher's next study", make_key);
  key->add_option("--out", key_options->file, "file to write, for the researcher")->required();
  key->add_option("--for", key_options->researcher, "which researcher will ask (default: researcher)");
  const auto [read, read_options] = add("read", "Open an answer that `ask --sealed` wrote for her", read_answer);
  read->add_option("file", read_options->file, "the sealed answer")->required();
}

}  // namespace mc::cli
