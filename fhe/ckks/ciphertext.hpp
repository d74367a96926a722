// SPDX-License-Identifier: Apache-2.0
// What moves through a computation: plaintexts and ciphertexts of RNS-CKKS (Cheon, Han, Kim, Kim, Song, ePrint
// 2018/931).
#pragma once

#include <vector>

#include "base/parallel_hash.hpp"
#include "fhe/ckks/params.hpp"
#include "fhe/ckks/scale.hpp"
#include "fhe/ring/uniform_half.hpp"

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
  Epoch epoch{};  // of the key it is under; ciphertexts of different epochs do not mix
  [[nodiscard]] Level level() const { return Level(parts.empty() ? 0 : parts.front().basis().q_limbs); }
  friend bool operator==(const Ciphertext&, const Ciphertext&) = default;
};

/// Encryption key (p_0, p_1) = (-a s + e, a) over all of Q, NTT form.
struct PublicKey {
  NttPoly p0, p1;
  Epoch epoch{};
};

/// Hybrid key switching (Han-Ki, ePrint 2019/688), from s' to s: (b_i, a_i) over QP with
/// b_i + a_i s = P * g_i * s' + e_i, g_i 1 modulo the primes of digit i (Params::digit_primes) and 0 modulo the others.
struct SwitchingDigit {
  NttPoly b, a;
};

/// From s^2 to s. The uniform halves a_i follow from a seed, so that only the b_i are stored and sent.
struct RelinKey {
  Hash256 seed;
  std::vector<NttPoly> b;
  Epoch epoch{};
};

/// From s(X^g) to s, with uniform halves of a seed too.
struct GaloisKey {
  std::uint64_t galois_element = 1;  // g, odd, below 2N
  Hash256 seed;
  std::vector<NttPoly> b;
  Epoch epoch{};
};

/// What a seed's uniform halves are made under (fhe/ring/uniform_half.hpp).
PublicKey128 uniform_half_key(const Hash256& seed);
/// The a_i of a RelinKey or GaloisKey, digit by digit.
std::vector<NttPoly> expand_uniform_halves(const Params& params, const Hash256& seed);

// Bytes: residues packed to the bit length of their prime (R25: canonical, checked on reading, never allocated by an
// unchecked length). Layouts are described in docs/formats.md.
void write_poly(Writer& writer, const NttPoly& poly, const Ring& ring);
/// Feeds write_poly's bytes to `hash`, limb by limb.
void hash_poly_bytes(ParallelHash& hash, const NttPoly& poly, const Ring& ring);
Result<NttPoly> read_poly(Reader& reader, Basis expected, const Ring& ring);
[[nodiscard]] std::size_t packed_poly_bytes(Basis basis, const Ring& ring);

/// Parameter id, part count, level, scale, parts.
void write_ciphertext(Writer& writer, const Ciphertext& ct, const Params& params);
Result<Ciphertext> read_ciphertext(Reader& reader, const Params& params);
void write_public_key(Writer& writer, const PublicKey& key, const Params& params);
Result<PublicKey> read_public_key(Reader& reader, const Params& params);
void write_relin_key(Writer& writer, const RelinKey& key, const Params& params);
Result<RelinKey> read_relin_key(Reader& reader, const Params& params);
void write_galois_key(Writer& writer, const GaloisKey& key, const Params& params);
Result<GaloisKey> read_galois_key(Reader& reader, const Params& params);

/// SHA-256 of write_ciphertext's bytes: the identity of a ciphertext, c_0, level and scale included (R6).
Hash256 hash_ciphertext(const Ciphertext& ct, const Params& params);

}  // namespace mc::fhe
