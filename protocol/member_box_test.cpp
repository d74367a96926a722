// SPDX-License-Identifier: Apache-2.0
#include "protocol/member_box.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace mc::protocol {
namespace {

class MemberBox : public ::testing::Test {
 protected:
  std::vector<SecretKey256> secrets_ = [] {
    std::vector<SecretKey256> out;
    for (int i = 0; i < 3; ++i) out.push_back(fresh_key());
    return out;
  }();
  std::vector<Hash256> keys_ = {member_box_key(secrets_[0]), member_box_key(secrets_[1]), member_box_key(secrets_[2])};
  const std::string text_ = "who pays for the study";
  Bytes box_ = seal_to_members(view_of(text_), keys_).value_or_stop();
};

TEST_F(MemberBox, EveryRecipientOpensItAndNobodyElse) {
  for (const SecretKey256& secret : secrets_) {
    EXPECT_EQ(text_of(open_as_member(box_, secret).value_or_stop()), text_);
  }
  EXPECT_EQ(open_as_member(box_, fresh_key()).error().code, Code::kNotFound);
}

TEST_F(MemberBox, NothingOfTheContentShowsAndNoTwoBoxesAreAlike) {
  const Bytes again = seal_to_members(view_of(text_), keys_).value_or_stop();
  EXPECT_NE(again, box_);
  EXPECT_EQ(text_of(box_).find("study"), std::string_view::npos);
}

TEST_F(MemberBox, EveryChangedBitIsNoticedByEveryReaderItConcerns) {
  for (std::size_t at = 0; at < box_.size(); at += 7) {
    Bytes changed = box_;
    changed[at] ^= 1;
    const auto opened = open_as_member(changed, secrets_[1]);
    EXPECT_FALSE(opened) << at;
  }
  for (std::size_t size = 0; size < box_.size(); size += 5) {
    EXPECT_FALSE(open_as_member(ByteView(box_).first(size), secrets_[0])) << size;
  }
}

TEST_F(MemberBox, WhatCannotBeSealedIsRefused) {
  EXPECT_EQ(seal_to_members(view_of(text_), {}).error().code, Code::kInvalidArgument);
  const std::vector<Hash256> nobody(1);
  EXPECT_EQ(seal_to_members(view_of(text_), nobody).error().code, Code::kInvalidArgument);
  EXPECT_EQ(seal_to_members(Bytes(kMemberBoxContentMax + 1), keys_).error().code, Code::kLimit);
  EXPECT_TRUE(open_as_member(seal_to_members({}, keys_).value_or_stop(), secrets_[2]).value_or_stop().empty());
}

}  // namespace
}  // namespace mc::protocol
