// SPDX-License-Identifier: Apache-2.0
#include "query/release/guarded.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <random>

#include "base/check.hpp"
#include "query/plan/explain.hpp"
#include "query/plan/node_words.hpp"
#include "query/plan/partial_plan.hpp"
#include "query/plan/value_counts.hpp"
#include "query/release/judged_counts.hpp"
#include "query/release/left_out.hpp"
#include "query/release/noisy_tests.hpp"
#include "query/release/refresh_margin.hpp"
#include "query/release/what_helps.hpp"

namespace mc::query {
namespace {

/// What a count is of, in the words of the question.
std::string text_of(const Plan& plan, MomentId id) {
  return node_words(plan, plan.moments[id.value]);
}

/// Of 0/1 columns that are read as numbers, who has 1 and who has 0; nobody where that may be shown.
std::vector<JudgedCount> value_counts_in(const Plan& plan, std::span<const FollowingCount> following,
                                         const CountsById& counts, const DisclosureRules& rules) {
  std::vector<JudgedCount> found;
  for (const FollowingCount& one : following) {
    JudgedCount judged;
    NoisyCount& count = judged.count;
    const auto add = [&](const std::vector<MomentId>& sums, double sign) {
      for (const MomentId id : sums) {
        const NoisyCount& sum = counts.at(id);
        count = {count.value + sign * sum.value, std::hypot(count.sigma, sum.sigma)};
        const std::string words = text_of(plan, id);
        judged.whose += sign < 0 ? " but not (" + words + ")" : (judged.whose.empty() ? "" : " or ") + words;
      }
    };
    add(one.sums, 1);
    add(one.less, -1);
    if (!rules.empty_cells_shown || !certainly_nobody(count)) found.push_back(std::move(judged));
  }
  return found;
}

/// How many the group is told of.
NoisyCount persons_of(const PlanGroup& group, const CountsById& counts) {
  if (group.standing.empty()) return counts.at(group.n);
  NoisyCount persons;
  for (const MomentId id : group.standing) persons = sum_of(persons, counts.at(id));
  return persons;
}

/// All counts that the rules go by in a group. A stratum with nobody in it that may be shown as such is none of them.
std::vector<JudgedCount> judged_in(const Plan& plan, const PlanGroup& group, std::vector<JudgedCount> besides,
                                   const CountsById& counts, const DisclosureRules& rules) {
  std::vector<JudgedCount> judged = {{persons_of(group, counts), ""}};
  std::vector<MomentId> strata = group.guards;
  std::size_t first = 0;
  for (const PlanItem& item : plan.items) {
    const auto cells = std::span(group.cells).subspan(first, item.strata);
    first += item.strata;
    if (plan.parameters.criterion) continue;
    if (is_of_predictor(item.statistic)) {
      std::ranges::move(predictor_counts_in(item, cells, counts, rules), std::back_inserter(judged));
    } else {
      for (const CellMoments& cell : cells) strata.push_back(cell.n);
    }
  }
  for (const MomentId id : strata) {
    // A stratum that no record can be in says nothing about anybody; one that is not counted has no sums.
    if (id == kZeroMoment || id == group.n) continue;
    if (rules.empty_cells_shown && certainly_nobody(counts.at(id))) continue;
    judged.push_back({counts.at(id), text_of(plan, id)});
  }
  std::ranges::move(besides, std::back_inserter(judged));
  return judged;
}

/// The one that is least certain to be large: what the rules see of a group.
NoisyCount smallest_of(std::span<const JudgedCount> judged) {
  const auto least = [](const JudgedCount& one) { return one.count.value - kCountMargin * one.count.sigma; };
  return std::ranges::min_element(judged, {}, least)->count;
}

/// Whose counts may be too small, each once: "arm = 'B'", "grade=3 (events)". None of a group that may be too small as
/// a whole.
std::vector<std::string> too_few_of(const Plan& plan, const std::vector<std::vector<JudgedCount>>& groups,
                                    std::uint32_t least) {
  std::vector<std::string> names;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const std::string group = plan.group_columns.empty() ? "" : group_text(plan, plan.groups[g]) + ": ";
    if (!certainly_at_least(groups[g].front().count, least)) continue;  // all of the group
    for (const JudgedCount& one : groups[g]) {
      std::string name = group + one.whose;
      if (certainly_at_least(one.count, least) || std::ranges::find(names, name) != names.end()) continue;
      names.push_back(std::move(name));
    }
  }
  return names;
}

/// As many as a sentence bears.
std::string listed_few(std::span<const std::string> names) {
  constexpr std::size_t kBytesMax = 400;
  std::string text;
  for (const std::string& name : names) {
    if (text.size() + name.size() > kBytesMax) return text + (text.empty() ? "" : "; ") + "others";
    text += (text.empty() ? "" : "; ") + name;
  }
  return text;
}

/// Curves that are followed no longer than is told, of the groups that are shown: they end the times of all.
std::string ended_by(const Plan& plan, std::span<const PlanGroup> told, const GuardedVerdict& verdict,
                     const CountsById& counts, const DisclosureRules& rules) {
  std::vector<std::string> names;
  for (std::size_t g = 0; g < told.size(); ++g) {
    if (verdict.shown[g] == 0) continue;
    const std::string group = plan.group_columns.empty() ? "" : group_text(plan, plan.groups[g]) + ": ";
    for_each_model(plan, told[g], &PlanItem::survival, [&](const PlanSurvival& item, std::span<const MomentId> sums) {
      for (const Followed::Until& one : followed_in(item, sums, counts, rules).until) {
        if (one.steps == verdict.steps && one.steps < item.times.size()) {
          names.push_back(group + item.strata[one.stratum]);
        }
      }
    });
  }
  return listed_few(names);
}

/// Whose rule it is, in a sentence that ends with the number it asks for.
std::string by_rule(const PersonsLimit& limit) {
  return limit.whose.empty() ? "" : " (" + limit.name() + ")";
}

}  // namespace

