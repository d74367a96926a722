// SPDX-License-Identifier: Apache-2.0
#include "fhe/circuits/packed_columns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fhe/ckks/testing/bed.hpp"

namespace mc::fhe {
namespace {

using testing::Bed;
using testing::insecure_params;
using testing::Slots;

constexpr std::size_t kBlocks = 3;
constexpr Finish kPartialSums{.rescaled = 2, .in_every_slot = false};
constexpr Finish kEverySlot{.rescaled = 2, .in_every_slot = true};

template <class T>
std::string message_of(const Result<T>& result) {
  return result.has_value() ? "accepted" : result.error().message;
}

/// One prime a digit, and three.
class PackedColumnsTest : public ::testing::TestWithParam<std::vector<std::uint8_t>> {
 protected:
  static constexpr std::size_t kColumns = 3;

  ParamsPtr params_ = insecure_params(9, {50, 50, 46, 46, 46, 46}, GetParam());
  std::size_t size_ = params_->slot_count();
  Bed bed_{params_, Evaluator::sum_slots_steps(params_->slot_count())};
  const Evaluator& evaluator_ = bed_.evaluator;
  std::vector<std::vector<Slots>> x_;  // column, block
  std::vector<PackedColumn> columns_;

  void SetUp() override {
    for (std::size_t j = 0; j < kColumns; ++j) {
      x_.emplace_back();
      columns_.emplace_back();
      for (std::size_t k = 0; k < kBlocks; ++k) {
        x_[j].push_back(bed_.random_slots(10 * j + k));
        columns_[j].push_back(bed_.seal(x_[j][k]));
      }
    }
  }
  /// The sum over blocks of a product, slot by slot, and over everything.
  [[nodiscard]] double partial(std::size_t a, std::size_t b, std::size_t slot) const {
    double sum = 0;
    for (std::size_t k = 0; k < kBlocks; ++k) sum += x_[a][k][slot] * x_[b][k][slot];
    return sum;
  }
  [[nodiscard]] double total(std::size_t a, std::size_t b) const {
    double sum = 0;
    for (std::size_t j = 0; j < size_; ++j) sum += partial(a, b, j);
    return sum;
  }
  /// Blocks multiplied and added, then one relinearisation with its rescaling.
  [[nodiscard]] Ciphertext by_hand(std::size_t a, std::size_t b) const {
    Ciphertext sum;
    for (std::size_t k = 0; k < kBlocks; ++k) {
      evaluator_.multiply_add(sum, columns_[a][k], columns_[b][k]).value_or_stop();
    }
    return evaluator_.relinearise_rescale(sum, 2).value_or_stop();
  }
};
INSTANTIATE_TEST_SUITE_P(Digits, PackedColumnsTest,
                         ::testing::Values(std::vector<std::uint8_t>{50}, std::vector<std::uint8_t>{50, 50, 50}),
                         [](const auto& p) { return std::to_string(p.param.size()) + "_primes_a_digit"; });

TEST_P(PackedColumnsTest, AnInnerProductIsRelinearisedOnceForAllBlocks) {
  const Ciphertext product = inner_product(evaluator_, columns_[0], columns_[1], kPartialSums).value_or_stop();
  EXPECT_EQ(product, by_hand(0, 1));
  EXPECT_LT(bed_.error_bits(product, [&](std::size_t j) { return partial(0, 1, j); }), -49);
  // Relinearised block by block it would have other bits.
  Ciphertext in_turn;
  for (std::size_t k = 0; k < kBlocks; ++k) {
    const Ciphertext tensor = evaluator_.multiply(columns_[0][k], columns_[1][k]).value_or_stop();
    const Ciphertext block = evaluator_.relinearise_rescale(tensor, 2).value_or_stop();
    if (k == 0) {
      in_turn = block;
    } else {
      ASSERT_TRUE(evaluator_.add_inplace(in_turn, block).has_value());
    }
  }
  EXPECT_NE(product, in_turn);
}

TEST_P(PackedColumnsTest, ASumInEverySlotIsTheSumOverAllPersons) {
  const Ciphertext product = inner_product(evaluator_, columns_[0], columns_[1], kEverySlot).value_or_stop();
  EXPECT_EQ(product, evaluator_.sum_slots(by_hand(0, 1)).value_or_stop());
  EXPECT_LT(bed_.error_bits(product, [&](std::size_t) { return total(0, 1); }), -43);
}

TEST_P(PackedColumnsTest, CoefficientZeroOfPartialSumsIsTheirMean) {
  const Ciphertext product = inner_product(evaluator_, columns_[0], columns_[1], kPartialSums).value_or_stop();
  const Plaintext opened = decrypt(*params_, bed_.secret, product);
  const double mean =
      bed_.encoder.decode_mean(params_->ring().coefficient_zero(opened.poly), opened.scale).value_or_stop();
  EXPECT_NEAR(mean * static_cast<double>(size_), total(0, 1), 0x1p-45);
}

TEST_P(PackedColumnsTest, AnInnerProductWithAPlaintextVectorNeedsNoKey) {
  std::vector<Plaintext> vector;
  for (std::size_t k = 0; k < kBlocks; ++k) {
    vector.push_back(bed_.encoder.encode(x_[1][k], Level(6), Scale::of_top_primes(6, 2)).value_or_stop());
  }
  const Evaluator keyless(params_, nullptr);
  const Ciphertext product = inner_product(keyless, columns_[0], vector, kPartialSums).value_or_stop();
  EXPECT_EQ(product.scale, columns_[0][0].scale);
  EXPECT_EQ(product.level().value, 4u);
  EXPECT_LT(bed_.error_bits(product, [&](std::size_t j) { return partial(0, 1, j); }), -49);
  const Ciphertext sum = inner_product(evaluator_, columns_[0], vector, kEverySlot).value_or_stop();
  EXPECT_LT(bed_.error_bits(sum, [&](std::size_t) { return total(0, 1); }), -43);

  vector[2] = bed_.encoder.encode(x_[1][2], Level(5), Scale::of_top_primes(6, 2)).value_or_stop();
  EXPECT_EQ(message_of(inner_product(keyless, columns_[0], vector, kPartialSums)),
            "inner product: block 2: multiply by plaintext: the operands have levels 6 and 5");
  vector.pop_back();
  EXPECT_EQ(message_of(inner_product(keyless, columns_[0], vector, kPartialSums)),
            "inner product: the vector has 2 blocks, not 3");
}

TEST_P(PackedColumnsTest, AGramMatrixHasOneRelinearisationPerEntry) {
  const std::vector<Ciphertext> gram = gram_matrix(evaluator_, columns_, kPartialSums).value_or_stop();
  ASSERT_EQ(gram.size(), kColumns * (kColumns + 1) / 2);
  for (std::size_t i = 0; i < kColumns; ++i) {
    for (std::size_t j = 0; j < kColumns; ++j) {
      const Ciphertext& entry = gram[gram_index(i, j, kColumns)];
      EXPECT_EQ(entry, by_hand(std::min(i, j), std::max(i, j))) << i << " " << j;
      EXPECT_LT(bed_.error_bits(entry, [&](std::size_t s) { return partial(i, j, s); }), -49);
    }
  }
}

TEST_P(PackedColumnsTest, ATransposedProductIsOneInnerProductPerColumn) {
  const auto products = transposed_product(evaluator_, columns_, columns_[2], kEverySlot).value_or_stop();
  ASSERT_EQ(products.size(), kColumns);
  for (std::size_t j = 0; j < kColumns; ++j) {
    EXPECT_EQ(products[j], inner_product(evaluator_, columns_[j], columns_[2], kEverySlot).value_or_stop());
    EXPECT_LT(bed_.error_bits(products[j], [&](std::size_t) { return total(j, 2); }), -42) << j;
  }
}

TEST_P(PackedColumnsTest, IntegerWeightsCostNoLevel) {
  const std::vector<std::int64_t> weights{3, -5, 0};
  const PackedColumn sums = weighted_sum(Evaluator(params_, nullptr), columns_, weights).value_or_stop();
  ASSERT_EQ(sums.size(), kBlocks);
  for (std::size_t k = 0; k < kBlocks; ++k) {
    EXPECT_EQ(sums[k].level(), columns_[0][k].level());
    EXPECT_EQ(sums[k].scale, columns_[0][k].scale);
    EXPECT_LT(bed_.error_bits(sums[k], [&](std::size_t j) { return 3 * x_[0][k][j] - 5 * x_[1][k][j]; }), -47);
  }
}

TEST_P(PackedColumnsTest, RealWeightsKeepTheScale) {
  const std::vector<double> weights{0.75, -1.0 / 3, 0};
  const Evaluator keyless(params_, nullptr);
  const PackedColumn sums = weighted_sum(keyless, bed_.encoder, columns_, weights, 2).value_or_stop();
  ASSERT_EQ(sums.size(), kBlocks);
  for (std::size_t k = 0; k < kBlocks; ++k) {
    EXPECT_EQ(sums[k].level().value, 4u);
    EXPECT_EQ(sums[k].scale, columns_[0][k].scale);
    EXPECT_LT(bed_.error_bits(sums[k], [&](std::size_t j) { return 0.75 * x_[0][k][j] - x_[1][k][j] / 3; }), -50);
  }
  EXPECT_EQ(message_of(weighted_sum(keyless, bed_.encoder, columns_, weights, 6)),
            "weighted sum: level 6 left, rescale needs 7");
  const std::vector<double> large{1, 1e9, 1};
  EXPECT_EQ(message_of(weighted_sum(keyless, bed_.encoder, columns_, large, 2)),
            "weighted sum: column 1: encode: slot 0 is beyond 2^16 in magnitude");
  const Encoder other(insecure_params(9, {50, 50, 46, 46, 46, 45}, {50}));
  EXPECT_FALSE(weighted_sum(keyless, other, columns_, weights, 2).has_value());
}

TEST_P(PackedColumnsTest, EncryptedWeightsAreRelinearisedOncePerBlock) {
  const std::vector<double> w{0.5, -0.25, 0.875};
  std::vector<Ciphertext> weights;
  for (const double weight : w) weights.push_back(bed_.seal(Slots(size_, weight)));
  const PackedColumn sums = weighted_sum(evaluator_, columns_, weights, 2).value_or_stop();
  ASSERT_EQ(sums.size(), kBlocks);
  for (std::size_t k = 0; k < kBlocks; ++k) {
    Ciphertext tensor;
    for (std::size_t j = 0; j < kColumns; ++j) {
      evaluator_.multiply_add(tensor, columns_[j][k], weights[j]).value_or_stop();
    }
    EXPECT_EQ(sums[k], evaluator_.relinearise_rescale(tensor, 2).value_or_stop());
    const auto expected = [&](std::size_t s) { return w[0] * x_[0][k][s] + w[1] * x_[1][k][s] + w[2] * x_[2][k][s]; };
    EXPECT_LT(bed_.error_bits(sums[k], expected), -49);
  }
  ASSERT_TRUE(evaluator_.drop_to_level(weights[1], Level(5)).has_value());
  EXPECT_EQ(message_of(weighted_sum(evaluator_, columns_, weights, 2)),
            "weighted sum: weight 1: multiply: the operands have levels 6 and 5");
  weights.pop_back();
  EXPECT_EQ(message_of(weighted_sum(evaluator_, columns_, weights, 2)), "weighted sum: 2 weights for 3 columns");
}

TEST_P(PackedColumnsTest, TwoWorkersGiveTheBitsOfOne) {
  const Evaluator both(evaluator_.keys(), std::make_shared<Workers>(2));
  EXPECT_EQ(inner_product(both, columns_[0], columns_[1], kEverySlot).value_or_stop(),
            inner_product(evaluator_, columns_[0], columns_[1], kEverySlot).value_or_stop());
  EXPECT_EQ(gram_matrix(both, columns_, kPartialSums).value_or_stop(),
            gram_matrix(evaluator_, columns_, kPartialSums).value_or_stop());
}

TEST_P(PackedColumnsTest, ColumnsThatDoNotFitAreRefused) {
  const auto refused = [&](const PackedColumn& column) {
    return message_of(inner_product(evaluator_, columns_[0], column, kPartialSums));
  };
  PackedColumn shorter = columns_[1], ragged = columns_[1], lower = columns_[1], foreign = columns_[1];
  shorter.pop_back();
  EXPECT_EQ(refused(shorter), "inner product: column 1 has 2 blocks, not 3");
  EXPECT_EQ(refused({}), "inner product: column 1 has no block");
  ASSERT_TRUE(evaluator_.drop_to_level(ragged[2], Level(5)).has_value());
  EXPECT_EQ(refused(ragged), "inner product: column 1: block 2: add: the operands have levels 6 and 5");
  for (Ciphertext& block : lower) ASSERT_TRUE(evaluator_.drop_to_level(block, Level(5)).has_value());
  EXPECT_EQ(refused(lower), "inner product: column 1: multiply: the operands have levels 6 and 5");
  for (Ciphertext& block : foreign) block.epoch = Epoch(2);
  EXPECT_EQ(refused(foreign), "inner product: column 1: multiply: the operands are under keys of epochs 0 and 2");
  EXPECT_EQ(message_of(inner_product(evaluator_, foreign, foreign, kPartialSums)),
            "inner product: relinearise: a ciphertext under the key of epoch 2, the keys here are of epoch 0");
  ragged = columns_[1];
  ragged[1].epoch = Epoch(2);
  EXPECT_EQ(refused(ragged), "inner product: column 1: block 1: add: the operands are under keys of epochs 0 and 2");
  ragged = columns_[1];
  ragged[1].scale = Scale::power_of_two(91);
  EXPECT_EQ(refused(ragged), "inner product: column 1: block 1: add: the operands have scales 2^92 and 2^91");
  ragged[1] = evaluator_.multiply(columns_[0][1], columns_[1][1]).value_or_stop();
  EXPECT_EQ(refused(ragged), "inner product: column 1: block 1 has 3 parts, not 2");
}

TEST_P(PackedColumnsTest, EveryOperationChecksItsColumns) {
  std::vector<PackedColumn> columns = columns_;
  columns[2].pop_back();
  EXPECT_EQ(message_of(gram_matrix(evaluator_, columns, kPartialSums)), "Gram matrix: column 2 has 2 blocks, not 3");
  EXPECT_EQ(message_of(transposed_product(evaluator_, columns_, columns[2], kPartialSums)),
            "transposed product: the vector has 2 blocks, not 3");
  EXPECT_EQ(message_of(gram_matrix(evaluator_, {}, kPartialSums)), "Gram matrix: there is no column");
  const std::vector<std::int64_t> weights{1, 2, 3};
  EXPECT_EQ(message_of(weighted_sum(evaluator_, columns, weights)), "weighted sum: column 2 has 2 blocks, not 3");
  columns = columns_;
  for (Ciphertext& block : columns[1]) block.scale = Scale::power_of_two(91);
  EXPECT_EQ(message_of(weighted_sum(evaluator_, columns, weights)),
            "weighted sum: column 1: add: the operands have scales 2^92 and 2^91");
  EXPECT_TRUE(gram_matrix(evaluator_, columns, kPartialSums).has_value());  // products may differ in scale
}

TEST_P(PackedColumnsTest, ShapesAreKnownBeforehand) {
  const KeyShape& keys = evaluator_.keys()->shape();
  const Shape column = shape_of(columns_[0][0]);
  const Shape foreseen = finished(product(column, column).value_or_stop(), keys, kEverySlot).value_or_stop();
  const Ciphertext sum = inner_product(evaluator_, columns_[0], columns_[1], kEverySlot).value_or_stop();
  EXPECT_TRUE(foreseen == shape_of(sum));
}

TEST_P(PackedColumnsTest, LimbsAndKeysAreLookedForBeforehand) {
  EXPECT_EQ(message_of(inner_product(evaluator_, columns_[0], columns_[1], {.rescaled = 6})),
            "inner product: level 6 left, rescale needs 7");
  EXPECT_EQ(message_of(gram_matrix(Evaluator(params_, nullptr), columns_, kPartialSums)),
            "Gram matrix: relinearise: there is no relinearisation key here");
  const Bed without_rotations(params_);
  EXPECT_THAT(message_of(inner_product(without_rotations.evaluator, columns_[0], columns_[1], kEverySlot)),
              ::testing::StartsWith("inner product: there is no key for rotation by 1 (Galois element "));
}

}  // namespace
}  // namespace mc::fhe
