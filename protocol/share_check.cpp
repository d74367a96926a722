// SPDX-License-Identifier: Apache-2.0
#include "protocol/share_check.hpp"

#include <algorithm>

namespace mc::protocol {

Status check_share_message(const fhe::CommitteeShape& shape, std::span<const PublicIdentity> identities,
                           const Authorisation& authorisation, const ShareMessage& message) {
  MC_CHECK(identities.size() == shape.custodians());
  const std::string name = "share message of custodian " + std::to_string(message.custodian.value);
  if (!shape.is_custodian(message.custodian)) {
    return fail(Code::kRefused, name + ": no such custodian in a " + shape.text() + " committee");
  }
  if (!verify_share_message(identities[message.custodian.value], message)) {
    return fail(Code::kRefused, name + " is not signed by it");
  }
  const Hash256 expected = hash_authorisation(authorisation);
  if (message.authorisation != expected || message.epoch != authorisation.epoch) {
    return fail(Code::kRefused, name + " answers authorisation " + message.authorisation.hex() + " of epoch " +
                                    std::to_string(message.epoch.value) + ", expected " + expected.hex() +
                                    " of epoch " + std::to_string(authorisation.epoch.value));
  }
  const std::size_t answers = authorisation.sigma_log2.size();
  if (message.heads.size() != answers) {
    return fail(Code::kCorrupt, name + " has " + std::to_string(message.heads.size()) + " answers, authorised are " +
                                    std::to_string(answers));
  }
  if (!std::ranges::equal(message.hashes, shape.pieces_of(message.custodian), {}, &ShareMessage::PieceHash::piece)) {
    return fail(Code::kCorrupt, name + " does not answer for exactly the pieces that it holds");
  }
  return {};
}

}  // namespace mc::protocol
