// SPDX-License-Identifier: Apache-2.0
#include "protocol/board_message.hpp"

#include <gtest/gtest.h>

#include "fhe/threshold/testing/committee.hpp"

namespace mc::protocol {
namespace {

using fhe::testing::numbered_hash;
using fhe::testing::numbered_key;

TEST(BoardSlot, HasOneNameAndReadsItBack) {
  for (const BoardSlot& slot : {BoardSlot{Round::kContributionCommit, CustodianId(0), 0},
                                BoardSlot{Round::kContributionReveal, CustodianId(2), 1},
                                BoardSlot{Round::kShareReveal, CustodianId(34), std::uint64_t{1} << 34, 1},
                                BoardSlot{Round::kGaloisReveal, CustodianId(1), 4, UINT32_MAX}}) {
    EXPECT_EQ(board_slot_from_name(slot.name()).value_or_stop(), slot);
  }
  for (const char* bad :
       {"", "share_reveal", "share_reveal-1", "share_reveal-1-2", "share_reveal-01-2-0", "share_reveal-1-2-3-4",
        "share_reveal-1-2-4294967296", "share_reveal-256-0-0", "share_reveal--1-0-0", "share_reveal-1-0-",
        "other-1-2-0", "share_reveal-1-99999999999999999999999-0", "share_reveal-1-2-0/../x"}) {
    EXPECT_FALSE(board_slot_from_name(bad).has_value()) << bad;
  }
}

TEST(BoardMessage, ReadsBackAndBadBytesAreRefused) {
  const CustodianIdentity sender(numbered_key(1));
  const BoardMessage message =
      sign_board_message(sender, numbered_hash(1), {Round::kShareCommit, CustodianId(1), 0}, Bytes{9, 8, 7});
  const Bytes bytes = encode_board_message(message);
  const BoardMessage read = decode_board_message(bytes, 3).value_or_stop();
  EXPECT_EQ(read, message);
  EXPECT_TRUE(verify_board_message(sender.public_identity(), read));
  EXPECT_EQ(decode_board_message(bytes, 2).error().code, Code::kLimit);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_board_message(ByteView(bytes).first(size), 100).has_value()) << size;
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes changed = bytes;
    changed[i] ^= 1;
    const auto result = decode_board_message(changed, 100);
    EXPECT_FALSE(result.has_value() && verify_board_message(sender.public_identity(), *result)) << "byte " << i;
  }
}

}  // namespace
}  // namespace mc::protocol
