// SPDX-License-Identifier: Apache-2.0
// medcommons simulate: the committee's ceremonies under faults and lies, replayable from a number.
#include <nlohmann/json.hpp>

#include "cli/verb.hpp"
#include "simulation/simulate.hpp"

namespace mc::cli {
namespace {

struct SimulateOptions {
  simulation::SimulationSpec spec;
  std::uint64_t count = 1;
  bool verbose = false;
};

Status run(SimulateOptions options, bool json) {
  if (options.verbose) options.spec.on_event = progress;
  for (std::uint64_t i = 0; i < options.count; ++i, ++options.spec.seed) {
    MC_TRY(const std::string verdict, simulation::simulate(options.spec));
    const nlohmann::ordered_json object = {{"seed", options.spec.seed}, {"held", true}, {"verdict", verdict}};
    print((json ? object.dump() : verdict) + "\n");
  }
  return {};
}

}  // namespace

void add_simulate_verb(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<SimulateOptions>();
  CLI::App* verb =
      app.add_subcommand("simulate",
                         "Run the committee's ceremonies in one process under loss, repetition, delay, damage, "
                         "crashes and up to t-1 liars, and judge them by their promises");
  verb->add_option("--seed", options->spec.seed, "number of the story; the same number is the same story (default: 1)");
  verb->add_option("--count", options->count, "how many stories, from that number on (default: 1)")
      ->check(CLI::Range(1, 1'000'000));
  verb->add_option("--custodians", options->spec.custodians, "number of key custodians n (default: 3)");
  verb->add_option("--threshold", options->spec.threshold, "custodians needed to release t, n >= 2t-1 (default: 2)");
  verb->add_option("--profile", options->spec.profile,
                   "parameter set: simulation (small, and 128-bit secure all the same), standard or train "
                   "(default: simulation)");
  verb->add_flag("--verbose", options->verbose, "tell every incident on standard error");
  verb->add_flag("--json", invocation.json, "as JSON, one object per story");
  verb->callback([&invocation, options] {
    invocation.action = [options, &invocation] { return run(*options, invocation.json); };
  });
}

}  // namespace mc::cli
