// SPDX-License-Identifier: Apache-2.0
// The protocol beneath plaintext_proof.hpp: short u_i, e_i, f_i with c_0,i = u_i p_0 + f_i and c_1,i = u_i p_1 + e_i
// for k ciphertexts at once, by Fiat-Shamir with aborts. TopGear: Baum, Cozzo, Smart, ePrint 2019/035.
//   commit      w_0,v = p_0 y_u,v + y_f,v and w_1,v = p_1 y_u,v + y_e,v for each repetition v, masks y uniform
//   challenge   c_v,i, monomials, from H(statement, all w)
//   respond     r_v = y_v + sum_i c_v,i s_i for s = u, e, f; start again unless every coefficient of all keeps its
//               margin: accepted responses are uniform whatever the secrets are
//   verify      the margins, and H(statement, p_0 r_u,v + r_f,v - sum_i c_v,i c_0,i, …) = the challenge
#pragma once

#include <functional>
#include <span>

#include "base/hash.hpp"
#include "base/random.hpp"
#include "fhe/ckks/ciphertext.hpp"
#include "fhe/ckks/encryption_witness.hpp"
#include "fhe/threshold/masked_response.hpp"

namespace mc::fhe {

/// How often, over how many ciphertexts, and how far responses reach.
struct PlaintextProofShape {
  std::uint32_t repetitions = 0;
  std::uint32_t ciphertexts = 0;
  ResponseRange u, e, f;

  /// Margins are what challenges times an honest owner's secrets stay within, but for 2^-64 of all tries, which are
  /// made again: random signs and shifts seldom add up, and a bound of their largest sum would let a dishonest one hide
  /// as much (docs/design/0037). Masks are four times as wide as a union over all coefficients asks for, to a power of
  /// two: each of the three kinds of response is rejected with probability at most 1/4.
  ///   range  REQUIRES 1 to 16 repetitions and 1 to 256 ciphertexts, which keeps masks below 2^126
  static PlaintextProofShape of(std::size_t degree, std::uint32_t repetitions, std::uint32_t ciphertexts);
};

/// Responses, repetition by repetition, N coefficients each.
struct PlaintextProof {
  std::uint32_t ciphertexts = 0;
  Hash256 challenge;
  std::vector<i128> u, e, f;
  friend bool operator==(const PlaintextProof&, const PlaintextProof&) = default;
};

/// What both sides speak about. `statement` is the digest of everything the proof is bound to, the key and the
/// ciphertexts included.
struct PlaintextClaim {
  const Params& params;
  const PublicKey& key;
  Hash256 statement;
  PlaintextProofShape shape;
};

/// Ciphertext i of the statement; whoever gives it has checked that it is the one the statement names.
using CiphertextSource = std::function<Result<Ciphertext>(std::size_t)>;

/// Masks are a function of the secret, the statement and the try, so that no mask ever meets two challenges.
///   range  REQUIRES witnesses of exactly the claim's ciphertexts, within the ranges of EncryptionWitness
PlaintextProof prove_claim(const PlaintextClaim& claim, std::span<const EncryptionWitness> witnesses,
                           const SecretKey256& secret);

/// Takes the ciphertexts one after another, each once; all limbs of all of them are looked at.
///   shape   responses of shape.repetitions * N coefficients (MC_CHECK)
///   errors  kRefused when a response is out of bounds, a ciphertext has not two parts at the key's level, or the
///           challenge does not come out; the source's
Status verify_claim(const PlaintextClaim& claim, const PlaintextProof& proof, const CiphertextSource& source);

/// H(statement, commitments), taken in repetition by repetition, w_0 before w_1.
class PlaintextTranscript {
 public:
  explicit PlaintextTranscript(const PlaintextClaim& claim);
  void take(const NttPoly& w0, const NttPoly& w1);
  [[nodiscard]] Hash256 challenge() { return hash_.finish(); }

 private:
  const Params& params_;
  Sha256 hash_;
};

}  // namespace mc::fhe
