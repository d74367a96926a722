// SPDX-License-Identifier: Apache-2.0
#include "protocol/combine.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "protocol/share_check.hpp"

namespace mc::protocol {
namespace {

using Sayings = std::map<Hash256, std::vector<CustodianId>>;

std::string list_text(std::span<const CustodianId> custodians) {
  std::string text = custodians.size() == 1 ? "custodian " : "custodians ";
  for (std::size_t i = 0; i < custodians.size(); ++i)
    text += (i == 0 ? "" : ", ") + std::to_string(custodians[i].value);
  return text;
}

// What was said about one thing. One saying: agreed. Several, and enough answers that every thing has an honest
// majority: the saying of t custodians or more is true, for at most t-1 lie, and the others are named. Otherwise: a
// dispute.
std::optional<Hash256> settle(const CombineContext& context, const Sayings& sayings, Dispute dispute,
                              Verdict& verdict) {
  if (sayings.size() == 1) return sayings.begin()->first;
  dispute.sayings = sayings;
  std::optional<Hash256> truth;
  if (verdict.answered.size() >= context.shape.answers_to_name()) {
    for (const auto& [hash, custodians] : sayings) {
      if (custodians.size() >= context.shape.threshold()) truth = hash;
    }
    for (const auto& [hash, custodians] : sayings) {
      if (!truth || hash == *truth) continue;
      for (const CustodianId liar : custodians) {
        if (std::ranges::find(verdict.liars, liar) == verdict.liars.end()) verdict.liars.push_back(liar);
      }
    }
  }
  verdict.disputes.push_back(std::move(dispute));
  return truth;
}

Status check_all_pieces_answered(const CombineContext& context, std::span<const CustodianId> answered) {
  std::string missing;
  std::set<CustodianId> could_answer;
  for (const fhe::PieceId piece : context.shape.pieces()) {
    const auto holders = context.shape.holders(piece);
    if (std::ranges::any_of(holders, [&](CustodianId h) { return std::ranges::find(answered, h) != answered.end(); }))
      continue;
    missing += (missing.empty() ? "" : "; ") + fhe::piece_text(piece);
    could_answer.insert(holders.begin(), holders.end());
  }
  if (missing.empty()) return {};
  const std::vector<CustodianId> list(could_answer.begin(), could_answer.end());
  return fail(Code::kUnavailable, std::to_string(answered.size()) + " of " + std::to_string(context.shape.threshold()) +
                                      " custodians needed have answered; missing: " + missing + "; " + list_text(list) +
                                      " could answer");
}

// The bytes of a piece whose hash is settled, from whoever sent them.
Result<fhe::ReleaseShare> find_share(const CombineContext& context, std::span<const ShareMessage> messages,
                                     fhe::PieceId piece, const Hash256& hash) {
  for (const ShareMessage& message : messages) {
    for (const ShareMessage::PieceBytes& entry : message.bytes) {
      if (entry.piece != piece || sha256(entry.bytes) != hash) continue;
      return fhe::decode_release_share(*context.params, context.authorisation->epoch, piece,
                                       context.authorisation->sigma_log2.size(), entry.bytes);
    }
  }
  std::vector<CustodianId> to_ask;
  for (const ShareMessage& message : messages) {
    const ShareMessage::PieceHash said{piece, hash};
    if (std::ranges::find(message.hashes, said) != message.hashes.end()) to_ask.push_back(message.custodian);
  }
  return fail(Code::kNotFound, "nobody sent the bytes of the " + fhe::piece_text(piece) +
                                   " that match the agreed hash; ask " + list_text(to_ask));
}

}  // namespace

std::string_view assurance_name(Assurance assurance) {
  switch (assurance) {
    case Assurance::kVerified:
      return "verified";
    case Assurance::kUnverified:
      return "unverified";
    case Assurance::kDisputed:
      return "disputed";
  }
  MC_CHECK(false && "every Assurance has a name");
}

std::string Dispute::text() const {
  std::string text = about_heads ? "public part of the answers" : fhe::piece_text(piece);
  text += ": ";
  bool first = true;
  for (const auto& [hash, custodians] : sayings) {
    text += (first ? "" : ", ") + list_text(custodians) + " say " + hash.hex();
    first = false;
  }
  return text;
}

Result<Opened> combine(const CombineContext& context, std::span<const ShareMessage> messages) {
  MC_CHECK(context.params && context.authorisation != nullptr && context.secret != nullptr);
  MC_CHECK(context.identities.size() == context.shape.custodians());
  const std::size_t answers = context.authorisation->sigma_log2.size();
  if (answers == 0 || answers > fhe::kAnswersMax) {
    return fail(Code::kInvalidArgument, "the authorisation names " + std::to_string(answers) + " answers");
  }
  Opened opened;
  Verdict& verdict = opened.verdict;
  for (const ShareMessage& message : messages) {
    MC_TRY_STATUS(check_share_message(context.shape, context.identities, *context.authorisation, message));
    if (std::ranges::find(verdict.answered, message.custodian) != verdict.answered.end()) {
      return fail(Code::kInvalidArgument, "two share messages of custodian " + std::to_string(message.custodian.value));
    }
    verdict.answered.push_back(message.custodian);
  }
  MC_TRY_STATUS(check_all_pieces_answered(context, verdict.answered));

  bool settled = true;
  Sayings about_heads;
  for (const ShareMessage& message : messages) about_heads[heads_digest(message.heads)].push_back(message.custodian);
  const auto heads_hash = settle(context, about_heads, {true, {}, {}}, verdict);
  settled = heads_hash.has_value();
  std::map<fhe::PieceId, Hash256> agreed;
  for (const fhe::PieceId piece : context.shape.pieces()) {
    Sayings sayings;
    for (const ShareMessage& message : messages) {
      for (const auto& [said_piece, hash] : message.hashes) {
        if (said_piece == piece) sayings[hash].push_back(message.custodian);
      }
    }
    const auto hash = settle(context, sayings, {false, piece, {}}, verdict);
    settled = settled && hash.has_value();
    if (hash) agreed[piece] = *hash;
  }
  if (!settled) {
    verdict.assurance = Assurance::kDisputed;
    return opened;
  }
  verdict.assurance =
      verdict.answered.size() >= context.shape.answers_to_detect() ? Assurance::kVerified : Assurance::kUnverified;

  const auto truthful =
      std::ranges::find_if(messages, [&](const ShareMessage& m) { return heads_digest(m.heads) == *heads_hash; });
  std::vector<fhe::ReleaseShare> shares;
  for (const auto& [piece, hash] : agreed) {
    MC_TRY(fhe::ReleaseShare share, find_share(context, messages, piece, hash));
    shares.push_back(std::move(share));
  }
  const fhe::SecretPoly z = fhe::requester_secret(*context.params, *context.secret, context.requester);
  const fhe::Encoder encoder(context.params);
  MC_TRY(opened.means, fhe::open_means(*context.params, encoder, z, truthful->heads, shares));
  return opened;
}

Result<std::map<CustodianId, std::vector<fhe::PieceId>>> choose_senders(const fhe::CommitteeShape& shape,
                                                                        std::span<const CustodianId> available) {
  std::map<CustodianId, std::vector<fhe::PieceId>> senders;
  for (const CustodianId custodian : available) senders[custodian];
  for (const fhe::PieceId piece : shape.pieces()) {
    std::optional<CustodianId> chosen;
    for (const auto& [custodian, pieces] : senders) {
      if (!shape.holds(custodian, piece)) continue;
      if (!chosen || pieces.size() < senders[*chosen].size()) chosen = custodian;
    }
    if (!chosen) {
      return fail(Code::kUnavailable, "none of the custodians at hand (" + std::to_string(available.size()) +
                                          ") holds the " + fhe::piece_text(piece) + "; " +
                                          list_text(shape.holders(piece)) + " do");
    }
    senders[*chosen].push_back(piece);
  }
  return senders;
}

}  // namespace mc::protocol
