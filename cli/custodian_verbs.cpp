// SPDX-License-Identifier: Apache-2.0
// medcommons custodian rekey | journal | forget: what a custodian does with its own folder.
#include "cli/unlock_options.hpp"
#include "cli/verb.hpp"
#include "node/ledger_mark.hpp"
#include "node/release_journal.hpp"

namespace mc::cli {
namespace {

Status rekey(const std::string& folder, const UnlockOptions& from, const UnlockOptions& to) {
  MC_TRY(const protocol::Unlock old_unlock, client::read_unlock(unlock_source(from), "present passphrase"));
  MC_TRY(const protocol::Unlock new_unlock, client::read_unlock(unlock_source(to), "new passphrase"));
  if (to.key_file.empty() && to.passphrase_file.empty() && to.passphrase_fd < 0) {
    MC_TRY(const protocol::Unlock again, client::read_unlock(unlock_source(to), "new passphrase again"));
    const auto& first = std::get<protocol::Passphrase>(new_unlock).text;
    const auto& second = std::get<protocol::Passphrase>(again).text;
    if (!equal_secret(first, second)) return fail(Code::kInvalidArgument, "the two new passphrases differ");
  }
  MC_TRY_STATUS(client::SecretFolder::rekey(folder, old_unlock, new_unlock));
  progress("the secrets in " + folder + " open with the new passphrase or key from now on");
  return {};
}

Status journal(const std::string& folder) {
  const std::filesystem::path file = std::filesystem::path(folder) / "releases.journal";
  if (!std::filesystem::exists(file)) return fail(Code::kNotFound, file.string() + ": does not exist");
  MC_TRY([[maybe_unused]] const auto opened, node::ReleaseJournal::open(file, [](const node::JournalEntry& entry) {
           print(node::journal_line(entry) + "\n");
         }));
  return {};
}

Status forget(const std::string& folder, const UnlockOptions& from) {
  MC_TRY(const protocol::Unlock unlock, client::read_unlock(unlock_source(from), "passphrase"));
  MC_TRY(const client::SecretFolder secrets, client::SecretFolder::open(folder, unlock));
  const auto consents = node::forget_consents(secrets);
  if (consents) {
    progress("consents that were asked under are given up, " + std::to_string(*consents) +
             " are left: of what is lost this custodian will not notice when a question's consent differs from one of "
             "them by a few persons; the other custodians will");
  } else if (consents.error().code != Code::kConflict) {
    return fail(consents.error());
  }
  const auto lost = node::forget_answers(secrets);
  if (!lost) return consents && lost.error().code == Code::kConflict ? Status{} : fail(lost.error());
  progress(std::to_string(lost->answers) +
           " answers are given up: this custodian will not answer for them again, they stay "
           "counted among the releases of this key epoch, and it says nothing until the chain has come to " +
           fhe::window_text(lost->silent_until) + "; start it then");
  return {};
}

}  // namespace

void add_custodian_verbs(CLI::App& app, Invocation& invocation) {
  CLI::App* custodian = app.add_subcommand("custodian", "What a custodian does with its own folder");
  custodian->require_subcommand(1);

  auto folder = std::make_shared<std::string>();
  auto from = std::make_shared<UnlockOptions>();
  auto to = std::make_shared<UnlockOptions>();
  CLI::App* rekey_verb = custodian->add_subcommand("rekey", "Change the passphrase or key file that opens the secrets");
  rekey_verb->add_option("--folder", *folder, "the custodian's folder")->required();
  add_unlock_options(*rekey_verb, *from, "");
  add_unlock_options(*rekey_verb, *to, "new-");
  rekey_verb->callback([&invocation, folder, from, to] {
    invocation.action = [folder, from, to] { return rekey(*folder, *from, *to); };
  });

  CLI::App* forget_verb = custodian->add_subcommand("forget",
                                                    "When answers.ledger or asked.consents is lost for good: give up "
                                                    "what was in it. Of answers this costs two days of "
                                                    "silence and every question that was opened and is forgotten");
  forget_verb->add_option("--folder", *folder, "the custodian's folder; the custodian must not run")->required();
  add_unlock_options(*forget_verb, *from, "");
  forget_verb->callback(
      [&invocation, folder, from] { invocation.action = [folder, from] { return forget(*folder, *from); }; });

  CLI::App* journal_verb = custodian->add_subcommand(
      "journal", "Every answer and refusal: times, reason, study, release, authorisation, hashes of the shares");
  journal_verb->add_option("--folder", *folder, "the custodian's folder; the custodian must not run")->required();
  journal_verb->callback([&invocation, folder] { invocation.action = [folder] { return journal(*folder); }; });
}

}  // namespace mc::cli
