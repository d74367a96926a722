// SPDX-License-Identifier: Apache-2.0
#include "query/plan/training_plan.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace mc::query {
namespace {

Status check_columns(const std::vector<FeatureColumn>& columns, std::size_t most, std::string_view what) {
  if (columns.size() > most) {
    return fail(Code::kLimit, std::to_string(columns.size()) + " factors of " + std::string(what) + ", at most " +
                                  std::to_string(most) + " are possible");
  }
  for (const FeatureColumn& column : columns) MC_TRY_STATUS(check_column(column, what));
  return {};
}

Status check_products(const std::vector<TrainingColumn>& products, std::string_view what) {
  for (const TrainingColumn& column : products) {
    if (column.empty()) return fail(Code::kInvalidArgument, std::string(what) + " without factors");
    MC_TRY_STATUS(check_columns(column, kTrainingFactorsMax, what));
  }
  return {};
}

void write_columns(Writer& writer, const std::vector<FeatureColumn>& columns) {
  writer.u32(static_cast<std::uint32_t>(columns.size()));
  for (const FeatureColumn& column : columns) write_column(writer, column);
}

Result<std::vector<FeatureColumn>> read_columns(Reader& reader, std::size_t most) {
  MC_TRY(const std::uint32_t count, reader.count(most, 4));
  std::vector<FeatureColumn> columns;
  for (std::uint32_t i = 0; i < count; ++i) {
    MC_TRY(FeatureColumn column, read_column(reader));
    columns.push_back(std::move(column));
  }
  return columns;
}

void write_products(Writer& writer, const std::vector<TrainingColumn>& products) {
  writer.u32(static_cast<std::uint32_t>(products.size()));
  for (const TrainingColumn& column : products) write_columns(writer, column);
}

Result<std::vector<TrainingColumn>> read_products(Reader& reader, std::size_t most) {
  MC_TRY(const std::uint32_t count, reader.count(most, 4));
  std::vector<TrainingColumn> products;
  for (std::uint32_t i = 0; i < count; ++i) {
    MC_TRY(TrainingColumn column, read_columns(reader, kTrainingFactorsMax));
    products.push_back(std::move(column));
  }
  return products;
}

}  // namespace

std::size_t training_answer_count(const LogisticPlan& plan) {
  const std::size_t d = plan.released_size();
  return 2 * d + d * (d + 1) / 2 + (plan.is_cox() ? d : 0) + training_sum_count(plan);
}

std::size_t training_sum_count(const LogisticPlan& plan) {
  if (!plan.is_cox()) return kTrainingSums;
  return kCoxSums + (plan.efron ? 1 : 0);
}

std::size_t tied_events_max(std::size_t times, std::size_t slot_count) {
  return std::max<std::size_t>(1, slot_count / std::bit_ceil(times));
}

int fewer_entries_log2(std::size_t size) {
  MC_CHECK(size >= 1 && size <= kTrainingColumnsMax);
  return std::bit_width(kTrainingColumnsMax * kTrainingColumnsMax / (size * size)) - 1;
}

TrainingFlooding training_flooding(std::string_view profile) {
  if (profile != "train" && profile != "test_train_insecure") return {};
  return {.statistical = true,
          .coefficient = -32,
          .score = -27,
          .information = -27,
          .sum = -27,
          .cox_coefficient = 0,
          .cox_score = 0,
          .cox_information = 0,
          .cox_factor = 0,
          .entropy = -27,
          .residual = -27};
}

std::vector<int> training_flooding_log2(const LogisticPlan& plan, const TrainingFlooding& flooding) {
  const std::size_t size = plan.released_size();
  std::vector<int> floodings(size, plan.is_cox() ? flooding.cox_coefficient : flooding.coefficient);
  floodings.insert(floodings.end(), size, plan.is_cox() ? flooding.cox_score : flooding.score);
  floodings.insert(floodings.end(), size * (size + 1) / 2,
                   plan.is_cox() ? flooding.cox_information : flooding.information);
  if (plan.is_cox()) {
    floodings.insert(floodings.end(), size, flooding.cox_factor);
    floodings.insert(floodings.end(), training_sum_count(plan), flooding.sum);
    return floodings;
  }
  floodings.insert(floodings.end(), kTrainingSums, flooding.sum);
  floodings.end()[-2] = flooding.entropy;
  floodings.end()[-1] = flooding.residual;
  return floodings;
}

std::vector<double> training_units(const LogisticPlan& plan, std::size_t slot_count) {
  const std::size_t size = plan.released_size();
  const auto slots = static_cast<double>(slot_count);
  std::vector<double> units(size, 1.0);
  units.insert(units.end(), size + size * (size + 1) / 2, slots);
  if (plan.is_cox()) units.insert(units.end(), size, 1.0);
  units.insert(units.end(), training_sum_count(plan), slots);
  if (!plan.is_cox()) units.back() *= kLinearPredictorUnit;
  return units;
}

