// SPDX-License-Identifier: Apache-2.0
// Foreseen and measured errors of random computations. Errors are measured against the same computation on the same
// slots in long double; the one-prime scale keeps them above the last place of the doubles that decoding gives.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <random>

#include "fhe/ckks/testing/measured_error.hpp"

namespace mc::fhe {
namespace {

using testing::Bed;
using testing::estimator_of;
using testing::Exact;
using testing::exactly;
using testing::insecure_params;
using testing::kSteps;
using testing::measured_bits;
using testing::numbered_bed;
using testing::range_of;
using testing::Slots;

/// A ciphertext, what it should hold, and what was foreseen of it.
struct Value {
  Ciphertext ct;
  Exact exact;
  Estimate estimate;
  std::uint64_t origins = 0;  // the encryptions that it comes from, one bit each
};

/// Bits between measured errors and their bounds.
struct Slack {
  double least = 1e9, most = -1e9, sum = 0;
  int count = 0;
  void add(double bits) {
    least = std::min(least, bits);
    most = std::max(most, bits);
    sum += bits;
    ++count;
  }
};

/// Where messages are near their bound in a good share of the slots, or anywhere; and whether whoever foresees knows
/// them or only how large they are. None of those known is above six times the root mean square: of a few slots that
/// are far above all others, the largest error of one try is anything.
enum class Messages { kLevel, kAny, kAnyKnown };

/// Odds at which the bound is tight.
constexpr double kTightOddsLog2 = 18;

/// Random operations on random messages; every intermediate ciphertext is opened and compared.
class RandomCircuit {
 public:
  RandomCircuit(Bed& bed, Messages messages, std::uint64_t seed, Slack& tight, Slack& safe)
      : bed_(bed), messages_(messages), estimator_(estimator_of(bed)), random_(seed), tight_(tight), safe_(safe) {}

  void run(int operations) {
    for (int i = 0; i < 3; ++i) seal();
    for (int i = 0; i < operations; ++i) {
      step();
      if (::testing::Test::HasFatalFailure()) return;
    }
  }

 private:
  std::size_t below(std::size_t n) { return random_() % n; }
  double uniform() { return static_cast<double>(random_() >> 11) / 0x1p53; }

  Slots message() {
    Slots slots(bed_.params->slot_count());
    const std::size_t kind = below(5);
    const double size = std::ldexp(1 + uniform(), static_cast<int>(below(3)) - 2);
    for (double& x : slots) {
      const double sign = below(2) == 0 ? 1 : -1;
      switch (kind) {
        case 0:
          x = sign * size * (0.75 + uniform() / 4);
          break;
        case 1:
          x = sign * size;
          break;
        case 2:
          x = below(3) == 0 ? 0 : size;
          break;
        case 3:
          x = size * (0.75 + uniform() / 4);
          break;
        default:
          x = sign * size * uniform();
          break;
      }
    }
    return slots;
  }

  Scale seal_scale() const { return Scale::of_top_primes(bed_.params->top_level().value, 1); }

  void seal() {
    const Slots slots = message();
    const PlainShape shape{bed_.params->top_level(), seal_scale()};
    const Plaintext plain = bed_.encoder.encode(slots, shape.level, shape.scale).value_or_stop();
    Value value{encrypt(*bed_.params, bed_.key, plain, bed_.stream).value_or_stop(), exactly(slots), {}};
    value.estimate = estimator_.encrypted(estimator_.encoded(shape, known(value.exact)));
    value.origins = std::uint64_t{1} << (seals_++ % 64);
    keep("encryption", std::move(value));
  }

  MessageRange known(const Exact& slots) const {
    return messages_ == Messages::kAnyKnown ? MessageRange::of_slots({slots.begin(), slots.end()}) : range_of(slots);
  }

