// SPDX-License-Identifier: Apache-2.0
#include "fhe/circuits/testing/minimax_problems.hpp"

#include <cmath>

#include "base/check.hpp"
#include "fhe/circuits/logistic_curve.hpp"

namespace mc::fhe::testing {
namespace {

/// The x in [-1/2, 1/2] with T_3(x) = t, which falls there: for 0 <= t <= 1 it is -s, and s grows to 1/2.
Wide inverse_of_t3(Wide t) {
  Wide s = t / 3;  // below s, from where Newton's method rises to it: 3 s - 4 s^3 is concave
  for (int i = 0; i < 200 && s < Wide(1) / 2; ++i) {
    const Wide step = (t - s * (3 - 4 * s * s)) / (3 - 12 * s * s);
    if (!(step > 0)) break;
    s += step;
  }
  return -s;
}
/// The x >= 0 that the fold brings to y, 0 <= y <= 1.
Wide unfolded(Wide y) {
  return -LogisticCurve::kBound * inverse_of_t3(-2 * inverse_of_t3(y));
}
/// log(1 + w) = 2 artanh(w / (2 + w)) for 0 <= w <= 1.
Wide log_of_one_plus(Wide w) {
  const Wide ratio = w / (2 + w), square = ratio * ratio;
  Wide power = ratio, sum = 0;
  for (int k = 1; k < 90; k += 2, power *= square) sum += power / k;
  return 2 * sum;
}
/// Of an outcome with the log odds x >= 0.
Wide entropy(Wide x) {
  const Wide w = 1 / exponential(x);
  return log_of_one_plus(w) + x * w / (1 + w);
}

}  // namespace

std::vector<WantedTable> wanted_tables(MinimaxFunction function) {
  if (function == MinimaxFunction::kFoldedSigmoid) return {{-1, 1, 63}};
  if (function == MinimaxFunction::kFoldedEntropy) return {{-1, 1, 31}};
  // Where the error is between a tenth and what doubles hold.
  if (function == MinimaxFunction::kSigmoid) {
    return {{-4, 4, 7},    {-4, 4, 11},   {-4, 4, 15},   {-4, 4, 23},   {-4, 4, 31},  {-8, 8, 7},   {-8, 8, 11},
            {-8, 8, 15},   {-8, 8, 23},   {-8, 8, 31},   {-8, 8, 47},   {-8, 8, 63},  {-16, 16, 7}, {-16, 16, 11},
            {-16, 16, 15}, {-16, 16, 23}, {-16, 16, 31}, {-16, 16, 47}, {-16, 16, 63}};
  }
  const double quarter = 1.0 / 5, sixteenth = 1.0 / 17, sixty_fourth = 1.0 / 65, last = 1.0 / 257;
  return {{quarter, 1, 7},       {quarter, 1, 11},      {quarter, 1, 15},      {quarter, 1, 23},
          {sixteenth, 1, 7},     {sixteenth, 1, 15},    {sixteenth, 1, 23},    {sixteenth, 1, 31},
          {sixteenth, 1, 47},    {sixty_fourth, 1, 15}, {sixty_fourth, 1, 31}, {sixty_fourth, 1, 47},
          {sixty_fourth, 1, 63}, {last, 1, 31},         {last, 1, 63},         {last, 1, 127}};
}

MinimaxProblem problem_of(MinimaxFunction function, const WantedTable& wanted) {
  MinimaxProblem problem{.f = {},
                         .weight = [](Wide) { return Wide(1); },
                         .low = wanted.low,
                         .high = wanted.high,
                         .basis_low = wanted.low,
                         .basis_high = wanted.high,
                         .degree = wanted.degree};
  switch (function) {
    case MinimaxFunction::kSigmoid:
      problem.f = [](Wide x) { return 1 / (1 + exponential(-x)) - Wide(1) / 2; };
      problem.low = 0;
      problem.terms = Terms::kOdd;
      break;
    case MinimaxFunction::kInverse:
      problem.f = [](Wide x) { return 1 / x; };
      problem.weight = [](Wide x) { return x; };
      break;
    case MinimaxFunction::kSquareRoot:
      problem.f = square_root;
      problem.weight = [](Wide x) { return 1 / square_root(x); };
      break;
    case MinimaxFunction::kInverseSquareRoot:
      problem.f = [](Wide x) { return 1 / square_root(x); };
      problem.weight = square_root;
      break;
    case MinimaxFunction::kFoldedSigmoid:
      problem.f = [](Wide y) {
        const Wide half = 1 / (1 + 1 / exponential(unfolded(absolute(y)))) - Wide(1) / 2;
        return y < 0 ? -half : half;
      };
      problem.low = 0;
      problem.terms = Terms::kOdd;
      break;
    case MinimaxFunction::kFoldedEntropy:
      problem.f = [](Wide v) { return entropy(unfolded(square_root((v + 1) / 2))); };
      break;
  }
  return problem;
}

double stated_error(MinimaxFunction function, const MinimaxProblem& problem, const Minimax& solution) {
  Wide magnitudes = 0;
  for (const Wide c : solution.coefficients) magnitudes += absolute(c);
  // Relative errors are worst where 1/x and 1/sqrt(x) are small and the coefficients, of their largest values, are not.
  const Wide smallest = function == MinimaxFunction::kSquareRoot ? square_root(problem.low) : Wide(1);
  return static_cast<double>(solution.error * (1 + 0x1p-30) + 4 * 0x1p-53 * magnitudes / smallest);
}

std::vector<double> kept_coefficients(const MinimaxProblem& problem, const Minimax& solution, Wide factor) {
  std::vector<double> kept;
  for (std::size_t k = 0; k < solution.coefficients.size(); ++k) {
    if (problem.terms == Terms::kAll || k % 2 == 1) {
      kept.push_back(static_cast<double>(factor * solution.coefficients[k]));
    }
  }
  return kept;
}

// Found by trying every sequence of odd degrees from 3 to 31.
std::vector<std::uint32_t> sign_degrees(std::uint32_t bits) {
  switch (bits) {
    case 4:
      return {7, 7};
    case 5:
      return {7, 15};
    case 6:
      return {7, 7, 7};
    case 7:
      return {7, 7, 15};
    case 8:
      return {7, 7, 7, 7};
    case 9:
      return {7, 7, 7, 15};
    case 10:
      return {13, 27, 27};
    case 11:
      return {27, 27, 27};
    case 12:
      return {7, 7, 7, 7, 27};
    default:
      MC_CHECK(false && "a number of bits that there is a table for");
      return {};
  }
}

std::vector<ComputedStage> sign_stages(std::uint32_t bits) {
  std::vector<ComputedStage> stages;
  const std::vector<std::uint32_t> degrees = sign_degrees(bits);
  double low = std::ldexp(1.0, -static_cast<int>(bits));
  for (std::size_t i = 0; i < degrees.size(); ++i) {
    const MinimaxProblem problem{.f = [](Wide) { return Wide(1); },
                                 .weight = [](Wide) { return Wide(1); },
                                 .low = low,
                                 .high = 1,
                                 .basis_low = -1,
                                 .basis_high = 1,
                                 .degree = degrees[i],
                                 .terms = Terms::kOdd};
    const Minimax solution = minimax(problem);
    const bool is_last = i + 1 == degrees.size();
    const Wide divisor = is_last ? Wide(1) : 1 + solution.error;
    stages.push_back({low, static_cast<double>(solution.error), kept_coefficients(problem, solution, 1 / divisor)});
    low = static_cast<double>((1 - solution.error) / (1 + solution.error));
  }
  MC_CHECK(stages.back().error <= std::ldexp(1.0, -static_cast<int>(bits)));
  return stages;
}

}  // namespace mc::fhe::testing
