// SPDX-License-Identifier: Apache-2.0
// Public-key encryption, and single-key decryption (requesters and tests: the collective secret never exists in one
// place).
#pragma once

#include "base/random.hpp"
#include "fhe/ckks/ciphertext.hpp"
#include "fhe/ckks/encryption_witness.hpp"

namespace mc::fhe {

/// (c_0, c_1) = (u p_0 + e_0 + m, u p_1 + e_1), u ternary. `stream` gives all randomness; a fresh one unless stated.
Result<Ciphertext> encrypt(const Params& params, const PublicKey& key, const Plaintext& message, KeyStream& stream);

struct WitnessedCiphertext {
  Ciphertext ciphertext;
  EncryptionWitness witness;
};
/// The same ciphertext together with what it hides, for whoever has to prove that she knows it.
///   errors  encrypt's, and message_integers' when the message is too large or has less than three limbs
Result<WitnessedCiphertext> encrypt_with_witness(const Params& params, const PublicKey& key, const Plaintext& message,
                                                 KeyStream& stream);

/// A single-party secret key: ternary, over all of QP.
SecretPoly make_secret_key(const Params& params, KeyStream& stream);
/// Public key of one secret, with p_1 given (for example from a common random string).
PublicKey make_public_key(const Params& params, const SecretPoly& secret, const NttPoly& p1, KeyStream& stream);
/// Relinearisation key of one secret (tests, oracle; a committee makes its own in fhe/threshold).
RelinKey make_relin_key(const Params& params, const SecretPoly& secret, KeyStream& stream);
/// out += P g_i s', g_i the idempotent of digit i (SwitchingDigit), s' the secret to switch from.
///   shape   both over all of QP
void add_gadget_product(const Params& params, std::uint32_t digit, const NttPoly& secret, NttPoly& out);
/// Galois key of one secret for X -> X^g; kInvalidArgument unless g is odd and below 2N.
Result<GaloisKey> make_galois_key(const Params& params, const SecretPoly& secret, std::uint64_t galois_element,
                                  KeyStream& stream);
/// c_0 + c_1 s (+ c_2 s^2).
Plaintext decrypt(const Params& params, const SecretPoly& secret, const Ciphertext& ct);

}  // namespace mc::fhe
