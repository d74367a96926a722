// SPDX-License-Identifier: Apache-2.0
#include "node/release_journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "base/testing/temporary_folder.hpp"

namespace mc::node {
namespace {

using mc::testing::TemporaryFolder;
using ::testing::HasSubstr;

JournalEntry numbered_journal_entry(std::uint64_t number) {
  JournalEntry entry{number,
                     number + 1,
                     number % 2 == 0 ? "granted" : "window_closed",
                     Sha256("study").update_u64(number).finish(),
                     static_cast<std::uint32_t>(number),
                     Sha256("authorisation").update_u64(number).finish(),
                     {}};
  for (std::uint64_t piece = 1; piece <= number % 3; ++piece) {
    entry.shares.push_back({fhe::PieceId(piece), Sha256("share").update_u64(piece).finish()});
  }
  return entry;
}

class Journal : public ::testing::Test {
 protected:
  [[nodiscard]] Result<std::vector<JournalEntry>> read() const {
    std::vector<JournalEntry> entries;
    MC_TRY([[maybe_unused]] const auto journal,
           ReleaseJournal::open(path_, [&](const JournalEntry& entry) { entries.push_back(entry); }));
    return entries;
  }
  [[nodiscard]] Bytes content() const { return read_file(path_, 1 << 20).value_or_stop(); }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "releases.journal";
};

TEST_F(Journal, WhatWasWrittenIsReadBackInOrder) {
  for (std::uint64_t i = 0; i < 4; ++i) {
    ASSERT_TRUE(ReleaseJournal::open(path_).value()->append(numbered_journal_entry(i)));
  }
  EXPECT_EQ(read().value(), (std::vector<JournalEntry>{numbered_journal_entry(0), numbered_journal_entry(1),
                                                       numbered_journal_entry(2), numbered_journal_entry(3)}));
}

TEST_F(Journal, ACrashAtAnyByteOfTheLastEntryKeepsTheEarlierOnesAndGoesOn) {
  std::vector<std::size_t> ends;
  {
    const auto journal = ReleaseJournal::open(path_).value();
    for (std::uint64_t i = 0; i < 3; ++i) {
      ASSERT_TRUE(journal->append(numbered_journal_entry(i)));
      ends.push_back(content().size());
    }
  }
  const Bytes whole = content();
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    ASSERT_TRUE(write_file_atomically(path_, ByteView(whole).first(size)));
    const auto kept =
        static_cast<std::size_t>(std::count_if(ends.begin(), ends.end(), [&](std::size_t end) { return end <= size; }));
    ASSERT_EQ(read().value().size(), kept) << size;
    ASSERT_TRUE(ReleaseJournal::open(path_).value()->append(numbered_journal_entry(7)));
    ASSERT_EQ(read().value().back(), numbered_journal_entry(7)) << size;
  }
}

TEST_F(Journal, RefusalsAndRepetitionsThatSomebodyProvokesLeaveRoomForFirstAnswers) {
  constexpr std::size_t kBytes = 16 * 1024;
  const auto open = [&] { return ReleaseJournal::open(path_, {}, kBytes).value(); };
  std::unique_ptr<ReleaseJournal> journal = open();
  ASSERT_TRUE(journal->append(numbered_journal_entry(0)));
  std::size_t refusals = 0;
  for (; journal->must_hold(numbered_journal_entry(1)); ++refusals)
    ASSERT_TRUE(journal->append(numbered_journal_entry(1)));
  EXPECT_GT(refusals, 40U);
  journal.reset();
  journal = open();
  EXPECT_FALSE(journal->must_hold(numbered_journal_entry(1)));
  EXPECT_FALSE(journal->must_hold(numbered_journal_entry(0))) << "it holds this answer";
  for (std::uint64_t answer = 2; answer <= 10; answer += 2) {
    ASSERT_TRUE(journal->must_hold(numbered_journal_entry(answer)));
    EXPECT_TRUE(journal->append(numbered_journal_entry(answer))) << answer;
    EXPECT_FALSE(journal->must_hold(numbered_journal_entry(answer)));
  }
}

// Once only releases were: counts that had been opened for the first time left without a line, and a run that anybody
// began again and again took the room of the rest.
TEST_F(Journal, CountsRunsAndRefreshesAreFirstAnswersTooAndOnlyTheFirstTime) {
  constexpr std::size_t kBytes = 16 * 1024;
  const auto journal = ReleaseJournal::open(path_, {}, kBytes).value();
  while (journal->must_hold(numbered_journal_entry(1))) ASSERT_TRUE(journal->append(numbered_journal_entry(1)));
  for (const std::string_view reason : {kCountsOpened, kRunBegun, kRefreshed, kColumnsOpened}) {
    JournalEntry entry = numbered_journal_entry(2);
    entry.reason = reason;
    ASSERT_TRUE(journal->must_hold(entry)) << reason;
    ASSERT_TRUE(journal->append(entry));
    entry.time_s += 60;
    EXPECT_FALSE(journal->must_hold(entry)) << reason << ": a repetition";
    entry.shares.push_back({fhe::PieceId(9), Sha256("another share").finish()});
    EXPECT_TRUE(journal->must_hold(entry)) << reason << ": another refresh of the same run";
  }
}

// A custodian that forgot its ledger would have given up counts that it had opened, and their price with them.
TEST_F(Journal, CountsThatWereOpenedAreAnAnswer) {
  JournalEntry counts = numbered_journal_entry(4);
  counts.reason = kCountsOpened;
  const auto journal = ReleaseJournal::open(path_).value();
  EXPECT_FALSE(journal->has_answered(counts.authorisation));
  ASSERT_TRUE(journal->append(counts));
  EXPECT_TRUE(journal->has_answered(counts.authorisation));
}

TEST_F(Journal, AFlippedBitIsDamageAndNotAnEnd) {
  {
    const auto journal = ReleaseJournal::open(path_).value();
    for (std::uint64_t i = 0; i < 2; ++i) ASSERT_TRUE(journal->append(numbered_journal_entry(i)));
  }
  const Bytes whole = content();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    Bytes damaged = whole;
    damaged[i] ^= 4;
    ASSERT_TRUE(write_file_atomically(path_, damaged));
    const auto refused = read();
    ASSERT_FALSE(refused) << "byte " << i;
    EXPECT_EQ(refused.error().code, Code::kCorrupt);
    EXPECT_THAT(refused.error().message, HasSubstr("is damaged"));
  }
}

TEST(JournalEntry, TruncatedBytesAreRefused) {
  const Bytes bytes = encode_journal_entry(numbered_journal_entry(5));
  EXPECT_EQ(decode_journal_entry(bytes).value(), numbered_journal_entry(5));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_journal_entry(ByteView(bytes).first(size)));
  }
  EXPECT_THAT(journal_line(numbered_journal_entry(5)), HasSubstr("window_closed"));
}

}  // namespace
}  // namespace mc::node
