// SPDX-License-Identifier: Apache-2.0
#include "fhe/circuits/testing/remez.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "base/check.hpp"

namespace mc::fhe::testing {
namespace {

constexpr int kExchangesMax = 60;
constexpr double kRounding = 0x1p-98;  // of numbers near one, with some 15 bits to spare
constexpr int kPointsBetween = 24;     // places looked at between two points of the reference

/// T_0(y) … T_degree(y), or those of odd index.
std::vector<Wide> basis_at(const MinimaxProblem& problem, Wide x) {
  const Wide y = (2 * x - problem.basis_low - problem.basis_high) / (problem.basis_high - problem.basis_low);
  std::vector<Wide> values;
  Wide previous = 1, current = y;
  if (problem.terms == Terms::kAll) values.push_back(1);
  for (std::uint32_t k = 1; k <= problem.degree; ++k) {
    if (problem.terms == Terms::kAll || k % 2 == 1) values.push_back(current);
    previous = std::exchange(current, 2 * y * current - previous);
  }
  return values;
}

/// Gauss with the largest pivot; the last column is the right side.
std::vector<Wide> solve(std::vector<std::vector<Wide>> rows) {
  const std::size_t n = rows.size();
  for (std::size_t column = 0; column < n; ++column) {
    std::size_t pivot = column;
    for (std::size_t i = column + 1; i < n; ++i) {
      if (absolute(rows[i][column]) > absolute(rows[pivot][column])) pivot = i;
    }
    std::swap(rows[column], rows[pivot]);
    MC_CHECK(rows[column][column] != 0);
    for (std::size_t i = column + 1; i < n; ++i) {
      const Wide factor = rows[i][column] / rows[column][column];
      for (std::size_t k = column; k <= n; ++k) rows[i][k] -= factor * rows[column][k];
    }
  }
  std::vector<Wide> solution(n);
  for (std::size_t i = n; i-- > 0;) {
    solution[i] = rows[i][n];
    for (std::size_t k = i + 1; k < n; ++k) solution[i] -= rows[i][k] * solution[k];
    solution[i] /= rows[i][i];
  }
  return solution;
}

Wide weighted_error(const MinimaxProblem& problem, const Minimax& p, Wide x) {
  return (p.evaluate(problem, x) - problem.f(x)) * problem.weight(x);
}

/// The polynomial whose weighted error alternates with equal size over the reference.
Minimax level_on(const MinimaxProblem& problem, const std::vector<Wide>& reference) {
  std::vector<std::vector<Wide>> rows;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    std::vector<Wide> row = basis_at(problem, reference[i]);
    row.push_back((i % 2 == 0 ? 1 : -1) / problem.weight(reference[i]));
    row.push_back(problem.f(reference[i]));
    rows.push_back(std::move(row));
  }
  const std::vector<Wide> solution = solve(std::move(rows));
  Minimax p;
  p.coefficients.resize(problem.degree + 1);
  for (std::size_t i = 0; i + 1 < solution.size(); ++i) {
    p.coefficients[problem.terms == Terms::kAll ? i : 2 * i + 1] = solution[i];
  }
  p.error = absolute(solution.back());
  return p;
}

/// The place near `middle` where sign * error is largest, by parabolas through three points. The neighbours of a place
/// of the grid are not equally far, so the peak may lie beyond `step`: then the place moves there first.
Wide refine(const MinimaxProblem& problem, const Minimax& p, Wide middle, Wide step, int sign) {
  const auto size_at = [&](Wide x) { return sign * weighted_error(problem, p, x); };
  for (int narrowed = 0, i = 0; narrowed < 3 && i < 40; ++i) {
    const Wide left = std::max(middle - step, problem.low), right = std::min(middle + step, problem.high);
    const Wide a = size_at(left), b = size_at(middle), c = size_at(right);
    if (a > b || c > b) {
      middle = a > c ? left : right;
      continue;
    }
    const Wide curvature = a - 2 * b + c;
    if (left == middle - step && right == middle + step && curvature < 0) {
      const Wide moved = middle + step * (a - c) / (2 * curvature);
      if (size_at(moved) > b) middle = moved;
    }
    step /= 16;
    ++narrowed;
  }
  return middle;
}

struct Extremum {
  Wide x, size;
  int sign;
};

/// One place per run of errors of one sign: the worst of the run.
std::vector<Extremum> find_extrema(const MinimaxProblem& problem, const Minimax& p,
                                   const std::vector<Wide>& reference) {
  std::vector<Wide> places{problem.low};
  std::vector<Wide> ends = reference;
  if (ends.front() > problem.low) ends.insert(ends.begin(), problem.low);
  if (ends.back() < problem.high) ends.push_back(problem.high);
  for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
    for (int k = 1; k <= kPointsBetween; ++k) {
      places.push_back(k == kPointsBetween ? ends[i + 1] : ends[i] + (ends[i + 1] - ends[i]) * k / kPointsBetween);
    }
  }
  std::vector<Extremum> extrema;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Wide error = weighted_error(problem, p, places[i]);
    const int sign = error < 0 ? -1 : 1;
    if (extrema.empty() || extrema.back().sign != sign) {
      extrema.push_back({places[i], absolute(error), sign});
    } else if (absolute(error) > extrema.back().size) {
      extrema.back() = {places[i], absolute(error), sign};
    }
  }
  const Wide span = problem.high - problem.low;
  for (Extremum& extremum : extrema) {
    // A quarter of the distance to the next place of the grid is near enough for a parabola.
    Wide step = span;
    for (const Wide place : places) {
      if (place != extremum.x && absolute(place - extremum.x) < step) step = absolute(place - extremum.x);
    }
    extremum.x = refine(problem, p, extremum.x, step, extremum.sign);
    extremum.size = absolute(weighted_error(problem, p, extremum.x));
  }
  return extrema;
}

