// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/galois_keygen.hpp"

#include "fhe/ckks/encryptor.hpp"
#include "fhe/ring/kernels.hpp"
#include "fhe/threshold/share_header.hpp"

namespace mc::fhe {
namespace {

constexpr std::string_view kMagic = "MCG2";

Basis basis_qp(const Params& params) {
  return {params.top_level().value, true};
}

SecretPoly image_of(const Params& params, const SecretPoly& secret, std::uint64_t galois_element) {
  const Ring& ring = params.ring();
  const AutomorphismTable automorphism = AutomorphismTable::of(galois_element, ring.degree());
  SecretPoly image(ring.make_unset<Domain::kNtt>(secret.expose().basis()));
  for (std::size_t i = 0; i < image.expose().limb_count(); ++i) {
    ring.kernels().permute(image.expose_mutable().limb(i).data(), secret.expose().limb(i).data(), automorphism, false,
                           {0, ring.degree()}, ring.modulus(secret.expose().basis(), i));
  }
  return image;
}

}  // namespace

Status check_galois_elements(const Params& params, std::span<const std::uint64_t> elements) {
  if (elements.size() > kGaloisElementsMax) {
    return fail(Code::kLimit, std::to_string(elements.size()) + " rotation and conjugation keys, the limit is " +
                                  std::to_string(kGaloisElementsMax));
  }
  const std::uint64_t order = 2 * params.ring().degree();
  std::uint64_t last = 1;
  for (const std::uint64_t element : elements) {
    if (element % 2 == 0 || element >= order || element <= last) {
      return fail(Code::kInvalidArgument, "the Galois element " + std::to_string(element) + " after " +
                                              std::to_string(last) +
                                              " is not odd, larger than it and below 2N = " + std::to_string(order));
    }
    last = element;
  }
  return {};
}

GaloisCommon expand_galois_common(const Params& params, const Hash256& common_seed, std::uint64_t galois_element) {
  GaloisCommon common;
  common.galois_element = galois_element;
  common.seed = Sha256("medcommons/keygen/common-random/galois/v1")
                    .update(common_seed.view())
                    .update_u64(galois_element)
                    .finish();
  common.a = expand_uniform_halves(params, common.seed);
  Sha256 digest("medcommons/keygen/galois/multiplicand/v1");
  digest.update_u64(galois_element);
  for (const NttPoly& a : common.a) digest.update(hash_poly(params, a).view());
  common.digest = digest.finish();
  return common;
}

GaloisShare make_galois_share(const Params& params, const PieceSeed& seed, const SecretPoly& secret,
                              const GaloisCommon& common) {
  const SecretPoly image = image_of(params, secret, common.galois_element);
  const SecretPoly minus_secret = negated(params, secret);
  GaloisShare share;
  for (std::uint32_t digit = 0; digit < common.a.size(); ++digit) {
    SecretPoly b = piece_error(params, seed,
                               {{.protocol = "keygen/galois/e",
                                 .index = digit,
                                 .basis = basis_qp(params),
                                 .sigma = "3.2",
                                 .multiplicands = {&common.digest, 1}}});
    params.ring().multiply_add(b.expose_mutable(), common.a[digit], minus_secret.expose());
    add_gadget_product(params, digit, image.expose(), b.expose_mutable());
    share.digits.push_back(std::move(b.expose_mutable()));
  }
  return share;
}

void add_share(const Params& params, GaloisShare& sum, GaloisShare share) {
  if (sum.digits.empty()) {
    sum = std::move(share);
    return;
  }
  MC_CHECK(sum.digits.size() == share.digits.size());
  for (std::size_t i = 0; i < share.digits.size(); ++i) params.ring().add(sum.digits[i], share.digits[i]);
}

GaloisKey finish_galois_key(GaloisShare&& sum, const GaloisCommon& common, Epoch epoch) {
  return {common.galois_element, common.seed, std::move(sum.digits), epoch};
}

Hash256 hash_galois_key(const Params& params, const GaloisKey& key) {
  Writer writer;
  write_galois_key(writer, key, params);
  return sha256(writer.bytes());
}

Bytes encode_share(const Params& params, Epoch epoch, PieceId piece, std::uint64_t galois_element,
                   const GaloisShare& share) {
  Writer writer;
  writer.reserve(128 + share.digits.size() * packed_poly_bytes(basis_qp(params), params.ring()));
  write_share_header(writer, kMagic, params, epoch, piece);
  writer.u32(static_cast<std::uint32_t>(galois_element));
  for (const NttPoly& digit : share.digits) write_poly(writer, digit, params.ring());
  return std::move(writer).bytes();
}

Result<GaloisShare> decode_galois_share(const Params& params, Epoch epoch, PieceId piece, std::uint64_t galois_element,
                                        ByteView bytes) {
  const std::string what = "share of the Galois key " + std::to_string(galois_element) + ", " + piece_text(piece);
  Reader reader(bytes, what);
  MC_TRY_STATUS(read_share_header(reader, kMagic, params, epoch, piece));
  MC_TRY(const std::uint32_t element, reader.u32());
  if (element != galois_element) {
    return fail(Code::kInvalidArgument, what + ": it is for the Galois element " + std::to_string(element));
  }
  GaloisShare share;
  for (std::uint32_t digit = 0; digit < params.digit_count(params.top_level()); ++digit) {
    MC_TRY(NttPoly b, read_poly(reader, basis_qp(params), params.ring()));
    share.digits.push_back(std::move(b));
  }
  MC_TRY_STATUS(reader.finish());
  return share;
}

}  // namespace mc::fhe
