// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/refresh.hpp"

#include <gtest/gtest.h>

#include "fhe/ckks/evaluator.hpp"
#include "fhe/ckks/recombination.hpp"
#include "fhe/threshold/testing/refresh.hpp"

namespace mc::fhe {
namespace {

using testing::kRefreshScale;
using testing::kRefreshScaleLog2;
using testing::numbered_hash;
using testing::numbered_key;
using testing::small_params;
using testing::TestCommittee;
using testing::TestRefresh;

class RefreshTest : public ::testing::Test {
 protected:
  explicit RefreshTest(std::uint32_t n = 3, std::uint32_t t = 2)
      : committee(small_params(), CommitteeShape::create(n, t).value_or_stop(), 1) {}

  TestCommittee committee;
  const Params& params = *committee.params;
  const Ring& ring = params.ring();
  Encoder encoder{committee.params};
  SecretPoly secret = committee.collective_secret();
  std::uint8_t mask = mask_log2(value_log2(params, kRefreshScale, 0)).value_or_stop();

  Ciphertext encrypted(std::span<const double> slots, Level level, std::uint64_t number,
                       const Scale& scale = kRefreshScale) const {
    KeyStream stream(numbered_key(number));
    const Plaintext plain = encoder.encode(slots, level, scale).value_or_stop();
    Ciphertext ct = encrypt(params, committee.public_key, plain, stream).value_or_stop();
    ct.epoch = committee.epoch;
    return ct;
  }
  // Slots of both signs around a mean.
  Ciphertext with_mean(double mean, Level level, std::uint64_t number, const Scale& scale = kRefreshScale) const {
    std::vector<double> slots(params.slot_count());
    for (std::size_t i = 0; i < slots.size(); ++i) slots[i] = mean + (i % 2 == 0 ? 0.25 : -0.25);
    return encrypted(slots, level, number, scale);
  }
  static double mean_of(std::size_t j) { return 0.01 * static_cast<double>(j) - 0.3; }
  std::vector<Ciphertext> sums(std::size_t count, Level level = Level(3), const Scale& scale = kRefreshScale) const {
    std::vector<Ciphertext> all;
    for (std::size_t j = 0; j < count; ++j) all.push_back(with_mean(mean_of(j), level, 1000 + j, scale));
    return all;
  }
  RefreshMap map_of(std::size_t values, std::vector<RefreshMap::Output> outputs) const {
    RefreshMap map;
    map.input_level = Level(3);
    map.output_level = params.top_level();
    map.mask_log2.assign(values, mask);
    map.outputs = std::move(outputs);
    return map;
  }
  std::vector<double> slots_of(const Ciphertext& ct) const {
    return encoder.decode(decrypt(params, secret, ct)).value_or_stop();
  }
  // The integers that a ciphertext decrypts to, all below 2^63 here.
  std::vector<std::int64_t> integers_of(const Ciphertext& ct) const {
    const Recombination recombination(ring, ct.level().value);
    std::vector<std::uint64_t> words(ring.degree() * recombination.word_count());
    recombination.combine_all(ring.to_coeff(decrypt(params, secret, ct).poly), words);
    std::vector<std::int64_t> integers(ring.degree());
    for (std::size_t i = 0; i < integers.size(); ++i) {
      integers[i] = static_cast<std::int64_t>(words[i * recombination.word_count()]);
    }
    return integers;
  }
};

TEST_F(RefreshTest, ASumBecomesAConstantInAllSlotsAtFullLevel) {
  const TestRefresh refresh(committee, sums(2),
                            map_of(2, {replicated(0, kRefreshScale), replicated(1, kRefreshScale)}));
  const auto outputs = refresh.refreshed();
  ASSERT_EQ(outputs.size(), 2u);
  for (std::size_t j = 0; j < 2; ++j) {
    EXPECT_EQ(outputs[j].level(), params.top_level());
    EXPECT_EQ(outputs[j].epoch, committee.epoch);
    EXPECT_EQ(outputs[j].scale, kRefreshScale);
    for (const double slot : slots_of(outputs[j])) EXPECT_NEAR(slot, mean_of(j), 1e-9);
  }
}

TEST_F(RefreshTest, KeepsTheInputsNoiseAndAddsAtMostTheFreshErrorOfEveryPiece) {
  const auto inputs = sums(3);
  const TestRefresh refresh(committee, inputs, map_of(3, {packed(3, kRefreshScale)}));
  const auto refreshed = integers_of(refresh.refreshed()[0]);
  const double fresh = refresh_noise_bound(params, refresh.map, 0, std::vector<double>(3, 0.0), 3);
  EXPECT_EQ(fresh, 3 * 41);
  std::int64_t largest = 0;
  for (std::size_t i = 0; i < refreshed.size(); ++i) {
    const std::int64_t wanted = i < 3 ? integers_of(inputs[i])[0] : 0;
    largest = std::max(largest, std::abs(refreshed[i] - wanted));
  }
  EXPECT_LE(static_cast<double>(largest), fresh);
  EXPECT_GE(largest, 10) << "the errors of 1024 coefficients are there";
}

TEST_F(RefreshTest, MonomialsWithFactorsAreTheLinearMapThatTheySay) {
  const auto inputs = sums(3);
  RefreshMap::Monomials terms{{0, 0, 1}, {1, 0, -2}, {2, 0, 3}, {1, 7, 5}, {2, 1023, -1}};
  const TestRefresh refresh(committee, inputs, map_of(3, {{terms, kRefreshScale}}));
  std::vector<std::int64_t> v;
  for (const Ciphertext& input : inputs) v.push_back(integers_of(input)[0]);
  const auto refreshed = integers_of(refresh.refreshed()[0]);
  EXPECT_NEAR(static_cast<double>(refreshed[0] - (v[0] - 2 * v[1] + 3 * v[2])), 0, 123);
  EXPECT_NEAR(static_cast<double>(refreshed[7] - 5 * v[1]), 0, 123);
  EXPECT_NEAR(static_cast<double>(refreshed[1023] + v[2]), 0, 123);
  EXPECT_NEAR(static_cast<double>(refreshed[8]), 0, 123);
  const std::vector<double> noise{10, 20, 30};
  EXPECT_EQ(refresh_noise_bound(params, refresh.map, 0, noise, 3), 10 + 2 * 20 + 3 * 30 + 123);
}

TEST_F(RefreshTest, ChosenCoefficientsGoWhereTheMapPutsThemAndNothingElseIsOpened) {
  const auto inputs = sums(2);
  RefreshMap map = map_of(2, {{RefreshMap::Monomials{{0, 0, 1}, {1, 5, -3}, {2, 6, 2}, {3, 7, 1}}, kRefreshScale}});
  map.extraction = RefreshMap::Extraction::kCoefficients;
  map.coefficients = {{0, 3}, {0, 1000}, {1, 0}, {1, 77}};
  const TestRefresh refresh(committee, inputs, map);
  ASSERT_TRUE(check_refresh(params, committee.epoch, 3, inputs, map).has_value());
  EXPECT_EQ(refresh.share(0).constants.size(), 3u * 4u);
  const auto first = integers_of(inputs[0]), second = integers_of(inputs[1]);
  const auto refreshed = integers_of(refresh.refreshed()[0]);
  EXPECT_NEAR(static_cast<double>(refreshed[0] - first[3]), 0, 123);
  EXPECT_NEAR(static_cast<double>(refreshed[5] + 3 * first[1000]), 0, 123);
  EXPECT_NEAR(static_cast<double>(refreshed[6] - 2 * second[0]), 0, 123);
  EXPECT_NEAR(static_cast<double>(refreshed[7] - second[77]), 0, 123);
  EXPECT_NEAR(static_cast<double>(refreshed[8]), 0, 123);
  const Bytes bytes = encode_refresh_share(params, committee.epoch, committee.seeds[0].piece, refresh.share(0));
  EXPECT_EQ(decode_refresh_share(params, committee.epoch, committee.seeds[0].piece, map, bytes).value_or_stop(),
            refresh.share(0));
}

TEST_F(RefreshTest, OfPairsRealAndImaginaryPartOfTheMeanAreTwoValues) {
  const auto inputs = sums(2);
  RefreshMap map = map_of(2, {{RefreshMap::Monomials{{0, 0, 1}, {1, 5, -3}, {2, 6, 2}, {3, 7, 1}}, kRefreshScale}});
  map.extraction = RefreshMap::Extraction::kPairs;
  const TestRefresh refresh(committee, inputs, map);
  ASSERT_TRUE(check_refresh(params, committee.epoch, 3, inputs, map).has_value());
  EXPECT_EQ(refresh.share(0).constants.size(), 3u * 4u);
  const std::size_t middle = ring.degree() / 2;
  const auto first = integers_of(inputs[0]), second = integers_of(inputs[1]);
  const auto refreshed = integers_of(refresh.refreshed()[0]);
  EXPECT_NEAR(static_cast<double>(refreshed[0] - first[0]), 0, 123);
  EXPECT_NEAR(static_cast<double>(refreshed[5] + 3 * first[middle]), 0, 123);
  EXPECT_NEAR(static_cast<double>(refreshed[6] - 2 * second[0]), 0, 123);
  EXPECT_NEAR(static_cast<double>(refreshed[7] - second[middle]), 0, 123);
  // The same two coefficients by name are the same values, under the same masks.
  RefreshMap named = map;
  named.extraction = RefreshMap::Extraction::kCoefficients;
  for (std::uint32_t i = 0; i < 2; ++i) {
    for (const auto position : {0u, static_cast<std::uint32_t>(middle)}) named.coefficients.push_back({i, position});
  }
  EXPECT_EQ(TestRefresh(committee, inputs, named).share(0).constants, refresh.share(0).constants);
  const Bytes bytes = encode_refresh_share(params, committee.epoch, committee.seeds[0].piece, refresh.share(0));
  EXPECT_EQ(decode_refresh_share(params, committee.epoch, committee.seeds[0].piece, map, bytes).value_or_stop(),
            refresh.share(0));
}

TEST_F(RefreshTest, AValueBeyondItsMaskIsSeenAndOneWithinItNever) {
  const auto inputs = sums(40);
  const auto refresh_with = [&](std::uint8_t mask_log2) {
    RefreshMap map = map_of(inputs.size(), {packed(3, kRefreshScale)});
    map.mask_log2.assign(inputs.size(), mask_log2);
    return TestRefresh(committee, inputs, std::move(map));
  };
  const TestRefresh honest = refresh_with(mask);
  EXPECT_TRUE(check_opened(params, honest.job(), honest.sum_of_shares(), 3));
  EXPECT_EQ(opened_log2(mask, 3), mask + 2u);
  EXPECT_EQ(opened_log2(mask, 4), mask + 3u);
  // Means of -0.3 to 0.09 at a scale of 2^45: far beyond three masks of 20 bits.
  const TestRefresh narrow = refresh_with(20);
  const Status seen = check_opened(params, narrow.job(), narrow.sum_of_shares(), 3);
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, Code::kRefused);
  EXPECT_EQ(seen.error().message, "value 0 is not within its mask of 20 bits");
}

TEST_F(RefreshTest, MasksOfChosenCoefficientsDependOnWhichTheyAre) {
  RefreshMap map = map_of(1, {{RefreshMap::Monomials{{0, 0, 1}}, kRefreshScale}});
  map.extraction = RefreshMap::Extraction::kCoefficients;
  map.coefficients = {{0, 3}};
  RefreshMap other = map;
  other.coefficients = {{0, 3}, {0, 4}};
  const auto inputs = sums(1);
  EXPECT_NE(TestRefresh(committee, inputs, map).share(0).constants[0],
            TestRefresh(committee, inputs, other).share(0).constants[0]);
  EXPECT_EQ(TestRefresh(committee, inputs, map, 1).share(0).constants,
            TestRefresh(committee, inputs, map, 2).share(0).constants)
      << "another run of the same ciphertext gets the same mask";
}

TEST_F(RefreshTest, ChosenCoefficientsMustExistAndStandInOrder) {
  RefreshMap map = map_of(1, {{RefreshMap::Monomials{{0, 0, 1}}, kRefreshScale}});
  map.extraction = RefreshMap::Extraction::kCoefficients;
  EXPECT_FALSE(check_refresh_map(params, map).has_value()) << "none";
  map.coefficients = {{0, 1024}};
  EXPECT_FALSE(check_refresh_map(params, map).has_value()) << "beyond the ring";
  map.coefficients = {{1, 0}};
  EXPECT_FALSE(check_refresh_map(params, map).has_value()) << "of no input";
  map.coefficients = {{0, 7}, {0, 7}};
  EXPECT_FALSE(check_refresh_map(params, map).has_value()) << "twice";
  map.coefficients = {{0, 7}};
  EXPECT_TRUE(check_refresh_map(params, map).has_value());
  Writer writer;
  write_refresh_map(writer, map, params);
  Reader reader(writer.bytes(), "map");
  EXPECT_EQ(read_refresh_map(reader, params).value_or_stop(), map);
  map.extraction = RefreshMap::Extraction::kConstants;
  EXPECT_FALSE(check_refresh_map(params, map).has_value()) << "constants name none";
}

TEST_F(RefreshTest, AProductWithAnEncodedPlaintextPutsEachSumWhereItIsWanted) {
  // sum 0 in the first half of the slots, sum 1 in the second.
  std::vector<double> first(params.slot_count(), 0.0), second(params.slot_count(), 0.0);
  for (std::size_t i = 0; i < first.size(); ++i) (i < first.size() / 2 ? first : second)[i] = 1.0;
  const Scale factor_scale = Scale::power_of_two(40);
  const auto factor = [&](std::span<const double> slots) {
    return encoder.encode(slots, params.top_level(), factor_scale).value_or_stop().poly;
  };
  const RefreshMap::Products terms{{0, factor(first)}, {1, factor(second)}};
  const TestRefresh refresh(committee, sums(2), map_of(2, {{terms, kRefreshScale * factor_scale}}));
  const auto slots = slots_of(refresh.refreshed()[0]);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    EXPECT_NEAR(slots[i], mean_of(i < slots.size() / 2 ? 0 : 1), 1e-9) << i;
  }
  const double bound = refresh_noise_bound(params, refresh.map, 0, std::vector<double>(2, 1.0), 3);
  EXPECT_GT(bound, std::ldexp(1.0, 39)) << "coefficient 0 of the factor is 2^39";
  EXPECT_LT(bound, std::ldexp(1.0, 42));
}

