// SPDX-License-Identifier: Apache-2.0
// A fitted model as one cell of an answer: an object for programs and a table for people.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "query/plan/plan.hpp"
#include "query/release/linear_model.hpp"

namespace mc::query {

struct ModelAnswer {
  std::string json;  // one object (docs/questions.md says which fields)
  std::string text;  // lines as R's summary() prints them
  int digits = 0;    // certain decimal digits, of each estimate relative to the larger of itself and its standard error
  std::string picture{};  // SVG, of models that are drawn
};

/// So often noise is drawn anew to see what it does.
inline constexpr int kNoiseDraws = 200;

/// How a table holds it: never empty, and cheap to copy.
using ModelCell = std::shared_ptr<const ModelAnswer>;

/// Of linear_regression.
ModelAnswer model_answer(const PlanModel& model, const LinearFit& fit);

}  // namespace mc::query
