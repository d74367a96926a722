// SPDX-License-Identifier: Apache-2.0
// A logistic regression as a computation on sealed features: which columns the design matrix has, who counts as a case,
// and how often Newton's step is taken. Everything in it is public and part of what a study approves; no cryptography.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "query/plan/feature_column.hpp"

namespace mc::query {

/// A column of the design matrix: the product of its factors (one for a main effect).
using TrainingColumn = std::vector<FeatureColumn>;

inline constexpr std::size_t kTrainingColumnsMax = 42;  // the intercept included
inline constexpr std::size_t kTrainingFactorsMax = 4;
inline constexpr std::size_t kCaseFactorsMax = 64;
inline constexpr std::size_t kUnlessMax = 16;
inline constexpr std::uint32_t kIterationsMax = 25;
/// |x'beta| up to here is what the sigmoid is good for, and of Cox's model the exponential.
inline constexpr double kLinearPredictorMax = 42;
inline constexpr double kCoxPredictorMax = 16;
/// In which log odds are opened.
inline constexpr double kLinearPredictorUnit = 64;
/// What an offset may reach: the first step has it times entries of an inverse below 2^22, and masks of what it opens
/// are wide enough for 2^40 (query/train/packed_matrices.hpp).
inline constexpr double kOffsetMax = 4096;

/// Of a logistic regression, and with at_risk of Cox's model, which is trained as a Poisson regression whose persons
/// are exposed to the cumulative baseline hazard of the iteration before (Whitehead 1980): then the intercept is there,
/// takes up what the hazard lacks, and is not released.
struct LogisticPlan {
  bool intercept = true;
  std::vector<TrainingColumn> columns;  // without the intercept
  FeatureColumn response;               // 0 or 1
  std::vector<FeatureColumn> where;     // each 0 or 1: who is asked about
  std::vector<TrainingColumn> unless;   // each 0 or 1: who is not (of WHERE a OR b: who is neither)
  std::vector<FeatureColumn> complete;  // each 0 or 1: who has all values
  FeatureColumn weights;                // in [0, 1]; empty: everybody counts once
  FeatureColumn offset;                 // in units of offset_unit; empty: none
  double offset_unit = 1;               // at most kOffsetMax
  std::vector<double> ridge;            // per coefficient, added to the diagonal of X'WX; empty: none
  std::uint32_t iterations = 8;
  /// Cox: per time of an event, ascending, who is followed beyond the time before it, each 0 or 1; with `beyond` one
  /// more: who is followed beyond the last one.
  std::vector<FeatureColumn> at_risk;
  bool beyond = false;
  bool efron = false;  // Cox: whose ties, Efron's or Breslow's
  friend bool operator==(const LogisticPlan&, const LogisticPlan&) = default;

  /// Coefficients, the intercept first when there is one.
  [[nodiscard]] std::size_t size() const { return columns.size() + (intercept ? 1 : 0); }
  [[nodiscard]] bool is_cox() const { return !at_risk.empty(); }
  /// Cox: the times of events.
  [[nodiscard]] std::size_t times() const { return at_risk.size() - (beyond ? 1 : 0); }
  /// Coefficients that are released.
  [[nodiscard]] std::size_t released_size() const { return is_cox() ? columns.size() : size(); }
};

/// What training opens, in this order: the coefficients (released_size()) after all iterations but the last, the score
/// and the information matrix at them (of Cox's model those of the partial likelihood; upper triangle row by row), then
/// the sums of TrainingSum there. The last iteration is taken by whoever reads them: coefficients + information^-1
/// score (docs/design/0034). Cox's model is trained on columns in units of their own spread (column_units.hpp):
/// coefficient, score and information are those of x_j times a factor, and the factors stand before the sums.
enum class TrainingSum : std::uint8_t {
  kCases,     // persons who count
  kAsked,     // persons whom WHERE selects
  kWeight,    // sum c, which is their weights' sum
  kCentred,   // sum c (y - 1/2)
  kEntropy,   // sum c (log(1 + exp(z)) - z p), p = 1/(1 + exp(-z))
  kResidual,  // sum c (y - p) z
};
inline constexpr std::size_t kTrainingSums = 6;
/// Of Cox's model: persons who count, persons whom WHERE selects, events; and with Efron's ties one more, the events
/// without those beyond tied_events_max at a time.
inline constexpr std::size_t kCoxSums = 3;
[[nodiscard]] std::size_t training_sum_count(const LogisticPlan& plan);
/// With Efron's ties, how many events at a time are told apart; more of them are taken in so many groups.
[[nodiscard]] std::size_t tied_events_max(std::size_t times, std::size_t slot_count);
inline constexpr std::size_t kAtRiskMax = 1025;
[[nodiscard]] std::size_t training_answer_count(const LogisticPlan& plan);

/// log2 of the flooding's deviation beside the scale, and what it rests on (R16). In `standard` argument H: a noise
/// that was measured, with one block of persons. Coefficients were flooded before (run_flooding.hpp), so that their
/// noise is that of a refresh.
struct TrainingFlooding {
  bool statistical = false;  // argument S: flooding on the way too, above noises that are bounded (docs/design/0029)
  int coefficient = -28;
  int score = -30;
  int information = -31;
  int sum = -26;
  int cox_coefficient = -28;
  int cox_score = -28;
  int cox_information = -28;  // which is a difference
  int cox_factor = -28;       // of a column's unit; as the coefficients a refreshed number
  int entropy = -28;
  int residual = -32;  // whose unit is larger and whose noise is smaller
};
TrainingFlooding training_flooding(std::string_view profile);
/// log2, rounded down, of how many times the entries of the largest model's matrices are those of this one: so much
/// less noise has a product of two of them.
int fewer_entries_log2(std::size_t size);

/// log2 of the flooding's deviation of every answer, beside its scale.
std::vector<int> training_flooding_log2(const LogisticPlan& plan, const TrainingFlooding& flooding);

/// What the opened numbers are to be multiplied by: sums over persons are opened as means over the slots.
std::vector<double> training_units(const LogisticPlan& plan, std::size_t slot_count);

/// kInvalidArgument with the first thing that is wrong: counts, factors that are not finite, iterations.
Status check_logistic_plan(const LogisticPlan& plan);

/// One encoding per plan.
void write_logistic_plan(Writer& writer, const LogisticPlan& plan);
/// Reads and checks; kCorrupt names the byte.
Result<LogisticPlan> read_logistic_plan(Reader& reader);

/// Every handle that is read, in order of first use.
std::vector<std::string> features_of(const LogisticPlan& plan);

}  // namespace mc::query
