// SPDX-License-Identifier: Apache-2.0
// Efron's ties without anybody knowing how many there are: at a time with d events, he lets the l-th of them meet those
// at risk without the share l/d of the dying, l = 0 … d-1. Every time has some slots, one for each l; from the
// encrypted d come the slots that count and the share of each, once for all iterations.
//   source  Efron, "The efficiency of Cox's likelihood function for censored data", JASA 72, 1977
#pragma once

#include "query/train/slot_iterations.hpp"
#include "query/train/slot_places.hpp"

namespace mc::query {

struct TiedEvents {
  fhe::Ciphertext weights;  // how many events a slot stands for: 1, or 0 where l >= d; more than 1 where d > each
  fhe::Ciphertext shares;   // of the dying, who are no longer met: l / d; 0 where the weight is
  fhe::Ciphertext placed;   // 1 where the weight is not 0
};

/// Up to times.each() events at a time each have a slot. More of them are taken in as many groups, every one at
/// the middle of its shares: their sum is that of Efron up to some (D0 / S0)^2 / (12 each^2) of it, for D0 of S0 at
/// risk who die then.
///   shape   counts: d / persons in every slot of its time, 0 elsewhere, two levels below the top or higher;
///           weights and shares at the top level
///   range   persons a power of two, no less than any d
///   errors  the refresher's
///   cost    some twenty refreshes of one polynomial or two, and some fifteen of one
Result<TiedEvents> tied_events(const fhe::Ciphertext& counts, const SlotPlaces& times, double persons,
                               const SlotIterations& iterations);

}  // namespace mc::query
