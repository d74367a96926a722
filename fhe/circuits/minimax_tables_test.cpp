// SPDX-License-Identifier: Apache-2.0
#include "fhe/circuits/minimax_tables.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fhe/circuits/testing/circuit_bed.hpp"
#include "fhe/circuits/testing/minimax_problems.hpp"
#include "fhe/ckks/polynomial.hpp"

namespace mc::fhe {
namespace {

using testing::evenly_spaced;
using testing::Minimax;
using testing::MinimaxProblem;
using testing::Wide;

void expect_close(std::span<const double> table, std::span<const double> made) {
  ASSERT_EQ(table.size(), made.size());
  double largest = 0;
  for (const double c : made) largest = std::max(largest, std::fabs(c));
  for (std::size_t k = 0; k < made.size(); ++k) EXPECT_NEAR(table[k], made[k], 1e-14 * largest) << k;
}

class MinimaxTables : public ::testing::TestWithParam<MinimaxFunction> {};
INSTANTIATE_TEST_SUITE_P(Functions, MinimaxTables,
                         ::testing::Values(MinimaxFunction::kSigmoid, MinimaxFunction::kInverse,
                                           MinimaxFunction::kSquareRoot, MinimaxFunction::kInverseSquareRoot,
                                           MinimaxFunction::kFoldedSigmoid, MinimaxFunction::kFoldedEntropy));

TEST_P(MinimaxTables, AreWhatTheExchangeMakesAnywhere) {
  const auto tables = minimax_tables(GetParam());
  const auto wanted = testing::wanted_tables(GetParam());
  ASSERT_EQ(tables.size(), wanted.size());
  for (std::size_t i = 0; i < tables.size(); ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(tables[i].low, wanted[i].low);
    EXPECT_EQ(tables[i].high, wanted[i].high);
    EXPECT_EQ(tables[i].degree, wanted[i].degree);
    const MinimaxProblem problem = testing::problem_of(GetParam(), wanted[i]);
    const Minimax solution = testing::minimax(problem);
    expect_close(tables[i].coefficients, testing::kept_coefficients(problem, solution));
    EXPECT_NEAR(tables[i].error / testing::stated_error(GetParam(), problem, solution), 1, 1e-9);
    EXPECT_LT(tables[i].error, 0.1);
  }
}

// Nothing is taken from the exchange here: doubles against the functions themselves, and the error is also reached.
TEST_P(MinimaxTables, ErrByNoMoreThanTheyStateInDoubles) {
  for (const MinimaxTable& table : minimax_tables(GetParam())) {
    const ChebyshevSeries series{table.low, table.high, table.all_coefficients()};
    EXPECT_EQ(series.degree(), table.degree);
    const MinimaxProblem problem = testing::problem_of(GetParam(), {table.low, table.high, table.degree});
    double worst = 0;
    for (const double x : evenly_spaced(table.low, table.high, 4001)) {
      // The sigmoid's problem is its odd half; weight and function hold for negative x too.
      const Wide error = testing::absolute((series(x) - problem.f(x)) * problem.weight(x));
      worst = std::max(worst, static_cast<double>(error));
    }
    EXPECT_LE(worst, table.error) << table.low << " " << table.degree;
    EXPECT_GT(worst, 0.9 * table.error - 1e-12) << table.low << " " << table.degree;
  }
}

TEST(MinimaxTablesOrder, EveryIntervalsDegreesRiseWhileItsErrorsFall) {
  for (const MinimaxFunction function : {MinimaxFunction::kSigmoid, MinimaxFunction::kInverse,
                                         MinimaxFunction::kSquareRoot, MinimaxFunction::kInverseSquareRoot}) {
    const auto tables = minimax_tables(function);
    for (std::size_t i = 1; i < tables.size(); ++i) {
      if (tables[i].low == tables[i - 1].low) {
        EXPECT_GT(tables[i].degree, tables[i - 1].degree);
        EXPECT_LT(tables[i].error, tables[i - 1].error);
      } else {
        EXPECT_LT(tables[i].low, tables[i - 1].low);
      }
    }
  }
}

// The best relative approximation of 1/x is known: its error is 1 / T_(d+1)((1 + r) / (1 - r)), T_n(cosh t) = cosh nt.
TEST(InverseTables, HaveTheErrorOfTheClosedForm) {
  for (const MinimaxTable& table : minimax_tables(MinimaxFunction::kInverse)) {
    const double known = 1 / std::cosh((table.degree + 1) * std::acosh((1 + table.low) / (1 - table.low)));
    EXPECT_NEAR(table.error, known, 1e-8 * known + 1e-12) << table.degree;
  }
}

TEST(SignTables, AreWhatTheExchangeMakesAnywhere) {
  std::uint32_t bits = testing::kSignBitsMin;
  for (const SignTable& table : sign_tables()) {
    SCOPED_TRACE(bits);
    ASSERT_EQ(table.bits, bits);
    const auto stages = testing::sign_stages(bits++);
    ASSERT_EQ(table.stages.size(), stages.size());
    for (std::size_t i = 0; i < stages.size(); ++i) {
      EXPECT_NEAR(table.stages[i].low, stages[i].low, 1e-12);
      EXPECT_NEAR(table.stages[i].error, stages[i].error, 1e-12);
      expect_close(table.stages[i].coefficients, stages[i].coefficients);
    }
  }
  EXPECT_EQ(bits, testing::kSignBitsMax + 1);
}

}  // namespace
}  // namespace mc::fhe
