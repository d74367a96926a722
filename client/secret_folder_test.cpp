// SPDX-License-Identifier: Apache-2.0
#include "client/secret_folder.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.hpp"
#include "base/file.hpp"
#include "base/testing/temporary_folder.hpp"
#include "client/testing/served_commons.hpp"

namespace mc::client {
namespace {

using mc::testing::TemporaryFolder;
using ::testing::HasSubstr;
using testing::numbered_secret;

constexpr protocol::PassphraseCost kCheap{1, 8192};

class SecretFolderTest : public ::testing::Test {
 protected:
  static protocol::Unlock passphrase(std::string_view text) {
    return protocol::Passphrase{SecretBytes(text.begin(), text.end())};
  }
  [[nodiscard]] SecretFolder founded() const {
    return SecretFolder::open_or_create(path_, right_, kCheap).value_or_stop();
  }
  [[nodiscard]] Bytes content(const std::string& name) const { return read_file(path_ / name, 4096).value_or_stop(); }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "custodian-0";
  protocol::Unlock right_ = passphrase("correct horse battery");
};

TEST_F(SecretFolderTest, WhatIsWrittenIsReadBackAndLiesEncryptedForTheOwnerAlone) {
  const SecretFolder folder = founded();
  const SecretKey256 key = folder.secret_or_create("identity").value_or_stop();
  const SecretFolder again = SecretFolder::open(path_, right_).value_or_stop();
  EXPECT_TRUE(equal_secret(again.secret("identity").value_or_stop().expose(), key.expose()));
  EXPECT_TRUE(equal_secret(again.secret_or_create("identity").value_or_stop().expose(), key.expose()));
  for (const char* name : {"identity.sealed", "folder.lock"}) {
    const Bytes bytes = content(name);
    EXPECT_EQ(std::search(bytes.begin(), bytes.end(), key.expose().begin(), key.expose().end()), bytes.end());
    struct stat info {};
    ASSERT_EQ(::stat((path_ / name).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U);
  }
}

TEST_F(SecretFolderTest, AWrongPassphraseIsOneSentenceAndNothingIsOverwritten) {
  ASSERT_TRUE(founded().secret_or_create("identity"));
  const Bytes lock = content("folder.lock"), identity = content("identity.sealed");
  for (const auto& wrong : {passphrase("correct horse batterz"), passphrase("x"),
                            protocol::Unlock(protocol::UnlockKey{numbered_secret(1)})}) {
    for (const auto& refused : {SecretFolder::open(path_, wrong), SecretFolder::open_or_create(path_, wrong, kCheap)}) {
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().code, Code::kRefused);
      EXPECT_THAT(refused.error().message, HasSubstr("folder.lock: "));
    }
    EXPECT_FALSE(SecretFolder::rekey(path_, wrong, right_, kCheap));
  }
  EXPECT_EQ(content("folder.lock"), lock);
  EXPECT_EQ(content("identity.sealed"), identity);
}

TEST_F(SecretFolderTest, ACutOrFlippedFileIsNamedAndNothingIsOverwritten) {
  const SecretFolder folder = founded();
  ASSERT_TRUE(folder.secret_or_create("identity"));
  const Bytes whole = content("identity.sealed");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    Bytes flipped = whole;
    flipped[i] ^= 1;
    for (const ByteView bytes : {ByteView(flipped), ByteView(whole).first(i)}) {
      ASSERT_TRUE(write_file_atomically(path_ / "identity.sealed", bytes));
      const auto refused = folder.secret_or_create("identity");
      ASSERT_FALSE(refused) << i;
      EXPECT_EQ(refused.error().code, Code::kCorrupt);
      EXPECT_THAT(refused.error().message, HasSubstr("identity.sealed"));
      ASSERT_TRUE(std::ranges::equal(content("identity.sealed"), bytes));
    }
  }
}

TEST_F(SecretFolderTest, ALockThatIsMissingBesideSealedFilesIsNotMadeAnew) {
  ASSERT_TRUE(founded().secret_or_create("identity"));
  std::filesystem::remove(path_ / "folder.lock");
  const auto refused = SecretFolder::open_or_create(path_, right_, kCheap);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kCorrupt);
  EXPECT_FALSE(std::filesystem::exists(path_ / "folder.lock"));
}

TEST_F(SecretFolderTest, RekeyedItOpensWithTheNewSecretAlone) {
  const SecretKey256 key = founded().secret_or_create("identity").value_or_stop();
  const Bytes identity = content("identity.sealed");
  const protocol::Unlock next = protocol::UnlockKey{numbered_secret(1)};
  ASSERT_TRUE(SecretFolder::rekey(path_, right_, next, kCheap));
  EXPECT_FALSE(SecretFolder::open(path_, right_));
  EXPECT_EQ(content("identity.sealed"), identity);
  const SecretFolder folder = SecretFolder::open(path_, next).value_or_stop();
  EXPECT_TRUE(equal_secret(folder.secret("identity").value_or_stop().expose(), key.expose()));
}

