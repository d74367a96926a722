// SPDX-License-Identifier: Apache-2.0
#include "query/parse/model_call.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "query/parse/nearest.hpp"
#include "query/parse/spelling.hpp"

namespace mc::query {
namespace {

constexpr double kRidgeMax = 1e12;
constexpr std::string_view kComplete = "complete", kIndicator = "indicator";

// What each function takes, in the order of canonical SQL.
constexpr std::array<std::string_view, 3> kRegressionOptions{"weights", "ridge", "missing"};

std::span<const std::string_view> options_of(Statistic statistic) {
  const bool is_regression = statistic == Statistic::kLinearRegression || statistic == Statistic::kLogisticRegression;
  return is_regression ? std::span<const std::string_view>(kRegressionOptions) : std::span<const std::string_view>();
}

auto fail_at(Code code, const Position& at, std::string_view message) {
  return fail(code, at.text() + ": " + std::string(message));
}

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

Status take_missing(const ModelOption& option, ModelCall& call) {
  const auto* literal = std::get_if<Literal>(&option.value);
  const bool is_text = literal != nullptr && !literal->is_number();
  if (!is_text || (literal->text() != kComplete && literal->text() != kIndicator)) {
    return fail_at(Code::kParse, position_of(option), "missing takes 'complete' or 'indicator'");
  }
  call.missing = literal->text() == kIndicator ? MissingValues::kIndicator : MissingValues::kCompleteCases;
  return {};
}

}  // namespace

Result<ModelCall> model_call_of(Statistic statistic, const Literal& formula, const std::vector<ModelOption>& options) {
  ModelCall call;
  const Position inside{formula.at.line, formula.at.column + 1};
  MC_TRY(call.formula, parse_formula(formula.text(), inside));
  const std::string function(aggregate_name(statistic));
  const bool is_survival = statistic == Statistic::kKaplanMeier || statistic == Statistic::kCox;
  if (is_survival && !call.formula.event) {
    return fail_at(Code::kParse, inside, function + " takes Surv(time, event) on the left of ~");
  }
  if (!is_survival && call.formula.event) {
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
    if (option.name.name == "missing") MC_TRY_STATUS(take_missing(option, call));
  }
  return call;
}

std::string model_call_sql(const ModelCall& call) {
  std::string text = quoted(formula_text(call.formula), '\'');
  if (call.weights) text += ", weights => " + name_sql(call.weights->name);
  if (call.ridge != 0) text += ", ridge => " + number_sql(call.ridge);
  if (call.missing == MissingValues::kIndicator) text += ", missing => '" + std::string(kIndicator) + "'";
  return text;
}

}  // namespace mc::query
