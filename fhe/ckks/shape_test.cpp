// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/shape.hpp"

#include <gtest/gtest.h>

#include "fhe/ckks/encoder.hpp"
#include "fhe/ckks/encryptor.hpp"
#include "fhe/ckks/evaluator.hpp"
#include "fhe/ring/sampling.hpp"

namespace mc::fhe {
namespace {

KeyShape keys_with(const Params& params, std::initializer_list<std::int64_t> steps) {
  KeyShape keys{params.top_level(), params.ring().degree(), {}, true};
  for (const std::int64_t step : steps) keys.add_galois(galois_element_of_rotation(step, keys.degree));
  return keys;
}

/// Every kind of operand that operations meet, right or wrong, and an evaluator with a few keys.
class ShapeTest : public ::testing::Test {
 protected:
  ShapeTest() {
    const Ring& ring = params_->ring();
    keys_->add(make_relin_key(*params_, secret_, stream_)).value_or_stop();
    for (const std::int64_t step : {1, 3}) add_key(galois_element_of_rotation(step, ring.degree()));
    add_key(galois_element_of_conjugation(ring.degree()));
    for (const std::uint8_t parts : {0, 1, 2, 3, 4}) {
      for (const std::uint32_t level : {1, 2, 4}) {
        for (const Scale& scale : {Scale::power_of_two(40), Scale::of_top_primes(4, 2)}) {
          for (const Epoch epoch : {Epoch{}, Epoch(7)}) {
            Ciphertext ct{{}, scale, epoch};
            for (int i = 0; i < parts; ++i) ct.parts.push_back(sample_uniform(ring, {level, false}, stream_));
            operands_.push_back(std::move(ct));
          }
        }
      }
    }
  }
  void add_key(std::uint64_t element) {
    keys_->add(make_galois_key(*params_, secret_, element, stream_).value_or_stop()).value_or_stop();
  }
  Evaluator evaluator() const { return Evaluator(keys_); }

  /// Both refuse in the same words, or what is computed has the shape that was foreseen.
  void expect_same(const Result<Shape>& planned, const Result<Ciphertext>& computed, const std::string& what) {
    ASSERT_EQ(planned.has_value(), computed.has_value()) << what;
    if (planned.has_value()) {
      ++accepted_;
      EXPECT_EQ(*planned, shape_of(*computed)) << what;
      for (const NttPoly& part : computed->parts) EXPECT_EQ(part.basis().q_limbs, planned->level.value) << what;
    } else {
      ++refused_;
      EXPECT_EQ(planned.error().code, computed.error().code) << what;
      EXPECT_EQ(planned.error().message, computed.error().message) << what;
    }
  }
  static Result<Ciphertext> after(const Status& status, const Ciphertext& ct) {
    if (!status) return fail(status.error());
    return ct;
  }

