// SPDX-License-Identifier: Apache-2.0
// Making and checking a proof of plaintext knowledge, on one thread.
#include <benchmark/benchmark.h>

#include "fhe/ckks/encoder.hpp"
#include "fhe/ckks/encryptor.hpp"
#include "fhe/ring/sampling.hpp"
#include "fhe/threshold/plaintext_proof.hpp"

namespace {

using namespace mc;
using namespace mc::fhe;

/// `count` ciphertexts of the profile `standard` and what they hide.
struct Batch {
  ParamsPtr params = Params::named("standard").value_or_stop();
  PublicKey key;
  PlaintextStatement statement;
  std::vector<Ciphertext> ciphertexts;
  std::vector<EncryptionWitness> witnesses;

  explicit Batch(std::int64_t count) {
    const Encoder encoder(params);
    const Basis top{params->top_level().value, false};
    KeyStream stream = public_stream("plaintext proof bench", {});
    const SecretPoly secret = make_secret_key(*params, stream);
    key = make_public_key(*params, secret, sample_uniform(params->ring(), top, stream), stream);
    for (std::int64_t i = 0; i < count; ++i) {
      const std::vector<double> slots(params->slot_count(), 1.0 / static_cast<double>(i + 1));
      const Plaintext plaintext =
          encoder.encode(slots, params->top_level(), Scale::power_of_two(kSealScaleLog2)).value_or_stop();
      WitnessedCiphertext made = encrypt_with_witness(*params, key, plaintext, stream).value_or_stop();
      statement.ciphertexts.push_back(hash_ciphertext(made.ciphertext, *params));
      ciphertexts.push_back(std::move(made.ciphertext));
      witnesses.push_back(std::move(made.witness));
    }
  }
  [[nodiscard]] PlaintextProof prove(std::uint64_t number) const {
    const SecretKey256 secret(Sha256("plaintext proof bench").update_u64(number).finish().bytes);
    return prove_plaintexts(*params, key, statement, witnesses, secret);
  }
};

constexpr int kProofs = 8;

// A secret of its own for every proof, so that the number of tries is averaged over.
void make_proof(benchmark::State& state) {
  const Batch batch(state.range(0));
  std::uint64_t number = 0;
  for (auto _ : state) benchmark::DoNotOptimize(encode_plaintext_proof(*batch.params, batch.prove(number++)));
}

void check_proof(benchmark::State& state) {
  const Batch batch(state.range(0));
  const Bytes bytes = encode_plaintext_proof(*batch.params, batch.prove(0));
  for (auto _ : state) {
    const PlaintextProof proof = decode_plaintext_proof(*batch.params, bytes).value_or_stop();
    MC_CHECK(verify_plaintexts(*batch.params, batch.key, batch.statement, proof, [&](std::size_t i) {
               return Result<Ciphertext>(batch.ciphertexts[i]);
             }).has_value());
  }
  state.counters["bytes"] = static_cast<double>(bytes.size());
}

BENCHMARK(make_proof)
    ->Name("threshold/plaintext_proof/make/N=16384/ciphertexts")
    ->Arg(1)
    ->Arg(26)
    ->Arg(73)
    ->Arg(128)
    ->Iterations(kProofs)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(check_proof)
    ->Name("threshold/plaintext_proof/check/N=16384/ciphertexts")
    ->Arg(1)
    ->Arg(26)
    ->Arg(73)
    ->Arg(128)
    ->Unit(benchmark::kMillisecond);

}  // namespace
