// SPDX-License-Identifier: Apache-2.0
#include "query/parse/model_call.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string_view>

#include "query/parse/nearest.hpp"
#include "query/parse/spelling.hpp"

namespace mc::query {
namespace {

constexpr double kRidgeMax = 1e12;
constexpr std::string_view kComplete = "complete", kIndicator = "indicator";

// What each function takes, in the order of canonical SQL.
constexpr std::array<std::string_view, 3> kLinearOptions{"weights", "ridge", "missing"};
constexpr std::array<std::string_view, 4> kLogisticOptions{"weights", "ridge", "maxit", "missing"};

constexpr std::array<std::string_view, 2> kKaplanMeierOptions{"conf_type", "conf_int"};
constexpr std::array<std::string_view, 3> kCoxOptions{"maxit", "conf_int", "ties"};

std::span<const std::string_view> options_of(Statistic statistic) {
  switch (statistic) {
    case Statistic::kLinearRegression:
      return kLinearOptions;
    case Statistic::kLogisticRegression:
      return kLogisticOptions;
    case Statistic::kKaplanMeier:
      return kKaplanMeierOptions;
    case Statistic::kCox:
      return kCoxOptions;
    default:
      return {};
  }
}

/// Options whose value is one of a few words, the usual one first.
template <class Word>
struct Words {
  std::string_view option;
  std::array<std::pair<std::string_view, Word>, 3> words;
  std::size_t count;

