// SPDX-License-Identifier: Apache-2.0
#include "query/plan/work.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "query/plan/explain.hpp"

namespace mc::query {
namespace {

/// Limbs of most values in a run: of `standard`, and of `train`, whose steps take two.
constexpr std::size_t kRunLevel = 5, kTwoPrimeRunLevel = 9;
/// What query/train does: see logistic.hpp and training_blocks.hpp. Key switches of one block in one iteration besides
/// those of the columns, polynomials that an iteration's step refreshes and in how many refreshes, and how many steps
/// of how many polynomials make the first inverse.
constexpr double kCurveSwitches = 14, kFoldSwitches = 5;
constexpr double kInverseOutputs = 7;
constexpr double kInverseSteps = 3;
constexpr double kFirstInverse = 6, kFirstInverseOutputs = 6;
/// What an iteration's step opens of small matrices, and what is opened once.
constexpr double kStepOpened = 3, kOpenedOnce = 7;
/// Polynomials of a block that are refreshed before the first iteration.
constexpr double kPrepared = 4;
/// Refreshes in which a hazard is divided, and how many more the first divisions take.
constexpr double kDivisionSteps = 8, kFirstDivisionSteps = 19;
/// Constants that come out of refreshes besides: of events, of the score's mean and of units.
constexpr double kCoxConstants = 9;
/// And how many more of them a growing Hessian takes, and in how many refreshes a step's length is found: of how many
/// polynomials each time, one that carries the step on among them, and once more to divide by the number of events.
constexpr double kCatchUp = 5, kLengthSteps = 3, kLengthOutputs = 5, kEventSteps = 14;
/// Refreshes that find the units of columns, once, and their polynomials.
constexpr double kUnitSteps = 21, kUnitPolynomials = 23;
/// Refreshes that tell Efron's tied events apart, once, their polynomials, and what they open.
constexpr double kTieSteps = 22, kTiePolynomials = 34, kTiesOpened = 32;
/// Blocks whose polynomials one refresh carries.
constexpr std::size_t kGroupBlocks = 4;
/// Columns of a block that one refresh carries.
constexpr double kGroupedColumns = 16;
/// Polynomials of computed columns that one refresh carries: query/compare.
constexpr std::size_t kColumnsTogether = 16;

void add_sums(const Plan& plan, const DataExtent& extent, PlanWork& work) {
  const PlanCost cost = cost_of(plan);
  const auto blocks = static_cast<double>(extent.blocks);
  work.loads += static_cast<double>(cost.features * extent.owner_blocks);
  work.products += static_cast<double>(cost.products_per_block) * blocks;
  work.switches +=
      static_cast<double>(cost.relinearisations_per_block) * blocks + static_cast<double>(cost.relinearisations_at_end);
}

void add_computed(const Plan& plan, const DataExtent& extent, PlanWork& work) {
  const std::size_t parts = extent.owners_apart ? extent.owner_blocks : extent.blocks;
  std::map<std::size_t, std::size_t> polynomials;  // per round
  for (const std::size_t round : rounds_of(plan.computed)) polynomials[round] += parts;
  for (const auto& [round, count] : polynomials) {
    work.steps += static_cast<double>((count + kColumnsTogether - 1) / kColumnsTogether);
  }
  for (const PlanComputed& column : plan.computed) {
    std::size_t features = column.sum.size();
    for (const PlanComputed::Product& product : column.products) features += product.left.size() + product.right.size();
    work.loads += static_cast<double>(features * extent.owner_blocks);
    work.products += static_cast<double>(column.products.size() * parts);
    work.switches += static_cast<double>(parts);
    work.refreshed += static_cast<double>(parts);
  }
}

void add_comparisons(const Plan& plan, const DataExtent& extent, PlanWork& work) {
  const auto blocks = static_cast<double>(extent.blocks);
  double steps = 0;
  for (const PlanComparison& one : plan.comparisons) {
    const auto stages = static_cast<double>(one.stages.size());
    const double others = one.is_proven() ? (one.window.empty() ? 0 : 1) : 2;  // loaded besides the value, multiplied
    work.loads += (static_cast<double>(one.compared().size()) + others) * static_cast<double>(extent.owner_blocks);
    work.switches += (2 * stages + others) * blocks;
    work.refreshed += static_cast<double>(refresh_count(one)) * blocks;
    steps = std::max(steps, static_cast<double>(refresh_count(one)));
  }
  work.steps += steps;
}

void add_training(const LogisticPlan& plan, const DataExtent& extent, PlanWork& work) {
  const auto blocks = static_cast<double>(extent.blocks), size = static_cast<double>(plan.size());
  // Columns go in pairs, except with Efron's ties; pair n meets the columns up to its own. A column of ones is alone
  // where the others are pairs.
  const bool is_odd = plan.size() % 2 == 1, ones_alone = plan.intercept && is_odd && !plan.efron;
  const double pairs = plan.efron ? size : static_cast<double>((plan.size() + 1) / 2), iterations = plan.iterations;
  const double of_pairs = ones_alone ? pairs * pairs : pairs * (pairs + 1) - (is_odd ? 1 : 0);
  const double sums = plan.efron ? size * (size + 1) / 2 : of_pairs;
  const double of_ones = (plan.intercept ? pairs : 0) + (ones_alone ? 1 : 0);  // sums without a key switch
  const double weighted = pairs - (ones_alone ? 1 : 0);
  const double of_curve = kCurveSwitches + (plan.is_cox() ? 0 : kFoldSwitches);
  const auto groups = static_cast<double>((extent.blocks + kGroupBlocks - 1) / kGroupBlocks);
  std::size_t alternatives = 0;
  for (const TrainingColumn& column : plan.unless) alternatives += column.size();
  const std::size_t factors =
      alternatives + plan.where.size() + plan.complete.size() + plan.weights.size() + plan.columns.size() + 2;
  work.loads += static_cast<double>(factors * extent.owner_blocks);
  work.products += iterations * blocks * (sums + 2 * pairs + size);
  work.switches +=
      iterations * (blocks * (of_curve + weighted) + sums + pairs - of_ones) + kFirstInverse * kInverseSteps;
  if (!plan.offset.empty()) {  // what the columns take of it, before the first step
    work.products += blocks * (pairs + 1);
    work.switches += blocks + pairs - (ones_alone ? 1 : 0);
    work.opened += pairs;
  }
  // The first iteration has no curve, and the last no step and no sums that are opened.
  const double rounds = plan.is_cox() ? 2 : 3, of_blocks = blocks * (kPrepared + (iterations - 1) * (rounds + 1));
  work.opened += (iterations - 1) * (sums + pairs) + of_blocks + (iterations - 2) * kStepOpened +
                 kFirstInverse * kInverseSteps + kOpenedOnce;
  work.refreshed +=
      of_blocks + (iterations - 2) * (kInverseOutputs + size) + size + kFirstInverse * kFirstInverseOutputs;
  work.steps += 2 * groups + (iterations - 1) * rounds * groups + (iterations - 2) * (kInverseSteps + 1) +
                kFirstInverse * kInverseSteps + 2;
  if (!plan.is_cox()) return;
  // Sums over those at risk and jumps of the hazard, per time and iteration; per column once more at the end.
  const auto times = static_cast<double>(plan.times());
  work.loads += times * static_cast<double>(extent.owner_blocks);
  work.products += times * blocks * (2 * iterations + size);
  work.switches += times * (iterations + size);
  // Sums one by one, the jumps as one ciphertext; what a division, a length and their like refresh, and the score's
  // mean.
  work.opened += times * (iterations + size) + iterations * (kDivisionSteps + kLengthSteps + 1) + sums + pairs;
  work.opened += 3 * blocks + kFirstDivisionSteps + kCatchUp * kInverseSteps + kEventSteps + kUnitSteps;
  work.refreshed += blocks + (times + kDivisionSteps + 1) * iterations + kFirstDivisionSteps + kCoxConstants;
  work.refreshed += kCatchUp * kFirstInverseOutputs + (iterations - 1) * kLengthOutputs + kEventSteps;
  work.steps += (kDivisionSteps + 2 + groups) * iterations + size + kCatchUp * kInverseSteps + kFirstDivisionSteps;
  work.steps += (iterations - 1) * kLengthSteps + kEventSteps;
  const auto columns = static_cast<double>(plan.columns.size());
  work.products += 4 * columns * blocks;
  work.switches += columns * (3 * blocks + 1);
  work.refreshed += kUnitPolynomials + columns * (blocks + 4);
  work.steps += kUnitSteps + blocks * std::ceil(columns / kGroupedColumns);
  if (!plan.efron) return;
  work.opened += kTiesOpened;
  work.refreshed += kTiePolynomials + iterations + columns;
  work.steps += kTieSteps;
}

/// query/parameters: every bit and every number refreshed, sixteen at a time, and a look at every bit, 128 at a time.
void add_parameters(const PlanParameters& parameters, PlanWork& work) {
  constexpr double kTogether = 16;
  constexpr double kLookedAtTogether = 128;
  const auto bits = static_cast<double>(parameters.bit_count());
  const double refreshed = bits + static_cast<double>(parameters.number_count());
  work.switches += bits;
  work.opened += 2 * bits;
  work.refreshed += refreshed + 1;
  work.steps += std::ceil(refreshed / kTogether) + std::ceil(bits / kLookedAtTogether);
}

}  // namespace

PlanWork work_of(const Plan& plan, const DataExtent& extent, std::uint32_t masked_level) {
  PlanWork work;
  const std::size_t run_level = training_flooding(plan.profile).statistical ? kTwoPrimeRunLevel : kRunLevel;
  work.level = plan.is_run() ? run_level : masked_level;
  add_computed(plan, extent, work);
  if (!plan.parameters.empty()) add_parameters(plan.parameters, work);
  if (!plan.comparisons.empty()) add_comparisons(plan, extent, work);
  if (plan.training) {
    add_training(*plan.training, extent, work);
  } else {
    add_sums(plan, extent, work);
  }
  return work;
}

}  // namespace mc::query
