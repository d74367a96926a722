// SPDX-License-Identifier: Apache-2.0
// Kaplan-Meier of two arms: 3,000 made-up patients, every one with her own share of 500 declared times, in the standard
// profile: query/kaplan_meier/N=16384/arms=2/times=<times>/threads=<n>, and the plan by itself. Sealing is not timed.
#include <benchmark/benchmark.h>

#include <map>
#include <memory>

#include "data/packing/cohort.hpp"
#include "fhe/ckks/encryptor.hpp"
#include "fhe/ring/sampling.hpp"
#include "query/execute/execute.hpp"
#include "query/plan/compile.hpp"

namespace mc::query {
namespace {

constexpr std::size_t kPatients = 3000;
constexpr const char* kSql = "SELECT kaplan_meier('Surv(days, dead) ~ arm') FROM trial";

data::Schema trial_schema(std::size_t times) {
  data::Schema schema;
  schema.name = "trial";
  schema.missing_values = {"", "NA"};
  schema.columns.resize(3);
  schema.columns[0] = {.name = "days", .type = data::ColumnType::kInteger, .required = true, .minimum = 1};
  schema.columns[0].maximum = static_cast<double>(times);
  for (std::size_t i = 1; i <= times; ++i) schema.columns[0].times.push_back(static_cast<double>(i));
  for (std::size_t i : {1, 2}) {
    schema.columns[i] = {.name = i == 1 ? "dead" : "arm",
                         .type = data::ColumnType::kInteger,
                         .required = true,
                         .minimum = 0,
                         .maximum = 1,
                         .categories = {"0", "1"}};
  }
  return schema;
}

/// One hospital's patients under one key, sealed when a plan first needs them.
class Trial : public Vault {
 public:
  explicit Trial(std::size_t times)
      : schema(trial_schema(times)),
        params(fhe::Params::named("standard").value_or_stop()),
        encoder(params),
        stream_(public_stream("survival bench", {})),
        secret_(fhe::make_secret_key(*params, stream_)),
        key_(fhe::make_public_key(*params, secret_,
                                  fhe::sample_uniform(params->ring(), {params->top_level().value, false}, stream_),
                                  stream_)),
        evaluator(params, std::make_shared<fhe::RelinKey>(fhe::make_relin_key(*params, secret_, stream_))),
        owners{{"trial", {0, kPatients}, std::vector<std::uint8_t>(kPatients, 1)}} {
    std::string csv = "days,dead,arm\n";
    for (std::size_t i = 0; i < kPatients; ++i) {
      csv += std::to_string(1 + i * 7919 % times) + "," + (i % 3 == 0 ? "0," : "1,") + (i % 2 == 0 ? "0\n" : "1\n");
    }
    cohort_ = std::make_unique<data::Cohort>(
        data::Cohort::parse(data::read_csv(csv, "trial").value_or_stop(), schema).value_or_stop());
  }

  void seal(const Plan& plan) {
    for (const std::string& handle : features_of(plan)) {
      const data::Feature feature = data::feature_from_handle(schema, handle).value_or_stop();
      const auto slots = cohort_->pack(feature, 0, kPatients).value_or_stop();
      const auto scale = fhe::Scale::power_of_two(fhe::kSealScaleLog2);
      const auto plaintext = encoder.encode(slots, params->top_level(), scale).value_or_stop();
      sealed_[handle] = fhe::encrypt(*params, key_, plaintext, stream_).value_or_stop();
    }
  }

  Result<fhe::Ciphertext> fetch(std::size_t, const std::string& handle, std::uint32_t) const override {
    return sealed_.at(handle);
  }

  data::Schema schema;
  fhe::ParamsPtr params;
  fhe::Encoder encoder;

 private:
  KeyStream stream_;
  fhe::SecretPoly secret_;
  fhe::PublicKey key_;
  std::unique_ptr<data::Cohort> cohort_;
  std::map<std::string, fhe::Ciphertext> sealed_;

 public:
  fhe::Evaluator evaluator;
  std::vector<OwnerSlots> owners;
};

Plan plan_of(const data::Schema& schema) {
  return compile(kSql, schema, "trial", limb_budget("standard").value_or_stop()).value_or_stop();
}

void run_plan(benchmark::State& state, std::size_t times) {
  const data::Schema schema = trial_schema(times);
  for (auto _ : state) benchmark::DoNotOptimize(plan_of(schema));
}

void run_execution(benchmark::State& state, std::size_t times, std::uint32_t threads) {
  // Sealed once, however often the benchmark is run.
  static std::map<std::size_t, std::unique_ptr<Trial>> trials;
  std::unique_ptr<Trial>& known = trials[times];
  if (!known) {
    known = std::make_unique<Trial>(times);
    known->seal(plan_of(known->schema));
  }
  const Trial& trial = *known;
  const Plan plan = plan_of(trial.schema);
  const Workbench bench{*trial.params, trial.encoder, trial.evaluator, threads};
  for (auto _ : state) benchmark::DoNotOptimize(execute(plan, trial.owners, trial, bench).value_or_stop());
  state.counters["sums"] = static_cast<double>(plan.moments.size());
}

[[maybe_unused]] const bool kRegistered = [] {
  for (const std::size_t times : {std::size_t{50}, std::size_t{500}}) {
    const std::string path = "query/kaplan_meier/N=16384/arms=2/times=" + std::to_string(times);
    benchmark::RegisterBenchmark((path + "/plan").c_str(), run_plan, times)->Unit(benchmark::kMillisecond);
    for (const std::uint32_t threads : {1u, 2u}) {
      benchmark::RegisterBenchmark((path + "/threads=" + std::to_string(threads)).c_str(), run_execution, times,
                                   threads)
          ->Unit(benchmark::kMillisecond)
          ->MeasureProcessCPUTime()
          ->UseRealTime();
    }
  }
  return true;
}();

}  // namespace
}  // namespace mc::query

BENCHMARK_MAIN();
