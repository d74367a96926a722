// SPDX-License-Identifier: Apache-2.0
// For tests only: an owner's fresh ciphertexts under a key, with what they hide.
#pragma once

#include "fhe/ring/sampling.hpp"
#include "fhe/threshold/plaintext_proof.hpp"
#include "fhe/threshold/testing/committee.hpp"

namespace mc::fhe::testing {

/// A single-party key and `count` ciphertexts; every slot of ciphertext i holds (i + 1) / 256 unless said otherwise.
struct ProvenBatch {
  ParamsPtr params;
  Encoder encoder;
  SecretPoly secret;
  PublicKey key;
  std::vector<Ciphertext> ciphertexts;
  std::vector<EncryptionWitness> witnesses;
  PlaintextStatement statement;

  explicit ProvenBatch(std::size_t count, ParamsPtr p = small_params(), std::uint64_t number = 1)
      : params(std::move(p)), encoder(params) {
    KeyStream stream(numbered_key(number));
    secret = make_secret_key(*params, stream);
    const Basis top{params->top_level().value, false};
    key = make_public_key(*params, secret, sample_uniform(params->ring(), top, stream), stream);
    key.epoch = Epoch(3);
    statement.chain_id = 31337;
    statement.commons.fill(1);
    statement.owner.fill(2);
    statement.dataset = "commons";
    statement.subject = numbered_hash(1);
    statement.slot_begin = 5;
    statement.slot_count = 10;
    statement.epoch = key.epoch;
    for (std::size_t i = 0; i < count; ++i) add(static_cast<double>(i + 1) / 256, stream);
  }

  void add(double value, KeyStream& stream) {
    const std::vector<double> slots(params->slot_count(), value);
    const Plaintext plaintext =
        encoder.encode(slots, params->top_level(), Scale::power_of_two(kSealScaleLog2)).value_or_stop();
    WitnessedCiphertext made = encrypt_with_witness(*params, key, plaintext, stream).value_or_stop();
    statement.ciphertexts.push_back(hash_ciphertext(made.ciphertext, *params));
    ciphertexts.push_back(std::move(made.ciphertext));
    witnesses.push_back(std::move(made.witness));
  }

  [[nodiscard]] PlaintextProof prove(std::uint64_t number = 7) const {
    return prove_plaintexts(*params, key, statement, witnesses, numbered_key(number));
  }
  /// A source that does what the contract says.
  [[nodiscard]] static CiphertextSource source(const Params& params, const PlaintextStatement& statement,
                                               const std::vector<Ciphertext>& ciphertexts) {
    return [&](std::size_t i) -> Result<Ciphertext> {
      if (hash_ciphertext(ciphertexts[i], params) != statement.ciphertexts[i]) {
        return fail(Code::kCorrupt, "ciphertext " + std::to_string(i) + " is not the one named");
      }
      return ciphertexts[i];
    };
  }
  [[nodiscard]] Status verify(const PlaintextProof& proof) const { return verify(proof, statement); }
  [[nodiscard]] Status verify(const PlaintextProof& proof, const PlaintextStatement& other) const {
    return verify_plaintexts(*params, key, other, proof, source(*params, other, ciphertexts));
  }
};

}  // namespace mc::fhe::testing
