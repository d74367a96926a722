// SPDX-License-Identifier: Apache-2.0
#include "query/parameters/forced_numbers.hpp"

#include <gtest/gtest.h>

#include "fhe/threshold/plaintext_proof.hpp"
#include "query/bind/parameters.hpp"
#include "query/plan/compile.hpp"
#include "query/release/noise.hpp"
#include "query/release/privacy.hpp"
#include "query/testing/clinic_in_the_clear.hpp"
#include "query/testing/committee_run.hpp"
#include "query/testing/sealed_patients.hpp"

namespace mc::query {
namespace {

using testing::CommitteeRefresher;
using testing::Patient;
using testing::TableVault;
using testing::TestCommittee;
using testing::opened_mean;

constexpr std::string_view kScore = "SELECT sum($w1 * age + $w2 * nyha) FROM clinic WHERE sex = 'F'";
constexpr std::string_view kHidden = "SELECT count(*), avg(age) FROM clinic WHERE sex IN $who";

// Patients of two owners, sealed under a committee's key; some do not consent.
class ForcedNumbersTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { shared_ = std::make_unique<Shared>(); }
  static void TearDownTestSuite() { shared_.reset(); }

  struct Shared : testing::SealedPatients {
    KeyStream stream = public_stream("forced numbers test", {});

    Shared() : SealedPatients(testing::clinic_schema(), {.seed = 23, .beyond_block = 100, .committee = 5}) {}

    fhe::Ciphertext encrypted(const fhe::Plaintext& plain) {
      auto made = fhe::encrypt(*committee.params, committee.public_key, plain, stream).value_or_stop();
      made.epoch = committee.epoch;
      return made;
    }
    fhe::Ciphertext sealed(std::span<const std::uint8_t> bits) {
      return encrypted(plaintext_of_bits(*committee.params, bits));
    }
    [[nodiscard]] std::vector<double> slots_of(const fhe::Ciphertext& ct) const {
      return encoder.decode(fhe::decrypt(*committee.params, committee.collective_secret(), ct)).value_or_stop();
    }
    [[nodiscard]] double sum_of(const fhe::Ciphertext& answer) const {
      return opened_mean(committee, encoder, answer) * static_cast<double>(committee.params->slot_count());
    }
  };

  static Plan plan_of(std::string_view sql) {
    return compile(sql, shared_->schema, "clinic", limb_budget("test_insecure").value_or_stop()).value_or_stop();
  }
  static Result<std::vector<fhe::Ciphertext>> forced(const Plan& plan, const fhe::Ciphertext& sealed,
                                                     std::uint32_t threads = 2) {
    CommitteeRefresher refresher(shared_->committee);
    return force_numbers(plan.parameters, sealed, shared_->bench(threads), refresher);
  }
  static std::vector<double> sums_with(const Plan& plan, std::span<const fhe::Ciphertext> numbers) {
    const VaultWithNumbers vault(shared_->vault, numbers);
    std::vector<double> sums;
    for (const fhe::Ciphertext& answer : execute(plan, shared_->owners, vault, shared_->bench()).value_or_stop()) {
      sums.push_back(shared_->sum_of(answer));
    }
    return sums;
  }
  static std::vector<std::uint8_t> bits_of(const std::vector<double>& weights) {
    std::vector<std::uint8_t> bits;
    for (const double weight : weights) {
      const std::vector<std::uint8_t> one = bits_of_weight(weight);
      bits.insert(bits.end(), one.begin(), one.end());
    }
    return bits;
  }
  /// Bits, and one coefficient changed by a factor of the bits' scale.
  static fhe::Ciphertext with_coefficient(std::vector<std::uint8_t> bits, std::size_t at, double value) {
    const fhe::Params& params = *shared_->committee.params;
    fhe::Plaintext plain = plaintext_of_bits(params, bits);
    std::vector<fhe::i128> integers(params.ring().degree(), 0);
    integers[at] = static_cast<fhe::i128>(std::ldexp(value, 60)) << (kBitScaleLog2 - 60);
    params.ring().add(plain.poly,
                      params.ring().to_ntt(params.ring().from_wide(integers, {params.top_level().value, false})));
    return shared_->encrypted(plain);
  }