TEST_F(RefreshTest, SlotByEverySlotAnInputComesBackAtFullLevel) {
  std::vector<double> slots(params.slot_count());
  for (std::size_t i = 0; i < slots.size(); ++i) slots[i] = std::sin(static_cast<double>(i));
  const Ciphertext input = encrypted(slots, Level(3), 5);
  RefreshMap map = map_of(1, {whole(0, kRefreshScale)});
  map.extraction = RefreshMap::Extraction::kPolynomials;
  const TestRefresh refresh(committee, {input}, map);
  const auto output = refresh.refreshed()[0];
  EXPECT_EQ(output.level(), params.top_level());
  const auto before = integers_of(input), after = integers_of(output);
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_LE(std::abs(after[i] - before[i]), 123);
  }
  const auto read = slots_of(output);
  for (std::size_t i = 0; i < slots.size(); ++i) EXPECT_NEAR(read[i], slots[i], 1e-9);
}

TEST_F(RefreshTest, OfAnInputTheRealPartsComeBack) {
  std::vector<double> slots(params.slot_count());
  for (std::size_t i = 0; i < slots.size(); ++i) slots[i] = std::sin(static_cast<double>(i));
  Ciphertext input = encrypted(slots, Level(3), 6);
  // Minus i in slots where nothing else is: X^(N/2) has i or -i in every slot.
  const NttPoly before = input.parts[0];
  CoeffPoly imaginary = params.ring().make<Domain::kCoeff>(input.parts[0].basis());
  for (std::size_t limb = 0; limb < imaginary.limb_count(); ++limb) {
    imaginary.limb(limb)[params.ring().degree() / 2] = std::uint64_t{1} << 40;
  }
  params.ring().add(input.parts[0], params.ring().to_ntt(std::move(imaginary)));
  ASSERT_NE(input.parts[0], before);
  RefreshMap map = map_of(1, {real_part(0, kRefreshScale * Scale::power_of_two(1)), whole(0, kRefreshScale)});
  map.extraction = RefreshMap::Extraction::kPolynomials;
  const TestRefresh refresh(committee, {input}, map);
  const auto outputs = refresh.refreshed();
  const auto twice = integers_of(outputs[0]), whole_input = integers_of(outputs[1]);
  EXPECT_GT(whole_input[params.ring().degree() / 2], std::int64_t{1} << 39);
  EXPECT_LE(std::abs(twice[params.ring().degree() / 2]), 123);
  const auto read = slots_of(outputs[0]);
  for (std::size_t i = 0; i < slots.size(); ++i) EXPECT_NEAR(read[i], slots[i], 1e-9);
}

