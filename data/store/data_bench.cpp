// SPDX-License-Identifier: Apache-2.0
// From a CSV file to durable ciphertext, one stage at a time.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include "data/packing/cohort.hpp"
#include "data/schema/infer.hpp"
#include "data/sealed/sealed.hpp"
#include "data/store/blob_store.hpp"
#include "fhe/ring/sampling.hpp"

namespace {

using namespace mc;
using namespace mc::data;

constexpr std::int64_t kColumns = 32;

// Rows of numbers with one decimal, a tenth of them missing.
std::string csv_of(std::int64_t rows) {
  KeyStream stream = public_stream("data bench", {});
  std::string csv;
  for (std::int64_t c = 0; c < kColumns; ++c) csv += (c ? ",c" : "c") + std::to_string(c);
  csv += "\n";
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t c = 0; c < kColumns; ++c) {
      if (c) csv += ',';
      const std::uint32_t word = stream.next_u32();
      if (word % 10 != 0) csv += std::to_string(word % 1000) + "." + std::to_string(word % 7);
    }
    csv += "\n";
  }
  return csv;
}

void read_csv_text(benchmark::State& state) {
  const std::string csv = csv_of(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(read_csv(csv, "bench.csv").value_or_stop());
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * csv.size()));
}

void infer_schema(benchmark::State& state) {
  const Table table = read_csv(csv_of(state.range(0)), "bench.csv").value_or_stop();
  for (auto _ : state) benchmark::DoNotOptimize(infer(table, "bench").value_or_stop());
}

void parse_cohort(benchmark::State& state) {
  const Table table = read_csv(csv_of(state.range(0)), "bench.csv").value_or_stop();
  const Schema schema = infer(table, "bench").value_or_stop();
  for (auto _ : state) benchmark::DoNotOptimize(Cohort::parse(table, schema).value_or_stop());
}

void pack_all_features(benchmark::State& state) {
  const Table table = read_csv(csv_of(state.range(0)), "bench.csv").value_or_stop();
  const Schema schema = infer(table, "bench").value_or_stop();
  const Cohort cohort = Cohort::parse(table, schema).value_or_stop();
  const std::vector<Feature> features = sealed_features(schema);
  for (auto _ : state) {
    for (const Feature& feature : features) {
      benchmark::DoNotOptimize(cohort.pack(feature, 0, cohort.row_count()).value_or_stop());
    }
  }
  state.counters["features"] = static_cast<double>(features.size());
}

/// Everything that sealing under the standard profile needs.
struct Bed {
  fhe::ParamsPtr params = fhe::Params::named("standard").value_or_stop();
  KeyStream stream = public_stream("data bench key", {});
  fhe::Encoder encoder{params};
  fhe::SecretPoly secret = fhe::make_secret_key(*params, stream);
  fhe::PublicKey key = fhe::make_public_key(
      *params, secret, fhe::sample_uniform(params->ring(), {params->top_level().value, false}, stream), stream);
  std::vector<double> rows = std::vector<double>(params->slot_count(), 0.5);
  SealedHeader header = fresh_header(*params, {}, "bench", Epoch(1), {}, {0, rows.size()}, "age/value", 0);

  static Bed& instance() {
    static Bed bed;
    return bed;
  }
  Bytes seal() { return seal_block(header, rows, *params, encoder, key, stream).value_or_stop().bytes; }
};

void seal(benchmark::State& state) {
  Bed& bed = Bed::instance();
  for (auto _ : state) benchmark::DoNotOptimize(bed.seal());
}

void open_sealed(benchmark::State& state) {
  Bed& bed = Bed::instance();
  const Bytes bytes = bed.seal();
  const Hash256 name = content_hash(bytes);
  for (auto _ : state) benchmark::DoNotOptimize(open_blob(bytes, name, bed.header, *bed.params).value_or_stop());
  state.counters["blob_bytes"] = static_cast<double>(bytes.size());
}

/// A store in a folder that goes away with the benchmark.
class TemporaryStore {
 public:
  TemporaryStore() : folder_(make_folder()), store_(BlobStore::open(folder_).value_or_stop()) {}
  ~TemporaryStore() {
    { const BlobStore closing = std::move(store_); }
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  TemporaryStore(const TemporaryStore&) = delete;
  TemporaryStore& operator=(const TemporaryStore&) = delete;
  BlobStore& operator*() { return store_; }

 private:
  static std::filesystem::path make_folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "mc_bench_XXXXXX").string();
    MC_CHECK(::mkdtemp(pattern.data()) != nullptr);
    return pattern;
  }
  std::filesystem::path folder_;
  BlobStore store_;
};

void put_blobs(benchmark::State& state) {
  TemporaryStore store;
  Bytes bytes(static_cast<std::size_t>(state.range(0)));
  KeyStream stream = public_stream("data bench blob", {});
  for (auto _ : state) {
    state.PauseTiming();
    stream.fill(bytes);
    const Hash256 name = sha256(bytes);
    state.ResumeTiming();
    MC_CHECK((*store).put(name, bytes).has_value());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}

void get_blobs(benchmark::State& state) {
  TemporaryStore store;
  Bytes bytes(static_cast<std::size_t>(state.range(0)));
  public_stream("data bench blob", {}).fill(bytes);
  const Hash256 name = sha256(bytes);
  MC_CHECK((*store).put(name, bytes).has_value());
  for (auto _ : state) benchmark::DoNotOptimize((*store).get(name).value_or_stop());
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}

BENCHMARK(read_csv_text)->Name("record/read_csv/columns=32/rows")->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(infer_schema)->Name("schema/infer/columns=32/rows")->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(parse_cohort)->Name("packing/cohort_parse/columns=32/rows")->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(pack_all_features)->Name("packing/pack/columns=32/rows")->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(seal)->Name("sealed/seal_block/standard")->Unit(benchmark::kMillisecond);
BENCHMARK(open_sealed)->Name("sealed/open_blob/standard")->Unit(benchmark::kMillisecond);
BENCHMARK(put_blobs)->Name("store/put/bytes")->Arg(1'550'000)->Unit(benchmark::kMillisecond);
BENCHMARK(get_blobs)->Name("store/get/bytes")->Arg(1'550'000)->Unit(benchmark::kMillisecond);

}  // namespace
