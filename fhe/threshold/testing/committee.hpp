// SPDX-License-Identifier: Apache-2.0
// For tests only: a whole committee in one place, keyed from a number.
#pragma once

#include <cmath>

#include "fhe/ckks/encoder.hpp"
#include "fhe/ckks/encryptor.hpp"
#include "fhe/threshold/keygen.hpp"

namespace mc::fhe::testing {

inline SecretKey256 numbered_key(std::uint64_t number) {
  const Hash256 digest = Sha256("test key").update_u64(number).finish();
  return SecretKey256(digest.bytes);
}

inline Hash256 numbered_hash(std::uint64_t number) {
  return Sha256("test hash").update_u64(number).finish();
}

inline ParamsPtr small_params() {
  return Params::named("test_insecure", true).value_or_stop();
}
inline constexpr std::size_t kSmallDegree = 1024;  // of their ring

/// Of n custodians, t of whom open.
inline CommitteeShape committee_shape(std::uint32_t n, std::uint32_t t) {
  return CommitteeShape::create(n, t).value_or_stop();
}

/// Keys of a committee, with every piece known: what no process outside tests ever has.
struct TestCommittee {
  ParamsPtr params;
  CommitteeShape shape;
  Epoch epoch{1};
  std::vector<PieceSeed> seeds;
  std::vector<SecretPoly> secrets;
  CommonRandom common;
  WidePublicKey wide_key;
  PublicKey public_key;
  RelinKey relin_key;

  TestCommittee(ParamsPtr p, CommitteeShape s, std::uint64_t number, Epoch e = Epoch(1))
      : params(std::move(p)), shape(std::move(s)), epoch(e) {
    std::vector<Hash256> commitments;
    for (const PieceId piece : shape.pieces()) {
      std::vector<SecretKey256> contributions;
      for (const CustodianId holder : shape.holders(piece)) {
        contributions.push_back(numbered_key(number << 32 | piece.value << 8 | holder.value));
      }
      seeds.push_back(derive_piece_seed(piece, epoch, contributions));
      commitments.push_back(commit_piece(seeds.back()));
      secrets.push_back(piece_secret(*params, seeds.back()));
    }
    common = expand_common_random(*params, common_random_seed(*params, shape, epoch, commitments));
    PublicKeyShare public_sum;
    RelinShareOne sum_one;
    for (std::size_t i = 0; i < seeds.size(); ++i) {
      add_share(*params, public_sum, make_public_key_share(*params, seeds[i], secrets[i], common));
      add_share(*params, sum_one, make_relin_share_one(*params, seeds[i], secrets[i], common));
    }
    const RelinAggregate aggregate(*params, common.seed, std::move(sum_one));
    RelinShareTwo sum_two;
    for (std::size_t i = 0; i < seeds.size(); ++i) {
      add_share(*params, sum_two, make_relin_share_two(*params, seeds[i], secrets[i], common, aggregate));
    }
    wide_key = finish_public_key(std::move(public_sum), common);
    wide_key.epoch = epoch;
    public_key = narrow_public_key(*params, wide_key);
    relin_key = finish_relin_key(aggregate.seed(), std::move(sum_two));
    relin_key.epoch = epoch;
  }

  /// s, the sum of all pieces.
  [[nodiscard]] SecretPoly collective_secret() const {
    NttPoly sum = secrets[0].expose();
    for (std::size_t i = 1; i < secrets.size(); ++i) params->ring().add(sum, secrets[i].expose());
    return SecretPoly(std::move(sum));
  }
};

}  // namespace mc::fhe::testing
