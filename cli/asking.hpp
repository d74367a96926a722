// SPDX-License-Identifier: Apache-2.0
// One question of a local commons, from its text to the opened answer: what `ask` and `check uploads` share.
#pragma once

#include <string>

#include "cli/local_session.hpp"
#include "client/researcher.hpp"

namespace mc::cli {

struct Asking {
  std::string as = std::string(node::kResearcherName);
  std::string study;       // empty: the first that allows the question
  std::string parameters;  // a file with the values of sealed parameters; empty: none
  std::string person;      // a file that a patient made (`patient key`); empty: the question is about a cohort
  double rho = 0;          // 0: not said
  bool quiet = false;
};

/// The question about the patient's record alone; as it is where it says FOR PERSON already.
std::string about(const client::PersonalKey& key, std::string sql);
/// Reads a file of `patient key`.
Result<client::PersonalKey> read_personal_key(const std::string& file);

/// In a commons that approves automatically a question without a study is proposed and voted for first. `examine` sees
/// the plan before anything is computed or paid for, and may refuse it.
///   errors  kInvalidArgument for --rho where it cannot be meant; Researcher::ask's
Result<client::Answer> ask_in(const LocalSession& session, const Asking& asking, const std::string& sql,
                              const std::function<Status(const query::Plan&)>& examine = {});

}  // namespace mc::cli
