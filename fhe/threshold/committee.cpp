// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/committee.hpp"

#include <algorithm>
#include <bit>

namespace mc::fhe {
namespace {

// C(n, k), or kPiecesMax + 1 as soon as it is larger than that.
std::size_t binomial_capped(std::uint32_t n, std::uint32_t k) {
  std::size_t value = 1;
  for (std::uint32_t i = 1; i <= k; ++i) {
    value = value * (n - k + i) / i;  // exact: a product of i consecutive integers divides by i!
    if (value > kPiecesMax) return kPiecesMax + 1;
  }
  return value;
}

}  // namespace

CommitteeShape::CommitteeShape(std::uint32_t custodians, std::uint32_t threshold)
    : custodians_(custodians), threshold_(threshold) {
  // Gosper's hack: the next larger integer with as many bits set walks the subsets of t-1 custodians in mask order.
  const std::uint64_t end = std::uint64_t{1} << custodians;
  for (std::uint64_t mask = (std::uint64_t{1} << (threshold - 1)) - 1; mask < end;) {
    pieces_.emplace_back(mask);
    const std::uint64_t lowest = mask & (~mask + 1);
    const std::uint64_t ripple = mask + lowest;
    mask = ripple | (((mask ^ ripple) >> 2) / lowest);
  }
}

Result<CommitteeShape> CommitteeShape::create(std::uint32_t custodians, std::uint32_t threshold) {
  const std::string name = std::to_string(threshold) + "-of-" + std::to_string(custodians);
  if (threshold < 2) {
    return fail(Code::kRefused,
                "committee " + name + ": the threshold must be at least 2, or one custodian decrypts alone");
  }
  if (threshold > custodians || custodians < 2 * threshold - 1) {
    return fail(Code::kRefused, "committee " + name + ": " + std::to_string(threshold) + " of n custodians need n >= " +
                                    std::to_string(2 * static_cast<std::uint64_t>(threshold) - 1) + ", n is " +
                                    std::to_string(custodians));
  }
  // n >= 2t-1 makes C(n, t-1) at least n, so the cap also bounds n by kPiecesMax.
  if (custodians > kPiecesMax || binomial_capped(custodians, threshold - 1) > kPiecesMax) {
    return fail(Code::kRefused,
                "committee " + name + ": would split the key into more than " + std::to_string(kPiecesMax) + " pieces");
  }
  return CommitteeShape(custodians, threshold);
}

bool CommitteeShape::is_piece(PieceId piece) const {
  return std::ranges::binary_search(pieces_, piece);
}

bool CommitteeShape::holds(CustodianId custodian, PieceId piece) const {
  return is_custodian(custodian) && is_piece(piece) && (piece.value >> custodian.value & 1) == 0;
}

std::vector<CustodianId> CommitteeShape::holders(PieceId piece) const {
  MC_CHECK(is_piece(piece));
  std::vector<CustodianId> holders;
  for (std::uint32_t c = 0; c < custodians_; ++c) {
    const CustodianId custodian(static_cast<std::uint8_t>(c));
    if (holds(custodian, piece)) holders.push_back(custodian);
  }
  return holders;
}

CustodianId CommitteeShape::lowest_holder(PieceId piece) const {
  MC_CHECK(is_piece(piece));
  return CustodianId(static_cast<std::uint8_t>(std::countr_one(piece.value)));
}

std::vector<PieceId> CommitteeShape::pieces_of(CustodianId custodian) const {
  std::vector<PieceId> own;
  std::ranges::copy_if(pieces_, std::back_inserter(own), [&](PieceId piece) { return holds(custodian, piece); });
  return own;
}

std::string CommitteeShape::text() const {
  return std::to_string(threshold_) + "-of-" + std::to_string(custodians_);
}

void write_shape(Writer& writer, const CommitteeShape& shape) {
  writer.u32(shape.custodians());
  writer.u32(shape.threshold());
}

Result<CommitteeShape> read_shape(Reader& reader) {
  MC_TRY(const std::uint32_t custodians, reader.u32());
  MC_TRY(const std::uint32_t threshold, reader.u32());
  return CommitteeShape::create(custodians, threshold);
}

std::string piece_text(PieceId piece) {
  std::string text = std::popcount(piece.value) == 1 ? "piece without custodian " : "piece without custodians ";
  bool first = true;
  for (std::uint32_t c = 0; c < 64; ++c) {
    if ((piece.value >> c & 1) == 0) continue;
    if (!first) text += ", ";
    text += std::to_string(c);
    first = false;
  }
  return text;
}

}  // namespace mc::fhe
