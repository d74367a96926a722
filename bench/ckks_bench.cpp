// SPDX-License-Identifier: Apache-2.0
// The engine, one operation at a time. Sets have the log Q and the number of limbs of the peers' (primes below 2^50).
#include <benchmark/benchmark.h>

#include <map>

#include "fhe/ckks/encoder.hpp"
#include "fhe/ckks/encryptor.hpp"
#include "fhe/ckks/evaluator.hpp"
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
      {.name = "P14b", .log_n = LogN(14), .q_bits = sizes({{1, 50}, {5, 47}}), .p_bits = {50}},
      {.name = "P15", .log_n = LogN(15), .q_bits = sizes({{1, 50}, {10, 46}, {4, 45}}), .p_bits = {50}},
  };
  return kSets;
}

/// Keys and operands of one set, made when its first benchmark runs.
struct Bed {
  explicit Bed(const ParamsSpec& spec)
      : params(Params::create(spec).value_or_stop()),
        encoder(params),
        secret(make_secret_key(*params, stream)),
        key(make_public_key(*params, secret, sample_uniform(params->ring(), {params->top_level().value, false}, stream),
                            stream)),
        evaluator(params, std::make_shared<RelinKey>(make_relin_key(*params, secret, stream))),
        scale(Scale::of_top_primes(params->top_level().value, 1)),
        slots(params->slot_count()) {
    for (double& x : slots) x = static_cast<double>(stream.next_u64() >> 11) / 0x1p52 - 1;
    plain = encoder.encode(slots, params->top_level(), scale).value_or_stop();
    a = encrypt(*params, key, plain, stream).value_or_stop();
    b = encrypt(*params, key, plain, stream).value_or_stop();
  }

  static Bed& of(const ParamsSpec& spec) {
    static std::map<std::string, std::unique_ptr<Bed>> beds;
    auto& bed = beds[spec.name];
    if (bed == nullptr) bed = std::make_unique<Bed>(spec);
    return *bed;
  }

  KeyStream stream = public_stream("ckks bench", {});
  ParamsPtr params;
  Encoder encoder;
  SecretPoly secret;
  PublicKey key;
  Evaluator evaluator;
  Scale scale;
  std::vector<double> slots;
  Plaintext plain;
  Ciphertext a, b;
};

void multiply_relinearise_rescale(Bed& bed) {
  Ciphertext product = bed.evaluator.relinearise(bed.evaluator.multiply(bed.a, bed.b).value_or_stop()).value_or_stop();
  bed.evaluator.rescale_inplace(product, 1).value_or_stop();
  benchmark::DoNotOptimize(product);
}

void multiply_accumulate(Bed& bed) {
  thread_local Ciphertext accumulator;
  thread_local const Bed* owner = nullptr;
  if (owner != &bed) accumulator = {};
  owner = &bed;
  bed.evaluator.multiply_add(accumulator, bed.a, bed.b).value_or_stop();
  benchmark::DoNotOptimize(accumulator);
}

void encode(Bed& bed) {
  benchmark::DoNotOptimize(bed.encoder.encode(bed.slots, bed.params->top_level(), bed.scale).value_or_stop());
}

void encode_two_primes(Bed& bed) {
  const Scale scale = Scale::of_top_primes(bed.params->top_level().value, 2);
  benchmark::DoNotOptimize(bed.encoder.encode(bed.slots, bed.params->top_level(), scale).value_or_stop());
}

void decode(Bed& bed) {
  benchmark::DoNotOptimize(bed.encoder.decode(bed.plain).value_or_stop());
}

void encrypt_one(Bed& bed) {
  benchmark::DoNotOptimize(encrypt(*bed.params, bed.key, bed.plain, bed.stream).value_or_stop());
}

void decrypt_one(Bed& bed) {
  benchmark::DoNotOptimize(decrypt(*bed.params, bed.secret, bed.a));
}

void register_operations() {
  const std::pair<const char*, void (*)(Bed&)> operations[] = {{"mul_relin_rescale", multiply_relinearise_rescale},
                                                               {"mul_accumulate", multiply_accumulate},
                                                               {"encode", encode},
                                                               {"encode_two_primes", encode_two_primes},
                                                               {"decode", decode},
                                                               {"encrypt", encrypt_one},
                                                               {"decrypt", decrypt_one}};
  for (const auto& [name, operation] : operations) {
    for (const ParamsSpec& spec : sets()) {
      const std::string path = std::string("ckks/") + name + "/" + spec.name + "/threads=1";
      benchmark::RegisterBenchmark(path.c_str(), [&spec, operation = operation](benchmark::State& state) {
        Bed& bed = Bed::of(spec);
        for (auto _ : state) operation(bed);
      })->Unit(benchmark::kMillisecond);
    }
  }
}

using Transform = void (*)(std::uint64_t*, const NttTables&);

void register_transforms() {
  for (const Kernels* kernels : {&scalar_kernels(), avx512_kernels()}) {
    if (kernels == nullptr) continue;
    for (const std::size_t degree : {8192, 16384, 32768}) {
      for (const auto& [name, transform] : {std::pair<const char*, Transform>{"ntt_forward", kernels->forward_ntt},
                                            std::pair<const char*, Transform>{"ntt_inverse", kernels->inverse_ntt}}) {
        const std::string path =
            std::string("ring/") + name + "/N=" + std::to_string(degree) + "/limbs=1/" + std::string(kernels->name);
        benchmark::RegisterBenchmark(path.c_str(), [=, run = transform](benchmark::State& state) {
          std::uint64_t prime = (std::uint64_t{1} << 50) - 2 * degree + 1;
          while (!is_prime(prime)) prime -= 2 * degree;
          const NttTables tables = NttTables::of(Modulus::of(prime), degree, kernels->shoup_bits);
          AlignedWords limb(degree, 1);
          for (auto _ : state) {
            run(limb.data(), tables);
            benchmark::ClobberMemory();
          }
        })->Unit(benchmark::kMicrosecond);
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
