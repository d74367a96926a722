// SPDX-License-Identifier: Apache-2.0
// Attacks on key generation by custodians who choose what they say, last of all and in agreement with each other
// (docs/design/0055), and on what different custodians are shown. What single altered bits do stands in
// keygen_party_test, what an aggregate of structure would read in fhe/threshold/attack_test.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "protocol/keygen_transcript.hpp"
#include "protocol/testing/ceremony.hpp"

namespace mc::protocol {
namespace {

using testing::Ceremony;
using testing::custodian;
using testing::small_params;

/// Where the hash of a share of round 1 of one of its pieces stands in a custodian's list.
std::size_t place_of(const Ceremony& ceremony, CustodianId from, fhe::PieceId piece, std::uint32_t item) {
  const std::vector<fhe::PieceId> pieces = ceremony.setup_.shape.pieces_of(from);
  const auto index = static_cast<std::size_t>(std::ranges::find(pieces, piece) - pieces.begin());
  return 32 * (index * shares_per_piece(ceremony.setup_) + item);
}

/// Structured shares of round 1 of the relinearisation key, for every piece.
struct Structure {
  std::string name;
  std::int64_t h0 = 0, h1 = 0;  // the constants that both polynomials of every digit are
};

class StructuredRoundOne : public ::testing::TestWithParam<Structure> {
 protected:
  static fhe::RelinShareOne share(const fhe::Params& params) {
    const fhe::Ring& ring = params.ring();
    const fhe::Basis qp{params.top_level().value, true};
    const auto constant = [&](std::int64_t value) {
      std::vector<std::int64_t> coefficients(ring.degree());
      coefficients[0] = value;
      return ring.to_ntt(ring.from_signed(coefficients, qp));
    };
    fhe::RelinShareOne out;
    for (std::uint32_t digit = 0; digit < params.digit_count(params.top_level()); ++digit) {
      out.digits.push_back({constant(GetParam().h0), constant(GetParam().h1)});
    }
    return out;
  }
};

// Two of three-of-five, as many as may lie, say the same of a piece that they hold with one other, hash and bytes
// alike. With such an aggregate an answer of round 2 would read the third one's pieces (R4): nobody says a word of
// round 2.
TEST_P(StructuredRoundOne, OfAsManyAsMayLieIsSeenBeforeAnybodyAnswersRoundTwo) {
  Ceremony ceremony(small_params(), 5, 3);
  const fhe::PieceId piece = [&] {
    for (const fhe::PieceId of_all : ceremony.setup_.shape.pieces()) {
      const bool both =
          ceremony.setup_.shape.holds(custodian(0), of_all) && ceremony.setup_.shape.holds(custodian(1), of_all);
      if (both) return of_all;
    }
    return fhe::PieceId(0);
  }();
  const Bytes forged =
      fhe::encode_share(*ceremony.setup_.params, ceremony.setup_.epoch, piece, share(*ceremony.setup_.params));
  const Hash256 hash = sha256(forged);
  ceremony.tamper = [&](BoardMessage& message) {
    const BoardSlot& slot = message.slot;
    if (slot.sender != custodian(0) && slot.sender != custodian(1)) return;
    if (slot.round == Round::kShareCommit) {
      Bytes body = message.body;
      std::ranges::copy(hash.bytes,
                        body.begin() + static_cast<std::ptrdiff_t>(place_of(ceremony, slot.sender, piece, kRelinItem)));
      message = ceremony.resign(message, std::move(body));
    }
    if (slot.round == Round::kShareReveal && slot.item == kRelinItem && slot.subject == piece.value) {
      message = ceremony.resign(message, forged);
    }
  };
  const Status run = ceremony.run();
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, Code::kRefused);
  EXPECT_NE(run.error().message.find("relinearisation share of round 1 of the " + fhe::piece_text(piece)),
            std::string::npos)
      << run.error().message;
  for (const auto& [slot, message] : ceremony.board_) {
    EXPECT_NE(slot.round, Round::kRelinCommit) << slot.name();
    EXPECT_NE(slot.round, Round::kRelinReveal) << slot.name();
  }
}

INSTANTIATE_TEST_SUITE_P(Everywhere, StructuredRoundOne,
                         ::testing::Values(Structure{"Zero"}, Structure{"APowerOfTwo", std::int64_t{1} << 60},
                                           Structure{"OnlyTheSecondHalf", 0, 1}),
                         [](const auto& structure) { return structure.param.name; });

// Who speaks last has heard everybody's hashes, and says what would take away what another piece says: minus its share.
TEST(KeygenAttack, ALastSpeakersShareThatCancelsAnothersIsSeen) {
  Ceremony honest(small_params(), 3, 2);
  ASSERT_TRUE(honest.run());
  const fhe::CommitteeShape& shape = honest.setup_.shape;
  const fhe::Params& params = *honest.setup_.params;
  // It knows what it holds; the piece without it, it learns from the first ceremony, and makes the second one alike.
  const CustodianId last = custodian(2);
  const fhe::PieceId theirs = [&] {
    for (const fhe::PieceId piece : shape.pieces()) {
      if (!shape.holds(last, piece)) return piece;
    }
    return fhe::PieceId(0);
  }();
  const BoardSlot slot{Round::kShareReveal, shape.lowest_holder(theirs), theirs.value, kRelinItem};
  fhe::RelinShareOne share =
      fhe::decode_relin_share_one(params, honest.setup_.epoch, theirs, honest.board_.at(slot).body).value_or_stop();
  fhe::RelinShareOne cancelling;
  for (const fhe::RelinShareOne::Digit& digit : share.digits) {
    const fhe::Basis qp{params.top_level().value, true};
    fhe::RelinShareOne::Digit minus{params.ring().make<fhe::Domain::kNtt>(qp),
                                    params.ring().make<fhe::Domain::kNtt>(qp)};
    params.ring().subtract(minus.h0, digit.h0);
    params.ring().subtract(minus.h1, digit.h1);
    cancelling.digits.push_back(std::move(minus));
  }
  const fhe::PieceId own = shape.pieces_of(last).front();
  const Hash256 hash = sha256(fhe::encode_share(params, honest.setup_.epoch, own, cancelling));
  Ceremony ceremony(small_params(), 3, 2);
  ceremony.tamper = [&](BoardMessage& message) {
    if (message.slot.sender != last || message.slot.round != Round::kShareCommit) return;
    Bytes body = message.body;
    std::ranges::copy(hash.bytes,
                      body.begin() + static_cast<std::ptrdiff_t>(place_of(ceremony, last, own, kRelinItem)));
    message = ceremony.resign(message, std::move(body));
  };
  const Status run = ceremony.run();
  ASSERT_FALSE(run);
  EXPECT_NE(run.error().message.find("relinearisation share of round 1 of the " + fhe::piece_text(own)),
            std::string::npos)
      << run.error().message;
  EXPECT_NE(run.error().message.find("custodian 2"), std::string::npos) << run.error().message;
}

// What it said in an earlier epoch's ceremony, signed anew for this one, hash and bytes alike, in every round.
class ReplayedEpoch : public ::testing::TestWithParam<Round> {};

TEST_P(ReplayedEpoch, IsSeenAndNamed) {
  Ceremony earlier(small_params(), 3, 2, {5}, Epoch(1));
  ASSERT_TRUE(earlier.run());
  Ceremony ceremony(small_params(), 3, 2, {5}, Epoch(2));
  ceremony.tamper = [&](BoardMessage& message) {
    if (message.slot.sender != custodian(0) || message.slot.round != GetParam()) return;
    message = ceremony.resign(message, earlier.board_.at(message.slot).body);
  };
  const Status run = ceremony.run();
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, Code::kRefused) << run.error().message;
  EXPECT_NE(run.error().message.find("custodian 0"), std::string::npos) << run.error().message;
  // Not signed anew it is another ceremony's message.
  const BoardMessage old = earlier.board_.begin()->second;
  EXPECT_NE(ceremony.parties_[1].receive(old).error().message.find("belongs to ceremony"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(InEveryRound, ReplayedEpoch,
                         ::testing::Values(Round::kContributionCommit, Round::kContributionReveal, Round::kShareCommit,
                                           Round::kShareReveal, Round::kRelinCommit, Round::kRelinReveal,
                                           Round::kGaloisReveal),
                         [](const auto& round) { return "Round" + std::to_string(static_cast<int>(round.param)); });

/// A board in league with custodian 0: it shows the others different messages of that one slot.
class TwoFacedBoard : public ::testing::Test {
 protected:
  /// Everybody in turn; custodian `victim` is shown `other` of custodian 0's slots where there is one.
  Status run(std::uint32_t victim) {
    for (int round = 0; round < 400; ++round) {
      bool all = true;
      for (std::uint32_t c = 0; c < ceremony.parties_.size(); ++c) {
        MC_TRY(KeygenStep step, ceremony.parties_[c].advance(ceremony.facts_));
        for (BoardMessage& message : step.messages) {
          if (alter && message.slot.sender == custodian(0)) alter(message);
          ceremony.post(std::move(message));
        }
        for (const ChainAction& action : step.actions) ceremony.act(custodian(c), action);
        for (const BoardSlot& slot : ceremony.parties_[c].wanted()) {
          const auto hidden = other.find(slot);
          const auto found = ceremony.board_.find(slot);
          if (found == ceremony.board_.end()) continue;
          const bool is_lied_to = c == victim && hidden != other.end();
          MC_TRY_STATUS(ceremony.parties_[c].receive(is_lied_to ? hidden->second : found->second));
        }
        all = all && ceremony.parties_[c].finished();
      }
      if (all) return {};
    }
    return fail(Code::kUnavailable, "the ceremony does not end");
  }

  Ceremony ceremony{small_params(), 3, 2};
  std::map<BoardSlot, BoardMessage> other;
  std::function<void(const BoardMessage&)> alter;  // fills `other`
};

// What custodian 1 is shown of custodian 0's first commitment differs in the part that only custodian 2 looks at. Each
// for itself finds nothing; the transcripts differ, and the keys are in nobody's use.
TEST_F(TwoFacedBoard, WhatOneAloneIsShownOtherwiseStopsTheKeysOnChain) {
  alter = [&](const BoardMessage& message) {
    if (message.slot.round != Round::kContributionCommit) return;
    const std::vector<fhe::PieceId> pieces = ceremony.setup_.shape.pieces_of(custodian(0));
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      if (ceremony.setup_.shape.holds(custodian(1), pieces[i])) continue;
      Bytes body = message.body;
      body[32 * i] ^= 1;
      other.emplace(message.slot, ceremony.resign(message, std::move(body)));
    }
  };
  const Status stopped = run(1);
  ASSERT_FALSE(stopped);
  EXPECT_NE(stopped.error().message.find("keys differ"), std::string::npos) << stopped.error().message;
  for (const KeygenParty& party : ceremony.parties_) EXPECT_FALSE(party.finished());
  // Whoever is shown both holds the proof: two messages that custodian 0 signed for one slot.
  const auto& [slot, message] = *other.begin();
  const Status both = ceremony.parties_[2].receive(message);
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().code, Code::kConflict);
  EXPECT_NE(both.error().message.find("custodian 0 has signed two different messages"), std::string::npos);
}

// Hashes of shares that one custodian alone is shown otherwise contradict those of another holder.
TEST_F(TwoFacedBoard, OtherHashesOfSharesForOneAreSeenAtOnce) {
  for (const Round round : {Round::kShareCommit, Round::kRelinCommit}) {
    ceremony = Ceremony(small_params(), 3, 2);
    other.clear();
    alter = [&](const BoardMessage& message) {
      if (message.slot.round != round) return;
      Bytes body = message.body;
      body.back() ^= 1;
      other.emplace(message.slot, ceremony.resign(message, std::move(body)));
    };
    const Status stopped = run(1);
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, Code::kRefused);
    EXPECT_NE(stopped.error().message.find("custodian 0"), std::string::npos) << stopped.error().message;
  }
}

}  // namespace
}  // namespace mc::protocol