  void check(const std::string& what, Value& value) {
    ASSERT_EQ(value.estimate.shape, shape_of(value.ct)) << what;
    const MessageRange range = range_of(value.exact);
    EXPECT_LE(range.max, value.estimate.message.max * (1 + 1e-9)) << what;
    EXPECT_LE(range.rms, value.estimate.message.rms * (1 + 1e-9)) << what;
    value.estimate.message = known(value.exact);  // a planner knows its data; what is tried here is the noise
    const double measured = measured_bits(bed_, value.ct, value.exact);
    const double bound = estimator_.bound_bits(value.estimate, kTightOddsLog2);
    const double uneven = messages_ == Messages::kAny ? estimator_.unevenness_bits(value.estimate) : 0;
    EXPECT_LE(measured, bound) << what;
    EXPECT_LE(bound, measured + 3 + uneven) << what;
    EXPECT_LE(estimator_.bound_bits(value.estimate), measured + 4.5 + uneven) << what;
    tight_.add(bound - measured);
    safe_.add(estimator_.bound_bits(value.estimate) - measured);
  }

  void keep(const std::string& what, Value value) {
    check(what, value);
    pool_.push_back(std::move(value));
    if (pool_.size() > 6) pool_.erase(pool_.begin() + static_cast<std::ptrdiff_t>(below(3)));
  }

  /// Numbers stay below 8, and within a quarter of what the lowest level holds.
  bool has_room(const Exact& exact, const Shape& shape) const {
    double modulus = 0;
    for (std::uint32_t i = 0; i < shape.level.value; ++i) modulus += std::log2(bed_.params->q()[i]);
    const MessageRange range = range_of(exact);
    const double max = range.max, rms = range.rms;
    if (messages_ == Messages::kLevel && max > 1.5 * rms) return false;
    if (messages_ == Messages::kAnyKnown && max > 6 * rms) return false;
    return max < 8 && max > 0x1p-8 && std::log2(max) + shape.scale.bits(*bed_.params) < modulus - 2;
  }

  template <class F>
  Exact combine(const Value& a, const Value& b, F f) const {
    Exact result(a.exact.size());
    for (std::size_t j = 0; j < result.size(); ++j) result[j] = f(a.exact[j], b.exact[j]);
    return result;
  }
  static Exact turned(const Exact& slots, std::int64_t steps) {
    const auto count = static_cast<std::int64_t>(slots.size());
    Exact result(slots.size());
    for (std::int64_t j = 0; j < count; ++j) result[j] = slots[((j + steps) % count + count) % count];
    return result;
  }

  void step() {
    const Value a = pool_[below(pool_.size())];
    switch (below(10)) {
      case 0:
        return seal();
      case 1:
      case 2:
        return add_another(a);
      case 3:
        return add_plain(a);
      case 4:
        return multiply_plain(a);
      case 5:
      case 6:
        return multiply(a);
      case 7:
        return rotate(a);
      case 8:
        return sum_rotations(a);
      default:
        return small_steps(a);
    }
  }

  void add_another(const Value& a) {
    for (const Value& b : pool_) {
      if (b.estimate.shape != a.estimate.shape || below(2) == 0 || (a.origins & b.origins) != 0) continue;
      const bool minus = below(2) == 0;
      const Exact exact = combine(a, b, [&](long double x, long double y) { return minus ? x - y : x + y; });
      if (!has_room(exact, a.estimate.shape)) continue;
      Value value{a.ct, exact, {}, a.origins | b.origins};
      const Status status =
          minus ? bed_.evaluator.subtract_inplace(value.ct, b.ct) : bed_.evaluator.add_inplace(value.ct, b.ct);
      ASSERT_TRUE(status.has_value());
      value.estimate = (minus ? estimator_.difference(a.estimate, b.estimate) : estimator_.sum(a.estimate, b.estimate))
                           .value_or_stop();
      value.origins = a.origins | b.origins;
      return keep(minus ? "difference" : "sum", std::move(value));
    }
  }

  void add_plain(const Value& a) {
    const Slots slots = message();
    const PlainShape shape = addend_for(a.estimate.shape);
    Value value{a.ct, a.exact, {}};
    for (std::size_t j = 0; j < slots.size(); ++j) value.exact[j] += slots[j];
    if (!has_room(value.exact, a.estimate.shape)) return;
    const auto plain = bed_.encoder.encode(slots, shape.level, shape.scale);
    if (!plain) return;  // scales with negative exponents
    ASSERT_TRUE(bed_.evaluator.add_plain_inplace(value.ct, *plain).has_value());
    const PlainEstimate planned = estimator_.encoded(shape, known(exactly(slots)));
    value.estimate = estimator_.sum_with_plain(a.estimate, planned).value_or_stop();
    value.origins = a.origins;
    keep("sum with plaintext", std::move(value));
  }

