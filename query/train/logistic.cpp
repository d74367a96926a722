// SPDX-License-Identifier: Apache-2.0
#include "query/train/logistic.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/check.hpp"
#include "fhe/ckks/scaled_integer.hpp"
#include "query/execute/block_pass.hpp"
#include "query/execute/parallel.hpp"
#include "query/train/inverse_steps.hpp"
#include "query/train/packed_matrices.hpp"
#include "query/train/step_length.hpp"
#include "query/train/training_blocks.hpp"
#include "query/train/values.hpp"

namespace mc::query {
namespace {

/// The first inverse converges for eigenvalues from 2^-22 of the bound on the largest.
constexpr double kSmallestEigenvalue = 0x1p-22;
/// Logistic weights only shrink as z leaves 0. Those of Cox's model grow with the hazard of the few who have most of
/// it: from the first Hessian to the second and from that to the third, eigenvalues change by up to kGrowth upwards,
/// which is what exp(x'b) may grow by, and kShrinkage downwards.
constexpr std::array kGrowth{4096.0, 64.0};
constexpr double kShrinkage = 0.25;
/// What is added to the Hessian's diagonal before it is inverted, in the same unit: directions in which the columns do
/// not differ at all have an inverse, and a bound. Where Newton's method converges to does not depend on it. The less
/// it is, the narrower a column may lie within its declared range; but errors of the inverse grow with its square, and
/// at 2^-24 collinear columns of a few hundred persons made it diverge.
constexpr double kDamping = 0x1p-20;

/// Of Cox's model, how much of a step is taken where it moves x'b little. The first one is halved: it knows those with
/// a rare trait by their information at 0, and of a single one, who has the event as the k-th of n, x'b would move by
/// n / k, out of what exp(x'b) is computed for. Then steps are lengthened, once the inverse has caught up more: the
/// Hessian of a Poisson regression is above that of the partial likelihood, of strong effects two to three times as
/// large, so that whole steps leave up to two thirds of the distance.
constexpr double kFirstLength = 0.5, kEarlyLength = 1.3, kLaterLength = 1.6;
/// And how much of the step before is taken once more. With 4 / (1 + r)^2 and ((1 - r) / (1 + r))^2 for length and
/// momentum every part of the distance falls to (1 - r) / (1 + r) of itself an iteration, as long as the information is
/// r^2 to 1 times the Hessian: with these to 0.28 for 0.31 and more, and to 0.41 for 0.3.
///   source  Polyak, "Some methods of speeding up the convergence of iteration methods", 1964
constexpr double kMomentum = 0.08;
/// Encrypted iterations at the end, in which curvatures hardly change any more.
constexpr std::uint32_t kCubedIterations = 2;

/// 2^e, the least power of two that is no less than persons / slots: sums over persons are divided by it.
int normalisation_log2(std::uint64_t persons, std::size_t slot_count) {
  int e = 0;
  while (std::ldexp(static_cast<double>(slot_count), e) < static_cast<double>(persons)) ++e;
  while (std::ldexp(static_cast<double>(slot_count), e - 1) >= static_cast<double>(persons)) --e;
  return e;
}

std::uint64_t person_count(std::span<const OwnerSlots> owners) {
  std::uint64_t count = 0;
  for (const OwnerSlots& owner : owners) {
    count += static_cast<std::uint64_t>(std::ranges::count(owner.consent, 1));
  }
  return count;
}

/// beta, the inverse and its factors between two iterations.
class Newton {
 public:
  Newton(const LogisticPlan& plan, const Precision& precision, const RunFlooding& flooding, std::uint64_t persons,
         const Workbench& bench, Refresher& refresher)
      : size_(static_cast<std::uint32_t>(plan.size())),
        sum_layout_(sum_layout(plan)),
        bench_(bench),
        refresher_(refresher),
        matrices_(bench, precision, flooding, size_),
        log2_(normalisation_log2(persons, bench.params.slot_count())),
        flooding_log2_(coefficient_flooding_log2(persons)),
        offset_unit_(plan.offset_unit) {
    const double persons_unit = std::ldexp(static_cast<double>(bench.params.slot_count()), log2_);
    double largest = 0;
    for (const double penalty : plan.ridge) {
      ridge_.push_back(penalty / persons_unit);
      largest = std::max(largest, ridge_.back());
    }
    // Weights of persons are at most 1/4, of Cox's model their mean is at most 1. A constant column has it all.
    start_ = kFullest / ((plan.is_cox() ? 1.0 : 0.25) * size_ + largest);
    if (plan.is_cox()) length_.emplace(matrices_, refresher, persons_unit);
    damping_.assign(size_, kDamping / start_);
    for (std::size_t i = 0; i < ridge_.size(); ++i) damping_[i] += ridge_[i];
  }

