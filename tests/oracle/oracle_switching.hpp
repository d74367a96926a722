// SPDX-License-Identifier: Apache-2.0
// The cross-check of key switching. Noise is drawn there, so residues differ: what is compared are the polynomials that
// ciphertexts decrypt to, under the same Galois element. (Slots come in another order: SEAL's rotations are the orbit
// of 3, ours that of 5; conjugation is 2N - 1 in both.)
#pragma once

#include "tests/oracle/oracle_folder.hpp"

namespace mc::oracle {

/// Writes Galois keys of ours, and `x` and `product` rotated, conjugated, relinearised and rescaled.
void make_switching(const fhe::ParamsPtr& params, const fhe::SecretPoly& secret, const fhe::RelinKey& relin,
                    const fhe::Ciphertext& x, const fhe::Ciphertext& product, KeyStream& stream, const Folder& folder);

/// Compares what SEAL made of `x` and `product`, with our keys and its own, with the exact result and with ours; and
/// writes what we make with SEAL's keys. True when all differences are noise.
bool open_switching(const fhe::ParamsPtr& params, const fhe::SecretPoly& secret, const Folder& folder);

}  // namespace mc::oracle
