// SPDX-License-Identifier: Apache-2.0
#include "governance/wallet.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <set>

#include "base/random.hpp"
#include "governance/keccak.hpp"

namespace mc::governance {
namespace {

SecretKey256 secret_of(std::string_view hex) {
  const Bytes bytes = from_hex(hex).value_or_stop();
  return SecretKey256(std::span<const std::uint8_t, 32>(bytes.data(), 32));
}

Wallet wallet_of(std::string_view hex) {
  return Wallet::create(secret_of(hex)).value_or_stop();
}

TEST(Wallet, AddressOfAKnownSecret) {
  // The account of the example of EIP-155, and the signer of the example of EIP-712: keccak256("cow").
  EXPECT_EQ(wallet_of("4646464646464646464646464646464646464646464646464646464646464646").address().text(),
            "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F");
  EXPECT_EQ(wallet_of(keccak256("cow").hex()).address().text(), "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826");
}

TEST(Wallet, ZeroAndTheGroupOrderAreNoSecrets) {
  EXPECT_FALSE(Wallet::create(SecretKey256()));
  EXPECT_FALSE(Wallet::create(secret_of("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")));
  EXPECT_TRUE(Wallet::create(secret_of("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140")));
}

TEST(Wallet, RecoverFindsTheSigner) {
  for (int i = 0; i < 32; ++i) {
    const Wallet wallet = Wallet::fresh();
    const Hash256 digest = keccak256(std::to_string(i));
    const Signature signature = wallet.sign(digest);
    EXPECT_EQ(recover(digest, signature).value_or_stop(), wallet.address());
    EXPECT_EQ(signature_from_bytes(signature.bytes()).value_or_stop(), signature);
    const auto other = recover(keccak256("other"), signature);
    EXPECT_TRUE(!other || *other != wallet.address());
  }
}

TEST(Wallet, SigningIsDeterministic) {
  const Wallet wallet = Wallet::fresh();
  EXPECT_EQ(wallet.sign(keccak256("a")), wallet.sign(keccak256("a")));
  EXPECT_FALSE(wallet.sign(keccak256("a")) == wallet.sign(keccak256("b")));
}

// The other form of a signature, (r, n - s) with flipped parity, recovers the same key: accepted, it would let anyone
// make a second statement out of one.
TEST(Wallet, HighSIsRefused) {
  const Wallet wallet = Wallet::fresh();
  const Hash256 digest = keccak256("statement");
  Signature signature = wallet.sign(digest);
  const Bytes order = from_hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141").value_or_stop();
  int borrow = 0;
  for (int i = 31; i >= 0; --i) {
    const auto at = static_cast<std::size_t>(i);
    const int difference = order[at] - signature.s[at] - borrow;
    borrow = difference < 0 ? 1 : 0;
    signature.s[at] = static_cast<std::uint8_t>(difference & 0xff);
  }
  signature.parity ^= 1;
  const auto recovered = recover(digest, signature);
  ASSERT_FALSE(recovered);
  EXPECT_EQ(recovered.error().code, Code::kRefused);
}

TEST(Wallet, NonsenseSignaturesAreRefused) {
  const Hash256 digest = keccak256("x");
  Signature signature;
  EXPECT_FALSE(recover(digest, signature));  // r = s = 0
  signature.r.fill(0xff);
  signature.s.fill(0x01);
  EXPECT_FALSE(recover(digest, signature));  // r above the order
  EXPECT_FALSE(signature_from_bytes(Bytes(64)));
  Bytes bytes(65);
  bytes[64] = 29;
  EXPECT_FALSE(signature_from_bytes(bytes));
}

TEST(PatientWallet, IsAFunctionOfSeedAndRow) {
  const SecretKey256 seed = fresh_key();
  EXPECT_EQ(derive_patient_wallet(seed, "17").address(), derive_patient_wallet(seed, "17").address());
  EXPECT_NE(derive_patient_wallet(seed, "17").address(), derive_patient_wallet(seed, "18").address());
  EXPECT_NE(derive_patient_wallet(seed, "17").address(), derive_patient_wallet(fresh_key(), "17").address());
}

TEST(PatientWallet, ACohortHasDifferentAddresses) {
  const SecretKey256 seed = fresh_key();
  constexpr int kRows = 500;
  std::set<Address> addresses;
  const auto start = std::chrono::steady_clock::now();
  for (int row = 0; row < kRows; ++row) addresses.insert(derive_patient_wallet(seed, std::to_string(row)).address());
  const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(addresses.size(), static_cast<std::size_t>(kRows));
  RecordProperty("microseconds_per_wallet", std::to_string(spent.count() / kRows));
}

}  // namespace
}  // namespace mc::governance
