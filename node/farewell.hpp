// SPDX-License-Identifier: Apache-2.0
// What a custodian will never answer, it gives up on chain, once, so that what a whole committee gave up is given back
// to study and data set (R19): a release that can never be answered, because chain, data or consent have moved on, and,
// as the last word of a custodian whose committee is relieved (R12), every release that it never answered, for what was
// asked of it the next committee never answers.
#pragma once

#include "client/secret_folder.hpp"
#include "node/release_journal.hpp"
#include "node/role.hpp"
#include "protocol/answer_ledger.hpp"
#include "protocol/authorisation.hpp"

namespace mc::node {

/// A release that a committee was asked for, and of which something could be given back.
struct OpenRelease {
  Hash256 study;
  std::uint32_t release_number = 0;
  Hash256 authorisation;
  friend bool operator==(const OpenRelease&, const OpenRelease&) = default;
};

/// Those authorised under `epoch` from a data set that this seat has not refused: whether they were answered the chain
/// does not know.
///   cost  one call a hundred studies and one a release
Result<std::vector<OpenRelease>> open_releases(const governance::CommonsChain& chain, const Hash256& dataset,
                                               Epoch epoch, std::uint8_t seat);

/// What speaks for a custodian.
struct Farewell {
  const client::CommonsDocument& document;
  std::uint8_t seat = 0;
  const governance::CommonsChain& chain;
  const governance::Wallet& wallet;
  const protocol::AnswerLedger& ledger;
  ReleaseJournal& journal;
  JournalEntry entry;  // what the journal is to hold of each release, which say_farewell names in it
};

/// Whether a refusal with this reason stays one for ever, by what nobody but the chain decides: a stranger's call must
/// not end a release.
bool is_for_good(std::string_view reason);

/// Gives up one release that can never be answered, if it is recorded, final, and neither answered nor given up. The
/// journal has it first. `farewell.entry`: of this release.
///   errors  the chain's and the journal's
Status give_up(const Farewell& farewell, const protocol::Authorisation& authorisation);

/// True when another committee is in office by the final chain and everything is said; false while this one is. It is
/// journalled before it is said, and said again where the chain has not heard it.
///   errors  the chain's and the journal's
Result<bool> say_farewell(const Farewell& farewell);

}  // namespace mc::node
