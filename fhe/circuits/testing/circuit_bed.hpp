// SPDX-License-Identifier: Apache-2.0
// For tests and benches of circuits: the test bed with ciphertexts of any level, and sets with chains of any length.
#pragma once

#include "fhe/ckks/testing/bed.hpp"

namespace mc::fhe::testing {

/// A set far below 128 bits, with `products` primes of `bits` bits over a first one of 50.
inline ParamsPtr chain_params(std::uint8_t log_n, std::size_t products, std::uint8_t bits) {
  std::vector<std::uint8_t> q_bits(products + 1, bits);
  q_bits.front() = 50;
  return insecure_params(log_n, q_bits, {50});
}

/// `count` numbers from low to high, both among them, at equal distances.
inline Slots evenly_spaced(double low, double high, std::size_t count) {
  Slots numbers(count);
  for (std::size_t i = 0; i < count; ++i) {
    numbers[i] = low + (high - low) * static_cast<double>(i) / static_cast<double>(count - 1);
  }
  numbers.back() = high;
  return numbers;
}

class CircuitBed : public Bed {
 public:
  using Bed::Bed;

  Ciphertext seal(const Slots& slots, Level level, const Scale& scale) {
    Ciphertext ct = Bed::seal(slots, scale);
    MC_CHECK(evaluator.drop_to_level(ct, level).has_value());
    return ct;
  }
  /// The largest difference between the decrypted slots and f(slot number).
  template <class F>
  double worst_error(const Ciphertext& ct, F f) const {
    double worst = 0;
    const Slots slots = open(ct);
    for (std::size_t j = 0; j < slots.size(); ++j) worst = std::max(worst, std::fabs(slots[j] - f(j)));
    return worst;
  }
};

}  // namespace mc::fhe::testing
