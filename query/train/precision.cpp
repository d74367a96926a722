// SPDX-License-Identifier: Apache-2.0
#include "query/train/precision.hpp"

#include "query/plan/training_plan.hpp"

namespace mc::query {

Result<Precision> precision_of(const fhe::Params& params) {
  const std::string& name = params.spec().name;
  if (name == "standard" || name == "test_insecure") return Precision{};
  if (name == "train" || name == "test_train_insecure") {
    return Precision{.primes = 2,
                     .scale_log2 = 90,
                     .spare_log2 = 45,
                     .base = fhe::Level(5),
                     .load_primes = 2,
                     .matrix_log2 = 103,
                     .answer = fhe::Level(3),
                     .answer_log2 = 80,
                     // What an answer claims and what refreshes do is one fact.
                     .flooded = training_flooding(name).statistical};
  }
  return fail(Code::kUnsupported, "models are trained in the profiles standard and train, not in " + name);
}

}  // namespace mc::query
