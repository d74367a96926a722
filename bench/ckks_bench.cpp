// SPDX-License-Identifier: Apache-2.0
// The engine, one operation at a time. Sets have the log Q and the number of limbs of the peers' (primes below 2^50).
#include <benchmark/benchmark.h>

#include <chrono>
#include <map>
#include <optional>

#include "fhe/ckks/encoder.hpp"
#include "fhe/ckks/encryptor.hpp"
#include "fhe/ckks/evaluator.hpp"
#include "fhe/ckks/linear_transform.hpp"
#include "fhe/ring/kernels.hpp"
#include "fhe/ring/sampling.hpp"

namespace {

using namespace mc;
using namespace mc::fhe;

std::vector<std::uint8_t> sizes(std::initializer_list<std::pair<int, int>> runs) {
  std::vector<std::uint8_t> bits;
  for (const auto& [count, size] : runs)
    bits.insert(bits.end(), static_cast<std::size_t>(count), static_cast<std::uint8_t>(size));
  return bits;
}

const std::vector<ParamsSpec>& sets() {
  static const std::vector<ParamsSpec> kSets{
      {.name = "P13", .log_n = LogN(13), .q_bits = sizes({{1, 50}, {2, 45}}), .p_bits = {50}},
      {.name = "P14", .log_n = LogN(14), .q_bits = sizes({{2, 50}, {6, 46}}), .p_bits = {50}},
      {.name = "P14b", .log_n = LogN(14), .q_bits = sizes({{2, 50}, {1, 47}, {3, 46}}), .p_bits = {50, 49, 46}},
      {.name = "P15", .log_n = LogN(15), .q_bits = sizes({{1, 50}, {10, 46}, {4, 45}}), .p_bits = {50, 46, 46}},
  };
  return kSets;
}

/// Keys and operands of one set, made when its first benchmark runs. Two evaluators: one thread, and two.
struct Bed {
  explicit Bed(const ParamsSpec& spec)
      : params(Params::create(spec).value_or_stop()),
        encoder(params),
        secret(make_secret_key(*params, stream)),
        key(make_public_key(*params, secret, sample_uniform(params->ring(), {params->top_level().value, false}, stream),
                            stream)),
        scale(Scale::of_top_primes(params->top_level().value, 1)),
        slots(params->slot_count()) {
    auto keys = std::make_shared<EvaluationKeys>(params);
    keys->add(make_relin_key(*params, secret, stream)).value_or_stop();
    std::vector<std::int64_t> steps = Evaluator::sum_slots_steps(params->slot_count());
    for (const std::int64_t step : kEightSteps) {
      if (std::find(steps.begin(), steps.end(), step) == steps.end()) steps.push_back(step);
    }
    for (const std::int64_t step : steps) {
      const std::uint64_t element = galois_element_of_rotation(step, params->ring().degree());
      keys->add(make_galois_key(*params, secret, element, stream).value_or_stop()).value_or_stop();
    }
    evaluators.emplace_back(keys);
    evaluators.emplace_back(keys, std::make_shared<Workers>(2));
    for (double& x : slots) x = static_cast<double>(stream.next_u64() >> 11) / 0x1p52 - 1;
    plain = encoder.encode(slots, params->top_level(), scale).value_or_stop();
    a = encrypt(*params, key, plain, stream).value_or_stop();
    b = encrypt(*params, key, plain, stream).value_or_stop();
  }

  static Bed& of(const ParamsSpec& spec) {
    static std::map<std::string, std::unique_ptr<Bed>> beds;
    auto& bed = beds[spec.name];
    if (bed == nullptr) {
      beds.clear();  // the keys of one set are enough to hold
      beds[spec.name] = std::make_unique<Bed>(spec);
      return *beds[spec.name];
    }
    return *bed;
  }

  static constexpr std::int64_t kEightSteps[] = {1, 2, 3, 4, 5, 6, 7, 8};

  KeyStream stream = public_stream("ckks bench", {});
  ParamsPtr params;
  Encoder encoder;
  SecretPoly secret;
  PublicKey key;
  std::vector<Evaluator> evaluators;
  Scale scale;
  std::vector<double> slots;
  Plaintext plain;
  Ciphertext a, b;
};

/// A matrix of 64 neighbouring diagonals with the keys that its plan names, made when its benchmark is chosen.
struct TransformBed {
  explicit TransformBed(Bed& bed) {
    LinearTransform::Diagonals diagonals;
    std::vector<std::int64_t> set;
    for (std::int64_t k = 0; k < 64; ++k) {
      set.push_back(k);
      diagonals[k] = bed.slots;
    }
    LinearTransformPlan plan = LinearTransform::plan(bed.params, set, bed.params->top_level(), 1).value_or_stop();
    auto keys = std::make_shared<EvaluationKeys>(bed.params);
    for (const std::int64_t step : plan.rotations()) {
      const std::uint64_t element = galois_element_of_rotation(step, bed.params->ring().degree());
      keys->add(make_galois_key(*bed.params, bed.secret, element, bed.stream).value_or_stop()).value_or_stop();
    }
    evaluators.emplace_back(keys);
    evaluators.emplace_back(keys, std::make_shared<Workers>(2));
    transform = LinearTransform::encode(bed.encoder, std::move(plan), diagonals).value_or_stop();
  }

