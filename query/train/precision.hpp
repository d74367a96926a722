// SPDX-License-Identifier: Apache-2.0
// How training scales its values: at one prime of the chain in `standard`, at two in `train`. Circuits are the same:
// they speak of steps above what a refresh takes in, a step being one product. Immutable values.
//   standard   8 limbs, 46 bits: a step is one limb, refreshes take in three
//   train      18 limbs, 90 bits: a step is two limbs, refreshes take in five, because masks are wider
#pragma once

#include "fhe/ckks/params.hpp"
#include "fhe/ckks/scale.hpp"

namespace mc::query {

struct Precision {
  /// Steps from what refreshes give out to what they take in.
  static constexpr std::uint32_t kSteps = 5;
  /// Steps that are left of a column as it is loaded.
  static constexpr std::uint32_t kLoadedSteps = 2;
  std::uint32_t primes = 1;         // of a product, divided out by its rescaling
  std::int32_t scale_log2 = 46;     // of columns and of most values
  std::int32_t spare_log2 = 46;     // bits of one prime: factors are refreshed with one to spare
  fhe::Level base = fhe::Level(3);  // what a refresh takes in of sums and of slots
  std::uint32_t load_primes = 3;    // that loading divides out
  // Constants in every slot that meet persons stand so far below the scale of a column and the spare prime; a sum of
  // their products with columns may be said to be of the column's scale again, in units of 2^constant_spare_log2.
  std::int32_t constant_spare_log2 = 4;
  std::int32_t matrix_log2 = 46;      // scale of small matrices: room above their noise, which the inverse multiplies
  fhe::Level answer = fhe::Level(2);  // of what is released before it comes to the release's limbs
  std::int32_t answer_log2 = 0;       // bits of an answer's scale there; 0: it keeps its own
  bool flooded = false;               // refreshes flood what they open (run_flooding.hpp)

  [[nodiscard]] fhe::Scale scale() const { return fhe::Scale::power_of_two(scale_log2); }
  /// `steps` products above the base.
  [[nodiscard]] fhe::Level level(std::uint32_t steps) const { return fhe::Level(base.value + steps * primes); }
  [[nodiscard]] fhe::Level top() const { return level(kSteps); }
  [[nodiscard]] fhe::Level loaded() const { return level(kLoadedSteps); }
  /// The primes that a product at that level is divided by.
  [[nodiscard]] fhe::Scale primes_at(fhe::Level level) const { return fhe::Scale::of_top_primes(level.value, primes); }

  friend bool operator==(const Precision&, const Precision&) = default;
};

/// That of a parameter set: `standard`, `train` and the small ones of tests.
///   errors  kUnsupported "models are trained in the profiles standard and train, not in …"
Result<Precision> precision_of(const fhe::Params& params);

}  // namespace mc::query
