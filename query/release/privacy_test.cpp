// SPDX-License-Identifier: Apache-2.0
#include "query/release/privacy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "fhe/threshold/release.hpp"
#include "fhe/threshold/testing/committee.hpp"
#include "query/plan/compile.hpp"
#include "query/testing/clinic.hpp"
#include "query/testing/slots.hpp"

namespace mc::query {
namespace {

using ::testing::HasSubstr;
using testing::kSlots;

constexpr double kSmallModulusLog2 = 100;

/// Counts of `count` groups as `standard` releases them, about.
std::vector<AnswerBound> count_bounds(std::size_t count) {
  AnswerBound bound;
  bound.noise_log2 = 20;
  bound.message_max = 3;
  bound.scale_log2 = 92;
  return std::vector<AnswerBound>(count, bound);
}

/// One kind of person, who counts in every answer.
Sensitivities everywhere(const std::vector<double>& changes) {
  Sensitivities result{std::vector<double>(changes.size(), -40), {{}}};
  for (std::uint32_t i = 0; i < changes.size(); ++i) result.kinds[0].push_back({i, changes[i]});
  return result;
}

/// One person counts as 1.
Sensitivities one_person(std::size_t count) {
  return everywhere(std::vector<double>(count, 92 - std::log2(kSlots)));
}

std::uint64_t nano(double rho) {
  return static_cast<std::uint64_t>(rho * static_cast<double>(kNanoPerRho));
}

double normal_cdf(double x) {
  return std::erfc(-x / std::sqrt(2.0)) / 2;
}

TEST(Privacy, AReleaseCostsNoMoreThanItMayAndNotMuchLess) {
  for (const std::size_t answers : {1, 2, 7, 64, 1000}) {
    for (const double rho : {0.001, 0.05, 0.5, 3.9}) {
      const auto noise = private_noise(count_bounds(answers), one_person(answers), nano(rho), 3, kSmallModulusLog2);
      ASSERT_TRUE(noise) << answers << " " << rho << ": " << noise.error().message;
      EXPECT_LE(noise->rho_nano, nano(rho));
      EXPECT_EQ(noise->rho_nano, rho_cost_nano(one_person(answers), noise->sigma_log2));
      EXPECT_GE(noise->rho_nano, nano(rho) / 4 - 1) << "a power of two costs at most a factor of four";
    }
  }
}

TEST(Privacy, ACountOfOnePersonMoreOrLessCostsWhatTheTextbookSays) {
  // Delta = 1, sigma = 16: rho = 1 / (2 * 256).
  const Sensitivities sensitivity = everywhere({10});
  const std::vector<std::uint8_t> sigma{14};
  EXPECT_NEAR(static_cast<double>(rho_cost_nano(sensitivity, sigma)), 1e9 / 512, 2);
  const Sensitivities twice = everywhere({10, 10});
  const std::vector<std::uint8_t> both{14, 14};
  EXPECT_NEAR(static_cast<double>(rho_cost_nano(twice, both)), 2e9 / 512, 2) << "two answers add up";
  EXPECT_EQ(rho_cost_nano(everywhere({400}), sigma), UINT64_MAX) << "a cost that no budget has";
}

TEST(Privacy, NoiseIsNeverNarrowerThanFlooding) {
  const auto noise = private_noise(count_bounds(1), everywhere({3}), nano(1), 3, kSmallModulusLog2).value();
  EXPECT_EQ(noise.sigma_log2[0], flooding_log2_for(count_bounds(1)[0]).value());
  EXPECT_LE(noise.rho_nano, 1U) << "and what it does not cost is not debited";
}

TEST(Privacy, WhatCannotBeKeptIsRefusedWithASentence) {
  const auto refusal = [](const Result<PrivateNoise>& noise) {
    return noise ? std::string("taken") : noise.error().message;
  };
  EXPECT_THAT(refusal(private_noise(count_bounds(1), one_person(1), 0, 3, kSmallModulusLog2)),
              HasSubstr("rho 0 * 10^-9"));
  EXPECT_THAT(refusal(private_noise(count_bounds(1), one_person(1), kRhoNanoMax + 1, 3, kSmallModulusLog2)),
              HasSubstr("4000000000 are possible"));
  EXPECT_THAT(refusal(private_noise({}, {}, nano(1), 3, kSmallModulusLog2)), HasSubstr("without answers"));
  // Noise that could carry the opened value around the modulus would make nonsense of it.
  EXPECT_THAT(refusal(private_noise(count_bounds(64), one_person(64), 1, 3, kSmallModulusLog2)),
              HasSubstr("fewer sums or more rho"));
  EXPECT_THAT(refusal(private_noise(count_bounds(1), one_person(1), nano(1), 3, 93)), HasSubstr("needs noise of 2^"));
}

TEST(Privacy, EpsilonIsTrueAndNotFarFromTheTruth) {
  for (const double rho : {0.001, 0.01, 0.1, 0.5, 2.0}) {
    for (const double delta : {1e-4, 1e-6, 1e-9}) {
      const double epsilon = epsilon_of(rho, delta);
      EXPECT_LE(epsilon, rho + 2 * std::sqrt(rho * std::log(1 / delta))) << "the older conversion is looser";
      // A Gaussian has rho = Delta^2 / (2 sigma^2) and this delta at epsilon, exactly (Balle, Wang, 2018).
      const double ratio = std::sqrt(2 * rho);
      const double exact =
          normal_cdf(ratio / 2 - epsilon / ratio) - std::exp(epsilon) * normal_cdf(-ratio / 2 - epsilon / ratio);
      EXPECT_LE(exact, delta);
      EXPECT_GE(exact, delta / 20) << rho << " " << delta;
    }
  }
}

Sensitivities of_whole(const Plan& plan) {
  std::vector<MomentId> released;
  for (std::uint32_t i = 0; i < plan.moments.size(); ++i) released.emplace_back(i);
  return sensitivities(plan, released, count_bounds(plan.moments.size()), kSlots);
}

TEST(Privacy, OnePersonChangesACountByOneAndASumByItsStandardisedBound) {
  const data::Schema schema = testing::clinic_schema();
  const Plan plan = compile("SELECT count(*), sum(age), var_samp(bmi) FROM clinic WHERE sex = 'F'", schema, "clinic",
                            limb_budget("standard").value_or_stop())
                        .value_or_stop();
  for (const double sensitivity : of_whole(plan).largest_log2()) {
    EXPECT_NEAR(sensitivity, 92 - std::log2(kSlots), 1e-6) << "indicators and standardised values are at most 1";
  }
}

TEST(Privacy, RowsOfATableCostAsMuchAsOneOfThem) {
  const auto cost_of = [](const std::string& sql) {
    const Plan plan =
        compile(sql, testing::clinic_schema(), "clinic", limb_budget("standard").value_or_stop()).value_or_stop();
    return rho_cost_nano(of_whole(plan), std::vector<std::uint8_t>(plan.moments.size(), 85));
  };
  const std::uint64_t one = cost_of("SELECT count(*) FROM clinic");
  EXPECT_NEAR(static_cast<double>(cost_of("SELECT count(*) FROM clinic GROUP BY nyha")), static_cast<double>(one), 1);
  EXPECT_NEAR(static_cast<double>(cost_of("SELECT count(*), avg(age) FROM clinic GROUP BY nyha, sex")),
              static_cast<double>(2 * one), 2)
      << "a count and a sum of the one row that a person is in";
  EXPECT_NEAR(static_cast<double>(cost_of("SELECT count(*), sum(death), avg(bmi) FROM clinic")),
              static_cast<double>(4 * one), 4)
      << "of one row everything adds up";
}

// Attack: sums that nobody can be in, though the planner does not see it, cost nothing and would be only flooded: what
// an owner who calculates needs (docs/design/0037).
TEST(Privacy, ASumThatNobodyCanBeInHasTheNoiseOfOneThatSomebodyIsIn) {
  const Plan plan =
      compile(
          "SELECT sex, avg(age) FROM clinic WHERE (sex = 'F' OR (death AND diabetes) OR (NOT death AND diabetes = 0)) "
          "AND (sex = 'F' OR (death AND diabetes = 0) OR (NOT death AND diabetes)) GROUP BY sex",
          testing::clinic_schema(), "clinic", limb_budget("train").value_or_stop())
          .value_or_stop();
  ASSERT_EQ(plan.groups.size(), 2u) << "no man is both";
  for (const double change : of_whole(plan).largest_log2()) EXPECT_GE(change, 92 - std::log2(kSlots) - 1e-6);
  const Plan women = compile("SELECT sex, avg(age) FROM clinic WHERE sex = 'F' GROUP BY sex", testing::clinic_schema(),
                             "clinic", limb_budget("train").value_or_stop())
                         .value_or_stop();
  const auto cost = [](const Plan& of) {
    return static_cast<double>(rho_cost_nano(of_whole(of), std::vector<std::uint8_t>(of.moments.size(), 85)));
  };
  EXPECT_NEAR(cost(plan), cost(women), 2) << "those who can be in it pay no more for it";
}

TEST(Privacy, APartOfTheAnswersCostsWhatItWouldAlone) {
  const Sensitivities all{{-40, -40, -40}, {{{0, 10}, {2, 11}}, {{1, 12}}}};
  const std::vector<std::uint32_t> some{2, 1};
  const Sensitivities part = all.of(some);
  EXPECT_EQ(part.kinds, (std::vector<std::vector<Sensitivities::Change>>{{{0, 11}}, {{1, 12}}}));
  EXPECT_EQ(part.largest_log2(), (std::vector<double>{11, 12}));
  EXPECT_EQ(all.most_answers(), 2u);
}

// ---- The released distribution, from real shares.

class ReleasedSums : public ::testing::Test {
 protected:
  /// The noise of every piece in an opened coefficient, and the error of the sum, over many multiplicands.
  struct Draw {
    std::vector<double> pieces;
    double sum = 0;
  };
  Draw draw(std::uint64_t number, std::uint8_t sigma_log2) const {
    const fhe::Encoder encoder(params);
    const auto plain = encoder.encode_constant(0.25, fhe::kReleaseLevel, fhe::Scale::power_of_two(80)).value_or_stop();
    KeyStream stream(fhe::testing::numbered_key(number));
    const fhe::Ciphertext answer = fhe::encrypt(*params, committee.public_key, plain, stream).value_or_stop();
    const Hash256 multiplicand = fhe::multiplicand_digest(*params, answer);
    std::vector<std::uint64_t> total = fhe::answer_head(*params, answer).constant;
    Draw drawn;
    for (std::size_t p = 0; p < committee.seeds.size(); ++p) {
      const fhe::SecretPoly secret = fhe::piece_secret(*params, committee.seeds[p], fhe::kReleaseBasis);
      const auto open = [&](std::uint8_t sigma) {
        return fhe::open_coefficient(*params, committee.seeds[p], secret, answer, multiplicand, sigma).residues;
      };
      const auto noisy = open(sigma_log2), quiet = open(0);
      std::vector<std::uint64_t> difference(2);
      for (std::size_t limb = 0; limb < 2; ++limb) {
        const std::uint64_t q = params->q()[limb];
        total[limb] = (total[limb] + noisy[limb]) % q;
        difference[limb] = (noisy[limb] + q - quiet[limb]) % q;
      }
      drawn.pieces.push_back(encoder.decode_mean(difference, fhe::Scale::power_of_two(80)).value_or_stop());
    }
    drawn.sum = encoder.decode_mean(total, fhe::Scale::power_of_two(80)).value_or_stop() - 0.25;
    return drawn;
  }