  static TransformBed& of(Bed& bed) {
    static std::map<std::string, std::unique_ptr<TransformBed>> beds;
    auto& transform_bed = beds[bed.params->spec().name];
    if (transform_bed != nullptr) return *transform_bed;
    beds.clear();
    return *(beds[bed.params->spec().name] = std::make_unique<TransformBed>(bed));
  }

  std::vector<Evaluator> evaluators;
  std::optional<LinearTransform> transform;
};

// ---- What the evaluator spreads over its threads itself.

void multiply_relinearise_rescale(Bed& bed, const Evaluator& evaluator) {
  const Ciphertext product = evaluator.multiply(bed.a, bed.b).value_or_stop();
  benchmark::DoNotOptimize(evaluator.relinearise_rescale(product, 1).value_or_stop());
}

void multiply_accumulate(Bed& bed, const Evaluator& evaluator) {
  thread_local Ciphertext accumulator;
  thread_local std::string owner;
  if (owner != bed.params->spec().name) accumulator = {};
  owner = bed.params->spec().name;
  evaluator.multiply_add(accumulator, bed.a, bed.b).value_or_stop();
  benchmark::DoNotOptimize(accumulator);
}

void rotate(Bed& bed, const Evaluator& evaluator) {
  benchmark::DoNotOptimize(evaluator.rotate(bed.a, 1).value_or_stop());
}

void rotate8_hoisted(Bed& bed, const Evaluator& evaluator) {
  benchmark::DoNotOptimize(evaluator.rotate_each(bed.a, Bed::kEightSteps).value_or_stop());
}

void rotate8_sum(Bed& bed, const Evaluator& evaluator) {
  benchmark::DoNotOptimize(evaluator.sum_of_rotations(bed.a, Bed::kEightSteps).value_or_stop());
}

/// The keys of eight rotations, limb by limb as their sum reads them, and nothing else: what it takes at least, and how
/// much more two threads read than one.
void read_keys(Bed& bed, const Evaluator& evaluator) {
  const Ring& ring = bed.params->ring();
  run_on(evaluator.workers(), bed.params->top_level().value + ring.p_count(), [&](std::size_t place) {
    std::uint64_t sum = 0;
    for (const std::int64_t step : Bed::kEightSteps) {
      const std::uint64_t element = galois_element_of_rotation(step, ring.degree());
      const KeyRows rows = evaluator.keys()->galois(element)->key.rows(place);
      const std::size_t count = rows.bytes_before(ring.degree()) / sizeof(std::uint64_t);
      constexpr std::size_t kAhead = 1024;  // words
      for (std::size_t i = 0; i < count; i += 8) {
        __builtin_prefetch(rows.words + i + kAhead, 0, 0);
        sum += rows.words[i];  // one word of every line
      }
    }
    benchmark::DoNotOptimize(sum);
  });
}

void sum_slots(Bed& bed, const Evaluator& evaluator) {
  benchmark::DoNotOptimize(evaluator.sum_slots(bed.a).value_or_stop());
}

void linear_transform_64(Bed& bed, const Evaluator& evaluator) {
  const TransformBed& transform_bed = TransformBed::of(bed);
  const Evaluator& with_keys = transform_bed.evaluators[evaluator.workers() == nullptr ? 0 : 1];
  benchmark::DoNotOptimize(transform_bed.transform->apply(with_keys, bed.a).value_or_stop());
}

// ---- What two threads do side by side, each an operation of its own.

void encode(Bed& bed, KeyStream&) {
  benchmark::DoNotOptimize(bed.encoder.encode(bed.slots, bed.params->top_level(), bed.scale).value_or_stop());
}

void encode_two_primes(Bed& bed, KeyStream&) {
  const Scale scale = Scale::of_top_primes(bed.params->top_level().value, 2);
  benchmark::DoNotOptimize(bed.encoder.encode(bed.slots, bed.params->top_level(), scale).value_or_stop());
}

void decode(Bed& bed, KeyStream&) {
  benchmark::DoNotOptimize(bed.encoder.decode(bed.plain).value_or_stop());
}

void encrypt_one(Bed& bed, KeyStream& stream) {
  benchmark::DoNotOptimize(encrypt(*bed.params, bed.key, bed.plain, stream).value_or_stop());
}

void decrypt_one(Bed& bed, KeyStream&) {
  benchmark::DoNotOptimize(decrypt(*bed.params, bed.secret, bed.a));
}

void rotation_key(Bed& bed, KeyStream& stream) {
  benchmark::DoNotOptimize(make_galois_key(*bed.params, bed.secret, 5, stream).value_or_stop());
}

using Operation = void (*)(Bed&, const Evaluator&);
using Independent = void (*)(Bed&, KeyStream&);

void register_operation(const ParamsSpec& spec, const std::string& name, Operation operation) {
  for (const std::size_t threads : {1, 2}) {
    const std::string path = "ckks/" + name + "/" + spec.name + "/threads=" + std::to_string(threads);
    benchmark::RegisterBenchmark(path.c_str(),
                                 [&spec, operation, threads](benchmark::State& state) {
                                   Bed& bed = Bed::of(spec);
                                   operation(bed, bed.evaluators[threads - 1]);  // makes what it needs besides
                                   for (auto _ : state) operation(bed, bed.evaluators[threads - 1]);
                                 })
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
  }
}

/// With two threads, an iteration is two operations side by side; its time is told per operation.
void register_independent(const ParamsSpec& spec, const std::string& name, Independent operation) {
  for (const std::size_t threads : {1, 2}) {
    const std::string path = "ckks/" + name + "/" + spec.name + "/threads=" + std::to_string(threads);
    benchmark::RegisterBenchmark(path.c_str(),
                                 [&spec, operation, threads](benchmark::State& state) {
                                   Bed& bed = Bed::of(spec);
                                   const Workers workers(threads);
                                   KeyStream streams[] = {public_stream("bench 0", {}), public_stream("bench 1", {})};
                                   for (auto _ : state) {
                                     const auto start = std::chrono::steady_clock::now();
                                     workers.run(threads, [&](std::size_t i) { operation(bed, streams[i]); });
                                     const std::chrono::duration<double> elapsed =
                                         std::chrono::steady_clock::now() - start;
                                     state.SetIterationTime(elapsed.count() / static_cast<double>(threads));
                                   }
                                 })
        ->Unit(benchmark::kMillisecond)
        ->UseManualTime();
  }
}

void register_operations() {
  for (const ParamsSpec& spec : sets()) {
    register_operation(spec, "mul_relin_rescale", multiply_relinearise_rescale);
    register_operation(spec, "rotate", rotate);
    register_operation(spec, "rotate8_hoisted", rotate8_hoisted);
    register_operation(spec, "rotate8_sum", rotate8_sum);
    register_operation(spec, "read_keys", read_keys);
    register_operation(spec, "sum_slots", sum_slots);
    register_operation(spec, "mul_accumulate", multiply_accumulate);
    register_operation(spec, "linear_transform_64", linear_transform_64);
    register_independent(spec, "encode", encode);
    register_independent(spec, "encode_two_primes", encode_two_primes);
    register_independent(spec, "decode", decode);
    register_independent(spec, "encrypt", encrypt_one);
    register_independent(spec, "decrypt", decrypt_one);
    register_independent(spec, "rotation_key", rotation_key);
  }
}

/// Primes of 46 bits are what most limbs of every set have; those of 50 bits stand under a name of their own.
void register_transforms() {
  for (const Kernels* kernels : {&scalar_kernels(), avx2_kernels(), avx512_kernels()}) {
    if (kernels == nullptr) continue;
    for (const std::size_t degree : {8192, 16384, 32768}) {
      for (const int bits : {46, 50}) {
        for (const bool forward : {true, false}) {
          const std::string path = std::string(forward ? "ring/ntt_forward" : "ring/ntt_inverse") +
                                   "/N=" + std::to_string(degree) + "/limbs=1/" + std::string(kernels->name) +
                                   (bits == 46 ? "" : "/prime=" + std::to_string(bits));
          benchmark::RegisterBenchmark(path.c_str(), [=](benchmark::State& state) {
            std::uint64_t prime = (std::uint64_t{1} << bits) - 2 * degree + 1;
            while (!is_prime(prime)) prime -= 2 * degree;
            const NttTables tables = NttTables::of(Modulus::of(prime), degree, *kernels);
            AlignedWords limb(degree, 1);
            for (auto _ : state) {
              if (forward) {
                kernels->forward_ntt(limb.data(), tables);
              } else {
                kernels->inverse_ntt(limb.data(), limb.data(), 0, tables);
              }
              benchmark::ClobberMemory();
            }
          })->Unit(benchmark::kMicrosecond);
        }
      }
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  register_operations();
  register_transforms();
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