/// Leaves out the least extrema until `count` are left; what remains still alternates and has the largest of them.
std::vector<Extremum> choose(std::vector<Extremum> extrema, std::size_t count) {
  MC_CHECK(extrema.size() >= count);
  while (extrema.size() > count) {
    const auto least =
        std::ranges::min_element(extrema, [](const Extremum& a, const Extremum& b) { return a.size < b.size; });
    const auto last = extrema.end() - 1;
    if (least == extrema.begin() || least == last) {
      extrema.erase(least);
    } else if (extrema.size() == count + 1) {
      extrema.erase(extrema.front().size < last->size ? extrema.begin() : last);
    } else {
      // Its neighbours have one sign: the lesser one goes with it.
      const auto first = (least - 1)->size < (least + 1)->size ? least - 1 : least;
      extrema.erase(first, first + 2);
    }
  }
  return extrema;
}

}  // namespace

Wide absolute(Wide x) {
  return x < 0 ? -x : x;
}

Wide exponential(Wide x) {
  // By exp(x) - 1, which doubles without loss near zero: E -> E (2 + E).
  constexpr int kHalvings = 6;
  Wide term = 1, sum = 0;
  const Wide small = x / (1 << kHalvings);
  for (int k = 1; k < 60; ++k) {
    term *= small / k;
    sum += term;
  }
  for (int i = 0; i < kHalvings; ++i) sum *= 2 + sum;
  return 1 + sum;
}

Wide square_root(Wide x) {
  MC_CHECK(x >= 0);
  if (x == 0) return 0;
  Wide root = std::sqrt(static_cast<double>(x));
  for (int i = 0; i < 3; ++i) root = (root + x / root) / 2;
  return root;
}

Wide Minimax::evaluate(const MinimaxProblem& problem, Wide x) const {
  const Wide y = (2 * x - problem.basis_low - problem.basis_high) / (problem.basis_high - problem.basis_low);
  Wide next = 0, after = 0;
  for (std::size_t k = coefficients.size(); k-- > 1;) {
    after = std::exchange(next, coefficients[k] + 2 * y * next - after);
  }
  return coefficients[0] + y * next - after;
}

Minimax minimax(const MinimaxProblem& problem) {
  const std::size_t unknowns = problem.terms == Terms::kAll ? problem.degree + 1 : (problem.degree + 1) / 2;
  // The first reference: where the Chebyshev polynomial of the interval has its extrema. For odd polynomials those of
  // the upper half, as if the interval were mirrored.
  std::vector<Wide> reference;
  for (std::size_t i = 0; i <= unknowns; ++i) {
    const double angle = std::numbers::pi * static_cast<double>(unknowns - i) / static_cast<double>(unknowns);
    if (problem.terms == Terms::kAll || problem.low > 0) {
      reference.push_back(problem.low + (problem.high - problem.low) * (1 + std::cos(angle)) / 2);
    } else {
      const double quarter =
          std::numbers::pi * (static_cast<double>(unknowns - i)) / static_cast<double>(2 * unknowns + 1);
      reference.push_back(problem.high * std::cos(quarter));
    }
  }
  for (int i = 0; i < kExchangesMax; ++i) {
    Minimax p = level_on(problem, reference);
    const std::vector<Extremum> extrema = find_extrema(problem, p, reference);
    Wide worst = 0;
    for (const Extremum& extremum : extrema) worst = std::max(worst, extremum.size);
    if (worst - p.error <= worst * 0x1p-60 + kRounding) {
      p.error = worst;
      return p;
    }
    reference.clear();
    for (const Extremum& extremum : choose(extrema, unknowns + 1)) reference.push_back(extremum.x);
  }
  MC_CHECK(false && "the exchange converges");
  return {};
}

}  // namespace mc::fhe::testing
