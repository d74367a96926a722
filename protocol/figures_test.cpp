// SPDX-License-Identifier: Apache-2.0
// Prints what the protocols cost at the size that is used: profile `standard`, 2-of-3, 64 answers. Asserts sizes and
// right answers, never times.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <numeric>

#include "fhe/threshold/migration.hpp"
#include "protocol/keygen_transcript.hpp"
#include "protocol/testing/ceremony.hpp"
#include "protocol/testing/commons.hpp"

namespace mc::protocol {
namespace {

// Processor time of this one thread: what a busy machine's clock on the wall does not tell.
class Stopwatch {
 public:
  [[nodiscard]] double ms() const { return 1e3 * static_cast<double>(std::clock() - start_) / CLOCKS_PER_SEC; }

 private:
  std::clock_t start_ = std::clock();
};

fhe::ParamsPtr standard() {
  return fhe::Params::named("standard").value_or_stop();
}

// One ceremony, and what each custodian spends on it: everything but the board. Other shapes: bench/committee_bench.
TEST(Figures, KeyGenerationOfTwoOfThree) {
  constexpr std::uint32_t n = 3, t = 2;
  testing::Ceremony ceremony(standard(), n, t);
  std::vector<double> spent(n, 0);
  bool finished = false;
  for (int turn = 0; !finished; ++turn) {
    ASSERT_LT(turn, 1000);
    finished = true;
    for (std::uint32_t c = 0; c < n; ++c) {
      const Stopwatch watch;
      const Status moved = ceremony.turn(c);
      spent[c] += watch.ms();
      ASSERT_TRUE(moved.has_value()) << moved.error().message;
      finished = finished && ceremony.parties_[c].finished();
    }
  }
  std::size_t bytes = 0, largest = 0;
  std::vector<std::size_t> sent(n, 0);
  for (const auto& [slot, message] : ceremony.board_) {
    const std::size_t size = encode_board_message(message).size();
    bytes += size;
    sent[slot.sender.value] += size;
    largest = std::max(largest, size);
  }
  const Stopwatch verification;
  const auto verified = verify_keygen_transcript(ceremony.setup_, ceremony.facts_, [&](const BoardSlot& slot) {
    return Result<BoardMessage>(ceremony.board_.at(slot));
  });
  ASSERT_TRUE(verified.has_value()) << verified.error().message;
  std::printf(
      "key generation, standard, %u-of-%u: %.0f ms of processor time for the busiest custodian, %.0f ms for "
      "all; board %.1f MB, the most sent by one %.1f MB, largest message %.1f MB; transcript verified in %.0f ms\n",
      t, n, *std::ranges::max_element(spent), std::accumulate(spent.begin(), spent.end(), 0.0),
      static_cast<double>(bytes) / 1e6, static_cast<double>(*std::ranges::max_element(sent)) / 1e6,
      static_cast<double>(largest) / 1e6, verification.ms());
  EXPECT_LE(largest, 16u << 20);
}

TEST(Figures, MigrationOfOneCiphertext) {
  const fhe::ParamsPtr params = standard();
  const fhe::testing::TestCommittee from(params, fhe::CommitteeShape::create(3, 2).value_or_stop(), 1, Epoch(1));
  const fhe::testing::TestCommittee to(params, fhe::CommitteeShape::create(3, 2).value_or_stop(), 2, Epoch(2));
  const fhe::MigrationTarget target(*params, to.wide_key);
  fhe::MigrationShare sum;
  const Stopwatch share_watch;
  for (std::size_t i = 0; i < from.seeds.size(); ++i) {
    fhe::add_share(*params, sum, fhe::make_migration_share(*params, from.seeds[i], from.secrets[i], target));
  }
  const double share_ms = share_watch.ms() / static_cast<double>(from.seeds.size());
  const fhe::Migration migration(params, fhe::finish_migration_key(std::move(sum), Epoch(1), Epoch(2)));
  const fhe::Encoder encoder(params);
  const auto plain =
      encoder.encode_constant(0.25, params->top_level(), fhe::Scale::power_of_two(fhe::kSealScaleLog2)).value_or_stop();
  KeyStream stream(testing::numbered_key(7));
  fhe::PublicKey key = from.public_key;
  key.epoch = Epoch(1);
  const auto ct = fhe::encrypt(*params, key, plain, stream).value_or_stop();
  constexpr int kRepeats = 20;
  const Stopwatch carry_watch;
  for (int i = 0; i < kRepeats; ++i) (void)migration.carry(ct).value_or_stop();
  std::printf("migration, standard, 2-of-3 to 2-of-3: share %.1f ms per piece; one ciphertext carried in %.2f ms\n",
              share_ms, carry_watch.ms() / kRepeats);
  const auto carried = migration.carry(ct).value_or_stop();
  EXPECT_NEAR(encoder.decode(fhe::decrypt(*params, to.collective_secret(), carried)).value_or_stop()[0], 0.25, 1e-12);
}

TEST(Figures, ReleaseOfSixtyFourAnswers) {
  const fhe::ParamsPtr params = standard();
  testing::Commons commons(3, 2, params);
  const auto results = commons.results(64);
  const Authorisation authorisation = commons.authorise(results);

  const Stopwatch key_watch;
  (void)fhe::make_requester_key(*params, testing::numbered_key(1), commons.requester);
  const double key_ms = key_watch.ms();
  const Bytes key_bytes = fhe::encode_requester_key(*params, commons.requester_key);
  const Stopwatch verify_watch;
  EXPECT_TRUE(fhe::verify_requester_key(*params, commons.requester_key, commons.requester, commons.committee.public_key)
                  .has_value());
  const double verify_ms = verify_watch.ms();

  std::vector<Hash256> multiplicands;
  const Stopwatch digest_watch;
  for (const auto& result : results) multiplicands.push_back(fhe::multiplicand_digest(*params, result));
  const double digest_ms = digest_watch.ms();
  const fhe::SecretPoly secret(fhe::restrict_to(commons.committee.secrets[0].expose(), 2));
  const fhe::NttPoly p1 = fhe::requester_p1(*params, commons.requester);
  const fhe::ReleaseJob job{results,
                            multiplicands,
                            authorisation.sigma_log2,
                            &commons.requester_key,
                            &p1,
                            authorisation.requester_key,
                            hash_authorisation(authorisation)};
  constexpr int kRepeats = 20;
  const Stopwatch share_watch;
  for (int i = 0; i < kRepeats; ++i) (void)fhe::make_release_share(*params, commons.committee.seeds[0], secret, job);
  const double share_ms = share_watch.ms() / kRepeats;

  const Stopwatch answer_watch;
  const auto messages = commons.answers(authorisation, results, {0, 1, 2});
  const double answer_ms = answer_watch.ms() / 3;
  const Stopwatch combine_watch;
  const Opened opened = combine(commons.context(authorisation), messages).value_or_stop();
  const double combine_ms = combine_watch.ms();
  double error = 0;
  for (std::size_t i = 0; i < results.size(); ++i) {
    error = std::max(error, std::abs(opened.means[i] - (0.25 * static_cast<double>(i) - 0.5)));
  }
  const std::size_t share_bytes = fhe::release_share_bytes(*params, 64);
  std::printf(
      "release, standard, 64 answers: share %.2f ms per piece, %zu bytes; digests %.1f ms; whole answer %.1f ms per "
      "custodian; "
      "combine %.1f ms; largest error %.1e\n",
      share_ms, share_bytes, digest_ms, answer_ms, combine_ms, error);
  std::printf("requester key: made in %.1f ms, verified in %.1f ms, %zu bytes\n", key_ms, verify_ms, key_bytes.size());
  EXPECT_LT(share_bytes, 400u * 1024);
  EXPECT_LT(error, 1e-11);
}

}  // namespace
}  // namespace mc::protocol
