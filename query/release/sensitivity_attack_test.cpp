// SPDX-License-Identifier: Apache-2.0
// The price of a release against everybody: random dictionaries and random questions of every kind that a guarded
// commons takes, and for each the person who changes what is released most, searched for among values at and beside
// every edge, missing ones and every category. Neighbours are "one person present or absent" (add or remove), as
// privacy.hpp claims; whoever replaces a person changes at most twice as much, which costs at most four times.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "query/plan/compile.hpp"
#include "query/plan/message_range.hpp"
#include "query/plan/partial_plan.hpp"
#include "query/release/guarded.hpp"
#include "query/release/privacy.hpp"
#include "query/testing/clinic_in_the_clear.hpp"
#include "query/testing/scores_in_the_clear.hpp"
#include "query/testing/slots.hpp"

namespace mc::query {
namespace {

using testing::Cell;
using testing::kSlots;
using testing::Patient;

constexpr std::size_t kQuestionCount = 400;
constexpr double kScaleLog2 = 92;
constexpr double kRoomyModulusLog2 = 130;  // room for any noise: what is tried here is the price

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  std::size_t below(std::size_t count) { return random_() % count; }
  bool one_in(std::size_t count) { return below(count) == 0; }
  template <class T>
  const T& of(const std::vector<T>& choices) {
    return choices[below(choices.size())];
  }

