// SPDX-License-Identifier: Apache-2.0
#include "protocol/comparison.hpp"

#include <algorithm>
#include <set>

namespace mc::protocol {
namespace {

using Sayings = std::map<Hash256, std::vector<CustodianId>>;

// What was said about one thing. One saying: agreed. Several, and enough answers that every thing has an honest
// majority: the saying of t custodians or more is true, for at most t-1 lie, and the others are named. Otherwise: a
// dispute.
std::optional<Hash256> settle(const fhe::CommitteeShape& shape, const Sayings& sayings, Dispute dispute,
                              Verdict& verdict) {
  if (sayings.size() == 1) return sayings.begin()->first;
  dispute.sayings = sayings;
  std::optional<Hash256> truth;
  if (verdict.answered.size() >= shape.answers_to_name()) {
    for (const auto& [hash, custodians] : sayings) {
      if (custodians.size() >= shape.threshold()) truth = hash;
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

std::string custodians_text(std::span<const CustodianId> custodians) {
  std::string text = custodians.size() == 1 ? "custodian " : "custodians ";
  for (std::size_t i = 0; i < custodians.size(); ++i)
    text += (i == 0 ? "" : ", ") + std::to_string(custodians[i].value);
  return text;
}

std::string Dispute::text() const {
  std::string text = about_heads ? "public part of the answers" : fhe::piece_text(piece);
  text += ": ";
  bool first = true;
  for (const auto& [hash, custodians] : sayings) {
    text += (first ? "" : ", ") + custodians_text(custodians) + " say " + hash.hex();
    first = false;
  }
  return text;
}

Result<Comparison> compare(const fhe::CommitteeShape& shape, std::span<const Statement> statements) {
  Comparison comparison;
  Verdict& verdict = comparison.verdict;
  Sayings about_public_part;
  std::map<fhe::PieceId, Sayings> about;
  for (const Statement& statement : statements) {
    const Statement& first = statements.front();
    if (statement.kind != first.kind || statement.subject != first.subject || statement.epoch != first.epoch) {
      return fail(Code::kInvalidArgument, custodians_text({&statement.custodian, 1}) + " speaks about " +
                                              statement.subject.hex() + ", " + custodians_text({&first.custodian, 1}) +
                                              " about " + first.subject.hex());
    }
    if (std::ranges::find(verdict.answered, statement.custodian) != verdict.answered.end()) {
      return fail(Code::kInvalidArgument,
                  "two share messages of custodian " + std::to_string(statement.custodian.value));
    }
    verdict.answered.push_back(statement.custodian);
    about_public_part[statement.public_part].push_back(statement.custodian);
    for (const auto& [piece, hash] : statement.hashes) about[piece][hash].push_back(statement.custodian);
  }
  bool settled = true;
  if (!statements.empty()) {
    comparison.public_part = settle(shape, about_public_part, {true, {}, {}}, verdict);
    settled = comparison.public_part.has_value();
  }
  for (const auto& [piece, sayings] : about) {
    const auto hash = settle(shape, sayings, {false, piece, {}}, verdict);
    settled = settled && hash.has_value();
    if (hash) comparison.agreed[piece] = *hash;
  }
  if (!settled) {
    verdict.assurance = Assurance::kDisputed;
  } else if (verdict.answered.size() >= shape.answers_to_detect()) {
    verdict.assurance = Assurance::kVerified;
  }
  return comparison;
}

Status check_all_pieces_answered(const fhe::CommitteeShape& shape, std::span<const CustodianId> answered) {
  std::string missing;
  std::set<CustodianId> could_answer;
  for (const fhe::PieceId piece : shape.pieces()) {
    const auto holders = shape.holders(piece);
    if (std::ranges::any_of(holders, [&](CustodianId h) { return std::ranges::find(answered, h) != answered.end(); }))
      continue;
    missing += (missing.empty() ? "" : "; ") + fhe::piece_text(piece);
    could_answer.insert(holders.begin(), holders.end());
  }
  if (missing.empty()) return {};
  const std::vector<CustodianId> list(could_answer.begin(), could_answer.end());
  return fail(Code::kUnavailable, std::to_string(answered.size()) + " of " + std::to_string(shape.threshold()) +
                                      " custodians needed have answered; missing: " + missing + "; " +
                                      custodians_text(list) + " could answer");
}

Result<ByteView> find_bytes(std::span<const Statement> statements, std::span<const Delivery> deliveries,
                            const PieceHash& wanted) {
  std::vector<CustodianId> to_ask;
  for (const Statement& statement : statements) {
    if (std::ranges::find(statement.hashes, wanted) != statement.hashes.end()) to_ask.push_back(statement.custodian);
  }
  for (const Delivery& delivery : deliveries) {
    const bool signed_it = std::ranges::find(to_ask, delivery.from) != to_ask.end();
    for (const PieceBytes& entry : delivery.bytes) {
      if (entry.piece != wanted.piece) continue;
      if (delivery.own ? signed_it : hash_share(entry.bytes) == wanted.hash) return ByteView(entry.bytes);
    }
  }
  return fail(Code::kNotFound, "nobody sent the bytes of the " + fhe::piece_text(wanted.piece) +
                                   " that match the agreed hash; ask " + custodians_text(to_ask));
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
                                          custodians_text(shape.holders(piece)) + " do");
    }
    senders[*chosen].push_back(piece);
  }
  return senders;
}

}  // namespace mc::protocol