  void multiply_plain(const Value& a) {
    const auto shape = factor_for(a.estimate.shape, 1);
    if (!shape) return;
    const bool constant = below(3) == 0;
    const Slots slots = constant ? Slots(bed_.params->slot_count(), 2 * uniform() - 1) : message();
    Value value{{}, a.exact, {}};
    for (std::size_t j = 0; j < slots.size(); ++j) value.exact[j] *= slots[j];
    if (!has_room(value.exact, a.estimate.shape)) return;
    const Plaintext plain = (constant ? bed_.encoder.encode_constant(slots[0], shape->level, shape->scale)
                                      : bed_.encoder.encode(slots, shape->level, shape->scale))
                                .value_or_stop();
    value.ct = bed_.evaluator.multiply_plain(a.ct, plain).value_or_stop();
    value.estimate = estimator_
                         .product_with_plain(a.estimate, constant ? estimator_.encoded_constant(*shape, slots[0])
                                                                  : estimator_.encoded(*shape, known(exactly(slots))))
                         .value_or_stop();
    ASSERT_TRUE(bed_.evaluator.rescale_inplace(value.ct, 1).has_value());
    value.estimate = estimator_.rescaled(value.estimate, 1).value_or_stop();
    value.origins = a.origins;
    keep(constant ? "product with constant" : "product with plaintext", std::move(value));
  }

  void multiply(Value a) {
    // A square, or values that have nothing in common: where the same step is taken twice with the same ciphertext, it
    // is foreseen as two errors and is one.
    Value b = a;
    if (below(3) != 0) b = pool_[below(pool_.size())];
    if ((a.origins & b.origins) != 0 && a.ct != b.ct) return;
    const Level level = std::min(a.ct.level(), b.ct.level());
    if (level.value < 2) return;
    for (Value* x : {&a, &b}) {
      ASSERT_TRUE(bed_.evaluator.drop_to_level(x->ct, level).has_value());
      x->estimate = estimator_.dropped(x->estimate, level).value_or_stop();
    }
    Value value{bed_.evaluator.multiply(a.ct, b.ct).value_or_stop(),
                combine(a, b, [](long double x, long double y) { return x * y; }),
                estimator_.product(a.estimate, b.estimate).value_or_stop()};
    if (!has_room(value.exact, rescaled(value.estimate.shape, 1).value_or_stop())) return;
    value.origins = a.origins | b.origins;
    check("product", value);
    const auto relinearise = [&](std::uint32_t count) {
      value.ct = bed_.evaluator.relinearise_rescale(value.ct, count).value_or_stop();
      value.estimate = estimator_.relinearised(value.estimate, count).value_or_stop();
      check("relinearised product", value);
    };
    const std::size_t way = below(3);
    if (way == 0) relinearise(1);
    if (way == 1) relinearise(0);
    if (way != 0) {
      ASSERT_TRUE(bed_.evaluator.rescale_inplace(value.ct, 1).has_value());
      value.estimate = estimator_.rescaled(value.estimate, 1).value_or_stop();
      check("rescaled product", value);
    }
    if (way == 2) relinearise(0);
    keep("finished product", std::move(value));
  }

  void rotate(const Value& a) {
    const std::int64_t step = kSteps[below(std::size(kSteps))];
    keep("rotation", {bed_.evaluator.rotate(a.ct, step).value_or_stop(), turned(a.exact, step),
                      estimator_.rotated(a.estimate, step).value_or_stop(), a.origins});
  }

  void sum_rotations(const Value& a) {
    std::vector<std::int64_t> steps = {0};
    for (std::size_t i = below(4); i < 4; ++i) steps.push_back(kSteps[below(std::size(kSteps))]);
    Exact exact(a.exact.size());
    for (const std::int64_t step : steps) {
      const Exact one = turned(a.exact, step);
      for (std::size_t j = 0; j < exact.size(); ++j) exact[j] += one[j];
    }
    if (!has_room(exact, a.estimate.shape)) return;
    keep("sum of rotations", {bed_.evaluator.sum_of_rotations(a.ct, steps).value_or_stop(), exact,
                              estimator_.sum_of_rotated(a.estimate, steps).value_or_stop(), a.origins});
  }

