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

ChebyshevTransform::ChebyshevTransform(std::size_t degree)
    : size_(degree / 2), cosines_(size_), cosines_high_(size_), cosines_low_(size_), leaf_of_slot_(size_) {
  MC_CHECK(std::has_single_bit(degree) && degree >= 16);
  const std::vector<u128> table = cosine_table(degree);
  // Node j of depth d stands for T_n - cos(pi R / 2^(d+1)), n = M / 2^d; its children have R and 2^(d+2) - R.
  std::vector<std::uint32_t> numerators(size_);
  numerators[0] = 1;
  for (std::size_t nodes = 1; nodes < size_; nodes *= 2) {
    for (std::size_t j = 0; j < nodes; ++j) {
      const u128 cosine = table[numerators[j] * (size_ / nodes / 2)];
      cosines_[nodes + j] = cosine;
      const u128 rounded = (cosine + (u128{1} << 22)) >> 23;
      cosines_high_[nodes + j] = static_cast<std::uint64_t>(rounded >> 52);
      cosines_low_[nodes + j] = static_cast<std::uint64_t>(rounded) & ((std::uint64_t{1} << 52) - 1);
      numerators[nodes + j] = static_cast<std::uint32_t>(4 * nodes) - numerators[j];
    }
  }
  std::vector<std::uint32_t> leaf_of_angle(degree);
  for (std::size_t leaf = 0; leaf < size_; ++leaf) leaf_of_angle[numerators[leaf]] = static_cast<std::uint32_t>(leaf);
  std::size_t power = 1;
  for (std::size_t slot = 0; slot < size_; ++slot) {
    leaf_of_slot_[slot] = leaf_of_angle[power < degree ? power : 2 * degree - power];
    power = power * 5 % (2 * degree);
  }
}

// T_{n/2+k} = 2 T_{n/2} T_k - T_{n/2-k} with T_{n/2} = c for one child and -c for the other: a node with n coefficients
// gives b_k = (a_k - a_{n-k}) + 2c a_{n/2+k} and b'_k with a minus. Row r has the children of coefficients k and
// n/2 + k side by side, `nodes` of each.
void ChebyshevTransform::series_to_leaves(std::span<i128> values) const {
  MC_CHECK(values.size() == size_);
  const int log_size = std::countr_zero(size_);
  for (std::size_t k = 0; k < size_; ++k) {
    if (const std::size_t row = reverse_bits(k, log_size); row < k) std::swap(values[row], values[k]);
  }
  for (std::size_t nodes = 1; nodes < size_; nodes *= 2) {
    const std::size_t half = size_ / nodes / 2;
    for (std::size_t below = 1; below < half; below *= 2) {
      for (std::size_t row = below; row < 2 * below; ++row) {
        i128* lower = values.data() + row * 2 * nodes;
        const i128* mirrored = values.data() + mirror_row(row, below) * 2 * nodes + nodes;
        for (std::size_t j = 0; j < nodes; ++j) lower[j] -= mirrored[j];
      }
    }
    for (std::size_t row = 0; row < half; ++row) {
      i128* lower = values.data() + row * 2 * nodes;
      i128* upper = lower + nodes;
      for (std::size_t j = 0; j < nodes; ++j) {
        const i128 product =
            row == 0 ? times(upper[j], cosines_[nodes + j]) : times_twice(upper[j], cosines_[nodes + j]);
        upper[j] = lower[j] - product;
        lower[j] += product;
      }
    }
  }
}

}  // namespace mc::fhe
