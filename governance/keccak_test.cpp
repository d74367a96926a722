// SPDX-License-Identifier: Apache-2.0
#include "governance/keccak.hpp"

#include <gtest/gtest.h>

namespace mc::governance {
namespace {

// Vectors: Keccak team's ShortMsgKAT_256 and the Ethereum yellow paper.
TEST(Keccak, PublishedVectorsHold) {
  EXPECT_EQ(keccak256("").hex(), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  EXPECT_EQ(keccak256("abc").hex(), "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
  EXPECT_EQ(keccak256(Bytes{0xcc}).hex(), "eead6dbfc7340a56caedc044696a168870549a6a7f6f56961e84a54bd9970b8a");
}

TEST(Keccak, IsNotTheStandardisedSha3) {
  EXPECT_NE(keccak256("").hex(), "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
}

}  // namespace
}  // namespace mc::governance
