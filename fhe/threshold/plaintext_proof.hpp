// SPDX-License-Identifier: Apache-2.0
// Proof of plaintext knowledge (R21): whoever hands in fresh ciphertexts knows what is inside. Without it anybody
// re-randomises a ciphertext that she cannot read, hands it in as her own and asks for its mean.
//
// What is proven, for each of up to 256 ciphertexts at once: the prover knows u, e, f with 2 c_0 = u p_0 + f and
// 2 c_1 = u p_1 + e, each below 2.3 N deviations of its masks. So twice the ciphertext encrypts an f that she knows,
// and as 2 has an inverse modulo Q she knows what the ciphertext itself decrypts to. That the plaintext is small or
// sensible is not proven: the bound of f is about 2^117 at N = 2^14, 24 bits above an honest one. The factors are the
// price of monomial challenges (monomial_challenge.hpp). What she can really hide without trying many challenges is
// less, and as long as a response: hidden_reach; docs/design/0039 has both.
// Whoever does not know them succeeds with probability at most (2N + 1)^-V per hash she computes; V is the least
// number with V (log2 N + 1) >= 130: 9 for N = 2^14.
// The proof is bound by its hash to the key, to everything in PlaintextStatement, and to the ciphertexts.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/strong.hpp"
#include "fhe/threshold/plaintext_proof_core.hpp"

namespace mc::fhe {

inline constexpr std::uint32_t kPlaintextProofCiphertextsMax = 256;
inline constexpr std::size_t kPlaintextProofBytesMax = std::size_t{8} << 20;

enum class PlaintextKind : std::uint8_t {
  kUpload = 1,     // an owner's sealed columns
  kParameter = 2,  // a requester's encrypted parameters of a plan (R23)
};

/// Whose ciphertexts they are and what for. A proof for one statement is none for another.
struct PlaintextStatement {
  PlaintextKind kind = PlaintextKind::kUpload;
  std::uint64_t chain_id = 0;
  std::array<std::uint8_t, 20> commons{};  // the ledger contract
  std::array<std::uint8_t, 20> owner{};    // chain address of the prover
  std::string dataset;
  Hash256 subject;               // of an upload: the schema; of parameters: a digest of study and plan
  std::uint64_t slot_begin = 0;  // of an upload: the owner's slots; of parameters: 0
  std::uint64_t slot_count = 0;
  Epoch epoch{};                     // of the collective key
  std::vector<Hash256> ciphertexts;  // SHA-256 of bytes that hold each ciphertext, in order
  friend bool operator==(const PlaintextStatement&, const PlaintextStatement&) = default;
};

/// The least number of repetitions for 128 bits with the slack above.
[[nodiscard]] std::uint32_t plaintext_proof_repetitions(LogN log_n);

/// k such that a proof for so many ciphertexts shows |f| < 2^k of the f that twice a ciphertext encrypts.
[[nodiscard]] std::uint32_t proven_message_log2(const Params& params, std::uint32_t ciphertexts);

/// What a prover without luck can hide in a ciphertext: the largest slot of its error (e of c_1 = u p_1 + e; of u a
/// quarter) and of its message (f), and how many slots can be so large at once. One response is as large as what it
/// hides, when nothing else is masked.
struct HiddenReach {
  double error_slot = 0, message_slot = 0, slots = 0;
};
HiddenReach hidden_reach(const Params& params, std::uint32_t ciphertexts);

/// The digest a proof is bound to: parameter set, key and every field of the statement.
Hash256 hash_plaintext_statement(const Params& params, const PublicKey& key, const PlaintextStatement& statement);

/// Makes the proof from what the encryptions hide. The same arguments give the same proof.
///   range   REQUIRES one witness per ciphertext, 1 to kPlaintextProofCiphertextsMax, made under `key` at its level;
///           `secret` the prover's own and used for nothing else
///   cost    two to five tries on average; bench: threshold/plaintext_proof/make
PlaintextProof prove_plaintexts(const Params& params, const PublicKey& key, const PlaintextStatement& statement,
                                std::span<const EncryptionWitness> witnesses, const SecretKey256& secret);

/// Streams the ciphertexts, so that few are held at a time. `source` gives ciphertext i after it checked that the bytes
/// it came in hash to statement.ciphertexts[i].
///   errors  kRefused when the proof is for another number of ciphertexts, a ciphertext is not fresh (two parts, top
///           level, scale of sealed data) or of another epoch, or the proof does not hold; the source's
///   cost    bench: threshold/plaintext_proof/check
Status verify_plaintexts(const Params& params, const PublicKey& key, const PlaintextStatement& statement,
                         const PlaintextProof& proof, const CiphertextSource& source);

/// docs/formats_sealed.md describes the bytes: about 2.7 MB at N = 2^14, whatever the number of ciphertexts.
Bytes encode_plaintext_proof(const Params& params, const PlaintextProof& proof);
/// Strict: one encoding per proof. Responses may still be out of bounds: verifying says so.
///   errors  kCorrupt naming the byte; kLimit; kUnsupported for another version; kConflict for another parameter set
Result<PlaintextProof> decode_plaintext_proof(const Params& params, ByteView bytes);

}  // namespace mc::fhe
