// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/chebyshev.hpp"

#include <bit>

#include "base/check.hpp"

namespace mc::fhe {
namespace {

/// round(value * cosine), cosine with 127 fractional bits.
i128 times(i128 value, u128 cosine) {
  return with_sign(shift_round(multiply_wide(magnitude(value), cosine), 127), value < 0);
}
/// round(2 * value * cosine).
i128 times_twice(i128 value, u128 cosine) {
  return with_sign(shift_round(multiply_wide(magnitude(value), cosine), 126), value < 0);
}

}  // namespace

ChebyshevTransform::ChebyshevTransform(std::size_t degree) : size_(degree / 2), cosines_(size_), leaf_of_slot_(size_) {
  MC_CHECK(std::has_single_bit(degree) && degree >= 16);
  const std::vector<u128> table = cosine_table(degree);
  // Node j of depth d stands for T_n - cos(pi R / 2^(d+1)), n = M / 2^d; its children have R and 2^(d+2) - R.
  std::vector<std::uint32_t> numerators{1};
  for (std::size_t nodes = 1; nodes < size_; nodes *= 2) {
    std::vector<std::uint32_t> children;
    for (std::size_t j = 0; j < nodes; ++j) {
      cosines_[nodes + j] = table[numerators[j] * (size_ / nodes / 2)];
      children.push_back(numerators[j]);
      children.push_back(static_cast<std::uint32_t>(4 * nodes) - numerators[j]);
    }
    numerators = std::move(children);
  }
  std::vector<std::uint32_t> leaf_of_angle(degree);
  for (std::size_t leaf = 0; leaf < size_; ++leaf) leaf_of_angle[numerators[leaf]] = static_cast<std::uint32_t>(leaf);
  std::size_t power = 1;
  for (std::size_t slot = 0; slot < size_; ++slot) {
    leaf_of_slot_[slot] = leaf_of_angle[power < degree ? power : 2 * degree - power];
    power = power * 5 % (2 * degree);
  }
}

// Transposed butterfly of a node with n coefficients a, from its children's b and b' (n/2 each):
//   a_0 = b_0 + b'_0, a_{n/2} = c (b_0 - b'_0);  a_k = b_k + b'_k,  a_{n/2+k} = 2c (b_k - b'_k) - a_{n/2-k}.
void ChebyshevTransform::leaves_to_sums(std::span<i128> values) const {
  MC_CHECK(values.size() == size_);
  for (std::size_t n = 2; n <= size_; n *= 2) {
    const std::size_t nodes = size_ / n;
    const std::size_t half = n / 2;
    for (std::size_t node = 0; node < nodes; ++node) {
      const u128 c = cosines_[nodes + node];
      i128* lower = values.data() + node * n;
      i128* upper = lower + half;
      const i128 difference = lower[0] - upper[0];
      lower[0] += upper[0];
      upper[0] = times(difference, c);
      for (std::size_t k = 1; k < half; ++k) {
        const i128 d = lower[k] - upper[k];
        lower[k] += upper[k];
        upper[k] = times_twice(d, c);
      }
      for (std::size_t k = 1; k < half; ++k) upper[k] -= lower[half - k];
    }
  }
}

// T_{n/2+k} = 2 T_{n/2} T_k - T_{n/2-k} with T_{n/2} = c for one child and -c for the other.
void ChebyshevTransform::series_to_leaves(std::span<i128> values) const {
  MC_CHECK(values.size() == size_);
  for (std::size_t n = size_; n >= 2; n /= 2) {
    const std::size_t nodes = size_ / n;
    const std::size_t half = n / 2;
    for (std::size_t node = 0; node < nodes; ++node) {
      const u128 c = cosines_[nodes + node];
      i128* lower = values.data() + node * n;
      i128* upper = lower + half;
      for (std::size_t k = 1; k < half; ++k) lower[k] -= upper[half - k];
      const i128 constant = times(upper[0], c);
      upper[0] = lower[0] - constant;
      lower[0] += constant;
      for (std::size_t k = 1; k < half; ++k) {
        const i128 product = times_twice(upper[k], c);
        upper[k] = lower[k] - product;
        lower[k] += product;
      }
    }
  }
}

}  // namespace mc::fhe
