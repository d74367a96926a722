// SPDX-License-Identifier: Apache-2.0
#include "cli/answer_json.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/rules_json.hpp"
#include "fhe/threshold/flooding.hpp"
#include "query/release/privacy.hpp"

namespace mc::cli {
namespace {

/// Whether argument S covers what was released (R16), or H.
bool is_statistical(const query::Plan& plan) {
  return !plan.training || query::training_flooding(plan.profile).statistical;
}

using Json = nlohmann::ordered_json;

Json value_json(const query::Value& value) {
  return std::visit(
      [](const auto& v) -> Json {
        if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::monostate>) {
          return nullptr;
        } else if constexpr (std::is_same_v<std::decay_t<decltype(v)>, query::ModelCell>) {
          return Json::parse(v->json);
        } else {
          return v;
        }
      },
      value);
}

constexpr double kShownDelta = 1e-6;

double rho_of(const client::GuardedReport& report) {
  return static_cast<double>(report.rho_nano) / static_cast<double>(query::kNanoPerRho);
}

/// How many pieces of the key draw noise, each with full variance (R19).
double pieces_of(const client::CommonsDocument& document) {
  const auto shape = client::committee_shape(document);
  return shape ? static_cast<double>(shape->pieces().size()) : 1;
}

Json guarded_json(const client::GuardedReport& report, double pieces) {
  Json json;
  json["rho"] = rho_of(report);
  json["epsilon"] = query::epsilon_of(rho_of(report), kShownDelta);
  json["delta"] = kShownDelta;
  json["rho_left"] = static_cast<double>(report.rho_left_micro) / 1e6;
  json["dataset_rho_left"] = static_cast<double>(report.dataset_left_micro) / 1e6;
  json["pieces"] = std::llround(pieces);
  json["count_noise_sd"] = report.count_deviation;
  json["count_noise_sd_of_piece"] = report.count_deviation / std::sqrt(pieces);
  json["sum_noise_sd"] = report.sigma_total;
  json["noise_sd"] = report.cell_sd;
  json["hidden_groups"] = report.hidden;
  if (!report.left_out.empty()) json["left_out"] = report.left_out;
  json["rules"] = rules_json(report.rules);
  json["rules_of"] = rules_of_json(report.rules);
  return json;
}

std::string guarded_text(const client::GuardedReport& report, const query::ResultTable& table, double pieces) {
  std::string noise;
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    double largest = 0;
    for (const std::vector<double>& row : report.cell_sd) largest = std::max(largest, row[column]);
    if (largest > 0) noise += fmt::format("{}{} {:.2g}", noise.empty() ? "" : ", ", table.columns[column], largest);
  }
  if (!noise.empty()) noise = "noise, standard deviation at most: " + noise + "\n";
  if (report.count_deviation > 0) {
    noise +=
        fmt::format("noise in a count of persons, at most: {:.2g}, of which {:.2g} by each of {:g} pieces of the key\n",
                    report.count_deviation, report.count_deviation / std::sqrt(pieces), pieces);
  }
  return fmt::format(
      "{}privacy: cost rho {:.4g} (epsilon {:.3g} at delta {:g}); left are rho {:.4g} of the study and {:.4g} of the "
      "data "
      "set\nrules: {}\n",
      noise, rho_of(report), query::epsilon_of(rho_of(report), kShownDelta), kShownDelta,
      static_cast<double>(report.rho_left_micro) / 1e6, static_cast<double>(report.dataset_left_micro) / 1e6,
      query::rules_text(report.rules));
}

std::vector<std::string> notices(const client::Answer& answer, const client::CommonsDocument& document,
                                 bool auto_approved) {
  std::vector<std::string> lines;
  if (document.exact) {
    lines.emplace_back(
        "this commons is founded as exact: disclosure control (R18) and differential privacy (R19) are off; for "
        "public, "
        "synthetic or test data only");
  }
  if (auto_approved)
    lines.emplace_back(
        "approved automatically: the local members vote yes to what the researcher asks (--auto-approve)");
  if (answer.verdict.assurance == protocol::Assurance::kUnverified) {
    lines.push_back(fmt::format("unverified: {} custodians answered, {} are needed to detect a lie (R8)",
                                answer.verdict.answered.size(), 2 * document.threshold - 1));
  }
  if (answer.plan.training && is_statistical(answer.plan)) {
    lines.emplace_back(
        "argument S of a trained model rests on |x'beta| <= 64 in every iteration and on an information matrix that is "
        "not singular, which nobody checks (docs/design/0029): a model that has not converged may have none");
  }
  for (const std::string& note : answer.notes) lines.push_back(note);
  return lines;
}

}  // namespace