TEST_F(RefreshTest, FourLimbsSufficeAtTheTwoPrimeScale) {
  const Scale scale = Scale::power_of_two(92);
  RefreshMap map = map_of(2, {replicated(0, scale), packed(2, scale)});
  map.input_level = Level(4);
  map.mask_log2.assign(2, mask_log2(value_log2(params, scale, 0)).value_or_stop());
  const auto inputs = sums(2, Level(4), scale);
  EXPECT_TRUE(check_refresh(params, committee.epoch, 3, inputs, map).has_value());
  const TestRefresh refresh(committee, inputs, map);
  for (const double slot : slots_of(refresh.refreshed()[0])) EXPECT_NEAR(slot, mean_of(0), 1e-12);
}

TEST_F(RefreshTest, ARefreshedSumGoesOnBeingComputedWith) {
  const TestRefresh refresh(committee, sums(1), map_of(1, {replicated(0, kRefreshScale)}));
  const Evaluator evaluator(committee.params, nullptr);
  const Ciphertext square = evaluator.multiply(refresh.refreshed()[0], refresh.refreshed()[0]).value_or_stop();
  for (const double slot : encoder.decode(decrypt(params, secret, square)).value_or_stop()) {
    EXPECT_NEAR(slot, mean_of(0) * mean_of(0), 1e-8);
  }
}

