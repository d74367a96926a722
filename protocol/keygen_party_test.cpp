// SPDX-License-Identifier: Apache-2.0
#include "protocol/keygen_party.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "fhe/ckks/encryptor.hpp"
#include "fhe/ckks/evaluator.hpp"
#include "protocol/testing/ceremony.hpp"

namespace mc::protocol {
namespace {

using testing::Ceremony;
using testing::collective_secret;
using testing::custodian;
using testing::numbered_key;
using testing::small_params;

// The keys as bytes, to compare runs.
Hash256 keys_of(const KeygenParty& party) {
  return party.keys().commitment;
}

TEST(KeygenParty, AllCustodiansEndWithTheSameWorkingKeys) {
  for (const auto& [n, t] : {std::pair{3u, 2u}, {4u, 2u}, {5u, 3u}, {7u, 3u}, {7u, 4u}}) {
    Ceremony ceremony(small_params(), n, t);
    const Status run = ceremony.run();
    ASSERT_TRUE(run.has_value()) << run.error().message;
    for (const KeygenParty& party : ceremony.parties_) EXPECT_EQ(keys_of(party), keys_of(ceremony.parties_[0]));
    const KeySet& keys = ceremony.parties_[0].keys();
    EXPECT_EQ(keys.hashes.public_key, hash_public_key(*ceremony.setup_.params, keys.public_key));
    EXPECT_EQ(keys.hashes.relin_key, hash_relin_key(*ceremony.setup_.params, keys.relin_key));
    EXPECT_EQ(keys.commitment, key_commitment(keys.hashes.all(), keys.transcript));

    const fhe::ParamsPtr params = ceremony.setup_.params;
    const fhe::Encoder encoder(params);
    const fhe::Evaluator evaluator(params, std::make_shared<fhe::RelinKey>(keys.relin_key));
    const std::vector<double> x{0.5, -0.75};
    const auto plain =
        encoder.encode(x, params->top_level(), fhe::Scale::power_of_two(fhe::kSealScaleLog2)).value_or_stop();
    KeyStream stream(numbered_key(1));
    const auto ct =
        fhe::encrypt(*params, fhe::narrow_public_key(*params, keys.public_key), plain, stream).value_or_stop();
    auto square = evaluator.relinearise(evaluator.multiply(ct, ct).value_or_stop()).value_or_stop();
    ASSERT_TRUE(evaluator.rescale_inplace(square, 2).has_value());
    const auto decoded = encoder.decode(fhe::decrypt(*params, collective_secret(ceremony), square)).value_or_stop();
    EXPECT_NEAR(decoded[0], 0.25, 1e-10);
    EXPECT_NEAR(decoded[1], 0.5625, 1e-10);
  }
}

TEST(KeygenParty, RotationsUnderCollectivelyGeneratedKeysDecryptToTheRotatedSlots) {
  const fhe::ParamsPtr params = small_params();
  const std::size_t degree = params->ring().degree();
  std::vector<std::uint64_t> elements{fhe::galois_element_of_rotation(1, degree),
                                      fhe::galois_element_of_rotation(64, degree),
                                      fhe::galois_element_of_conjugation(degree)};
  std::ranges::sort(elements);
  for (const auto& [n, t] : {std::pair{3u, 2u}, {5u, 3u}}) {
    Ceremony ceremony(params, n, t, elements);
    const Status run = ceremony.run();
    ASSERT_TRUE(run.has_value()) << run.error().message;
    const KeySet& keys = ceremony.parties_[0].keys();
    auto evaluation = std::make_shared<fhe::EvaluationKeys>(params, Epoch(1));
    ASSERT_EQ(ceremony.galois_keys_.size(), n) << "everybody hands them out";
    for (const auto& [element, hash] : keys.hashes.galois) {
      for (std::uint32_t c = 0; c < n; ++c) {
        EXPECT_EQ(fhe::hash_galois_key(*params, ceremony.galois_keys_.at(c).at(element)), hash);
      }
      ASSERT_TRUE(evaluation->add(ceremony.galois_keys_.at(0).at(element)).has_value());
    }
    const fhe::Evaluator evaluator(evaluation);
    const fhe::Encoder encoder(params);
    std::vector<double> values(params->slot_count());
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i % 31) / 31 - 0.5;
    const auto plain =
        encoder.encode(values, params->top_level(), fhe::Scale::power_of_two(fhe::kSealScaleLog2)).value_or_stop();
    KeyStream stream(numbered_key(1));
    const auto ct =
        fhe::encrypt(*params, fhe::narrow_public_key(*params, keys.public_key), plain, stream).value_or_stop();
    for (const std::int64_t steps : {1, 64}) {
      const auto rotated =
          encoder
              .decode(fhe::decrypt(*params, collective_secret(ceremony), evaluator.rotate(ct, steps).value_or_stop()))
              .value_or_stop();
      for (std::size_t i = 0; i < values.size(); ++i) {
        EXPECT_NEAR(rotated[i], values[(i + static_cast<std::size_t>(steps)) % values.size()], 1e-11);
      }
    }
  }
}

TEST(KeygenParty, HoldersOfAPieceShareItsSeedAndOthersLackIt) {
  Ceremony ceremony(small_params(), 3, 2);
  ASSERT_TRUE(ceremony.run().has_value());
  std::map<fhe::PieceId, Hash256> commitments;
  for (std::uint32_t c = 0; c < 3; ++c) {
    const CustodianSecrets secrets = ceremony.parties_[c].secrets();
    EXPECT_EQ(secrets.key_commitment, keys_of(ceremony.parties_[0]));
    ASSERT_EQ(secrets.seeds.size(), 2u);
    for (const fhe::PieceSeed& seed : secrets.seeds) {
      EXPECT_TRUE(ceremony.setup_.shape.holds(custodian(c), seed.piece));
      const auto [known, fresh] = commitments.emplace(seed.piece, fhe::commit_piece(seed));
      EXPECT_EQ(known->second, fhe::commit_piece(seed));
    }
  }
}

// Schedules drawn from a seed: parties move in any order, take any part of what they want, get repeats, lose what they
// were sent, and start again from nothing but their master secret.
TEST(KeygenParty, AnyScheduleWithLossRepetitionAndRestartGivesTheSameKeys) {
  Ceremony reference(small_params(), 3, 2);
  ASSERT_TRUE(reference.run().has_value());
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("schedule seed " + std::to_string(seed));
    Ceremony ceremony(small_params(), 3, 2);
    std::mt19937_64 random(seed);
    const auto one_in = [&](std::uint64_t k) { return random() % k == 0; };
    int restarts = 0, turns = 0;
    while (!std::ranges::all_of(ceremony.parties_, [](const KeygenParty& p) { return p.finished(); })) {
      ASSERT_LT(++turns, 4000);
      const auto c = static_cast<std::uint32_t>(random() % 3);
      KeygenParty& party = ceremony.parties_[c];
      if (restarts < 6 && one_in(12)) {
        party = ceremony.make_party(c);
        ++restarts;
        continue;
      }
      auto step = party.advance(ceremony.facts_);
      ASSERT_TRUE(step.has_value()) << step.error().message;
      std::ranges::shuffle(step->messages, random);
      for (BoardMessage& message : step->messages) ceremony.post(std::move(message));
      for (const ChainAction& action : step->actions) ceremony.act(custodian(c), action);
      std::vector<BoardSlot> wanted = party.wanted();
      if (one_in(3)) {  // sweeps the whole board instead: too early, not for it, already known
        wanted.clear();
        for (const auto& [slot, message] : ceremony.board_) wanted.push_back(slot);
      }
      std::ranges::shuffle(wanted, random);
      for (const BoardSlot& slot : wanted) {
        const auto found = ceremony.board_.find(slot);
        if (found == ceremony.board_.end() || one_in(3)) continue;  // lost on the way
        for (int repeat = one_in(4) ? 2 : 1; repeat > 0; --repeat) {
          const Status received = party.receive(found->second);
          ASSERT_TRUE(received.has_value()) << received.error().message;
        }
      }
    }
    for (const KeygenParty& party : ceremony.parties_) EXPECT_EQ(keys_of(party), keys_of(reference.parties_[0]));
  }
}

