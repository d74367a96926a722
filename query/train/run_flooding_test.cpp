// SPDX-License-Identifier: Apache-2.0
#include "query/train/run_flooding.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fhe/circuits/logistic_curve.hpp"
#include "fhe/ckks/encoder.hpp"
#include "fhe/ckks/noise.hpp"
#include "fhe/ckks/polynomial.hpp"
#include "fhe/ring/sampling.hpp"
#include "fhe/threshold/flooding.hpp"
#include "query/plan/training_plan.hpp"

namespace mc::query {
namespace {

using fhe::Estimate;
using fhe::MessageRange;

constexpr std::uint32_t kMostPieces = 35;  // of the largest committee

/// The circuits of query/train, followed on the messages and errors that they may meet at most: |x| <= 1 and the rest
/// as run_flooding.hpp says. Sealed columns are one ciphertext under many names, so that their errors add up (R15); so
/// are the products of which a group consists.
class Circuits {
 public:
  Circuits()
      : params_(fhe::Params::named("train").value_or_stop()),
        precision_(precision_of(*params_).value_or_stop()),
        noise_(params_, keys(*params_), {kMostPieces, true}) {
    const fhe::PlainShape seal{params_->top_level(), fhe::Scale::power_of_two(fhe::kSealScaleLog2)};
    sealed_ = noise_.encrypted(noise_.encoded(seal, MessageRange::of_max(1)));
  }

  static fhe::KeyShape keys(const fhe::Params& params) {
    fhe::KeyShape shape;
    shape.top_level = params.top_level();
    shape.degree = params.ring().degree();
    shape.relin = true;
    return shape;
  }

  /// log2 of the bound beside the scale, of the Euclidean norm of all coefficients: the root of the mean over the slots
  /// of their squares, real and imaginary part. Slots are products of two Gaussians at most, and the mean of so many
  /// squares is a random number too: as query/release/noise.cpp, 18 deviations of it.
  double log2_of(const Estimate& e) const {
    const auto slots = static_cast<double>(params_->slot_count());
    const double tail = std::sqrt(1 + 18 * std::sqrt(3 / slots) + 900 / slots);
    return std::log2(tail * noise_.rms(e)) + 0.5;
  }

  /// What a refresh encrypts: the fresh errors of all pieces, and what was there.
  Estimate fresh(fhe::Level level, const fhe::Scale& scale, double message, const Estimate* carried = nullptr) {
    Estimate e;
    e.shape = {level, scale, 2, {}};
    e.message = MessageRange::of_max(message);
    if (carried != nullptr) {
      e.terms = carried->terms;
      e.fixed_error = carried->fixed_error;
    }
    const fhe::PlainEstimate draw = noise_.encoded({level, scale}, MessageRange::of_max(0));
    fhe::ErrorTerm term = draw.terms.front();
    const double variance = kMostPieces * fhe::kErrorSigma * fhe::kErrorSigma;
    term.steady *= std::sqrt(variance / (2 * fhe::kRoundingVariance));
    e.terms.push_back(term);
    return e;
  }
  Estimate at(const Estimate& e, fhe::Level level) { return noise_.dropped(e, level).value_or_stop(); }
  /// relinearise_rescale.
  Estimate finished(const Estimate& e) { return noise_.relinearised(e, precision_.primes).value_or_stop(); }
  Estimate raw(const Estimate& a, const Estimate& b) {
    const fhe::Level level = std::min(a.shape.level, b.shape.level);
    return noise_.product(at(a, level), at(b, level)).value_or_stop();
  }
  Estimate product(const Estimate& a, const Estimate& b, double message) {
    return within(finished(raw(a, b)), message);
  }
  static Estimate within(Estimate e, double message) {
    e.message = MessageRange::of_max(message);
    return e;
  }
  /// The same integers, said to be of a scale that is 2^log2 times as large.
  static Estimate declared(Estimate e, int log2) {
    e.shape.scale = e.shape.scale * fhe::Scale::power_of_two(log2);
    for (fhe::ErrorTerm& term : e.terms) {
      term.steady = std::ldexp(term.steady, -log2);
      term.peak = std::ldexp(term.peak, -log2);
      term.rms = std::ldexp(term.rms, -log2);
    }
    e.fixed_error = std::ldexp(e.fixed_error, -log2);
    return e;
  }
  /// A column of up to two sealed features with factors that add up to 2, as ColumnLoader makes it, at this scale.
  Estimate loaded(const fhe::Scale& scale) {
    const fhe::Level top(precision_.loaded().value + precision_.load_primes);
    const fhe::Scale mask = scale * precision_.primes_at(top) / fhe::Scale::power_of_two(fhe::kSealScaleLog2);
    const Estimate wide = at(sealed_, top);
    const Estimate masked =
        noise_.product_with_plain(wide, noise_.encoded({top, mask}, MessageRange::of_max(2))).value_or_stop();
    return within(noise_.rescaled(masked, precision_.load_primes).value_or_stop(), 1);
  }
  Estimate column() { return loaded(precision_.scale()); }

