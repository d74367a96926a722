// SPDX-License-Identifier: Apache-2.0
// For the generator and the tests: which problem each table of fhe/circuits/minimax_tables solves, and what its
// coefficients and its error then are.
#pragma once

#include "fhe/circuits/minimax_tables.hpp"
#include "fhe/circuits/testing/remez.hpp"

namespace mc::fhe::testing {

struct WantedTable {
  double low, high;
  std::uint32_t degree;
};
/// The tables that the library has, in their order.
std::vector<WantedTable> wanted_tables(MinimaxFunction function);

MinimaxProblem problem_of(MinimaxFunction function, const WantedTable& wanted);
/// What a table states: the minimax error and what rounding to doubles, and evaluating in them, may add.
double stated_error(MinimaxFunction function, const MinimaxProblem& problem, const Minimax& solution);
/// The coefficients that a table keeps, rounded to doubles.
std::vector<double> kept_coefficients(const MinimaxProblem& problem, const Minimax& solution, Wide factor = 1);

struct ComputedStage {
  double low, error;
  std::vector<double> coefficients;
};
/// Degrees of the stages with the fewest levels and, among those, relinearisations.
std::vector<std::uint32_t> sign_degrees(std::uint32_t bits);
/// Stages of the composition that starts at 2^-bits.
std::vector<ComputedStage> sign_stages(std::uint32_t bits);
inline constexpr std::uint32_t kSignBitsMin = 4, kSignBitsMax = 12;

}  // namespace mc::fhe::testing
