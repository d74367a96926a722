// SPDX-License-Identifier: Apache-2.0
// The bound follows a plan node by node. Per node it keeps the root mean square of the noise over the slots (canonical
// embedding), as a fraction of the scale, and the largest message. Slots are where everything is simple: a sum adds, a
// product of a (message m1, noise e1) and b gives m1 e2 + m2 e1 + e1 e2 slot by slot, and coefficient 0, the only one
// that is opened, is the mean of the slots. A polynomial whose coefficients are independent with variance V has slots
// of mean square N V.
// Owners are taken to be honest, their values within [-1, 1] and errors as encryption makes them; owner_reach.hpp has
// what one who is not can make of it.
// Two kinds of slots are kept apart. Inside, where somebody consents, noise is carried along by messages of size 1;
// outside, messages are masked to zero and with them every noise they would multiply, so that only roundings remain.
// With a share f of the slots inside, |coefficient 0| <= f * rms(inside) + rms(outside): a small cohort in a large
// block needs little flooding.
#include "query/release/noise.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "data/packing/slots.hpp"
#include "fhe/ckks/encoder.hpp"
#include "fhe/ring/sampling.hpp"
#include "fhe/threshold/flooding.hpp"
#include "query/execute/execute.hpp"
#include "query/execute/mask_scale.hpp"
#include "query/parameters/forced_numbers.hpp"
#include "query/plan/accumulation.hpp"
#include "query/plan/limb_budget.hpp"
#include "query/plan/message_range.hpp"
#include "query/release/owner_reach.hpp"

namespace mc::query {
namespace {

// The mean square over k slots of a random polynomial is itself random. For a product of two random polynomials the
// slots are products g h of two Gaussians, and the mean of k squares has relative deviation sqrt(3 / k); the bound
// stands 18 deviations above its mean. For few slots a single large one decides: P(|g h| > 30) < 2^-43, hence 900 / k
// more.
double tail(double slots) {
  return std::sqrt(1 + 18 * std::sqrt(3 / slots) + 900 / slots);
}

/// Noise of a node, over the scale, as root mean squares: over the slots inside, and an upper bound for those outside.
struct Noise {
  double inside = 0;
  double outside = 0;
};

class NoiseBound {
 public:
  NoiseBound(const Plan& plan, const fhe::Params& params, const LimbBudget& budget, const NoiseSetting& setting)
      : plan_(plan),
        params_(params),
        budget_(budget),
        setting_(setting),
        degree_(static_cast<double>(params.ring().degree())),
        inside_tail_(tail(std::min(static_cast<double>(setting.fewest), degree_ / 2))),
        outside_tail_(tail(degree_ / 2)),
        ranges_(message_ranges(plan)) {}

  Result<std::vector<AnswerBound>> run() {
    // Scales of all depths: masked features have nearly the sealing scale, every product squares and divides.
    scales_.push_back(fhe::Scale::power_of_two(masked_scale_log2(budget_, setting_.blocks)));
    for (std::uint32_t depth = 0; depth < plan_.depth; ++depth) {
      const std::uint32_t level = budget_.masked_level(plan_.depth - depth);
      scales_.push_back(scales_.back() * scales_.back() / fhe::Scale::of_top_primes(level, budget_.product));
    }
    const std::vector<bool> is_late = after_comparisons(plan_);
    const auto compute = [&](bool late) {
      for (std::size_t i = 0; i < is_late.size(); ++i) {
        if (is_late[i] == late) made_[plan_.computed[i].handle] = computed(plan_.computed[i]);
      }
    };
    compute(false);
    for (const PlanComparison& comparison : plan_.comparisons) {
      MC_TRY(made_[comparison.handle], compared(comparison));
    }
    compute(true);
    noise_.resize(plan_.nodes.size());
    for (const NodeId id : factors_first(plan_)) noise_[id.value] = noise_of(plan_.node(id));
    std::vector<AnswerBound> bounds;
    for (const NodeId id : plan_.moments) bounds.push_back(answer(id));
    return bounds;
  }

 private:
  /// Root mean square over slots of a polynomial with independent coefficients of this variance.
  double slot_rms(double coefficient_variance, double tail_factor) const {
    return tail_factor * std::sqrt(degree_ * coefficient_variance);
  }