TEST(KeygenParty, AfterARestartSaysTheSameBytesAgain) {
  Ceremony ceremony(small_params(), 3, 2);
  ASSERT_TRUE(ceremony.run().has_value());
  KeygenParty again = ceremony.make_party(1);
  std::size_t compared = 0;
  while (!again.finished()) {
    const KeygenStep step = again.advance(ceremony.facts_).value_or_stop();
    for (const BoardMessage& message : step.messages) {
      EXPECT_EQ(encode_board_message(message), encode_board_message(ceremony.board_.at(message.slot)));
      ++compared;
    }
    for (const BoardSlot& slot : again.wanted()) ASSERT_TRUE(again.receive(ceremony.board_.at(slot)).has_value());
  }
  EXPECT_EQ(compared, 5u + 3u);  // three commits, two sealed reveals, three shares of one piece
}

// A crash of every custodian before every one of its steps: whatever was said is said again to the byte, and all end
// with the same keys.
TEST(KeygenParty, ACrashBeforeAnyStepChangesNoByte) {
  Ceremony reference(small_params(), 3, 2, {5});
  ASSERT_TRUE(reference.run().has_value());
  int crashes = 0;
  for (std::uint32_t victim = 0; victim < 3; ++victim) {
    for (int step = 0;; ++step) {
      Ceremony ceremony(small_params(), 3, 2, {5});
      ceremony.tamper = [&](BoardMessage& message) { ASSERT_EQ(message, reference.board_.at(message.slot)); };
      bool crashed = false;
      for (int turn = 0; !std::ranges::all_of(ceremony.parties_, &KeygenParty::finished); ++turn) {
        ASSERT_LT(turn, 100);
        if (turn == step) {
          ceremony.parties_[victim] = ceremony.make_party(victim);
          crashed = true;
        }
        for (std::uint32_t c = 0; c < 3; ++c) {
          const Status moved = ceremony.turn(c);
          ASSERT_TRUE(moved.has_value()) << moved.error().message;
        }
      }
      EXPECT_EQ(ceremony.board_, reference.board_);
      EXPECT_EQ(ceremony.facts_.key_commitments, reference.facts_.key_commitments);
      EXPECT_EQ(ceremony.facts_.piece_commitments, reference.facts_.piece_commitments);
      if (!crashed) break;
      ++crashes;
    }
  }
  EXPECT_GE(crashes, 3 * 8) << "contributions, seeds, shares, reveals, round 2, Galois shares, keys";
}