TEST_F(RefreshTest, SharesAreIdempotentAndTheResultIsDeterministic) {
  const auto inputs = sums(2);
  const RefreshMap map = map_of(2, {packed(2, kRefreshScale)});
  const TestRefresh one(committee, inputs, map), two(committee, inputs, map);
  EXPECT_EQ(one.share(1), two.share(1));
  EXPECT_EQ(one.refreshed(), two.refreshed());
}

TEST_F(RefreshTest, HeadsThatAreHandedOverAreNotWorkedOutAgain) {
  const TestRefresh refresh(committee, sums(2), map_of(2, {replicated(0, kRefreshScale)}));
  std::vector<std::uint64_t> heads = opened_heads(params, refresh.inputs, refresh.map);
  RefreshJob job = refresh.job();
  job.heads = heads;
  const RefreshShare sum = refresh.sum_of_shares();
  EXPECT_EQ(finish_refresh(params, job, sum), refresh.refreshed());
  for (std::uint32_t limb = 0; limb < refresh.map.input_level.value; ++limb) {
    std::uint64_t& head = heads[limb * refresh.map.value_count()];
    head = ring.modulus_at(limb).add(head, 1);
  }
  EXPECT_NE(finish_refresh(params, job, sum), refresh.refreshed());
}

TEST_F(RefreshTest, TheMaskIsAFunctionOfTheMultiplicandAloneAndTheRestOfWholeRefresh) {
  const auto inputs = sums(2);
  const TestRefresh both(committee, inputs, map_of(2, {packed(2, kRefreshScale)}), 1, 1);
  const TestRefresh later(committee, inputs, map_of(2, {packed(2, kRefreshScale)}), 1, 2);
  const TestRefresh other_run(committee, inputs, map_of(2, {packed(2, kRefreshScale)}), 2, 1);
  const TestRefresh other_map(committee, inputs, map_of(2, {replicated(1, kRefreshScale)}), 1, 1);
  const TestRefresh alone(committee, {inputs[1]}, map_of(1, {packed(1, kRefreshScale)}), 1, 1);
  const RefreshShare share = both.share(0);
  for (const TestRefresh* refresh : {&later, &other_run, &other_map}) {
    const RefreshShare again = refresh->share(0);
    EXPECT_EQ(share.constants, again.constants);
    EXPECT_NE(share.reencryptions, again.reencryptions);
    EXPECT_NE(both.common.a, refresh->common.a) << "one a' never meets two maps, steps or runs";
  }
  const RefreshShare single = alone.share(0);
  for (std::size_t limb = 0; limb < 3; ++limb) EXPECT_EQ(single.constants[limb], share.constants[limb * 2 + 1]);
}

