// SPDX-License-Identifier: Apache-2.0
#include "protocol/opening_party.hpp"

#include "base/check.hpp"

namespace mc::protocol {
namespace {

Status check_message(const OpeningContext& context, const OpeningMessage& message) {
  const Statement& statement = message.statement;
  const Statement& own = context.own->statement;
  MC_TRY_STATUS(check_statement(context.shape, context.identities, statement, "opening of a column"));
  if (statement.kind == own.kind && statement.subject == own.subject && statement.epoch == own.epoch) return {};
  return fail(Code::kRefused, "custodian " + std::to_string(statement.custodian.value) + " opens the column " +
                                  statement.subject.hex() + ", expected " + own.subject.hex());
}

}  // namespace

Hash256 opening_subject(const fhe::Params& params, Epoch epoch, const Hash256& blob) {
  return Sha256("medcommons/opening/subject/v1")
      .update(params.id().view())
      .update_u64(epoch.value)
      .update(blob.view())
      .finish();
}

OpeningParty::OpeningParty(fhe::ParamsPtr params, const ReleaseState& state, CustodianSigner signer)
    : params_(std::move(params)), custodian_(state.custodian), epoch_(state.epoch), signer_(std::move(signer)) {
  const fhe::Basis basis{fhe::opening_level(*params_).value, false};
  for (const ReleaseState::Piece& piece : state.pieces) {
    pieces_.push_back({fhe::opening_key_of(piece.secret), fhe::piece_secret(*params_, piece.secret, basis)});
  }
}

Result<OpeningParty> OpeningParty::create(fhe::ParamsPtr params, const ReleaseState& state, CustodianSigner signer) {
  MC_CHECK(params != nullptr);
  MC_TRY_STATUS(check_release_state(*params, state));
  return OpeningParty(std::move(params), state, std::move(signer));
}

OpeningMessage OpeningParty::open(const SealedColumn& column) const {
  const Hash256 digest = fhe::opening_digest(*params_, column.ciphertext);
  OpeningMessage message;
  message.statement = {
      Statement::Kind::kOpening, custodian_, epoch_, opening_subject(*params_, epoch_, column.blob), digest, {}, {}};
  for (const Piece& piece : pieces_) {
    const auto share = fhe::make_opening_share(*params_, piece.key, piece.secret, column.ciphertext, digest);
    Bytes bytes = fhe::encode_opening_share(*params_, epoch_, piece.key.piece, share);
    message.statement.hashes.push_back({piece.key.piece, hash_share(bytes)});
    message.bytes.push_back({piece.key.piece, std::move(bytes)});
  }
  sign_statement(signer_, message.statement);
  return message;
}

OpeningVerdict OpeningParty::conclude(const Hash256& commons, const Hash256& manifest, bool passed) const {
  OpeningVerdict verdict{commons, epoch_, custodian_, manifest, passed, {}};
  sign_opening_verdict(signer_, verdict);
  return verdict;
}

Result<Status> judge_opening(const OpeningContext& context, std::span<const OpeningMessage> others) {
  MC_CHECK(context.params && context.column != nullptr && context.own != nullptr);
  const fhe::Params& params = *context.params;
  std::vector<Statement> statements = {context.own->statement};
  std::vector<Delivery> deliveries = {{context.own->statement.custodian, context.own->bytes, true}};
  for (const OpeningMessage& message : others) {
    MC_TRY_STATUS(check_message(context, message));
    statements.push_back(message.statement);
    deliveries.push_back({message.statement.custodian, message.bytes});
  }
  MC_TRY(const Comparison comparison, compare(context.shape, statements));
  if (comparison.verdict.assurance == Assurance::kDisputed) {
    std::string sentence = "the custodians contradict each other about a column:";
    for (const Dispute& dispute : comparison.verdict.disputes) sentence += " " + dispute.text();
    return fail(Code::kRefused, sentence);
  }
  if (comparison.verdict.assurance != Assurance::kVerified) {
    return fail(Code::kUnavailable, std::to_string(statements.size()) + " custodians opened a column, " +
                                        std::to_string(context.shape.answers_to_detect()) +
                                        " are needed to see a lie about it");
  }
  MC_TRY_STATUS(check_all_pieces_answered(context.shape, comparison.verdict.answered));
  fhe::NttPoly sum;
  for (const auto& [piece, hash] : comparison.agreed) {
    MC_TRY(const ByteView bytes, find_bytes(statements, deliveries, {piece, hash}));
    MC_TRY(fhe::NttPoly share, fhe::decode_opening_share(params, context.own->statement.epoch, piece, bytes));
    if (sum.empty()) {
      sum = std::move(share);
    } else {
      params.ring().add(sum, share);
    }
  }
  return fhe::check_opened_column(params, context.column->ciphertext, sum, context.shape.pieces().size());
}

}  // namespace mc::protocol
