// SPDX-License-Identifier: Apache-2.0
// medcommons evidence check | audit: what custodians' signed statements prove, for whoever was handed them; and asking
// those who were absent.
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "cli/local_session.hpp"
#include "cli/verb.hpp"
#include "client/evidence_file.hpp"

namespace mc::cli {
namespace {

struct EvidenceOptions {
  std::string dir;
  std::vector<std::string> files;
};

std::string_view finding_name(protocol::Finding::Kind kind) {
  switch (kind) {
    case protocol::Finding::Kind::kNothing:
      return "nothing";
    case protocol::Finding::Kind::kDispute:
      return "dispute";
    case protocol::Finding::Kind::kLiars:
      return "liars";
  }
  MC_CHECK(false && "every Kind has a name");
}

nlohmann::ordered_json numbers(std::span<const CustodianId> custodians) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const CustodianId custodian : custodians) list.push_back(custodian.value);
  return list;
}

Status check_files(const EvidenceOptions& options, bool json) {
  const std::vector<std::filesystem::path> files(options.files.begin(), options.files.end());
  MC_TRY(const protocol::Evidence evidence, client::read_evidence(files));
  MC_TRY(const LocalSession session, open_session(options.dir));
  MC_TRY(const protocol::Finding finding, client::check_evidence(session.document, session.commons(), evidence));
  if (!json) {
    print(finding.text());
    return {};
  }
  const nlohmann::ordered_json object = {{"subject", evidence.subject.hex()},
                                         {"epoch", evidence.epoch.value},
                                         {"statements", evidence.statements.size()},
                                         {"finding", finding_name(finding.kind)},
                                         {"assurance", protocol::assurance_name(finding.verdict.assurance)},
                                         {"liars", numbers(finding.liars)},
                                         {"equivocators", numbers(finding.equivocators)},
                                         {"disputes", finding.verdict.disputes.size()},
                                         {"text", finding.text()}};
  print(object.dump() + "\n");
  return {};
}

Status audit_file(const EvidenceOptions& options, bool json) {
  const std::filesystem::path file = options.files.at(0);
  MC_TRY(const protocol::Evidence evidence, client::read_evidence({&file, 1}));
  MC_TRY(const client::ReleaseCall call, client::read_call(file));
  MC_TRY(const LocalSession session, open_session(options.dir));
  MC_TRY(const client::LateAudit audit,
         client::ask_absent(session.document, session.commons(), node::http_transports(), call, evidence));
  // Beside the first file, not in its place: what was opened then is judged from the statements of then, ever after.
  std::filesystem::path joined = file;
  joined.replace_extension(".audited");
  MC_TRY_STATUS(write_file_atomically(joined, protocol::encode_evidence(audit.joined)));
  progress("all statements are in " + joined.string());
  for (const std::string& note : audit.notes) progress(note);
  const std::string_view assurance = protocol::assurance_name(audit.verdict.assurance);
  if (json) {
    const nlohmann::ordered_json object = {{"subject", evidence.subject.hex()},
                                           {"answered", numbers(audit.verdict.answered)},
                                           {"assurance", assurance},
                                           {"liars", numbers(audit.verdict.liars)}};
    print(object.dump() + "\n");
    return {};
  }
  std::string text;
  for (const protocol::Dispute& dispute : audit.verdict.disputes) text += dispute.text() + "\n";
  if (!audit.verdict.liars.empty()) text += "named: " + protocol::custodians_text(audit.verdict.liars) + "\n";
  print(text + std::string(assurance) + ": " + std::to_string(audit.verdict.answered.size()) +
        " custodians answered\n");
  return {};
}

}  // namespace

void add_evidence_verbs(CLI::App& app, Invocation& invocation) {
  CLI::App* evidence = app.add_subcommand("evidence", "Judge custodians' signed statements");
  evidence->require_subcommand(1);
  auto options = std::make_shared<EvidenceOptions>();
  CLI::App* check = evidence->add_subcommand(
      "check",
      "Say what the statements in the files prove: nothing, a dispute, or who lies; the chain has the committee");
  check->add_option("files", options->files, "files that `ask` wrote about one release")->required();
  check->add_option("--dir", options->dir, "folder of the commons")->required();
  check->add_flag("--json", invocation.json, "as JSON");
  check->callback([&invocation, options] {
    invocation.action = [options, &invocation] { return check_files(*options, invocation.json); };
  });

  auto audited = std::make_shared<EvidenceOptions>();
  CLI::App* audit = evidence->add_subcommand(
      "audit", "Ask the custodians who were absent for their hashes of a release that could not be verified");
  audit->add_option("file", audited->files, "file that `ask` wrote about the release")->required()->expected(1);
  audit->add_option("--dir", audited->dir, "folder of the commons")->required();
  audit->add_flag("--json", invocation.json, "as JSON");
  audit->callback([&invocation, audited] {
    invocation.action = [audited, &invocation] { return audit_file(*audited, invocation.json); };
  });
}

}  // namespace mc::cli
