// SPDX-License-Identifier: Apache-2.0
// What is asked of custodians in a refresh, and what each answers: a statement about the shares of all its pieces, and
// the bytes of those that it was asked to send.
#pragma once

#include <vector>

#include "fhe/threshold/refresh.hpp"
#include "protocol/statement.hpp"

namespace mc::protocol {

struct RefreshRequest {
  Hash256 run;             // authorisation of the run that this step belongs to
  std::uint32_t step = 0;  // counted within the run
  Epoch epoch{};
  Hash256 inputs;  // hash_results of the ciphertexts to refresh: whole, with c_0, level and scale
  fhe::RefreshMap map;
  friend bool operator==(const RefreshRequest&, const RefreshRequest&) = default;
};

/// What a refresh statement is about: run, step, epoch, inputs and map.
Hash256 hash_refresh_request(const fhe::Params& params, const RefreshRequest& request);

Bytes encode_refresh_request(const fhe::Params& params, const RefreshRequest& request);
Result<RefreshRequest> decode_refresh_request(const fhe::Params& params, ByteView bytes);

struct RefreshMessage {
  Statement statement;  // subject: hash_refresh_request; public part: fhe::refresh_digest
  std::vector<PieceBytes> bytes;
  friend bool operator==(const RefreshMessage&, const RefreshMessage&) = default;
};

Bytes encode_refresh_message(const RefreshMessage& message);
/// `map`: of the request; bounds what is allocated.
Result<RefreshMessage> decode_refresh_message(const fhe::Params& params, const fhe::RefreshMap& map, ByteView bytes);

}  // namespace mc::protocol