std::size_t GuardedVerdict::hidden() const {
  return static_cast<std::size_t>(std::ranges::count(shown, 0));
}

Status check_guarded(const Plan& plan) {
  if (plan.person) {
    return fail(Code::kUnsupported, "a guarded commons answers nothing about one record, not even to its person");
  }
  if (!std::ranges::all_of(plan.comparisons, &PlanComparison::is_proven)) {
    return fail(Code::kUnsupported,
                "a guarded commons compares no score that multiplies columns (interactions and powers), whose values "
                "an owner could make too large for any start of a comparison: write the equation without them, or "
                "compare the columns themselves with thresholds");
  }
  if (!plan.training && refresh_margin_log2(plan) < kRefreshMarginMin) {
    return fail(Code::kUnsupported,
                "a guarded commons multiplies at most nine conditions and values of a person, eight where several "
                "conditions are of more than one category or are a NOT, and this question needs more: ask with fewer "
                "conditions or groups, or without columns that have missing values");
  }
  if (plan.is_run() && !plan.training && !plan.parameters.empty()) {
    return fail(Code::kUnsupported,
                "sealed parameters and more than four conditions and values of a person are two runs: ask with one of "
                "them");
  }
  const auto has = [&](const auto& is) { return std::ranges::any_of(plan.items, is); };
  if (plan.training) {
    return fail(
        Code::kUnsupported,
        "a guarded commons does not offer models that are trained: what one person changes in them is not bounded; ask "
        "for linear_regression, kaplan_meier, logistic_regression or cox of categories or factor(measurement), auc, "
        "calibration, counts, sums, means, variances, correlations or tables");
  }
  const auto is_model = [](const PlanItem& item) {
    return item.model || item.is_counted() || is_of_predictor(item.statistic);
  };
  if (plan.parameters.criterion && has(is_model)) {
    return fail(Code::kUnsupported,
                "a model of persons whom a sealed list or threshold chooses is not offered, nor its auc and "
                "calibration: who is in its categories could not be judged");
  }
  return {};
}

Status check_exact(const Plan& plan) {
  if (plan.parameters.empty()) return {};
  if (plan.person && !plan.is_run()) return {};
  if (plan.person) {
    return fail(
        Code::kUnsupported,
        "sealed weights and what is computed in a run, a score whose coefficients are public, are two questions");
  }
  return fail(
      Code::kUnsupported,
      "sealed parameters are for guarded commons, where noise hides what they pick out; in a commons founded as "
      "exact write the numbers into the query, or ask FOR PERSON: then they pick out nobody but her who reads the "
      "answer");
}

