// SPDX-License-Identifier: Apache-2.0
// medcommons upload: one owner's own client process. Encrypts locally; only ciphertext and headers leave it.
#include <fmt/format.h>

#include "base/file.hpp"
#include "cli/verb.hpp"
#include "client/owner.hpp"
#include "client/owner_rules.hpp"
#include "data/packing/owner_records.hpp"
#include "node/local_commons.hpp"
#include "node/role.hpp"

namespace mc::cli {
namespace {

constexpr std::uint32_t kSealThreads = 2;
constexpr std::size_t kProgressSteps = 4;

/// The rules of a file, or those that `local up` was told.
Result<data::OwnerRules> rules_of(const node::LocalCohort& cohort, const std::string& file) {
  if (file.empty()) return cohort.rules;
  MC_TRY(const std::string text, read_text_file(file, client::kOwnerRulesBytesMax));
  auto rules = client::owner_rules_from_toml(text);
  if (!rules) return fail(rules.error().within(file));
  return *rules;
}

Status upload(const std::string& dir, const std::string& owner, const std::string& rules_file) {
  MC_TRY(const node::LocalPaths paths, node::local_paths(dir));
  MC_TRY(const node::LocalRecord record, node::read_local_record(paths));
  const node::LocalCohort* cohort = nullptr;
  for (const node::LocalCohort& candidate : record.cohorts) {
    if (candidate.name == owner) cohort = &candidate;
  }
  if (cohort == nullptr) return fail(Code::kNotFound, "there is no owner '" + owner + "' in " + dir);
  MC_TRY(const data::OwnerRules rules, rules_of(*cohort, rules_file));
  MC_TRY(const client::CommonsDocument document, node::load_document(paths.document()));
  node::ChainLink chain(document);
  MC_TRY_STATUS(chain.commons().verify_deployment());
  MC_TRY(const client::OwnerKeys keys, client::load_or_create_owner_keys(paths.owner(owner)));
  std::vector<data::EventPath> events;
  for (const node::LocalEvents& one : cohort->events) events.push_back({one.name, one.file});
  MC_TRY(const data::OwnerRecords records,
         data::read_owner_records(cohort->file, events, record.id_column, document.schema));
  for (const std::string& note : records.cohort.notes()) progress(owner + ": " + note);
  std::size_t shown = 0;
  const client::UploadJob job{document,
                              keys,
                              records.cohort,
                              records.persons,
                              node::http_transports(),
                              kSealThreads,
                              [&](const client::UploadProgress& state) {
                                const std::size_t step = state.done * kProgressSteps / state.total;
                                if (step == shown) return;
                                shown = step;
                                progress(fmt::format("{}: sealed {} of {} ciphertexts, {:.1f} MB sent", owner,
                                                     state.done, state.total, static_cast<double>(state.bytes) / 1e6));
                              },
                              rules};
  MC_TRY(const client::UploadReport report, client::upload_cohort(job, chain.commons()));
  progress(
      fmt::format("{}: {} rows in {} ciphertexts, {:.1f} MB in {:.1f} s{}", owner, report.rows, report.ciphertexts,
                  static_cast<double>(report.bytes) / 1e6, report.seal_seconds,
                  report.already_published ? " (published before)" : ", manifest and consent attestation on chain"));
  if (!rules.none()) {
    progress(fmt::format("{}: demands of every answer in which its records count: {}{}", owner,
                         data::owner_rules_text(rules),
                         document.exact ? "; not applied, this commons is founded as exact" : ""));
  }
  return {};
}

}  // namespace

void add_upload_verb(CLI::App& app, Invocation& invocation) {
  auto dir = std::make_shared<std::string>();
  auto owner = std::make_shared<std::string>();
  auto rules = std::make_shared<std::string>();
  CLI::App* verb =
      app.add_subcommand("upload", "Encrypt one owner's cohort locally and upload it (`local up` calls it)");
  verb->add_option("--dir", *dir, "folder of the commons")->required();
  verb->add_option("--owner", *owner, "name of the cohort")->required();
  verb->add_option("--rules", *rules,
                   "rules.toml: what this owner demands of every answer in which its records count, for ever "
                   "(docs/guarded.md; default: what `local up` was told)");
  verb->callback([&invocation, dir, owner, rules] {
    invocation.action = [dir, owner, rules] { return upload(*dir, *owner, *rules); };
  });
}

}  // namespace mc::cli