  /// e = u e_pk + e_0 + e_1 s: u ternary, e_pk a sum of C errors, s a sum of C ternaries (R24). And the encoder's
  /// rounding. Under the committee that the data were sealed under; then every move to another one.
  double fresh(double tail_factor) const {
    const double sealed_under = setting_.earlier.empty() ? setting_.pieces : setting_.earlier.front();
    double noise = slot_rms(encryption_variance(sealed_under), tail_factor) + rounded_slots();
    for (std::size_t i = 0; i < setting_.earlier.size(); ++i) {
      const double next = i + 1 < setting_.earlier.size() ? setting_.earlier[i + 1] : setting_.pieces;
      // One encryption under the new key per old piece: fhe/threshold/migration.hpp.
      const double key_variance = setting_.earlier[i] * encryption_variance(next);
      noise += slot_rms(switching_variance(params_.top_level().value, key_variance), tail_factor) +
               slot_rms(rounding_variance(next), tail_factor);
    }
    return noise;
  }

  double encryption_variance(double pieces) const {
    return fhe::kErrorSigma * fhe::kErrorSigma * (degree_ * pieces * 4 / 3 + 1);
  }

  /// Slots of a polynomial of rounding errors, each at most 1/2: worst case, because what is encoded is not random, and
  /// all of it may lie in few slots.
  double rounded_slots() const { return peak(std::sqrt(degree_) / 2); }

  /// Division by primes rounds c_0 and c_1: r_0 + r_1 s, coefficients uniform in [-1/2, 1/2] (twice for two primes, the
  /// first of them divided by the second).
  double rounding_variance(double pieces) const { return (1 + degree_ * pieces * 2 / 3) / 12 * (1 + 0x1p-40); }
  double rescaling(double tail_factor) const { return slot_rms(rounding_variance(setting_.pieces), tail_factor); }

  /// Key switching: sum over digits d_i e_i / P, d_i uniform within q_i / 2.
  double switching_variance(std::uint32_t level, double key_variance) const {
    double special = 1;
    for (const std::uint64_t p : params_.p()) special *= static_cast<double>(p);
    double variance = 0;
    for (std::uint32_t i = 0; i < level; ++i) {
      const double digit = static_cast<double>(params_.q()[i]) / special;
      variance += degree_ * digit * digit / 12 * key_variance;
    }
    return variance;
  }

  /// With the division's rounding. The error e_i of a collective key is s e + u e' + e'' + e''' with sums of C of
  /// everything (ePrint 2020/304, protocol 2).
  double relinearisation(std::uint32_t level, double tail_factor) const {
    const double c = setting_.pieces;
    const double key_variance = fhe::kErrorSigma * fhe::kErrorSigma * (degree_ * c * c * 4 / 3 + 2 * c);
    return slot_rms(switching_variance(level, key_variance), tail_factor) + rescaling(tail_factor);
  }

  double units_of(std::uint32_t depth) const { return std::exp2(scales_[depth].bits(params_)); }

  /// The rounding of masks that are encoded at this scale, in every slot: of every owner's, times her message (at most
  /// 1) and its noise.
  double mask_rounding(double mask_scale, double unmasked_peak) const {
    return setting_.owners_per_block * rounded_slots() / mask_scale * (1 + unmasked_peak);
  }

  /// A sealed feature, or one that has been computed, as the consent mask leaves it.
  Noise masked_feature(const Noise& from) const {
    // At each slot inside exactly one owner's mask is 1; the mask's own rounding, relative to the scale at which it is
    // encoded, acts on every slot of every owner's message (at most 1) and noise.
    const double rounding = mask_rounding(consent_mask_scale(), peak(from.outside));
    return {from.inside + rounding + rescaling(inside_tail_) / units_of(0),
            rounding + rescaling(outside_tail_) / units_of(0)};
  }

  double consent_mask_scale() const {
    const std::uint32_t level = budget_.masked_level(plan_.depth) + budget_.mask;
    return std::exp2(mask_scale(budget_, level, setting_.blocks).bits(params_));
  }

  /// A forced number: the fresh errors of a refresh, and a mask that is encoded below the two-prime scale.
  Noise masked_number() const {
    const double number_scale = std::exp2(kNumberScaleLog2);
    const double rounding =
        rounded_slots() / (consent_mask_scale() * seal_scale() / number_scale) * (1 + 4 * kParameterSlack);
    const double fresh_error =
        slot_rms(setting_.pieces * fhe::kErrorSigma * fhe::kErrorSigma, inside_tail_) / number_scale;
    return {fresh_error + rounding + rescaling(inside_tail_) / units_of(0),
            rounding + rescaling(outside_tail_) / units_of(0)};
  }

