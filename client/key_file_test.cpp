// SPDX-License-Identifier: Apache-2.0
#include "client/key_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.hpp"
#include "base/testing/temporary_folder.hpp"

namespace mc::client {
namespace {

using mc::testing::TemporaryFolder;
using ::testing::HasSubstr;
using ::testing::Not;

void put(const std::filesystem::path& path, std::string_view text) {
  MC_CHECK(write_file_atomically(path, view_of(text)).has_value());
}

TEST(KeyFile, IsMadeOnceAndThenTheSame) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "deep" / "er" / "a.key";
  const SecretKey256 made = load_or_create_secret(path).value();
  EXPECT_TRUE(equal_secret(load_or_create_secret(path).value().expose(), made.expose()));
  EXPECT_TRUE(equal_secret(load_secret(path).value().expose(), made.expose()));
  EXPECT_FALSE(equal_secret(load_or_create_secret(folder / "b.key").value().expose(), made.expose()));
}

TEST(KeyFile, IsForItsOwnerOnly) {
  const TemporaryFolder folder;
  ASSERT_TRUE(load_or_create_secret(folder / "a.key"));
  struct stat info {};
  ASSERT_EQ(::stat((folder / "a.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  EXPECT_EQ(info.st_size, 65);
}

TEST(KeyFile, ReadsWhatAPersonTyped) {
  const TemporaryFolder folder;
  const std::string digits(64, 'A');
  for (const std::string& text : {digits, digits + "\n", digits + "\r\n", "0x" + digits}) {
    put(folder / "a.key", text);
    const auto secret = load_secret(folder / "a.key");
    ASSERT_TRUE(secret);
    EXPECT_EQ(to_hex(secret->expose()), std::string(64, 'a'));
  }
}

TEST(KeyFile, DamageIsCorruptNamesTheFileAndNeverShowsOrReplacesIt) {
  const TemporaryFolder folder;
  const std::string digits(64, 'a');
  for (const std::string& text :
       {std::string(), digits.substr(1), digits + "aa", digits.substr(1) + "g", "secret " + digits.substr(10)}) {
    put(folder / "a.key", text);
    const auto refused = load_or_create_secret(folder / "a.key");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kCorrupt);
    EXPECT_THAT(refused.error().message, HasSubstr((folder / "a.key").string()));
    EXPECT_THAT(refused.error().message, Not(HasSubstr("aaaa")));
    EXPECT_EQ(read_text_file(folder / "a.key", 1000).value(), text);
  }
  put(folder / "a.key", std::string(500, 'a'));
  EXPECT_EQ(load_secret(folder / "a.key").error().code, Code::kLimit);
}

TEST(KeyFile, AnAbsentOneIsNotFoundWhereNoneMayBeMade) {
  const TemporaryFolder folder;
  EXPECT_EQ(load_secret(folder / "a.key").error().code, Code::kNotFound);
  EXPECT_EQ(load_wallet(folder / "a.key").error().code, Code::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(folder / "a.key"));
}

TEST(KeyFile, AKeyThatOwnsSomethingIsRefusedWhileOthersMayReadIt) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "payer.key";
  EXPECT_EQ(load_private_wallet(path).error().code, Code::kNotFound);
  put(path, "0x" + std::string(63, '0') + "7\n");
  for (const mode_t mode : {0640, 0604, 0644, 0620, 0601}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    const auto refused = load_private_wallet(path);
    ASSERT_FALSE(refused) << mode;
    EXPECT_EQ(refused.error().code, Code::kRefused);
    EXPECT_THAT(refused.error().message, HasSubstr("payer.key: others may read this key (mode 06"));
    EXPECT_THAT(refused.error().message, HasSubstr("chmod 600"));
  }
  for (const mode_t mode : {0600, 0400, 0700}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    EXPECT_EQ(load_private_wallet(path).value().address(), load_wallet(path).value().address());
  }
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  put(path, std::string(64, 'f'));
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  EXPECT_THAT(load_private_wallet(path).error().message, HasSubstr("payer.key: this secret is not a secp256k1 key"));
}

TEST(KeyFile, AWalletKeepsItsAddress) {
  const TemporaryFolder folder;
  const governance::Address address = load_or_create_wallet(folder / "w.key").value().address();
  EXPECT_EQ(load_wallet(folder / "w.key").value().address(), address);
  put(folder / "w.key", std::string(64, '0'));
  EXPECT_EQ(load_wallet(folder / "w.key").error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace mc::client
