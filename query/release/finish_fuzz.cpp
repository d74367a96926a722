// SPDX-License-Identifier: Apache-2.0
// Any question with any opened sums: a table, or an error with a sentence. The input is SQL, a zero byte, and doubles
// that are taken as the sums' means and error bounds, again from the beginning where there are too few.
#include <algorithm>
#include <bit>
#include <cmath>

#include "query/plan/compile.hpp"
#include "query/release/finish.hpp"
#include "query/testing/trial.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc::query;
  static const mc::data::Schema schema = testing::clinic_schema();
  static const LimbBudget budget = limb_budget("standard").value_or_stop();
  static const mc::data::Schema trial = testing::trial_schema();
  const auto* zero = std::find(data, data + size, 0);
  const std::string_view sql(reinterpret_cast<const char*>(data), static_cast<std::size_t>(zero - data));
  auto plan = compile(sql, schema, "clinic", budget);
  if (!plan) plan = compile(sql, trial, "trial", budget);  // which has times
  if (!plan) return 0;
  std::vector<double> numbers;
  for (const auto* at = zero; at + 8 < data + size; at += 8) {
    std::uint64_t bits = 0;
    for (int i = 0; i < 8; ++i) bits |= std::uint64_t{at[i + 1]} << (8 * i);
    numbers.push_back(std::bit_cast<double>(bits));
  }
  if (numbers.empty()) numbers = {0.01, 1e-12};
  std::vector<double> means, errors;
  for (std::size_t i = 0; i < plan->moments.size(); ++i) {
    means.push_back(numbers[(2 * i) % numbers.size()]);
    errors.push_back(std::abs(numbers[(2 * i + 1) % numbers.size()]));
  }
  const auto table = finish(*plan, means, errors, 8192);
  if (table) {
    MC_CHECK(!render_table(*table).empty());
  } else {
    MC_CHECK(!table.error().message.empty());
  }
  return 0;
}