  /// z / bound of 42 columns, of those who count.
  Estimate predictor() {
    const fhe::Level refreshed(precision_.loaded().value + 1);
    const fhe::Scale scale =
        fhe::Scale::power_of_two(precision_.scale_log2 + precision_.spare_log2 - fhe::LogisticCurve::kBoundLog2);
    const Estimate x = column();
    Estimate sum;
    for (std::size_t j = 0; j < kTrainingColumnsMax; ++j) {
      // One source in all columns: it is multiplied by the sum of their coefficients.
      const Estimate b = noise_.rescaled(fresh(refreshed, scale, j == 0 ? kCoefficientSumMax : 0), 1).value_or_stop();
      const Estimate term = raw(x, b);
      sum = j == 0 ? term : noise_.accumulated(sum, term).value_or_stop();
    }
    return product(within(declared(finished(sum), fhe::LogisticCurve::kBoundLog2), 1), cases(), 1);
  }
  /// A coefficient as the last refresh made it.
  Estimate coefficient() {
    const fhe::Level refreshed(precision_.loaded().value + 1);
    const fhe::Scale scale =
        fhe::Scale::power_of_two(precision_.scale_log2 + precision_.spare_log2 - fhe::LogisticCurve::kBoundLog2);
    return noise_.rescaled(fresh(refreshed, scale, kCoefficientSumMax), 1).value_or_stop();
  }
  /// y and v = 2 y^2 - 1 of a fresh u, |u| <= 1.
  std::pair<Estimate, Estimate> folded() {
    const Estimate u = fresh(precision_.top(), precision_.scale(), 1);
    const Estimate t = product(u, within(noise_.product_with_integer(finished(raw(u, u)), 2), 1.5), 0.5);
    const Estimate of_t = within(noise_.product_with_integer(finished(raw(t, t)), 4), 3);
    const fhe::Scale wanted = precision_.scale() * precision_.primes_at(of_t.shape.level) / of_t.shape.scale;
    const Estimate y = product(scaled(t, 1, wanted), of_t, 1);
    return {at(y, precision_.base), within(noise_.product_with_integer(finished(raw(y, y)), 2), 1)};
  }
  Estimate curve(const fhe::ChebyshevSeries& series, const fhe::Scale& output) {
    return foreseen(series, fresh(precision_.top(), precision_.scale(), 1), output);
  }

  Estimate foreseen(const fhe::ChebyshevSeries& series, const Estimate& x, const fhe::Scale& output) {
    const fhe::Program program =
        fhe::plan_polynomial(params_, series, x.shape.level, x.shape.scale, {precision_.primes, output})
            .value_or_stop();
    return program.foreseen(noise_, {&x, 1}).value_or_stop();
  }

