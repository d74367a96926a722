// SPDX-License-Identifier: Apache-2.0
#include "node/sound_moves.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/identity.hpp"

namespace mc::node {
namespace {

using ::testing::HasSubstr;

/// Three committees of 2 of 3 before that of epoch 4; of the second one's move two custodians made the key.
client::CommonsDocument moved_three_times() {
  client::CommonsDocument document;
  document.epoch = Epoch(4);
  for (std::uint32_t epoch = 1; epoch <= 3; ++epoch) {
    client::EarlierCommittee one{Epoch(epoch), 2, {}, {0, 1, 2}};
    one.identities.assign(3, Bytes(protocol::kPublicIdentityBytes));
    if (epoch == 2) one.participants = {0, 2};
    document.earlier.push_back(one);
  }
  return document;
}

data::Manifest sealed_for(std::uint32_t epoch) {
  data::Manifest manifest;
  manifest.epoch = Epoch(epoch);
  return manifest;
}

TEST(SoundMoves, DataOfAnEarlierCommitteeIsNotReliedOnAfterAMoveThatTooFewTookPartIn) {
  const client::CommonsDocument document = moved_three_times();
  for (const std::uint32_t epoch : {1U, 2U}) {
    EXPECT_EQ(unsound_move_since(document, Epoch(epoch)).value_or_stop(), Epoch(2)) << epoch;
    const Status refused = check_moves(document, std::vector{sealed_for(4), sealed_for(epoch)});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kRefused);
    EXPECT_THAT(refused.error().message,
                HasSubstr("a move from the committee of key epoch 2 that so few took part in"));
  }
}

TEST(SoundMoves, DataThatCameLaterIs) {
  const client::CommonsDocument document = moved_three_times();
  for (const std::uint32_t epoch : {3U, 4U}) {
    EXPECT_EQ(unsound_move_since(document, Epoch(epoch)).value_or_stop(), std::nullopt) << epoch;
    EXPECT_TRUE(check_moves(document, std::vector{sealed_for(epoch)})) << epoch;
  }
}

TEST(SoundMoves, AnEpochThatTheCommonsNeverHadIsAnError) {
  const client::CommonsDocument document = moved_three_times();
  EXPECT_EQ(unsound_move_since(document, Epoch(9)).error().code, Code::kNotFound);
  EXPECT_EQ(check_moves(document, std::vector{sealed_for(9)}).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace mc::node
