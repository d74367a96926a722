// SPDX-License-Identifier: Apache-2.0
// Circuits on one ciphertext of the profile train, from its top level: one-prime scale (limbs=1) and two-prime scale.
#include <benchmark/benchmark.h>

#include <functional>

#include "fhe/circuits/comparison.hpp"
#include "fhe/circuits/inverse.hpp"
#include "fhe/circuits/sigmoid.hpp"
#include "fhe/circuits/sign.hpp"
#include "fhe/circuits/square_root.hpp"
#include "fhe/circuits/testing/circuit_bed.hpp"

namespace {

using namespace mc;
using namespace mc::fhe;

mc::fhe::testing::CircuitBed& keys() {
  static mc::fhe::testing::CircuitBed made(Params::named("train").value_or_stop());
  return made;
}

using Planner = std::function<Result<CircuitPlan>(const ParamsPtr&, const CircuitInput&)>;

void register_circuit(const std::string& name, std::uint32_t limbs, const Planner& planner) {
  const std::string path = "circuits/" + name + "/train/limbs=" + std::to_string(limbs);
  benchmark::RegisterBenchmark(path.c_str(), [=](benchmark::State& state) {
    const CircuitInput input{keys().params->top_level(), Scale::power_of_two(45 * static_cast<int>(limbs)), limbs};
    const CircuitPlan plan = planner(keys().params, input).value_or_stop();
    const std::vector<double> slots = mc::fhe::testing::evenly_spaced(0.3, 0.9, keys().params->slot_count());
    const std::vector<Ciphertext> inputs(plan.program.input_count(), keys().seal(slots, input.level, input.scale));
    for (auto _ : state) benchmark::DoNotOptimize(plan.program.run(keys().evaluator, inputs).value_or_stop());
    state.counters["limbs_used"] = plan.program.levels_used();
    state.counters["relinearisations"] = plan.program.relinearisation_count();
  })->Unit(benchmark::kMillisecond);
}

void register_circuits() {
  for (const std::uint32_t limbs : {1, 2}) {
    for (const auto& [degree, error] : {std::pair{7, 2e-2}, {15, 1e-3}, {31, 1e-5}}) {
      register_circuit("sigmoid/bound=8/degree=" + std::to_string(degree), limbs,
                       [e = error](const ParamsPtr& params, const CircuitInput& input) {
                         return plan_sigmoid(params, {8, e, 8}, input);
                       });
    }
    register_circuit("inverse/ratio=16/degree=31", limbs, [](const ParamsPtr& params, const CircuitInput& input) {
      return plan_inverse(params, {1.0 / 16, 1, 1e-6, 1.0 / 16}, input);
    });
    register_circuit("square_root/ratio=16/degree=15", limbs, [](const ParamsPtr& params, const CircuitInput& input) {
      return plan_square_root(params, {1.0 / 16, 1, 1e-5}, input);
    });
    for (const std::uint32_t bits : {4, 8, 12}) {
      if (limbs == 2 && bits > 4) continue;  // more levels than there are
      register_circuit(
          "comparison/bits=" + std::to_string(bits), limbs,
          [=](const ParamsPtr& params, const CircuitInput& input) { return plan_comparison(params, bits, input); });
    }
    register_circuit("maximum/bits=4", limbs,
                     [](const ParamsPtr& params, const CircuitInput& input) { return plan_maximum(params, 4, input); });
  }
}

}  // namespace

int main(int count, char** arguments) {
  register_circuits();
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
