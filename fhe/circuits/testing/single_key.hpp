// SPDX-License-Identifier: Apache-2.0
// For tests and benches only: one key pair over a parameter set, everything from fixed seeds.
#pragma once

#include <algorithm>
#include <cmath>

#include "fhe/ckks/encoder.hpp"
#include "fhe/ckks/encryptor.hpp"
#include "fhe/ckks/evaluator.hpp"
#include "fhe/ring/sampling.hpp"

namespace mc::fhe::testing {

/// A set far below 128 bits, with `products` primes of `bits` bits over a first one of 50.
inline ParamsPtr insecure_params(std::uint8_t log_n, std::size_t products, std::uint8_t bits) {
  ParamsSpec spec{.name = "circuits_insecure",
                  .log_n = LogN(log_n),
                  .q_bits = std::vector<std::uint8_t>(products + 1, bits),
                  .p_bits = {50},
                  .insecure_for_tests = true};
  spec.q_bits.front() = 50;
  return Params::create(spec).value_or_stop();
}

/// `count` numbers from low to high, both among them, at equal distances.
inline std::vector<double> evenly_spaced(double low, double high, std::size_t count) {
  std::vector<double> numbers(count);
  for (std::size_t i = 0; i < count; ++i) {
    numbers[i] = low + (high - low) * static_cast<double>(i) / static_cast<double>(count - 1);
  }
  numbers.back() = high;
  return numbers;
}

class SingleKey {
 public:
  explicit SingleKey(ParamsPtr set)
      : params(std::move(set)),
        encoder(params),
        stream(public_stream("circuits test", {})),
        secret(make_secret_key(*params, stream)),
        key(make_public_key(*params, secret, sample_uniform(params->ring(), {params->top_level().value, false}, stream),
                            stream)),
        evaluator(params, std::make_shared<RelinKey>(make_relin_key(*params, secret, stream))) {}

  Ciphertext seal(const std::vector<double>& slots, Level level, const Scale& scale) {
    Ciphertext ct = encrypt(*params, key, encoder.encode(slots, params->top_level(), scale).value_or_stop(), stream)
                        .value_or_stop();
    MC_CHECK(evaluator.drop_to_level(ct, level).has_value());
    return ct;
  }
  [[nodiscard]] std::vector<double> open(const Ciphertext& ct) const {
    return encoder.decode(decrypt(*params, secret, ct)).value_or_stop();
  }
  /// The largest difference between the decrypted slots and f(slot number).
  template <class F>
  double worst_error(const Ciphertext& ct, F f) const {
    double worst = 0;
    const std::vector<double> slots = open(ct);
    for (std::size_t j = 0; j < slots.size(); ++j) worst = std::max(worst, std::fabs(slots[j] - f(j)));
    return worst;
  }

  ParamsPtr params;
  Encoder encoder;
  KeyStream stream;
  SecretPoly secret;
  PublicKey key;
  Evaluator evaluator;
};

}  // namespace mc::fhe::testing
