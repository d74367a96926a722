// SPDX-License-Identifier: Apache-2.0
#include "node/ledger_mark.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/temporary_folder.hpp"
#include "fhe/threshold/testing/committee.hpp"
#include "node/custodian_keying.hpp"

namespace mc::node {
namespace {

using fhe::testing::numbered_hash;
using fhe::testing::numbered_key;
using ::testing::HasSubstr;

class CustodianFolder : public ::testing::Test {
 protected:
  /// Release keys of a day, as key generation leaves them.
  void keep_keys() const {
    const fhe::testing::TestCommittee committee(fhe::testing::small_params(),
                                                fhe::CommitteeShape::create(3, 2).value_or_stop(), 1);
    protocol::CustodianSecrets own{
        committee.shape, CustodianId(0), committee.epoch, fhe::testing::small_params()->id(), numbered_hash(3), {}};
    for (const fhe::PieceSeed& seed : committee.seeds) {
      if (committee.shape.holds(CustodianId(0), seed.piece)) own.seeds.push_back(seed.copy());
    }
    const auto state =
        protocol::make_release_state(*fhe::testing::small_params(), std::move(own), numbered_key(1), kToday);
    ASSERT_TRUE(folder.write(std::string(kReleaseKeysSecret), protocol::encode_release_state(state)));
  }
  [[nodiscard]] protocol::ReleaseState keys() const {
    return protocol::decode_release_state(folder.read(std::string(kReleaseKeysSecret)).value_or_stop()).value_or_stop();
  }
  void answer(std::uint64_t first, std::uint64_t count) const {
    const auto ledger = open_ledger(folder).value_or_stop();
    for (std::uint64_t i = first; i < first + count; ++i) {
      const protocol::LedgerEntry entry{numbered_hash(i), 44, numbered_hash(100), protocol::Opening::kRelease, {}};
      ASSERT_TRUE(ledger->append({&entry, 1}));
    }
  }
  void keep_keys_and_answers() const {
    answer(0, 1);
    keep_keys();
    answer(1, 4);
  }
  [[nodiscard]] std::filesystem::path file() const { return folder.path() / kLedgerFile; }

  static constexpr fhe::Window kToday{200};
  mc::testing::TemporaryFolder disk;
  client::SecretFolder folder =
      client::SecretFolder::open_or_create(disk.path(), protocol::UnlockKey{numbered_key(7)}).value_or_stop();
};

TEST_F(CustodianFolder, AMarkReadsAsItWasWrittenAndABadOneIsRefusedWithItsByte) {
  const LedgerMark mark{{4711, numbered_hash(1)}, 12, 3};
  const Bytes bytes = encode_ledger_mark(mark);
  EXPECT_EQ(decode_ledger_mark(bytes).value(), mark);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(decode_ledger_mark(ByteView(bytes).first(size)).error().code, Code::kCorrupt);
  }
  EXPECT_FALSE(decode_ledger_mark(encode_ledger_mark({{}, 1, 2})));
}

TEST_F(CustodianFolder, ANewFolderBeginsALedgerAndFindsItAgain) {
  answer(0, 2);
  keep_keys();
  answer(2, 2);
  EXPECT_EQ(open_ledger(folder).value()->size(), 4U);
}

TEST_F(CustodianFolder, ADeletedLedgerStopsTheCustodianWithASentenceThatSaysWhatCanBeDone) {
  keep_keys_and_answers();
  std::filesystem::remove(file());
  const auto refused = open_ledger(folder);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("answers.ledger: records are missing"));
  EXPECT_THAT(refused.error().message, HasSubstr("medcommons custodian forget"));
}

TEST_F(CustodianFolder, ADeletedMarkStopsItToo) {
  keep_keys_and_answers();
  ASSERT_TRUE(folder.erase(std::string(kLedgerMarkSecret)));
  const auto refused = open_ledger(folder);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("ledger-mark.sealed is missing"));
  EXPECT_EQ(forget_answers(folder).error().code, Code::kCorrupt) << "nobody knows how many there were";
}