std::string answer_json(const client::Answer& answer, const client::CommonsDocument& document, bool auto_approved) {
  const query::ResultTable& table = answer.table;
  Json json;
  json["columns"] = table.columns;
  json["rows"] = Json::array();
  for (const auto& row : table.rows) {
    Json cells = Json::array();
    for (const query::Value& value : row) cells.push_back(value_json(value));
    json["rows"].push_back(std::move(cells));
  }
  if (!table.group_columns.empty()) {
    json["groups"] = Json::array();
    for (const auto& key : table.groups) {
      Json group;
      for (std::size_t i = 0; i < table.group_columns.size(); ++i) group[table.group_columns[i]] = value_json(key[i]);
      json["groups"].push_back(std::move(group));
    }
  }
  if (!answer.sealed.empty()) json["sealed"] = true;
  json["n"] = table.n;
  json["digits"] = table.digits_min;
  json["column_digits"] = table.digits;
  json["plan_hash"] = query::plan_hash(answer.plan).hex();
  for (const query::PlanScore& score : answer.plan.scores) {
    Json one = {{"name", score.name}, {"equation", score.equation}};
    if (score.is_sealed()) {
      one["sealed"] = true;
    } else {
      one["step"] = score.step;
    }
    one["rounding"] = score.rounding;
    json["scores"].push_back(std::move(one));
  }
  json["study"] = answer.study.hex();
  json["release"] = answer.release_number;
  json["assurance"] = std::string(protocol::assurance_name(answer.verdict.assurance));
  json["argument"] = is_statistical(answer.plan) ? "S" : "H";
  if (is_statistical(answer.plan)) json["lambda"] = fhe::kFloodingLambda;
  json["tau"] = fhe::kReleasesPerEpochMax;
  if (answer.refreshes > 0) json["refreshes"] = answer.refreshes;
  json["privacy"] = document.exact ? "exact" : "guarded";
  if (answer.guarded) json["guarded"] = guarded_json(*answer.guarded, pieces_of(document));
  Json timing;
  for (const auto& [step, ms] : answer.timing_ms) timing[step] = std::round(ms * 10) / 10;
  json["timing_ms"] = std::move(timing);
  json["bytes"] = answer.bytes;
  json["notices"] = notices(answer, document, auto_approved);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string answer_text(const client::Answer& answer, const client::CommonsDocument& document, bool auto_approved) {
  std::string text = query::render_table(answer.table);
  if (!answer.sealed.empty()) {
    return fmt::format("answered for the person alone: study {}, release {}, plan {}\n",
                       answer.study.hex().substr(0, 16), answer.release_number,
                       query::plan_hash(answer.plan).hex().substr(0, 16));
  }
  const std::string argument =
      is_statistical(answer.plan)
          ? fmt::format("S (statistical flooding, lambda {}, tau 2^16)", fhe::kFloodingLambda)
          : fmt::format("H (Hint-RLWE style, at most {} numbers an epoch in commons that are not exact)",
                        client::kHintCoefficients);
  text += fmt::format("digits {}: {}; argument {}; {} by {} of {} custodians\n",
                      document.exact ? "certain" : "down to the noise", answer.table.digits_min, argument,
                      protocol::assurance_name(answer.verdict.assurance), answer.verdict.answered.size(),
                      document.custodians.size());
  for (const query::PlanScore& score : answer.plan.scores) {
    if (score.is_sealed()) {
      text += fmt::format("{}: {}, its coefficients sealed; their rounding moves nobody's score by more than {:.2g}\n",
                          score.name, score.equation, score.rounding);
      continue;
    }
    text += fmt::format("{}: {}, in multiples of {:g}, which {}\n", score.name, score.equation, score.step,
                        score.rounding == 0 ? std::string("changes nobody's score")
                                            : fmt::format("moves nobody's by more than {:.2g}", score.rounding));
  }
  if (answer.refreshes > 0) text += fmt::format("refreshed {} times by the custodians\n", answer.refreshes);
  text += fmt::format("study {}, release {}, plan {}\n", answer.study.hex().substr(0, 16), answer.release_number,
                      query::plan_hash(answer.plan).hex().substr(0, 16));
  if (answer.guarded) text += guarded_text(*answer.guarded, answer.table, pieces_of(document));
  std::string steps;
  for (const char* step : {"plan", "execute", "check", "authorise", "counts", "release", "open", "total"}) {
    if (const auto found = answer.timing_ms.find(step); found != answer.timing_ms.end()) {
      steps += fmt::format("{}{} {:.0f} ms", steps.empty() ? "" : ", ", step, found->second);
    }
  }
  text += "time: " + steps + "\n";
  std::string ways;
  for (const auto& [way, bytes] : answer.bytes) {
    ways += fmt::format("{}{} {}", ways.empty() ? "" : ", ", way, bytes);
  }
  text += "bytes: " + ways + "\n";
  for (const std::string& notice : notices(answer, document, auto_approved)) text += "note: " + notice + "\n";
  return text;
}

}  // namespace mc::cli
