// SPDX-License-Identifier: Apache-2.0
#include "protocol/share_collector.hpp"

#include <algorithm>

namespace mc::protocol {
namespace {

// The hash that a statement gives for one piece of its custodian.
const Hash256* said(const Statement& statement, fhe::PieceId piece) {
  const auto entry = std::ranges::find(statement.hashes, piece, &PieceHash::piece);
  return entry == statement.hashes.end() ? nullptr : &entry->hash;
}

bool contains(const std::vector<PieceBytes>& bytes, fhe::PieceId piece) {
  return std::ranges::find(bytes, piece, &PieceBytes::piece) != bytes.end();
}

}  // namespace

Result<ShareCollector> ShareCollector::create(const fhe::CommitteeShape& shape,
                                              std::span<const PublicIdentity> identities, const Question& question,
                                              std::vector<CustodianId> reachable, std::uint32_t attempts_max) {
  MC_CHECK(identities.size() == shape.custodians() && attempts_max >= 1);
  MC_TRY([[maybe_unused]] const auto senders, choose_senders(shape, reachable));
  ShareCollector collector(shape, identities, question, attempts_max);
  for (const CustodianId custodian : reachable) collector.seats_[custodian];
  return collector;
}

std::optional<Hash256> ShareCollector::leading_hash(fhe::PieceId piece) const {
  std::map<Hash256, std::size_t> votes;
  for (const auto& [custodian, seat] : seats_) {
    if (!seat.answer) continue;
    if (const Hash256* hash = said(seat.answer->statement, piece)) ++votes[*hash];
  }
  if (votes.empty()) return std::nullopt;
  return std::ranges::max_element(votes, {}, [](const auto& entry) { return entry.second; })->first;
}

bool ShareCollector::has_bytes(fhe::PieceId piece, const Hash256& hash) const {
  return std::ranges::any_of(seats_, [&](const auto& entry) {
    const auto& answer = entry.second.answer;
    if (!answer) return false;
    const Hash256* own = said(answer->statement, piece);
    return own != nullptr && *own == hash && contains(answer->bytes, piece);
  });
}

std::vector<Ask> ShareCollector::plan() const {
  std::map<CustodianId, std::vector<fhe::PieceId>> wanted;
  // Hashes of everybody who has not answered and may still be asked.
  for (const auto& [custodian, seat] : seats_) {
    if (!seat.awaited && !seat.answer && !seat.spent) wanted[custodian];
  }
  for (const fhe::PieceId piece : shape_.pieces()) {
    const auto hash = leading_hash(piece);
    if (hash && has_bytes(piece, *hash)) continue;
    // Somebody is on it already; its answer decides whether another one is needed.
    const bool under_way = std::ranges::any_of(
        seats_, [&](const auto& entry) { return entry.second.awaited && entry.second.bytes_asked.contains(piece); });
    if (under_way) continue;
    // Rather somebody who has not failed with this piece, then somebody who is asked for little.
    std::optional<CustodianId> chosen;
    const auto effort = [&](CustodianId c) {
      const auto& missed = seats_.at(c).bytes_missed;
      return std::pair(missed.contains(piece) ? missed.at(piece) : 0u, wanted.contains(c) ? wanted.at(c).size() : 0);
    };
    for (const auto& [custodian, seat] : seats_) {
      if (seat.awaited || !shape_.holds(custodian, piece) || seat.bytes_asked.contains(piece)) continue;
      if (seat.answer ? hash && *said(seat.answer->statement, piece) != *hash : seat.spent) continue;
      if (!chosen || effort(custodian) < effort(*chosen)) chosen = custodian;
    }
    if (chosen) wanted[*chosen].push_back(piece);
  }
  std::vector<Ask> plan;
  for (auto& [custodian, pieces] : wanted) plan.push_back({custodian, std::move(pieces)});
  return plan;
}

std::vector<Ask> ShareCollector::asks() {
  std::vector<Ask> asks = plan();
  for (const Ask& ask : asks) {
    Seat& seat = seats_.at(ask.custodian);
    seat.awaited = true;
    ++seat.attempts;
    seat.bytes_asked.insert(ask.bytes_for.begin(), ask.bytes_for.end());
  }
  return asks;
}

Status ShareCollector::check(CustodianId from, const Statement& statement) const {
  const std::string name = "custodian " + std::to_string(from.value);
  if (statement.custodian != from) {
    return fail(Code::kRefused, name + " sent an answer of custodian " + std::to_string(statement.custodian.value));
  }
  if (statement.kind != question_.kind || statement.epoch != question_.epoch ||
      statement.subject != question_.subject) {
    return fail(Code::kRefused, name + " answers " + statement.subject.hex() + " of epoch " +
                                    std::to_string(statement.epoch.value) + ", asked was " + question_.subject.hex() +
                                    " of epoch " + std::to_string(question_.epoch.value));
  }
  return check_statement(shape_, identities_, statement, "answer");
}

Status ShareCollector::receive(CustodianId from, const Statement& statement, std::vector<PieceBytes> bytes) {
  const auto found = seats_.find(from);
  MC_CHECK(found != seats_.end());
  Seat& seat = found->second;
  if (const Status checked = check(from, statement); !checked) {
    failed(from, {Code::kUnavailable, checked.error().message});  // not its word: whoever sits on the wire can say this
    return checked;
  }
  seat.awaited = false;
  failures_.erase(from);
  if (!seat.answer) {
    seat.answer.emplace(CollectedAnswer{statement, {}});
  } else if (statement_digest(seat.answer->statement) != statement_digest(statement)) {
    equivocations_.push_back({seat.answer->statement, statement});
    seat.spent = true;
    return fail(Code::kConflict, "custodian " + std::to_string(from.value) +
                                     " signed two different answers to one question: both are evidence");
  }
  for (PieceBytes& entry : bytes) {
    const Hash256* hash = said(statement, entry.piece);
    const bool signed_for = hash != nullptr && hash_share(entry.bytes) == *hash;
    if (signed_for && !contains(seat.answer->bytes, entry.piece)) seat.answer->bytes.push_back(std::move(entry));
  }
  miss_bytes(seat);
  return {};
}

void ShareCollector::failed(CustodianId from, const Error& error) {
  const auto found = seats_.find(from);
  MC_CHECK(found != seats_.end());
  Seat& seat = found->second;
  seat.awaited = false;
  failures_.insert_or_assign(from, error);
  if (error.code != Code::kUnavailable || seat.attempts >= attempts_max_) seat.spent = true;
  miss_bytes(seat);
}

// What was asked for and is not there may be asked for again, as long as the custodian may be asked at all: whoever
// sits on the wire can damage a share.
void ShareCollector::miss_bytes(Seat& seat) const {
  std::erase_if(seat.bytes_asked, [&](fhe::PieceId piece) {
    if (seat.answer && contains(seat.answer->bytes, piece)) return false;
    ++seat.bytes_missed[piece];
    return !seat.spent && seat.attempts < attempts_max_;
  });
}

bool ShareCollector::settled() const {
  const bool awaiting = std::ranges::any_of(seats_, [](const auto& entry) { return entry.second.awaited; });
  return !awaiting && plan().empty();
}

std::vector<CollectedAnswer> ShareCollector::answers() const {
  std::vector<CollectedAnswer> answers;
  for (const auto& [custodian, seat] : seats_) {
    if (seat.answer) answers.push_back(*seat.answer);
  }
  return answers;
}

}  // namespace mc::protocol