  /// c: products of four factors, refreshed as they are, and 16 such groups multiplied; once more refreshed as it is.
  Estimate cases() {
    const Estimate x = loaded(precision_.primes_at(precision_.loaded()));
    const Estimate first = product(column(), x, 1),
                   other = product(x, loaded(precision_.primes_at(precision_.level(1))), 1);
    const Estimate four = at(product(first, other, 1), precision_.base);
    Estimate group = fresh(precision_.top(), precision_.scale(), 1, &four);
    for (int layer = 0; layer < 4; ++layer) group = product(group, group, 1);
    return fresh(precision_.top(), precision_.scale(), 1, &group);
  }
  /// Sums over one block: of w X x, r X, c e and r z, each slot; and of c / 4 o X with an offset o.
  std::vector<Estimate> sums() {
    const Estimate c = cases(), x = column();
    const Estimate u = fresh(precision_.top(), precision_.scale(), 1),
                   q = fresh(precision_.top(), precision_.scale(), 8);
    const Estimate e = fresh(precision_.top(), precision_.scale(), 1);
    const Estimate h = product(u, q, 0.5), ch = product(c, h, 0.5), chh = product(ch, h, 0.25);
    // The scales of w and r are brought together exactly by the constants that c is multiplied by.
    const Estimate quarter = scaled(at(c, precision_.level(3)), 0.25, chh.shape.scale);
    const Estimate w = within(noise_.difference(at(quarter, chh.shape.level), chh).value_or_stop(), 0.25);
    // Two columns as one complex number, w X and then w X x; sealed columns are one ciphertext: once plus i times
    // itself.
    const Estimate pair = paired(x);
    const Estimate wx = product(w, pair, 0.25 * std::sqrt(2.0));
    const Estimate wxx = finished(raw(wx, x));
    const Estimate y = loaded(ch.shape.scale * precision_.primes_at(precision_.loaded()) / c.shape.scale);
    const Estimate centred = product(y, c, 0.5);
    const Estimate r = within(noise_.difference(centred, at(ch, centred.shape.level)).value_or_stop(), 1);
    return {wxx, finished(raw(pair, r)), finished(raw(at(c, centred.shape.level), at(e, centred.shape.level))),
            finished(raw(r, at(u, r.shape.level))), finished(raw(pair, product(quarter, offset(), 0.25)))};
  }
  /// As coefficients stand, which meet columns.
  Estimate offset() {
    const fhe::Level refreshed(precision_.loaded().value + 1);
    return loaded(
        fhe::Scale::power_of_two(precision_.scale_log2 + precision_.spare_log2 - fhe::LogisticCurve::kBoundLog2) /
        fhe::Scale::of_top_primes(refreshed.value, 1));
  }
  /// e + i e: with the same errors as often as a sum of both, of sqrt(2) the size; said here by the noise of twice e.
  Estimate paired(const Estimate& e) { return within(noise_.product_with_integer(e, 2), std::sqrt(2.0)); }
  /// The product of two small matrices; slots of a factor are no more than the sum of its entries' magnitudes.
  Estimate matrix(std::size_t size) {
    const fhe::Level refreshed(precision_.loaded().value + 1);
    const fhe::Scale scale = fhe::Scale::power_of_two(precision_.matrix_log2 + precision_.spare_log2);
    const auto entries = static_cast<double>(size * size);
    const auto factor = [&](double largest) {
      return noise_.rescaled(fresh(refreshed, scale, entries * largest), 1).value_or_stop();
    };
    // k2 U + k3 U^2 of U = S H, whose entries stay below 2, of the steps of the first inverse, times U S, which is as
    // large as S; later steps multiply U by two fresh polynomials, S and S g. Factors of the map multiply no error.
    const Estimate left = factor(4 * 2 + 4), right = noise_.sum(factor(kInverseMax), factor(0)).value_or_stop();
    return finished(raw(left, right));
  }
  /// A sum over blocks that are one and the same.
  Estimate times(const Estimate& e, std::uint32_t blocks) { return noise_.product_with_integer(e, blocks); }
  /// Brought to the release's limbs.
  Estimate answered(const Estimate& e) {
    const fhe::Level level = precision_.answer;
    const int more =
        precision_.answer_log2 + precision_.spare_log2 - static_cast<int>(std::floor(e.shape.scale.bits(*params_)));
    Estimate raised = at(e, level);
    raised.shape.scale = raised.shape.scale * fhe::Scale::power_of_two(more);
    return noise_.rescaled(raised, 1).value_or_stop();
  }

  const Precision& precision() const { return precision_; }

 private:
  Estimate scaled(const Estimate& e, double factor, const fhe::Scale& wanted) {
    const fhe::Scale scale = wanted * precision_.primes_at(e.shape.level) / e.shape.scale;
    const Estimate times =
        noise_.product_with_plain(e, noise_.encoded_constant({e.shape.level, scale}, factor)).value_or_stop();
    return noise_.rescaled(times, precision_.primes).value_or_stop();
  }