  /// The product of the `count` primes below `level`.
  double primes_product(std::uint32_t level, std::uint32_t count) const {
    return std::exp2(fhe::Scale::of_top_primes(level, count).bits(params_));
  }

  Noise sealed() const { return {fresh(inside_tail_) / seal_scale(), fresh(outside_tail_) / seal_scale()}; }
  static double seal_scale() { return std::exp2(fhe::kSealScaleLog2); }

  Noise noise_of_handle(const std::string& handle) const {
    const auto found = made_.find(handle);
    return found != made_.end() ? found->second : sealed();
  }

  // Comparisons, step by step as query/compare/sign_circuit.hpp has them. Levels: top, loaded (two primes below), where
  // factors of the second product of a stage stand too; both products are divided by two primes.
  static constexpr std::uint32_t kLimbs = 2;
  std::uint32_t top() const { return params_.top_level().value; }
  std::uint32_t loaded_level() const { return top() - kLimbs; }

  /// What ColumnLoader makes of a column.
  Noise loaded(const FeatureColumn& column, double scale, double times) const {
    // Masks are rounded at half their scale and doubled.
    const double mask_scale = scale * primes_product(top(), kLimbs) / seal_scale() / 2;
    Noise sum{rescaling(inside_tail_) / scale, rescaling(outside_tail_) / scale};
    for (const WeightedFeature& feature : column) {
      const Noise from = noise_of_handle(feature.handle);
      const double rounding = mask_rounding(mask_scale, peak(from.outside));
      sum.inside += std::abs(feature.factor) * times * from.inside + rounding;
      sum.outside += rounding;
    }
    return sum;
  }

  /// A product of two factors of level `level` at the scales a and b: division and key switch; one factor of the sum is
  /// rounded to an integer at the other's scale. Programs at the two-prime scale divide first, so that the key switch
  /// is as large as what is left, and the third part is rounded too, which goes with s^2; `exactly` they divide
  /// afterwards.
  double product_steps(std::uint32_t level, double a, double b, double tail_factor, bool exactly = false) const {
    const double result = a * b / primes_product(level, kLimbs);
    const double switched = exactly ? relinearisation(level, tail_factor) / (a * b)
                                    : (relinearisation(level - kLimbs, tail_factor) + third_part(tail_factor)) / result;
    return switched + rescaling(tail_factor) / result + 1 / std::min(a, b);
  }

  /// r_2 s^2 with coefficients of r_2 uniform in [-1/2, 1/2]. |s|^2 of a slot is exponential with mean 2 N C / 3.
  double third_part(double tail_factor) const {
    const double square = degree_ * setting_.pieces * 2 / 3;
    return slot_rms(2 * square * square / 12 * (1 + 0x1p-40), tail_factor);
  }

  /// A fresh error of every piece.
  double refreshed(double tail_factor) const {
    return slot_rms(setting_.pieces * fhe::kErrorSigma * fhe::kErrorSigma, tail_factor) / seal_scale();
  }

  /// What one stage and the refresh after it add where |y| <= 1; its result comes at `scale`.
  double stage(const CubicStage& stage, double scale, bool exactly) const {
    const double seal = seal_scale();
    const double square_scale = seal * seal / primes_product(top(), kLimbs);
    const double factor_scale = scale * primes_product(loaded_level(), kLimbs) / square_scale;
    const double square = product_steps(top(), seal, seal, inside_tail_, exactly);
    const double factor = rescaling(inside_tail_) / factor_scale + 1 / factor_scale;
    return stage.cubic * square + factor + peak(square) * factor +
           product_steps(loaded_level(), factor_scale, square_scale, inside_tail_, exactly) + refreshed(inside_tail_);
  }

