// SPDX-License-Identifier: Apache-2.0
#include "protocol/release_state.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "protocol/testing/ceremony.hpp"
#include "protocol/testing/commons.hpp"

namespace mc::protocol {
namespace {

using testing::Commons;
using testing::numbered_key;

constexpr fhe::Window kDay = Commons::kToday;

fhe::Window day(std::uint32_t later) {
  return fhe::Window(kDay.value + later);
}

bool contains(ByteView bytes, ByteView part) {
  return std::search(bytes.begin(), bytes.end(), part.begin(), part.end()) != bytes.end();
}

TEST(ReleaseState, IsReadBackAndAnyChangeOfTheBytesIsSeen) {
  const Commons commons;
  const ReleaseState state = commons.state(1);
  const SecretBytes bytes = encode_release_state(state);
  EXPECT_EQ(encode_release_state(decode_release_state(bytes).value_or_stop()), bytes);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    SecretBytes changed = bytes;
    changed[i] ^= 1;
    EXPECT_FALSE(decode_release_state(changed).has_value()) << "byte " << i;
    EXPECT_FALSE(decode_release_state(ByteView(bytes).first(i)).has_value()) << "size " << i;
  }
}

TEST(ReleaseState, HoldersThatMoveOnAtDifferentTimesHoldTheSameKeys) {
  const Commons commons;
  const ReleaseState at_once = advanced(commons.state(0), day(9));
  ReleaseState by_days = commons.state(0);
  for (std::uint32_t i = 0; i <= 9; ++i) by_days = advanced(by_days, day(i));
  const ReleaseState late = make_release_state(*commons.params, commons.secrets(0), numbered_key(6000), day(9));
  EXPECT_EQ(encode_release_state(at_once), encode_release_state(by_days));
  EXPECT_EQ(encode_release_state(at_once), encode_release_state(late));
}

TEST(ReleaseState, HoldsTheKeysOfTheNewestDayAndOfTheOneBefore) {
  const Commons commons;
  const ReleaseState state = advanced(commons.state(0), day(3));
  const std::vector<fhe::PieceId> pieces = state.shape.pieces_of(state.custodian);
  const CustodianSecrets secrets = commons.secrets(0);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    for (const std::uint32_t open : {2u, 3u}) {
      const fhe::PieceSeed* key = key_of_window(state, i, day(open));
      ASSERT_NE(key, nullptr);
      EXPECT_TRUE(equal_secret(key->key.expose(), fhe::release_key(secrets.seeds[i], day(open)).key.expose()));
    }
    for (const std::uint32_t closed : {0u, 1u, 4u}) EXPECT_EQ(key_of_window(state, i, day(closed)), nullptr);
  }
}

// What a thief of the file finds, even with the passphrase: no seed, no contribution's secret, and no key of an earlier
// day.
TEST(ReleaseState, TheBytesAfterTheRatchetHoldNoSeedAndNoKeyOfAnEarlierDay) {
  const Commons commons;
  const CustodianSecrets secrets = commons.secrets(0);
  const SecretBytes bytes = encode_release_state(advanced(commons.state(0), day(2)));
  for (const fhe::PieceSeed& seed : secrets.seeds) {
    EXPECT_FALSE(contains(bytes, seed.key.expose()));
    EXPECT_FALSE(contains(bytes, fhe::release_key(seed, kDay).key.expose()));
    EXPECT_TRUE(contains(bytes, fhe::release_key(seed, day(1)).key.expose())) << "the day before is still open";
  }
  EXPECT_FALSE(contains(bytes, numbered_key(6000).expose()));
}

// Mounted: a custodian that keeps the secrets of its ceremony. A thief walks the ceremony again from the public board
// and has the seeds, hence every key of every day.
TEST(ReleaseState, TheCeremonysSecretsWouldGiveTheSeedsBackAndAreErased) {
  testing::Ceremony ceremony(testing::small_params(), 3, 2);
  ASSERT_TRUE(ceremony.run().has_value());
  KeygenParty thief = ceremony.make_party(0);
  for (int round = 0; round < 20 && !thief.finished(); ++round) {
    ASSERT_TRUE(thief.advance(ceremony.facts_).has_value());
    for (const BoardSlot& slot : thief.wanted()) ASSERT_TRUE(thief.receive(ceremony.board_.at(slot)).has_value());
  }
  ASSERT_TRUE(thief.finished());
  const CustodianSecrets stolen = thief.secrets(), kept = ceremony.parties_[0].secrets();
  for (std::size_t i = 0; i < kept.seeds.size(); ++i) {
    EXPECT_TRUE(equal_secret(stolen.seeds[i].key.expose(), kept.seeds[i].key.expose()));
  }
  // Ours keeps the signing secret and the release state. Neither opens a box on the board or is a master secret.
  const SecretBytes state = encode_release_state(
      make_release_state(*ceremony.setup_.params, ceremony.parties_[0].secrets(), testing::numbered_master(0), kDay));
  EXPECT_FALSE(contains(state, testing::numbered_master(0).expose()));
  for (const fhe::PieceSeed& seed : kept.seeds) EXPECT_FALSE(contains(state, seed.key.expose()));
}

TEST(ReleaseState, TheLedgerKeyIsTheCustodiansOwn) {
  const Commons commons;
  const ReleaseState one = make_release_state(*commons.params, commons.secrets(0), numbered_key(1), kDay);
  const ReleaseState two = make_release_state(*commons.params, commons.secrets(0), numbered_key(2), kDay);
  EXPECT_FALSE(equal_secret(one.ledger_key.expose(), two.ledger_key.expose()));
}

}  // namespace
}  // namespace mc::protocol
