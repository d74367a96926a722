// SPDX-License-Identifier: Apache-2.0
#include "governance/address.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

namespace mc::governance {
namespace {

// The examples of EIP-55.
constexpr std::string_view kChecksummed[] = {
    "0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77", "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"};

TEST(Address, TextCarriesTheChecksumOfEip55) {
  for (const std::string_view text : kChecksummed) {
    const auto address = address_from_text(text);
    ASSERT_TRUE(address) << address.error().message;
    EXPECT_EQ(address->text(), text);
  }
}

TEST(Address, LowerCaseTextIsTakenWithoutChecksum) {
  std::string text(kChecksummed[4]);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  EXPECT_EQ(address_from_text(text).value_or_stop().text(), kChecksummed[4]);
}

TEST(Address, OneMistypedLetterBreaksTheChecksum) {
  const auto address = address_from_text("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD");
  ASSERT_FALSE(address);
  EXPECT_EQ(address.error().code, Code::kParse);
}

TEST(Address, IsReadFromTwentyBytesAndNotFromFewer) {
  const Bytes bytes(21, 0x5A);
  Reader reader(bytes, "addresses");
  const auto address = read_address(reader);
  ASSERT_TRUE(address);
  EXPECT_EQ(address->bytes[0], 0x5A);
  EXPECT_EQ(address->bytes[19], 0x5A);
  EXPECT_FALSE(read_address(reader));
}

TEST(Address, OtherTextIsRefused) {
  for (const std::string_view text :
       {"", "0x", "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAedd", "0xzzAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "000x5Aeb6053F3E94C9b9A09f33669435E7Ef1BeAed"}) {
    EXPECT_FALSE(address_from_text(text)) << text;
  }
}

}  // namespace
}  // namespace mc::governance