  /// Hessian and gradient as one factor.
  Status take(PassSums sums) {
    MatrixRefresh refresh(matrices_);
    const auto of_hessian = static_cast<std::uint32_t>(sums.hessian.size());
    const double factor = std::ldexp(1.0, -log2_);
    const bool has_offset = !sums.offset.empty();
    std::vector<fhe::Ciphertext> all = std::move(sums.hessian);
    const auto of_offset = static_cast<std::uint32_t>(of_hessian + sums.gradient.size());
    std::ranges::move(sums.gradient, std::back_inserter(all));
    std::ranges::move(sums.offset, std::back_inserter(all));
    const auto scales = open(refresh, std::move(all));
    const MatrixRefresh::Matrix hessian{
        [this](std::uint32_t i, std::uint32_t j) { return sum_layout_.value(sum_layout_.hessian(i, j)); },
        scales.front()};
    const auto vector_from = [&](std::uint32_t first) {
      return MatrixRefresh::Matrix{[this, first](std::uint32_t i, std::uint32_t) {
                                     const SumLayout::Place place = sum_layout_.gradient(i);
                                     return sum_layout_.value({first + place.sum, place.part});
                                   },
                                   scales[first]};
    };
    const std::uint32_t beside = layout().vector_column();
    std::vector<MatrixRefresh::RightPart> parts{{hessian, size_, 0, factor},
                                                {vector_from(of_hessian), 1, beside, factor}};
    if (has_offset) parts.push_back({vector_from(of_offset), 1, beside, -offset_unit_ * factor});
    refresh.add_right(parts);
    // The sum of all weights of Cox's model is the number of events.
    const bool count_events = length_ && !length_->knows_events();
    if (count_events) refresh.add_constant(hessian, 0, factor);
    MC_TRY(std::vector<fhe::Ciphertext> outputs, refresh.run(refresher_));
    if (count_events) {
      MC_TRY_STATUS(length_->take_events(outputs.back()));
      outputs.pop_back();
    }
    normal_ = std::move(outputs.front());
    MC_TRY_STATUS(matrices_.add_diagonal(normal_, damping_));
    if (penalised_.parts.empty()) return {};
    return bench_.evaluator.subtract_inplace(normal_, penalised_);
  }

  /// The inverse of the Hessian from nothing.
  Status invert() { return improve(inverse_steps(kSmallestEigenvalue, 1)); }

  /// The inverse of a Hessian that may be `growth` times that of the inverse before.
  Status catch_up(double growth) { return improve(inverse_steps(kShrinkage / growth, growth)); }

  /// beta += inverse g, or a part of it, with the inverse as it is. `left` as of step(). With an offset that is least
  /// squares of 4 (y - 1/2) - offset on the columns, for the gradient is that: the iteration begins where what the
  /// columns can take of the offset is gone, however far from 0 it lies for everybody.
  Status first_step(std::uint32_t left) {
    MatrixProduct step;
    MC_TRY_STATUS(matrices_.multiply_add(step, inverse_left_, normal_));
    MC_TRY_STATUS(matrices_.finish(step));
    MatrixRefresh refresh(matrices_);
    return advance(refresh, {}, refresh.open_vector(step), left == 0);
  }

