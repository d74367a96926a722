// SPDX-License-Identifier: Apache-2.0
#include "query/release/counted_sums.hpp"

#include <algorithm>
#include <cmath>

#include "data/record/number.hpp"
#include "query/release/answer_text.hpp"
#include "query/release/digits.hpp"

namespace mc::query {

int digits_of(const CountedSums& sums) {
  const bool known =
      sums.everybody.is_exact() && std::ranges::all_of(sums.sums, [](const Measured& sum) { return sum.is_exact(); });
  return known ? kDigitsMax : 0;
}

Result<double> missing_of(const CountedSums& sums, double n) {
  if (!sums.noise_sd.empty()) {
    const double missing = sums.everybody.value - n;
    const double noise = sums.everybody.error * std::sqrt(double(sums.noise_sd.size()));
    return missing < noise ? 0.0 : rounded_to(missing, sums.round_to);
  }
  const double missing = std::round(sums.everybody.value) - n;
  if (missing >= 0 && missing <= kPersonsMax) return missing;
  if (digits_of(sums) == 0) return 0.0;
  return fail(Code::kCorrupt, "the groups have " + data::number_text(n) + " persons together, and " +
                                  data::number_text(sums.everybody.value) + " match WHERE");
}

double persons_counted(const CountedSums& sums, double n, double missing) {
  return !sums.noise_sd.empty() && missing == 0 ? sums.everybody.value : n;
}

std::string missing_text(double missing) {
  if (missing < 0.5) return "";
  return "  (" + shown(missing, kShownDigitsMax) + " observations deleted due to missingness)\n";
}

}  // namespace mc::query
