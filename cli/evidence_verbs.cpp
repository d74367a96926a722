// SPDX-License-Identifier: Apache-2.0
// medcommons evidence check: what custodians' signed statements prove, for whoever was handed them.
#include <nlohmann/json.hpp>

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
}

}  // namespace mc::cli
