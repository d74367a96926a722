// SPDX-License-Identifier: Apache-2.0
// What stands in the parentheses of a model function: a formula, and options by name.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "query/parse/formula.hpp"
#include "query/parse/identifier.hpp"
#include "query/parse/statistic.hpp"
#include "query/parse/survival_options.hpp"

namespace mc::query {

/// What happens to persons of whom a predictor is missing.
enum class MissingValues : std::uint8_t {
  kCompleteCases,  // they are left out: R's na.omit
  kIndicator,      // they stay, and missing(x) is one more column of the model
};

/// Iterations of a model that is trained: how many are usual, and at most. Of cox more, because the Hessian it iterates
/// with is not that of the partial likelihood: of few persons an error falls to a third each time (docs/design/0034).
inline constexpr std::uint32_t kIterationsUsual = 8;
inline constexpr std::uint32_t kCoxIterationsUsual = 10;
inline constexpr std::uint32_t kIterationsMost = 25;

struct ModelCall {
  Formula formula;
  std::optional<Identifier> weights;
  double ridge = 0;
  std::optional<std::uint32_t> maxit;  // of what is trained: iterations, as glm.control's; default: as usual
  MissingValues missing = MissingValues::kCompleteCases;
  SurvivalOptions survival;  // of kaplan_meier and cox
};

/// weights => column
struct ModelOption {
  Identifier name;
  std::variant<Literal, Identifier> value;
};

/// Reads the formula and the options of a model function. Which options there are is one table in model_call.cpp.
///   errors  as parse_formula; kParse for an option that the function does not take, that stands twice, or whose value
///           is not of its kind, and for Surv(time, event) where a column is meant or the other way round
Result<ModelCall> model_call_of(Statistic statistic, const Literal& formula, const std::vector<ModelOption>& options);

/// 'y ~ x', ridge => 0.1: options in one order, and only those that change something.
std::string model_call_sql(const ModelCall& call);

}  // namespace mc::query
