// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/column_opening.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/check.hpp"
#include "fhe/ckks/encoder.hpp"
#include "fhe/ckks/recombination.hpp"
#include "fhe/threshold/response_limits.hpp"
#include "fhe/threshold/share_header.hpp"
#include "fhe/threshold/wide_gaussian.hpp"

namespace mc::fhe {
namespace {

constexpr std::string_view kShareMagic = "MCOP";
/// A proven plaintext is below 2^126 in every coefficient, whatever luck its owner had (docs/design/0046); noise of 35
/// pieces is far below that; what is opened stays six bits below half of the modulus.
constexpr double kOpenedLog2 = 134;
/// log2 of what is certain: limits hold but for 2^-64.
constexpr double kTailLog2 = 64;

using SecretWide = std::vector<i128, WipingAllocator<i128>>;

Basis opened_basis(const Params& params) {
  return {opening_level(params).value, false};
}

bool is_sealed(const Params& params, const Ciphertext& ct) {
  const Basis top{params.top_level().value, false};
  return ct.parts.size() == 2 && ct.parts[0].basis() == top && ct.parts[1].basis() == top;
}

/// How far noise alone reaches in a slot.
double noise_limit(const Params& params, std::size_t pieces) {
  return opening_slot_noise(params) * std::sqrt(kTailLog2 * std::numbers::ln2 * static_cast<double>(pieces));
}

}  // namespace

double opening_slot_noise(const Params& params) {
  const double variance = kSpreadVariance * static_cast<double>(params.ring().degree());
  return std::ldexp(std::sqrt(variance), static_cast<int>(kOpeningSpreadLog2) - kSealScaleLog2);
}

double opening_limit(const Params& params, std::size_t pieces) {
  return 1 + noise_limit(params, pieces);
}

double opened_reach(const Params& params, std::size_t pieces, double slots) {
  MC_CHECK(slots >= 1);
  // All slots pass that lie d_j limits beyond theirs with probability 2^(-64 sum d_j^2), so that sum is at most 1, and
  // what k columns carry goes with the mean of (1 + d_j)^(2 (k - 1)): p = 6 of four. With d_j <= 1 that is
  // at most 1 + p sqrt(n) / n + (2^p - 1 - p) / n, by Cauchy for what is linear in d_j.
  constexpr double kPower = 2 * (kOpenedFactorsMax - 1);
  const double mean = 1 + kPower / std::sqrt(slots) + (std::exp2(kPower) - 1 - kPower) / slots;
  return opening_limit(params, pieces) * std::pow(mean, 1 / kPower);
}

Level opening_level(const Params& params) {
  double bits = 0;
  std::uint32_t level = 0;
  while (bits < kOpenedLog2 && level < params.q().size()) bits += std::log2(static_cast<double>(params.q()[level++]));
  MC_CHECK(bits >= kOpenedLog2);
  return Level(level);
}

Hash256 opening_digest(const Params& params, const Ciphertext& sealed) {
  MC_CHECK(is_sealed(params, sealed));
  return hash_poly(params, restrict_to(sealed.parts[1], opening_level(params).value));
}

NttPoly make_opening_share(const Params& params, const PieceSeed& key, const SecretPoly& secret,
                           const Ciphertext& sealed, const Hash256& digest) {
  MC_CHECK(is_sealed(params, sealed));
  const Ring& ring = params.ring();
  const Basis basis = opened_basis(params);
  MC_CHECK(secret.expose().basis().q_limbs >= basis.q_limbs);
  const std::string law = "sqrt(8) 2^" + std::to_string(kOpeningSpreadLog2);
  KeyStream stream = piece_stream(
      params, key, {.protocol = "column/opening", .basis = basis, .sigma = law, .multiplicands = {&digest, 1}});
  SecretWide noise(ring.degree());
  draw_wide_gaussians(ring, noise, kOpeningSpreadLog2, stream);
  NttPoly share = ring.to_ntt(ring.from_wide(noise, basis));
  const SecretPoly narrow(restrict_to(secret.expose(), basis.q_limbs));
  ring.multiply_add(share, restrict_to(sealed.parts[1], basis.q_limbs), narrow.expose());
  return share;
}

double largest_opened_slot(const Params& params, const Ciphertext& sealed, const NttPoly& sum) {
  MC_CHECK(is_sealed(params, sealed) && sum.basis() == opened_basis(params));
  const Ring& ring = params.ring();
  NttPoly opened = restrict_to(sealed.parts[0], sum.basis().q_limbs);
  ring.add(opened, sum);
  const Recombination recombination(ring, sum.basis().q_limbs);
  const std::size_t width = recombination.word_count();
  std::vector<std::uint64_t> words(width * ring.degree());
  recombination.combine_all(ring.to_coeff(std::move(opened)), words);
  // Below 2^-28 half widths nothing matters here.
  constexpr std::size_t kDropped = 64;
  std::vector<double> coefficients(ring.degree());
  for (std::size_t k = 0; k < coefficients.size(); ++k) {
    const i128 high = shift_right(std::span(words).subspan(k * width, width), kDropped);
    coefficients[k] = std::ldexp(static_cast<double>(high), static_cast<int>(kDropped) - kSealScaleLog2);
  }
  return std::sqrt(ResponseLimits(ring.degree()).largest_slot_square(coefficients));
}

Status check_opened_column(const Params& params, const Ciphertext& sealed, const NttPoly& sum, std::size_t pieces) {
  const double limit = opening_limit(params, pieces);
  if (largest_opened_slot(params, sealed, sum) <= limit) return {};
  return fail(Code::kRefused, "a value lies beyond what noise makes of any within its range (" +
                                  std::to_string(static_cast<std::uint32_t>(limit)) + " half widths)");
}

Bytes encode_opening_share(const Params& params, Epoch epoch, PieceId piece, const NttPoly& share) {
  Writer writer;
  writer.reserve(opening_share_bytes(params));
  write_share_header(writer, kShareMagic, params, epoch, piece);
  write_poly(writer, share, params.ring());
  return std::move(writer).bytes();
}

Result<NttPoly> decode_opening_share(const Params& params, Epoch epoch, PieceId piece, ByteView bytes) {
  const std::string name = "share of an opened column, " + piece_text(piece);
  Reader reader(bytes, name);
  MC_TRY_STATUS(read_share_header(reader, kShareMagic, params, epoch, piece));
  MC_TRY(NttPoly share, read_poly(reader, opened_basis(params), params.ring()));
  MC_TRY_STATUS(reader.finish());
  return share;
}

std::size_t opening_share_bytes(const Params& params) {
  return kShareHeaderBytes + packed_poly_bytes(opened_basis(params), params.ring());
}

}  // namespace mc::fhe