  /// A step for the inverse and one for beta, with the improved inverse: S p(HS) = p(SH) S and p(SH) S g, side by side.
  /// `left`: steps that follow under encryption; after the last one no inverse is wanted.
  Status step(std::uint32_t left) {
    const CubicStep& k = left < kCubedIterations ? kCubedStep : length_ ? kTameStep : kWideStep;
    const bool last = left == 0;
    MatrixProduct product;
    MC_TRY_STATUS(matrices_.multiply_add(product, inverse_left_, normal_));
    MC_TRY_STATUS(matrices_.finish(product));
    MatrixRefresh one(matrices_);
    const auto opened = one.open(product, size_ + 1);
    one.add_left(opened, k.k2);
    one.add_right_vector(opened.column(layout().vector_column()), 1);
    MC_TRY(std::vector<fhe::Ciphertext> outputs, one.run(refresher_));
    Take take{outputs};
    const LeftFactor u = take.left(layout().chunks());  // k2 S H
    RightFactor both = take.right();                    // S g, and S beside it
    if (!last) MC_TRY_STATUS(bench_.evaluator.add_inplace(both, inverse_right_));

    product.clear();
    MC_TRY_STATUS(matrices_.multiply_add(product, u, both));
    MC_TRY_STATUS(matrices_.finish(product));
    MatrixRefresh two(matrices_);
    if (last) {
      two.add_right_vector(two.open_vector(product), 1 / k.k2);
    } else {
      two.add_right(two.open(product, size_ + 1), size_ + 1, 1 / k.k2);
    }
    MC_TRY(outputs, two.run(refresher_));
    const RightFactor& next = outputs.front();  // S H times both

    product.clear();
    MC_TRY_STATUS(matrices_.multiply_add(product, u, next));
    MC_TRY_STATUS(matrices_.diagonal_times_add(product, k.k1, next));
    MC_TRY_STATUS(matrices_.diagonal_times_add(product, k.k0, both));
    if (!length_ && !beta_.parts.empty()) MC_TRY_STATUS(matrices_.diagonal_times_add(product, 1, beta_));
    MC_TRY_STATUS(matrices_.finish(product));
    MatrixRefresh refresh(matrices_);
    if (last) return advance(refresh, {}, refresh.open_vector(product), true);
    const auto improved = refresh.open(product, size_ + 1);
    return advance(refresh, improved, improved.column(layout().vector_column()), false);
  }

  /// Of Cox's model: what is added to sums over those at risk, so that they have inverses, takes a little of every
  /// jump, so that the intercept's score is not 0 and the slopes' hold a part of it. That part is subtracted: the
  /// intercept's score times the mean of each column, weighted as events are. Both are opened and come back as
  /// constants: a sum as it stands holds, beside its own coefficient, numbers as large as it, and a product adds them
  /// up times the noise. The gradient is at the answers' level afterwards.
  Status centre_score(PassSums& sums) {
    if (!length_) return {};
    MatrixRefresh refresh(matrices_);
    const auto groups = static_cast<std::uint32_t>(sums.gradient.size());
    std::vector<fhe::Ciphertext> opened{sums.gradient.front()};
    for (std::uint32_t n = 0; n < groups; ++n) opened.push_back(sums.hessian[sum_layout_.met_from(n)]);
    const auto scales = open(refresh, std::move(opened));
    const auto value = [this](std::uint32_t sum, std::uint32_t part) { return sum_layout_.value({sum, part}); };
    refresh.add_constant({value, scales.front()}, 0, std::ldexp(1.0, -log2_));
    for (std::uint32_t n = 0; n < groups; ++n) {
      if (sum_layout_.is_paired()) {
        refresh.add_paired_constant({value, scales.back()}, n + 1);
      } else {
        refresh.add_constant({value, scales.back()}, n + 1);
      }
    }
    MC_TRY(const std::vector<fhe::Ciphertext> outputs, refresh.run(refresher_));
    MC_TRY(fhe::Ciphertext lacking, length_->per_event(outputs.front()));
    // What is subtracted says at which scale the score is rounded.
    raise_scale(bench_.evaluator, lacking, 2 * matrices_.precision().constant_spare_log2);
    const SlotIterations slots(bench_, matrices_.precision(), refresher_);
    return parallel_for(groups, bench_.threads, [&](std::uint32_t, std::size_t n) -> Status {
      MC_TRY(const fhe::Ciphertext part, slots.product(outputs[n + 1], lacking));
      MC_TRY(fhe::Ciphertext centred, slots.scaled(sums.gradient[n], 1, part.scale));
      MC_TRY_STATUS(bench_.evaluator.subtract_inplace(centred, part));
      sums.gradient[n] = std::move(centred);
      return {};
    });
  }

  [[nodiscard]] const std::vector<fhe::Ciphertext>& coefficients() const { return coefficients_; }

