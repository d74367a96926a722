// SPDX-License-Identifier: Apache-2.0
// Columns that are sums of products of other columns, computed block by block and refreshed: the scores of risk
// predictors. Each is one step from the level at which columns are loaded to the one at which they are refreshed, at
// the two-prime scale of sealed data.
//   secrecy   what is refreshed lies in [-1, 1] by the dictionary's ranges; the masks are 80 bits wider (R14)
//   noise     query/release/noise follows every step
// Integer arithmetic: everybody who runs it on the same blobs, mask and refreshes gets the same ciphertexts (R25).
#pragma once

#include "query/compare/compared_columns.hpp"

namespace mc::query {

/// Computes plan.computed, then plan.comparisons, which may read them, then those of plan.computed that read
/// comparisons, over all blocks in which somebody consents.
///   shape   the refresher is called in one fixed order: round by round, all columns and blocks of a round together
///   range   REQUIRES proven comparisons where owners are refreshed apart (MC_CHECK); of these what is refreshed is at
///           most 1 whoever sealed, so that it need not be apart
///   errors  those of compare_columns
Result<ComparedColumns> made_columns(const Plan& plan, std::span<const OwnerSlots> owners, const Vault& vault,
                                     const fhe::ParamsPtr& params, const Workbench& bench, Refresher& refresher,
                                     const ProgressFunction& progress = {},
                                     RefreshedTogether together = RefreshedTogether::kBlock);

}  // namespace mc::query
