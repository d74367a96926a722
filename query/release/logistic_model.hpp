// SPDX-License-Identifier: Apache-2.0
// A trained logistic regression from its released numbers: what R's glm(family = binomial) and summary.glm say.
#pragma once

#include <span>

#include "query/release/finish.hpp"
#include "query/release/model_answer.hpp"
#include "query/release/odds_table.hpp"
#include "query/release/trained_coefficients.hpp"

namespace mc::query {

/// Why what was released is of no model: then there are no coefficients, and no deviance.
enum class NoModel : std::uint8_t {
  kNone,
  kEmpty,      // nobody asked has values of all variables
  kDiverged,   // somebody's log odds left what is computed with
  kSeparated,  // the predictors tell apart who has the outcome, whoever it is
  kAll,        // everybody has the outcome
  kNobody,
};

struct LogisticFit {
  double n = 0, n_asked = 0, events = 0;
  std::uint32_t iterations = 0;
  bool converged = false;
  NoModel no_model = NoModel::kNone;
  double last_step = 0;  // the largest, in standard errors
  double ridge = 0;      // half the penalty on the squares of the slopes
  double deviance = 0, null_deviance = 0;
  double df = 0;  // effective degrees of freedom: with a penalty fewer than there are coefficients
  std::vector<OddsCoefficient> coefficients;
  std::vector<std::string> aliased, separated;  // terms without numbers, and those that run to infinity
  std::vector<EmptyReference> references;
  std::vector<CollinearTerm> collinear;
  FloodedNumbers flooded;
  int digits = 0;
};

/// `means`: opened coefficient 0 of every answer over its scale, as training_plan.hpp orders them.
///   converged  as TrainedCoefficients::converged says
LogisticFit read_logistic(const LogisticPlan& plan, const PlanModel& model, std::span<const double> means,
                          const TrainingReading& reading);

/// The answer of a plan with training, of either kind: one row, one cell.
///   errors  kInvalidArgument for another number of answers, or what is not a number
Result<ResultTable> finish_training(const Plan& plan, std::span<const double> means, const TrainingReading& given);

}  // namespace mc::query