GuardedVerdict judge_groups(const Plan& plan, std::span<const NoisyCount> counts, const RulesInForce& rules) {
  const std::vector<MomentId> ids = count_moments(plan);
  MC_CHECK(counts.size() == ids.size());
  const PersonsLimit cohort_limit = rules.cohort_limit(), cell_limit = rules.cell_limit();
  DisclosureRules limits = rules.rules;
  limits.cohort_min = cohort_limit.persons;
  limits.cell_min = cell_limit.persons;
  CountsById by_id = {{kZeroMoment, {}}};
  for (std::size_t i = 0; i < ids.size(); ++i) by_id.emplace(ids[i], counts[i]);
  NoisyCount cohort;
  std::vector<std::uint32_t> steps;                 // per group
  std::vector<std::vector<JudgedCount>> judged_of;  // per group
  const ValueCounts values(plan);
  std::vector<LeftOut> left_out;  // per group
  std::vector<PlanGroup> told;    // the groups without it
  for (const PlanGroup& whole : plan.groups) {
    left_out.push_back(left_out_of(plan, whole, by_id, limits));
    told.push_back(without(plan, whole, left_out.back().sums));
  }
  for (std::size_t i = 0; i < told.size(); ++i) {
    const PlanGroup& group = told[i];
    cohort = sum_of(cohort, persons_of(group, by_id));
    std::uint32_t& until = steps.emplace_back(left_out[i].steps.value_or(steps_of(plan)));
    std::vector<JudgedCount> least = value_counts_in(plan, values.of(group), by_id, limits);
    for_each_model(plan, group, &PlanItem::outcomes, [&](const PlanOutcomes& item, std::span<const MomentId> sums) {
      std::ranges::move(outcomes_in(item, sums, by_id, limits), std::back_inserter(least));
    });
    for_each_model(plan, group, &PlanItem::survival, [&](const PlanSurvival& item, std::span<const MomentId> sums) {
      const Followed followed = followed_in(item, sums, by_id, limits);
      if (followed.steps < item.times.size()) until = std::min(until, followed.steps);
      least.insert(least.end(), followed.least.begin(), followed.least.end());
    });
    judged_of.push_back(judged_in(plan, group, std::move(least), by_id, limits));
  }
  const auto judge = [&] {
    std::vector<NoisyCount> cells;
    for (const std::vector<JudgedCount>& judged : judged_of) cells.push_back(smallest_of(judged));
    return judge_cells(cohort, cells, limits);
  };
  CohortVerdict judged = judge();
  GuardedVerdict verdict;
  if (steps_of(plan) > 0 && !judged.refused) {
    verdict.steps = steps_of(plan);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (judged.cells[i] == CellVerdict::kShown) verdict.steps = std::min(verdict.steps, steps[i]);
    }
    for (std::size_t i = 0; i < plan.groups.size(); ++i) {
      const auto add_events = [&](const PlanSurvival& item, std::span<const MomentId> sums) {
        std::ranges::move(events_in(item, sums, verdict.steps, by_id, limits), std::back_inserter(judged_of[i]));
      };
      for_each_model(plan, told[i], &PlanItem::survival, add_events);
    }
    judged = judge();
  }
  if (judged.refused) return {true, judged.sentence + by_rule(cohort_limit), {}, cohort_limit.rule};
  for (const CellVerdict cell : judged.cells) verdict.shown.push_back(cell == CellVerdict::kShown ? 1 : 0);
  for (std::size_t i = 0; i < left_out.size(); ++i) {
    const std::vector<MomentId>& sums = left_out[i].sums;
    if (verdict.shown[i] != 0) verdict.left_out.insert(verdict.left_out.end(), sums.begin(), sums.end());
  }
  std::ranges::sort(verdict.left_out);
  if (verdict.hidden() < verdict.shown.size()) {
    if (verdict.steps < steps_of(plan)) verdict.ended_by = ended_by(plan, told, verdict, by_id, limits);
    return verdict;
  }
  const bool one = plan.groups.size() == 1;
  const std::vector<std::string> whose = too_few_of(plan, judged_of, limits.cell_min);
  return {true,
          std::string(one ? "the answer" : "every group") + " may stand on fewer than " +
              std::to_string(cell_limit.persons) + " persons, or one of its categories or bins may" +
              by_rule(cell_limit) +
              (whose.empty() ? ""
                             : ", which is said of " + listed_few(whose) +
                                   what_helps(plan, plan.groups.front(), whose, by_id, limits)) +
              "; ask for a larger cohort or wider ones, or with a larger --rho: of a count 4.8 deviations of its noise "
              "are taken off before it is judged",
          {},
          cell_limit.rule};
}

void round_counts(const Plan& plan, const DisclosureRules& rules, ResultTable& table) {
  const auto persons = [&](double value) { return shown_count(value, rules); };
  table.n = persons(static_cast<double>(table.n));
  std::size_t column = 0;
  for (const PlanItem& item : plan.items) {
    const bool counts = item.statistic == Statistic::kCountRows || item.statistic == Statistic::kCount ||
                        item.statistic == Statistic::kRegrCount || item.statistic == Statistic::kHistogram;
    for (std::size_t i = 0; i < item.names.size(); ++i, ++column) {
      if (!counts) continue;
      for (std::vector<Value>& row : table.rows) {
        if (const auto* real = std::get_if<double>(&row[column])) row[column] = persons(*real);
        if (const auto* whole = std::get_if<std::int64_t>(&row[column])) {
          row[column] = persons(static_cast<double>(*whole));
        }
      }
    }
  }
}