  ParamsPtr params_ =
      Params::create(
          {.name = "shape", .log_n = LogN(4), .q_bits = {40, 40, 40, 40}, .p_bits = {45}, .insecure_for_tests = true})
          .value_or_stop();
  KeyStream stream_ = public_stream("shape test", {});
  SecretPoly secret_ = make_secret_key(*params_, stream_);
  std::shared_ptr<EvaluationKeys> keys_ = std::make_shared<EvaluationKeys>(params_);
  std::vector<Ciphertext> operands_;
  int accepted_ = 0, refused_ = 0;
};

TEST_F(ShapeTest, ForeseesEveryResultAndEveryErrorOfOperationsOnTwoCiphertexts) {
  const Evaluator evaluator = this->evaluator();
  for (const Ciphertext& a : operands_) {
    for (const Ciphertext& b : operands_) {
      const Shape left = shape_of(a), right = shape_of(b);
      Ciphertext total = a, rest = a;
      const Status added = evaluator.add_inplace(total, b), subtracted = evaluator.subtract_inplace(rest, b);
      expect_same(sum(left, right), after(added, total), "sum");
      expect_same(difference(left, right), after(subtracted, rest), "difference");
      expect_same(product(left, right), evaluator.multiply(a, b), "product");
      if (a.parts.empty()) continue;
      Ciphertext accumulator = a;
      const Status accumulated_status = evaluator.multiply_add(accumulator, b, b);
      const Result<Shape> square = product(right, right);
      expect_same(square ? accumulated(left, *square) : square, after(accumulated_status, accumulator), "accumulated");
    }
  }
  EXPECT_GT(accepted_, 100);
  EXPECT_GT(refused_, 1000);
}

TEST_F(ShapeTest, ForeseesEveryResultAndEveryErrorOfOperationsOnOneCiphertext) {
  const Evaluator evaluator = this->evaluator();
  const Evaluator keyless(params_, nullptr);
  for (const Ciphertext& a : operands_) {
    const Shape shape = shape_of(a);
    for (const std::uint32_t count : {0u, 1u, 2u, 4u, 0xffffffffu}) {
      Ciphertext divided = a, dropped_ct = a;
      const Status status = evaluator.rescale_inplace(divided, count);
      expect_same(rescaled(shape, count), after(status, divided), "rescaled");
      expect_same(relinearised(shape, keys_->shape(), count), evaluator.relinearise_rescale(a, count), "relinearised");
      expect_same(relinearised(shape, keyless.keys()->shape(), count), keyless.relinearise_rescale(a, count), "no key");
      const Status drop = evaluator.drop_to_level(dropped_ct, Level(count));
      expect_same(dropped(shape, Level(count)), after(drop, dropped_ct), "dropped");
    }
    for (const std::int64_t step : {0, 1, 2, 3, 8, -5, -7}) {
      expect_same(rotated(shape, step, keys_->shape()), evaluator.rotate(a, step), "rotated");
      const std::int64_t steps[] = {0, step, 1};
      expect_same(sum_of_rotated(shape, steps, keys_->shape()), evaluator.sum_of_rotations(a, steps), "sum of rotated");
      const auto each = evaluator.rotate_each(a, steps);
      const Result<Ciphertext> second = each ? Result<Ciphertext>((*each)[1]) : Result<Ciphertext>(fail(each.error()));
      expect_same(sum_of_rotated(shape, steps, keys_->shape()), second, "each rotated");
    }
    expect_same(sum_of_rotated(shape, {}, keys_->shape()), evaluator.sum_of_rotations(a, {}), "no rotation");
    expect_same(conjugated(shape, keys_->shape()), evaluator.conjugate(a), "conjugated");
    expect_same(conjugated(shape, keyless.keys()->shape()), keyless.conjugate(a), "no key");
  }
  EXPECT_GT(accepted_, 100);
  EXPECT_GT(refused_, 1000);
}

TEST_F(ShapeTest, ForeseesEveryResultAndEveryErrorOfOperationsWithAPlaintext) {
  const Evaluator evaluator = this->evaluator();
  const Encoder encoder(params_);
  for (const Ciphertext& a : operands_) {
    for (const std::uint32_t level : {1u, 2u, 4u}) {
      for (const std::int32_t log2 : {20, 40}) {
        const Plaintext plain = encoder.encode_constant(0.1, Level(level), Scale::power_of_two(log2)).value_or_stop();
        const Shape shape = shape_of(a);
        Ciphertext total = a, accumulator = a;
        const Status added = evaluator.add_plain_inplace(total, plain);
        expect_same(sum_with_plain(shape, shape_of(plain)), after(added, total), "sum");
        const Result<Shape> planned = product_with_plain(shape, shape_of(plain));
        expect_same(planned, evaluator.multiply_plain(a, plain), "product");
        if (a.parts.empty()) continue;
        const Status status = evaluator.multiply_plain_add(accumulator, a, plain);
        expect_same(planned ? accumulated(shape, *planned) : planned, after(status, accumulator), "accumulated");
      }
    }
  }
  EXPECT_GT(accepted_, 50);
  EXPECT_GT(refused_, 100);
}

TEST_F(ShapeTest, ACiphertextAboveItsKeysIsRefusedBeforeAnyRotation) {
  const Shape high{Level(5), Scale::power_of_two(40)};
  EXPECT_EQ(rotated(high, 1, keys_->shape()).error().message, "rotation by 1: level 5 and a key for level 4");
  EXPECT_TRUE(rotated(high, 0, keys_->shape()).has_value());
  EXPECT_EQ(rotated(high, 2, keys_->shape()).error().message, "there is no key for rotation by 2 (Galois element 25)");
  EXPECT_EQ(rotated({Level(2), {}, 2, Epoch(3)}, 1, keys_->shape()).error().message,
            "rotation by 1: a ciphertext under the key of epoch 3, the keys here are of epoch 0");
}

TEST(PlannedShape, ATreeOfFourFactorsIsGoneThroughWithoutACiphertext) {
  const ParamsPtr params = Params::named("standard").value_or_stop();
  const KeyShape keys = keys_with(*params, {});
  const Shape sealed = encrypted({params->top_level(), Scale::power_of_two(kSealScaleLog2)}, {});
  const PlainShape mask = factor_for(sealed, 2).value_or_stop();
  EXPECT_EQ(mask.scale, Scale::of_top_primes(8, 2));
  Shape shape = rescaled(product_with_plain(sealed, mask).value_or_stop(), 2).value_or_stop();
  EXPECT_EQ(shape.scale, sealed.scale);
  EXPECT_EQ(addend_for(shape), (PlainShape{Level(6), sealed.scale}));
  for (int depth = 0; depth < 2; ++depth) {
    shape = relinearised(product(shape, shape).value_or_stop(), keys, 2).value_or_stop();
  }
  EXPECT_EQ(shape.level.value, 2u);
  EXPECT_EQ(shape.parts, 2);
  const auto third = relinearised(product(shape, shape).value_or_stop(), keys, 2);
  EXPECT_EQ(third.error().message, "level 2 left, rescale needs 3");
  EXPECT_EQ(factor_for(shape, 2).error().message, "level 2 left, rescale needs 3");
}

TEST(PlannedShape, SquaresWhoseScaleNoScaleCanExpressAreRefusedInsteadOfStopping) {
  const ParamsPtr params = Params::named("train").value_or_stop();
  const KeyShape keys = keys_with(*params, {});
  Shape shape = encrypted({params->top_level(), Scale::power_of_two(45)}, {});
  int squares = 0;
  Result<Shape> next = shape;
  for (; next.has_value() && squares < 17; ++squares) {
    shape = *next;
    next = product(shape, shape);
    if (next.has_value()) next = relinearised(*next, keys, 1);
  }
  ASSERT_FALSE(next.has_value());
  EXPECT_EQ(next.error().code, Code::kLimit);
  EXPECT_EQ(next.error().message.substr(0, 51), "multiply: no scale can express the product of 2^115") << squares;
}

}  // namespace
}  // namespace mc::fhe