TEST_F(RefreshTest, AnotherWidthLevelOrExtractionDrawsAnotherMask) {
  const auto inputs = sums(1);
  const auto first = [&](const RefreshMap& map, const Ciphertext& input) {
    const RefreshShare share = TestRefresh(committee, {input}, map).share(0);
    return ring.modulus_at(0).subtract(share.constants[0],
                                       ring.product_coefficient_zero(restrict_to(input.parts[1], 1),
                                                                     restrict_to(committee.secrets[0].expose(), 1))[0]);
  };
  const RefreshMap map = map_of(1, {replicated(0, kRefreshScale)});
  RefreshMap wider = map;
  wider.mask_log2[0] += 1;
  EXPECT_NE(first(map, inputs[0]), first(wider, inputs[0]));
}

TEST_F(RefreshTest, EveryDrawnSumOfMasksIsFarFromHalfTheModulusAtTheEdgeOfTheRule) {
  // At the widest mask that check_headroom allows, two hundred values of both signs come back; one bit more is refused,
  // and four bits more, which only a check left out would let through, wraps.
  RefreshMap map = map_of(200, {packed(200, kRefreshScale)});
  std::uint8_t widest = 0;
  while (check_headroom(params, Level(3), 3, static_cast<std::uint8_t>(widest + 1))) ++widest;
  EXPECT_EQ(widest, 143) << "50 + 50 + 46 bits are 145 whole ones, two of them for the sum of three and a value";
  const auto inputs = sums(200);
  const auto wrong = [&](std::uint8_t bits) {
    map.mask_log2.assign(200, bits);
    const auto refreshed = integers_of(TestRefresh(committee, inputs, map).refreshed()[0]);
    int count = 0;
    for (std::size_t j = 0; j < 200; ++j) {
      const double value = std::ldexp(static_cast<double>(refreshed[j]), -kRefreshScaleLog2);
      count += std::abs(value - mean_of(j)) > 1e-6;
    }
    return count;
  };
  EXPECT_EQ(wrong(widest), 0);
  map.mask_log2.assign(200, static_cast<std::uint8_t>(widest + 1));
  EXPECT_FALSE(check_refresh(params, committee.epoch, 3, inputs, map).has_value());
  EXPECT_GT(wrong(static_cast<std::uint8_t>(widest + 4)), 20);
}

