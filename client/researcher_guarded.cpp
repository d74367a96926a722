// SPDX-License-Identifier: Apache-2.0
// What Researcher does besides in a guarded commons (R18, R19).
#include <algorithm>

#include "client/owner_rules.hpp"
#include "client/researcher_asking.hpp"
#include "data/record/number.hpp"
#include "query/release/guarded.hpp"
#include "query/release/left_out.hpp"
#include "query/release/privacy.hpp"

namespace mc::client {
namespace {

constexpr std::uint32_t kReleasesOfRun = 3;  // the run, the counts, the answer

/// That survival is told at fewer times than the dictionary declares, until when, and on whose account.
std::string told_until_text(const query::Plan& plan, const query::GuardedVerdict& verdict,
                            const query::PersonsLimit& limit) {
  const auto model = std::ranges::find_if(plan.items, [](const auto& item) { return item.survival.has_value(); });
  std::string text = "survival is told at the first " + std::to_string(verdict.steps) + " of " +
                     std::to_string(query::steps_of(plan)) + " declared times";
  if (verdict.steps > 0 && verdict.steps <= model->survival->times.size()) {
    text += ", up to " + data::number_text(model->survival->times[verdict.steps - 1]);
  }
  text += ", and whoever is followed on is censored there: ";
  if (verdict.ended_by.empty()) {
    return text + "beyond them the noise of the counts adds up to more than the events of a curve certainly are (" +
           limit.name() + ")";
  }
  return text + "beyond them fewer than " + std::to_string(limit.persons) + " persons may be followed of " +
         verdict.ended_by + " (" + limit.name() + "); without those, by WHERE, later times can be told";
}

}  // namespace

Status Researcher::choose_noise(Asking& asking, std::uint64_t rho_nano) const {
  MC_TRY(const governance::Budget budget, chain_.budget_of(asking.study.id));
  MC_TRY(const std::uint32_t used, chain_.releases_used(asking.study.id));
  const std::uint32_t left = asking.study.proposal.releases_max - used;
  if (left < 2) {
    return fail(Code::kRefused,
                "the study has 1 release left; a question to a guarded commons takes two, one for its "
                "counts and one for the answer");
  }
  const std::uint64_t left_nano = budget.left_micro() * 1000;
  if (rho_nano == 0) rho_nano = std::min(left_nano / (left / 2), query::kRhoNanoMax);
  if (rho_nano == 0 || rho_nano > left_nano) {
    return fail(Code::kRefused, "the study's privacy budget has rho " + rho_text(left_nano) +
                                    " left, the question would cost " + rho_text(rho_nano) +
                                    "; ask with a smaller --rho, or propose a new study");
  }
  asking.rho_nano = rho_nano;
  return spread_noise(asking);
}

Status Researcher::spread_noise(Asking& asking) const {
  MC_TRY(const fhe::CommitteeShape shape, committee_shape(document_));
  MC_TRY(asking.noise, guarded_noise(asking.answer.plan, asking.view, *asking.params,
                                     static_cast<std::uint32_t>(shape.pieces().size()), asking.rho_nano, asking.known));
  return {};
}

Status Researcher::afford(Asking& asking, std::uint64_t rho_nano) const {
  MC_TRY_STATUS(choose_noise(asking, rho_nano));
  const query::Plan& plan = asking.answer.plan;
  const std::uint64_t runs = (plan.is_run() ? 1 : 0) + (plan.parameters.empty() ? 0 : 1);
  MC_TRY(const governance::Budget of_study, chain_.budget_of(asking.study.id));
  const std::uint64_t asked = rho_nano + runs * kRhoNanoOfRun;
  if (rho_nano != 0 && asked > of_study.left_micro() * 1000) {
    return fail(Code::kRefused, "the study's privacy budget has rho " + rho_text(of_study.left_micro() * 1000) +
                                    " left, the question may cost " + rho_text(asked) +
                                    ", its run with it; ask with a smaller --rho, or propose a new study");
  }
  const std::uint64_t price = asking.noise.rho_nano + runs * kRhoNanoOfRun;
  MC_TRY(const governance::Budget of_all, chain_.spent_on(governance::dataset_id(document_.dataset)));
  if (price <= of_all.left_micro() * 1000) return {};
  return fail(Code::kRefused, "the privacy budget of data set " + document_.dataset + " has rho " +
                                  rho_text(of_all.left_micro() * 1000) +
                                  " left for all studies together, the question would cost " + rho_text(price) +
                                  ": ask with a smaller --rho, if anything is left, or have the chambers raise it "
                                  "(`medcommons budget propose`); nothing was computed or debited");
}

Status Researcher::prepare_guarded(Asking& asking, std::uint64_t rho_nano) {
  MC_TRY_STATUS(afford(asking, rho_nano));
  MC_TRY_STATUS(force_parameters(asking));
  if (!asking.answer.plan.is_run()) return {};
  MC_TRY(const std::uint32_t used, chain_.releases_used(asking.study.id));
  const std::uint32_t left = asking.study.proposal.releases_max - used;
  if (left < kReleasesOfRun) {
    return fail(Code::kRefused, "the study has " + std::to_string(left) +
                                    " releases left; a question with more than four conditions and values of a person "
                                    "takes three: a run that multiplies them, its counts and the answer");
  }
  MC_TRY_STATUS(authorise_run(asking));
  return run(asking);
}

Status Researcher::compute_part(Asking& asking) {
  MC_TRY_STATUS(foresee(asking));
  const query::Plan& plan = asking.answer.plan;
  if (!plan.is_run()) {
    MC_TRY_STATUS(send_query(asking));
    return check_receipt(asking);
  }
  QueryReceipt& receipt = asking.receipt;
  const QueryReceipt& whole = asking.run.query;
  receipt.sigma_log2.clear();
  receipt.multiplicands.clear();
  std::vector<Hash256> heads;
  for (const std::size_t i : query::places_of_part(plan, asking.part)) {
    receipt.sigma_log2.push_back(whole.sigma_log2[i]);
    receipt.multiplicands.push_back(whole.multiplicands[i]);
    heads.push_back(asking.run.heads[i]);
  }
  std::vector<fhe::Scale> scales;
  for (const query::AnswerBound& bound : asking.bounds.bounds) scales.push_back(bound.scale);
  receipt.result = protocol::hash_results(document_.epoch, scales, heads, receipt.multiplicands);
  return check_receipt(asking);
}

CountsRound Researcher::round_of(const Asking& asking) const {
  return {*asking.params, asking.identities, document_.epoch, asking.available, [this](CustodianId custodian) {
            return connect_(document_.custodians[custodian.value].url, "custodian " + std::to_string(custodian.value));
          }};
}

/// What was released before keeps its sigma, and the other sums share what is left of the question's rho.
Status Researcher::price_part(Asking& asking) {
  const std::vector<query::MomentId> released = query::released_by(asking.answer.plan, asking.part);
  std::vector<query::MomentId> paid;
  if (!asking.counts.is_zero()) paid = query::count_moments(asking.answer.plan);
  MC_TRY(const fhe::CommitteeShape shape, committee_shape(document_));
  for (const auto& [i, sigma] : known_sigmas(round_of(asking), asking.receipt.multiplicands, shape.threshold())) {
    if (i < released.size()) asking.known[released[i]] = sigma;
  }
  // Counts that this question has opened have theirs too.
  for (const query::MomentId id : paid) asking.known[id] = asking.noise.sigma_log2.at(id);
  if (!asking.known.empty()) MC_TRY_STATUS(spread_noise(asking));
  asking.part_noise = noise_of_part(released, asking.bounds, asking.noise, paid);
  return {};
}

Status Researcher::take_rules(Asking& asking) const {
  if (const std::string ignored = ignored_rules(document_, asking.view); !ignored.empty()) {
    asking.answer.notes.push_back(ignored);
  }
  MC_TRY(asking.rules, rules_in_force(document_, asking.study.proposal, asking.view));
  // Before anything is debited.
  const auto broken = query::broken_by_consents(asking.rules, asking.view.owners);
  if (broken) return fail(Code::kRefused, "disclosure control: " + broken->sentence);
  return {};
}

Status Researcher::open_counts(Asking& asking, std::uint64_t rho_nano) {
  MC_TRY_STATUS(choose_noise(asking, rho_nano));
  asking.part = {query::PlanPart::Kind::kCounts};
  MC_TRY_STATUS(compute_part(asking));
  MC_TRY_STATUS(authorise(asking));
  asking.begin("the custodians open the counts to each other and say what may be shown");
  const StopWatch watch;
  MC_TRY(const fhe::CommitteeShape shape, committee_shape(document_));
  const CountsRound round = round_of(asking);
  std::size_t bytes = 0;
  MC_TRY(const query::GuardedVerdict verdict,
         verdict_on_counts(round, {asking.authorisation, asking.answer.plan.sql, {}, {}}, shape.answers_to_detect(),
                           bytes));
  asking.answer.bytes["counts_received"] = bytes;
  asking.answer.timing_ms["counts"] = watch.ms();
  if (verdict.refused) {
    return fail(Code::kRefused, "disclosure control: " + verdict.sentence + " (its counts cost rho " +
                                    rho_text(asking.authorisation.rho_nano) + ", which stays spent)");
  }
  asking.counts = protocol::hash_authorisation(asking.authorisation);
  asking.part = {query::PlanPart::Kind::kGroups, verdict.shown, verdict.steps, verdict.left_out};
  asking.answer.guarded->hidden = verdict.hidden();
  if (verdict.hidden() != 0) {
    const query::PersonsLimit limit = asking.rules.cell_limit();
    asking.answer.notes.push_back(std::to_string(verdict.hidden()) + " of " + std::to_string(verdict.shown.size()) +
                                  " groups are not shown: fewer than " + std::to_string(limit.persons) +
                                  " persons may stand behind them, or behind what they would give away (" +
                                  limit.name() + ")");
  }
  asking.answer.guarded->left_out = query::left_out_texts(asking.answer.plan, asking.part);
  for (const std::string& text : asking.answer.guarded->left_out) {
    const query::PersonsLimit limit = asking.rules.cell_limit();
    asking.answer.notes.push_back(text + ", as if WHERE had excluded it: fewer than " + std::to_string(limit.persons) +
                                  " persons may stand behind it (" + limit.name() + ")");
  }
  if (verdict.steps < query::steps_of(asking.answer.plan)) {
    asking.answer.notes.push_back(told_until_text(asking.answer.plan, verdict, asking.rules.cell_limit()));
  }
  asking.answer.guarded->rules = asking.rules;
  return {};
}

/// What a guarded answer cost and how much noise is in it; counts become whole persons.
Status Researcher::report_guarded(Asking& asking, const query::Plan& shown, std::span<const double> errors,
                                  std::uint32_t pieces) const {
  GuardedReport& report = *asking.answer.guarded;
  const std::vector<query::MomentId> released = query::released_by(asking.answer.plan, asking.part);
  const std::vector<query::MomentId> counts = query::count_moments(asking.answer.plan);
  for (std::size_t i = 0; i < released.size(); ++i) {
    report.sigma_total.push_back(query::sigma_total(asking.bounds.bounds[i], asking.authorisation.sigma_log2[i], pieces,
                                                    asking.params->slot_count()));
    if (std::ranges::find(counts, released[i]) != counts.end()) {
      report.count_deviation = std::max(report.count_deviation, report.sigma_total.back());
    }
  }
  std::vector<double> mean_sigma;
  for (const double sigma : report.sigma_total) {
    mean_sigma.push_back(sigma / static_cast<double>(asking.params->slot_count()));
  }
  query::ResultTable& table = asking.answer.table;
  MC_TRY(table, query::finish(shown, asking.opened.means, errors, asking.params->slot_count(),
                              {mean_sigma, report.rules.rules.round_to}));
  MC_TRY(report.cell_sd,
         query::noise_of_cells(shown, asking.opened.means, errors, mean_sigma, asking.params->slot_count()));
  query::show_noise_digits(report.cell_sd, table);
  query::round_counts(asking.answer.plan, report.rules.rules, table);
  MC_TRY(const governance::Budget budget, chain_.budget_of(asking.study.id));
  report.rho_left_micro = budget.left_micro();
  MC_TRY(const governance::Budget of_all, chain_.spent_on(governance::dataset_id(document_.dataset)));
  report.dataset_left_micro = of_all.left_micro();
  for (const std::string& note :
       {query::unknown_beneath_noise(asking.answer.plan, table), query::what_ignores_noise(asking.answer.plan)}) {
    if (!note.empty()) asking.answer.notes.push_back(note);
  }
  return {};
}

}  // namespace mc::client
