// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/requester_key.hpp"

#include <algorithm>

#include "base/random.hpp"
#include "fhe/ring/sampling.hpp"
#include "fhe/threshold/possession_proof.hpp"

namespace mc::fhe {
namespace {

Hash256 hash_context(const Params& params, const RequesterContext& context) {
  return Sha256("medcommons/requester/context/v1")
      .update(params.id().view())
      .update_u64(context.chain_id)
      .update(context.study.view())
      .update(context.requester)
      .finish();
}

SecretKey256 study_key(const Params& params, const SecretKey256& secret, const RequesterContext& context) {
  return derive_key(secret, "medcommons/requester/study/v1", hash_context(params, context).view());
}

CoeffPoly draw_secret(const Params& params, const SecretKey256& key) {
  KeyStream stream(derive_key(key, "medcommons/requester/z/v1", {}));
  return sample_ternary(params.ring(), kReleaseBasis, stream);
}

CoeffPoly draw_error(const Params& params, const SecretKey256& key) {
  KeyStream stream(derive_key(key, "medcommons/requester/e/v1", {}));
  return sample_error(params.ring(), kReleaseBasis, stream);
}

// Residues of limb 0 to integers around zero, without a branch on them.
SecretIntegers centred(const Params& params, const CoeffPoly& poly) {
  const auto q = static_cast<std::int64_t>(params.q()[0]);
  const auto limb = poly.limb(0);
  SecretIntegers integers(limb.size());
  for (std::size_t i = 0; i < limb.size(); ++i) {
    const auto residue = static_cast<std::int64_t>(limb[i]);
    integers[i] = residue - (q & -static_cast<std::int64_t>(residue > q / 2));
  }
  return integers;
}

}  // namespace

NttPoly requester_p1(const Params& params, const RequesterContext& context) {
  KeyStream stream = public_stream("medcommons/requester/p1/v1", hash_context(params, context));
  return sample_uniform(params.ring(), kReleaseBasis, stream);
}

SecretPoly requester_secret(const Params& params, const SecretKey256& secret, const RequesterContext& context) {
  return SecretPoly(params.ring().to_ntt(draw_secret(params, study_key(params, secret, context))));
}

RequesterKey make_requester_key(const Params& params, const SecretKey256& secret, const RequesterContext& context) {
  const Ring& ring = params.ring();
  const SecretKey256 key = study_key(params, secret, context);
  CoeffPoly z = draw_secret(params, key);
  CoeffPoly e = draw_error(params, key);
  const SecretIntegers z_integers = centred(params, z);
  const SecretIntegers e_integers = centred(params, e);
  const SecretPoly z_ntt(ring.to_ntt(std::move(z)));
  const SecretPoly e_ntt(ring.to_ntt(std::move(e)));

  const NttPoly p1 = requester_p1(params, context);
  RequesterKey result{context, p1, {}};
  ring.multiply(result.p0, z_ntt.expose());
  ring.negate(result.p0);
  ring.add(result.p0, e_ntt.expose());
  result.proof = prove_possession(params, {hash_context(params, context), result.p0, p1}, z_integers, e_integers,
                                  derive_key(key, "medcommons/requester/proof/v1", {}));
  return result;
}

Status verify_requester_key(const Params& params, const RequesterKey& key, const RequesterContext& expected,
                            const PublicKey& collective) {
  if (key.context != expected) {
    return fail(Code::kRefused, "requester key was made for study " + key.context.study.hex() + " on chain " +
                                    std::to_string(key.context.chain_id) + ", expected study " + expected.study.hex() +
                                    " on chain " + std::to_string(expected.chain_id) + " and its requester");
  }
  MC_CHECK(key.p0.basis() == kReleaseBasis);
  if (key.p0 == restrict_to(collective.p0, kReleaseBasis.q_limbs)) {
    return fail(Code::kRefused, "requester key equals the collective key");
  }
  const NttPoly p1 = requester_p1(params, expected);
  return verify_possession(params, {hash_context(params, expected), key.p0, p1}, key.proof);
}

Bytes encode_requester_key(const Params& params, const RequesterKey& key) {
  Writer writer;
  writer.raw(view_of("MCRK"));
  writer.hash(params.id());
  writer.u64(key.context.chain_id);
  writer.hash(key.context.study);
  writer.raw(key.context.requester);
  write_poly(writer, key.p0, params.ring());
  write_possession_proof(writer, params, key.proof);
  return std::move(writer).bytes();
}

Result<RequesterKey> decode_requester_key(const Params& params, ByteView bytes) {
  Reader reader(bytes, "requester key");
  MC_TRY(const ByteView magic, reader.raw(4));
  if (!std::ranges::equal(magic, view_of("MCRK"))) return fail(reader.error("not a requester key"));
  MC_TRY(const Hash256 params_id, reader.hash());
  if (params_id != params.id()) {
    return fail(Code::kInvalidArgument, "requester key was made for parameter set " + params_id.hex() + ", expected " +
                                            params.spec().name + " (" + params.id().hex() + ")");
  }
  RequesterKey key;
  MC_TRY(key.context.chain_id, reader.u64());
  MC_TRY(key.context.study, reader.hash());
  MC_TRY(const ByteView requester, reader.raw(key.context.requester.size()));
  std::ranges::copy(requester, key.context.requester.begin());
  MC_TRY(key.p0, read_poly(reader, kReleaseBasis, params.ring()));
  MC_TRY(key.proof, read_possession_proof(reader, params));
  MC_TRY_STATUS(reader.finish());
  return key;
}

Hash256 hash_requester_key(const Params& params, const RequesterKey& key) {
  return sha256(encode_requester_key(params, key));
}

}  // namespace mc::fhe
