// SPDX-License-Identifier: Apache-2.0
#include "protocol/keygen_record.hpp"

#include <gtest/gtest.h>

#include "protocol/testing/ceremony.hpp"

namespace mc::protocol {
namespace {

using testing::Ceremony;
using testing::custodian;
using testing::numbered_hash;
using testing::small_params;

TEST(KeygenRecord, ARevealedShareIsComparedWithTheHashOfItsItemAndPiece) {
  const KeygenSetup setup = Ceremony(small_params(), 3, 2, {5, 25}).setup_;
  KeygenRecord record;
  std::uint64_t number = 0;
  for (std::size_t item = 0; item < shares_per_piece(setup); ++item) {
    auto& hashes = record.shares.emplace_back();
    for (int piece = 0; piece < 3; ++piece) hashes.push_back(numbered_hash(++number));
  }
  for (int piece = 0; piece < 3; ++piece) record.round_two.push_back(numbered_hash(++number));
  const auto ok = [&](Round round, std::uint32_t item, std::size_t piece, std::uint64_t hash) {
    return record.check_reveal(setup, {round, custodian(0), 2, item}, piece, numbered_hash(hash)).has_value();
  };
  EXPECT_TRUE(ok(Round::kShareReveal, kPublicKeyItem, 1, 2));
  EXPECT_TRUE(ok(Round::kShareReveal, kRelinItem, 1, 5));
  EXPECT_TRUE(ok(Round::kGaloisReveal, 0, 1, 8));
  EXPECT_TRUE(ok(Round::kGaloisReveal, 1, 1, 11));
  EXPECT_TRUE(ok(Round::kRelinReveal, 0, 2, 15));
  EXPECT_FALSE(ok(Round::kShareReveal, kPublicKeyItem, 2, 2));
  EXPECT_FALSE(ok(Round::kRelinReveal, 0, 1, 2));
  const Status refused = record.check_reveal(setup, {Round::kGaloisReveal, custodian(0), 2, 1}, 1, numbered_hash(99));
  EXPECT_EQ(refused.error().message,
            "custodian 0 revealed another share of the Galois key 25 of the piece without custodian 1 than all its "
            "holders had committed to");
}

TEST(KeygenRecord, ThePieceCommitmentsAgreeWhenEveryHolderHasSaidTheSame) {
  const KeygenSetup setup = Ceremony(small_params(), 3, 2).setup_;
  ChainFacts facts;
  EXPECT_FALSE(agreed_piece_commitments(setup, facts).value_or_stop().has_value());
  for (const fhe::PieceId piece : setup.shape.pieces()) {
    for (const CustodianId holder : setup.shape.holders(piece)) {
      facts.piece_commitments[{piece, holder}] = numbered_hash(piece.value);
    }
  }
  EXPECT_EQ(agreed_piece_commitments(setup, facts).value_or_stop(),
            (std::vector<Hash256>{numbered_hash(1), numbered_hash(2), numbered_hash(4)}));
  facts.piece_commitments[{fhe::PieceId(2), custodian(2)}] = numbered_hash(9);
  EXPECT_NE(agreed_piece_commitments(setup, facts).error().message.find("the piece without custodian 1 differ"),
            std::string::npos);
}

TEST(KeygenRecord, EveryKeyAndItsOrderEnterTheHashOfAllKeys) {
  const KeyHashes base{numbered_hash(1), numbered_hash(2), {{5, numbered_hash(3)}}};
  EXPECT_NE(base.all(), (KeyHashes{numbered_hash(2), numbered_hash(1), base.galois}.all()));
  EXPECT_NE(base.all(), (KeyHashes{base.public_key, base.relin_key, {}}.all()));
  EXPECT_NE(base.all(), (KeyHashes{base.public_key, base.relin_key, {{25, numbered_hash(3)}}}.all()));
  EXPECT_NE(base.all(), (KeyHashes{base.public_key, base.relin_key, {{5, numbered_hash(4)}}}.all()));
}

}  // namespace
}  // namespace mc::protocol