// Every place where a custodian can lie: the ceremony stops and the sentence names it.
struct Lie {
  std::string name;
  Round round;
  std::uint32_t sender;
  std::size_t byte;
  std::string sentence;
  std::uint32_t item = 0;
};

class KeygenPartyLie : public ::testing::TestWithParam<Lie> {};

TEST_P(KeygenPartyLie, StopsTheCeremony) {
  const Lie& lie = GetParam();
  Ceremony ceremony(small_params(), 3, 2, {5});
  ceremony.tamper = [&](BoardMessage& message) {
    if (message.slot.round != lie.round || message.slot.sender != custodian(lie.sender)) return;
    if (message.slot.item != lie.item) return;
    Bytes body = message.body;
    body[lie.byte % body.size()] ^= 1;
    message = ceremony.resign(message, std::move(body));
  };
  const Status run = ceremony.run();
  ASSERT_FALSE(run.has_value());
  EXPECT_EQ(run.error().code, Code::kRefused) << run.error().message;
  EXPECT_NE(run.error().message.find(lie.sentence), std::string::npos) << run.error().message;
  for (const KeygenParty& party : ceremony.parties_) EXPECT_FALSE(party.finished());
}

INSTANTIATE_TEST_SUITE_P(
    Everywhere, KeygenPartyLie,
    ::testing::Values(
        Lie{"ContributionCommit", Round::kContributionCommit, 0, 3, "custodian 0 revealed another contribution"},
        Lie{"ContributionReveal", Round::kContributionReveal, 0, 60,
            "custodian 0 sent contributions that we cannot open"},
        Lie{"PublicShareHash", Round::kShareCommit, 1, 0, "public key share of the piece without custodian"},
        Lie{"RelinShareHash", Round::kShareCommit, 1, 32,
            "relinearisation share of round 1 of the piece without custodian"},
        Lie{"PublicShareBytes", Round::kShareReveal, 0, 100, "custodian 0 revealed another public key share",
            kPublicKeyItem},
        Lie{"RelinShareBytes", Round::kShareReveal, 0, 900000,
            "custodian 0 revealed another relinearisation share of round 1", kRelinItem},
        Lie{"AggregateHash", Round::kRelinCommit, 2, 0, "computed the round-1 aggregate"},
        Lie{"RoundTwoHash", Round::kRelinCommit, 2, 33,
            "relinearisation share of round 2 of the piece without custodian"},
        Lie{"GaloisShareHash", Round::kShareCommit, 1, 64, "share of the Galois key 5 of the piece without custodian"},
        Lie{"GaloisShareBytes", Round::kGaloisReveal, 0, 700000,
            "custodian 0 revealed another share of the Galois key 5"},
        Lie{"RoundTwoBytes", Round::kRelinReveal, 0, 500,
            "custodian 0 revealed another relinearisation share of round 2"}),
    [](const auto& lie) { return lie.param.name; });