  /// One layer of products, every factor at most 1, as query/compare/computed_columns has it, and the refresh.
  Noise computed(const PlanComputed& column) const {
    const double seal = seal_scale();
    const double left_scale = primes_product(loaded_level(), kLimbs);
    const auto steps = [&](double tail_factor) { return product_steps(loaded_level(), left_scale, seal, tail_factor); };
    Noise noise{refreshed(inside_tail_) + steps(inside_tail_), refreshed(outside_tail_) + steps(outside_tail_)};
    for (const PlanComputed::Product& product : column.products) {
      const Noise a = loaded(product.left, left_scale, 1);
      const Noise b = loaded(product.right, seal, 1);
      noise.inside += a.inside + b.inside + peak(a.inside) * b.inside + steps(inside_tail_);
      noise.outside += peak(a.outside) * b.outside + steps(outside_tail_);
    }
    if (column.sum.empty()) return noise;
    const Noise rest = loaded(column.sum, left_scale, 1);
    return {noise.inside + rest.inside, noise.outside + rest.outside};
  }

  bool is_computed(const std::string& handle) const {
    return std::ranges::any_of(plan_.computed, [&](const PlanComputed& column) { return column.handle == handle; });
  }

  /// What a score is off its grid because its coefficients are doubles, as part of its reach: no noise, but as near to
  /// a threshold. Four roundings of 2^-53 for each of the terms, whose magnitudes add up to one.
  static constexpr double kCoefficientRounding = 0x1p-48;

  /// What the first argument of a comparison is off by.
  double started(const PlanComparison& comparison) const {
    const double seal = seal_scale();
    const Noise value = loaded(comparison.compared(), seal, 1);
    if (comparison.is_proven()) {
      // Threshold and reach are doubles.
      return (value.inside + 0x1p-51) / comparison.reach + rescaling(inside_tail_) / (seal / 2) +
             refreshed(inside_tail_);
    }
    const double window_scale = primes_product(loaded_level(), kLimbs);
    const Noise wide = loaded(comparison.window, window_scale, 1 / comparison.reach);
    return 2 * wide.inside + value.inside / comparison.reach + peak(wide.inside) * value.inside +
           product_steps(loaded_level(), window_scale, seal, inside_tail_) / comparison.reach + refreshed(inside_tail_);
  }

  Result<Noise> compared(const PlanComparison& comparison) const {
    const double seal = seal_scale();
    const double window_scale = primes_product(loaded_level(), kLimbs);
    const double stage_scale = comparison.is_proven() ? seal / 2 : seal;
    double largest = 0;
    for (const CubicStage& one : comparison.stages)
      largest = std::max(largest, stage(one, stage_scale, comparison.is_proven()));
    const bool is_score = is_computed(comparison.value) || !comparison.score.empty();
    const double off_grid =
        is_score ? kCoefficientRounding * std::max(1.0, reach_of(comparison.score)) / comparison.reach : 0;
    if (peak(started(comparison)) + off_grid > comparison.gap * kGapPart || peak(largest) > comparison.stage_noise()) {
      return fail(Code::kLimit, "the noise of the comparison " + comparison.handle +
                                    " may be larger than what its stages were planned for");
    }
    // The last stage is flat where signs are, so that of earlier noise next to nothing is left.
    const double sign = stage(comparison.stages.back(), stage_scale, true) + kSignError;
    if (comparison.is_proven()) return proven_column(comparison, sign);
    const Noise window = loaded(comparison.window, window_scale, 0.5);
    const Noise above = comparison.above.empty() ? Noise{} : loaded(comparison.above, seal, 1);
    const auto finish = [&](double tail_factor) {
      return product_steps(loaded_level(), window_scale, seal, tail_factor, true) + refreshed(tail_factor);
    };
    return Noise{2 * window.inside + sign / 2 + peak(window.inside) * sign + above.inside + finish(inside_tail_),
                 2.1 * window.outside + above.outside + finish(outside_tail_)};
  }

  /// Of 0 or 1, off by as much as `sign` and in every slot, times who has a value.
  Noise proven_column(const PlanComparison& comparison, double sign) const {
    if (comparison.window.empty()) return {sign, sign};
    const double window_scale = primes_product(loaded_level(), kLimbs);
    const Noise window = loaded(comparison.window, window_scale, 1);
    const auto finish = [&](double tail_factor) {
      return product_steps(loaded_level(), window_scale, seal_scale(), tail_factor, true) + refreshed(tail_factor);
    };
    return {window.inside + sign + peak(window.inside) * sign + finish(inside_tail_),
            1.1 * window.outside + finish(outside_tail_)};
  }

