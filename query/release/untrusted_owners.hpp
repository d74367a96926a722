// SPDX-License-Identifier: Apache-2.0
// What a commons answers whose owners are not trusted with its key (docs/design/0042): only what an owner who
// calculates, in league with whoever asks, learns next to nothing from.
#pragma once

#include <string>

#include "base/result.hpp"
#include "query/plan/plan.hpp"
#include "query/release/owner_reach.hpp"

namespace mc::query {

/// Sealed columns that one sum may multiply there: as many as flooding counts with (owner_reach.hpp) where columns are
/// opened once, which an `exact` commons orders (docs/design/0047); in a guarded commons, which opens none, one more
/// than without, for noise for privacy is above what three of her columns carry.
inline constexpr std::uint32_t kUntrustedFactorsMax = kOpenedFactorsMax, kUntrustedFactorsMaxGuarded = 3;

/// How many sealed columns the plan's sums multiply at most, through columns that are computed first; kFactorsUnbounded
/// where nobody counts: comparisons that are not proven and trained models.
std::uint32_t sealed_factors(const Plan& plan);

/// Whether flooding counts with columns that have been opened: a sum multiplies more than proofs bound.
bool needs_opened_columns(const Plan& plan);

/// What whoever votes on a question should know of a commons that trusts its owners: a sentence where the question
/// multiplies more than an untrusted one would allow, otherwise empty.
std::string trust_in_owners(const Plan& plan, bool exact);

/// Beside check_exact or check_guarded.
///   errors  kUnsupported for more factors than that, counted through columns that are computed first; for refreshes
///           whose masks an owner may leave: comparisons that are not proven, trained models, products that are too
///           long (refresh_margin.hpp)
Status check_untrusted_owners(const Plan& plan, bool exact);

}  // namespace mc::query
