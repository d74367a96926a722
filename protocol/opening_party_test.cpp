// SPDX-License-Identifier: Apache-2.0
#include "protocol/opening_party.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "protocol/testing/commons.hpp"

namespace mc::protocol {
namespace {

using testing::Commons;
using testing::numbered_hash;
using testing::numbered_key;

/// The columns of one owner, and the committee that opens them.
struct OpenedCommons {
  Commons commons;
  std::vector<OpeningParty> custodians;
  SealedColumn honest = sealed(1.0);

  explicit OpenedCommons(std::uint32_t n = 3, std::uint32_t t = 2) : commons(n, t) {
    for (std::uint32_t c = 0; c < n; ++c) {
      custodians.push_back(
          OpeningParty::create(commons.params, commons.state(c), CustodianSigner(numbered_key(5000 + c)))
              .value_or_stop());
    }
  }

  /// Every slot holds `value`, as it came in a blob of this number.
  [[nodiscard]] SealedColumn sealed(double value, std::uint64_t number = 1) const {
    KeyStream stream(numbered_key(100 + number));
    const auto plain =
        commons.encoder
            .encode_constant(value, commons.params->top_level(), fhe::Scale::power_of_two(fhe::kSealScaleLog2))
            .value_or_stop();
    SealedColumn column{numbered_hash(number),
                        fhe::encrypt(*commons.params, commons.committee.public_key, plain, stream).value_or_stop()};
    column.ciphertext.epoch = commons.committee.epoch;
    return column;
  }
  [[nodiscard]] std::vector<OpeningMessage> all(const SealedColumn& column) const {
    std::vector<OpeningMessage> messages;
    for (const OpeningParty& custodian : custodians) messages.push_back(custodian.open(column));
    return messages;
  }
  /// What custodian 0 makes of what the others say.
  [[nodiscard]] Result<Status> judge(const SealedColumn& column, std::vector<OpeningMessage> messages) const {
    const OpeningMessage own = messages.front();
    messages.erase(messages.begin());
    return judge_opening({commons.params, commons.committee.shape, commons.identities, &column, &own}, messages);
  }
  static void sign(std::uint32_t custodian, OpeningMessage& message) {
    sign_statement(CustodianSigner(numbered_key(5000 + custodian)), message.statement);
  }
};

/// A custodian's lie: its share of a piece is less by `less` half widths in every slot.
void pull_back(const OpenedCommons& of, std::uint32_t custodian, OpeningMessage& message, std::size_t piece,
               double less) {
  const fhe::Params& params = *of.commons.params;
  PieceBytes& bytes = message.bytes[piece];
  const Epoch epoch = message.statement.epoch;
  fhe::NttPoly share = fhe::decode_opening_share(params, epoch, bytes.piece, bytes.bytes).value_or_stop();
  std::vector<fhe::i128> constant(params.ring().degree());
  constant[0] = static_cast<fhe::i128>(std::ldexp(-less, fhe::kSealScaleLog2));
  params.ring().add(share, params.ring().to_ntt(params.ring().from_wide(constant, share.basis())));
  bytes.bytes = fhe::encode_opening_share(params, epoch, bytes.piece, share);
  message.statement.hashes[piece].hash = hash_share(bytes.bytes);
  OpenedCommons::sign(custodian, message);
}

TEST(OpeningParty, AnHonestColumnPassesAndOneOutOfRangeDoesNot) {
  const OpenedCommons of;
  EXPECT_TRUE(of.judge(of.honest, of.all(of.honest)).value_or_stop());
  const SealedColumn hers = of.sealed(0x1p15, 2);
  const Status verdict = of.judge(hers, of.all(hers)).value_or_stop();
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().code, Code::kRefused);
  EXPECT_NE(verdict.error().message.find("beyond what noise makes"), std::string::npos);
}

TEST(OpeningParty, SaysTheSameOnEveryDayAndAsEveryHolderOfAPiece) {
  OpenedCommons of;
  const std::vector<OpeningMessage> today = of.all(of.honest);
  ASSERT_TRUE(of.commons.observe(0, Commons::kToday_s + 3 * fhe::kWindowSeconds));
  const OpeningParty later =
      OpeningParty::create(of.commons.params, of.commons.custodians[0].state(), CustodianSigner(numbered_key(5000)))
          .value_or_stop();
  EXPECT_EQ(later.open(of.honest), today[0]) << "other noise on another day would average away (R5)";
  for (const PieceBytes& mine : today[0].bytes) {
    for (const PieceBytes& theirs : today[1].bytes) {
      if (mine.piece == theirs.piece) {
        EXPECT_EQ(mine, theirs);
      }
    }
  }
}

// R8. One custodian, in league with the owner, takes off what is too much. Where too few take part, nobody sees it.
TEST(OpeningParty, ForgedNoiseIsSeenWhereAllTakePart) {
  const OpenedCommons of;
  const SealedColumn hers = of.sealed(1000, 2);
  std::vector<OpeningMessage> messages = of.all(hers);
  for (std::size_t piece = 0; piece < messages[1].bytes.size(); ++piece) {
    if (!of.commons.committee.shape.holds(Commons::id(0), messages[1].bytes[piece].piece)) {
      pull_back(of, 1, messages[1], piece, 1000);
    }
  }
  const auto disputed = of.judge(hers, messages);
  ASSERT_FALSE(disputed);
  EXPECT_EQ(disputed.error().code, Code::kRefused);
  EXPECT_NE(disputed.error().message.find("contradict each other"), std::string::npos) << disputed.error().message;
  const auto too_few = of.judge(hers, {messages[0], messages[1]});
  ASSERT_FALSE(too_few) << "with the one who lied alone it would pass";
  EXPECT_EQ(too_few.error().code, Code::kUnavailable);
  EXPECT_NE(too_few.error().message.find("2 custodians opened a column, 3 are needed"), std::string::npos);
}

TEST(OpeningParty, InATwoOfFourCommitteeTheLieIsOutvoted) {
  const OpenedCommons of(4, 2);
  const SealedColumn hers = of.sealed(2000, 2);
  std::vector<OpeningMessage> messages = of.all(hers);
  pull_back(of, 1, messages[1], 0, 2000);
  const Status verdict = of.judge(hers, messages).value_or_stop();
  EXPECT_FALSE(verdict);
}

TEST(OpeningParty, TakesNobodyElsesWord) {
  const OpenedCommons of;
  const std::vector<OpeningMessage> messages = of.all(of.honest);
  std::vector<OpeningMessage> unsigned_one = messages;
  unsigned_one[2].statement.signature[5] ^= 1;
  EXPECT_NE(of.judge(of.honest, unsigned_one).error().message.find("is not signed by it"), std::string::npos);
  std::vector<OpeningMessage> of_another = messages;
  of_another[2] = of.all(of.sealed(0.5, 3))[2];
  EXPECT_NE(of.judge(of.honest, of_another).error().message.find("expected"), std::string::npos);
  std::vector<OpeningMessage> of_a_release = messages;
  of_a_release[2].statement.kind = Statement::Kind::kRelease;
  OpenedCommons::sign(2, of_a_release[2]);
  EXPECT_EQ(of.judge(of.honest, of_a_release).error().code, Code::kRefused);
  std::vector<OpeningMessage> without_bytes = messages;
  without_bytes[1].bytes.clear();
  without_bytes[2].bytes.clear();
  EXPECT_EQ(of.judge(of.honest, without_bytes).error().code, Code::kNotFound);
  std::vector<OpeningMessage> twice = messages;
  twice[2] = messages[1];
  EXPECT_EQ(of.judge(of.honest, twice).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace mc::protocol
