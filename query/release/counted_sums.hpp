// SPDX-License-Identifier: Apache-2.0
// What was released for a model that is told from numbers of persons.
#pragma once

#include <cstdint>
#include <vector>

#include "query/release/measured.hpp"

namespace mc::query {

inline constexpr double kPersonsMax = 0x1p32;  // slots of a data set

struct CountedSums {
  Measured everybody;          // who matches WHERE, whatever is missing of them
  std::vector<Measured> sums;  // in the plan's order
  /// Of the noise that is in each sum on purpose; empty where there is none. Then standard errors and intervals contain
  /// what it does.
  std::vector<double> noise_sd = {};
  std::uint32_t round_to = 1;  // then counts are shown as multiples of it
};

/// All of them when every count is known, otherwise none.
int digits_of(const CountedSums& sums);

/// Who matches WHERE and is in no stratum, when `n` persons are in one. Of noise: 0 where it may be nobody.
///   errors  kCorrupt when counts that are known contradict each other
Result<double> missing_of(const CountedSums& sums, double n);

/// How many persons count, when the strata have `n` together: where nobody is missing, the one count of everybody,
/// which carries less noise than many.
double persons_counted(const CountedSums& sums, double n, double missing);

/// "  (16 observations deleted due to missingness)", or nothing.
std::string missing_text(double missing);

}  // namespace mc::query
