// SPDX-License-Identifier: Apache-2.0
// Whom to ask for what, until every piece of a release or refresh has bytes or nobody is left to ask. All
// custodians are asked for their signed hashes, for the more answer, the more lies are seen (R8); the bytes of a piece
// come from one of them, and from another one when that one drops out or sends bytes that it did not sign. Shares are
// idempotent (R5), so asking again costs nothing but time. No socket, no clock: the driver sends what asks() returns
// and reports every question's end by receive() or failed().
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "protocol/comparison.hpp"

namespace mc::protocol {

struct Ask {
  CustodianId custodian{};
  std::vector<fhe::PieceId> bytes_for;  // of the others the hash only
  friend bool operator==(const Ask&, const Ask&) = default;
};

/// What is asked: all statements must be about it.
struct Question {
  Statement::Kind kind = Statement::Kind::kRelease;
  Epoch epoch{};
  Hash256 subject;
};

/// What a custodian said, and the bytes that it sent of what it said.
struct CollectedAnswer {
  Statement statement;
  std::vector<PieceBytes> bytes;
};

/// Two statements of one custodian about one subject that differ, both signed by it: proof of a lie by itself, without
/// anybody else's word.
struct Equivocation {
  Statement first, second;
};

/// Not thread-safe.
class ShareCollector {
 public:
  /// `identities` (by custodian id) outlive the collector. `attempts_max`: how often a custodian that does not answer
  /// is asked in all, at least 1.
  ///   errors  kUnavailable when `reachable` does not hold every piece, naming what is missing and who has it
  static Result<ShareCollector> create(const fhe::CommitteeShape& shape, std::span<const PublicIdentity> identities,
                                       const Question& question, std::vector<CustodianId> reachable,
                                       std::uint32_t attempts_max = 1);

  /// The questions to send now: none to a custodian whose answer is still awaited.
  [[nodiscard]] std::vector<Ask> asks();

  /// An answer. A refused one ends the question as if no answer had come, for it proves nothing about the custodian,
  /// and nothing of it is kept.
  ///   errors  kRefused: not signed by this custodian, about something else; kCorrupt: not one saying for each of its
  ///           pieces; kConflict: it signed something else before
  Status receive(CustodianId from, const Statement& statement, std::vector<PieceBytes> bytes);

  /// The question ended without an answer. kUnavailable may be asked again, everything else is the custodian's last
  /// word.
  void failed(CustodianId from, const Error& error);

  /// Nothing is awaited and asks() would be empty: time to combine answers().
  [[nodiscard]] bool settled() const;
  /// One per custodian that answered: what it said first, with all the bytes it sent that have the hash it signed.
  [[nodiscard]] std::vector<CollectedAnswer> answers() const;
  [[nodiscard]] const std::vector<Equivocation>& equivocations() const { return equivocations_; }
  /// The last thing each silent or refusing custodian said.
  [[nodiscard]] const std::map<CustodianId, Error>& failures() const { return failures_; }

 private:
  struct Seat {
    std::uint32_t attempts = 0;
    bool awaited = false;
    bool spent = false;  // will not be asked for hashes again
    std::optional<CollectedAnswer> answer;
    std::set<fhe::PieceId> bytes_asked;                  // not to be asked for again
    std::map<fhe::PieceId, std::uint32_t> bytes_missed;  // how often they came damaged or not at all
  };

  ShareCollector(const fhe::CommitteeShape& shape, std::span<const PublicIdentity> identities, const Question& question,
                 std::uint32_t attempts_max)
      : shape_(shape), identities_(identities), question_(question), attempts_max_(attempts_max) {}
  [[nodiscard]] Status check(CustodianId from, const Statement& statement) const;
  void miss_bytes(Seat& seat) const;
  [[nodiscard]] std::vector<Ask> plan() const;
  /// The hash that most answers give for a piece, the smallest of equals; none before any answer.
  [[nodiscard]] std::optional<Hash256> leading_hash(fhe::PieceId piece) const;
  [[nodiscard]] bool has_bytes(fhe::PieceId piece, const Hash256& hash) const;

  fhe::CommitteeShape shape_;
  std::span<const PublicIdentity> identities_;
  Question question_;
  std::uint32_t attempts_max_;
  std::map<CustodianId, Seat> seats_;
  std::map<CustodianId, Error> failures_;
  std::vector<Equivocation> equivocations_;
};

}  // namespace mc::protocol
