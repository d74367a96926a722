// SPDX-License-Identifier: Apache-2.0
// medcommons check uploads: whether what owners sealed is what the dictionary says, computed on ciphertext (R20).
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/asking.hpp"
#include "cli/verb.hpp"
#include "query/release/upload_verdict.hpp"

namespace mc::cli {
namespace {

struct CheckOptions {
  std::string dir;
  Asking asking;
};

std::string name_of(const query::UploadFinding& finding) {
  return finding.check.column.empty() ? "persons" : finding.check.column;
}

nlohmann::ordered_json finding_json(const query::UploadFinding& finding) {
  nlohmann::ordered_json json{{"column", finding.check.column},
                              {"check", std::string(query::upload_check_name(finding.check.kind))},
                              {"sum", finding.sum},
                              {"honest", {finding.low, finding.high}},
                              {"violated", finding.violated()}};
  if (finding.check.kind == query::UploadCheckKind::kRange) json["reach"] = finding.reach;
  return json;
}

std::string finding_text(const query::UploadFinding& finding) {
  const std::string what = name_of(finding) + ": " + std::string(query::upload_check_name(finding.check.kind));
  if (finding.violated()) {
    return fmt::format("VIOLATED  {:<32} {:.4g}, honest records give {:.4g} to {:.4g}\n", what, finding.sum,
                       finding.low, finding.high);
  }
  if (finding.check.kind != query::UploadCheckKind::kRange) return {};
  return fmt::format("          {:<32} nobody further than {:.3g} half widths from the middle\n", what, finding.reach);
}

Status check_uploads(const CheckOptions& options, bool json) {
  MC_TRY(const LocalSession session, open_session(options.dir));
  MC_TRY(const client::Answer answer, ask_in(session, options.asking, std::string(query::kCheckUploads)));
  query::UploadNoise noise;
  if (answer.guarded && !answer.guarded->cell_sd.empty()) {
    noise = {answer.guarded->cell_sd.front(), static_cast<double>(answer.guarded->rules.rules.round_to)};
  }
  MC_TRY(const std::vector<query::UploadFinding> findings,
         query::judge_uploads(session.document.schema, answer.table, noise));
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  std::string text;
  std::size_t violated = 0;
  for (const query::UploadFinding& finding : findings) {
    violated += finding.violated() ? 1 : 0;
    list.push_back(finding_json(finding));
    text += finding_text(finding);
  }
  if (json) {
    const nlohmann::ordered_json object{{"persons", answer.table.n},
                                        {"violated", violated},
                                        {"checks", list},
                                        {"study", answer.study.hex()},
                                        {"release", answer.release_number},
                                        {"assurance", protocol::assurance_name(answer.verdict.assurance)}};
    print(object.dump(2) + "\n");
    return {};
  }
  print(text + fmt::format("{} checks over {} persons, {} violated; {}\n", findings.size(), answer.table.n, violated,
                           protocol::assurance_name(answer.verdict.assurance)));
  return {};
}

}  // namespace

void add_check_verbs(CLI::App& app, Invocation& invocation) {
  CLI::App* family = app.add_subcommand("check", "What owners sealed, held against the dictionary");
  family->require_subcommand(1);
  auto options = std::make_shared<CheckOptions>();
  CLI::App* verb = family->add_subcommand(
      "uploads", "Sums on ciphertext that are 0 for honest records: which columns are not what they should be");
  verb->add_option("--dir", options->dir, "folder of the commons")->required();
  verb->add_option("--study", options->asking.study, "which approved study, when several allow the question");
  verb->add_option("--as", options->asking.as, "which researcher (default: researcher)");
  verb->add_option("--rho", options->asking.rho,
                   "what a guarded commons may charge, as rho (default: an even share of what the study has left)");
  verb->add_flag("--json", invocation.json, "as JSON");
  verb->add_flag("--quiet", options->asking.quiet, "no progress lines");
  verb->callback([&invocation, options] {
    invocation.action = [options, &invocation] { return check_uploads(*options, invocation.json); };
  });
}

}  // namespace mc::cli
