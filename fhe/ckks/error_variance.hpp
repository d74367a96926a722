// SPDX-License-Identifier: Apache-2.0
// Where errors come from: the variance of one coefficient, in integer units, for each step that draws or rounds. Pure
// functions.
// Source: Cheon, Kim, Kim, Song, ePrint 2016/421, section 4; for hybrid key switching Han and Ki, ePrint 2019/688, with
// exact centred digits (fhe/ckks/key_switching.hpp).
#pragma once

#include <vector>

#include "fhe/ckks/params.hpp"

namespace mc::fhe {

/// Whose keys.
struct KeyNoise {
  std::uint32_t pieces = 1;       // C of R24: the secret is a sum of C ternary pieces
  bool collective_relin = false;  // keys of fhe/threshold/keygen.hpp and galois_keygen.hpp, not one secret's own
};

/// Rounding to nearest, once or by one prime after another: a little more for several primes, by one over the square of
/// the last but one.
inline constexpr double kRoundingVariance = 1.0 / 12;
/// e_0 + e_1 s + u e, with u ternary, s and the public key's e sums of C.
double encryption_variance(const Params& params, const KeyNoise& keys);
/// r_0 + r_1 s, r_i uniform in [-1/2, 1/2]: a division by any number of primes.
double division_variance(const Params& params, const KeyNoise& keys);
/// r_2 s^2, which a division of 3 parts adds.
double third_part_division_variance(const Params& params, const KeyNoise& keys);
/// The error of each digit of a relinearisation key; a Galois key has galois_key_variance.
double relin_key_variance(const Params& params, const KeyNoise& keys);
/// One error per piece when the key is a committee's.
double galois_key_variance(const KeyNoise& keys);
/// Of a migration key (fhe/threshold/migration.hpp) from a committee of `old_pieces`: u e' + e0 + e1 s' per old piece,
/// with s' and e' sums of keys.pieces.
double migration_key_variance(const Params& params, std::uint32_t old_pieces, const KeyNoise& keys);
/// sum over digits d_i e_i / P, d_i uniform within half of the digit's modulus and e_i of `key_variance`; without the
/// division's rounding.
double switching_variance(const Params& params, Level level, double key_variance);
/// The moduli of the digits at this level, over P: what the sum goes over.
std::vector<double> digits_over_special(const Params& params, Level level);

}  // namespace mc::fhe