namespace {

/// Of every column of the table.
std::vector<Statistic> statistics_of(const Plan& plan) {
  std::vector<Statistic> statistics;
  for (const PlanItem& item : plan.items) statistics.insert(statistics.end(), item.names.size(), item.statistic);
  return statistics;
}

std::optional<double> number_of(const Value& value) {
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  return std::nullopt;
}

}  // namespace

Result<std::vector<std::vector<double>>> noise_of_cells(const Plan& plan, std::span<const double> means,
                                                        std::span<const double> sum_errors,
                                                        std::span<const double> mean_sigma, std::size_t slot_count) {
  std::mt19937_64 random(1);  // the same answer has the same deviations
  std::normal_distribution<double> normal;
  const AddedNoise without_draws{mean_sigma, 1, 0};
  MC_TRY(const ResultTable table, finish(plan, means, sum_errors, slot_count, without_draws));
  const std::size_t columns = table.columns.size();
  const std::vector<Statistic> statistics = statistics_of(plan);
  std::vector<std::vector<double>> squares(table.rows.size(), std::vector<double>(columns, 0));
  std::vector<std::vector<int>> counted(table.rows.size(), std::vector<int>(columns, 0));
  for (int draw = 0; draw < kNoiseDraws; ++draw) {
    std::vector<double> drawn;
    for (std::size_t i = 0; i < means.size(); ++i) drawn.push_back(means[i] + mean_sigma[i] * normal(random));
    MC_TRY(const ResultTable again, finish(plan, drawn, sum_errors, slot_count, without_draws));
    // A group that noise made empty has no row; then rows are not the same ones.
    if (again.rows.size() != table.rows.size()) continue;
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      for (std::size_t column = 0; column < columns; ++column) {
        const auto first = number_of(table.rows[row][column]);
        auto second = number_of(again.rows[row][column]);
        // A draw in which a variance falls below 0 is as far away as that.
        if (!second && is_spread(statistics[column])) second = 0;
        if (!first || !second) continue;
        squares[row][column] += (*second - *first) * (*second - *first);
        counted[row][column] += 1;
      }
    }
  }
  for (std::size_t row = 0; row < squares.size(); ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      squares[row][column] = std::sqrt(squares[row][column] / std::max(counted[row][column], 1));
    }
  }
  return squares;
}

void show_noise_digits(const std::vector<std::vector<double>>& cell_sd, ResultTable& table) {
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    int digits = kDigitsMax;
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      if (const auto* model = std::get_if<ModelCell>(&table.rows[row][column])) {
        digits = std::min(digits, (*model)->digits);
      } else if (const auto value = number_of(table.rows[row][column])) {
        digits = std::min(digits, digits_down_to(cell_sd[row][column], *value));
      }
    }
    table.digits[column] = digits;
  }
  table.digits_min = table.digits.empty() ? 0 : *std::ranges::min_element(table.digits);
}

std::string unknown_beneath_noise(const Plan& plan, const ResultTable& table) {
  const std::vector<Statistic> statistics = statistics_of(plan);
  std::string columns;
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    const Statistic statistic = statistics[column];
    const bool needs_variance = is_spread(statistic) || statistic == Statistic::kCorrelation ||
                                statistic == Statistic::kRegrSlope || statistic == Statistic::kRegrIntercept ||
                                statistic == Statistic::kRegrR2 || statistic == Statistic::kTTest;
    const bool is_unknown = std::ranges::any_of(
        table.rows, [&](const std::vector<Value>& row) { return std::holds_alternative<std::monostate>(row[column]); });
    if (needs_variance && is_unknown) columns += (columns.empty() ? "" : ", ") + table.columns[column];
  }
  if (columns.empty()) return "";
  return "NULL in " + columns +
         ": a variance that it needs cannot be told from 0 beneath the noise; ask of more persons, with a larger "
         "--rho, or of a column whose plausible range is narrower";
}

std::string what_ignores_noise(const Plan& plan) {
  const auto has = [&](std::initializer_list<Statistic> statistics) {
    return std::ranges::any_of(plan.items, [&](const PlanItem& item) {
      return std::ranges::find(statistics, item.statistic) != statistics.end();
    });
  };
  std::string sentence;
  if (std::ranges::any_of(plan.items, [](const PlanItem& item) { return is_test(item.statistic); })) {
    sentence =
        "intervals and p-values contain the noise; degrees of freedom and Pearson's statistic take the released "
        "numbers as they are";
  }
  if (has({Statistic::kLinearRegression, Statistic::kLogisticRegression, Statistic::kKaplanMeier, Statistic::kCox})) {
    sentence +=
        std::string(sentence.empty() ? "" : "; ") + "standard errors, intervals and tests of models contain the noise";
  }
  return sentence;
}

}  // namespace mc::query
