// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/release_key.hpp"

#include "fhe/ring/sampling.hpp"

namespace mc::fhe {
namespace {

Bytes key_context(const PieceSeed& key, Window window) {
  Writer context;
  context.u64(key.piece.value);
  context.u32(key.epoch.value);
  context.u32(window.value);
  return std::move(context).bytes();
}

// A key for draws of one purpose, which stays what it is as long as the piece does.
PieceSeed standing_key(const PieceSecretKey& key, std::string_view purpose) {
  Writer context;
  context.u64(key.piece.value);
  context.u32(key.epoch.value);
  return {key.piece, key.epoch, derive_key(key.key, purpose, context.bytes())};
}

}  // namespace

std::string window_text(Window window) {
  return "day " + std::to_string(window.value);
}

Result<Window> window_of(std::uint64_t chain_time_s) {
  const std::uint64_t day = chain_time_s / kWindowSeconds;
  if (day > UINT32_MAX) {
    return fail(Code::kInvalidArgument, "a chain time of " + std::to_string(chain_time_s) + " s is no time");
  }
  return Window(static_cast<std::uint32_t>(day));
}

SecretPoly piece_secret(const Params& params, const PieceSecretKey& key, Basis basis) {
  KeyStream stream(key.key.copy());
  return SecretPoly(params.ring().to_ntt(sample_ternary(params.ring(), basis, stream)));
}

PieceSeed migration_key_of(const PieceSecretKey& key) {
  return standing_key(key, "medcommons/piece/migration/v1");
}

PieceSeed opening_key_of(const PieceSecretKey& key) {
  return standing_key(key, "medcommons/piece/opening/v1");
}

PieceSeed release_key(const PieceSeed& seed, Window window) {
  PieceSeed key{seed.piece, seed.epoch,
                derive_key(seed.key, "medcommons/piece/release/v1", key_context(seed, Window(0)))};
  advance_release_key(key, Window(0), window);
  return key;
}

void advance_release_key(PieceSeed& key, Window from, Window to) {
  MC_CHECK(from <= to);
  for (std::uint32_t window = from.value; window < to.value; ++window) {
    key.key = derive_key(key.key, "medcommons/piece/ratchet/v1", key_context(key, Window(window + 1)));
  }
}

}  // namespace mc::fhe
