// SPDX-License-Identifier: Apache-2.0
// What travels between a compute node and the custodians when uploaded columns are opened once, with noise
// (docs/design/0047): "what do you say of this column?", then "here is what the others say of it". The node only
// carries: shares go through it signed, each custodian judges by itself, and whoever asks again gets the same bytes.
#pragma once

#include <vector>

#include "client/run_messages.hpp"

namespace mc::client {

struct OpeningCall {
  Hash256 manifest;                     // of the upload, as it is on chain
  std::uint32_t entry = 0;              // of the manifest
  std::vector<fhe::PieceId> bytes_for;  // pieces whose bytes are wanted
  std::vector<RunMessage> messages;     // of the others, when they are there: then a verdict is wanted
  friend bool operator==(const OpeningCall&, const OpeningCall&) = default;
};

Bytes encode_opening_call(const OpeningCall& call);
/// `epoch`: of the commons.
Result<OpeningCall> decode_opening_call(Epoch epoch, ByteView bytes);

/// What a custodian says of one column.
Bytes encode_opening_share(const RunMessage& message);
Result<RunMessage> decode_opening_share(Epoch epoch, ByteView bytes);

/// How far a custodian is with an upload.
struct OpeningStand {
  enum class Verdict : std::uint8_t { kAwaited = 0, kPassed = 1, kRefused = 2 };
  Verdict verdict = Verdict::kAwaited;
  std::uint32_t next = 0;  // the first entry that it has not judged, while it awaits some
  friend bool operator==(const OpeningStand&, const OpeningStand&) = default;
};
Bytes encode_opening_stand(const OpeningStand& stand);
Result<OpeningStand> decode_opening_stand(ByteView bytes);

/// Of one call or share: of 35 pieces some 11 MB.
inline constexpr std::size_t kOpeningBytesMax = std::size_t{64} << 20;

}  // namespace mc::client
