// SPDX-License-Identifier: Apache-2.0
// One comparison for every ceremony whose shares several custodians compute alike (R8): who said what about each piece,
// what is agreed, what is a lie, and what stays a dispute. Pure functions on statements whose signatures were checked.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "protocol/statement.hpp"

namespace mc::protocol {

/// How far the answers were checked against each other (R8).
enum class Assurance : std::uint8_t {
  kVerified,    // at least 2t-1 custodians answered: a lie would have been seen
  kUnverified,  // fewer: every piece is there, but a holder's lie may be unseen until an absent one recomputes the hash
  kDisputed,  // two custodians contradict each other and the answers do not suffice to say who lies: nothing is opened
};
std::string_view assurance_name(Assurance assurance);

/// Custodians who said different things about one piece (or about the public part, when `about_heads`).
struct Dispute {
  bool about_heads = false;
  fhe::PieceId piece{};
  std::map<Hash256, std::vector<CustodianId>> sayings;
  [[nodiscard]] std::string text() const;
};

struct Verdict {
  Assurance assurance = Assurance::kUnverified;
  std::vector<CustodianId> answered;
  std::vector<Dispute> disputes;
  std::vector<CustodianId> liars;  // named only with at least 3t-2 answers
};

struct Comparison {
  Verdict verdict;
  std::optional<Hash256> public_part;      // settled: one saying, or the true one
  std::map<fhe::PieceId, Hash256> agreed;  // of every piece that is settled
};

/// Statements about one subject, each checked (check_statement). Pieces that nobody spoke of are not in it.
///   errors  kInvalidArgument when one custodian speaks twice or statements have different subjects
Result<Comparison> compare(const fhe::CommitteeShape& shape, std::span<const Statement> statements);

/// kUnavailable names the pieces that nobody in `answered` holds and the custodians who could answer.
Status check_all_pieces_answered(const fhe::CommitteeShape& shape, std::span<const CustodianId> answered);

/// Shares' bytes as they came in, with who sent them.
struct Delivery {
  CustodianId from{};
  std::span<const PieceBytes> bytes;
  bool own = false;  // made by whoever compares: bytes are those that its statement says, and are not hashed again
};
/// The bytes of a piece whose hash is settled, from whoever sent them.
///   errors  kNotFound names the piece and the custodians who signed that hash and can be asked
Result<ByteView> find_bytes(std::span<const Statement> statements, std::span<const Delivery> deliveries,
                            const PieceHash& wanted);

/// Spreads the pieces' bytes over the custodians at hand, so that each is asked for about as many. kUnavailable names
/// the pieces that none of them holds.
Result<std::map<CustodianId, std::vector<fhe::PieceId>>> choose_senders(const fhe::CommitteeShape& shape,
                                                                        std::span<const CustodianId> available);

/// "custodian 1" or "custodians 0, 2".
std::string custodians_text(std::span<const CustodianId> custodians);

}  // namespace mc::protocol
