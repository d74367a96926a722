// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "base/testing/temporary_folder.hpp"

namespace mc {
namespace {

using ::testing::HasSubstr;
using testing::TemporaryFolder;

std::size_t files_in(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

mode_t mode_of(const std::filesystem::path& path) {
  struct stat info {};
  MC_CHECK(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 0777;
}

TEST(WriteFile, WhatIsWrittenIsReadAndNothingElseStays) {
  const TemporaryFolder folder;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{65'536}, std::size_t{200'001}}) {
    const Bytes bytes(size, 0x42);
    ASSERT_TRUE(write_file_atomically(folder / "file", bytes));
    EXPECT_EQ(read_file(folder / "file", size).value(), bytes);
  }
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(WriteFile, SecretsAreForTheirOwnerOnlyAlsoWhenTheFileWasPublic) {
  const TemporaryFolder folder;
  const mode_t before = ::umask(0);
  ASSERT_TRUE(write_file_atomically(folder / "file", view_of("public")));
  EXPECT_EQ(mode_of(folder / "file"), 0644U);
  ASSERT_TRUE(write_file_atomically(folder / "file", view_of("secret"), FileSecrecy::kOwnerOnly));
  EXPECT_EQ(mode_of(folder / "file"), 0600U);
  ::umask(before);
}

TEST(WriteFile, AReaderSeesTheOldOrTheNewContentAndNeverHalf) {
  const TemporaryFolder folder;
  const Bytes old_content(50'000, 'o'), new_content(70'000, 'n');
  ASSERT_TRUE(write_file_atomically(folder / "file", old_content));
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int i = 0; i < 50; ++i)
      MC_CHECK(write_file_atomically(folder / "file", i % 2 == 0 ? new_content : old_content).has_value());
    done = true;
  });
  while (!done) {
    const Bytes seen = read_file(folder / "file", 100'000).value();
    ASSERT_TRUE(seen == old_content || seen == new_content) << seen.size();
  }
  writer.join();
}

TEST(WriteFile, AFailureKeepsTheOldContentAndLeavesNothingBeside) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "taken");
  std::ofstream(folder / "taken" / "inside") << "x";
  const Status refused = write_file_atomically(folder / "taken", view_of("new"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kIo);
  EXPECT_THAT(refused.error().message, HasSubstr("cannot replace"));
  EXPECT_EQ(files_in(folder.path()), 1U);
  EXPECT_TRUE(std::filesystem::exists(folder / "taken" / "inside"));
}

TEST(WriteFile, AMissingFolderIsNamed) {
  const TemporaryFolder folder;
  const Status refused = write_file_atomically(folder / "no" / "file", view_of("x"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kNotFound);
  EXPECT_THAT(refused.error().message, HasSubstr((folder / "no" / "file").string()));
}

TEST(ReadFile, AMissingFileAndAFolderAreToldApart) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_file(folder / "absent", 10).error().code, Code::kNotFound);
  const auto is_folder = read_file(folder.path(), 10);
  EXPECT_EQ(is_folder.error().code, Code::kInvalidArgument);
  EXPECT_THAT(is_folder.error().message, HasSubstr("is a folder"));
  EXPECT_EQ(read_file("/dev/null/x", 10).error().code, Code::kIo);
}

TEST(ReadFile, TheLimitItselfFitsAndOneByteMoreDoesNot) {
  const TemporaryFolder folder;
  for (const std::size_t limit : {std::size_t{0}, std::size_t{10}, std::size_t{65'536}, std::size_t{131'072}}) {
    ASSERT_TRUE(write_file_atomically(folder / "file", Bytes(limit)));
    EXPECT_EQ(read_file(folder / "file", limit).value().size(), limit);
    ASSERT_TRUE(write_file_atomically(folder / "file", Bytes(limit + 1)));
    const auto refused = read_file(folder / "file", limit);
    ASSERT_FALSE(refused) << limit;
    EXPECT_EQ(refused.error().code, Code::kLimit);
    EXPECT_THAT(refused.error().message, HasSubstr(std::to_string(limit) + " bytes"));
  }
}

TEST(ReadFile, AFileWithoutEndIsALimitAndNotOurMemory) {
  EXPECT_EQ(read_file("/dev/zero", 1 << 20).error().code, Code::kLimit);
}

TEST(ReadFile, AFileThatStatesNoSizeIsReadWhole) {
  const auto status = read_file("/proc/self/status", 1 << 20);
  ASSERT_TRUE(status);
  EXPECT_THAT(std::string(text_of(*status)), HasSubstr("Name:"));
}

TEST(ReadTextFile, DropsTheByteOrderMarkAndRefusesWhatIsNotUtf8) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomically(folder / "text", view_of("\xEF\xBB\xBFGrüße")));
  EXPECT_EQ(read_text_file(folder / "text", 100).value(), "Grüße");
  ASSERT_TRUE(write_file_atomically(folder / "text", Bytes{'a', 0xe9, 'b'}));
  const auto refused = read_text_file(folder / "text", 100);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kParse);
  EXPECT_THAT(refused.error().message, HasSubstr((folder / "text").string()));
}

TEST(SyncFolder, SyncsAFolderAndNamesOneThatIsNotThere) {
  const TemporaryFolder folder;
  EXPECT_TRUE(sync_folder(folder.path()));
  EXPECT_EQ(sync_folder(folder / "absent").error().code, Code::kNotFound);
}

}  // namespace
}  // namespace mc
