// SPDX-License-Identifier: Apache-2.0
#include "cli/asking.hpp"

#include <fmt/format.h>

#include <cctype>
#include <cmath>

#include "base/file.hpp"
#include "cli/verb.hpp"
#include "client/sealed_parameters.hpp"
#include "query/parse/parser.hpp"
#include "query/release/privacy.hpp"

namespace mc::cli {
namespace {

/// Of a study that --auto-approve makes in a guarded commons.
constexpr std::uint64_t kAutoApprovedRhoMicro = 1'000'000;
constexpr double kRhoMax = static_cast<double>(query::kRhoNanoMax) / static_cast<double>(query::kNanoPerRho);

}  // namespace

std::string about(const client::PersonalKey& key, std::string sql) {
  while (!sql.empty() && (sql.back() == ';' || std::isspace(static_cast<unsigned char>(sql.back())) != 0)) {
    sql.pop_back();
  }
  const auto query = query::parse(sql);
  return query && query->person ? sql : sql + query::for_person_sql(key.person);
}

Result<client::PersonalKey> read_personal_key(const std::string& file) {
  MC_TRY(const Bytes bytes, read_file(file, client::kPersonalKeyBytesMax + 4096));
  auto key = client::decode_personal_key(bytes);
  if (!key) return fail(key.error().within(file));
  return key;
}

Result<client::Answer> ask_in(const LocalSession& session, const Asking& asking, const std::string& question,
                              const std::function<Status(const query::Plan&)>& examine) {
  std::optional<Hash256> study;
  if (!asking.study.empty()) {
    MC_TRY(study, hash_from_hex(asking.study));
  }
  MC_TRY([[maybe_unused]] const node::LocalMember member, node::local_member(session.paths, session.record, asking.as));
  MC_TRY(const client::ResearcherKeys keys, node::local_researcher_keys(session.paths, asking.as));
  client::Researcher researcher(session.document, keys, session.commons(), node::http_transports());
  researcher.keep_evidence_in(session.paths.researcher(asking.as) / "evidence");
  if (!(asking.rho >= 0) || asking.rho > kRhoMax || (asking.rho != 0 && session.document.exact)) {
    return fail(Code::kInvalidArgument, session.document.exact
                                            ? "--rho is for guarded commons; this one is exact"
                                            : fmt::format("--rho is above 0 and at most {:g}", kRhoMax));
  }
  std::optional<client::PersonalKey> personal;
  if (!asking.person.empty()) {
    MC_TRY(personal, read_personal_key(asking.person));
  }
  const std::string sql = personal ? about(*personal, question) : question;
  MC_TRY(const query::Plan plan, researcher.plan(sql));
  if (examine) MC_TRY_STATUS(examine(plan));
  // Said on every answer of such a commons: a named study may have been approved in this way as well.
  if (session.record.auto_approve && !study && !researcher.study_for(query::plan_hash(plan), {})) {
    client::StudyRequest request;
    request.sql = {sql};
    request.use = session.document.purpose;
    if (!session.document.exact) {
      // Runs that come first are paid for besides, each with the least that there is.
      const std::uint64_t of_runs = (plan.is_run() ? 1u : 0u) + (plan.parameters.empty() ? 0u : 1u);
      const auto of_answer = static_cast<std::uint64_t>(std::llround(asking.rho * 1e6));
      request.rho_micro = std::max(kAutoApprovedRhoMicro, of_answer + of_runs);
    }
    MC_TRY(const Hash256 id, researcher.propose(request, personal ? &*personal : nullptr));
    MC_TRY_STATUS(node::approve_by_everybody(session.paths, session.record, session.commons(), id));
  }
  const client::StepFunction step = [&](const std::string& what) {
    if (!asking.quiet) progress(what);
  };
  std::optional<std::string> parameters;
  if (!asking.parameters.empty()) {
    MC_TRY(Bytes file, read_file(asking.parameters, client::kParameterFileBytesMax));
    parameters.emplace(text_of(file));
    wipe(file.data(), file.size());
  }
  const auto rho_nano = static_cast<std::uint64_t>(std::llround(asking.rho * 1e9));
  auto answer = researcher.ask(sql, study, step, rho_nano, parameters);
  if (parameters) wipe(parameters->data(), parameters->size());
  return answer;
}

}  // namespace mc::cli
