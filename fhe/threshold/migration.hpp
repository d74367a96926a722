// SPDX-License-Identifier: Apache-2.0
// Moving stored ciphertexts from an old committee's key to a new one's without decryption (R12). Each piece M of the
// old secret publishes, per digit, an encryption of P g_i s_M under the new collective key; the sum over all pieces is
// a switching key from s_old to s_new, with which anybody carries ciphertexts over. It decrypts nothing: its digits are
// RLWE encryptions under s_new. The other direction does not exist: an old key never comes after a new one.
// Source: collective public-key switching, Mouchet et al., ePrint 2020/304, protocol 4, applied to the gadget of a
// switching key (Han and Ki, ePrint 2019/688). Who may ask for it: protocol/migration_setup.hpp. Pure functions;
// thread-safe.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "base/workers.hpp"
#include "fhe/ckks/evaluation_keys.hpp"
#include "fhe/threshold/keygen.hpp"

namespace mc::fhe {

/// The new committee's key as shares multiply it, with the digests of both halves: the multiplicands (R5), which are
/// taken here and never supplied.
class MigrationTarget {
 public:
  MigrationTarget(const Params& params, const WidePublicKey& next);
  [[nodiscard]] Epoch epoch() const { return epoch_; }
  [[nodiscard]] const NttPoly& b() const { return b_; }
  [[nodiscard]] const NttPoly& a() const { return a_; }
  [[nodiscard]] std::span<const Hash256> digests() const { return digests_; }

 private:
  Epoch epoch_;
  NttPoly b_, a_;
  std::array<Hash256, 2> digests_;
};

/// Per digit i over QP: (u_i b' + e0_i + P g_i s_M, u_i a' + e1_i). Also the sum over all pieces.
struct MigrationShare {
  std::vector<SwitchingDigit> digits;
};

/// REQUIRES a target that the caller has checked (R12), of a later epoch than the seed's (MC_CHECK).
MigrationShare make_migration_share(const Params& params, const PieceSeed& seed, const SecretPoly& secret,
                                    const MigrationTarget& target);
/// `sum` may be default-constructed at first, and becomes the share then.
void add_share(const Params& params, MigrationShare& sum, MigrationShare share);

/// From epoch `from` to epoch `to`: b_i + a_i s_new = P g_i s_old + e_i.
///   noise   e_i = sum over the C old pieces of u e' + e0 + e1 s_new: standard deviation about 3.2 sqrt(C C' 4 N / 3),
///           C' the number of new pieces (migration_key_variance, fhe/ckks/error_variance.hpp)
struct MigrationKey {
  Epoch from, to;
  std::vector<SwitchingDigit> digits;
};
MigrationKey finish_migration_key(MigrationShare&& sum, Epoch from, Epoch to);

/// Bytes of a share: share header (of the old epoch and piece), new epoch (u32), per digit both halves. Reading refuses
/// another piece, epoch or parameter set than the one expected.
Bytes encode_share(const Params& params, Epoch from, PieceId piece, Epoch to, const MigrationShare& share);
Result<MigrationShare> decode_migration_share(const Params& params, Epoch from, PieceId piece, Epoch to,
                                              ByteView bytes);

/// Parameter id, both epochs (u32 each), per digit both halves.
void write_migration_key(Writer& writer, const MigrationKey& key, const Params& params);
/// Besides: kCorrupt unless the epochs ascend.
Result<MigrationKey> read_migration_key(Reader& reader, const Params& params);
/// SHA-256 of write_migration_key's bytes.
Hash256 hash_migration_key(const Params& params, const MigrationKey& key);

/// Carries ciphertexts over. Deterministic: whoever has the key gets the same bytes (R25). Immutable; thread-safe.
class Migration {
 public:
  Migration(ParamsPtr params, const MigrationKey& key);
  /// The same message under the new key, at the same level and scale.
  ///   noise   adds switching_variance(level, migration_key_variance) + division_variance of the new key
  ///   errors  kInvalidArgument for another epoch than `from`, three parts, or another parameter set
  [[nodiscard]] Result<Ciphertext> carry(const Ciphertext& ct, const Workers* workers = nullptr) const;
  [[nodiscard]] Epoch from() const { return from_; }
  [[nodiscard]] Epoch to() const { return to_; }

 private:
  ParamsPtr params_;
  Epoch from_, to_;
  PreparedKey key_;
};

}  // namespace mc::fhe