TEST_F(SecretFolderTest, ErasedOrReplacedASecretIsGoneAlsoFromTheBytesThatItsFileHad) {
  const SecretFolder folder = founded();
  for (const bool erase : {false, true}) {
    ASSERT_TRUE(folder.secret_or_create("ceremony"));
    const Descriptor held(::open((path_ / "ceremony.sealed").c_str(), O_RDONLY | O_CLOEXEC));
    ASSERT_GE(held.get(), 0);
    ASSERT_TRUE(erase ? folder.erase("ceremony") : folder.write("ceremony", numbered_secret(5).expose()));
    std::array<char, 200> rest{};
    EXPECT_GT(::read(held.get(), rest.data(), rest.size()), 0);
    EXPECT_EQ(rest, (std::array<char, 200>{})) << erase;
  }
  ASSERT_TRUE(folder.erase("ceremony"));
  EXPECT_EQ(folder.secret("ceremony").error().code, Code::kNotFound);
}

TEST_F(SecretFolderTest, KeysThatAnInterruptedWriteLeftBesideTheirFileAreErased) {
  const SecretFolder folder = founded();
  ASSERT_TRUE(folder.write("release-keys", numbered_secret(5).expose()));
  // A power cut between writing and renaming: the bytes open under the name that they were to have.
  const std::filesystem::path leftover = path_ / "release-keys.sealed.a1B2c3";
  std::filesystem::copy_file(path_ / "release-keys.sealed", leftover);
  ASSERT_TRUE(folder.write("release-keys", numbered_secret(6).expose()));
  const Descriptor held(::open(leftover.c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_GE(held.get(), 0);
  const Bytes lock = content("folder.lock");
  ASSERT_TRUE(folder.erase_unfinished());
  EXPECT_FALSE(std::filesystem::exists(leftover));
  std::array<char, 200> rest{};
  EXPECT_GT(::read(held.get(), rest.data(), rest.size()), 0);
  EXPECT_EQ(rest, (std::array<char, 200>{}));
  EXPECT_EQ(content("folder.lock"), lock);
  EXPECT_TRUE(
      equal_secret(folder.secret("release-keys").value_or_stop().expose(), numbered_secret(6).expose().first<32>()));
}

TEST_F(SecretFolderTest, ASecretThatCannotBeOverwrittenIsNotReplaced) {
  const SecretFolder folder = founded();
  // As with too many open files: the old bytes could not be reached any more once their name is gone.
  std::filesystem::create_symlink("identity.sealed", path_ / "identity.sealed");
  const Status written = folder.write("identity", numbered_secret(5).expose());
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("cannot open what is to be overwritten"));
}

TEST_F(SecretFolderTest, PassphrasesComeFromTheFirstLineOfAFileOrOfAnOpenFile) {
  const auto text = [](const Result<protocol::Unlock>& unlock) {
    const auto* passphrase = unlock ? std::get_if<protocol::Passphrase>(&*unlock) : nullptr;
    return passphrase == nullptr ? std::string("none") : std::string(passphrase->text.begin(), passphrase->text.end());
  };
  const std::filesystem::path file = folder_ / "passphrase";
  for (const std::string_view written : {"twelve letters", "twelve letters\n", "twelve letters\r\nmore\n"}) {
    ASSERT_TRUE(write_file_atomically(file, view_of(written)));
    EXPECT_EQ(text(read_unlock({UnlockSource::Kind::kPassphraseFile, file, -1}, "")), "twelve letters");
    const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(text(read_unlock({UnlockSource::Kind::kDescriptor, {}, descriptor.get()}, "")), "twelve letters");
  }
  ASSERT_TRUE(write_file_atomically(file, view_of("\n")));
  EXPECT_EQ(read_unlock({UnlockSource::Kind::kPassphraseFile, file, -1}, "").error().code, Code::kInvalidArgument);
  EXPECT_EQ(read_unlock({UnlockSource::Kind::kPassphraseFile, folder_ / "none", -1}, "").error().code, Code::kNotFound);
  EXPECT_EQ(read_unlock({UnlockSource::Kind::kDescriptor, {}, 999}, "").error().code, Code::kIo);
}

TEST_F(SecretFolderTest, AKeyFileThatIsNoneIsCorrupt) {
  ASSERT_TRUE(write_file_atomically(folder_ / "key", view_of("not a key")));
  EXPECT_EQ(read_unlock({UnlockSource::Kind::kKeyFile, folder_ / "key", -1}, "").error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace mc::client
