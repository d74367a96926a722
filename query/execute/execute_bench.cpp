// SPDX-License-Identifier: Apache-2.0
// One aggregate query on the demo's records (17,549 persons, three hospitals) in the standard profile:
// query/execute/N=16384/<query>/threads=<n>. Sealing is not timed.
#include <benchmark/benchmark.h>

#include <map>

#include "base/file.hpp"
#include "data/packing/cohort.hpp"
#include "data/packing/slots.hpp"
#include "fhe/ckks/encryptor.hpp"
#include "fhe/ring/sampling.hpp"
#include "query/execute/execute.hpp"
#include "query/plan/compile.hpp"

namespace mc::query {
namespace {

struct NamedQuery {
  const char* name;
  const char* sql;
};
constexpr NamedQuery kQueries[] = {
    {"count", "SELECT count(*) FROM commons"},
    {"moments",
     "SELECT count(*), avg(age), stddev_samp(age), avg(male), avg(bmi), stddev_samp(bmi), avg(hf_5y) FROM commons "
     "WHERE bmi IS NOT NULL AND hf_5y IS NOT NULL"},
    {"nine_correlations",
     "SELECT corr(age, hf_5y), corr(male, hf_5y), corr(bmi, hf_5y), corr(htn, hf_5y), corr(diabetes, hf_5y), "
     "corr(dyslipidaemia, hf_5y), corr(ihd, hf_5y), corr(mi, hf_5y), corr(afib, hf_5y) FROM commons WHERE bmi IS NOT "
     "NULL"},
    {"four_factors",
     "SELECT count(*), avg(sbp), var_samp(sbp), covar_samp(age, sbp) FROM commons WHERE male = 1 AND age >= 60"},
    {"linear_regression",
     "SELECT linear_regression('bmi ~ age + male + htn + diabetes + dyslipidaemia + ihd + mi + afib') FROM commons"},
    {"covariance_of_11",
     "SELECT linear_regression('futime ~ age + male + htn + diabetes + dyslipidaemia + ihd + mi + afib + prior_hf') "
     "FROM commons"},
};

/// Three hospitals under one key; features are sealed when a query first needs them.
class Commons : public Vault {
 public:
  Commons()
      : params(fhe::Params::named("standard").value_or_stop()),
        encoder(params),
        stream(public_stream("query bench", {})),
        secret(fhe::make_secret_key(*params, stream)),
        key(fhe::make_public_key(
            *params, secret, fhe::sample_uniform(params->ring(), {params->top_level().value, false}, stream), stream)),
        evaluator(params, std::make_shared<fhe::RelinKey>(fhe::make_relin_key(*params, secret, stream))) {
    const std::string folder = "data/heart-failure/";
    const std::string json = read_text_file(folder + "schema.json", 1 << 20).value_or_stop();
    schema = data::schema_from_json(json).value_or_stop();
    std::vector<data::SlotRange> ranges;
    for (const char* name : {"hospital_a", "hospital_b", "hospital_c"}) {
      const data::Table table = data::read_csv_file(folder + name + ".csv").value_or_stop();
      cohorts_.push_back(data::Cohort::parse(table, schema).value_or_stop());
      const std::size_t rows = cohorts_.back().row_count();
      ranges.push_back(data::allocate_first_fit(ranges, rows, params->slot_count()).value_or_stop());
      owners.push_back({name, ranges.back(), std::vector<std::uint8_t>(rows, 1)});
    }
  }

  void seal(const Plan& plan) {
    for (const std::string& handle : features_of(plan)) {
      const data::Feature feature = data::feature_from_handle(schema, handle).value_or_stop();
      for (std::size_t o = 0; o < owners.size(); ++o) {
        for (const data::BlockPart& part : data::blocks_of(owners[o].range, params->slot_count())) {
          fhe::Ciphertext& sealed = sealed_[{o, handle, part.block}];
          if (!sealed.parts.empty()) continue;
          std::vector<double> slots(part.slot_offset, 0.0);
          const auto values = cohorts_[o].pack(feature, part.first_row, part.row_count).value_or_stop();
          slots.insert(slots.end(), values.begin(), values.end());
          const auto scale = fhe::Scale::power_of_two(fhe::kSealScaleLog2);
          const auto plaintext = encoder.encode(slots, params->top_level(), scale).value_or_stop();
          sealed = fhe::encrypt(*params, key, plaintext, stream).value_or_stop();
        }
      }
    }
  }

  Result<fhe::Ciphertext> fetch(std::size_t owner, const std::string& handle, std::uint32_t block) const override {
    return sealed_.at({owner, handle, block});
  }

  fhe::ParamsPtr params;
  fhe::Encoder encoder;
  KeyStream stream;
  fhe::SecretPoly secret;
  fhe::PublicKey key;
  fhe::Evaluator evaluator;
  data::Schema schema;
  std::vector<OwnerSlots> owners;

 private:
  std::vector<data::Cohort> cohorts_;
  std::map<std::tuple<std::size_t, std::string, std::uint32_t>, fhe::Ciphertext> sealed_;
};

void run_query(benchmark::State& state, const char* sql, std::uint32_t threads) {
  static Commons commons;
  const LimbBudget budget = limb_budget("standard").value_or_stop();
  const Plan plan = compile(sql, commons.schema, "commons", budget).value_or_stop();
  commons.seal(plan);
  const Workbench bench{*commons.params, commons.encoder, commons.evaluator, threads};
  for (auto _ : state) {
    benchmark::DoNotOptimize(execute(plan, commons.owners, commons, bench).value_or_stop());
  }
  state.counters["sums"] = static_cast<double>(plan.moments.size());
}

[[maybe_unused]] const bool kRegistered = [] {
  for (const NamedQuery& query : kQueries) {
    for (const std::uint32_t threads : {1u, 2u}) {
      const std::string name =
          "query/execute/N=16384/" + std::string(query.name) + "/threads=" + std::to_string(threads);
      benchmark::RegisterBenchmark(name.c_str(), run_query, query.sql, threads)
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime();
    }
  }
  return true;
}();

}  // namespace
}  // namespace mc::query

BENCHMARK_MAIN();
