// SPDX-License-Identifier: Apache-2.0
#include "query/train/slot_iterations.hpp"

#include <cmath>

#include "query/execute/block_pass.hpp"

namespace mc::query {
namespace {

constexpr double kDone = 1 - 1e-9;
/// From here on scalings would gain nothing.
constexpr double kNear = 0.9;

}  // namespace

std::vector<double> inverse_scalings(double smallest) {
  std::vector<double> steps;
  while (smallest < kDone) {
    steps.push_back(smallest < kNear ? 2 / (1 + smallest) : 1.0);
    smallest = steps.back() * smallest * (2 - steps.back() * smallest);
  }
  return steps;
}

std::vector<double> sign_scalings(double smallest, double largest) {
  std::vector<double> steps;
  while (smallest < kDone) {
    // Both ends of the interval come to one place, and what is between them to at most 1.
    const double c =
        smallest < kNear ? std::sqrt(3 / (smallest * smallest + smallest * largest + largest * largest)) : 1.0;
    smallest = c * smallest * (3 - c * c * smallest * smallest) / 2;
    largest = 1;
    steps.push_back(c);
  }
  return steps;
}

Result<fhe::Ciphertext> SlotIterations::refreshed(fhe::Ciphertext value, std::uint32_t message_log2) const {
  std::vector<fhe::Ciphertext> values;
  values.push_back(std::move(value));
  MC_TRY(values, refreshed_whole(bench_, precision_, refresher_, std::move(values), message_log2));
  return std::move(values.front());
}

Result<fhe::Ciphertext> SlotIterations::scaled(const fhe::Ciphertext& value, double times) const {
  return scaled(value, times, precision_.scale());
}

Result<fhe::Ciphertext> SlotIterations::scaled(const fhe::Ciphertext& value, double times,
                                               const fhe::Scale& scale) const {
  const fhe::Scale prime = fhe::Scale::of_top_primes(value.level().value, 1);
  MC_TRY(const fhe::Plaintext factor,
         bench_.encoder.encode_constant(times, value.level(), scale * prime / value.scale));
  MC_TRY(fhe::Ciphertext product, bench_.evaluator.multiply_plain(value, factor));
  MC_TRY_STATUS(bench_.evaluator.rescale_inplace(product, 1));
  return product;
}

Result<fhe::Ciphertext> SlotIterations::scaled(const fhe::Ciphertext& value, std::span<const double> slots,
                                               const fhe::Scale& scale) const {
  const fhe::Scale prime = fhe::Scale::of_top_primes(value.level().value, 1);
  MC_TRY(const fhe::Plaintext factor, bench_.encoder.encode(slots, value.level(), scale * prime / value.scale));
  MC_TRY(fhe::Ciphertext product, bench_.evaluator.multiply_plain(value, factor));
  MC_TRY_STATUS(bench_.evaluator.rescale_inplace(product, 1));
  return product;
}

Status SlotIterations::add(fhe::Ciphertext& value, double constant) const {
  MC_TRY(const fhe::Plaintext added, bench_.encoder.encode_constant(constant, value.level(), value.scale));
  return bench_.evaluator.add_plain_inplace(value, added);
}

Status SlotIterations::add(fhe::Ciphertext& value, std::span<const double> slots) const {
  MC_TRY(const fhe::Plaintext added, bench_.encoder.encode(slots, value.level(), value.scale));
  return bench_.evaluator.add_plain_inplace(value, added);
}

Result<fhe::Ciphertext> SlotIterations::sum(const fhe::Ciphertext& a, const fhe::Ciphertext& b) const {
  const std::uint32_t level = std::min(a.level(), b.level()).value;
  fhe::Ciphertext result = restricted(a, level);
  MC_TRY_STATUS(bench_.evaluator.add_inplace(result, restricted(b, level)));
  return result;
}

Result<fhe::Ciphertext> SlotIterations::constant(double value, const fhe::Ciphertext& like) const {
  fhe::Ciphertext result = like;
  bench_.evaluator.multiply_integer_inplace(result, 0);
  result.scale = precision_.scale();
  MC_TRY_STATUS(add(result, value));
  return result;
}

Status SlotIterations::divide(const fhe::Ciphertext& sums, fhe::Ciphertext& inverse, std::span<const double> scalings,
                              double first) const {
  for (const double scaling : scalings) {
    const double c = scaling * first;
    first = 1;
    MC_TRY(fhe::Ciphertext factor, product(sums, inverse));
    MC_TRY(factor, scaled(factor, -c));
    MC_TRY_STATUS(add(factor, 2));
    MC_TRY(fhe::Ciphertext next, product(inverse, factor));
    MC_TRY(next, scaled(next, c));
    MC_TRY(inverse, refreshed(std::move(next), kInverseLog2));
  }
  return {};
}

Status SlotIterations::to_signs(std::vector<fhe::Ciphertext>& values, std::span<const double> scalings) const {
  for (const double c : scalings) {
    for (fhe::Ciphertext& x : values) {
      MC_TRY(const fhe::Ciphertext square, product(x, x));
      MC_TRY(fhe::Ciphertext factor, scaled(square, -c * c * c / 2));
      MC_TRY_STATUS(add(factor, 3 * c / 2));
      MC_TRY(x, product(x, factor));
    }
    MC_TRY(values, refreshed_whole(bench_, precision_, refresher_, std::move(values), kRoomOfSums));
  }
  return {};
}

}  // namespace mc::query
