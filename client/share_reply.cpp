// SPDX-License-Identifier: Apache-2.0
#include "client/share_reply.hpp"

#include <algorithm>

#include "client/ask_again.hpp"
#include "client/release_request.hpp"

namespace mc::client {
namespace {

constexpr std::size_t kShareMessageBytesMax = std::size_t{64} << 20;

Result<protocol::ShareMessage> read_reply(const ShareQuestion& question, const protocol::Ask& ask, ByteView reply) {
  MC_TRY(protocol::ShareMessage message, protocol::decode_share_message(*question.params, reply));
  if (message.custodian != ask.custodian) {
    return fail(Code::kRefused, "it is an answer of custodian " + std::to_string(message.custodian.value));
  }
  MC_TRY_STATUS(protocol::check_share_message(question.shape, question.identities, question.authorisation, message));
  return message;
}

/// All bytes that were asked for are there and are those that were signed.
bool bytes_are_whole(const protocol::Ask& ask, const protocol::ShareMessage& message) {
  return std::ranges::all_of(ask.bytes_for, [&](fhe::PieceId piece) {
    const auto sent = std::ranges::find(message.bytes, piece, &protocol::PieceBytes::piece);
    const auto hash = std::ranges::find(message.hashes, piece, &protocol::PieceHash::piece);
    return sent != message.bytes.end() && hash != message.hashes.end() && protocol::hash_share(sent->bytes) == hash->hash;
  });
}

}  // namespace

Result<protocol::ShareMessage> fetch_share(Transport& custodian, const ShareQuestion& question,
                                           const protocol::Ask& ask, std::size_t& bytes) {
  const Bytes call = encode_release_call({question.authorisation,
                                          question.sql,
                                          ask.bytes_for,
                                          {question.shown.begin(), question.shown.end()},
                                          question.steps,
                                          {},
                                          {question.left_out.begin(), question.left_out.end()}});
  for (int attempt = 1;; ++attempt) {
    MC_TRY(const Bytes reply, post_until_executed(custodian, "/v1/releases", call, kShareMessageBytesMax));
    bytes += reply.size();
    auto message = read_reply(question, ask, reply);
    const bool last = attempt == kDamagedRepliesMax;
    if (message && (last || bytes_are_whole(ask, *message))) return message;
    if (last) {
      return fail(Code::kUnavailable, "its answer came damaged " + std::to_string(kDamagedRepliesMax) +
                                          " times: " + message.error().message);
    }
  }
}

}  // namespace mc::client
