// SPDX-License-Identifier: Apache-2.0
// The shape of a committee of custodians: n of them, any t decrypt, t-1 never do (R1).
// The collective secret is the sum of C(n, t-1) pieces, one per subset M of t-1 custodians, held by everybody outside M
// (replicated secret sharing, Cramer-Damgard-Ishai 2005). Immutable values; thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/codec.hpp"
#include "base/result.hpp"
#include "base/strong.hpp"

namespace mc::fhe {

/// A piece, named by the bit mask of the t-1 custodians who do NOT hold it (the subset M; bit c is custodian c).
using PieceId = Strong<struct PieceIdTag, std::uint64_t>;

/// At most this many pieces (R1): shares, messages and noise grow with their number.
inline constexpr std::size_t kPiecesMax = 35;

class CommitteeShape {
 public:
  /// kRefused unless t >= 2, n >= 2t-1 (otherwise some piece may have corrupt holders only, who choose the collective
  /// key: R1) and C(n, t-1) <= kPiecesMax.
  static Result<CommitteeShape> create(std::uint32_t custodians, std::uint32_t threshold);

  [[nodiscard]] std::uint32_t custodians() const { return custodians_; }  // n
  [[nodiscard]] std::uint32_t threshold() const { return threshold_; }    // t
  /// All pieces, ascending by mask: "piece order".
  [[nodiscard]] const std::vector<PieceId>& pieces() const { return pieces_; }
  [[nodiscard]] bool is_custodian(CustodianId custodian) const { return custodian.value < custodians_; }
  [[nodiscard]] bool is_piece(PieceId piece) const;
  [[nodiscard]] bool holds(CustodianId custodian, PieceId piece) const;
  /// The n-t+1 holders, ascending. `piece` must be one of pieces() (MC_CHECK).
  [[nodiscard]] std::vector<CustodianId> holders(PieceId piece) const;
  /// The holder who reveals the bytes that all holders have committed to.
  [[nodiscard]] CustodianId lowest_holder(PieceId piece) const;
  /// Pieces of one custodian, in piece order.
  [[nodiscard]] std::vector<PieceId> pieces_of(CustodianId custodian) const;
  /// Answers from which a lie is detected: every piece then has an honest answer (R8).
  [[nodiscard]] std::uint32_t answers_to_detect() const { return 2 * threshold_ - 1; }
  /// Answers from which the liar is named: every piece then has an honest majority (R8).
  [[nodiscard]] std::uint32_t answers_to_name() const { return 3 * threshold_ - 2; }
  [[nodiscard]] bool can_name_liar() const { return custodians_ >= answers_to_name(); }
  [[nodiscard]] std::string text() const;  // "2-of-3"

  friend bool operator==(const CommitteeShape&, const CommitteeShape&) = default;

 private:
  CommitteeShape(std::uint32_t custodians, std::uint32_t threshold);
  std::uint32_t custodians_ = 0, threshold_ = 0;
  std::vector<PieceId> pieces_;
};

void write_shape(Writer& writer, const CommitteeShape& shape);
Result<CommitteeShape> read_shape(Reader& reader);

/// The custodians a piece excludes, for sentences: "piece without custodian 2".
std::string piece_text(PieceId piece);

}  // namespace mc::fhe