  /// The largest slot of a polynomial with this root mean square over all slots, or over those inside.
  double peak(double rms) const { return rms * std::sqrt(degree_ / 2); }

  struct Factor {
    Noise noise;
    double message;
  };
  /// What goes with another one as its imaginary part has the noise and the reach of both.
  Factor factor(NodeId id) const {
    Factor of{noise_[id.value], ranges_[id.value].magnitude()};
    const NodeId other = accumulation_.beside[id.value];
    if (other == kNoNode) return of;
    of.noise.inside += noise_[other.value].inside;
    of.noise.outside += noise_[other.value].outside;
    of.message += ranges_[other.value].magnitude();
    return of;
  }

  Noise product(NodeId left, NodeId right) const {
    const auto [a, ma] = factor(left);
    const auto [b, mb] = factor(right);
    const std::uint32_t depth = std::max(plan_.node(left).depth, plan_.node(right).depth);
    const double raw_units = units_of(plan_.node(left).depth) * units_of(plan_.node(right).depth);
    const std::uint32_t level = budget_.masked_level(plan_.depth - depth);
    double divisor = 1;
    // A product that is an answer by itself runs at the lowest level: the same primes or earlier, larger ones.
    for (std::uint32_t i = 0; i < budget_.product; ++i) divisor *= static_cast<double>(params_.q()[level - 1 - i]);
    const auto steps = [&](double tail_factor) {
      return relinearisation(level, tail_factor) / raw_units + rescaling(tail_factor) * divisor / raw_units;
    };
    return {ma * b.inside + mb * a.inside + peak(a.inside) * b.inside + steps(inside_tail_),
            peak(a.outside) * b.outside + steps(outside_tail_)};
  }

  Noise noise_of(const Node& node) const {
    switch (node.kind) {
      case NodeKind::kFeature:
        if (plan_.parameters.find(node.handle) != nullptr) return masked_number();
        return masked_feature(noise_of_handle(node.handle));
      case NodeKind::kProduct:
        return product(node.left, node.right);
      case NodeKind::kAlign: {
        // Times 1, whose encoding is the floor of the scale: off by less than one unit.
        const Noise& from = noise_[node.left.value];
        const double units = units_of(plan_.node(node.left).depth);
        const double message = ranges_[node.left.value].magnitude() + peak(from.inside);
        return {from.inside + message / units + rescaling(inside_tail_) / units_of(node.depth),
                from.outside + peak(from.outside) / units + rescaling(outside_tail_) / units_of(node.depth)};
      }
      case NodeKind::kLinear:
        break;
    }
    Noise sum;
    for (const Term& term : node.terms) {
      const double weight = std::abs(static_cast<double>(term.coefficient));
      sum.inside += weight * noise_[term.node.value].inside;
      sum.outside += weight * noise_[term.node.value].outside;
    }
    return sum;
  }

  AnswerBound answer(NodeId id) const {
    AnswerBound bound;
    bound.scale = answer_scale(id);
    bound.scale_log2 = bound.scale.bits(params_);
    bound.level = fhe::Level(budget_.release);
    const double blocks = setting_.blocks;
    // The same ciphertext may stand in every block under another name: noises add, they do not average.
    const Noise& noise = noise_[id.value];
    bound.noise_log2 = std::log2(blocks * (setting_.share * noise.inside + noise.outside)) + bound.scale_log2;
    bound.message_max = blocks * ranges_[id.value].magnitude();
    return bound;
  }

  fhe::Scale answer_scale(NodeId id) const {
    const Node& node = plan_.node(id);
    if (node.kind != NodeKind::kProduct || !is_standalone_product(id)) return scales_[node.depth];
    return scales_[plan_.node(node.left).depth] * scales_[plan_.node(node.right).depth] /
           fhe::Scale::of_top_primes(budget_.release + budget_.product, budget_.product);
  }

  bool is_standalone_product(NodeId id) const {
    return accumulation_.standalone[id.value] && !accumulation_.inner[id.value];
  }