  static std::unique_ptr<Shared> shared_;
};
std::unique_ptr<ForcedNumbersTest::Shared> ForcedNumbersTest::shared_;

TEST_F(ForcedNumbersTest, EveryWeightIsTheNearestThatItsBitsMake) {
  std::mt19937_64 random(3);
  for (const double exact : {-1.0, 1.0, 0.0, 0.5, -0.25, 0x1p-14, -0x1p-14}) {
    EXPECT_EQ(weight_of_bits(bits_of_weight(exact)), exact);
  }
  for (int i = 0; i < 1000; ++i) {
    const double weight = std::uniform_real_distribution<double>(-1, 1)(random);
    EXPECT_LE(std::abs(weight_of_bits(bits_of_weight(weight)) - weight), 0x1p-15);
  }
  EXPECT_EQ(weight_of_bits(std::vector<std::uint8_t>(kWeightBits, 1)), 0);
}

TEST_F(ForcedNumbersTest, AForcedNumberStandsInEverySlot) {
  const Plan plan = plan_of(kScore);
  const auto numbers = forced(plan, shared_->sealed(bits_of({0.75, -0.3125}))).value_or_stop();
  ASSERT_EQ(numbers.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(numbers[i].scale, fhe::Scale::power_of_two(kNumberScaleLog2));
    for (const double slot : shared_->slots_of(numbers[i])) EXPECT_NEAR(slot, i == 0 ? 0.75 : -0.3125, 1e-12);
  }
}

/// A sealed model.
constexpr std::string_view kNineWeights =
    "SELECT avg(risk_score('m', '4 * [$ + $ * age + $ * sexM + $ * death + $ * age:sexM + $ * age:death + $ * "
    "death:sexM "
    "+ $ * I(age^2) + $ * diabetes]')) FROM clinic";
const std::vector<double> kNine = {0.5, -0.75, 0.125, 1, -1, 0.0625, 0.25, -0.5, 0.3125};

TEST_F(ForcedNumbersTest, SumsWithSealedWeightsAndSealedListsAreThoseOfTheRecords) {
  const std::vector<Patient> patients = shared_->consenting();
  struct Case {
    std::string_view sql;
    std::vector<std::uint8_t> bits;
    std::vector<double> numbers;
  };
  for (const Case& one : {
           Case{kScore, bits_of({0.75, -0.3125}), {0.75, -0.3125}},
           Case{"SELECT avg($b * bmi), count(*) FROM clinic", bits_of({-1}), {-1}},
           Case{"SELECT avg($a * death + $b * nyha) FROM clinic GROUP BY sex", bits_of({0.5, 1}), {0.5, 1}},
           Case{kHidden, {0, 1}, {0, 1}},
           Case{"SELECT avg($w * age) FROM clinic WHERE smoker IN $c",
                [] {
                  std::vector<std::uint8_t> bits = bits_of({0.25});
                  bits.insert(bits.end(), {1, 0, 1});
                  return bits;
                }(),
                {0.25, 1, 0, 1}},
           Case{kNineWeights, bits_of(kNine), kNine},
       }) {
    const Plan plan = plan_of(one.sql);
    ASSERT_EQ(plan.parameters.bit_count(), one.bits.size()) << one.sql;
    const auto numbers = forced(plan, shared_->sealed(one.bits)).value_or_stop();
    std::vector<double> means = sums_with(plan, numbers);
    for (double& mean : means) mean /= static_cast<double>(shared_->committee.params->slot_count());
    const ResultTable table =
        finish(plan, means, std::vector<double>(means.size(), 1e-12), shared_->committee.params->slot_count())
            .value_or_stop();
    const ResultTable wanted = testing::run_in_the_clear(plan, shared_->schema, patients, one.numbers);
    ASSERT_EQ(table.rows.size(), wanted.rows.size());
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      for (std::size_t i = 0; i < table.columns.size(); ++i) {
        const auto* value = std::get_if<double>(&table.rows[row][i]);
        if (value == nullptr) {
          EXPECT_EQ(table.rows[row][i], wanted.rows[row][i]) << one.sql;
        } else {
          EXPECT_NEAR(*value, std::get<double>(wanted.rows[row][i]), 1e-6 * std::abs(*value)) << one.sql;
        }
      }
    }
  }
}

// R23. A "weight" that is 1 in one person's slot and 0 in all others: its sum is that person's value.
TEST_F(ForcedNumbersTest, AUnitVectorReadsOneRecordWhereNothingIsForcedAndIsRefusedHere) {
  const Plan plan = plan_of("SELECT sum($w * age) FROM clinic");
  std::size_t victim = 150;  // whose slot nobody has in the second block
  while (shared_->owners[0].consent[victim] == 0) ++victim;
  std::vector<double> slots(shared_->committee.params->slot_count(), 0);
  slots[victim] = 1;
  const fhe::Ciphertext unit = shared_->encrypted(
      shared_->encoder
          .encode(slots, shared_->committee.params->top_level(), fhe::Scale::power_of_two(fhe::kSealScaleLog2))
          .value_or_stop());
  const std::vector<double> read = sums_with(plan, std::vector<fhe::Ciphertext>{unit});
  const double age = std::get<double>(shared_->patients[victim][0]);
  EXPECT_NEAR(read[plan.groups[0].cells[0].x1.value] * plan.items[0].x.half_width, age, 1e-6);

  const auto refused = forced(plan, unit);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kRefused);
  EXPECT_NE(refused.error().message.find("not made of bits"), std::string::npos);
}

