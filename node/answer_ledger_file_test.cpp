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

LedgerEntry numbered(std::uint64_t number) {
  return {Sha256("multiplicand").update_u64(number).finish(), static_cast<std::uint8_t>(40 + number % 20),
          Sha256("authorisation").update_u64(number).finish()};
}

std::vector<LedgerEntry> numbered(std::uint64_t first, std::uint64_t count) {
  std::vector<LedgerEntry> entries;
  for (std::uint64_t i = 0; i < count; ++i) entries.push_back(numbered(first + i));
  return entries;
}

bool holds(const FileLedger& ledger, const LedgerEntry& entry) {
  const auto found = ledger.find(entry.multiplicand);
  return found && *found && **found == entry;
}

class Ledger : public ::testing::Test {
 protected:
  [[nodiscard]] Result<std::unique_ptr<FileLedger>> open() const { return FileLedger::open(path_); }
  [[nodiscard]] Bytes content() const { return read_file(path_, 1 << 20).value_or_stop(); }
  void replace(ByteView bytes) const { MC_CHECK(write_file_atomically(path_, bytes).has_value()); }

  /// Records of 3, 1 and 2 entries; returns the file's size after each.
  std::vector<std::size_t> three_records() const {
    std::vector<std::size_t> ends;
    const auto ledger = open().value_or_stop();
    for (const auto& [first, count] : {std::pair{0, 3}, std::pair{3, 1}, std::pair{4, 2}}) {
      MC_CHECK(
          ledger->append(numbered(static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(count))).has_value());
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
  for (const LedgerEntry& entry : numbered(0, 6)) EXPECT_TRUE(holds(*ledger, entry));
  EXPECT_FALSE(ledger->find(numbered(6).multiplicand).value());
  ASSERT_TRUE(ledger->append(numbered(6, 1)));
  EXPECT_TRUE(holds(*ledger, numbered(6)));
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
    ASSERT_TRUE((*ledger)->append(numbered(100, 2)));
    ledger->reset();
    const auto again = open();
    ASSERT_TRUE(again) << size << ": " << again.error().message;
    EXPECT_EQ((*again)->size(), kept + 2) << size;
    EXPECT_TRUE(holds(**again, numbered(101)));
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
  EXPECT_EQ(FileLedger::open(folder_.path()).error().code, Code::kIo);
  EXPECT_EQ(FileLedger::open(folder_ / "no" / "answers.ledger").error().code, Code::kIo);
}

// The disk fills up in the middle of a record. In a child, because the limit is the process's.
void append_to_a_full_disk(const std::filesystem::path& path) {
  std::signal(SIGXFSZ, SIG_IGN);
  const auto ledger = FileLedger::open(path).value_or_stop();
  MC_CHECK(ledger->append(numbered(0, 1)).has_value());
  rlimit limit{200, 200};
  MC_CHECK(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  const Status refused = ledger->append(numbered(1, 3));
  MC_CHECK(!refused && refused.error().code == Code::kIo);
  MC_CHECK(ledger->size() == 1);
  // What is on disk is unknown now: nothing more is promised.
  MC_CHECK(!ledger->append(numbered(4, 1)));
  std::exit(0);
}

TEST_F(Ledger, AfterAFailedWriteNothingMoreIsTakenUntilItIsOpenedAgain) {
  EXPECT_EXIT(append_to_a_full_disk(path_), ::testing::ExitedWithCode(0), "");
  const auto ledger = open();
  ASSERT_TRUE(ledger) << ledger.error().message;
  EXPECT_EQ((*ledger)->size(), 1U);
  ASSERT_TRUE((*ledger)->append(numbered(1, 3)));
  EXPECT_TRUE(holds(**ledger, numbered(3)));
}

TEST_F(Ledger, RefusesASecondNoiseAlsoAfterARestart) {
  const Hash256 multiplicand = numbered(1).multiplicand;
  const std::uint8_t sigma = 44, other = 45;
  {
    const auto ledger = open().value();
    EXPECT_EQ(protocol::admit(*ledger, protocol::Opening::kRelease, Hash256{}, {&multiplicand, 1}, {&sigma, 1}, 100)
                  .value()
                  .fresh,
              1U);
  }
  const auto ledger = open().value();
  EXPECT_EQ(protocol::admit(*ledger, protocol::Opening::kRelease, Hash256{}, {&multiplicand, 1}, {&sigma, 1}, 100)
                .value()
                .repeated,
            1U);
  EXPECT_EQ(protocol::admit(*ledger, protocol::Opening::kRelease, Hash256{}, {&multiplicand, 1}, {&other, 1}, 100)
                .error()
                .code,
            Code::kRefused);
}

}  // namespace
}  // namespace mc::node
