// SPDX-License-Identifier: Apache-2.0
#include "governance/revert.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "governance/abi.hpp"
#include "governance/artifacts.hpp"

namespace mc::governance {
namespace {

TEST(Revert, EveryErrorOfTheContractsHasASentence) {
  // Two come with OpenZeppelin's EIP-712 and can only happen in a constructor with a name above 31 characters, the
  // third with its checkpoints when the number of blocks falls.
  constexpr std::array<std::string_view, 3> kUnreachable = {"InvalidShortString()", "StringTooLong(string)",
                                                            "CheckpointUnorderedInsertion()"};
  EXPECT_GE(contract_error_signatures().size(), 40u);
  for (const std::string_view signature : contract_error_signatures()) {
    if (std::find(kUnreachable.begin(), kUnreachable.end(), signature) != kUnreachable.end()) continue;
    EXPECT_TRUE(has_revert_sentence(signature)) << signature;
  }
}

TEST(Revert, SentenceCarriesNamesAndValues) {
  const Hash256 study = sha256(view_of("study"));
  const Error error = revert_error(call_data("StudyNotActive(bytes32,uint8)", AbiWriter().hash(study).uint(1)));
  EXPECT_EQ(error.code, Code::kRefused);
  EXPECT_EQ(error.message, "study 0x" + study.hex().substr(0, 16) + "… is proposed, not active (StudyNotActive)");

  const Error order =
      revert_error(call_data("ReleaseOutOfOrder(bytes32,uint32,uint32)", AbiWriter().hash(study).uint(3).uint(2)));
  EXPECT_EQ(order.code, Code::kConflict);
  EXPECT_NE(order.message.find("release 3"), std::string::npos);
  EXPECT_NE(order.message.find("next one is 2"), std::string::npos);
}

TEST(Revert, BudgetsAreSaidInRhoAndWhatToDoNextToo) {
  const Hash256 study = sha256(view_of("study"));
  const auto message = [&](std::uint64_t asked, std::uint64_t left) {
    return revert_error(
               call_data("BudgetExhausted(bytes32,uint64,uint64)", AbiWriter().hash(study).uint(asked).uint(left)))
        .message;
  };
  EXPECT_EQ(message(250'000, 10'000), "the privacy budget of study 0x" + study.hex().substr(0, 16) +
                                          "… has 0.01 left, 0.25 was asked: propose a new study, or ask with a smaller "
                                          "--rho (BudgetExhausted)");
  EXPECT_NE(message(12'000'001, 0).find("has 0 left, 12.000001 was asked"), std::string::npos);
}

TEST(Revert, BallotsAreNamedByWhatIsVotedOn) {
  Hash256 ballot;
  ballot.bytes[31] = 7;
  const auto message = [&] {
    return revert_error(call_data("VotingClosed(bytes32)", AbiWriter().hash(ballot))).message;
  };
  EXPECT_EQ(message(), "the vote on the committee of epoch 7 is closed (VotingClosed)");
  ballot.bytes[27] = 1;
  EXPECT_EQ(message(), "the vote on objections to the committee of epoch 7 is closed (VotingClosed)");
  ballot.bytes[27] = 2;
  EXPECT_NE(message().find("study 0x"), std::string::npos);
  ballot.bytes[27] = 0;
  ballot.bytes[23] = 1;
  EXPECT_EQ(message(), "the vote on motion 7 is closed (VotingClosed)");
}

TEST(Revert, SoliditysOwnErrorsAreRead) {
  EXPECT_NE(revert_error(call_data("Error(string)", AbiWriter().text("no\nway"))).message.find("no?way"),
            std::string::npos);
  EXPECT_NE(revert_error(call_data("Panic(uint256)", AbiWriter().uint(0x11))).message.find("17"), std::string::npos);
}

TEST(Revert, UnknownAndBrokenBytesStillGiveASentence) {
  for (const Bytes& data :
       {Bytes{}, Bytes{1, 2, 3}, Bytes(4, 0xff), Bytes(1000, 0xee), call_data("VotingClosed(bytes32)", AbiWriter())}) {
    const Error error = revert_error(data);
    EXPECT_EQ(error.code, Code::kRefused);
    EXPECT_LT(error.message.size(), 200u);
  }
}

}  // namespace
}  // namespace mc::governance
