// SPDX-License-Identifier: Apache-2.0
#include "protocol/keygen_shares.hpp"

#include <gtest/gtest.h>

#include "protocol/testing/ceremony.hpp"

namespace mc::protocol {
namespace {

using testing::Ceremony;
using testing::custodian;
using testing::numbered_key;
using testing::small_params;

// Own shares that do not fit in memory are made again: the same bytes.
TEST(KeygenShares, SharesMadeAgainAreTheSharesThatWereCommittedTo) {
  const Ceremony ceremony(small_params(), 3, 2, {5});
  std::vector<std::vector<Bytes>> revealed;
  for (const std::size_t kept : {std::size_t{0}, std::size_t{100'000}, kKeptShareBytesMax}) {
    std::vector<fhe::PieceSeed> seeds;
    for (const fhe::PieceId piece : ceremony.setup_.shape.pieces_of(custodian(0))) {
      seeds.push_back({piece, Epoch(1), numbered_key(piece.value)});
    }
    KeygenShares shares(ceremony.setup_, custodian(0), std::move(seeds), testing::numbered_hash(9), kept);
    std::vector<Bytes>& bytes = revealed.emplace_back();
    const auto collect = [&] {
      while (auto reveal = shares.next_reveal()) bytes.push_back(std::move(reveal->bytes));
    };
    fhe::PublicKeyShare public_sum;
    fhe::RelinShareOne sum_one;
    (void)shares.make_round_one(public_sum, sum_one);
    collect();
    shares.finish_round_one();
    const fhe::RelinAggregate aggregate(*ceremony.setup_.params, testing::numbered_hash(9), std::move(sum_one));
    fhe::RelinShareTwo sum_two;
    (void)shares.make_round_two(aggregate, sum_two);
    collect();
    shares.finish_round_two();
    const auto common = fhe::expand_galois_common(*ceremony.setup_.params, testing::numbered_hash(9), 5);
    fhe::GaloisShare galois_sum;
    shares.make_galois(common, 0, galois_sum);
    collect();
  }
  ASSERT_EQ(revealed[0].size(), 8u);  // two pieces, four shares each
  EXPECT_EQ(revealed[1], revealed[0]);
  EXPECT_EQ(revealed[2], revealed[0]);
}

TEST(KeygenShares, OnlyTheLowestHolderRevealsAPiece) {
  const Ceremony ceremony(small_params(), 3, 2);
  std::vector<fhe::PieceSeed> seeds;
  for (const fhe::PieceId piece : ceremony.setup_.shape.pieces_of(custodian(1))) {
    seeds.push_back({piece, Epoch(1), numbered_key(piece.value)});
  }
  KeygenShares shares(ceremony.setup_, custodian(1), std::move(seeds), testing::numbered_hash(9));
  fhe::PublicKeyShare public_sum;
  fhe::RelinShareOne sum_one;
  EXPECT_EQ(shares.make_round_one(public_sum, sum_one).size(), 4u) << "two pieces, two shares each";
  std::vector<BoardSlot> slots;
  while (const auto reveal = shares.next_reveal()) slots.push_back(reveal->slot);
  EXPECT_EQ(slots, (std::vector<BoardSlot>{{Round::kShareReveal, custodian(1), 1, kPublicKeyItem},
                                           {Round::kShareReveal, custodian(1), 1, kRelinItem}}))
      << "piece 4 is custodian 0's to reveal";
}

}  // namespace
}  // namespace mc::protocol
