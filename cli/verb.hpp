// SPDX-License-Identifier: Apache-2.0
// How a verb of the command line is built: it adds its options to the parser and leaves behind what to do.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>

#include "base/result.hpp"

namespace mc::cli {

/// What the command line asked for.
struct Invocation {
  std::function<Status()> action;
  bool json = false;  // errors also go to standard output as {"error":{…}}
};

/// Prints to standard output, whole.
void print(const std::string& text);
/// A progress line on standard error, so that standard output stays clean for pipes.
void progress(const std::string& line);

/// A verb about a local commons, its `--dir`, that a member of it may act in, its `--as`. Options have `dir` and `as`.
template <class Options>
struct MemberVerb {
  const char* name;
  const char* what;
  Status (*action)(const Options&, bool json);
  bool acts;
};
template <class Options>
CLI::App* add_member_verb(CLI::App& family, Invocation& invocation, const std::shared_ptr<Options>& options,
                          const MemberVerb<std::type_identity_t<Options>>& verb) {
  CLI::App* added = family.add_subcommand(verb.name, verb.what);
  added->add_option("--dir", options->dir, "folder of the commons")->required();
  if (verb.acts) added->add_option("--as", options->as, "which local member acts")->required();
  added->add_flag("--json", invocation.json, "as JSON");
  added->callback([&invocation, options, action = verb.action] {
    invocation.action = [options, action, &invocation] { return action(*options, invocation.json); };
  });
  return added;
}

// One function per family of verbs.
void add_schema_verbs(CLI::App& app, Invocation& invocation);
void add_local_verbs(CLI::App& app, Invocation& invocation);
void add_upload_verb(CLI::App& app, Invocation& invocation);
void add_ask_verb(CLI::App& app, Invocation& invocation);
void add_check_verbs(CLI::App& app, Invocation& invocation);
void add_explain_verb(CLI::App& app, Invocation& invocation);
void add_model_verbs(CLI::App& app, Invocation& invocation);
void add_member_verbs(CLI::App& app, Invocation& invocation);
void add_study_verbs(CLI::App& app, Invocation& invocation);
void add_budget_verbs(CLI::App& app, Invocation& invocation);
void add_committee_verbs(CLI::App& app, Invocation& invocation);
void add_consent_verbs(CLI::App& app, Invocation& invocation);
void add_patient_verbs(CLI::App& app, Invocation& invocation);
void add_evidence_verbs(CLI::App& app, Invocation& invocation);
void add_run_verb(CLI::App& app, Invocation& invocation);
void add_custodian_verbs(CLI::App& app, Invocation& invocation);
void add_simulate_verb(CLI::App& app, Invocation& invocation);

}  // namespace mc::cli