TEST_F(CustodianFolder, ForgettingErasesTheKeysOfWhatIsForgottenAndKeepsTheCount) {
  keep_keys_and_answers();
  std::filesystem::remove(file());
  const Forgotten lost = forget_answers(folder).value();
  EXPECT_EQ(lost.answers, 5U);
  EXPECT_EQ(lost.silent_until, fhe::Window(202));
  // A second noise on what was opened up to today would need the key of today or of the day before.
  const protocol::ReleaseState left = keys();
  EXPECT_EQ(left.newest, fhe::Window(202));
  EXPECT_EQ(protocol::key_of_window(left, 0, kToday), nullptr);
  EXPECT_EQ(open_ledger(folder).value()->size(), 5U) << "they are releases of this epoch (R15)";
  answer(9, 1);
  EXPECT_EQ(open_ledger(folder).value()->size(), 6U);
  EXPECT_EQ(open_ledger(folder).value()->released(), 6U);
}

TEST_F(CustodianFolder, OfAShortenedLedgerOnlyWhatIsMissingIsForgotten) {
  keep_keys_and_answers();
  std::filesystem::resize_file(file(), std::filesystem::file_size(file()) - 1);
  EXPECT_EQ(forget_answers(folder).value().answers, 1U);
  const auto ledger = open_ledger(folder).value();
  EXPECT_TRUE(ledger->find(numbered_hash(3)).value());
  EXPECT_FALSE(ledger->find(numbered_hash(4)).value());
}

// Attack: ask, let one person revoke, take the file away, ask again. Once a file that was gone was an empty one.
TEST_F(CustodianFolder, AskedConsentsThatAreGoneOrShorterStopTheCustodianUntilTheyAreGivenUp) {
  const query::RulesInForce kThreeAtLeast{{.cohort_min = 3, .cell_min = 3, .difference_min = 3}};
  const std::vector<query::OwnerSlots> all{{"0xaa", {16, 5}, {1, 1, 1, 1, 1}}},
      one_less{{"0xaa", {16, 5}, {1, 1, 1, 1, 0}}};
  const std::vector<query::OwnerSlots> others{{"0xaa", {16, 5}, {1, 0, 0, 0, 1}}};
  ASSERT_TRUE(open_guarded_desk(folder));
  keep_keys();
  ASSERT_TRUE(open_guarded_desk(folder).value()->admit_consent(all, kThreeAtLeast));
  EXPECT_FALSE(open_guarded_desk(folder).value()->check_consent(one_less, kThreeAtLeast));
  EXPECT_EQ(forget_consents(folder).error().code, Code::kConflict);
  ASSERT_TRUE(open_guarded_desk(folder).value()->admit_consent(others, kThreeAtLeast));
  const std::filesystem::path consents = folder.path() / kConsentsFile;

  std::filesystem::resize_file(consents, std::filesystem::file_size(consents) - 1);
  EXPECT_THAT(open_guarded_desk(folder).error().message, HasSubstr("asked.consents: records are missing"));
  EXPECT_EQ(forget_consents(folder).value(), 1U);
  EXPECT_EQ(open_guarded_desk(folder).value()->size(), 1U);

  std::filesystem::remove(consents);
  const auto refused = open_guarded_desk(folder);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("medcommons custodian forget"));
  EXPECT_EQ(forget_consents(folder).value(), 0U);
  EXPECT_EQ(open_guarded_desk(folder).value()->size(), 0U);

  ASSERT_TRUE(folder.erase(std::string(kConsentsMarkSecret)));
  EXPECT_THAT(open_guarded_desk(folder).error().message, HasSubstr("consents-mark.sealed is missing"));
}

TEST_F(CustodianFolder, NothingIsForgottenThatIsThere) {
  keep_keys_and_answers();
  const auto refused = forget_answers(folder);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_EQ(keys().newest, kToday);
  const auto running = open_ledger(folder).value();
  EXPECT_THAT(forget_answers(folder).error().message, HasSubstr("another process has it open"));
}

}  // namespace
}  // namespace mc::node