TEST(KeygenParty, ADifferentSeedOnChainStopsTheCeremony) {
  Ceremony ceremony(small_params(), 3, 2);
  ceremony.tamper_action = [](CustodianId from, ChainAction& action) {
    if (from == custodian(2) && action.kind == ChainAction::Kind::kCommitPiece) action.commitment.bytes[0] ^= 1;
  };
  const Status run = ceremony.run();
  ASSERT_FALSE(run.has_value());
  EXPECT_NE(run.error().message.find("on chain custodian 2 committed to"), std::string::npos) << run.error().message;
}

TEST(KeygenParty, DifferentKeysOnChainStopTheCeremony) {
  Ceremony ceremony(small_params(), 3, 2);
  ceremony.tamper_action = [](CustodianId from, ChainAction& action) {
    if (from == custodian(1) && action.kind == ChainAction::Kind::kCommitKeys) action.commitment.bytes[0] ^= 1;
  };
  const Status run = ceremony.run();
  ASSERT_FALSE(run.has_value());
  EXPECT_NE(run.error().message.find("keys differ: custodian 1 committed on chain"), std::string::npos)
      << run.error().message;
}

// R4: a custodian that lost its master secret would answer round 2 for other seeds, hence on another aggregate. Its own
// commitments on chain stop it.
TEST(KeygenParty, AnotherMasterSecretAfterTheCommitmentIsRefused) {
  Ceremony ceremony(small_params(), 3, 2);
  ASSERT_TRUE(ceremony.run().has_value());
  KeygenParty changed =
      KeygenParty::create(ceremony.setup_, custodian(0), testing::numbered_identity(0), numbered_key(424242))
          .value_or_stop();
  Status outcome;
  for (int i = 0; i < 20 && outcome.has_value(); ++i) {
    const auto step = changed.advance(ceremony.facts_);
    if (!step) {
      outcome = fail(step.error());
      break;
    }
    for (const BoardSlot& slot : changed.wanted()) {
      ASSERT_TRUE(changed.receive(ceremony.board_.at(slot)).has_value());
    }
  }
  ASSERT_FALSE(outcome.has_value());
  EXPECT_NE(outcome.error().message.find("commitments on chain"), std::string::npos) << outcome.error().message;
}

TEST(KeygenParty, MessagesThatDoNotBelongAreRefusedWithoutHarm) {
  Ceremony ceremony(small_params(), 3, 2);
  KeygenParty& party = ceremony.parties_[0];
  const auto step = ceremony.parties_[1].advance({}).value_or_stop();
  const BoardMessage good = step.messages.at(0);
  ceremony.post(good);
  const auto refused = [&](BoardMessage message, std::string_view part) {
    const Status status = party.receive(std::move(message));
    ASSERT_FALSE(status.has_value());
    EXPECT_NE(status.error().message.find(part), std::string::npos) << status.error().message;
  };
  BoardMessage bad = good;
  bad.signature[0] ^= 1;
  refused(bad, "is not signed by custodian 1");
  bad = good;
  bad.body[0] ^= 1;
  refused(bad, "is not signed by custodian 1");
  bad = good;
  bad.slot.sender = custodian(2);
  refused(bad, "is not signed by custodian 2");
  bad = good;
  bad.ceremony.bytes[0] ^= 1;
  refused(bad, "belongs to ceremony");
  bad = good;
  bad.slot.sender = custodian(3);
  refused(bad, "does not exist");
  bad.slot = {Round::kShareReveal, custodian(1), 1};  // piece 1 lacks custodian 0: lowest holder is custodian 1
  EXPECT_FALSE(party.receive(bad).has_value());       // but this is not signed for that slot
  bad.slot = {Round::kShareReveal, custodian(1), 2};
  refused(bad, "does not exist");
  ASSERT_TRUE(party.receive(good).has_value());
  ASSERT_TRUE(party.receive(good).has_value());
  Bytes other = good.body;
  other[0] ^= 1;
  refused(ceremony.resign(good, other), "has signed two different messages");
  const Status run = ceremony.run();
  EXPECT_TRUE(run.has_value()) << run.error().message;
}

}  // namespace
}  // namespace mc::protocol
