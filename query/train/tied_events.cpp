// SPDX-License-Identifier: Apache-2.0
#include "query/train/tied_events.hpp"

#include <algorithm>

namespace mc::query {
namespace {

/// value(l) in slot l of every time, `elsewhere` in those of none.
template <class Value>
std::vector<double> in_every(const SlotPlaces& times, Value value, double elsewhere) {
  return times.filled([&](std::size_t, std::size_t l) { return value(l); }, elsewhere);
}

/// 1 in the slots with l < d, and 1 in those of a time with d > each; the latter are left out where no d can be.
Result<std::vector<fhe::Ciphertext>> marks(const fhe::Ciphertext& counts, const SlotPlaces& times, double persons,
                                           const SlotIterations& iterations) {
  const std::size_t each = times.each();
  // d and what it is compared with differ by half of one at least. No d is above `persons`.
  const auto compared = [&](std::size_t l) { return -(std::min(static_cast<double>(l), persons) + 0.5) / persons; };
  std::vector<fhe::Ciphertext> values{counts};
  MC_TRY_STATUS(iterations.add(values[0], in_every(times, compared, -1)));
  if (static_cast<double>(each) < persons) {
    values.push_back(counts);
    MC_TRY_STATUS(iterations.add(values[1], in_every(
                                                times, [&](std::size_t) { return compared(each); }, -1)));
  }
  const double half = 0.5 / persons;
  MC_TRY_STATUS(iterations.to_signs(values, sign_scalings(half, 1 + half)));
  for (fhe::Ciphertext& value : values) {
    MC_TRY(value, iterations.scaled(value, 0.5));
    MC_TRY_STATUS(iterations.add(value, 0.5));
  }
  return values;
}

/// persons / d where there are events, and something below `persons` elsewhere.
Result<fhe::Ciphertext> one_over(const fhe::Ciphertext& counts, const fhe::Ciphertext& placed, double persons,
                                 const SlotIterations& iterations) {
  MC_TRY(fhe::Ciphertext others, iterations.scaled(placed, -1 / persons));
  MC_TRY_STATUS(iterations.add(others, 1 / persons));
  MC_TRY(const fhe::Ciphertext same, iterations.scaled(counts, 1));
  MC_TRY(fhe::Ciphertext positive, iterations.sum(same, others));
  MC_TRY(positive, iterations.refreshed(std::move(positive), SlotIterations::kRoomOfSums));
  // Up to 1 + 1 / persons, at most 2: halved, it is at most 1.
  MC_TRY(fhe::Ciphertext inverse, iterations.constant(0.5, positive));
  MC_TRY_STATUS(iterations.divide(positive, inverse, inverse_scalings(0.5 / persons), 1));
  return inverse;
}

}  // namespace

/// With g = [d > each] and M = min(d, each): shares [l < d] ((l + 1/2) / M - 1/(2d)) and weights [l < d] d / M. As g
/// implies [l < d], these are  1/d ([l < d] l - g (l + 1/2)) + g (l + 1/2) / each  and  [l < d] + g (d / each - 1).
Result<TiedEvents> tied_events(const fhe::Ciphertext& counts, const SlotPlaces& times, double persons,
                               const SlotIterations& iterations) {
  MC_TRY(const std::vector<fhe::Ciphertext> found, marks(counts, times, persons, iterations));
  const fhe::Ciphertext& placed = found[0];
  MC_TRY(const fhe::Ciphertext inverse, one_over(counts, placed, persons, iterations));
  const fhe::Scale unit = inverse.scale;
  const auto each = static_cast<double>(times.each());
  const auto index = [&](std::size_t l) {
    return static_cast<double>(l) < persons ? static_cast<double>(l) / persons : 0.0;
  };
  MC_TRY(fhe::Ciphertext factor, iterations.scaled(placed, in_every(times, index, 0), unit));
  if (found.size() == 1) {
    MC_TRY(fhe::Ciphertext shares, iterations.product(inverse, factor));
    MC_TRY(shares, iterations.refreshed(std::move(shares), SlotIterations::kRoomOfSums));
    MC_TRY(fhe::Ciphertext weights, iterations.refreshed(placed, SlotIterations::kRoomOfSums));
    return TiedEvents{std::move(weights), std::move(shares), placed};
  }
  const fhe::Ciphertext& grouped = found[1];
  const auto middle = [](std::size_t l) { return static_cast<double>(l) + 0.5; };
  const auto less = in_every(
      times, [&](std::size_t l) { return -middle(l) / persons; }, 0);
  MC_TRY(const fhe::Ciphertext of_groups, iterations.scaled(grouped, less, unit));
  MC_TRY(factor, iterations.sum(factor, of_groups));
  MC_TRY(fhe::Ciphertext shares, iterations.product(inverse, factor));
  const auto places = in_every(
      times, [&](std::size_t l) { return middle(l) / each; }, 0);
  MC_TRY(const fhe::Ciphertext in_groups, iterations.scaled(grouped, places, shares.scale));
  MC_TRY(shares, iterations.sum(shares, in_groups));
  MC_TRY(shares, iterations.refreshed(std::move(shares), SlotIterations::kRoomOfSums));

  MC_TRY(fhe::Ciphertext more, iterations.scaled(counts, persons / each));
  MC_TRY_STATUS(iterations.add(more, -1));
  MC_TRY(fhe::Ciphertext weights, iterations.product(grouped, more));
  MC_TRY(const fhe::Ciphertext one_each, iterations.scaled(placed, 1, weights.scale));
  MC_TRY(weights, iterations.sum(weights, one_each));
  MC_TRY(weights, iterations.refreshed(std::move(weights), SlotIterations::kInverseLog2));
  return TiedEvents{std::move(weights), std::move(shares), placed};
}

}  // namespace mc::query