 private:
  std::mt19937_64 random_;
};

// ---- Dictionaries. The names say what a column is for.

std::vector<std::string> letters(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.emplace_back(1, static_cast<char>('a' + i));
  return names;
}

data::Column measurement(Dice& dice, const std::string& name) {
  const double minimum = static_cast<double>(dice.below(3)) * 10 - 10, span = 8 + static_cast<double>(dice.below(90));
  std::set<double> edges;
  for (std::size_t i = dice.below(5); i > 0; --i) edges.insert(minimum + 1 + static_cast<double>(dice.below(7)));
  return testing::numeric(name, dice.one_in(2) ? data::ColumnType::kInteger : data::ColumnType::kNumber, dice.one_in(2),
                          minimum, minimum + span, {edges.begin(), edges.end()});
}

data::Column coded(Dice& dice, const std::string& name) {
  std::vector<std::string> codes;
  for (std::size_t i = 1; i <= 2 + dice.below(3); ++i) codes.push_back(std::to_string(i));
  const double last = static_cast<double>(codes.size());
  return testing::numeric(name, data::ColumnType::kInteger, dice.one_in(2), 1, last, {}, codes);
}

data::Schema dictionary(Dice& dice) {
  data::Schema schema;
  schema.name = "ward";
  schema.missing_values = {"", "NA"};
  for (const char* name : {"x", "y", "z"}) schema.columns.push_back(measurement(dice, name));
  for (const char* name : {"k", "l", "m"}) {
    schema.columns.push_back(testing::text(name, dice.one_in(2), letters(2 + dice.below(4))));
  }
  schema.columns.push_back(coded(dice, "stage"));
  for (const char* name : {"b", "c", "dead"}) {
    const bool required = std::string_view(name) == "dead" || dice.one_in(2);
    schema.columns.push_back(testing::numeric(name, data::ColumnType::kInteger, required, 0, 1, {}, {"0", "1"}));
  }
  data::Column days = testing::numeric("days", data::ColumnType::kInteger, dice.one_in(2), 0, 60, {});
  if (dice.one_in(2)) days.edges = {20, 30};
  for (std::size_t i = 1; i <= 1 + dice.below(5); ++i) days.times.push_back(static_cast<double>(i) * 10);
  schema.columns.push_back(days);
  // As owners' clients make them of events: a count up to the dictionary's most, and who had one.
  schema.columns.push_back(testing::numeric("n_events", data::ColumnType::kInteger, dice.one_in(2), 0, 5, {1, 3}));
  return schema;
}

// ---- Questions.

std::string edge_text(Dice& dice, const data::Schema& schema, const std::string& column) {
  const data::Column& c = *schema.find(column);
  if (column == "n_events" && dice.one_in(2)) return dice.of<std::string>({"2", "4"});  // compared under encryption
  return data::number_text(c.edges.empty() ? c.minimum : dice.of(c.edges));
}

std::string condition(Dice& dice, const data::Schema& schema) {
  const std::string number = dice.of<std::string>({"x", "y", "z", "n_events"});
  switch (dice.below(8)) {
    case 0:
      return number + " >= " + edge_text(dice, schema, number);
    case 1:
      return number + " <= " + edge_text(dice, schema, number);
    case 2:
      return dice.of<std::string>({"k", "l"}) + " IN ('a', 'b')";
    case 3:
      return dice.of<std::string>({"k", "l"}) + " <> 'b'";
    case 4:
      return dice.of<std::string>({"b", "c", "dead"}) + " = " + std::to_string(dice.below(2));
    case 5:
      return number + " IS NULL";
    case 6:
      return "(k = 'a' OR " + number + " > " + edge_text(dice, schema, number) + ")";
    default:
      return "NOT (stage = 2 AND b = 1)";
  }
}

std::string formula_term(Dice& dice) {
  return dice.of<std::string>(
      {"x", "y", "k", "b", "factor(stage)", "x * k", "k * b", "k * l", "I(x^2)", "n_events", "k : m", "x : y", "dead"});
}

std::string item(Dice& dice, bool chosen_by_list) {
  const std::string number = dice.of<std::string>({"x", "y", "z", "b", "dead", "n_events", "stage"});
  const std::string other = dice.of<std::string>({"y", "c", "z"});
  const std::string factor = dice.of<std::string>({"k", "l", "m"});
  switch (chosen_by_list ? dice.below(3) : dice.below(18)) {
    case 0:
      return "count(*)";
    case 1:
      return "count(" + number + ")";
    case 2:
      return "avg(" + number + ")";
    case 3:
      return "var_samp(" + number + ")";
    case 4:
      return "corr(" + number + ", " + other + ")";
    case 5:
      return "histogram(x)";
    case 6:
      return "median(y)";
    case 7:
      return "count(DISTINCT " + factor + ")";
    case 8:
      return "chisq_test(k, " + dice.of<std::string>({"l", "b", "stage"}) + ")";
    case 9:
      return "ttest(" + number + ", " + dice.of<std::string>({"b", "c"}) + ")";
    case 10:
      return "risk_ratio(dead, b)";
    case 11:
    case 12:
    case 16:
    case 17: {
      std::string formula = dice.of<std::string>({"y", "z", "dead"}) + " ~ " + formula_term(dice);
      for (std::size_t i = dice.below(3); i > 0; --i) formula += " + " + formula_term(dice);
      const std::string options = dice.one_in(2)   ? ", missing => 'indicator'"
                                  : dice.one_in(3) ? ", weights => n_events"
                                                   : "";
      return "linear_regression('" + formula + "'" + options + ")";
    }
    case 13:
      return "kaplan_meier('Surv(days, dead) ~ " + dice.of<std::string>({"1", "k", "k + b", "factor(stage)"}) + "')";
    case 14:
      return "cox('Surv(days, dead) ~ " + dice.of<std::string>({"k", "b", "k + b", "b * c"}) + "')";
    default:
      return "sum($w * x + $v * " + other + ")";
  }
}

std::string question(Dice& dice, const data::Schema& schema) {
  const bool by_list = dice.one_in(8);
  std::string sql = "SELECT " + item(dice, by_list);
  for (std::size_t i = dice.below(3); i > 0; --i) sql += ", " + item(dice, by_list);
  sql += " FROM ward";
  std::vector<std::string> conditions;
  for (std::size_t i = dice.below(3) / 2 + dice.below(2); i > 0; --i) conditions.push_back(condition(dice, schema));
  // So many that their products are columns of their own.
  for (std::size_t i = dice.one_in(3) ? 2 : 0; i > 0; --i) conditions.push_back(condition(dice, schema));
  if (by_list) conditions.push_back(dice.of<std::string>({"m IN $list", "l IN $list", "n_events >= $from"}));
  for (std::size_t i = 0; i < conditions.size(); ++i) sql += (i == 0 ? " WHERE " : " AND ") + conditions[i];
  switch (dice.below(5)) {
    case 0:
      return sql + " GROUP BY k";
    case 1:
      return sql + " GROUP BY b, l";
    case 2:
      return sql + " GROUP BY stage";
    default:
      return sql;
  }
}

// ---- Everybody.

std::vector<Cell> cells_of(const data::Column& column) {
  std::vector<Cell> cells;
  if (!column.required) cells.emplace_back();
  if (!column.categories.empty()) {
    for (const std::string& category : column.categories) {
      column.is_numeric() ? cells.emplace_back(std::stod(category)) : cells.emplace_back(category);
    }
    return cells;
  }
  std::set<double> values = {column.minimum, column.maximum, std::floor((column.minimum + column.maximum) / 2)};
  const double beside = column.type == data::ColumnType::kInteger ? 1 : 0.125;
  for (const std::vector<double>* places : {&column.edges, &column.times}) {
    for (const double place : *places) {
      for (const double value : {place - beside, place, place + beside}) {
        if (value >= column.minimum && value <= column.maximum) values.insert(value);
      }
    }
  }
  for (const double value : values) cells.emplace_back(value);
  return cells;
}

/// What may be known about a question's persons and its sealed numbers, and what a person is worth.
class Everybody {
 public:
  Everybody(const Plan& plan, const data::Schema& schema, std::span<const std::uint8_t> sigma_log2, Dice& dice)
      : plan_(plan), schema_(schema), sigma_log2_(sigma_log2.begin(), sigma_log2.end()), dice_(dice) {
    std::set<std::uint32_t> read;
    for (const std::string& handle : sealed_features_of(plan)) {
      if (handle != "present") read.insert(data::feature_from_handle(schema, handle).value_or_stop().column);
    }
    for (std::uint32_t c = 0; c < schema.columns.size(); ++c) {
      choices_.push_back(cells_of(schema.columns[c]));
      if (read.contains(c)) read_.push_back(c);
    }
    for (const PlanParameter& parameter : plan.parameters.list) {
      const NumberRange range = number_range(parameter);
      for (std::uint32_t i = 0; i < parameter.number_count(); ++i) {
        // A list's numbers are bits; which of them are set is the researcher's.
        numbers_.push_back(dice.one_in(2) ? range.high : range.low);
      }
    }
  }

