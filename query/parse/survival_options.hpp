// SPDX-License-Identifier: Apache-2.0
// Options of survival models, named and valued as R's survival package has them.
#pragma once

#include <cstdint>

namespace mc::query {

/// On which scale an interval of a survival curve is symmetric: R's conf.type.
enum class ConfidenceType : std::uint8_t { kLog, kPlain, kLogLog };

/// How events at the same time are counted: R's ties.
enum class Ties : std::uint8_t { kEfron, kBreslow };

struct SurvivalOptions {
  ConfidenceType conf_type = ConfidenceType::kLog;
  double conf_int = 0.95;  // in (0, 1)
  Ties ties = Ties::kEfron;
  friend bool operator==(const SurvivalOptions&, const SurvivalOptions&) = default;
};

}  // namespace mc::query
