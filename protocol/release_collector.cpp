// SPDX-License-Identifier: Apache-2.0
#include "protocol/release_collector.hpp"

#include <algorithm>

#include "protocol/combine.hpp"
#include "protocol/share_check.hpp"

namespace mc::protocol {
namespace {

// The hash that a message gives for one piece of its custodian.
const Hash256* said(const ShareMessage& message, fhe::PieceId piece) {
  const auto entry = std::ranges::find(message.hashes, piece, &ShareMessage::PieceHash::piece);
  return entry == message.hashes.end() ? nullptr : &entry->hash;
}

// Only bytes that have the hash which their sender signed.
void keep_signed_bytes(ShareMessage& message) {
  std::erase_if(message.bytes, [&](const ShareMessage::PieceBytes& entry) {
    const Hash256* hash = said(message, entry.piece);
    return hash == nullptr || sha256(entry.bytes) != *hash;
  });
}

}  // namespace

ReleaseCollector::ReleaseCollector(const fhe::CommitteeShape& shape, std::span<const PublicIdentity> identities,
                                   const Authorisation& authorisation, std::uint32_t attempts_max)
    : shape_(shape),
      identities_(identities),
      authorisation_(&authorisation),
      authorisation_hash_(hash_authorisation(authorisation)),
      attempts_max_(attempts_max) {}

Result<ReleaseCollector> ReleaseCollector::create(const fhe::CommitteeShape& shape,
                                                  std::span<const PublicIdentity> identities,
                                                  const Authorisation& authorisation,
                                                  std::vector<CustodianId> reachable, std::uint32_t attempts_max) {
  MC_CHECK(identities.size() == shape.custodians() && attempts_max >= 1);
  MC_TRY([[maybe_unused]] const auto senders, choose_senders(shape, reachable));
  ReleaseCollector collector(shape, identities, authorisation, attempts_max);
  for (const CustodianId custodian : reachable) collector.seats_[custodian];
  return collector;
}

std::optional<Hash256> ReleaseCollector::leading_hash(fhe::PieceId piece) const {
  std::map<Hash256, std::size_t> votes;
  for (const auto& [custodian, seat] : seats_) {
    if (!seat.message) continue;
    if (const Hash256* hash = said(*seat.message, piece)) ++votes[*hash];
  }
  if (votes.empty()) return std::nullopt;
  return std::ranges::max_element(votes, {}, [](const auto& entry) { return entry.second; })->first;
}

bool ReleaseCollector::has_bytes(fhe::PieceId piece, const Hash256& hash) const {
  return std::ranges::any_of(seats_, [&](const auto& entry) {
    const auto& message = entry.second.message;
    if (!message) return false;
    const Hash256* own = said(*message, piece);
    return own != nullptr && *own == hash &&
           std::ranges::find(message->bytes, piece, &ShareMessage::PieceBytes::piece) != message->bytes.end();
  });
}

std::vector<Ask> ReleaseCollector::plan() const {
  std::map<CustodianId, std::vector<fhe::PieceId>> wanted;
  // Hashes of everybody who has not answered and may still be asked.
  for (const auto& [custodian, seat] : seats_) {
    if (!seat.awaited && !seat.message && !seat.spent) wanted[custodian];
  }
  for (const fhe::PieceId piece : shape_.pieces()) {
    const auto hash = leading_hash(piece);
    if (hash && has_bytes(piece, *hash)) continue;
    // Somebody is on it already; its answer decides whether another one is needed.
    const bool under_way = std::ranges::any_of(
        seats_, [&](const auto& entry) { return entry.second.awaited && entry.second.bytes_asked.contains(piece); });
    if (under_way) continue;
    std::optional<CustodianId> chosen;
    for (const auto& [custodian, seat] : seats_) {
      if (seat.awaited || !shape_.holds(custodian, piece) || seat.bytes_asked.contains(piece)) continue;
      if (seat.message ? hash && *said(*seat.message, piece) != *hash : seat.spent) continue;
      const auto load = [&](CustodianId c) { return wanted.contains(c) ? wanted.at(c).size() : 0; };
      if (!chosen || load(custodian) < load(*chosen)) chosen = custodian;
    }
    if (chosen) wanted[*chosen].push_back(piece);
  }
  std::vector<Ask> plan;
  for (auto& [custodian, pieces] : wanted) plan.push_back({custodian, std::move(pieces)});
  return plan;
}

std::vector<Ask> ReleaseCollector::asks() {
  std::vector<Ask> asks = plan();
  for (const Ask& ask : asks) {
    Seat& seat = seats_.at(ask.custodian);
    seat.awaited = true;
    ++seat.attempts;
    seat.bytes_asked.insert(ask.bytes_for.begin(), ask.bytes_for.end());
  }
  return asks;
}

Status ReleaseCollector::check(CustodianId from, const ShareMessage& message) const {
  if (message.custodian != from) {
    return fail(Code::kRefused, "custodian " + std::to_string(from.value) + " sent a share message of custodian " +
                                    std::to_string(message.custodian.value));
  }
  return check_share_message(shape_, identities_, *authorisation_, message);
}

Status ReleaseCollector::receive(CustodianId from, ShareMessage message) {
  const auto found = seats_.find(from);
  MC_CHECK(found != seats_.end());
  Seat& seat = found->second;
  if (const Status checked = check(from, message); !checked) {
    failed(from, {Code::kUnavailable, checked.error().message});  // not its word: whoever sits on the wire can say this
    return checked;
  }
  seat.awaited = false;
  failures_.erase(from);
  keep_signed_bytes(message);
  if (!seat.message) {
    seat.message = std::move(message);
    return {};
  }
  if (share_message_digest(*seat.message) != share_message_digest(message)) {
    equivocations_.push_back({*seat.message, std::move(message)});
    seat.spent = true;
    return fail(Code::kConflict, "custodian " + std::to_string(from.value) +
                                     " signed two different answers to one authorisation: both are evidence");
  }
  for (ShareMessage::PieceBytes& entry : message.bytes) {
    const bool known = std::ranges::find(seat.message->bytes, entry.piece, &ShareMessage::PieceBytes::piece) !=
                       seat.message->bytes.end();
    if (!known) seat.message->bytes.push_back(std::move(entry));
  }
  return {};
}

void ReleaseCollector::failed(CustodianId from, const Error& error) {
  const auto found = seats_.find(from);
  MC_CHECK(found != seats_.end());
  Seat& seat = found->second;
  seat.awaited = false;
  failures_.insert_or_assign(from, error);
  const bool again = error.code == Code::kUnavailable && seat.attempts < attempts_max_;
  if (again) {
    seat.bytes_asked.clear();
  } else {
    seat.spent = true;
  }
}

bool ReleaseCollector::settled() const {
  const bool awaiting = std::ranges::any_of(seats_, [](const auto& entry) { return entry.second.awaited; });
  return !awaiting && plan().empty();
}

std::vector<ShareMessage> ReleaseCollector::messages() const {
  std::vector<ShareMessage> messages;
  for (const auto& [custodian, seat] : seats_) {
    if (seat.message) messages.push_back(*seat.message);
  }
  return messages;
}

}  // namespace mc::protocol
