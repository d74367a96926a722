// SPDX-License-Identifier: Apache-2.0
// What is asked of custodians in a refresh, and what each answers: a statement about the shares of all its pieces, and
// the bytes of those that it was asked to send.
#pragma once

#include <span>
#include <vector>

#include "fhe/threshold/refresh.hpp"
#include "protocol/statement.hpp"

namespace mc::protocol {

struct RefreshRequest {
  Hash256 run;             // authorisation of the run that this step belongs to
  std::uint32_t step = 0;  // counted within the run
  Epoch epoch{};
  Hash256 inputs;  // hash_refresh_inputs
  fhe::RefreshMap map;
  friend bool operator==(const RefreshRequest&, const RefreshRequest&) = default;
};

/// What is refreshed: of every ciphertext epoch, level, scale and c_1, and of c_0 what the map opens, which is all of
/// it where polynomials are. What is not opened enters nothing that a custodian says, and no output.
///   range   multiplicands: multiplicand_digest of every input. Inputs suit the map (fhe::check_refresh)
Hash256 hash_refresh_inputs(const fhe::Params& params, const fhe::RefreshMap& map,
                            std::span<const fhe::Ciphertext> inputs, std::span<const Hash256> multiplicands);
/// The same for whoever has fhe::opened_heads of the inputs.
Hash256 hash_refresh_inputs(const fhe::Params& params, const fhe::RefreshMap& map,
                            std::span<const fhe::Ciphertext> inputs, std::span<const Hash256> multiplicands,
                            std::span<const std::uint64_t> heads);

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
