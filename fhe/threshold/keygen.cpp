// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/keygen.hpp"

#include "fhe/ckks/encryptor.hpp"
#include "fhe/ring/sampling.hpp"

namespace mc::fhe {
namespace {

Basis basis_qp(const Params& params) {
  return {params.top_level().value, true};
}

KeyStream common_stream(const Hash256& seed) {
  return public_stream("medcommons/keygen/common-random/expand/v2", seed);
}

// u_M, the ephemeral secret that ties round 1 to round 2: drawn again in round 2 instead of being kept.
SecretPoly ephemeral_secret(const Params& params, const PieceSeed& seed, const CommonRandom& common) {
  const Ring& ring = params.ring();
  KeyStream stream = piece_stream(params, seed,
                                  {.protocol = "keygen/relin/u",
                                   .basis = basis_qp(params),
                                   .sigma = "ternary",
                                   .multiplicands = {&common.relin_digest, 1}});
  return SecretPoly(ring.to_ntt(sample_ternary(ring, basis_qp(params), stream)));
}

}  // namespace

Hash256 common_random_seed(const Params& params, const CommitteeShape& shape, Epoch epoch,
                           std::span<const Hash256> commitments) {
  MC_CHECK(commitments.size() == shape.pieces().size());
  Sha256 hash("medcommons/keygen/common-random/v1");
  hash.update(params.id().view()).update_u64(shape.custodians()).update_u64(shape.threshold()).update_u64(epoch.value);
  for (const Hash256& commitment : commitments) hash.update(commitment.view());
  return hash.finish();
}

CommonRandom expand_common_random(const Params& params, const Hash256& seed) {
  const Ring& ring = params.ring();
  CommonRandom common;
  common.seed = seed;
  KeyStream stream = common_stream(seed);
  common.public_key = sample_uniform(ring, basis_qp(params), stream);
  common.public_key_digest = hash_poly(params, common.public_key);
  Sha256 relin_hash("medcommons/keygen/common-random/relin/v1");
  for (std::uint32_t digit = 0; digit < params.digit_count(params.top_level()); ++digit) {
    common.relin.push_back(sample_uniform(ring, basis_qp(params), stream));
    relin_hash.update(hash_poly(params, common.relin.back()).view());
  }
  common.relin_digest = relin_hash.finish();
  return common;
}

NttPoly expand_public_key_half(const Params& params, const Hash256& seed) {
  KeyStream stream = common_stream(seed);
  return sample_uniform(params.ring(), basis_qp(params), stream);
}

PublicKey narrow_public_key(const Params& params, const WidePublicKey& key) {
  PublicKey narrow{key.b, expand_public_key_half(params, key.seed), key.epoch};
  narrow.p0.keep_limbs(params.top_level().value);
  narrow.p1.keep_limbs(params.top_level().value);
  return narrow;
}

PublicKeyShare make_public_key_share(const Params& params, const PieceSeed& seed, const SecretPoly& secret,
                                     const CommonRandom& common) {
  SecretPoly share = piece_error(params, seed,
                                 {{.protocol = "keygen/public-key/e",
                                   .basis = basis_qp(params),
                                   .sigma = "3.2",
                                   .multiplicands = {&common.public_key_digest, 1}}});
  params.ring().multiply_add(share.expose_mutable(), common.public_key, negated(params, secret).expose());
  return {std::move(share.expose_mutable())};
}

RelinShareOne make_relin_share_one(const Params& params, const PieceSeed& seed, const SecretPoly& secret,
                                   const CommonRandom& common) {
  const Ring& ring = params.ring();
  SecretPoly minus_u = ephemeral_secret(params, seed, common);
  ring.negate(minus_u.expose_mutable());
  const auto error = [&](std::string_view protocol, std::uint32_t digit) {
    return piece_error(params, seed,
                       {{.protocol = protocol,
                         .index = digit,
                         .basis = basis_qp(params),
                         .sigma = "3.2",
                         .multiplicands = {&common.relin_digest, 1}}});
  };
  RelinShareOne share;
  for (std::uint32_t digit = 0; digit < common.relin.size(); ++digit) {
    SecretPoly h0 = error("keygen/relin-1/e0", digit), h1 = error("keygen/relin-1/e1", digit);
    ring.multiply_add(h0.expose_mutable(), common.relin[digit], minus_u.expose());
    add_gadget_product(params, digit, secret.expose(), h0.expose_mutable());
    ring.multiply_add(h1.expose_mutable(), common.relin[digit], secret.expose());
    share.digits.push_back({std::move(h0.expose_mutable()), std::move(h1.expose_mutable())});
  }
  return share;
}

RelinShareTwo make_relin_share_two(const Params& params, const PieceSeed& seed, const SecretPoly& secret,
                                   const CommonRandom& common, const RelinAggregate& aggregate) {
  const Ring& ring = params.ring();
  MC_CHECK(aggregate.multiplicands().size() == params.digit_count(params.top_level()));
  const SecretPoly ephemeral = ephemeral_secret(params, seed, common);
  RelinShareTwo share;
  for (const auto& [of_piece, of_ephemeral] : aggregate.multiplicands()) {
    const auto name = [&](std::string_view protocol) {
      return DrawName{.protocol = protocol,
                      .index = static_cast<std::uint32_t>(share.digits.size()),
                      .basis = basis_qp(params),
                      .sigma = "3.2",
                      .multiplicands = {&aggregate.multiplicand_digest(), 1}};
    };
    SecretPoly sum = piece_error(params, seed, {name("keygen/relin-2/e2"), name("keygen/relin-2/e3")});
    ring.multiply_add(sum.expose_mutable(), of_piece, secret.expose());
    ring.multiply_add(sum.expose_mutable(), of_ephemeral, ephemeral.expose());
    share.digits.push_back(std::move(sum.expose_mutable()));
  }
  return share;
}

void add_share(const Params& params, PublicKeyShare& sum, PublicKeyShare share) {
  if (sum.b.empty()) {
    sum = std::move(share);
  } else {
    params.ring().add(sum.b, share.b);
  }
}

void add_share(const Params& params, RelinShareOne& sum, RelinShareOne share) {
  if (sum.digits.empty()) {
    sum = std::move(share);
    return;
  }
  MC_CHECK(sum.digits.size() == share.digits.size());
  for (std::size_t i = 0; i < share.digits.size(); ++i) {
    params.ring().add(sum.digits[i].h0, share.digits[i].h0);
    params.ring().add(sum.digits[i].h1, share.digits[i].h1);
  }
}

void add_share(const Params& params, RelinShareTwo& sum, RelinShareTwo share) {
  if (sum.digits.empty()) {
    sum = std::move(share);
    return;
  }
  MC_CHECK(sum.digits.size() == share.digits.size());
  for (std::size_t i = 0; i < share.digits.size(); ++i) params.ring().add(sum.digits[i], share.digits[i]);
}

WidePublicKey finish_public_key(PublicKeyShare&& sum, const CommonRandom& common) {
  return {common.seed, std::move(sum.b), {}};
}

RelinKey finish_relin_key(const Hash256& seed, RelinShareTwo&& sum_two) {
  return {seed, std::move(sum_two.digits), {}};
}

Hash256 hash_aggregate(const Params& params, const RelinShareOne& aggregate) {
  Sha256 hash("medcommons/keygen/aggregate/v1");
  for (const auto& [h0, h1] : aggregate.digits) {
    hash.update(hash_poly(params, h0).view());
    hash.update(hash_poly(params, h1).view());
  }
  return hash.finish();
}

Hash256 relin_key_seed(const Hash256& common_seed, const Hash256& aggregate) {
  return Sha256("medcommons/keygen/common-random/relin-key/v1")
      .update(common_seed.view())
      .update(aggregate.view())
      .finish();
}

RelinAggregate::RelinAggregate(const Params& params, const Hash256& common_seed, RelinShareOne&& sum)
    : hash_(hash_aggregate(params, sum)), seed_(relin_key_seed(common_seed, hash_)) {
  MC_CHECK(sum.digits.size() == params.digit_count(params.top_level()));
  const std::vector<NttPoly> uniform = expand_uniform_halves(params, seed_);
  Sha256 digest("medcommons/keygen/relin-2/multiplicands/v1");
  digest.update(hash_.view());  // in which every h1 is
  for (std::size_t i = 0; i < sum.digits.size(); ++i) {
    auto& [h0, h1] = sum.digits[i];
    params.ring().subtract(h0, uniform[i]);
    digest.update(hash_poly(params, h0).view());
    multiplicands_.push_back({std::move(h0), std::move(h1)});
  }
  multiplicand_digest_ = digest.finish();
}

}  // namespace mc::fhe
