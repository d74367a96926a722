// SPDX-License-Identifier: Apache-2.0
#include "node/answer_ledger_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "base/file.hpp"
#include "base/testing/temporary_folder.hpp"

namespace mc::node {
namespace {

using mc::testing::TemporaryFolder;
using protocol::LedgerEntry;
using ::testing::HasSubstr;

LedgerEntry numbered_entry(std::uint64_t number) {
  return {Sha256("multiplicand").update_u64(number).finish(), static_cast<std::uint8_t>(40 + number % 20),
          Sha256("authorisation").update_u64(number).finish(), static_cast<protocol::Opening>(1 + number % 3),
          Bytes(10 + number % 5, static_cast<std::uint8_t>(number))};
}

std::vector<LedgerEntry> numbered_entries(std::uint64_t first, std::uint64_t count) {
  std::vector<LedgerEntry> entries;
  for (std::uint64_t i = 0; i < count; ++i) entries.push_back(numbered_entry(first + i));
  return entries;
}

bool holds(const FileLedger& ledger, const LedgerEntry& entry) {
  const auto found = ledger.find(entry.multiplicand);
  return found && *found && **found == entry;
}

class Ledger : public ::testing::Test {
 protected:
  /// As somebody opens it who knows nothing of what was in it.
  [[nodiscard]] Result<std::unique_ptr<FileLedger>> open() const { return FileLedger::open(path_, {}, keeps_nothing); }
  static Status keeps_nothing(const LedgerMark&) { return {}; }
  [[nodiscard]] Bytes content() const { return read_file(path_, 1 << 20).value_or_stop(); }
  void replace(ByteView bytes) const { MC_CHECK(write_file_atomically(path_, bytes).has_value()); }

