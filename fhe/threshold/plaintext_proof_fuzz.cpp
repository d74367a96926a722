// SPDX-License-Identifier: Apache-2.0
// Bytes of proofs of plaintext knowledge: reading returns, what is read has one encoding, and verifying it ends in a
// verdict. Only the honest proof is accepted.
#include <algorithm>

#include "base/check.hpp"
#include "fhe/ckks/encoder.hpp"
#include "fhe/ckks/encryptor.hpp"
#include "fhe/ring/sampling.hpp"
#include "fhe/threshold/plaintext_proof.hpp"

namespace {

using namespace mc;
using namespace mc::fhe;

const Params& small_params() {
  static const ParamsPtr params = Params::named("test_insecure", true).value_or_stop();
  return *params;
}

/// One ciphertext, its statement, and the honest proof's bytes.
struct Honest {
  PublicKey key;
  Ciphertext ciphertext;
  PlaintextStatement statement;
  Bytes bytes;

  Honest() {
    const Params& params = small_params();
    const Basis top{params.top_level().value, false};
    KeyStream stream{SecretKey256()};
    const SecretPoly secret = make_secret_key(params, stream);
    key = make_public_key(params, secret, sample_uniform(params.ring(), top, stream), stream);
    const Plaintext zero{params.ring().make<Domain::kNtt>(top), Scale::power_of_two(kSealScaleLog2)};
    WitnessedCiphertext made = encrypt_with_witness(params, key, zero, stream).value_or_stop();
    ciphertext = std::move(made.ciphertext);
    statement.ciphertexts = {hash_ciphertext(ciphertext, params)};
    bytes =
        encode_plaintext_proof(params, prove_plaintexts(params, key, statement, {&made.witness, 1}, SecretKey256()));
  }
};

const Honest& honest() {
  static const Honest made;
  return made;
}

}  // namespace

// Four bytes say where in the honest proof the rest is laid over, or that it stands alone.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  Bytes bytes(data + 4, data + size);
  const std::size_t place = data[0] | static_cast<std::size_t>(data[1]) << 8 | static_cast<std::size_t>(data[2]) << 16;
  if ((data[3] & 1) != 0 && place + bytes.size() <= honest().bytes.size()) {
    Bytes laid_over = honest().bytes;
    std::ranges::copy(bytes, laid_over.begin() + static_cast<std::ptrdiff_t>(place));
    bytes = std::move(laid_over);
  }
  const auto proof = decode_plaintext_proof(small_params(), bytes);
  if (!proof) return 0;
  MC_CHECK(std::ranges::equal(encode_plaintext_proof(small_params(), *proof), bytes));
  const bool verified = verify_plaintexts(small_params(), honest().key, honest().statement, *proof, [](std::size_t) {
                          return Result<Ciphertext>(honest().ciphertext);
                        }).has_value();
  MC_CHECK(verified == std::ranges::equal(bytes, honest().bytes));
  return 0;
}