Status check_logistic_plan(const LogisticPlan& plan) {
  if (plan.size() < 1 || plan.size() > kTrainingColumnsMax) {
    return fail(Code::kInvalidArgument, "a model with " + std::to_string(plan.size()) + " coefficients, must be 1 to " +
                                            std::to_string(kTrainingColumnsMax));
  }
  MC_TRY_STATUS(check_products(plan.columns, "a design column"));
  MC_TRY_STATUS(check_column(plan.response, "the response"));
  MC_TRY_STATUS(check_columns(plan.where, kCaseFactorsMax, "the condition"));
  if (plan.unless.size() > kUnlessMax) {
    return fail(Code::kLimit, "a condition with " + std::to_string(plan.unless.size()) + " alternatives, at most " +
                                  std::to_string(kUnlessMax) + " are possible");
  }
  MC_TRY_STATUS(check_products(plan.unless, "an alternative"));
  MC_TRY_STATUS(check_columns(plan.complete, kCaseFactorsMax, "completeness"));
  if (!plan.weights.empty()) MC_TRY_STATUS(check_column(plan.weights, "the weights"));
  if (!plan.offset.empty()) MC_TRY_STATUS(check_column(plan.offset, "the offset"));
  if (!(plan.offset_unit > 0) || plan.offset_unit > kOffsetMax) {
    return fail(Code::kInvalidArgument, "an offset in units of " + std::to_string(plan.offset_unit));
  }
  if (!plan.ridge.empty() && plan.ridge.size() != plan.size()) {
    return fail(Code::kInvalidArgument, std::to_string(plan.ridge.size()) + " ridge penalties for " +
                                            std::to_string(plan.size()) + " coefficients");
  }
  for (const double penalty : plan.ridge) {
    if (!std::isfinite(penalty) || penalty < 0) {
      return fail(Code::kInvalidArgument, "a ridge penalty of " + std::to_string(penalty));
    }
  }
  MC_TRY_STATUS(check_columns(plan.at_risk, kAtRiskMax, "who is at risk"));
  if (plan.is_cox()) {
    const bool fits = plan.intercept && !plan.columns.empty() && plan.weights.empty() && plan.offset.empty() &&
                      plan.ridge.empty() && plan.at_risk.size() > (plan.beyond ? 1u : 0u);
    if (!fits) return fail(Code::kInvalidArgument, "a Cox model with weights, an offset, a penalty or without columns");
  } else if (plan.beyond || plan.efron) {
    return fail(Code::kInvalidArgument, "a regression without times says who is followed beyond them, or whose ties");
  }
  if (plan.iterations < 2 || plan.iterations > kIterationsMax) {
    return fail(Code::kInvalidArgument,
                std::to_string(plan.iterations) + " iterations, must be 2 to " + std::to_string(kIterationsMax));
  }
  return {};
}

void write_logistic_plan(Writer& writer, const LogisticPlan& plan) {
  writer.u8(plan.intercept ? 1 : 0);
  write_products(writer, plan.columns);
  write_column(writer, plan.response);
  write_columns(writer, plan.where);
  write_products(writer, plan.unless);
  write_columns(writer, plan.complete);
  write_column(writer, plan.weights);
  write_column(writer, plan.offset);
  writer.f64(plan.offset_unit);
  writer.u32(static_cast<std::uint32_t>(plan.ridge.size()));
  for (const double penalty : plan.ridge) writer.f64(penalty);
  writer.u32(plan.iterations);
  write_columns(writer, plan.at_risk);
  writer.u8(plan.beyond ? 1 : 0);
  writer.u8(plan.efron ? 1 : 0);
}

Result<LogisticPlan> read_logistic_plan(Reader& reader) {
  LogisticPlan plan;
  MC_TRY(const std::uint8_t intercept, reader.u8());
  if (intercept > 1) return fail(reader.error("an intercept is there or not, found " + std::to_string(intercept)));
  plan.intercept = intercept == 1;
  MC_TRY(plan.columns, read_products(reader, kTrainingColumnsMax));
  MC_TRY(plan.response, read_column(reader));
  MC_TRY(plan.where, read_columns(reader, kCaseFactorsMax));
  MC_TRY(plan.unless, read_products(reader, kUnlessMax));
  MC_TRY(plan.complete, read_columns(reader, kCaseFactorsMax));
  MC_TRY(plan.weights, read_column(reader));
  MC_TRY(plan.offset, read_column(reader));
  MC_TRY(plan.offset_unit, reader.f64());
  MC_TRY(const std::uint32_t penalties, reader.count(kTrainingColumnsMax, 8));
  for (std::uint32_t i = 0; i < penalties; ++i) {
    MC_TRY(const double penalty, reader.f64());
    plan.ridge.push_back(penalty);
  }
  MC_TRY(plan.iterations, reader.u32());
  MC_TRY(plan.at_risk, read_columns(reader, kAtRiskMax));
  for (bool* const flag : {&plan.beyond, &plan.efron}) {
    MC_TRY(const std::uint8_t value, reader.u8());
    if (value > 1) return fail(reader.error("a flag is neither 0 nor 1"));
    *flag = value == 1;
  }
  if (const Status checked = check_logistic_plan(plan); !checked) return fail(reader.error(checked.error().message));
  return plan;
}

std::vector<std::string> features_of(const LogisticPlan& plan) {
  std::vector<std::string> handles;
  const auto take = [&](const FeatureColumn& column) { add_features_of(column, handles); };
  for (const TrainingColumn& column : plan.columns) std::ranges::for_each(column, take);
  take(plan.response);
  std::ranges::for_each(plan.where, take);
  for (const TrainingColumn& column : plan.unless) std::ranges::for_each(column, take);
  std::ranges::for_each(plan.complete, take);
  take(plan.weights);
  take(plan.offset);
  std::ranges::for_each(plan.at_risk, take);
  return handles;
}

}  // namespace mc::query
