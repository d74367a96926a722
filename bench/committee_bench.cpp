// SPDX-License-Identifier: Apache-2.0
// What the committee's ceremonies cost, profile `standard`, for every shape that is recommended: processor time of one
// custodian, bytes that it sends, and rounds in which it waits for others. One thread; each ceremony runs whole, with
// all custodians, in this process.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>
#include <numeric>

#include "fhe/ckks/evaluation_keys.hpp"
#include "protocol/keygen_transcript.hpp"
#include "protocol/testing/ceremony.hpp"
#include "protocol/testing/migration.hpp"
#include "protocol/testing/refresh_commons.hpp"

namespace {

using namespace mc;

constexpr std::pair<std::uint32_t, std::uint32_t> kShapes[] = {{3, 2}, {4, 2}, {5, 3}, {7, 3}, {7, 4}};
constexpr std::size_t kValues = 64;

fhe::ParamsPtr standard() {
  static const fhe::ParamsPtr params = fhe::Params::named("standard").value_or_stop();
  return params;
}

double processor_ms() {
  return 1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

// Google Benchmark's own clock shows the whole ceremony; what is asked is one custodian's part. `ms`, `bytes`: of all
// `answering` custodians together.
void report(benchmark::State& state, std::uint32_t answering, double ms, std::size_t bytes, int rounds) {
  const auto n = static_cast<std::uint32_t>(state.range(0)), t = static_cast<std::uint32_t>(state.range(1));
  const auto shape = fhe::CommitteeShape::create(n, t).value_or_stop();
  state.counters["pieces"] = static_cast<double>(shape.pieces().size());
  state.counters["custodian_ms"] = ms / answering;
  state.counters["custodian_sends_bytes"] = static_cast<double>(bytes) / answering;
  state.counters["rounds"] = rounds;
}

// The first `count` rotations by powers of two.
std::vector<std::uint64_t> rotations(std::size_t count) {
  std::vector<std::uint64_t> elements;
  for (std::size_t i = 0; i < count; ++i) {
    elements.push_back(fhe::galois_element_of_rotation(std::int64_t{1} << i, standard()->ring().degree()));
  }
  std::ranges::sort(elements);
  return elements;
}

// `galois_keys`: rotation keys besides. The busiest custodian is the lowest: it reveals the most pieces.
void key_generation(benchmark::State& state) {
  const auto n = static_cast<std::uint32_t>(state.range(0)), t = static_cast<std::uint32_t>(state.range(1));
  for (auto _ : state) {
    protocol::testing::Ceremony ceremony(standard(), n, t, rotations(static_cast<std::size_t>(state.range(2))));
    std::vector<double> spent(n, 0);
    while (!std::ranges::all_of(ceremony.parties_, &protocol::KeygenParty::finished)) {
      for (std::uint32_t c = 0; c < n; ++c) {
        const double start = processor_ms();
        const Status moved = ceremony.turn(c);
        spent[c] += processor_ms() - start;
        if (!moved) {
          state.SkipWithError(moved.error().message.c_str());
          return;
        }
      }
    }
    std::size_t bytes = 0;
    for (const auto& [slot, message] : ceremony.board_) bytes += protocol::encode_board_message(message).size();
    const double start = processor_ms();
    const auto verified = protocol::verify_keygen_transcript(
        ceremony.setup_, ceremony.facts_,
        [&](const protocol::BoardSlot& slot) { return Result<protocol::BoardMessage>(ceremony.board_.at(slot)); });
    if (!verified) {
      state.SkipWithError(verified.error().message.c_str());
      return;
    }
    state.counters["verify_ms"] = processor_ms() - start;
    state.counters["busiest_ms"] = *std::ranges::max_element(spent);
    report(state, n, std::accumulate(spent.begin(), spent.end(), 0.0), bytes,
           8 + static_cast<int>(state.range(2)));  // six on the board, two on chain, one for each Galois key
  }
}

template <class Messages, class Encode>
std::size_t size_of(const Messages& messages, const Encode& encode) {
  std::size_t bytes = 0;
  for (const auto& message : messages) bytes += encode(message).size();
  return bytes;
}

// The first t custodians answer, as in a release that waits for nobody it does not need.
std::vector<std::uint32_t> first(std::uint32_t t) {
  std::vector<std::uint32_t> who;
  for (std::uint32_t c = 0; c < t; ++c) who.push_back(c);
  return who;
}

void release(benchmark::State& state) {
  const auto n = static_cast<std::uint32_t>(state.range(0)), t = static_cast<std::uint32_t>(state.range(1));
  protocol::testing::Commons commons(n, t, standard());
  const auto results = commons.results(kValues);
  const protocol::Authorisation authorisation = commons.authorise(results);
  for (auto _ : state) {
    const double start = processor_ms();
    const auto messages = commons.answers(authorisation, results, first(t));
    const double answered = processor_ms();
    benchmark::DoNotOptimize(protocol::combine(commons.context(authorisation), messages).value_or_stop());
    state.counters["combine_ms"] = processor_ms() - answered;
    report(state, t, answered - start, size_of(messages, protocol::encode_share_message), 1);
  }
}

void refresh(benchmark::State& state) {
  const auto n = static_cast<std::uint32_t>(state.range(0)), t = static_cast<std::uint32_t>(state.range(1));
  protocol::testing::RefreshCommons commons(n, t, standard());
  const auto inputs = commons.inputs(kValues);
  const protocol::RefreshRequest request = commons.request(inputs);
  for (auto _ : state) {
    const double start = processor_ms();
    const auto messages = commons.answers(request, inputs, first(t));
    const double answered = processor_ms();
    benchmark::DoNotOptimize(commons.combine(request, inputs, messages).value_or_stop());
    state.counters["combine_ms"] = processor_ms() - answered;
    report(state, t, answered - start, size_of(messages, protocol::encode_refresh_message), 1);
  }
}

// To a 2-of-3 committee; any t old custodians make the key.
void migration(benchmark::State& state) {
  const auto n = static_cast<std::uint32_t>(state.range(0)), t = static_cast<std::uint32_t>(state.range(1));
  protocol::testing::Migrations committees(n, t, 3, 2, standard());
  const protocol::ApprovedMigration approved = committees.approved_by(first(t));
  for (auto _ : state) {
    committees.board.clear();
    const double start = processor_ms();
    const fhe::MigrationKey key = committees.run(approved).value_or_stop();
    const double made = processor_ms();
    std::size_t bytes = 0;
    for (const auto& [slot, message] : committees.board) bytes += protocol::encode_board_message(message).size();
    report(state, t, made - start, bytes, 2);
    const double before = processor_ms();
    benchmark::DoNotOptimize(
        protocol::verify_migration(approved, protocol::testing::Migrations::reader(committees.board)).value_or_stop());
    state.counters["verify_ms"] = processor_ms() - before;
  }
}

void shapes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"n", "t"})->Unit(benchmark::kMillisecond)->Iterations(1);
  for (const auto& [n, t] : kShapes) bench->Args({n, t});
}

void shapes_with_galois_keys(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"n", "t", "galois_keys"})->Unit(benchmark::kMillisecond)->Iterations(1);
  for (const auto& [n, t] : kShapes) bench->Args({n, t, 0});
  bench->Args({3, 2, 13});
}

BENCHMARK(key_generation)->Name("committee/key_generation/standard")->Apply(shapes_with_galois_keys);
BENCHMARK(release)->Name("committee/release/standard/answers=64")->Apply(shapes);
BENCHMARK(refresh)->Name("committee/refresh/standard/values=64")->Apply(shapes);
BENCHMARK(migration)->Name("committee/migration/standard")->Apply(shapes);

}  // namespace

BENCHMARK_MAIN();
