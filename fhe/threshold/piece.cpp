// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/piece.hpp"

#include "fhe/ckks/ciphertext.hpp"
#include "fhe/ring/sampling.hpp"
#include "fhe/threshold/release_key.hpp"

namespace mc::fhe {
namespace {

constexpr std::string_view kSuite = "medcommons/threshold/v1";

void write_piece(Writer& writer, PieceId piece, Epoch epoch) {
  writer.u64(piece.value);
  writer.u32(epoch.value);
}

void write_basis(Writer& writer, Basis basis) {
  writer.u32(basis.q_limbs);
  writer.u8(basis.with_p ? 1 : 0);
}

}  // namespace

PieceSeed derive_piece_seed(PieceId piece, Epoch epoch, std::span<const SecretKey256> contributions) {
  Sha256 hash("medcommons/piece/seed/v1");
  hash.update_u64(piece.value).update_u64(epoch.value).update_u64(contributions.size());
  for (const SecretKey256& contribution : contributions) hash.update(contribution.expose());
  Hash256 digest = hash.finish();
  PieceSeed seed{piece, epoch, SecretKey256(digest.bytes)};
  wipe(digest.bytes.data(), digest.bytes.size());
  return seed;
}

Hash256 commit_piece(const PieceSeed& seed) {
  return Sha256("medcommons/piece/commitment/v1")
      .update(seed.key.expose())
      .update_u64(seed.piece.value)
      .update_u64(seed.epoch.value)
      .finish();
}

PieceSecretKey piece_secret_key(const Params& params, const PieceSeed& seed) {
  Writer context;
  context.text(kSuite);
  write_piece(context, seed.piece, seed.epoch);
  context.hash(params.id());
  return {seed.piece, seed.epoch, derive_key(seed.key, "medcommons/piece/secret/v1", context.bytes())};
}

SecretPoly piece_secret(const Params& params, const PieceSeed& seed, Basis basis) {
  return piece_secret(params, piece_secret_key(params, seed), basis);
}

SecretPoly piece_secret(const Params& params, const PieceSeed& seed) {
  return piece_secret(params, seed, Basis{params.top_level().value, true});
}

KeyStream piece_stream(const Params& params, const PieceSeed& seed, const DrawName& name) {
  Writer context;
  context.text(kSuite);
  write_piece(context, seed.piece, seed.epoch);
  context.text(name.protocol);
  context.u32(name.index);
  context.hash(params.id());
  write_basis(context, name.basis);
  context.text(name.sigma);
  context.text(name.coefficients);
  context.u32(static_cast<std::uint32_t>(name.multiplicands.size()));
  for (const Hash256& multiplicand : name.multiplicands) context.hash(multiplicand);
  return KeyStream(derive_key(seed.key, "medcommons/piece/draw/v1", context.bytes()));
}

SecretPoly piece_error(const Params& params, const PieceSeed& seed, std::initializer_list<DrawName> names) {
  const Ring& ring = params.ring();
  CoeffPoly sum;
  for (const DrawName& name : names) {
    MC_CHECK(name.sigma == "3.2" && name.basis == names.begin()->basis);
    KeyStream stream = piece_stream(params, seed, name);
    CoeffPoly error = sample_error(ring, name.basis, stream);
    if (sum.empty()) {
      sum = std::move(error);
    } else {
      ring.add(sum, error);
      wipe(error);
    }
  }
  return SecretPoly(ring.to_ntt(std::move(sum)));
}

SecretPoly negated(const Params& params, const SecretPoly& secret) {
  SecretPoly result{NttPoly(secret.expose())};
  params.ring().negate(result.expose_mutable());
  return result;
}

Hash256 hash_poly(const Params& params, const NttPoly& poly) {
  Writer head;
  head.hash(params.id());
  write_basis(head, poly.basis());
  ParallelHash residues("medcommons/poly/residues/v2");
  hash_poly_bytes(residues, poly, params.ring());
  return Sha256("medcommons/poly/v2").update(head.bytes()).update(residues.finish().view()).finish();
}

}  // namespace mc::fhe
