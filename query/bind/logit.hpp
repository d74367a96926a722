// SPDX-License-Identifier: Apache-2.0
// The logit of a risk, with the same bits on every machine: a threshold at a risk becomes one of the score, and what a
// plan says must not depend on somebody's mathematics library (R25).
#pragma once

namespace mc::query {

/// log(risk / (1 - risk)).
///   range   0 < risk < 1 (MC_CHECK)
///   error   below 2^-48 of the larger of 1 and itself
///   source  log y = log m + e log 2, log m = 2 artanh((m - 1) / (m + 1)) by its Taylor series
double logit(double risk);

}  // namespace mc::query
