// SPDX-License-Identifier: Apache-2.0
#include "data/store/blob_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "base/random.hpp"

namespace mc::data {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A folder that goes away with the test.
class BlobStoreTest : public ::testing::Test {
 protected:
  BlobStoreTest() {
    std::string pattern = (fs::temp_directory_path() / "mc_store_XXXXXX").string();
    MC_CHECK(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
  }
  ~BlobStoreTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  [[nodiscard]] BlobStore opened() const { return BlobStore::open(folder_).value_or_stop(); }

  fs::path folder_;
};

// The i-th test blob: `size` bytes that do not compress.
Bytes blob(std::uint64_t i, std::size_t size) {
  Bytes bytes(size);
  public_stream("blob store test", sha256(view_of(std::to_string(i)))).fill(bytes);
  return bytes;
}

std::string text(const Result<Bytes>& bytes) {
  return bytes ? std::string(text_of(*bytes)) : bytes.error().message;
}

TEST_F(BlobStoreTest, ABlobIsFoundUnderItsHash) {
  BlobStore store = opened();
  const Bytes bytes = blob(1, 100'000);
  ASSERT_TRUE(store.put(sha256(bytes), bytes).has_value());
  ASSERT_TRUE(store.put(sha256(bytes), bytes).has_value());
  EXPECT_EQ(store.get(sha256(bytes)).value_or_stop(), bytes);
  EXPECT_TRUE(store.has(sha256(bytes)).value_or_stop());
  EXPECT_FALSE(store.has(Hash256{}).value_or_stop());
  EXPECT_EQ(store.get(Hash256{}).error().code, Code::kNotFound);
  EXPECT_EQ(store.stats().blobs, 1u);
  EXPECT_EQ(store.stats().blob_bytes, 100'000u);
}

TEST_F(BlobStoreTest, BytesThatDoNotHashToTheirNameAreRefused) {
  BlobStore store = opened();
  const auto status = store.put(sha256(view_of("a")), view_of("b"));
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, Code::kInvalidArgument);
  EXPECT_FALSE(store.has(sha256(view_of("a"))).value_or_stop());
}

TEST_F(BlobStoreTest, ReopeningFindsEverythingAndCountsIt) {
  {
    BlobStore store = opened();
    for (std::uint64_t i = 0; i < 5; ++i)
      ASSERT_TRUE(store.put(sha256(blob(i, 10'000 * i + 1)), blob(i, 10'000 * i + 1)).has_value());
    ASSERT_TRUE(store.put_record("manifest", "a", view_of("1")).has_value());
  }
  const BlobStore store = opened();
  EXPECT_EQ(store.stats().blobs, 5u);
  EXPECT_EQ(store.stats().blob_bytes, 100'005u);
  for (std::uint64_t i = 0; i < 5; ++i)
    EXPECT_EQ(store.get(sha256(blob(i, 10'000 * i + 1))).value_or_stop(), blob(i, 10'000 * i + 1));
  EXPECT_EQ(text(store.get_record("manifest", "a")), "1");
}

TEST_F(BlobStoreTest, RecordsOfOneAreaDoNotShowInAnother) {
  BlobStore store = opened();
  ASSERT_TRUE(store.put_record("board", "2", view_of("b2")).has_value());
  ASSERT_TRUE(store.put_record("board", "1", view_of("b1")).has_value());
  ASSERT_TRUE(store.put_record("board", "10", view_of("b10")).has_value());
  ASSERT_TRUE(store.put_record("boards", "1", view_of("other")).has_value());
  ASSERT_TRUE(store.put_record("boar", "d1", view_of("other")).has_value());
  std::vector<std::string> keys;
  const std::vector<BlobStore::Record> records = store.scan("board").value_or_stop();
  for (const auto& [key, bytes] : records) keys.push_back(key + "=" + std::string(text_of(bytes)));
  EXPECT_THAT(keys, ElementsAre("1=b1", "10=b10", "2=b2"));
  EXPECT_EQ(store.scan("board", "1").value_or_stop().size(), 2u);
  EXPECT_TRUE(store.scan("nothing").value_or_stop().empty());
}

TEST_F(BlobStoreTest, CreateRecordWritesOnceAndPutRecordReplaces) {
  BlobStore store = opened();
  ASSERT_TRUE(store.create_record("board", "k", view_of("first")).has_value());
  EXPECT_TRUE(store.create_record("board", "k", view_of("first")).has_value());
  EXPECT_EQ(store.create_record("board", "k", view_of("second")).error().message,
            "store: record \"k\" in \"board\" exists already with other content");
  EXPECT_EQ(text(store.get_record("board", "k")), "first");
  ASSERT_TRUE(store.put_record("board", "k", view_of("")).has_value());
  EXPECT_EQ(text(store.get_record("board", "k")), "");
  ASSERT_TRUE(store.erase_record("board", "k").has_value());
  EXPECT_EQ(text(store.get_record("board", "k")), "store: record \"k\" in \"board\" does not exist");
}

TEST_F(BlobStoreTest, ManyRecordsAreWrittenTogetherOrNotAtAll) {
  BlobStore store = BlobStore::open(folder_ / "db").value_or_stop();
  const std::vector<BlobStore::Record> good = {{"1", Bytes{1}}, {"2", Bytes{2}}};
  ASSERT_TRUE(store.put_records("area", good));
  EXPECT_EQ(store.scan("area").value_or_stop(), good);
  const std::vector<BlobStore::Record> bad = {{"3", Bytes{3}}, {std::string(kRecordKeyBytesMax + 1, 'k'), Bytes{4}}};
  EXPECT_EQ(store.put_records("area", bad).error().code, Code::kLimit);
  EXPECT_EQ(store.scan("area").value_or_stop(), good);
}

TEST_F(BlobStoreTest, LimitsAreKept) {
  BlobStore store = opened();
  EXPECT_EQ(store.put_record("", "k", view_of("x")).error().code, Code::kInvalidArgument);
  EXPECT_EQ(store.put_record(std::string(65, 'a'), "k", view_of("x")).error().code, Code::kInvalidArgument);
  EXPECT_EQ(store.put_record("a", std::string(1025, 'k'), view_of("x")).error().code, Code::kLimit);
  EXPECT_EQ(store.put_record("a", "k", Bytes(kRecordBytesMax + 1)).error().code, Code::kLimit);
}

TEST_F(BlobStoreTest, ASecondProcessIsToldThatTheFolderIsInUse) {
  const BlobStore store = opened();
  const auto second = BlobStore::open(folder_);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Code::kConflict);
  EXPECT_THAT(second.error().message, HasSubstr("is already open in another process"));
}

TEST_F(BlobStoreTest, AFolderThatCannotBeMadeIsNamed) {
  std::ofstream(folder_ / "file") << "x";
  const auto store = BlobStore::open(folder_ / "file");
  ASSERT_FALSE(store.has_value());
  EXPECT_THAT(store.error().message, HasSubstr((folder_ / "file").string()));
}

// Flips one byte in the middle of every file whose name ends in `suffix`.
std::size_t rot_files(const fs::path& folder, std::string_view suffix) {
  std::size_t rotten = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.path().string().ends_with(suffix) || entry.file_size() < 10'000) continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    const auto middle = static_cast<std::streamoff>(entry.file_size() / 2);
    file.seekg(middle);
    const char byte = static_cast<char>(file.get());
    file.seekp(middle);
    file.put(static_cast<char>(byte ^ 1));
    ++rotten;
  }
  return rotten;
}

TEST_F(BlobStoreTest, BitRotIsNoticedAndTheOtherBlobsStay) {
  {
    BlobStore store = opened();
    for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(store.put(sha256(blob(i, 50'000)), blob(i, 50'000)).has_value());
  }
  { const BlobStore flushed = opened(); }  // recovery writes the log's content to a blob file
  ASSERT_GT(rot_files(folder_, ".blob"), 0u);
  const BlobStore store = opened();
  int corrupt = 0;
  for (std::uint64_t i = 0; i < 3; ++i) {
    const auto bytes = store.get(sha256(blob(i, 50'000)));
    if (bytes) {
      EXPECT_EQ(*bytes, blob(i, 50'000));
    } else {
      EXPECT_EQ(bytes.error().code, Code::kCorrupt) << bytes.error().message;
      ++corrupt;
    }
  }
  EXPECT_EQ(corrupt, 1);
}

// The child stores blobs and records for ever and reports each number once its write is acknowledged.
[[noreturn]] void store_until_killed(const fs::path& folder, std::uint64_t first, int report) {
  auto store = BlobStore::open(folder);
  if (!store) ::_exit(2);
  for (std::uint64_t i = first;; ++i) {
    const Bytes bytes = blob(i, 20'000);
    if (!store->put(sha256(bytes), bytes) || !store->put_record("written", std::to_string(i), view_of("yes")))
      ::_exit(3);
    if (::write(report, &i, sizeof i) != sizeof i) ::_exit(4);
  }
}

TEST_F(BlobStoreTest, AKilledProcessLosesNothingItAcknowledged) {
  std::vector<std::uint64_t> acknowledged;
  for (int round = 0; round < 3; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const std::uint64_t first = acknowledged.size();
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      store_until_killed(folder_, first, ends[1]);
    }
    ::close(ends[1]);
    std::uint64_t number = 0;
    while (acknowledged.size() < first + 10 && ::read(ends[0], &number, sizeof number) == sizeof number)
      acknowledged.push_back(number);
    ::kill(child, SIGKILL);
    while (::read(ends[0], &number, sizeof number) == sizeof number) acknowledged.push_back(number);
    int status = 0;
    ::waitpid(child, &status, 0);
    ::close(ends[0]);
    ASSERT_TRUE(WIFSIGNALED(status));
    const BlobStore store = opened();
    for (const std::uint64_t i : acknowledged) {
      EXPECT_EQ(store.get(sha256(blob(i, 20'000))).value_or_stop(), blob(i, 20'000)) << i;
      EXPECT_EQ(text(store.get_record("written", std::to_string(i))), "yes") << i;
    }
    EXPECT_GE(store.stats().blobs, acknowledged.size());
  }
  EXPECT_GE(acknowledged.size(), 30u);
}

TEST_F(BlobStoreTest, ThreadsStoreAtTheSameTimeAndTheCountIsExact) {
  BlobStore store = opened();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (std::uint64_t i = 0; i < 10; ++i) EXPECT_TRUE(store.put(sha256(blob(i, 5000)), blob(i, 5000)).has_value());
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(store.stats().blobs, 10u);
}

TEST_F(BlobStoreTest, MemoryStaysBoundedWhileMuchIsStored) {
  BlobStore store = opened();
  const auto peak_kib = [] {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  const long before = peak_kib();
  for (std::uint64_t i = 0; i < 100; ++i) {
    const Bytes bytes = blob(i, 1'500'000);
    ASSERT_TRUE(store.put(sha256(bytes), bytes).has_value());
  }
  for (std::uint64_t i = 0; i < 100; i += 7) ASSERT_TRUE(store.get(sha256(blob(i, 1'500'000))).has_value());
  EXPECT_LT(peak_kib() - before, 128 * 1024) << "150 MB were stored";
}

}  // namespace
}  // namespace mc::data
