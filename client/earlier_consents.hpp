// SPDX-License-Identifier: Apache-2.0
// Under which consents a data set was asked of the committees before this one. A custodian refuses a cohort that
// differs by a few persons from one that was asked before (R18), whoever was in office then; what it was not asked
// itself it works out from what is public: every authorisation, every consent root and every revocation on chain, and
// the statements that lead from one root to the next. It believes nobody's list.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "client/commons_document.hpp"
#include "client/roll_events.hpp"
#include "client/store_client.hpp"
#include "governance/consent_state.hpp"
#include "query/execute/owner_slots.hpp"

namespace mc::client {

/// An owner's rows with the consent attestation as it was published, and the block in which it was. Empty bytes where
/// nobody has them: rows of an owner who was removed.
struct PublishedRows {
  governance::SlotRange range;
  Bytes attestation;
  std::uint64_t block = 0;
  /// While they took no part, because their owner had left (governance::PublishedRanges).
  std::vector<Absence> absences;

  /// Whether what was authorised in that block was asked of them.
  [[nodiscard]] bool take_part_at(std::uint64_t asked_in) const;
};

/// A release that was authorised: when, for which use, under which consent.
struct AskedThen {
  std::uint64_t block = 0;
  std::uint64_t time_s = 0;
  Hash256 consent_root;
  governance::DataUse use;
};

/// What is public about the consent of a data set, all of it.
struct ConsentRecords {
  Hash256 dataset;
  governance::Eip712Domain domain;
  std::vector<PublishedRows> published;                        // in slot order
  std::vector<governance::ConsentRoot> roots;                  // in the order in which they were set
  std::vector<governance::SignedConsentStatement> statements;  // in the order in which they were taken
  std::vector<governance::ChainRevocation> revocations;
};

using ConsentSnapshot = std::vector<query::OwnerSlots>;

/// The consent under which each of `asked` was asked, without repetitions. One for a use that cannot be read, or before
/// anybody had published, is left out: nobody answered it.
///   errors  kConflict when the statements do not lead to a root that something was asked under; those of ConsentState
Result<std::vector<ConsentSnapshot>> replay_consents(const ConsentRecords& records, std::vector<AskedThen> asked);

/// The same for whatever was authorised in key epochs before the document's, read from chain and store. REQUIRES that
/// the document's committee is in office at the block that `chain` reads, so that no more of it can come.
///   errors  replay_consents', the chain's and the store's
Result<std::vector<ConsentSnapshot>> earlier_consents(const CommonsDocument& document,
                                                      const governance::CommonsChain& chain, StoreClient& store);

}  // namespace mc::client
