// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/keygen.hpp"

#include "fhe/ckks/encryptor.hpp"
#include "fhe/ring/sampling.hpp"

namespace mc::fhe {
namespace {

Basis basis_q(const Params& params) {
  return {params.top_level().value, false};
}
Basis basis_qp(const Params& params) {
  return {params.top_level().value, true};
}

// Secret like the piece itself: whoever knows the error of a share solves it for the piece.
SecretPoly error_poly(const Params& params, Basis basis, KeyStream stream) {
  return SecretPoly(params.ring().to_ntt(sample_error(params.ring(), basis, stream)));
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

void add_poly(const Ring& ring, NttPoly& sum, const NttPoly& term) {
  if (sum.empty()) {
    sum = term;
  } else {
    ring.add(sum, term);
  }
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
  KeyStream stream = public_stream("medcommons/keygen/common-random/expand/v1", seed);
  common.public_key = sample_uniform(ring, basis_q(params), stream);
  common.public_key_digest = hash_poly(params, common.public_key);
  Sha256 relin_hash("medcommons/keygen/common-random/relin/v1");
  for (std::uint32_t digit = 0; digit < params.digit_count(params.top_level()); ++digit) {
    common.relin.push_back(sample_uniform(ring, basis_qp(params), stream));
    relin_hash.update(hash_poly(params, common.relin.back()).view());
  }
  common.relin_digest = relin_hash.finish();
  return common;
}

PublicKeyShare make_public_key_share(const Params& params, const PieceSeed& seed, const SecretPoly& secret,
                                     const CommonRandom& common) {
  const Ring& ring = params.ring();
  PublicKeyShare share{restrict_to(secret.expose(), params.top_level().value)};
  ring.multiply(share.b, common.public_key);
  ring.negate(share.b);
  ring.add(share.b, error_poly(params, basis_q(params),
                               piece_stream(params, seed,
                                            {.protocol = "keygen/public-key/e",
                                             .basis = basis_q(params),
                                             .sigma = "3.2",
                                             .multiplicands = {&common.public_key_digest, 1}}))
                        .expose());
  return share;
}

RelinShareOne make_relin_share_one(const Params& params, const PieceSeed& seed, const SecretPoly& secret,
                                   const CommonRandom& common) {
  const Ring& ring = params.ring();
  const Basis basis = basis_qp(params);
  const SecretPoly u = ephemeral_secret(params, seed, common);
  const auto error = [&](std::string_view protocol, std::uint32_t digit) {
    return error_poly(params, basis,
                      piece_stream(params, seed,
                                   {.protocol = protocol,
                                    .index = digit,
                                    .basis = basis,
                                    .sigma = "3.2",
                                    .multiplicands = {&common.relin_digest, 1}}));
  };
  RelinShareOne share;
  for (std::uint32_t digit = 0; digit < common.relin.size(); ++digit) {
    const NttPoly& a = common.relin[digit];
    NttPoly h0 = a;
    ring.multiply(h0, u.expose());
    ring.negate(h0);
    add_gadget_product(params, digit, secret.expose(), h0);
    ring.add(h0, error("keygen/relin-1/e0", digit).expose());
    NttPoly h1 = a;
    ring.multiply(h1, secret.expose());
    ring.add(h1, error("keygen/relin-1/e1", digit).expose());
    share.digits.push_back({std::move(h0), std::move(h1)});
  }
  return share;
}

RelinShareTwo make_relin_share_two(const Params& params, const PieceSeed& seed, const SecretPoly& secret,
                                   const CommonRandom& common, const RelinShareOne& aggregate) {
  const Ring& ring = params.ring();
  const Basis basis = basis_qp(params);
  MC_CHECK(aggregate.digits.size() == params.digit_count(params.top_level()));
  const Hash256 multiplicand = hash_aggregate(params, aggregate);
  SecretPoly u_minus_s = ephemeral_secret(params, seed, common);
  ring.subtract(u_minus_s.expose_mutable(), secret.expose());
  RelinShareTwo share;
  for (std::uint32_t digit = 0; digit < aggregate.digits.size(); ++digit) {
    const auto error = [&](std::string_view protocol) {
      return error_poly(params, basis,
                        piece_stream(params, seed,
                                     {.protocol = protocol,
                                      .index = digit,
                                      .basis = basis,
                                      .sigma = "3.2",
                                      .multiplicands = {&multiplicand, 1}}));
    };
    NttPoly sum = aggregate.digits[digit].h0;
    ring.multiply(sum, secret.expose());
    ring.multiply_add(sum, u_minus_s.expose(), aggregate.digits[digit].h1);
    ring.add(sum, error("keygen/relin-2/e2").expose());
    ring.add(sum, error("keygen/relin-2/e3").expose());
    share.digits.push_back(std::move(sum));
  }
  return share;
}

void add_share(const Params& params, PublicKeyShare& sum, const PublicKeyShare& share) {
  add_poly(params.ring(), sum.b, share.b);
}

void add_share(const Params& params, RelinShareOne& sum, const RelinShareOne& share) {
  if (sum.digits.empty()) sum.digits.resize(share.digits.size());
  MC_CHECK(sum.digits.size() == share.digits.size());
  for (std::size_t i = 0; i < share.digits.size(); ++i) {
    add_poly(params.ring(), sum.digits[i].h0, share.digits[i].h0);
    add_poly(params.ring(), sum.digits[i].h1, share.digits[i].h1);
  }
}

void add_share(const Params& params, RelinShareTwo& sum, const RelinShareTwo& share) {
  if (sum.digits.empty()) sum.digits.resize(share.digits.size());
  MC_CHECK(sum.digits.size() == share.digits.size());
  for (std::size_t i = 0; i < share.digits.size(); ++i) add_poly(params.ring(), sum.digits[i], share.digits[i]);
}

PublicKey finish_public_key(const PublicKeyShare& sum, const CommonRandom& common) {
  return {sum.b, common.public_key, {}};
}

RelinKey finish_relin_key(const RelinShareOne& sum_one, const RelinShareTwo& sum_two) {
  MC_CHECK(sum_one.digits.size() == sum_two.digits.size());
  RelinKey key;
  for (std::size_t i = 0; i < sum_one.digits.size(); ++i)
    key.digits.push_back({sum_two.digits[i], sum_one.digits[i].h1});
  return key;
}

Hash256 hash_aggregate(const Params& params, const RelinShareOne& aggregate) {
  Sha256 hash("medcommons/keygen/aggregate/v1");
  for (const auto& [h0, h1] : aggregate.digits) {
    hash.update(hash_poly(params, h0).view());
    hash.update(hash_poly(params, h1).view());
  }
  return hash.finish();
}

}  // namespace mc::fhe