  /// Records of 3, 1 and 2 entries; returns the file's size after each.
  std::vector<std::size_t> three_records() const {
    std::vector<std::size_t> ends;
    const auto ledger = open().value_or_stop();
    for (const auto& [first, count] : {std::pair{0, 3}, std::pair{3, 1}, std::pair{4, 2}}) {
      MC_CHECK(ledger->append(numbered_entries(static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(count)))
                   .has_value());
      ends.push_back(content().size());
    }
    return ends;
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "answers.ledger";
};

TEST_F(Ledger, WhatIsAppendedSurvivesAReopening) {
  three_records();
  const auto ledger = open().value();
  EXPECT_EQ(ledger->size(), 6U);
  EXPECT_EQ(ledger->released(), 2U) << "the others are refreshes";
  for (const LedgerEntry& entry : numbered_entries(0, 6)) EXPECT_TRUE(holds(*ledger, entry));
  EXPECT_FALSE(ledger->find(numbered_entry(6).multiplicand).value());
  ASSERT_TRUE(ledger->append(numbered_entries(6, 1)));
  EXPECT_TRUE(holds(*ledger, numbered_entry(6)));
}

TEST_F(Ledger, ANewOneIsEmptyAndForItsOwnerOnly) {
  EXPECT_EQ(open().value()->size(), 0U);
  struct stat info {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(Ledger, AppendingNothingWritesNothing) {
  const auto ledger = open().value();
  ASSERT_TRUE(ledger->append({}));
  EXPECT_TRUE(content().empty());
}

TEST_F(Ledger, ACrashAtAnyByteOfTheLastRecordKeepsTheEarlierOnesAndGoesOn) {
  const std::vector<std::size_t> ends = three_records();
  const Bytes whole = content();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    replace(ByteView(whole).first(size));
    auto ledger = open();
    ASSERT_TRUE(ledger) << size << ": " << ledger.error().message;
    const std::uint64_t kept = size >= ends[1] ? 4 : size >= ends[0] ? 3 : 0;
    EXPECT_EQ((*ledger)->size(), kept) << size;
    ASSERT_TRUE((*ledger)->append(numbered_entries(100, 2)));
    ledger->reset();
    const auto again = open();
    ASSERT_TRUE(again) << size << ": " << again.error().message;
    EXPECT_EQ((*again)->size(), kept + 2) << size;
    EXPECT_TRUE(holds(**again, numbered_entry(101)));
  }
}

// A damaged count once looked like an end cut short, and the records after it were forgotten (R5).
TEST_F(Ledger, AFlippedBitAnywhereIsCorruptAndChangesNothingOnDisk) {
  const std::vector<std::size_t> ends = three_records();
  const Bytes whole = content();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const int bit : {0, 3, 7}) {
      Bytes damaged = whole;
      damaged[i] = static_cast<std::uint8_t>(damaged[i] ^ 1 << bit);
      replace(damaged);
      const auto refused = open();
      ASSERT_FALSE(refused) << "byte " << i;
      EXPECT_EQ(refused.error().code, Code::kCorrupt);
      const std::size_t record = i < ends[0] ? 0 : i < ends[1] ? 1 : 2;
      EXPECT_THAT(refused.error().message, HasSubstr("record " + std::to_string(record) + " is damaged"));
      ASSERT_EQ(content(), damaged);
    }
  }
}

TEST_F(Ledger, ARecordTakenOutOfTheMiddleOrMovedIsCorrupt) {
  const std::vector<std::size_t> ends = three_records();
  const Bytes whole = content();
  const auto part = [&](std::size_t begin, std::size_t end) {
    return Bytes(whole.begin() + static_cast<std::ptrdiff_t>(begin), whole.begin() + static_cast<std::ptrdiff_t>(end));
  };
  const Bytes first = part(0, ends[0]), second = part(ends[0], ends[1]), third = part(ends[1], ends[2]);
  const auto joined = [](std::initializer_list<Bytes> parts) {
    Bytes all;
    for (const Bytes& bytes : parts) all.insert(all.end(), bytes.begin(), bytes.end());
    return all;
  };
  for (const Bytes& bytes :
       {joined({first, third}), joined({second, third}), joined({first, third, second}), joined({first, first})}) {
    replace(bytes);
    EXPECT_EQ(open().error().code, Code::kCorrupt);
  }
}

TEST_F(Ledger, ASecondOpenerIsAConflictUntilTheFirstIsGone) {
  auto first = open().value();
  const auto second = open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kConflict);
  EXPECT_THAT(second.error().message, HasSubstr(path_.string()));
  first.reset();
  EXPECT_TRUE(open());
}

TEST_F(Ledger, AFolderOrAMissingFolderIsAnError) {
  EXPECT_EQ(FileLedger::open(folder_.path(), {}, keeps_nothing).error().code, Code::kIo);
  EXPECT_EQ(FileLedger::open(folder_ / "no" / "answers.ledger", {}, keeps_nothing).error().code, Code::kIo);
}

// The disk fills up in the middle of a record. In a child, because the limit is the process's.
void append_to_a_full_disk(const std::filesystem::path& path) {
  std::signal(SIGXFSZ, SIG_IGN);
  const auto ledger = FileLedger::open(path, {}, [](const LedgerMark&) { return Status{}; }).value_or_stop();
  MC_CHECK(ledger->append(numbered_entries(0, 1)).has_value());
  rlimit limit{200, 200};
  MC_CHECK(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  const Status refused = ledger->append(numbered_entries(1, 3));
  MC_CHECK(!refused && refused.error().code == Code::kIo);
  MC_CHECK(ledger->size() == 1);
  // What is on disk is unknown now: nothing more is promised.
  MC_CHECK(!ledger->append(numbered_entries(4, 1)));
  std::exit(0);
}

TEST_F(Ledger, AfterAFailedWriteNothingMoreIsTakenUntilItIsOpenedAgain) {
  EXPECT_EXIT(append_to_a_full_disk(path_), ::testing::ExitedWithCode(0), "");
  const auto ledger = open();
  ASSERT_TRUE(ledger) << ledger.error().message;
  EXPECT_EQ((*ledger)->size(), 1U);
  ASSERT_TRUE((*ledger)->append(numbered_entries(1, 3)));
  EXPECT_TRUE(holds(**ledger, numbered_entry(3)));
}

TEST_F(Ledger, RefusesASecondNoiseAlsoAfterARestart) {
  const LedgerEntry entry = numbered_entry(3);  // a release
  const std::uint8_t sigma = entry.sigma_log2, other = static_cast<std::uint8_t>(sigma + 1);
  const auto review = [&](const FileLedger& ledger, std::uint8_t wanted) {
    return protocol::review(ledger, protocol::Opening::kRelease, {&entry.multiplicand, 1}, {&wanted, 1}, {100, 100});
  };
  {
    const auto ledger = open().value();
    EXPECT_EQ(review(*ledger, sigma).value().fresh.size(), 1U);
    ASSERT_TRUE(ledger->append({&entry, 1}));
  }
  const auto ledger = open().value();
  const protocol::Admission again = review(*ledger, sigma).value();
  EXPECT_TRUE(again.fresh.empty());
  EXPECT_EQ(again.known.at(0), entry);
  EXPECT_EQ(review(*ledger, other).error().code, Code::kRefused);
}

// ---- What the mark knows.

/// A ledger and its mark, as a custodian keeps them.
class MarkedLedger : public Ledger {
 protected:
  [[nodiscard]] Result<std::unique_ptr<FileLedger>> open_marked() {
    return FileLedger::open(path_, mark_, [this](const LedgerMark& mark) -> Status {
      if (disk_full_) return fail(Code::kIo, "no space left");
      mark_ = mark;
      return {};
    });
  }
  void fill() {
    const auto ledger = open_marked().value_or_stop();
    for (const std::uint64_t first : {0, 3, 6}) MC_CHECK(ledger->append(numbered_entries(first, 3)).has_value());
  }

  LedgerMark mark_;
  bool disk_full_ = false;
};

// A deleted ledger was once an empty one, and whatever it had opened could be opened with a second noise (R5).
TEST_F(MarkedLedger, ADeletedOneIsNotAnEmptyOne) {
  fill();
  std::filesystem::remove(path_);
  const auto refused = open_marked();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kNotFound);
  EXPECT_THAT(refused.error().message, HasSubstr("records are missing"));
  EXPECT_EQ(open().value()->size(), 0U) << "which nobody would notice without the mark";
}

TEST_F(MarkedLedger, OneCutAtAnyByteIsRefusedAndNothingMoreIsCutFromIt) {
  fill();
  const Bytes whole = content();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    replace(ByteView(whole).first(size));
    const auto refused = open_marked();
    ASSERT_FALSE(refused) << size;
    EXPECT_EQ(refused.error().code, Code::kNotFound) << size;
    ASSERT_EQ(content().size(), size);
  }
  replace(whole);
  EXPECT_EQ(open_marked().value()->size(), 9U);
}