 private:
  [[nodiscard]] const MatrixLayout& layout() const { return matrices_.layout(); }
  /// Sums over persons, paired or not.
  std::vector<fhe::Scale> open(MatrixRefresh& refresh, std::vector<fhe::Ciphertext> sums) const {
    return sum_layout_.is_paired() ? refresh.open_pairs(std::move(sums)) : refresh.open_sums(std::move(sums));
  }

  Status improve(std::span<const DoubleStep> steps) {
    for (const DoubleStep& step : steps) {
      MC_TRY(MatrixProduct inverse, improved(step));
      MatrixRefresh refresh(matrices_);
      const auto opened = refresh.open(inverse, size_);
      MC_TRY_STATUS(keep(refresh, opened, {}));
    }
    return {};
  }

  /// sum factor[k] U^k S with U = S H, finished.
  Result<MatrixProduct> improved(const DoubleStep& step) {
    const auto& k = step.factor;
    const bool from_nothing = inverse_left_.empty();
    MatrixProduct u;
    if (from_nothing) {
      MC_TRY_STATUS(matrices_.diagonal_times_add(u, start_, normal_));
    } else {
      MC_TRY_STATUS(matrices_.multiply_add(u, inverse_left_, normal_));
    }
    MC_TRY_STATUS(matrices_.finish(u));
    MatrixRefresh one(matrices_);
    const auto opened_u = one.open(u, size_);
    one.add_left(opened_u, 1);
    one.add_right(opened_u, size_, 1);
    MC_TRY(std::vector<fhe::Ciphertext> outputs, one.run(refresher_));
    Take take{outputs};
    const LeftFactor u_left = take.left(layout().chunks());
    const RightFactor u_right = take.right();

    MatrixProduct uu, us;
    MC_TRY_STATUS(matrices_.multiply_add(uu, u_left, u_right));
    MC_TRY_STATUS(matrices_.diagonal_times_add(uu, k[2] / k[3], u_right));
    if (from_nothing) {
      MC_TRY_STATUS(matrices_.diagonal_times_add(us, start_, u_right));
    } else {
      MC_TRY_STATUS(matrices_.multiply_add(us, u_left, inverse_right_));
    }
    MC_TRY_STATUS(matrices_.finish(uu));
    MC_TRY_STATUS(matrices_.finish(us));
    MatrixRefresh two(matrices_);
    const auto opened_uu = two.open(uu, size_);
    const auto opened_us = two.open(us, size_);
    two.add_left(opened_uu, k[3]);
    two.add_right(opened_us, size_, 1);
    MC_TRY(outputs, two.run(refresher_));
    take = Take{outputs};
    const LeftFactor tail = take.left(layout().chunks());
    const RightFactor us_right = take.right();

    MatrixProduct result;
    MC_TRY_STATUS(matrices_.multiply_add(result, tail, us_right));
    MC_TRY_STATUS(matrices_.diagonal_times_add(result, k[1], us_right));
    if (from_nothing) {
      MC_TRY(const RightFactor start, first_inverse());
      MC_TRY_STATUS(matrices_.diagonal_times_add(result, k[0], start));
    } else {
      MC_TRY_STATUS(matrices_.diagonal_times_add(result, k[0], inverse_right_));
    }
    MC_TRY_STATUS(matrices_.finish(result));
    return result;
  }

  /// The first inverse is a number on the diagonal: here as a right factor without a key.
  Result<RightFactor> first_inverse() const {
    RightFactor start = normal_;
    bench_.evaluator.multiply_integer_inplace(start, 0);
    const std::vector<double> values(size_, start_);
    MC_TRY_STATUS(matrices_.add_diagonal(start, values));
    return start;
  }

  /// Outputs of a refresh in the order in which they were asked for.
  struct Take {
    std::vector<fhe::Ciphertext>& outputs;
    std::size_t next = 0;
    Take(std::vector<fhe::Ciphertext>& from) : outputs(from) {}
    Take& operator=(const Take& other) {
      MC_CHECK(&outputs == &other.outputs);
      next = other.next;
      return *this;
    }
    RightFactor right() { return std::move(outputs[next++]); }
    LeftFactor left(std::uint32_t chunks) {
      LeftFactor factor;
      for (std::uint32_t i = 0; i < chunks; ++i) factor.push_back(right());
      return factor;
    }
  };