TEST_F(RefreshTest, InputsThatAreNotTheMapsAreRefused) {
  const auto inputs = sums(2);
  RefreshMap map = map_of(2, {packed(2, kRefreshScale)});
  const auto expect = [&](std::span<const Ciphertext> in, Epoch epoch, std::string_view part) {
    const Status refused = check_refresh(params, epoch, 3, in, map);
    ASSERT_FALSE(refused.has_value());
    EXPECT_NE(refused.error().message.find(part), std::string::npos) << refused.error().message;
  };
  EXPECT_TRUE(check_refresh(params, committee.epoch, 3, inputs, map).has_value());
  expect(std::span(inputs).first(1), committee.epoch, "speaks of 2 values, there are 1");
  expect(inputs, Epoch(2), "input 0 is under the key of epoch 1, the pieces are of epoch 2");
  auto lower = inputs;
  for (NttPoly& part : lower[1].parts) part.keep_limbs(2);
  expect(lower, committee.epoch, "input 1 has level 2, the refresh map says 3");
  auto longer = inputs;
  longer[0].parts.push_back(longer[0].parts[0]);
  expect(longer, committee.epoch, "input 0 has 3 parts, refreshes need 2");
  map.input_level = Level(2);
  expect(lower, committee.epoch, "input 0 has level 3");
  for (NttPoly& part : lower[0].parts) part.keep_limbs(2);
  expect(lower, committee.epoch, "needs 131 bits of modulus, level 2 has 99");
}

