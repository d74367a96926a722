// SPDX-License-Identifier: Apache-2.0
// A custodian adds up the counts that custodians have opened to each other, and says what may be shown (R18).
#pragma once

#include "client/commons_document.hpp"
#include "client/count_calls.hpp"
#include "governance/commons_chain.hpp"
#include "node/guarded_desk.hpp"
#include "node/verifier.hpp"
#include "protocol/count_message.hpp"

namespace mc::node {

/// The custodian that judges.
struct CountReader {
  const client::CommonsDocument& document;
  const governance::CommonsChain& chain;
  const Verifier& verifier;
  const protocol::CustodianIdentity& identity;  // for counts
  CustodianId custodian;
};

/// Remembers the verdict at the desk. What the counts are stays here.
///   errors  kRefused counts_unverified when too few custodians said the same
Result<query::GuardedVerdict> judge_counts(const CountReader& reader, const client::VerdictCall& call,
                                           const AwaitedCounts& awaited, GuardedDesk& desk);

}  // namespace mc::node