  const Plan& plan_;
  const fhe::Params& params_;
  const LimbBudget& budget_;
  const NoiseSetting& setting_;
  double degree_;
  double inside_tail_;   // for the slots of the block with the fewest inside
  double outside_tail_;  // for all slots of a block
  std::vector<Interval> ranges_;
  Accumulation accumulation_ = accumulation_of(plan_);
  std::vector<fhe::Scale> scales_;
  std::vector<Noise> noise_;           // per node
  std::map<std::string, Noise> made_;  // of columns that are computed, by handle
};

}  // namespace

NoiseSetting noise_setting(std::uint32_t pieces, std::span<const OwnerSlots> owners, std::size_t slot_count) {
  NoiseSetting setting;
  setting.pieces = pieces;
  std::map<std::uint32_t, std::uint32_t> owners_of_block;
  std::map<std::uint32_t, std::uint64_t> inside_of_block;
  std::uint64_t inside = 0;
  for (const OwnerSlots& owner : owners) {
    for (const data::BlockPart& part : data::blocks_of(owner.range, slot_count)) {
      setting.owners_per_block = std::max(setting.owners_per_block, ++owners_of_block[part.block]);
      const auto first = owner.consent.begin() + static_cast<std::ptrdiff_t>(part.first_row);
      const auto count = static_cast<std::uint64_t>(
          std::count(first, first + static_cast<std::ptrdiff_t>(part.row_count), std::uint8_t{1}));
      if (count > 0) inside_of_block[part.block] += count;
      inside += count;
    }
  }
  setting.blocks = static_cast<std::uint32_t>(inside_of_block.size());
  if (setting.blocks == 0) return setting;
  setting.share = static_cast<double>(inside) / (static_cast<double>(setting.blocks) * static_cast<double>(slot_count));
  for (const auto& [block, count] : inside_of_block) setting.fewest = std::min<std::uint64_t>(setting.fewest, count);
  return setting;
}

Result<std::vector<AnswerBound>> answer_bounds(const Plan& plan, const fhe::Params& params,
                                               const NoiseSetting& setting) {
  if (setting.pieces == 0 || setting.blocks == 0 || setting.owners_per_block == 0 || setting.fewest == 0) {
    return fail(Code::kInvalidArgument, "a noise bound needs at least one piece, one block and one owner");
  }
  MC_TRY(const LimbBudget budget, limb_budget(plan.profile));
  if (params.spec().name != plan.profile || params.top_level().value != budget.limbs ||
      plan.depth > budget.depth_max()) {
    return fail(Code::kInvalidArgument,
                "the plan is for profile " + plan.profile + ", the keys are for " + params.spec().name);
  }
  double modulus_bits = 0;
  for (std::uint32_t i = 0; i < budget.release; ++i) modulus_bits += std::log2(static_cast<double>(params.q()[i]));
  MC_TRY(std::vector<AnswerBound> bounds, NoiseBound(plan, params, budget, setting).run());
  const std::vector<double> carried = owner_reach_log2(plan, params, setting);
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    bounds[i].owner_log2 = carried[i] + bounds[i].scale_log2;
    const double bits = std::log2(std::max(bounds[i].message_max, 1.0)) + bounds[i].scale_log2;
    if (bits + kReleaseHeadroomBits > modulus_bits) {
      return fail(Code::kLimit, "sum S" + std::to_string(i) + " over " + std::to_string(setting.blocks) +
                                    " blocks does not fit the release modulus");
    }
  }
  return bounds;
}

std::uint32_t flooded_noise_log2(const AnswerBound& bound) {
  static const double above_noise = fhe::flooding_log2(0).value_or_stop();
  const double counted = std::max(bound.noise_log2, bound.owner_log2 + kOwnerMarginLog2 - above_noise);
  return static_cast<std::uint32_t>(std::ceil(std::max(0.0, counted)));
}

Result<std::uint32_t> flooding_log2_for(const AnswerBound& bound) {
  return fhe::flooding_log2(flooded_noise_log2(bound));
}

double sum_error_bound(const AnswerBound& bound, std::uint32_t sigma_log2, std::uint32_t pieces,
                       std::size_t slot_count) {
  return sum_error_within(bound, sigma_log2, pieces, slot_count, kFloodingTail);
}

double sum_error_within(const AnswerBound& bound, std::uint32_t sigma_log2, std::uint32_t pieces,
                        std::size_t slot_count, double deviations) {
  const double flooding = deviations * std::sqrt(static_cast<double>(pieces)) * std::exp2(sigma_log2);
  return (std::exp2(bound.noise_log2) + flooding) * static_cast<double>(slot_count) / std::exp2(bound.scale_log2);
}

}  // namespace mc::query