TEST_F(RefreshTest, ShareBytesRoundTripAndAreRefusedForAnotherPieceOrMap) {
  RefreshMap constants = map_of(3, {packed(3, kRefreshScale), replicated(1, kRefreshScale)});
  RefreshMap polynomials = map_of(1, {whole(0, kRefreshScale)});
  polynomials.extraction = RefreshMap::Extraction::kPolynomials;
  polynomials.output_level = Level(5);
  for (const bool is_constants : {true, false}) {
    const RefreshMap& map = is_constants ? constants : polynomials;
    const RefreshMap& other = is_constants ? polynomials : constants;
    const TestRefresh refresh(committee, sums(map.mask_log2.size()), map);
    const RefreshShare share = refresh.share(0);
    const PieceId piece = committee.seeds[0].piece;
    const Bytes bytes = encode_refresh_share(params, committee.epoch, piece, share);
    EXPECT_EQ(bytes.size(), refresh_share_bytes(params, map));
    EXPECT_EQ(decode_refresh_share(params, committee.epoch, piece, map, bytes).value_or_stop(), share);
    EXPECT_FALSE(decode_refresh_share(params, Epoch(2), piece, map, bytes).has_value());
    EXPECT_FALSE(decode_refresh_share(params, committee.epoch, committee.seeds[1].piece, map, bytes).has_value());
    EXPECT_FALSE(
        decode_refresh_share(params, committee.epoch, piece, map_of(9, {packed(9, kRefreshScale)}), bytes).has_value());
    EXPECT_FALSE(decode_refresh_share(params, committee.epoch, piece, other, bytes).has_value());
    Bytes not_canonical = bytes;
    std::fill_n(not_canonical.begin() + 48, 7, std::uint8_t{0xFF});
    EXPECT_FALSE(decode_refresh_share(params, committee.epoch, piece, map, not_canonical).has_value());
    const ByteView cut = ByteView(bytes).first(bytes.size() - 1);
    EXPECT_FALSE(decode_refresh_share(params, committee.epoch, piece, map, cut).has_value());
  }
}

TEST_F(RefreshTest, AMissingPieceLeavesNothingReadable) {
  const TestRefresh refresh(committee, sums(1), map_of(1, {replicated(0, kRefreshScale)}));
  RefreshShare sum;
  for (std::size_t i = 0; i < 2; ++i) add_share(params, refresh.map, sum, refresh.share(i));
  const auto slots = slots_of(finish_refresh(params, refresh.job(), sum)[0]);
  EXPECT_GT(std::abs(slots[0] - mean_of(0)), 1e3);
}

class LargeRefreshTest : public RefreshTest {
 protected:
  LargeRefreshTest() : RefreshTest(5, 3) {}
};

TEST_F(LargeRefreshTest, TenPiecesRefreshAsThreeDo) {
  const auto inputs = sums(2);
  const TestRefresh refresh(committee, inputs, map_of(2, {packed(2, kRefreshScale)}));
  EXPECT_TRUE(check_refresh(params, committee.epoch, 10, inputs, refresh.map).has_value());
  const auto refreshed = integers_of(refresh.refreshed()[0]);
  for (std::size_t j = 0; j < 2; ++j) {
    EXPECT_LE(std::abs(refreshed[j] - integers_of(inputs[j])[0]), 10 * 41);
  }
}

}  // namespace
}  // namespace mc::fhe
