// SPDX-License-Identifier: Apache-2.0
// The arithmetic of collective key generation: every piece is one virtual party of the additive protocols of Mouchet,
// Troncoso-Pastoriza, Bossuat, Hubaux (ePrint 2020/304): collective public key (protocol 1) and relinearisation key
// (protocol 2, with uniform halves of a seed: docs/design/0055). Rotation and conjugation keys: galois_keygen.hpp. No
// messages here: protocol/keygen_party moves and compares the shares. Pure functions; thread-safe.
#pragma once

#include <span>
#include <vector>

#include "fhe/ckks/ciphertext.hpp"
#include "fhe/threshold/piece.hpp"

namespace mc::fhe {

/// The collective encryption key over all of QP: (b, a) with b + a s = e. Encryption needs its part over Q; the
/// migration to a new committee (migration.hpp) encrypts under all of it, so that the old committee needs nothing else.
/// The uniform half is that of the seed.
struct WidePublicKey {
  Hash256 seed;  // common_random_seed of the key generation
  NttPoly b;
  Epoch epoch{};
  friend bool operator==(const WidePublicKey&, const WidePublicKey&) = default;
};

/// a of a WidePublicKey, over QP.
NttPoly expand_public_key_half(const Params& params, const Hash256& seed);
/// What encrypts: both halves modulo the chain.
PublicKey narrow_public_key(const Params& params, const WidePublicKey& key);

/// Parameter id, seed, b; the epoch is told by whoever hands the bytes over.
void write_wide_public_key(Writer& writer, const WidePublicKey& key, const Params& params);
Result<WidePublicKey> read_wide_public_key(Reader& reader, const Params& params);

/// Common random polynomials over QP, NTT form: one for the public key, one per digit of the relinearisation key.
struct CommonRandom {
  Hash256 seed;
  NttPoly public_key;
  std::vector<NttPoly> relin;
  Hash256 public_key_digest;  // hash_poly(public_key)
  Hash256 relin_digest;       // over hash_poly of every relin polynomial
};

/// H(parameter id, shape, epoch, all piece commitments in piece order): fixed only after every commitment is (R2).
Hash256 common_random_seed(const Params& params, const CommitteeShape& shape, Epoch epoch,
                           std::span<const Hash256> commitments);
CommonRandom expand_common_random(const Params& params, const Hash256& seed);

/// b_M = -a s_M + e_M over QP.
struct PublicKeyShare {
  NttPoly b;
  friend bool operator==(const PublicKeyShare&, const PublicKeyShare&) = default;
};

/// Round 1, per digit i over QP: h0 = -u_M a_i + P g_i s_M + e0, h1 = s_M a_i + e1. Also the sum over all pieces.
struct RelinShareOne {
  struct Digit {
    NttPoly h0, h1;
    friend bool operator==(const Digit&, const Digit&) = default;
  };
  std::vector<Digit> digits;
  friend bool operator==(const RelinShareOne&, const RelinShareOne&) = default;
};

/// Round 2, per digit over QP: s_M (h0 - c) + e2 + u_M h1 + e3, with (h0, h1) the sums of round 1 and c the key's
/// uniform half. In the paper it is s_M h0 + e2 + (u_M - s_M) h1 + e3, and h1 the uniform half.
struct RelinShareTwo {
  std::vector<NttPoly> digits;
  friend bool operator==(const RelinShareTwo&, const RelinShareTwo&) = default;
};

/// H(parameter id, every h0 and h1): what the custodians compare before anybody answers (R4).
Hash256 hash_aggregate(const Params& params, const RelinShareOne& aggregate);
/// RelinKey::seed: H(common random seed, hash_aggregate). The uniform halves c are fixed only when h0 is: whoever knew
/// them before could choose h0 = c + 2^60, on which the answer is the secret.
Hash256 relin_key_seed(const Hash256& common_seed, const Hash256& aggregate);

/// A sum of round 1 made ready for round 2. It takes all digests itself (R5).
class RelinAggregate {
 public:
  /// `common_seed`: CommonRandom::seed. The sum is used up: only h0 - c and h1 are kept.
  RelinAggregate(const Params& params, const Hash256& common_seed, RelinShareOne&& sum);
  [[nodiscard]] const Hash256& hash() const { return hash_; }  // hash_aggregate of the sum
  [[nodiscard]] const Hash256& seed() const { return seed_; }  // relin_key_seed
  /// What round 2 multiplies: per digit h0 - c by the piece, h1 by its ephemeral secret.
  struct Multiplicands {
    NttPoly of_piece, of_ephemeral;
  };
  [[nodiscard]] const std::vector<Multiplicands>& multiplicands() const { return multiplicands_; }
  [[nodiscard]] const Hash256& multiplicand_digest() const { return multiplicand_digest_; }

 private:
  Hash256 hash_, seed_, multiplicand_digest_;
  std::vector<Multiplicands> multiplicands_;
};

PublicKeyShare make_public_key_share(const Params& params, const PieceSeed& seed, const SecretPoly& secret,
                                     const CommonRandom& common);
RelinShareOne make_relin_share_one(const Params& params, const PieceSeed& seed, const SecretPoly& secret,
                                   const CommonRandom& common);
/// REQUIRES an aggregate that the caller summed itself from compared shares, once per epoch (R4).
RelinShareTwo make_relin_share_two(const Params& params, const PieceSeed& seed, const SecretPoly& secret,
                                   const CommonRandom& common, const RelinAggregate& aggregate);

/// Sums: `sum` may be default-constructed at first, and becomes the share then.
void add_share(const Params& params, PublicKeyShare& sum, PublicKeyShare share);
void add_share(const Params& params, RelinShareOne& sum, RelinShareOne share);
void add_share(const Params& params, RelinShareTwo& sum, RelinShareTwo share);

/// (sum of b_M, a).
WidePublicKey finish_public_key(PublicKeyShare&& sum, const CommonRandom& common);
/// b_i = the sum of round 2, a_i of the seed (relin_key_seed): b_i + a_i s = P g_i s^2 + (s e0 + u e1 + e2 + e3).
///   noise   standard deviation about 3.2 C sqrt(4 N / 3), C the number of pieces (R24)
RelinKey finish_relin_key(const Hash256& seed, RelinShareTwo&& sum_two);

// Bytes: magic, parameter id, epoch, piece, then packed polynomials; every residue canonical, nothing left over.
// Reading refuses another piece, epoch or parameter set than the one expected.
Bytes encode_share(const Params& params, Epoch epoch, PieceId piece, const PublicKeyShare& share);
Bytes encode_share(const Params& params, Epoch epoch, PieceId piece, const RelinShareOne& share);
Bytes encode_share(const Params& params, Epoch epoch, PieceId piece, const RelinShareTwo& share);
Result<PublicKeyShare> decode_public_key_share(const Params& params, Epoch epoch, PieceId piece, ByteView bytes);
Result<RelinShareOne> decode_relin_share_one(const Params& params, Epoch epoch, PieceId piece, ByteView bytes);
Result<RelinShareTwo> decode_relin_share_two(const Params& params, Epoch epoch, PieceId piece, ByteView bytes);

/// Reads a share, with decode's errors, and adds it; the sum is unchanged when there is one.
Status add_encoded_share(const Params& params, Epoch epoch, PieceId piece, ByteView bytes, PublicKeyShare& sum);
Status add_encoded_share(const Params& params, Epoch epoch, PieceId piece, ByteView bytes, RelinShareOne& sum);
Status add_encoded_share(const Params& params, Epoch epoch, PieceId piece, ByteView bytes, RelinShareTwo& sum);

}  // namespace mc::fhe