// Honest bits where bits are looked for, and whatever else picks a slot in the other coefficients.
TEST_F(ForcedNumbersTest, WhatElseIsSealedBesideTheBitsDoesNotReachTheAnswer) {
  const Plan plan = plan_of("SELECT sum($w * age) FROM clinic");
  const auto honest = sums_with(plan, forced(plan, shared_->sealed(bits_of({0.5}))).value_or_stop());
  const fhe::Ciphertext sly = with_coefficient(bits_of({0.5}), kWeightBits + 3, 0.875);
  std::vector<double> other = shared_->slots_of(sly);
  EXPECT_GT(*std::ranges::max_element(other) - *std::ranges::min_element(other), 0.5);
  const auto sums = sums_with(plan, forced(plan, sly).value_or_stop());
  for (std::size_t i = 0; i < sums.size(); ++i) EXPECT_NEAR(sums[i], honest[i], 1e-6);
}

TEST_F(ForcedNumbersTest, BitsBeyondTheFirstThatAreLookedAtTogetherAreLookedAtAsWell) {
  const Plan plan = plan_of(kNineWeights);
  ASSERT_GT(plan.parameters.bit_count(), kBitsCheckedTogether);
  const auto refused = forced(plan, with_coefficient(bits_of(kNine), kBitsCheckedTogether + 1, -2));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("not made of bits"), std::string::npos);
}

TEST_F(ForcedNumbersTest, WhatIsNoBitEndsTheRun) {
  const Plan plan = plan_of("SELECT sum($w * age) FROM clinic");
  for (const double change : {1.0, -1.0, 0.5, -0.5, 0x1p-10, -0x1p-10, 1000.0, 0x1p30}) {
    const auto refused = forced(plan, with_coefficient(bits_of({0.5}), 1, change));
    EXPECT_EQ(!refused, change != -1.0) << change;  // 1 - 1 is a bit as well
    if (!refused) {
      EXPECT_EQ(refused.error().code, Code::kRefused);
    }
  }
  EXPECT_TRUE(forced(plan, with_coefficient(bits_of({0.5}), 1, 0x1p-40)));
}

// 2^122 modulo half of the primes and 0 modulo the others solves b^2 = b, and is as large as the modulus. It passes
// when the fresh error of its forced bit happens to be 0, once in a dozen tries. That is why nobody looks at bits of
// which the proof of plaintext knowledge has not said how large they can be.
TEST_F(ForcedNumbersTest, AnIdempotentOfTheModulusPassesForABitAndHasNoProof) {
  const fhe::Params& params = *shared_->committee.params;
  const Plan plan = plan_of("SELECT sum($w * age) FROM clinic");
  const fhe::Basis top{params.top_level().value, false};
  fhe::Ciphertext bare;  // without randomness and noise: c_1 = 0
  std::vector<fhe::i128> integers(params.ring().degree(), 0);
  integers[1] = static_cast<fhe::i128>(1) << kBitScaleLog2;
  bool passed = false;
  for (int attempt = 0; attempt < 100 && !passed; ++attempt) {
    fhe::CoeffPoly coefficients = params.ring().from_wide(integers, top);
    for (std::size_t limb = top.q_limbs / 2; limb < top.q_limbs; ++limb) coefficients.limb(limb)[1] = 0;
    bare = {{params.ring().to_ntt(std::move(coefficients)), params.ring().make<fhe::Domain::kNtt>(top)},
            fhe::Scale::power_of_two(static_cast<std::int32_t>(kBitScaleLog2)),
            shared_->committee.epoch};
    CommitteeRefresher refresher(shared_->committee);
    refresher.steps = static_cast<std::uint32_t>(10 * attempt);  // of another run
    passed = force_numbers(plan.parameters, bare, shared_->bench(), refresher).has_value();
  }
  EXPECT_TRUE(passed);

  fhe::PlaintextStatement statement;
  statement.kind = fhe::PlaintextKind::kParameter;
  statement.epoch = shared_->committee.epoch;
  statement.ciphertexts = {fhe::hash_ciphertext(bare, params)};
  fhe::EncryptionWitness witness{fhe::SecretSmallIntegers(integers.size(), 0),
                                 fhe::SecretSmallIntegers(integers.size(), 0),
                                 fhe::SecretWideIntegers(integers.begin(), integers.end())};
  const auto proof = fhe::prove_plaintexts(params, shared_->committee.public_key, statement, {&witness, 1},
                                           fhe::testing::numbered_key(1));
  EXPECT_FALSE(fhe::verify_plaintexts(params, shared_->committee.public_key, statement, proof,
                                      [&](std::size_t) -> Result<fhe::Ciphertext> { return bare; }));
}

