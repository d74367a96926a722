// SPDX-License-Identifier: Apache-2.0
// What masks of refreshes (R14) leave over where an owner seals more than the dictionary allows (docs/design/0040).
// Masks are 80 bits wider than a column of honest values. The values of an owner who lies are known to her and may be
// anything; what a mask has to hide of her column is the committee's secret, which stands in the errors that her values
// multiply. Every product in sequence lets her multiply once more.
#pragma once

#include "query/plan/plan.hpp"

namespace mc::query {

/// log2 of what a slot of hers reaches, as a multiple of the largest honest value: fhe::hidden_reach.
inline constexpr double kOwnerMessageLog2 = 18.67;
/// log2 of what the errors that she chose make of one piece's secret, its coefficients added up, in units of a sealed
/// ciphertext: her e times the piece and her u times its errors of the public key, in as many slots as are so large at
/// once. A mask hides each coefficient, so it is their sum over the mask's width that is a statistical distance.
inline constexpr double kOwnerErrorLog2 = 38.5;
/// Fewer bits are refused: as many as flooding has (R15).
inline constexpr double kRefreshMarginMin = 40;

/// What is refreshed on the way of a proven comparison is at most 1 in every slot, whoever sealed: its coefficients add
/// up to sqrt(N) scales, 2^7, under masks of 80 bits and one to spare.
inline constexpr double kProvenMargin = 73;

/// By how many bits the masks of every column that is refreshed exceed what such an owner makes of a piece's secret in
/// it; of the column with the fewest. Infinite without such columns, minus infinity with comparisons that are not
/// proven, whose stages leave no bits at all.
double refresh_margin_log2(const Plan& plan);

}  // namespace mc::query
