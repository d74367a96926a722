// SPDX-License-Identifier: Apache-2.0
#include "protocol/combine.hpp"

#include <algorithm>

namespace mc::protocol {

Status check_share_message(const fhe::CommitteeShape& shape, std::span<const PublicIdentity> identities,
                           const Authorisation& authorisation, const ShareMessage& message) {
  MC_TRY_STATUS(check_statement(shape, identities, statement_of(message), "share message"));
  const std::string name = "share message of custodian " + std::to_string(message.custodian.value);
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
  return {};
}

Result<Opened> combine(const CombineContext& context, std::span<const ShareMessage> messages) {
  MC_CHECK(context.params && context.authorisation != nullptr && context.secret != nullptr);
  const std::size_t answers = context.authorisation->sigma_log2.size();
  if (answers == 0 || answers > fhe::kAnswersMax) {
    return fail(Code::kInvalidArgument, "the authorisation names " + std::to_string(answers) + " answers");
  }
  std::vector<Statement> statements;
  std::vector<Delivery> deliveries;
  for (const ShareMessage& message : messages) {
    MC_TRY_STATUS(check_share_message(context.shape, context.identities, *context.authorisation, message));
    statements.push_back(statement_of(message));
    deliveries.push_back({message.custodian, message.bytes});
  }
  MC_TRY(Comparison comparison, compare(context.shape, statements));
  MC_TRY_STATUS(check_all_pieces_answered(context.shape, comparison.verdict.answered));
  Opened opened{std::move(comparison.verdict), {}};
  if (opened.verdict.assurance == Assurance::kDisputed) return opened;

  const auto truthful = std::ranges::find_if(
      messages, [&](const ShareMessage& m) { return heads_digest(m.heads) == *comparison.public_part; });
  std::vector<fhe::ReleaseShare> shares;
  for (const auto& [piece, hash] : comparison.agreed) {
    MC_TRY(const ByteView bytes, find_bytes(statements, deliveries, {piece, hash}));
    MC_TRY(fhe::ReleaseShare share,
           fhe::decode_release_share(*context.params, context.authorisation->epoch, piece, answers, bytes));
    shares.push_back(std::move(share));
  }
  const fhe::SecretPoly z = fhe::requester_secret(*context.params, *context.secret, context.requester);
  const fhe::Encoder encoder(context.params);
  MC_TRY(opened.means, fhe::open_means(*context.params, encoder, z, truthful->heads, shares));
  return opened;
}

}  // namespace mc::protocol
