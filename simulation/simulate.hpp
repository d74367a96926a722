// SPDX-License-Identifier: Apache-2.0
// The ceremonies of a committee, run by chance and judged by their promises. One seed is one story: the same seed gives
// the same faults, the same liars and the same bytes on every machine.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.hpp"

namespace mc::simulation {

struct SimulationSpec {
  std::uint64_t seed = 1;
  std::uint32_t custodians = 3, threshold = 2;
  /// "simulation" (N = 2^13, three primes: 128-bit secure, and as small as the ceremonies allow), "standard" or
  /// "train".
  std::string profile = "simulation";
  /// Every incident, as it happens; may be empty.
  std::function<void(const std::string&)> on_event;
};

/// One line: what was run, what befell, and a digest of the whole story for comparing replays.
///   errors  kRefused for an impossible committee (R1), kNotFound for an unknown profile, kConflict when a promise
///   broke:
///           the sentence names seed and promise
Result<std::string> simulate(const SimulationSpec& spec);

}  // namespace mc::simulation