  /// Of the dearest person found: Delta^2 / (2 sigma^2), summed over the answers.
  double dearest(std::size_t starts) {
    double most = 0;
    for (std::size_t i = 0; i < starts; ++i) {
      Patient person;
      for (const std::vector<Cell>& cells : choices_) person.push_back(dice_.of(cells));
      most = std::max(most, climbed(person));
    }
    return most;
  }

 private:
  double cost_of(const Patient& person) const {
    const std::vector<double> values = testing::node_values(plan_, [&](const Node& node) {
      return testing::value_of_handle(plan_, schema_, node.handle, person, numbers_);
    });
    double cost = 0;
    for (std::size_t i = 0; i < plan_.moments.size(); ++i) {
      const double change = std::abs(values[plan_.moments[i].value]) / kSlots * std::exp2(kScaleLog2);
      cost += std::pow(change / std::exp2(sigma_log2_[i]), 2) / 2;
    }
    return cost;
  }
  /// One column after another takes its dearest value, until nothing grows.
  double climbed(Patient person) const {
    double most = cost_of(person);
    for (bool grown = true; grown;) {
      grown = false;
      for (const std::uint32_t column : read_) {
        for (const Cell& cell : choices_[column]) {
          Patient other = person;
          other[column] = cell;
          if (const double cost = cost_of(other); cost > most * (1 + 1e-12)) {
            most = cost;
            person = std::move(other);
            grown = true;
          }
        }
      }
    }
    return most;
  }

