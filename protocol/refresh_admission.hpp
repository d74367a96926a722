// SPDX-License-Identifier: Apache-2.0
// What a custodian's ledger says to a refresh (R5, R14): one mask per multiplicand, of one width and over one choice of
// coefficients. Releases and refreshes share the ledger and its limit; they never share a multiplicand, for its digest
// takes in the moduli and a refresh needs one more than a release has.
#pragma once

#include "fhe/threshold/refresh_map.hpp"
#include "protocol/answer_ledger.hpp"

namespace mc::protocol {

/// Where a ledger keeps a masked multiplicand.
Hash256 refresh_ledger_key(fhe::RefreshMap::Extraction extraction, const Hash256& multiplicand);

/// Admits the inputs of one refresh and records the fresh ones; `subject` is the request's hash. Returns how many were
/// fresh; repeats get the same mask again.
///   errors  kRefused when a multiplicand was opened with another extraction or width, before or in this request;
///   kLimit
///           when more than `openings_max` would be in the ledger (tau of R15)
Result<std::size_t> admit_refresh(AnswerLedger& ledger, const Hash256& subject, const fhe::RefreshMap& map,
                                  std::span<const Hash256> multiplicands, std::uint64_t openings_max);

}  // namespace mc::protocol
