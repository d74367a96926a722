// SPDX-License-Identifier: Apache-2.0
// Evidence of lies (R8): custodians' signed statements about one subject, without any share. A third party who knows
// the committee's shape and public identities, and nothing secret, judges it as the requester did. Pure functions.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "protocol/comparison.hpp"

namespace mc::protocol {

struct Evidence {
  /// Bytes came from a custodian that do not hash to what it signed. Bytes are not signed, whoever holds the file could
  /// have changed them: a complaint names nobody, it says whose bytes to ask for again.
  struct Complaint {
    CustodianId custodian{};
    fhe::PieceId piece{};
    Hash256 received;  // SHA-256 of what came
    friend bool operator==(const Complaint&, const Complaint&) = default;
  };
  Statement::Kind kind = Statement::Kind::kRelease;
  Epoch epoch{};
  Hash256 subject;
  std::vector<Statement> statements;  // any order; two different ones of one custodian are equivocation
  std::vector<Complaint> complaints;
  friend bool operator==(const Evidence&, const Evidence&) = default;
};

/// Of one subject, from what its answers said and brought; statements: at least one, all of one subject (MC_CHECK).
Evidence evidence_of(std::span<const Statement> statements, std::span<const Delivery> deliveries);

Bytes encode_evidence(const Evidence& evidence);
Result<Evidence> decode_evidence(ByteView bytes);

struct Finding {
  enum class Kind : std::uint8_t {
    kNothing,  // nobody contradicts anybody
    kDispute,  // somebody lies, and the statements do not suffice to say who
    kLiars,    // named: with 3t-2 answers, or for signing two different statements
  };
  Kind kind = Kind::kNothing;
  Verdict verdict;                              // of all but equivocators
  std::vector<CustodianId> liars;               // ascending; all that are named
  std::vector<CustodianId> equivocators;        // those of them who signed two different statements
  std::vector<Evidence::Complaint> complaints;  // those about a custodian whose statement is here
  /// Sentences for people, one a line.
  [[nodiscard]] std::string text() const;
};

/// What the statements prove.
///   errors  kRefused, kCorrupt when one of them is not properly signed or not for the pieces of its custodian: such a
///           file proves nothing
Result<Finding> examine(const fhe::CommitteeShape& shape, std::span<const PublicIdentity> identities,
                        const Evidence& evidence);

/// The late audit of a result that was opened from `earlier` statements: holders who were absent have recomputed the
/// shares' hashes since (shares are a function of what was authorised: R5). kVerified when they make up 2t-1 answers
/// and nothing was contradicted; kDisputed when something is, or when what is true now is not what was opened then.
/// `earlier` may hold statements twice, and several of one custodian: the first is taken for what was opened, and who
/// signed two different ones is among the liars. Holders recompute until the day after the authorisation (R11).
///   errors  as examine; kInvalidArgument when a late statement is about another subject, or its custodian had spoken
Result<Verdict> audit_late(const fhe::CommitteeShape& shape, std::span<const PublicIdentity> identities,
                           std::span<const Statement> earlier, std::span<const Statement> late);

}  // namespace mc::protocol