TEST_F(ForcedNumbersTest, TheResultIsTheSameBitsWithAnyNumberOfThreads) {
  const Plan plan = plan_of(kHidden);
  const fhe::Ciphertext sealed = shared_->sealed(std::vector<std::uint8_t>{1, 0});
  const auto one = forced(plan, sealed, 1);
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_EQ(*one, forced(plan, sealed, 3).value_or_stop());
}

TEST_F(ForcedNumbersTest, ACiphertextOfAnotherShapeIsRefusedBeforeAnythingIsOpened) {
  const Plan plan = plan_of(kHidden);
  fhe::Ciphertext low = shared_->sealed(std::vector<std::uint8_t>{1, 0});
  ASSERT_TRUE(shared_->evaluator.drop_to_level(low, fhe::Level(4)));
  CommitteeRefresher refresher(shared_->committee);
  const auto refused = force_numbers(plan.parameters, low, shared_->bench(), refresher);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
  EXPECT_EQ(refresher.steps, 0u);
}

// The same question with two sealings: the difference of the answers holds both noises and no message.
TEST_F(ForcedNumbersTest, TheNoiseOfAnAnswerIsBelowItsBound) {
  for (const std::string_view sql : {kScore, kHidden}) {
    const Plan plan = plan_of(sql);
    const NoiseSetting setting = noise_setting(3, shared_->owners, shared_->committee.params->slot_count());
    const std::vector<AnswerBound> bounds = answer_bounds(plan, *shared_->committee.params, setting).value_or_stop();
    const std::vector<std::uint8_t> bits = sql == kScore ? bits_of({0.75, -0.3125}) : std::vector<std::uint8_t>{1, 1};
    const auto first = forced(plan, shared_->sealed(bits)).value_or_stop();
    const auto second = forced(plan, shared_->sealed(bits)).value_or_stop();
    const VaultWithNumbers one(shared_->vault, first), other(shared_->vault, second);
    const auto answers = execute(plan, shared_->owners, one, shared_->bench()).value_or_stop();
    const auto again = execute(plan, shared_->owners, other, shared_->bench()).value_or_stop();
    for (std::size_t i = 0; i < answers.size(); ++i) {
      fhe::Ciphertext difference = answers[i];
      ASSERT_TRUE(shared_->evaluator.subtract_inplace(difference, again[i]));
      EXPECT_EQ(answers[i].scale, bounds[i].scale);
      const double off =
          std::abs(shared_->sum_of(difference)) / static_cast<double>(shared_->committee.params->slot_count());
      // The researcher's own encryption noise is part of what she sealed: 2^-70 of a bit.
      EXPECT_LE(off, 2 * std::exp2(bounds[i].noise_log2 - bounds[i].scale_log2) + 0x1p-60) << sql;
      EXPECT_LT(bounds[i].noise_log2, bounds[i].scale_log2 - 50) << sql;
    }
  }
}

TEST_F(ForcedNumbersTest, OnePersonChangesAWeightedSumByNoMoreThanItsReach) {
  const Plan plan = plan_of(kScore);
  const NoiseSetting setting = noise_setting(3, shared_->owners, shared_->committee.params->slot_count());
  const std::vector<AnswerBound> bounds = answer_bounds(plan, *shared_->committee.params, setting).value_or_stop();
  const std::size_t slots = shared_->committee.params->slot_count();
  std::vector<MomentId> released;
  for (std::uint32_t i = 0; i < plan.moments.size(); ++i) released.emplace_back(i);
  const std::vector<double> change = sensitivities(plan, released, bounds, slots).largest_log2();
  const std::size_t sum = plan.groups[0].cells[0].x1.value;
  const double persons = std::exp2(change[sum] - bounds[sum].scale_log2) * static_cast<double>(slots);
  EXPECT_GE(persons, 1);
  EXPECT_LT(persons, 1.01);
  EXPECT_EQ(plan.items[0].x, (Affine{0, 60 + 60 + 2.5 + 1.5, false}));
}

}  // namespace
}  // namespace mc::query