  [[nodiscard]] Result<Word> take(const ModelOption& given) const;
  [[nodiscard]] std::string_view name(Word word) const {
    return std::find_if(words.begin(), words.end(), [&](const auto& one) { return one.second == word; })->first;
  }
};

constexpr Words<ConfidenceType> kConfidenceTypes{
    "conf_type",
    {{{"log", ConfidenceType::kLog}, {"plain", ConfidenceType::kPlain}, {"log-log", ConfidenceType::kLogLog}}},
    3};
constexpr Words<Ties> kTies{"ties", {{{"efron", Ties::kEfron}, {"breslow", Ties::kBreslow}}}, 2};

Position position_of(const ModelOption& option) {
  return std::visit([](const auto& value) { return value.at; }, option.value);
}

Status check_name(Statistic statistic, const ModelOption& option) {
  const auto known = options_of(statistic);
  if (std::find(known.begin(), known.end(), option.name.name) != known.end()) return {};
  const std::string function(aggregate_name(statistic));
  if (known.empty()) {
    return fail_at(Code::kParse, option.name.at, function + " takes a formula and no option");
  }
  const std::vector<std::string> names(known.begin(), known.end());
  return fail_at(Code::kParse, option.name.at,
                 function + " has no option " + option.name.name + did_you_mean(option.name.name, names) +
                     "; its options are " + listed(names));
}

Status take_weights(const ModelOption& option, ModelCall& call) {
  const auto* column = std::get_if<Identifier>(&option.value);
  if (column == nullptr) return fail_at(Code::kParse, position_of(option), "weights takes the name of a column");
  call.weights = *column;
  return {};
}

Status take_ridge(const ModelOption& option, ModelCall& call) {
  const auto* literal = std::get_if<Literal>(&option.value);
  const bool fits =
      literal != nullptr && literal->is_number() && literal->number() >= 0 && literal->number() <= kRidgeMax;
  if (!fits) {
    return fail_at(Code::kParse, position_of(option), "ridge takes a number from 0 to " + number_sql(kRidgeMax));
  }
  call.ridge = literal->number();
  return {};
}

Status take_maxit(const ModelOption& option, ModelCall& call) {
  const auto* literal = std::get_if<Literal>(&option.value);
  const bool fits = literal != nullptr && literal->is_number() && literal->number() >= 2 &&
                    literal->number() <= kIterationsMost && literal->number() == std::floor(literal->number());
  if (!fits) {
    return fail_at(Code::kParse, position_of(option),
                   "maxit takes a whole number from 2 to " + std::to_string(kIterationsMost));
  }
  call.maxit = static_cast<std::uint32_t>(literal->number());
  return {};
}

Status take_missing(const ModelOption& option, ModelCall& call) {
  const auto* literal = std::get_if<Literal>(&option.value);
  const bool is_text = literal != nullptr && !literal->is_number();
  if (!is_text || (literal->text() != kComplete && literal->text() != kIndicator)) {
    return fail_at(Code::kParse, position_of(option), "missing takes 'complete' or 'indicator'");
  }
  call.missing = literal->text() == kIndicator ? MissingValues::kIndicator : MissingValues::kCompleteCases;
  return {};
}

template <class Word>
Result<Word> Words<Word>::take(const ModelOption& given) const {
  const auto* literal = std::get_if<Literal>(&given.value);
  std::string known;
  for (std::size_t i = 0; i < count; ++i) {
    if (literal != nullptr && !literal->is_number() && literal->text() == words[i].first) return words[i].second;
    known += (i == 0 ? "" : i + 1 == count ? " or " : ", ") + ("'" + std::string(words[i].first) + "'");
  }
  return fail_at(Code::kParse, position_of(given), std::string(option) + " takes " + known);
}

Status take_confidence(const ModelOption& option, ModelCall& call) {
  const auto* literal = std::get_if<Literal>(&option.value);
  const bool fits = literal != nullptr && literal->is_number() && literal->number() > 0 && literal->number() < 1;
  if (!fits) return fail_at(Code::kParse, position_of(option), "conf_int takes a number between 0 and 1");
  call.survival.conf_int = literal->number();
  return {};
}

Status take_survival_option(const ModelOption& option, ModelCall& call) {
  if (option.name.name == "conf_int") return take_confidence(option, call);
  if (option.name.name == kTies.option) {
    MC_TRY(call.survival.ties, kTies.take(option));
  }
  if (option.name.name == kConfidenceTypes.option) {
    MC_TRY(call.survival.conf_type, kConfidenceTypes.take(option));
  }
  return {};
}

}  // namespace

Result<ModelCall> model_call_of(Statistic statistic, const Literal& formula, const std::vector<ModelOption>& options) {
  ModelCall call;
  const Position inside{formula.at.line, formula.at.column + 1};
  MC_TRY(call.formula, parse_formula(formula.text(), inside));
  const std::string function(aggregate_name(statistic));
  const bool of_survival = is_survival(statistic);
  if (of_survival && !call.formula.event) {
    return fail_at(Code::kParse, inside, function + " takes Surv(time, event) on the left of ~");
  }
  if (!of_survival && call.formula.event) {
    return fail_at(Code::kParse, inside, function + " takes a column on the left of ~, not Surv(time, event)");
  }
  for (std::size_t i = 0; i < options.size(); ++i) {
    const ModelOption& option = options[i];
    MC_TRY_STATUS(check_name(statistic, option));
    const bool stands_twice = std::any_of(options.begin(), options.begin() + static_cast<std::ptrdiff_t>(i),
                                          [&](const auto& other) { return other.name.name == option.name.name; });
    if (stands_twice) return fail_at(Code::kParse, option.name.at, option.name.name + " stands twice");
    if (option.name.name == "weights") MC_TRY_STATUS(take_weights(option, call));
    if (option.name.name == "ridge") MC_TRY_STATUS(take_ridge(option, call));
    if (option.name.name == "maxit") MC_TRY_STATUS(take_maxit(option, call));
    if (option.name.name == "missing") MC_TRY_STATUS(take_missing(option, call));
    MC_TRY_STATUS(take_survival_option(option, call));
  }
  return call;
}

std::string model_call_sql(const ModelCall& call) {
  std::string text = in_quotes(formula_text(call.formula), '\'');
  if (call.weights) text += ", weights => " + name_sql(call.weights->name);
  if (call.ridge != 0) text += ", ridge => " + number_sql(call.ridge);
  if (call.maxit) text += ", maxit => " + std::to_string(*call.maxit);
  if (call.missing == MissingValues::kIndicator) text += ", missing => '" + std::string(kIndicator) + "'";
  const SurvivalOptions usual;
  if (call.survival.conf_type != usual.conf_type) {
    text += ", conf_type => " + in_quotes(kConfidenceTypes.name(call.survival.conf_type), '\'');
  }
  if (call.survival.conf_int != usual.conf_int) text += ", conf_int => " + number_sql(call.survival.conf_int);
  if (call.survival.ties != usual.ties) text += ", ties => " + in_quotes(kTies.name(call.survival.ties), '\'');
  return text;
}

}  // namespace mc::query
