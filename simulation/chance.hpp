// SPDX-License-Identifier: Apache-2.0
// The dice of a simulation: everything that happens by chance in one is a function of its seed and nothing else, so
// that a run which found something is run again by its number.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/random.hpp"

namespace mc::simulation {

/// Not thread-safe.
class Chance {
 public:
  /// Different names give independent dice of one seed.
  Chance(std::uint64_t seed, std::string_view name);

  /// Uniform in [0, bound), bound >= 1.
  std::uint64_t below(std::uint64_t bound) { return stream_.next_below(bound); }
  /// True so many times in a thousand.
  bool per_mille(std::uint32_t rate) { return below(1000) < rate; }

 private:
  KeyStream stream_;
};

/// A secret of a simulated process. Simulated secrets protect nothing: they follow from the seed.
SecretKey256 simulated_secret(std::uint64_t seed, std::string_view owner);

}  // namespace mc::simulation
