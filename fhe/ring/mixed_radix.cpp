// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/mixed_radix.hpp"

#include "fhe/ring/kernels.hpp"

namespace mc::fhe {

MixedRadix::MixedRadix(const Ring& ring, std::span<const std::size_t> places) : ring_(ring), size_(places.size()) {
  MC_CHECK(size_ >= 1 && size_ <= kPrimesMax);
  for (std::size_t k = 0; k < size_; ++k) {
    places_[k] = places[k];
    const Modulus& m = ring.modulus_at(places[k]);
    std::uint64_t product = 1;
    std::uint64_t inverse = 1;
    for (std::size_t j = 0; j < k; ++j) {
      product = m.multiply(product, ring.prime_modulo(places[j], places[k]));
      inverse = m.multiply(inverse, ring.inverse_modulo(places[j], places[k]));
    }
    entry_shift_[k] = m.multiply(m.q / 2, product);
    entry_inverse_[k] = inverse;
  }
}

MixedRadix::Weights MixedRadix::weights_for(std::size_t target, std::size_t terms) const {
  const Modulus& m = ring_.modulus_at(target);
  Weights weights;
  std::uint64_t product = 1;
  for (std::size_t k = 0; k < terms; ++k) {
    weights.of[k] = product;
    const std::uint64_t half = ring_.modulus_at(places_[k]).q / 2;
    weights.constant = m.subtract(weights.constant, m.multiply(m.reduce_word(half), product));
    product = m.multiply(product, places_[k] == target ? 0 : ring_.prime_modulo(places_[k], target));
  }
  return weights;
}

void MixedRadix::to_coefficients(std::size_t k, std::uint64_t* row, const std::uint64_t* limb) const {
  ring_.kernels().inverse_ntt(row, limb, entry_shift_[k], ring_.ntt_tables_at(places_[k]));
}

// Row k holds x + floor(p_k/2) W_k, W_k = p_0 … p_{k-1}; minus the digits before, divided by W_k, it is
// d_k + floor(p_k/2).
void MixedRadix::to_digits(std::span<std::uint64_t* const> rows, std::uint64_t* scratch) const {
  MC_CHECK(rows.size() == size_);
  const Kernels& kernels = ring_.kernels();
  for (std::size_t k = 1; k < size_; ++k) {
    const Modulus& m = ring_.modulus_at(places_[k]);
    const Weights weights = weights_for(places_[k], k);
    kernels.combine(scratch, rows.data(), weights.of.data(), k, weights.constant, ring_.degree(), m);
    kernels.subtract_multiply(rows[k], rows[k], scratch, entry_inverse_[k], nullptr, 0, false, ring_.degree(), m);
  }
}

/// What the transform to the prime at `target` reads: a shifted digit as it is, or the sum of several.
Shifted MixedRadix::range_read(std::size_t target) const {
  const std::uint64_t prime = ring_.modulus_at(size_ == 1 ? places_[0] : target).q;
  return {prime, size_ == 1 ? prime / 2 : 0};
}

void MixedRadix::begin_extend(std::uint64_t* out, std::span<const std::uint64_t* const> digits,
                              std::size_t target) const {
  MC_DCHECK(digits.size() == size_);
  const Kernels& kernels = ring_.kernels();
  const NttTables& tables = ring_.ntt_tables_at(target);
  if (size_ == 1) {
    kernels.begin_ntt_shifted(out, digits[0], range_read(target), tables);
    return;
  }
  const Weights weights = weights_for(target, size_);
  kernels.combine(out, digits.data(), weights.of.data(), size_, weights.constant, ring_.degree(), tables.modulus);
  kernels.begin_ntt_shifted(out, out, range_read(target), tables);
}

void MixedRadix::end_extend(std::uint64_t* part, std::size_t index, std::size_t target, Ahead ahead) const {
  ring_.kernels().end_ntt(part, index, range_read(target), ring_.ntt_tables_at(target), ahead);
}

void MixedRadix::end_extend_lazy(std::uint64_t* part, std::size_t index, std::size_t target, Ahead ahead) const {
  ring_.kernels().end_ntt_lazy(part, index, range_read(target), ring_.ntt_tables_at(target), ahead);
}

std::uint64_t MixedRadix::inverse_of_product(std::size_t target) const {
  const Modulus& m = ring_.modulus_at(target);
  std::uint64_t inverse = 1;
  for (std::size_t k = 0; k < size_; ++k) inverse = m.multiply(inverse, ring_.inverse_modulo(places_[k], target));
  return inverse;
}

}  // namespace mc::fhe