  void ask_coefficients(MatrixRefresh& refresh, const MatrixRefresh::Matrix& beta) {
    refresh.add_right_vector(beta, 1);
    if (!ridge_.empty()) refresh.add_right_scaled(beta, ridge_);
    if (length_) refresh.add_right_vector(beta, kMomentum);
    for (std::uint32_t row = 0; row < size_; ++row) refresh.add_constant(beta, row);
  }
  void take_coefficients(Take& take) {
    beta_ = take.right();
    if (!ridge_.empty()) penalised_ = take.right();
    if (length_) carried_before_ = std::exchange(carried_, take.right());
    coefficients_.clear();
    for (std::uint32_t row = 0; row < size_; ++row) coefficients_.push_back(take.right());
  }

  /// `moved`: beta with the step in it; of Cox's model the step alone, whose length has to be found. Of the last of
  /// them what is opened is flooded: score and information are then those at what is released.
  Status advance(MatrixRefresh& refresh, const std::optional<MatrixRefresh::Matrix>& inverse,
                 const MatrixRefresh::Matrix& moved, bool last) {
    if (!length_) {
      if (last) refresh.flood(flooding_log2_);
      return keep(refresh, inverse, moved);
    }
    ask_inverse(refresh, inverse);
    refresh.add_right_vector(moved, next_length());
    refresh.add_row(moved);
    MC_TRY(std::vector<fhe::Ciphertext> outputs, refresh.run(refresher_));
    Take take{outputs};
    take_inverse(take, inverse);
    const RightFactor whole = take.right(), row = take.right();
    MC_TRY(fhe::Ciphertext length, length_->of(row, normal_));
    MC_TRY(fhe::Ciphertext beta, rescaled_product(bench_.evaluator, whole, length, matrices_.precision()));
    const std::uint32_t level = beta.level().value;
    if (!beta_.parts.empty()) {
      MC_TRY_STATUS(bench_.evaluator.add_inplace(beta, restricted(beta_, level)));
      MC_TRY_STATUS(bench_.evaluator.add_inplace(beta, restricted(carried_, level)));
    }
    if (!carried_before_.parts.empty()) {
      MC_TRY_STATUS(bench_.evaluator.subtract_inplace(beta, restricted(carried_before_, level)));
    }
    MatrixRefresh of_beta(matrices_);
    const auto sum = of_beta.open_right(std::move(beta));
    if (last) of_beta.flood(flooding_log2_);
    return keep(of_beta, {}, sum);
  }

  double next_length() {
    if (steps_++ == 0) return kFirstLength;
    return steps_ <= kGrowth.size() + 1 ? kEarlyLength : kLaterLength;
  }

  void ask_inverse(MatrixRefresh& refresh, const std::optional<MatrixRefresh::Matrix>& inverse) {
    if (!inverse) return;
    refresh.add_left(*inverse, 1);
    refresh.add_right(*inverse, size_, 1);
  }
  void take_inverse(Take& take, const std::optional<MatrixRefresh::Matrix>& inverse) {
    if (!inverse) return;
    inverse_left_ = take.left(layout().chunks());
    inverse_right_ = take.right();
  }

  Status keep(MatrixRefresh& refresh, const std::optional<MatrixRefresh::Matrix>& inverse,
              const std::optional<MatrixRefresh::Matrix>& beta) {
    ask_inverse(refresh, inverse);
    if (beta) ask_coefficients(refresh, *beta);
    MC_TRY(std::vector<fhe::Ciphertext> outputs, refresh.run(refresher_));
    Take take{outputs};
    take_inverse(take, inverse);
    if (beta) take_coefficients(take);
    return {};
  }

  std::uint32_t size_;
  SumLayout sum_layout_;
  const Workbench& bench_;
  Refresher& refresher_;
  PackedMatrices matrices_;
  int log2_;
  int flooding_log2_;  // of the coefficients' last refresh
  double offset_unit_;
  double start_ = 1;                     // the first inverse, on the diagonal
  std::vector<double> ridge_, damping_;  // in units of the normalised Hessian; damping_ includes the ridge
  LeftFactor inverse_left_;
  RightFactor normal_;  // the Hessian, and the gradient as the vector beside it
  RightFactor inverse_right_, beta_, penalised_;
  std::vector<fhe::Ciphertext> coefficients_;
  std::optional<StepLength> length_;      // of Cox's model
  std::size_t steps_ = 0;                 // and how many have been taken
  RightFactor carried_, carried_before_;  // kMomentum times beta, and times the one before
};

/// Parts of sums and constants as coefficients 0, at the answers' level: X^(N/2) is i, so the imaginary part is the
/// real one of -i times the whole.
class PartsAtFront {
 public:
  PartsAtFront(const Workbench& bench, const Precision& precision)
      : ring_(bench.params.ring()),
        level_(precision.answer.value),
        minus_i_(monomial(bench.params, -static_cast<std::int64_t>(imaginary_place(bench.params)), level_)) {}

