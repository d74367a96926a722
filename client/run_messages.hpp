// SPDX-License-Identifier: Apache-2.0
// What travels between a compute node and the custodians in a run (protocol/run.hpp). The node only carries: shares go
// through it signed and masked, and each custodian combines them itself. A step's number says which refresh a message
// is about; asking for the same step again gives the same bytes.
#pragma once

#include <map>
#include <span>
#include <variant>
#include <vector>

#include "client/release_request.hpp"
#include "protocol/refresh_message.hpp"

namespace mc::client {

/// One custodian's answer to one refresh, or what the node passes on of it: bytes of pieces that the receiver lacks.
/// What custodians say of columns that are opened (opening_calls.hpp) travels likewise.
struct RunMessage {
  Hash256 subject;                // hash_refresh_request, as its custodian computed it
  protocol::Statement statement;  // kind kRefresh; of an opening kOpening
  std::vector<protocol::PieceBytes> bytes;
  friend bool operator==(const RunMessage&, const RunMessage&) = default;
};

/// "Here is what the others said to step `step` - 1; what do you say to this one?" Without messages: "and now?"
struct RunStepCall {
  Hash256 run;
  std::uint32_t step = 0;
  std::vector<fhe::PieceId> bytes_for;  // pieces whose bytes are wanted
  std::vector<RunMessage> messages;     // of the others, to the step before
  friend bool operator==(const RunStepCall&, const RunStepCall&) = default;
};

/// How a run ended, as one custodian says: hints for the requester, who authorises what she chooses.
struct RunReceipt {
  QueryReceipt query;
  std::uint32_t refreshes = 0;
  bool verified = false;  // enough custodians answered at every refresh (R8)
  /// Of a run that forces parameters: its numbers, as ciphertexts in bytes, for the compute node.
  std::vector<Bytes> numbers = {};
  /// protocol::head_digests of the answers: of a guarded commons' run releases take some of them, and the requester
  /// says which by their hash.
  std::vector<Hash256> heads = {};
  friend bool operator==(const RunReceipt&, const RunReceipt&) = default;
};

/// A custodian's reply: its part in a refresh, the end, or that it is computing.
struct RunShare {
  std::uint32_t step = 0;
  RunMessage message;
  friend bool operator==(const RunShare&, const RunShare&) = default;
};
/// Nobody is kept waiting on a line, for anybody who reaches a custodian could wait there: ask again for this step.
struct RunPending {
  std::uint32_t step = 0;
  friend bool operator==(const RunPending&, const RunPending&) = default;
};
using RunReply = std::variant<RunShare, RunReceipt, RunPending>;

/// Shares of one refresh, all pieces of one custodian together, and so of one call or reply.
inline constexpr std::size_t kRunBytesMax = std::size_t{448} << 20;

void write_run_message(Writer& writer, const RunMessage& message);
/// `epoch`: of the commons, which statements do not repeat.
Result<RunMessage> read_run_message(Reader& reader, protocol::Statement::Kind kind, Epoch epoch);
/// Messages that one call carries at most: one custodian has one, and committees are smaller.
inline constexpr std::size_t kRunMessagesMax = 64;

/// What a call carries: pieces whose bytes are wanted, and what others said.
void write_carried(Writer& writer, std::span<const fhe::PieceId> bytes_for, std::span<const RunMessage> messages);
Status read_carried(Reader& reader, protocol::Statement::Kind kind, Epoch epoch, std::vector<fhe::PieceId>& bytes_for,
                    std::vector<RunMessage>& messages);

/// Of what everybody said, what `receiver` gets: what the others said, without bytes of pieces that she holds herself.
std::vector<RunMessage> said_by_others(CustodianId receiver, const fhe::CommitteeShape& shape,
                                       const std::map<CustodianId, RunMessage>& said);

Bytes encode_run_step_call(const RunStepCall& call);
Result<RunStepCall> decode_run_step_call(Epoch epoch, ByteView bytes);
Bytes encode_run_reply(const RunReply& reply);
Result<RunReply> decode_run_reply(Epoch epoch, ByteView bytes);
Bytes encode_run_receipt(const RunReceipt& receipt);
Result<RunReceipt> decode_run_receipt(ByteView bytes);

}  // namespace mc::client
