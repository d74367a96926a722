// SPDX-License-Identifier: Apache-2.0
// What a requester sends a custodian, and what a compute node answers a query with.
#pragma once

#include <string>
#include <vector>

#include "fhe/threshold/committee.hpp"
#include "governance/commons_chain.hpp"
#include "protocol/authorisation.hpp"
#include "query/parse/parser.hpp"
#include "query/plan/partial_plan.hpp"

namespace mc::client {

/// "Release what was authorised": everything in it is compared with what the custodian reads and recomputes itself.
struct ReleaseCall {
  protocol::Authorisation authorisation;
  std::string sql;                      // canonical
  std::vector<fhe::PieceId> bytes_for;  // pieces whose bytes are wanted
  std::vector<std::uint8_t> shown;      // of a guarded release: the groups that are released, a 1 each
  std::uint32_t steps = 0;              // and with survival, at how many times it is told
  Bytes parameters = {};  // of a run that forces parameters: what was sealed (client/sealed_parameters.hpp)
  std::vector<query::MomentId> left_out = {};  // of a guarded release: sums of these groups that are not released
  friend bool operator==(const ReleaseCall&, const ReleaseCall&) = default;
};

Bytes encode_release_call(const ReleaseCall& call);
Result<ReleaseCall> decode_release_call(ByteView bytes);
/// Sums of a plan that are not released: u32 each, ascending (kCorrupt).
void write_left_out(Writer& writer, std::span<const query::MomentId> left_out);
Result<std::vector<query::MomentId>> read_left_out(Reader& reader);
/// Which part of the plan the call is about.
query::PlanPart part_of(const ReleaseCall& call);

/// "Execute a part of a question of my study."
struct QueryCall {
  std::string sql;  // canonical
  Hash256 study;
  query::PlanPart part;
  Hash256 parameters = {};  // that the custodians forced in a run before; zero for a plan without
  friend bool operator==(const QueryCall&, const QueryCall&) = default;
};
inline constexpr std::size_t kQueryCallBytesMax = query::kSqlBytesMax + query::kCellsMax + 4 * query::kAnswersMax + 256;
Bytes encode_query_call(const QueryCall& call);
Result<QueryCall> decode_query_call(ByteView bytes);

/// What the chain records of an authorisation (R6): its hash, and the fields that contracts and auditors compare.
governance::Authorisation chain_record(const protocol::Authorisation& authorisation);

/// A compute node's answer: hints of what the custodians will find (R7), and what it cost.
struct QueryReceipt {
  Hash256 plan, data_root, consent_root, mask, result;
  std::vector<std::uint8_t> sigma_log2;
  std::vector<Hash256> multiplicands;  // one per answer: what the authorisation records on chain (R11)
  std::uint64_t bytes_read = 0;        // sealed bytes fetched from the store
  std::uint32_t execute_ms = 0;
  friend bool operator==(const QueryReceipt&, const QueryReceipt&) = default;
};

Bytes encode_query_receipt(const QueryReceipt& receipt);
Result<QueryReceipt> decode_query_receipt(ByteView bytes);

}  // namespace mc::client