  /// The real (0) or the imaginary part (1).
  [[nodiscard]] fhe::Ciphertext of(const fhe::Ciphertext& ct, std::uint32_t part) const {
    fhe::Ciphertext result = restricted(ct, level_);
    if (part != 0) multiply_by_i(result, minus_i_, ring_);
    return result;
  }

 private:
  const fhe::Ring& ring_;
  std::uint32_t level_;
  fhe::NttPoly minus_i_;
};

class Answers {
 public:
  Answers(const Workbench& bench, const Precision& precision, std::vector<double> units, std::vector<int> floodings)
      : bench_(bench), precision_(precision), units_(std::move(units)), floodings_(std::move(floodings)) {}

  /// Coefficient 0.
  Status add(const fhe::Ciphertext& ct) { return put(restricted(ct, precision_.answer.value)); }
  /// The same, at the answers' level.
  Status put(fhe::Ciphertext answer) {
    if (precision_.answer_log2 != 0) MC_TRY_STATUS(fit(answer));
    const int scale_log2 = fhe::floor_log2(answer.scale, bench_.params);
    answers_.push_back({std::move(answer), units_[answers_.size()],
                        static_cast<std::uint32_t>(scale_log2 + floodings_[answers_.size()])});
    return {};
  }
  std::vector<TrainingAnswer> take() && { return std::move(answers_); }

 private:
  /// A message at the two-prime scale has no room in the release's limbs: less of the scale, by an integer and a prime.
  Status fit(fhe::Ciphertext& answer) const {
    const int more = precision_.answer_log2 + precision_.spare_log2 - fhe::floor_log2(answer.scale, bench_.params);
    raise_scale(bench_.evaluator, answer, std::max(more, 0));
    return bench_.evaluator.rescale_inplace(answer, 1);
  }

