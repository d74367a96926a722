// SPDX-License-Identifier: Apache-2.0
#include "query/compare/sign_circuit.hpp"

#include <array>
#include <cmath>

namespace mc::query {
namespace {

using fhe::Program;
using fhe::Register;
using fhe::Scale;

constexpr std::uint32_t kProductLimbs = 2;    // of a product at the two-prime scale
constexpr std::uint32_t kRefreshedLimbs = 4;  // R14: scale, message and mask of 80 bits
constexpr double kSignBound = 1.25;           // of a sign on its way, with all its noise

Result<Program> plan_start(const fhe::ParamsPtr& params, const SignLevels& levels, const Scale& window_scale,
                           const PlanComparison& comparison) {
  Program program(params);
  if (comparison.is_proven()) {
    MC_TRY(const Register value, program.add_input({levels.loaded, refreshed_scale(), 1}));
    MC_TRY([[maybe_unused]] const Register y, program.add_sum({.terms = {{value, 1 / comparison.reach}},
                                                               .constant = -comparison.middle / comparison.reach,
                                                               .level = levels.loaded,
                                                               .scale = window_scale * halved_scale(),
                                                               .rescale_count = kProductLimbs,
                                                               .bound = kSignBound}));
    return program;
  }
  MC_TRY(const Register window, program.add_input({levels.loaded, window_scale, 1 / comparison.reach}));
  MC_TRY(const Register value, program.add_input({levels.loaded, refreshed_scale(), 1}));
  MC_TRY([[maybe_unused]] const Register y, program.add_sum({.products = {{window, value}},
                                                             .terms = {{window, -comparison.middle}},
                                                             .level = levels.loaded,
                                                             .scale = window_scale * refreshed_scale(),
                                                             .rescale_count = kProductLimbs,
                                                             .bound = kSignBound}));
  return program;
}

/// (-cubic y) (y^2) + linear y. The factor -cubic is a step of its own beside the square, so that it is encoded at the
/// two-prime scale.
Result<Program> plan_stage(const fhe::ParamsPtr& params, const SignLevels& levels, const CubicStage& stage,
                           const Scale& result_scale, double constant, bool exactly) {
  Program program(params);
  const fhe::Level square_level(levels.top.value - kProductLimbs);
  const Scale top_primes = Scale::of_top_primes(levels.top.value, kProductLimbs);
  const Scale next_primes = Scale::of_top_primes(square_level.value, kProductLimbs);
  const Scale square_scale = refreshed_scale() * refreshed_scale() / top_primes;
  const Scale factor_scale = result_scale * next_primes / square_scale;
  MC_TRY(const Register y, program.add_input({levels.top, refreshed_scale(), kSignBound}));
  MC_TRY(const Register square, program.add_sum({.products = {{y, y}},
                                                 .level = levels.top,
                                                 .scale = square_scale * top_primes,
                                                 .rescale_count = kProductLimbs,
                                                 .exactly = exactly}));
  MC_TRY(const Register factor, program.add_sum({.terms = {{y, -stage.cubic}},
                                                 .level = levels.top,
                                                 .scale = factor_scale * top_primes,
                                                 .rescale_count = kProductLimbs}));
  MC_TRY([[maybe_unused]] const Register result, program.add_sum({.products = {{factor, square}},
                                                                  .terms = {{y, stage.linear}},
                                                                  .constant = constant,
                                                                  .level = square_level,
                                                                  .scale = factor_scale * square_scale,
                                                                  .rescale_count = kProductLimbs,
                                                                  .exactly = exactly,
                                                                  .bound = kSignBound}));
  return program;
}

Result<Program> plan_finish(const fhe::ParamsPtr& params, const SignLevels& levels, const Scale& window_scale,
                            const PlanComparison& comparison) {
  Program program(params);
  MC_TRY(const Register window, program.add_input({levels.loaded, window_scale, comparison.is_proven() ? 1 : 0.5}));
  MC_TRY(const Register sign, program.add_input({levels.top, refreshed_scale(), kSignBound}));
  std::vector<fhe::PlannedSum::Term> terms;
  if (!comparison.is_proven()) terms.push_back({window, 1});
  if (!comparison.above.empty()) {
    MC_TRY(const Register above, program.add_input({levels.loaded, refreshed_scale(), 1}));
    terms.push_back({above, 1});
  }
  MC_TRY([[maybe_unused]] const Register result, program.add_sum({.products = {{window, sign}},
                                                                  .terms = std::move(terms),
                                                                  .level = levels.loaded,
                                                                  .scale = window_scale * refreshed_scale(),
                                                                  .rescale_count = kProductLimbs,
                                                                  .exactly = true,
                                                                  .bound = kSignBound}));
  return program;
}

}  // namespace

Result<SignLevels> SignLevels::of(const fhe::Params& params) {
  const std::uint32_t top = params.top_level().value;
  if (top < kRefreshedLimbs + 2 * kProductLimbs) {
    return fail(Code::kUnsupported, "a comparison needs a chain of " +
                                        std::to_string(kRefreshedLimbs + 2 * kProductLimbs) +
                                        " primes, the profile has " + std::to_string(top));
  }
  return SignLevels{fhe::Level(top), loaded_level(params, kLoadToTwoPrimes)};
}

Result<SignCircuit> SignCircuit::plan(const fhe::ParamsPtr& params, const PlanComparison& comparison) {
  MC_TRY(const SignLevels levels, SignLevels::of(*params));
  const Scale window_scale = Scale::of_top_primes(levels.loaded.value, kProductLimbs);
  MC_TRY(Program start, plan_start(params, levels, window_scale, comparison));
  MC_TRY(Program finish, plan_finish(params, levels, window_scale, comparison));
  SignCircuit circuit(window_scale, std::move(start), std::move(finish));
  for (std::size_t i = 0; i < comparison.stages.size(); ++i) {
    CubicStage stage = comparison.stages[i];
    double constant = 0;
    const bool is_last = i + 1 == comparison.stages.size();
    if (comparison.is_proven() && is_last) {
      stage = {stage.linear / 2, stage.cubic / 2};
      constant = 0.5;
    }
    const Scale scale = comparison.is_proven() ? halved_scale() : refreshed_scale();
    MC_TRY(Program program, plan_stage(params, levels, stage, scale, constant, comparison.is_proven() || is_last));
    circuit.stages_.push_back(std::move(program));
  }
  return circuit;
}

Result<fhe::Ciphertext> SignCircuit::start(const fhe::Evaluator& evaluator, const fhe::Ciphertext* window,
                                           const fhe::Ciphertext& value) const {
  if (window == nullptr) return start_.run(evaluator, {&value, 1});
  const std::array inputs{*window, value};
  return start_.run(evaluator, inputs);
}

Result<fhe::Ciphertext> SignCircuit::stage(const fhe::Evaluator& evaluator, std::size_t index,
                                           const fhe::Ciphertext& y) const {
  MC_CHECK(index < stages_.size());
  return stages_[index].run(evaluator, {&y, 1});
}

Result<fhe::Ciphertext> SignCircuit::finish(const fhe::Evaluator& evaluator, const fhe::Ciphertext& window,
                                            const fhe::Ciphertext& sign, const fhe::Ciphertext* above) const {
  std::vector<fhe::Ciphertext> inputs{window, sign};
  if (above != nullptr) inputs.push_back(*above);
  return finish_.run(evaluator, inputs);
}

}  // namespace mc::query