  fhe::ParamsPtr params = fhe::testing::small_params();
  fhe::testing::TestCommittee committee{params, fhe::CommitteeShape::create(3, 2).value_or_stop(), 1};
};

/// Whether standardised numbers are normal: chi-squared over 16 bins of equal probability.
double chi_squared(std::vector<double> numbers) {
  std::vector<double> bins(16);
  for (const double z : numbers) {
    ++bins[std::min<std::size_t>(15, static_cast<std::size_t>(normal_cdf(z) * 16))];
  }
  const double expected = static_cast<double>(numbers.size()) / 16;
  double sum = 0;
  for (const double bin : bins) sum += (bin - expected) * (bin - expected) / expected;
  return sum;
}

TEST_F(ReleasedSums, AreDistributedAsTheResultSaysAndOnePieceAloneHidesAPerson) {
  constexpr std::uint8_t kSigma = 60;
  constexpr std::size_t kDraws = 3'000;
  AnswerBound bound;
  bound.scale_log2 = 80;
  const double total = sigma_total(bound, kSigma, 3, 1), one = sigma_total(bound, kSigma, 1, 1);
  std::vector<double> sums, unknown;
  for (std::size_t i = 0; i < kDraws; ++i) {
    const Draw drawn = draw(i, kSigma);
    sums.push_back(drawn.sum / total);
    // Custodian 0 and the requester know two pieces' noise and take it off the sum.
    unknown.push_back((drawn.sum - drawn.pieces[1] - drawn.pieces[2]) / one);
  }
  for (const auto& [numbers, what] :
       {std::pair{&sums, "the sum"}, std::pair{&unknown, "what t-1 custodians do not know"}}) {
    const double square = std::inner_product(numbers->begin(), numbers->end(), numbers->begin(), 0.0) / kDraws;
    const double chi = chi_squared(*numbers);
    std::printf("%s: variance %.4f of what is printed, chi-squared %.1f with 15 degrees\n", what, square, chi);
    EXPECT_NEAR(square, 1, 6 * std::sqrt(2.0 / kDraws)) << what;
    EXPECT_LT(chi, 55) << what << ": so large once in a million";
  }
  // The attack on a version that divides the variance among the pieces: what is left is a third of it, and the release
  // costs three times what was debited.
  const Sensitivities person = everywhere({60});
  const std::vector<std::uint8_t> whole{kSigma};
  const double divided = std::exp2(2 * (60 - (60 - std::log2(std::sqrt(3.0)))) - 1);
  EXPECT_NEAR(divided * 1e9, 3 * static_cast<double>(rho_cost_nano(person, whole)), 10);
}

}  // namespace
}  // namespace mc::query
