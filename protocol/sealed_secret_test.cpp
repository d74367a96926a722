// SPDX-License-Identifier: Apache-2.0
#include "protocol/sealed_secret.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include "fhe/threshold/testing/committee.hpp"

namespace mc::protocol {
namespace {

using fhe::testing::numbered_key;

constexpr PassphraseCost kCheap{crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN};

Unlock passphrase(std::string_view text) {
  return Passphrase{SecretBytes(text.begin(), text.end())};
}
Unlock key_file(std::uint64_t number) {
  return UnlockKey{numbered_key(number)};
}

TEST(Lock, OpensWithThePassphraseOrKeyThatItWasClosedWith) {
  const SecretKey256 folder = numbered_key(1);
  for (const bool phrase : {false, true}) {
    const Unlock right = phrase ? passphrase("correct horse battery") : key_file(2);
    const Bytes lock = lock_folder_key(folder, right, kCheap).value_or_stop();
    EXPECT_TRUE(equal_secret(unlock_folder_key(lock, right).value_or_stop().expose(), folder.expose()));
    EXPECT_NE(lock, lock_folder_key(folder, right, kCheap).value_or_stop()) << "nonce and salt are fresh";
  }
}

TEST(Lock, AWrongPassphraseOrKeyIsRefusedInOneSentence) {
  const Bytes phrase = lock_folder_key(numbered_key(1), passphrase("correct horse battery"), kCheap).value_or_stop();
  const auto wrong = unlock_folder_key(phrase, passphrase("correct horse batterz"));
  EXPECT_EQ(wrong.error().code, Code::kRefused);
  EXPECT_EQ(wrong.error().message, "the passphrase is wrong, or the lock was changed");
  EXPECT_EQ(unlock_folder_key(phrase, key_file(2)).error().message, "opens with a passphrase, a key file was given");
  const Bytes key = lock_folder_key(numbered_key(1), key_file(2)).value_or_stop();
  EXPECT_EQ(unlock_folder_key(key, key_file(3)).error().message,
            "the key file is another one, or the lock was changed");
  EXPECT_EQ(unlock_folder_key(key, passphrase("correct horse battery")).error().message,
            "opens with a key file, a passphrase was given");
}

TEST(Lock, IsRefusedWhateverByteWasFlippedOrCut) {
  const Unlock right = passphrase("correct horse battery");
  const Bytes lock = lock_folder_key(numbered_key(1), right, kCheap).value_or_stop();
  for (std::size_t i = 0; i < lock.size(); ++i) {
    Bytes changed = lock;
    changed[i] ^= 1;
    EXPECT_FALSE(unlock_folder_key(changed, right).has_value()) << "byte " << i;
    EXPECT_FALSE(unlock_folder_key(ByteView(lock).first(i), right).has_value()) << "size " << i;
  }
}

TEST(Lock, OneThatAsksForTooMuchIsRefusedBeforeMemoryIsTaken) {
  Bytes lock = lock_folder_key(numbered_key(1), passphrase("correct horse battery"), kCheap).value_or_stop();
  lock[4 + 1 + 1 + 8 + 5] = 0xFF;  // of the memory: 2^40 bytes and more
  const auto refused = unlock_folder_key(lock, passphrase("correct horse battery"));
  EXPECT_EQ(refused.error().code, Code::kCorrupt);
  EXPECT_NE(refused.error().message.find("passes over"), std::string::npos) << refused.error().message;
}

TEST(Lock, AShortPassphraseIsNotTaken) {
  EXPECT_EQ(lock_folder_key(numbered_key(1), passphrase("short"), kCheap).error().code, Code::kInvalidArgument);
}

TEST(SealedSecret, IsReadBackUnderItsNameAlone) {
  const SecretKey256 folder = numbered_key(1);
  const Bytes content{1, 2, 3};
  const Bytes sealed = seal_secret(folder, "identity", content);
  const SecretBytes opened = open_secret(folder, "identity", sealed).value_or_stop();
  EXPECT_TRUE(equal_secret(opened, content));
  EXPECT_EQ(open_secret(folder, "wallet", sealed).error().code, Code::kCorrupt);
  EXPECT_EQ(open_secret(numbered_key(2), "identity", sealed).error().code, Code::kCorrupt);
  EXPECT_NE(sealed, seal_secret(folder, "identity", content)) << "the nonce is fresh";
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes changed = sealed;
    changed[i] ^= 0x80;
    EXPECT_FALSE(open_secret(folder, "identity", changed).has_value()) << "byte " << i;
    EXPECT_FALSE(open_secret(folder, "identity", ByteView(sealed).first(i)).has_value()) << "size " << i;
  }
}

}  // namespace
}  // namespace mc::protocol
