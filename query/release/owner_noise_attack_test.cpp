// SPDX-License-Identifier: Apache-2.0
// An owner who calculates (docs/design/0037, 0039): what R21 proves of her ciphertexts is that she knows short
// integers, and flooding (R15) counts with honest ones, which are shorter. A column whose error is as large as a proof
// lets it be, times a column whose values are, carries the collective secret into the opened sum. With the custodians'
// own code from the proof to the release; she and the researcher are one. owner_deep_attack_test.cpp has more columns.
#include <cstdio>

#include "fhe/threshold/flooding.hpp"
#include "query/release/privacy.hpp"
#include "query/testing/owner_who_calculates.hpp"

namespace mc::query {
namespace {

using fhe::i128;
using fhe::testing::numbered_hash;
using testing::Forged;
using testing::kBatch;
using testing::OwnerWhoCalculates;

// Custodians check every upload's proof before they answer: what is below is all proven.
TEST_F(OwnerWhoCalculates, ProvesWhatSheSealed) {
  const fhe::Ciphertext nothing = sealed(Forged(degree));
  fhe::PlaintextStatement statement;
  statement.dataset = "ward";
  statement.epoch = committee.epoch;
  for (std::size_t i = 0; i < kBatch; ++i) statement.ciphertexts.push_back(numbered_hash(i));
  const auto verdict = [&](const std::vector<Forged>& known) {
    std::vector<fhe::Ciphertext> hers;
    for (const Forged& forged : known) hers.push_back(sealed(forged));
    const Status status = fhe::verify_plaintexts(
        *params, committee.public_key, statement, prove(statement, known),
        [&](std::size_t i) -> Result<fhe::Ciphertext> { return i < hers.size() ? hers[i] : nothing; });
    return status ? "proven" : status.error().message;
  };
  const std::string refused = "proof of plaintext knowledge: a response is larger than an honest one";
  // Two bands of values in one batch would be one longer vector.
  std::vector<Forged> known = strongest();
  known.pop_back();
  EXPECT_EQ(verdict(known), "proven");
  for (i128& x : known[0].e) x += x / 400;
  EXPECT_EQ(verdict(known), refused) << "it is as long as it may be";

  // One coefficient has a limit of its own, lower than the length; so has a wave.
  std::vector<Forged> one = {Forged(degree), Forged(degree)};
  one[0].e[0] = shape.e.range().bound() - 1;
  one[1].f[degree - 1] = 1 - shape.f.range().bound();
  EXPECT_EQ(verdict(one), "proven");
  one[0].e[0] *= 2;
  EXPECT_EQ(verdict(one), refused);
  std::vector<Forged> wave = {Forged(degree)};
  wave[0].e = band(shape.e, 1, 1);
  EXPECT_EQ(verdict(wave), "proven");
  for (i128& x : wave[0].e) x += x / 400;
  EXPECT_EQ(verdict(wave), refused);
}

// The strongest of these against the flooding of a product of two columns: what a sum says is a fraction of a nat, and
// what all of an epoch say is little of a piece.
TEST_F(OwnerWhoCalculates, CarriesLessOfTheSecretIntoAProductThanItIsFloodedWith) {
  const double carried = of_piece(bound, 1);
  // Without flooding it is what is opened: of three pieces.
  const double read = opened(plan, xy, bound, strongest(), 20);
  EXPECT_LT(std::abs(read), 5 * std::sqrt(3.0) * carried);
  EXPECT_GT(std::abs(read), carried / 50);
  // Both columns can carry both parts: twice as much.
  EXPECT_NEAR(std::log2(2 * carried), bound.owner_log2, 0.01);
  const std::uint32_t flooding = flooding_log2_for(bound).value_or_stop();
  const double nats = std::pow(2 * carried / std::exp2(flooding), 2) / 2;
  const double in_all = nats * static_cast<double>(fhe::kReleasesPerEpochMax);
  std::printf("opened 2^%.1f, a piece's part 2^%.1f, flooding 2^%u: %.2g nats a sum, %.0f in all sums of an epoch\n",
              std::log2(std::abs(read)), std::log2(2 * carried), flooding, nats, in_all);
  EXPECT_LT(nats, 1.0 / 512);
  EXPECT_LT(in_all, static_cast<double>(degree) * std::log(3) / 100);
  // One unit of one coefficient: it was 2^52 while responses were uniform.
  const double one = std::ldexp(1.0, static_cast<int>(fhe::response_reach_log2(shape.e.spread_log2) +
                                                      fhe::response_reach_log2(shape.f.spread_log2))) *
                     std::exp2(bound.scale_log2 - 2.0 * fhe::kSealScaleLog2);
  std::printf("one unit of one coefficient of the secret 2^%.1f\n", std::log2(one));
  EXPECT_LT(one, std::exp2(flooding - 14.0));
}

// Few persons in a block are flooded less, for honest noise is masked with the others; what she carries is in whichever
// slots she chooses.
TEST_F(OwnerWhoCalculates, IsFloodedAsFarInASmallCohort) {
  for (const std::size_t persons : {std::size_t{1}, std::size_t{30}, std::size_t{436}, std::size_t{2000}}) {
    std::vector<OwnerSlots> few = owners;
    std::fill(few[0].consent.begin() + static_cast<std::ptrdiff_t>(persons), few[0].consent.end(), std::uint8_t{0});
    const NoiseSetting setting = noise_setting(3, few, params->slot_count());
    const AnswerBound of_few = answer_bounds(plan, *params, setting).value_or_stop()[xy.value];
    const double carried = 2 * of_piece(of_few, 1) *
                           std::sqrt(std::min(1.0, static_cast<double>(persons) / static_cast<double>(band_slots())));
    const std::uint32_t flooding = flooding_log2_for(of_few).value_or_stop();
    const std::uint32_t of_honest =
        fhe::flooding_log2(static_cast<std::uint32_t>(std::ceil(of_few.noise_log2))).value_or_stop();
    std::printf("%zu persons: a piece's part 2^%.1f, flooding 2^%u, of honest noise 2^%u, a sum off by %.1g\n", persons,
                std::log2(carried), flooding, of_honest, sum_error_bound(of_few, flooding, 3, params->slot_count()));
    EXPECT_LT(carried * 15.9, std::exp2(flooding)) << persons;
    EXPECT_LE(of_honest, flooding);
    EXPECT_LT(sum_error_bound(of_few, flooding, 3, params->slot_count()) / static_cast<double>(persons), 1e-8);
  }
}

// A sum without a product is the error alone: what it says of a piece, as often as a key epoch releases.
TEST_F(OwnerWhoCalculates, ReadsNothingOffSumsOfOneColumn) {
  const AnswerBound& of_sum = bounds[plan.groups[0].cells[0].x1.value];
  const double flooding = std::exp2(flooding_log2_for(of_sum).value_or_stop());
  const double carried = of_piece(of_sum, 0);
  EXPECT_NEAR(std::log2(carried), of_sum.owner_log2, 0.01);
  const double nats = std::pow(carried / flooding, 2) / 2 * static_cast<double>(fhe::kReleasesPerEpochMax);
  std::printf("a piece's part 2^%.1f, flooding 2^%.0f: %.2g nats of it in all\n", std::log2(carried),
              std::log2(flooding), nats);
  EXPECT_LT(nats, 1e-6);
}

// Where privacy's noise is, it is far above: one person's change is what rho is paid for, information of
// rho (carried / change)^2, in nats, however it is spread over answers.
TEST_F(OwnerWhoCalculates, LearnsNothingWherePrivacysNoiseIs) {
  const std::vector<MomentId> released{xy};
  const double change =
      std::exp2(sensitivities(plan, released, std::vector<AnswerBound>{bound}, params->slot_count()).largest_log2()[0]);
  const double nats_per_rho = std::pow(2 * of_piece(bound, 1) / change, 2);
  std::printf("one person 2^%.1f: at most %.2g nats of a piece for rho 1, of %.0f\n", std::log2(change), nats_per_rho,
              static_cast<double>(degree) * std::log(3));
  EXPECT_LT(nats_per_rho, 1e-18);
}

}  // namespace
}  // namespace mc::query
