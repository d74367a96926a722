// SPDX-License-Identifier: Apache-2.0
// medcommons: one program, many verbs. Exit status 0 when done, 1 when refused or failed, 2 when the words are off.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string_view>

#include "cli/verb.hpp"

namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;

void report(std::string_view code, const std::string& message, bool json) {
  if (json) {
    const nlohmann::ordered_json object = {{"error", {{"code", code}, {"message", message}}}};
    mc::cli::print(object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  }
  std::fprintf(stderr, "medcommons: %s\n", message.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app{
      "A medical data commons that nobody has to trust: encrypted records, approved questions, answers that only\n"
      "the requester can read. `medcommons VERB --help` tells the options of a verb."};
  app.name("medcommons");
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("medcommons 0.1.0"));
  mc::cli::Invocation invocation;
  mc::cli::add_local_verbs(app, invocation);
  mc::cli::add_ask_verb(app, invocation);
  mc::cli::add_explain_verb(app, invocation);
  mc::cli::add_model_verbs(app, invocation);
  mc::cli::add_check_verbs(app, invocation);
  mc::cli::add_schema_verbs(app, invocation);
  mc::cli::add_member_verbs(app, invocation);
  mc::cli::add_study_verbs(app, invocation);
  mc::cli::add_budget_verbs(app, invocation);
  mc::cli::add_consent_verbs(app, invocation);
  mc::cli::add_patient_verbs(app, invocation);
  mc::cli::add_committee_verbs(app, invocation);
  mc::cli::add_upload_verb(app, invocation);
  mc::cli::add_evidence_verbs(app, invocation);
  mc::cli::add_simulate_verb(app, invocation);
  mc::cli::add_run_verb(app, invocation);
  mc::cli::add_custodian_verbs(app, invocation);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    const bool json =
        std::any_of(argv, argv + argc, [](const char* word) { return std::string_view(word) == "--json"; });
    report("usage", std::string(error.what()) + "; see `medcommons --help`", json);
    return kUsage;
  }
  mc::Status status = invocation.action();
  // An answer that could not be written was not given.
  if (status && (std::fflush(stdout) != 0 || std::ferror(stdout) != 0))
    status = mc::fail(mc::Code::kIo, "standard output cannot be written");
  if (status) return 0;
  report(mc::code_name(status.error().code), status.error().message, invocation.json);
  return kFailed;
}
