// SPDX-License-Identifier: Apache-2.0
// What moves through a computation: plaintexts and ciphertexts of RNS-CKKS (Cheon, Han, Kim, Kim, Song, ePrint
// 2018/931).
#pragma once

#include <vector>

#include "fhe/ckks/params.hpp"
#include "fhe/ckks/scale.hpp"

namespace mc::fhe {

/// An encoded message. Plan constants and masks are hashed and travel in this form (R25).
struct Plaintext {
  NttPoly poly;
  Scale scale;
  [[nodiscard]] Level level() const { return Level(poly.basis().q_limbs); }
};

/// (c_0, c_1) or, before relinearisation, (c_0, c_1, c_2); decrypts to c_0 + c_1 s + c_2 s^2 = Delta m + e (mod
/// Q_level).
struct Ciphertext {
  std::vector<NttPoly> parts;
  Scale scale;
  [[nodiscard]] Level level() const { return Level(parts.empty() ? 0 : parts.front().basis().q_limbs); }
  friend bool operator==(const Ciphertext&, const Ciphertext&) = default;
};

/// Encryption key (p_0, p_1) = (-a s + e, a) over all of Q, NTT form.
struct PublicKey {
  NttPoly p0, p1;
};

/// Relinearisation key, hybrid key switching (Han-Ki, ePrint 2019/688) with one digit per prime of the chain:
/// digits[i] = (b_i, a_i) over QP with b_i + a_i s = P * g_i * s^2 + e_i, g_i the i-th CRT idempotent.
struct RelinKey {
  struct Digit {
    NttPoly b, a;
  };
  std::vector<Digit> digits;
};

// Bytes: residues packed to the bit length of their prime (R25: canonical, checked on reading, never allocated by an
// unchecked length). Layouts are described in docs/formats.md.
void write_poly(Writer& writer, const NttPoly& poly, const Ring& ring);
Result<NttPoly> read_poly(Reader& reader, Basis expected, const Ring& ring);
[[nodiscard]] std::size_t packed_poly_bytes(Basis basis, const Ring& ring);

/// Parameter id, part count, level, scale, parts.
void write_ciphertext(Writer& writer, const Ciphertext& ct, const Params& params);
Result<Ciphertext> read_ciphertext(Reader& reader, const Params& params);
void write_public_key(Writer& writer, const PublicKey& key, const Params& params);
Result<PublicKey> read_public_key(Reader& reader, const Params& params);
void write_relin_key(Writer& writer, const RelinKey& key, const Params& params);
Result<RelinKey> read_relin_key(Reader& reader, const Params& params);

/// SHA-256 of write_ciphertext's bytes: the identity of a ciphertext, c_0, level and scale included (R6).
Hash256 hash_ciphertext(const Ciphertext& ct, const Params& params);

}  // namespace mc::fhe
