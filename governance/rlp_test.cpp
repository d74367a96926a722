// SPDX-License-Identifier: Apache-2.0
#include "governance/rlp.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mc::governance {
namespace {

// Vectors: the examples of the Ethereum documentation of RLP, each as the only item of a list where it is not a list.
TEST(Rlp, PublishedExamplesHold) {
  EXPECT_EQ(to_hex(RlpList().encode()), "c0");
  EXPECT_EQ(to_hex(RlpList().bytes(view_of("cat")).bytes(view_of("dog")).encode()), "c88363617483646f67");
  EXPECT_EQ(to_hex(RlpList().integer(0).encode()), "c180");
  EXPECT_EQ(to_hex(RlpList().bytes(Bytes{0}).encode()), "c100");
  EXPECT_EQ(to_hex(RlpList().integer(15).encode()), "c10f");
  EXPECT_EQ(to_hex(RlpList().integer(1024).encode()), "c3820400");
  const RlpList empty;
  const RlpList one = RlpList().list(empty);
  EXPECT_EQ(to_hex(RlpList().list(empty).list(one).list(RlpList().list(empty).list(one)).encode()), "c7c0c1c0c3c0c1c0");
}

TEST(Rlp, LengthsAbove55CarryTheirOwnLength) {
  const std::string text = "Lorem ipsum dolor sit amet, consectetur adipisicing elit";
  EXPECT_EQ(to_hex(RlpList().bytes(view_of(text)).encode()), "f83ab838" + to_hex(view_of(text)));
  EXPECT_EQ(to_hex(RlpList().bytes(Bytes(1024, 0xaa)).encode()).substr(0, 12), "f90403b90400");
}

TEST(Rlp, A256BitIntegerLosesItsLeadingZeros) {
  std::array<std::uint8_t, 32> word{};
  word[30] = 0x04;
  EXPECT_EQ(RlpList().integer(std::span<const std::uint8_t, 32>(word)).encode(), RlpList().integer(1024).encode());
}

}  // namespace
}  // namespace mc::governance
