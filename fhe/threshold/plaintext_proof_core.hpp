// SPDX-License-Identifier: Apache-2.0
// The protocol beneath plaintext_proof.hpp: short u_i, e_i, f_i with c_0,i = u_i p_0 + f_i and c_1,i = u_i p_1 + e_i
// for k ciphertexts at once, by Fiat-Shamir with aborts. TopGear's challenges (Baum, Cozzo, Smart, ePrint 2019/035),
// responses as Lyubashevsky has them (Eurocrypt 2012).
//   commit      w_0,v = p_0 y_u,v + y_f,v and w_1,v = p_1 y_u,v + y_e,v for each repetition v, masks y Gaussian
//   challenge   c_v,i, monomials, from H(statement, all w)
//   respond     r_v = y_v + sum_i c_v,i s_i for s = u, e, f; published with a probability that makes all of them
//               Gaussians about 0 whatever the secrets are, one toss for the whole proof; else start again
//   verify      their size (response_limits.hpp), and H(statement, p_0 r_u,v + r_f,v - sum_i c_v,i c_0,i, …) = the
//               challenge
#pragma once

#include <functional>
#include <span>

#include "base/hash.hpp"
#include "base/random.hpp"
#include "fhe/ckks/ciphertext.hpp"
#include "fhe/ckks/encryption_witness.hpp"
#include "fhe/threshold/masked_response.hpp"
#include "fhe/threshold/response_limits.hpp"

namespace mc::fhe {

/// One of u, e and f.
struct ResponseKind {
  std::uint32_t spread_log2 = 0;  // of the masks (wide_gaussian.hpp)
  /// The squared length of challenges times secrets, over all repetitions, in variances of the masks: what an honest
  /// owner's stay below.
  double shift_square = 0;

  /// How responses are written; what is beyond is not allowed.
  [[nodiscard]] ResponseRange range() const { return {response_reach_log2(spread_log2), 0}; }
};

/// How often, over how many ciphertexts, and how long responses are.
struct PlaintextProofShape {
  std::uint32_t repetitions = 0;
  std::uint32_t ciphertexts = 0;
  ResponseKind u, e, f;
  double log_tries = 0;  // ln of how many tries an honest owner makes: of prove_claim alone

  /// Masks are 9 to 18 times as long as what they hide, which is the length of challenges times an honest owner's
  /// secrets, but for 2^-64 of all challenges, whose tries are made again. Lengths of random sums grow with the root
  /// of the number of ciphertexts and repetitions; a bound of the largest sum would let a dishonest owner hide as much
  /// (docs/design/0039). Masks of u are a quarter of those of e: so are its secrets.
  ///   range  REQUIRES 1 to 16 repetitions, 1 to 256 ciphertexts, and N from 2^8 on
  static PlaintextProofShape of(std::size_t degree, std::uint32_t repetitions, std::uint32_t ciphertexts);
};

/// Squared length of an honest message, in units of 4^kWitnessMessageLog2: 1 of slots below 2 (Parseval). A ciphertext
/// that is proven alone may be longer: sealed parameters are up to 256 coefficients of 2^92 (R23).
inline constexpr std::uint32_t kLoneMessageSquare = 64;

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
///   range  REQUIRES witnesses of exactly the claim's ciphertexts, within the ranges of EncryptionWitness, messages at
///          most 2^kWitnessMessageLog2 long, or 8 times that when there is one
PlaintextProof prove_claim(const PlaintextClaim& claim, std::span<const EncryptionWitness> witnesses,
                           const SecretKey256& secret);

/// Takes the ciphertexts one after another, each once; all limbs of all of them are looked at.
///   shape   responses of shape.repetitions * N coefficients (MC_CHECK)
///   errors  kRefused when a response is larger than an honest one, a ciphertext has not two parts at the key's level,
///   or the
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
