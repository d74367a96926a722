// SPDX-License-Identifier: Apache-2.0
#include "node/result_shelf.hpp"

#include <gtest/gtest.h>

namespace mc::node {
namespace {

constexpr std::size_t kAnswerBytes = 1 << 20;

Hash256 shelf_hash(std::uint64_t number) {
  return Sha256("result shelf").update_u64(number).finish();
}
// Nothing is written into the answer: no page of it is ever touched.
std::shared_ptr<const client::Recomputed> result(std::uint64_t number, std::size_t bytes = kAnswerBytes) {
  client::Recomputed made;
  made.result = shelf_hash(number);
  fhe::Ciphertext answer;
  answer.parts.push_back(fhe::NttPoly::unset(bytes / 8, {1, false}, 1));
  made.answers.push_back(std::move(answer));
  return std::make_shared<const client::Recomputed>(std::move(made));
}

TEST(ResultShelf, WhatWasExecutedIsFoundByWhatItIsOf) {
  ResultShelf shelf;
  EXPECT_FALSE(shelf.find(shelf_hash(1)));
  const auto kept = result(11);
  shelf.keep(shelf_hash(1), kept);
  EXPECT_EQ(shelf.find(shelf_hash(1)), kept);
  EXPECT_FALSE(shelf.find(shelf_hash(2)));
}

TEST(ResultShelf, WhatIsAskedForStaysLongest) {
  ResultShelf shelf(3 * kAnswerBytes);
  for (std::uint64_t i = 0; i < 3; ++i) shelf.keep(shelf_hash(i), result(i));
  EXPECT_TRUE(shelf.find(shelf_hash(0)));
  shelf.keep(shelf_hash(3), result(3));
  EXPECT_TRUE(shelf.find(shelf_hash(0)));
  EXPECT_FALSE(shelf.find(shelf_hash(1)));
  EXPECT_TRUE(shelf.find(shelf_hash(2)));
  EXPECT_TRUE(shelf.find(shelf_hash(3)));
}

TEST(ResultShelf, ItHoldsNoMoreBytesThanItsLimitBesideTheLastOne) {
  ResultShelf shelf(3 * kAnswerBytes);
  for (std::uint64_t i = 0; i < 3; ++i) shelf.keep(shelf_hash(i), result(i));
  shelf.keep(shelf_hash(3), result(3, 4 * kAnswerBytes));
  for (std::uint64_t i = 0; i < 3; ++i) EXPECT_FALSE(shelf.find(shelf_hash(i)));
  EXPECT_TRUE(shelf.find(shelf_hash(3))) << "the last one always";
  shelf.keep(shelf_hash(4), result(4));
  EXPECT_FALSE(shelf.find(shelf_hash(3)));
  shelf.keep(shelf_hash(5), result(5));
  EXPECT_TRUE(shelf.find(shelf_hash(4))) << "what went no longer counts";
}

TEST(ResultShelf, TheSameKeptTwiceCountsOnce) {
  ResultShelf shelf(2 * kAnswerBytes);
  shelf.keep(shelf_hash(0), result(0));
  for (int i = 0; i < 3; ++i) shelf.keep(shelf_hash(1), result(1));
  EXPECT_TRUE(shelf.find(shelf_hash(0)));
}

TEST(ResultShelf, ItHoldsNoMoreResultsThanItsLimit) {
  ResultShelf shelf;
  for (std::uint64_t i = 0; i <= kShelfResultsMax; ++i) shelf.keep(shelf_hash(i), result(i, 8));
  EXPECT_FALSE(shelf.find(shelf_hash(0)));
  EXPECT_TRUE(shelf.find(shelf_hash(1)));
}

}  // namespace
}  // namespace mc::node