  const Plan& plan_;
  const data::Schema& schema_;
  std::vector<std::uint8_t> sigma_log2_;
  Dice& dice_;
  std::vector<std::vector<Cell>> choices_;
  std::vector<std::uint32_t> read_;
  std::vector<double> numbers_;
};

std::vector<AnswerBound> quiet(std::size_t count) {
  AnswerBound bound;
  bound.noise_log2 = 0;  // of the evaluation: nothing that a price could hide behind
  bound.message_max = 3;
  bound.scale_log2 = kScaleLog2;
  return std::vector<AnswerBound>(count, bound);
}

TEST(SensitivityAttack, NobodyChangesARandomReleaseByMoreThanItsPrice) {
  Dice dice(20261127);
  std::set<Statistic> tried;
  std::size_t questions = 0, tight = 0, tables = 0, sealed = 0, deep = 0, compared = 0;
  LimbBudget budget = limb_budget("standard").value_or_stop();
  budget.proven_starts = true;
  for (int round = 0; round < 4'000 && questions < kQuestionCount; ++round) {
    const data::Schema schema = dictionary(dice);
    ASSERT_TRUE(data::validate(schema)) << data::validate(schema).error().message;
    const std::string sql = question(dice, schema);
    const auto compiled = compile(sql, schema, "ward", budget);
    if (!compiled || !check_guarded(*compiled)) continue;
    const Plan& plan = *compiled;
    if (plan.moments.size() > 400) continue;
    ++questions;
    for (const PlanItem& one : plan.items) tried.insert(one.statistic);
    tables += plan.groups.size() > 1 ? 1 : 0;
    sealed += plan.parameters.empty() ? 0 : 1;
    deep += plan.computed.empty() ? 0 : 1;
    compared += plan.comparisons.empty() ? 0 : 1;
    std::vector<MomentId> released;
    for (std::uint32_t i = 0; i < plan.moments.size(); ++i) released.emplace_back(i);
    const Sensitivities price = sensitivities(plan, released, quiet(released.size()), kSlots);
    // A sum that nobody seems to change would be released under flooding alone, which counts with honest owners only
    // (docs/design/0037).
    for (const double change : price.largest_log2()) {
      EXPECT_GT(change, kScaleLog2 - std::log2(kSlots) - 2) << sql << ": less than a quarter of a person";
    }
    std::vector<std::uint8_t> even(released.size(), 80), uneven;
    for (std::size_t i = 0; i < released.size(); ++i) uneven.push_back(static_cast<std::uint8_t>(76 + dice.below(12)));
    const auto chosen = private_noise(quiet(released.size()), price, kNanoPerRho / 5, 3, kRoomyModulusLog2);
    ASSERT_TRUE(chosen) << sql << ": " << chosen.error().message;
    for (const std::vector<std::uint8_t>& sigmas : {even, uneven, chosen->sigma_log2}) {
      const double dearest = Everybody(plan, schema, sigmas, dice).dearest(12);
      const double debited = static_cast<double>(rho_cost_nano(price, sigmas)) / kNanoPerRho;
      EXPECT_LE(dearest, debited * (1 + 1e-9)) << sql << "\n" << data::describe(schema);
      tight += dearest > 0.99 * debited ? 1 : 0;
    }
    // What is paid for counts and for the rest in two releases is at least what both are worth together.
    std::vector<std::uint32_t> counts, others;
    const std::vector<MomentId> counted = count_moments(plan);
    for (std::uint32_t i = 0; i < released.size(); ++i) {
      (std::ranges::find(counted, released[i]) != counted.end() ? counts : others).push_back(i);
    }
    const auto of = [&](const std::vector<std::uint32_t>& part) {
      std::vector<std::uint8_t> sigmas;
      for (const std::uint32_t i : part) sigmas.push_back(uneven[i]);
      return rho_cost_nano(price.of(part), sigmas);
    };
    EXPECT_GE(of(counts) + of(others) + 1, rho_cost_nano(price, uneven)) << sql;
  }
  std::printf(
      "%zu questions, %zu of them tables, %zu with sealed numbers, %zu with columns computed first, %zu with "
      "thresholds of their own, %zu sorts of item; "
      "%zu of %zu prices within 1 %% of the dearest person\n",
      questions, tables, sealed, deep, compared, tried.size(), tight, 3 * questions);
  EXPECT_GT(deep, questions / 20);
  EXPECT_GT(compared, questions / 40);

  EXPECT_EQ(questions, kQuestionCount);
  EXPECT_GT(tried.size(), 12u);
  EXPECT_GT(tight, questions / 2) << "a price that nobody reaches would hide a mistake";
}

// Scores, and what is told of bins of them (docs/design/0050).
TEST(SensitivityAttack, NobodyChangesAReleaseOfScoresByMoreThanItsPrice) {
  Dice dice(20261128);
  LimbBudget budget = limb_budget("standard").value_or_stop();
  budget.proven_starts = true;
  const data::Schema schema = testing::clinic_with_steps();
  const std::string sum = "'m', '-3 + 0.04 * age + 0.4 * sexM - 0.02 * bmi + 0.3 * smokercurrent'";
  const std::string everybody = "'m', '-3 + 0.04 * age + 0.4 * sexM'",
                    crossed = "'m', '0.02 * age:sexM + 0.3 * diabetes'";
  std::size_t tight = 0, priced = 0;
  for (const std::string& sql : std::vector<std::string>{
           "auc(death, predicted_risk(" + sum + "))", "calibration(death, predicted_risk(" + sum + "), 0.1, 0.3)",
           "calibration(death, risk_score(" + everybody + "), -1, 0)", "auc(death, age, 57.5, 70)",
           "histogram(predicted_risk(" + everybody + "), 0.2, 0.4)", "avg(risk_score(" + sum + ")), count(*)",
           "avg(risk_score(" + crossed + "))", "ttest(risk_score(" + everybody + "), sex)",
           "corr(risk_score(" + everybody + "), bmi)", "count(*), avg(age)"}) {
    const bool by_risk = sql.starts_with("count");
    const Plan plan =
        compile("SELECT " + sql + " FROM clinic" + (by_risk ? " WHERE predicted_risk(" + sum + ") > 0.2 OR death" : ""),
                schema, "clinic", budget)
            .value_or_stop();
    ASSERT_TRUE(check_guarded(plan)) << sql;
    std::vector<MomentId> released;
    for (std::uint32_t i = 0; i < plan.moments.size(); ++i) released.emplace_back(i);
    const Sensitivities price = sensitivities(plan, released, quiet(released.size()), kSlots);
    const std::vector<std::uint8_t> even(released.size(), 80);
    const double dearest = Everybody(plan, schema, even, dice).dearest(20);
    const double debited = static_cast<double>(rho_cost_nano(price, even)) / kNanoPerRho;
    std::printf("%s: the dearest person is worth %.3f of what is debited\n", sql.c_str(), dearest / debited);
    EXPECT_LE(dearest, debited * (1 + 1e-9)) << sql;
    tight += dearest > 0.99 * debited ? 1 : 0;
    ++priced;
  }
  EXPECT_EQ(tight, priced);
}

}  // namespace
}  // namespace mc::query
