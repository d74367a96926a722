// SPDX-License-Identifier: Apache-2.0
// What tests compute with: one key pair over a parameter set, everything from fixed seeds.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "fhe/ckks/encoder.hpp"
#include "fhe/ckks/encryptor.hpp"
#include "fhe/ckks/evaluator.hpp"
#include "fhe/ring/sampling.hpp"

namespace mc::fhe::testing {

using Slots = std::vector<double>;

/// A parameter set far below 128 bits, for tests.
inline ParamsPtr insecure_params(std::uint8_t log_n, std::vector<std::uint8_t> q_bits,
                                 std::vector<std::uint8_t> p_bits) {
  return Params::create({.name = "test",
                         .log_n = LogN(log_n),
                         .q_bits = std::move(q_bits),
                         .p_bits = std::move(p_bits),
                         .insecure_for_tests = true})
      .value_or_stop();
}

class Bed {
 public:
  explicit Bed(ParamsPtr set, std::span<const std::int64_t> rotations = {}, WorkersPtr workers = nullptr,
               const Hash256& seed = {})
      : params(std::move(set)),
        encoder(params),
        stream(public_stream("test bed", seed)),
        secret(make_secret_key(*params, stream)),
        key(make_public_key(*params, secret, sample_uniform(params->ring(), {params->top_level().value, false}, stream),
                            stream)),
        evaluator(make_keys(rotations), std::move(workers)) {}

  [[nodiscard]] Slots random_slots(std::uint64_t seed) const {
    std::mt19937_64 random(seed);
    Slots slots(params->slot_count());
    for (double& x : slots) x = 2 * static_cast<double>(random() >> 11) / 0x1p53 - 1;
    return slots;
  }
  [[nodiscard]] Ciphertext seal(const Slots& slots, Scale scale = Scale::power_of_two(kSealScaleLog2)) {
    return encrypt(*params, key, encoder.encode(slots, params->top_level(), scale).value_or_stop(), stream)
        .value_or_stop();
  }
  [[nodiscard]] Slots open(const Ciphertext& ct) const {
    return encoder.decode(decrypt(*params, secret, ct)).value_or_stop();
  }
  /// log2 of the largest difference between the decrypted slots and f(slot).
  template <class F>
  [[nodiscard]] double error_bits(const Ciphertext& ct, F f) const {
    double worst = 0;
    const Slots slots = open(ct);
    for (std::size_t j = 0; j < slots.size(); ++j) worst = std::max(worst, std::fabs(slots[j] - f(j)));
    return std::log2(worst);
  }

  ParamsPtr params;
  Encoder encoder;
  KeyStream stream;
  SecretPoly secret;
  PublicKey key;
  Evaluator evaluator;

 private:
  EvaluationKeysPtr make_keys(std::span<const std::int64_t> rotations) {
    auto keys = std::make_shared<EvaluationKeys>(params);
    keys->add(make_relin_key(*params, secret, stream)).value_or_stop();
    std::set<std::uint64_t> elements;
    for (const std::int64_t steps : rotations)
      elements.insert(galois_element_of_rotation(steps, params->ring().degree()));
    elements.insert(galois_element_of_conjugation(params->ring().degree()));
    for (const std::uint64_t element : elements) {
      if (element != 1) keys->add(make_galois_key(*params, secret, element, stream).value_or_stop()).value_or_stop();
    }
    return keys;
  }
};

}  // namespace mc::fhe::testing
