// SPDX-License-Identifier: Apache-2.0
// For tests: how what a training releases is read.
#pragma once

#include "query/release/trained_coefficients.hpp"
#include "query/testing/slots.hpp"

namespace mc::query::testing {

/// How three custodians' release of a training is read.
inline const TrainingReading kTrainingReading{kSlots, 3};

}  // namespace mc::query::testing