  void small_steps(const Value& a) {
    Value value = a;
    if (below(2) == 0) {
      value.ct = bed_.evaluator.conjugate(a.ct).value_or_stop();
      value.estimate = estimator_.conjugated(a.estimate).value_or_stop();
      return keep("conjugate", std::move(value));
    }
    const std::int64_t factor = static_cast<std::int64_t>(below(7)) - 3;
    for (long double& x : value.exact) x *= static_cast<long double>(factor);
    if (!has_room(value.exact, a.estimate.shape)) return;
    bed_.evaluator.multiply_integer_inplace(value.ct, factor);
    value.estimate = estimator_.product_with_integer(a.estimate, factor);
    keep("product with integer", std::move(value));
  }

  Bed& bed_;
  Messages messages_;
  NoiseEstimator estimator_;
  std::mt19937_64 random_;
  Slack& tight_;
  Slack& safe_;
  std::vector<Value> pool_;
  int seals_ = 0;
};

void run_circuits(const ParamsPtr& params, Messages messages, std::uint64_t first_seed, int circuits, int operations) {
  Slack tight, safe;
  for (int i = 0; i < circuits; ++i) {
    const std::uint64_t seed = first_seed + static_cast<std::uint64_t>(i);
    SCOPED_TRACE("seed " + std::to_string(seed));
    Bed bed = numbered_bed(params, seed);
    RandomCircuit(bed, messages, seed, tight, safe).run(operations);
  }
  std::printf(
      "N = %zu, seeds from %llu: %d ciphertexts; bound above measured error: 2^-18 %.2f to %.2f bits, mean %.2f; "
      "2^-40 %.2f to %.2f bits, mean %.2f\n",
      params->ring().degree(), static_cast<unsigned long long>(first_seed), tight.count, tight.least, tight.most,
      tight.sum / tight.count, safe.least, safe.most, safe.sum / safe.count);
  EXPECT_GT(tight.count, 10 * circuits);
}

TEST(Noise, IsBoundedWithinThreeBitsInEveryCiphertextOfRandomCircuits) {
  run_circuits(insecure_params(11, {50, 46, 46, 46, 46, 46}, {50}), Messages::kLevel, 100, 6, 60);
  run_circuits(insecure_params(12, {50, 40, 40, 40, 40, 40, 40}, {45}), Messages::kLevel, 200, 6, 60);
  run_circuits(insecure_params(13, {50, 44, 44, 44, 44}, {48, 48}), Messages::kLevel, 300, 6, 60);
  run_circuits(insecure_params(14, {50, 46, 46, 46, 46}, {50, 50}), Messages::kLevel, 400, 2, 60);
}

TEST(Noise, IsBoundedWithinThreeBitsAndWhatIsUnknownOfMessagesOfAnyKind) {
  run_circuits(insecure_params(11, {50, 46, 46, 46, 46, 46}, {50}), Messages::kAny, 500, 6, 60);
  run_circuits(insecure_params(12, {50, 40, 40, 40, 40, 40, 40}, {45}), Messages::kAny, 600, 6, 60);
  run_circuits(insecure_params(13, {50, 44, 44, 44, 44}, {48, 48}), Messages::kAny, 700, 6, 60);
}

TEST(Noise, IsBoundedWithinThreeBitsWhereMessagesOfAnyKindAreKnown) {
  run_circuits(insecure_params(12, {50, 40, 40, 40, 40, 40, 40}, {45}), Messages::kAnyKnown, 912, 12, 60);
  run_circuits(insecure_params(13, {50, 44, 44, 44, 44}, {48, 48}), Messages::kAnyKnown, 1000, 8, 60);
  run_circuits(insecure_params(14, {50, 46, 46, 46, 46}, {50, 50}), Messages::kAnyKnown, 1100, 2, 60);
}

TEST(Noise, IsBoundedWithinThreeBitsForTheStandardSet) {
  run_circuits(Params::named("standard").value_or_stop(), Messages::kLevel, 800, 1, 60);
}

}  // namespace
}  // namespace mc::fhe