  const Workbench& bench_;
  const Precision precision_;
  std::vector<double> units_;
  std::vector<int> floodings_;
  std::vector<TrainingAnswer> answers_;
};

/// What is released of the last gradient.
Status add_score(const LogisticPlan& plan, const PassSums& sums, const PartsAtFront& parts, Answers& answers) {
  const SumLayout layout = sum_layout(plan);
  for (auto i = static_cast<std::uint32_t>(plan.size() - plan.released_size()); i < plan.size(); ++i) {
    const SumLayout::Place place = layout.gradient(i);
    MC_TRY_STATUS(answers.put(parts.of(sums.gradient[place.sum], place.part)));
  }
  return {};
}

/// What is released of the last Hessian.
Status add_information(const LogisticPlan& plan, const Precision& precision, const PassSums& sums,
                       const Workbench& bench, const PartsAtFront& parts, Answers& answers) {
  const auto size = static_cast<std::uint32_t>(plan.size());
  const SumLayout layout = sum_layout(plan);
  const auto first = static_cast<std::uint32_t>(plan.size() - plan.released_size());
  for (std::uint32_t i = first; i < size; ++i) {
    for (std::uint32_t j = i; j < size; ++j) {
      const SumLayout::Place place = layout.hessian(i, j);
      fhe::Ciphertext entry = parts.of(sums.hessian[place.sum], place.part);
      if (plan.is_cox()) {
        const fhe::Ciphertext& between = sums.between[triangle_index(i - first, j - first, size - first)];
        MC_TRY_STATUS(bench.evaluator.subtract_inplace(entry, restricted(between, precision.answer.value)));
      }
      MC_TRY_STATUS(answers.put(std::move(entry)));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<TrainingAnswer>> train_logistic(const LogisticPlan& plan, std::span<const OwnerSlots> owners,
                                                   const Vault& vault, const Workbench& bench, Refresher& refresher,
                                                   const ProgressFunction& progress) {
  MC_TRY_STATUS(check_owner_slots(owners));
  MC_TRY_STATUS(check_logistic_plan(plan));
  MC_TRY(Precision precision, precision_of(bench.params));
  // The fold needs log odds at the scale of a column: one above it would double with every product.
  if (!plan.is_cox()) precision.constant_spare_log2 = fhe::LogisticCurve::kBoundLog2;
  if (precision.flooded && plan.is_cox()) {
    return fail(Code::kUnsupported,
                "Cox's model is trained in the profile standard, not in " + bench.params.spec().name);
  }
  const std::size_t size = plan.size();
  if (size * size + size > bench.params.ring().degree()) {
    return fail(Code::kLimit, "a model with " + std::to_string(size) + " coefficients does not fit in polynomials of " +
                                  std::to_string(bench.params.ring().degree()) + " coefficients");
  }
  std::vector<std::uint32_t> numbers = blocks_with_consent(owners, bench.params.slot_count());
  if (numbers.empty()) {
    return fail(Code::kRefused, "nobody's record may be used for this purpose: there is nothing to compute on");
  }
  const std::uint64_t persons = person_count(owners);
  const ColumnLoader loader(owners, vault, bench, precision.load_primes, precision.loaded());
  MC_TRY(const RunFlooding flooding, RunFlooding::create(precision, numbers.size(), size));
  TrainingBlocks blocks(plan, precision, flooding, std::move(numbers), loader, bench, refresher,
                        normalisation_log2(persons, bench.params.slot_count()));
  Newton newton(plan, precision, flooding, persons, bench, refresher);
  const auto report = [&](std::size_t done) {
    if (progress) progress(done, plan.iterations + 1);
  };
  MC_TRY_STATUS(blocks.prepare());
  report(1);
  MC_TRY(PassSums first, blocks.first_pass());
  MC_TRY_STATUS(newton.take(std::move(first)));
  MC_TRY_STATUS(newton.invert());
  MC_TRY_STATUS(newton.first_step(plan.iterations - 2));
  report(2);
  for (std::uint32_t iteration = 2; iteration < plan.iterations; ++iteration) {
    MC_TRY(PassSums sums, blocks.pass(newton.coefficients(), false));
    MC_TRY_STATUS(newton.take(std::move(sums)));
    if (plan.is_cox() && iteration - 2 < kGrowth.size()) MC_TRY_STATUS(newton.catch_up(kGrowth[iteration - 2]));
    MC_TRY_STATUS(newton.step(plan.iterations - 1 - iteration));
    report(iteration + 1);
  }
  // The last step is for whoever reads score and information.
  MC_TRY(PassSums last, blocks.pass(newton.coefficients(), true));
  blocks.give_up_rows();  // hundreds of megabytes, before as many of answers
  MC_TRY_STATUS(newton.centre_score(last));
  report(plan.iterations + 1);
  Answers answers(bench, precision, training_units(plan, bench.params.slot_count()),
                  training_flooding_log2(plan, flooding.of_answers(training_flooding(bench.params.spec().name))));
  const PartsAtFront parts(bench, precision);
  for (std::size_t i = size - plan.released_size(); i < size; ++i) {
    MC_TRY_STATUS(answers.add(newton.coefficients()[i]));
  }
  MC_TRY_STATUS(add_score(plan, last, parts, answers));
  MC_TRY_STATUS(add_information(plan, precision, last, bench, parts, answers));
  if (plan.is_cox()) {
    for (const fhe::Ciphertext& factor : blocks.column_factors()) MC_TRY_STATUS(answers.add(factor));
  }
  // Hundreds of sums, which are a part of a gigabyte.
  last.hessian.clear();
  std::vector<const fhe::Ciphertext*> totals{&blocks.cases(), &blocks.asked()};
  if (plan.is_cox()) {
    totals.push_back(&blocks.centred());
    if (plan.efron) totals.push_back(&blocks.placed_events());
  } else {
    totals.insert(totals.end(), {&blocks.weight(), &blocks.centred(), &last.entropy, &last.residual});
  }
  for (const fhe::Ciphertext* total : totals) MC_TRY_STATUS(answers.add(*total));
  return std::move(answers).take();
}

}  // namespace mc::query