TEST_F(MarkedLedger, AnOlderCopyWithOtherAnswersSinceIsRefused) {
  fill();
  std::filesystem::remove(path_);
  {
    const auto other = open().value();
    for (std::uint64_t first = 0; first < 30; first += 3) ASSERT_TRUE(other->append(numbered_entries(first + 1, 3)));
    ASSERT_GT(other->mark().reached.bytes, mark_.reached.bytes);
  }
  EXPECT_EQ(open_marked().error().code, Code::kNotFound);
}

TEST_F(MarkedLedger, ACrashBetweenRecordAndMarkForgetsNothing) {
  fill();
  const LedgerMark before = mark_;
  ASSERT_TRUE(open_marked().value()->append(numbered_entries(9, 2)));
  mark_ = before;
  EXPECT_EQ(open_marked().value()->size(), 11U);
  EXPECT_EQ(mark_.opened, 11U);
  std::filesystem::remove(path_);
  EXPECT_FALSE(open_marked());
}

TEST_F(MarkedLedger, WithoutAMarkOnDiskNothingOfTheRecordIsPromised) {
  const auto ledger = open_marked().value();
  ASSERT_TRUE(ledger->append(numbered_entries(0, 1)));
  disk_full_ = true;
  EXPECT_EQ(ledger->append(numbered_entries(1, 1)).error().code, Code::kIo);
  disk_full_ = false;
  EXPECT_FALSE(ledger->find(numbered_entry(0).multiplicand)) << "it would answer from a record that can still be lost";
  EXPECT_FALSE(ledger->append(numbered_entries(2, 1)));
}

TEST_F(MarkedLedger, ForgottenAnswersStayCounted) {
  fill();
  std::filesystem::remove(path_);
  mark_ = {{}, 9, 9};
  const auto ledger = open_marked().value();
  EXPECT_EQ(ledger->size(), 9U);
  ASSERT_TRUE(ledger->append(numbered_entries(9, 2)));
  EXPECT_EQ(ledger->size(), 11U);
  EXPECT_EQ(mark_, (LedgerMark{mark_.reached, 11, 9}));
}

TEST_F(MarkedLedger, RemembersInWhichWindowAnAuthorisationWasAnswered) {
  const Hash256 authorisation = numbered_entry(0).authorisation;
  {
    const auto ledger = open_marked().value();
    EXPECT_EQ(ledger->answered_in(authorisation).value(), std::nullopt);
    ASSERT_TRUE(ledger->record({}, protocol::AnsweredIn{authorisation, fhe::Window(20'783)}));
    ASSERT_TRUE(ledger->append(numbered_entries(0, 2)));
  }
  const auto ledger = open_marked().value();
  EXPECT_EQ(ledger->answered_in(authorisation).value(), fhe::Window(20'783));
  EXPECT_EQ(ledger->size(), 2U);
}

}  // namespace
}  // namespace mc::node
