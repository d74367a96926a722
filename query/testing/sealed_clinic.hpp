// SPDX-License-Identifier: Apache-2.0
// For tests: the clinic's records sealed for real, under a key made of several ternary pieces whose sum the test knows.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "fhe/ckks/encryptor.hpp"
#include "fhe/ring/sampling.hpp"
#include "query/execute/execute.hpp"
#include "query/testing/clinic.hpp"

namespace mc::query::testing {

/// Keys over test_insecure, or another set. The secret is the sum of `pieces` ternary polynomials and the public key's
/// error a sum of as many, as a committee makes them.
class Keys {
 public:
  explicit Keys(std::uint32_t pieces, std::string_view seed = "query tests", std::string_view set = "test_insecure")
      : params(fhe::Params::named(set, true).value_or_stop()),
        encoder(params),
        stream(public_stream(seed, {})),
        secret(fhe::make_secret_key(*params, stream)) {
    const fhe::Ring& ring = params->ring();
    const auto p1 = fhe::sample_uniform(ring, {params->top_level().value, false}, stream);
    public_key = fhe::make_public_key(*params, secret, p1, stream);
    for (std::uint32_t i = 1; i < pieces; ++i) {
      const fhe::SecretPoly piece = fhe::make_secret_key(*params, stream);
      ring.add(secret.expose_mutable(), piece.expose());
      ring.add(public_key.p0, fhe::make_public_key(*params, piece, p1, stream).p0);
    }
    evaluator = std::make_unique<fhe::Evaluator>(
        params, std::make_shared<fhe::RelinKey>(fhe::make_relin_key(*params, secret, stream)));
  }

  [[nodiscard]] Workbench bench(std::uint32_t threads = 2) const { return {*params, encoder, *evaluator, threads}; }
  [[nodiscard]] std::size_t slot_count() const { return params->slot_count(); }

  [[nodiscard]] fhe::Ciphertext seal(const std::vector<double>& slots) {
    const auto plaintext =
        encoder.encode(slots, params->top_level(), fhe::Scale::power_of_two(fhe::kSealScaleLog2)).value_or_stop();
    return fhe::encrypt(*params, public_key, plaintext, stream).value_or_stop();
  }

  /// Coefficient 0 over the scale.
  [[nodiscard]] double mean(const fhe::Ciphertext& answer) const {
    const fhe::Plaintext opened = fhe::decrypt(*params, secret, answer);
    return encoder.decode_mean(params->ring().coefficient_zero(opened.poly), opened.scale).value_or_stop();
  }

  fhe::ParamsPtr params;
  fhe::Encoder encoder;
  KeyStream stream;
  fhe::SecretPoly secret;
  fhe::PublicKey public_key;
  std::unique_ptr<fhe::Evaluator> evaluator;
};

/// Owners with patients, sealed when first fetched. Slots outside an owner's range hold what a malicious owner could
/// put there: 1 everywhere, so that a test fails if a mask is forgotten.
class SealedClinic : public Vault {
 public:
  SealedClinic(Keys& keys, data::Schema schema) : keys_(keys), schema_(std::move(schema)) {}

  void add_owner(std::string name, std::uint64_t begin, std::vector<Patient> patients,
                 std::vector<std::uint8_t> consent) {
    owners.push_back({std::move(name), {begin, patients.size()}, std::move(consent)});
    patients_.push_back(std::move(patients));
  }

  [[nodiscard]] std::vector<Patient> consenting_patients() const {
    std::vector<Patient> result;
    for (std::size_t o = 0; o < owners.size(); ++o) {
      for (std::size_t i = 0; i < patients_[o].size(); ++i) {
        if (owners[o].consent[i] == 1) result.push_back(patients_[o][i]);
      }
    }
    return result;
  }

  Result<fhe::Ciphertext> fetch(std::size_t owner, const std::string& handle, std::uint32_t block) const override {
    const std::lock_guard lock(mutex_);
    const auto key = std::make_tuple(owner, handle, block);
    const auto found = sealed_.find(key);
    if (found != sealed_.end()) return found->second;
    MC_TRY(const data::Feature feature, data::feature_from_handle(schema_, handle));
    const std::uint64_t first = std::uint64_t{block} * keys_.slot_count();
    std::vector<double> slots(keys_.slot_count(), 1.0);
    for (std::size_t i = 0; i < patients_[owner].size(); ++i) {
      const std::uint64_t slot = owners[owner].range.begin + i;
      if (slot < first || slot >= first + slots.size()) continue;
      slots[slot - first] = feature_value(schema_, feature, patients_[owner][i]);
    }
    return sealed_.emplace(key, keys_.seal(slots)).first->second;
  }

  std::vector<OwnerSlots> owners;

 private:
  Keys& keys_;
  data::Schema schema_;
  std::vector<std::vector<Patient>> patients_;
  mutable std::mutex mutex_;
  mutable std::map<std::tuple<std::size_t, std::string, std::uint32_t>, fhe::Ciphertext> sealed_;
};

/// Three hospitals: two share block 0, the third begins in block 0 and ends in block 1; some rows do not consent.
inline void fill_three_hospitals(SealedClinic& clinic, const data::Schema& schema, std::uint64_t seed,
                                 std::size_t slot_count) {
  std::mt19937_64 random(seed);
  const std::size_t sizes[] = {120, 90, slot_count - 120};
  const std::uint64_t begins[] = {0, 130, 230};
  const char* names[] = {"north", "south", "west"};
  for (int o = 0; o < 3; ++o) {
    std::vector<Patient> patients;
    std::vector<std::uint8_t> consent;
    for (std::size_t i = 0; i < sizes[o]; ++i) {
      patients.push_back(random_patient(schema, random));
      consent.push_back(random() % 5 == 0 ? 0 : 1);
    }
    clinic.add_owner(names[o], begins[o], std::move(patients), std::move(consent));
  }
}

}  // namespace mc::query::testing