  fhe::ParamsPtr params_;
  Precision precision_;
  fhe::NoiseEstimator noise_;
  Estimate sealed_;
};

RunFlooding flooding(std::size_t blocks = 1, std::size_t size = kTrainingColumnsMax) {
  return RunFlooding::create(precision_of(*fhe::Params::named("train").value_or_stop()).value_or_stop(), blocks, size)
      .value_or_stop();
}

void expect_bound(const char* what, double found, double bound) {
  std::printf("  %-12s noise at most 2^%.1f, said to be 2^%.0f\n", what, found, bound);
  EXPECT_LE(found, bound) << what;
  EXPECT_GE(found, bound - 4) << what << ": flooding more than is needed";
}

TEST(RunFlooding, IsAboveTheNoiseOfEverythingThatIsOpenedOnTheWay) {
  Circuits circuits;
  const RunFlooding bounds = flooding();
  const Estimate z = circuits.predictor();
  expect_bound("predictor", circuits.log2_of(z), bounds.noise_log2(Opened::kPredictor));
  const auto [y, v] = circuits.folded();
  expect_bound("folded", circuits.log2_of(y), bounds.noise_log2(Opened::kFolded));
  expect_bound("square", circuits.log2_of(v), bounds.noise_log2(Opened::kSquare));
  const fhe::LogisticCurve curve = fhe::logistic_curve();
  const fhe::Scale scale = circuits.precision().scale();
  expect_bound("curve", circuits.log2_of(circuits.curve(curve.q, scale)), bounds.noise_log2(Opened::kCurve));
  expect_bound("entropy", circuits.log2_of(circuits.curve(curve.e, scale)), bounds.noise_log2(Opened::kEntropy));
  const std::vector<Estimate> sums = circuits.sums();
  const double largest =
      std::max({circuits.log2_of(sums[0]), circuits.log2_of(sums[1]), circuits.log2_of(sums.back())});
  expect_bound("sums", largest, bounds.noise_log2(Opened::kSum));
  for (const std::size_t size : {1, 2, 10, 11, 30, 42}) {
    expect_bound("matrices", circuits.log2_of(circuits.matrix(size)), flooding(1, size).noise_log2(Opened::kMatrix));
  }
}

// Sums over blocks may be of one block under many names: noises add up.
TEST(RunFlooding, OfSumsGrowsWithTheBlocks) {
  EXPECT_EQ(flooding(2).noise_log2(Opened::kSum), flooding(1).noise_log2(Opened::kSum) + 1);
  EXPECT_EQ(flooding(33).noise_log2(Opened::kSum), flooding(1).noise_log2(Opened::kSum) + 6);
  const Precision train = precision_of(*fhe::Params::named("train").value_or_stop()).value_or_stop();
  EXPECT_EQ(RunFlooding::create(train, kFloodedBlocksMax + 1, 3).error().code, Code::kLimit);
}

TEST(RunFlooding, OfAnswersIsR15sOfTheirOwnLastStep) {
  Circuits circuits;
  const double above = fhe::flooding_log2(0).value_or_stop();
  // The scale is less than twice what floor(log2) says.
  const auto needed = [&](double noise) { return noise + 1 + above; };
  expect_bound("coefficient", needed(circuits.log2_of(circuits.answered(circuits.coefficient()))),
               training_flooding("train").coefficient);
  const std::vector<Estimate> sums = circuits.sums();
  const Estimate cases = circuits.cases();
  for (const std::uint32_t blocks : {1u, 2u, 3u, 16u, kFloodedBlocksMax}) {
    const TrainingFlooding answers = flooding(blocks).of_answers(training_flooding("train"));
    ASSERT_TRUE(answers.statistical);
    const auto of = [&](const Estimate& sum) {
      return needed(circuits.log2_of(circuits.answered(circuits.times(sum, blocks))));
    };
    std::printf("  %u blocks\n", blocks);
    expect_bound("information", of(sums[0]), answers.information);
    expect_bound("score", of(sums[1]), answers.score);
    expect_bound("entropy", of(sums[2]), answers.entropy);
    expect_bound("residual", of(sums[3]), answers.residual);
    expect_bound("cases", of(cases), answers.sum);
  }
}

TEST(RunFlooding, StandardHasNoneOnTheWay) {
  const Precision standard = precision_of(*fhe::Params::named("standard").value_or_stop()).value_or_stop();
  EXPECT_TRUE(RunFlooding::create(standard, 1000, 3).value_or_stop().is_none());
  EXPECT_FALSE(training_flooding("standard").statistical);
  EXPECT_FALSE(flooding().is_none());
}

}  // namespace
}  // namespace mc::query
