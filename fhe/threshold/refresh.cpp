// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/refresh.hpp"

#include <algorithm>
#include <bit>

#include "fhe/ckks/recombination.hpp"
#include "fhe/ring/kernels.hpp"
#include "fhe/ring/lift.hpp"
#include "fhe/ring/sampling.hpp"
#include "fhe/threshold/flooding.hpp"
#include "fhe/threshold/share_header.hpp"

namespace mc::fhe {
namespace {

constexpr std::string_view kShareMagic = "MCRF";

using Extraction = RefreshMap::Extraction;
/// Wiped when they die.
using SecretFlooding = std::vector<i128, WipingAllocator<i128>>;

Basis basis_of(Level level) {
  return {level.value, false};
}

// Which coefficients of an input are opened, as positions; of kPolynomials all of them, which nobody asks for here.
std::vector<std::uint32_t> positions_of(const Params& params, const RefreshMap& map, std::size_t input) {
  if (map.extraction == Extraction::kConstants) return {0};
  if (map.extraction == Extraction::kPairs) return {0, static_cast<std::uint32_t>(params.ring().degree() / 2)};
  std::vector<std::uint32_t> positions;
  for (const RefreshMap::Coefficient& at : map.coefficients) {
    if (at.input == input) positions.push_back(at.position);
  }
  return positions;
}

// What a draw says about the coefficients it is for: "0", "all", or the digest of their positions.
std::string coefficients_text(const RefreshMap& map, std::span<const std::uint32_t> positions) {
  if (map.extraction == Extraction::kConstants) return "0";
  if (map.extraction == Extraction::kPolynomials) return "all";
  Sha256 hash("medcommons/refresh/positions/v1");
  for (const std::uint32_t position : positions) hash.update_u64(position);
  return hash.finish().hex();
}

std::size_t opened_count(const Params& params, const RefreshMap& map, std::span<const std::uint32_t> positions) {
  return map.extraction == Extraction::kPolynomials ? params.ring().degree() : positions.size();
}

// What a piece draws for one input: a function of the piece, its c_1, the law of the draws and which coefficients are
// opened (R5), and of nothing else. The same c_1 in another refresh gets the same draws.
KeyStream stream_of(const Params& params, const PieceSeed& seed, const RefreshJob& job, std::size_t input,
                    std::span<const std::uint32_t> positions, std::string_view protocol, std::string_view law) {
  const std::string coefficients = coefficients_text(*job.map, positions);
  return piece_stream(params, seed,
                      {.protocol = protocol,
                       .basis = basis_of(job.map->input_level),
                       .sigma = law,
                       .coefficients = coefficients,
                       .multiplicands = {&job.multiplicands[input], 1}});
}

Masks masks_of(const Params& params, const PieceSeed& seed, const RefreshJob& job, std::size_t input,
               std::span<const std::uint32_t> positions) {
  const std::uint8_t mask_log2 = job.map->mask_log2[input];
  std::string interval = "U(2^" + std::to_string(mask_log2) + ")";
  // With and without flooding one value has two masks: their difference would be the flooding.
  if (!job.map->flooding_log2.empty()) interval += "+N(2^" + std::to_string(job.map->flooding_log2[input]) + ")";
  KeyStream stream = stream_of(params, seed, job, input, positions, "refresh/mask", interval);
  return Masks(mask_log2, opened_count(params, *job.map, positions), stream);
}

// What a piece adds to one input for good. All zero where the map asks for none.
SecretFlooding flooding_of(const Params& params, const PieceSeed& seed, const RefreshJob& job, std::size_t input,
                           std::span<const std::uint32_t> positions) {
  SecretFlooding flooding(opened_count(params, *job.map, positions), 0);
  if (job.map->flooding_log2.empty()) return flooding;
  const std::uint8_t deviation_log2 = job.map->flooding_log2[input];
  const std::string sigma = "2^" + std::to_string(deviation_log2);
  KeyStream stream = stream_of(params, seed, job, input, positions, "refresh/flooding", sigma);
  for (i128& draw : flooding) draw = sample_flooding(deviation_log2, stream);
  return flooding;
}

// Everything a map may speak of, over the output's primes: constants as coefficients 0 … k-1 of one polynomial, whole
// inputs one polynomial each.
using Values = std::vector<CoeffPoly>;

// addend + T(values) for one output, in NTT form.
class Image {
 public:
  Image(const Params& params, const Values& values, CoeffPoly&& addend)
      : params_(params), values_(values), addend_(std::move(addend)) {}

  NttPoly operator()(const RefreshMap::Monomials& terms) {
    const Ring& ring = params_.ring();
    for (std::size_t limb = 0; limb < addend_.limb_count(); ++limb) {
      const Modulus& m = ring.modulus(addend_.basis(), limb);
      const std::uint64_t offset = ((std::uint64_t{1} << 62) / m.q + 1) * m.q;
      for (const RefreshMap::Monomial& term : terms) {
        const std::uint64_t factor = m.reduce_word(static_cast<std::uint64_t>(term.factor) + offset);
        std::uint64_t& sum = addend_.limb(limb)[term.position];
        sum = m.add(sum, m.multiply(values_[0].limb(limb)[term.value], factor));
      }
    }
    return ring.to_ntt(std::move(addend_));
  }
  NttPoly operator()(const RefreshMap::Products& terms) {
    const Ring& ring = params_.ring();
    NttPoly sum = ring.to_ntt(std::move(addend_));
    for (std::size_t limb = 0; limb < sum.limb_count(); ++limb) {
      for (const RefreshMap::Product& term : terms) {
        ring.kernels().multiply_scalar_add(sum.limb(limb).data(), term.factor.limb(limb).data(),
                                           values_[0].limb(limb)[term.value], ring.degree(),
                                           ring.modulus(sum.basis(), limb));
      }
    }
    return sum;
  }
  NttPoly operator()(const RefreshMap::Whole& image) {
    params_.ring().add(addend_, values_[image.value]);
    return params_.ring().to_ntt(std::move(addend_));
  }
  NttPoly operator()(const RefreshMap::RealPart& image) {
    const Ring& ring = params_.ring();
    const CoeffPoly& value = values_[image.value];
    for (std::size_t limb = 0; limb < addend_.limb_count(); ++limb) {
      const Modulus& m = ring.modulus(addend_.basis(), limb);
      const auto from = value.limb(limb);
      const auto to = addend_.limb(limb);
      to[0] = m.add(to[0], m.add(from[0], from[0]));
      for (std::size_t k = 1; k < ring.degree(); ++k) {
        to[k] = m.add(to[k], m.add(from[k], m.negate(from[ring.degree() - k])));
      }
    }
    return ring.to_ntt(std::move(addend_));
  }

 private:
  const Params& params_;
  const Values& values_;
  CoeffPoly addend_;
};

NttPoly image_of(const Params& params, const RefreshMap::Output& output, const Values& values, CoeffPoly&& addend) {
  Image image(params, values, std::move(addend));
  return std::visit(image, output.image);
}

// Coefficients of a polynomial at some positions, limb-major. Of a secret product: only those are ever read.
std::vector<std::uint64_t> coefficients_at(const Ring& ring, NttPoly&& poly, std::span<const std::uint32_t> positions) {
  CoeffPoly in_order = ring.to_coeff(std::move(poly));
  std::vector<std::uint64_t> found;
  for (std::size_t limb = 0; limb < in_order.limb_count(); ++limb) {
    for (const std::uint32_t position : positions) found.push_back(in_order.limb(limb)[position]);
  }
  wipe(in_order);
  return found;
}

std::vector<std::uint64_t> opened_of(const Ring& ring, Extraction extraction, const NttPoly& poly,
                                     std::span<const std::uint32_t> positions) {
  if (extraction == Extraction::kConstants) return ring.coefficient_zero(poly);
  if (extraction == Extraction::kPairs) return ring.coefficients_zero_and_middle(poly);
  return coefficients_at(ring, NttPoly(poly), positions);
}

std::vector<std::uint64_t> opened_of_product(const Ring& ring, Extraction extraction, const NttPoly& poly,
                                             const SecretPoly& secret, std::span<const std::uint32_t> positions) {
  if (extraction == Extraction::kConstants) return ring.product_coefficient_zero(poly, secret.expose());
  if (extraction == Extraction::kPairs) return ring.product_coefficients_zero_and_middle(poly, secret.expose());
  NttPoly product = poly;
  ring.multiply(product, secret.expose());
  return coefficients_at(ring, std::move(product), positions);
}

// r_M of every value: added to what is opened, and its negative over the output's primes, which T is applied to.
Values open_constants(const Params& params, const PieceSeed& seed, const SecretPoly& secret, const RefreshJob& job,
                      RefreshShare& share) {
  const Ring& ring = params.ring();
  const Basis input = basis_of(job.map->input_level), output = basis_of(job.map->output_level);
  const std::size_t count = job.map->value_count();
  share.constants.resize(input.q_limbs * count);
  Values negated(1);
  negated[0] = ring.make<Domain::kCoeff>(output);
  std::size_t first = 0;  // value of this input's first coefficient
  for (std::size_t j = 0; j < job.inputs.size(); ++j) {
    const std::vector<std::uint32_t> positions = positions_of(params, *job.map, j);
    if (positions.empty()) continue;
    const Masks masks = masks_of(params, seed, job, j, positions);
    std::vector<std::uint64_t> product =
        opened_of_product(ring, job.map->extraction, job.inputs[j].parts[1], secret, positions);
    const SecretFlooding flooding = flooding_of(params, seed, job, j, positions);
    std::vector<std::uint64_t> mask(positions.size());
    for (std::uint32_t limb = 0; limb < std::max(input.q_limbs, output.q_limbs); ++limb) {
      const Modulus& m = ring.modulus_at(limb);
      masks.residues(ring, limb, mask);
      for (std::size_t k = 0; k < positions.size(); ++k) {
        if (limb < input.q_limbs) {
          const std::uint64_t noisy = m.add(product[limb * positions.size() + k], residue_of(flooding[k], m));
          share.constants[limb * count + first + k] = m.add(noisy, mask[k]);
        }
        if (limb < output.q_limbs) negated[0].limb(limb)[first + k] = m.negate(mask[k]);
      }
    }
    wipe(product.data(), product.size() * sizeof(std::uint64_t));
    wipe(mask.data(), mask.size() * sizeof(std::uint64_t));
    first += positions.size();
  }
  return negated;
}

Values open_polynomials(const Params& params, const PieceSeed& seed, const SecretPoly& secret, const RefreshJob& job,
                        RefreshShare& share) {
  const Ring& ring = params.ring();
  const Basis input = basis_of(job.map->input_level), output = basis_of(job.map->output_level);
  Values negated;
  for (std::size_t j = 0; j < job.inputs.size(); ++j) {
    const Masks masks = masks_of(params, seed, job, j, {});
    CoeffPoly opened = ring.make_unset<Domain::kCoeff>(input);
    for (std::uint32_t limb = 0; limb < input.q_limbs; ++limb) masks.residues(ring, limb, opened.limb(limb));
    if (!job.map->flooding_log2.empty()) {
      const SecretFlooding flooding = flooding_of(params, seed, job, j, {});
      for (std::uint32_t limb = 0; limb < input.q_limbs; ++limb) {
        const Modulus& m = ring.modulus_at(limb);
        for (std::size_t k = 0; k < flooding.size(); ++k) {
          opened.limb(limb)[k] = m.add(opened.limb(limb)[k], residue_of(flooding[k], m));
        }
      }
    }
    NttPoly sum = ring.to_ntt(std::move(opened));
    ring.multiply_add(sum, job.inputs[j].parts[1], secret.expose());
    share.polynomials.push_back(std::move(sum));
    negated.push_back(ring.make_unset<Domain::kCoeff>(output));
    for (std::uint32_t limb = 0; limb < output.q_limbs; ++limb) masks.residues(ring, limb, negated[j].limb(limb));
    ring.negate(negated[j]);
  }
  return negated;
}

// v + sum r_M of constants or coefficients, modulo the input's primes: coefficients 0 … k-1 of one polynomial.
CoeffPoly opened_constants(const Params& params, const RefreshJob& job, const RefreshShare& sum) {
  const Ring& ring = params.ring();
  const Basis input = basis_of(job.map->input_level);
  const std::size_t count = job.map->value_count();
  MC_CHECK(sum.constants.size() == input.q_limbs * count);
  CoeffPoly opened = ring.make<Domain::kCoeff>(input);
  const std::vector<std::uint64_t> made_here =
      job.heads.empty() ? opened_heads(params, job.inputs, *job.map) : std::vector<std::uint64_t>{};
  const std::span<const std::uint64_t> heads = job.heads.empty() ? made_here : job.heads;
  for (std::uint32_t limb = 0; limb < input.q_limbs; ++limb) {
    for (std::size_t k = 0; k < count; ++k) {
      opened.limb(limb)[k] = ring.modulus_at(limb).add(heads[limb * count + k], sum.constants[limb * count + k]);
    }
  }
  return opened;
}

// v + sum r_M as integers, over the output's primes.
Values opened_values(const Params& params, const RefreshJob& job, const RefreshShare& sum) {
  const Ring& ring = params.ring();
  const std::uint32_t wanted = job.map->output_level.value;
  Values values;
  if (job.map->extraction == Extraction::kPolynomials) {
    MC_CHECK(sum.polynomials.size() == job.inputs.size());
    for (std::size_t j = 0; j < job.inputs.size(); ++j) {
      NttPoly opened = job.inputs[j].parts[0];
      ring.add(opened, sum.polynomials[j]);
      values.push_back(ring.to_coeff(lift_centred(ring, opened, wanted)));
    }
    return values;
  }
  CoeffPoly opened = opened_constants(params, job, sum);
  values.push_back(ring.to_coeff(lift_centred(ring, ring.to_ntt(std::move(opened)), wanted)));
  return values;
}

void check_job(const RefreshJob& job) {
  MC_CHECK(job.map != nullptr && job.common != nullptr);
  MC_CHECK(job.inputs.size() == job.map->mask_log2.size() && job.multiplicands.size() == job.inputs.size());
  MC_CHECK(job.common->a.size() == job.map->outputs.size() && job.common->digests.size() == job.common->a.size());
  MC_CHECK(job.heads.empty() || job.heads.size() == job.map->input_level.value * job.map->value_count());
}

}  // namespace

Status check_refresh(const Params& params, Epoch epoch, std::size_t pieces, std::span<const Ciphertext> inputs,
                     const RefreshMap& map) {
  MC_TRY_STATUS(check_refresh_map(params, map));
  if (inputs.size() != map.mask_log2.size()) {
    return fail(Code::kInvalidArgument, "the refresh map speaks of " + std::to_string(map.mask_log2.size()) +
                                            " values, there are " + std::to_string(inputs.size()));
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::string name = "input " + std::to_string(i);
    if (inputs[i].parts.size() != 2) {
      return fail(Code::kInvalidArgument,
                  name + " has " + std::to_string(inputs[i].parts.size()) + " parts, refreshes need 2");
    }
    if (inputs[i].level() != map.input_level || inputs[i].parts[1].basis() != basis_of(map.input_level)) {
      return fail(Code::kInvalidArgument, name + " has level " + std::to_string(inputs[i].level().value) +
                                              ", the refresh map says " + std::to_string(map.input_level.value));
    }
    if (inputs[i].epoch != epoch) {
      return fail(Code::kInvalidArgument, name + " is under the key of epoch " + std::to_string(inputs[i].epoch.value) +
                                              ", the pieces are of epoch " + std::to_string(epoch.value));
    }
    if (const Status room = check_headroom(params, map.input_level, pieces, map.mask_log2[i]); !room) {
      return fail(room.error().within(name));
    }
  }
  return {};
}

std::vector<std::uint64_t> opened_heads(const Params& params, std::span<const Ciphertext> inputs,
                                        const RefreshMap& map) {
  if (map.extraction == Extraction::kPolynomials) return {};
  const std::size_t count = map.value_count();
  std::vector<std::uint64_t> heads(map.input_level.value * count);
  std::size_t first = 0;  // value of this input's first coefficient
  for (std::size_t j = 0; j < inputs.size(); ++j) {
    const std::vector<std::uint32_t> positions = positions_of(params, map, j);
    if (positions.empty()) continue;
    MC_CHECK(inputs[j].level().value >= map.input_level.value);
    const auto found = opened_of(params.ring(), map.extraction, inputs[j].parts[0], positions);
    for (std::uint32_t limb = 0; limb < map.input_level.value; ++limb) {
      for (std::size_t k = 0; k < positions.size(); ++k) {
        heads[limb * count + first + k] = found[limb * positions.size() + k];
      }
    }
    first += positions.size();
  }
  return heads;
}

Hash256 refresh_digest(const Params& params, const Hash256& run, std::uint32_t step, Epoch epoch, const RefreshMap& map,
                       std::span<const Hash256> multiplicands) {
  Sha256 hash("medcommons/refresh/v1");
  hash.update(run.view()).update_u64(step).update_u64(epoch.value).update(hash_refresh_map(params, map).view());
  hash.update_u64(multiplicands.size());
  for (const Hash256& multiplicand : multiplicands) hash.update(multiplicand.view());
  return hash.finish();
}

RefreshCommon expand_refresh_common(const Params& params, const RefreshMap& map, const Hash256& refresh_digest) {
  KeyStream stream = public_stream("medcommons/refresh/common-random/v1", refresh_digest);
  RefreshCommon common;
  for (std::size_t i = 0; i < map.outputs.size(); ++i) {
    common.a.push_back(sample_uniform(params.ring(), basis_of(map.output_level), stream));
    // What it is expanded from says what it is, in 32 bytes instead of hundreds of thousands.
    common.digests.push_back(Sha256("medcommons/refresh/common-random/digest/v1")
                                 .update(params.id().view())
                                 .update(refresh_digest.view())
                                 .update_u64(map.output_level.value)
                                 .update_u64(i)
                                 .finish());
  }
  return common;
}

RefreshShare make_refresh_share(const Params& params, const PieceSeed& seed, const SecretPoly& secret,
                                const RefreshJob& job) {
  const Ring& ring = params.ring();
  check_job(job);
  const Basis input = basis_of(job.map->input_level), output = basis_of(job.map->output_level);
  MC_CHECK(secret.expose().basis().q_limbs >= std::max(input.q_limbs, output.q_limbs));
  RefreshShare share;
  Values masks = job.map->extraction == Extraction::kPolynomials ? open_polynomials(params, seed, secret, job, share)
                                                                 : open_constants(params, seed, secret, job, share);
  SecretPoly minus_secret(restrict_to(secret.expose(), output.q_limbs));
  ring.negate(minus_secret.expose_mutable());
  for (std::size_t i = 0; i < job.map->outputs.size(); ++i) {
    KeyStream stream = piece_stream(
        params, seed,
        {.protocol = "refresh/e", .basis = output, .sigma = "3.2", .multiplicands = {&job.common->digests[i], 1}});
    NttPoly fresh = image_of(params, job.map->outputs[i], masks, sample_error(ring, output, stream));
    ring.multiply_add(fresh, job.common->a[i], minus_secret.expose());
    share.reencryptions.push_back(std::move(fresh));
  }
  for (CoeffPoly& mask : masks) wipe(mask);
  return share;
}

void add_share(const Params& params, const RefreshMap& map, RefreshShare& sum, RefreshShare share) {
  if (sum.reencryptions.empty()) {
    sum = std::move(share);
    return;
  }
  const Ring& ring = params.ring();
  MC_CHECK(sum.constants.size() == share.constants.size() && sum.polynomials.size() == share.polynomials.size() &&
           sum.reencryptions.size() == share.reencryptions.size());
  for (std::size_t i = 0; i < share.polynomials.size(); ++i) ring.add(sum.polynomials[i], share.polynomials[i]);
  for (std::size_t i = 0; i < share.reencryptions.size(); ++i) ring.add(sum.reencryptions[i], share.reencryptions[i]);
  const std::size_t count = map.value_count();
  for (std::size_t i = 0; i < share.constants.size(); ++i) {
    sum.constants[i] = ring.modulus_at(i / count).add(sum.constants[i], share.constants[i]);
  }
}

std::vector<Ciphertext> finish_refresh(const Params& params, const RefreshJob& job, const RefreshShare& sum) {
  const Ring& ring = params.ring();
  check_job(job);
  MC_CHECK(sum.reencryptions.size() == job.map->outputs.size());
  const Values values = opened_values(params, job, sum);
  std::vector<Ciphertext> refreshed;
  for (std::size_t i = 0; i < job.map->outputs.size(); ++i) {
    NttPoly c0 =
        image_of(params, job.map->outputs[i], values, ring.make<Domain::kCoeff>(basis_of(job.map->output_level)));
    ring.add(c0, sum.reencryptions[i]);
    Ciphertext& fresh = refreshed.emplace_back(
        Ciphertext{.parts = {}, .scale = job.map->outputs[i].scale, .epoch = job.inputs[0].epoch});
    fresh.parts.push_back(std::move(c0));  // a list of parts would copy both
    fresh.parts.push_back(job.common->a[i]);
  }
  return refreshed;
}

std::uint32_t opened_log2(std::uint8_t mask_log2, std::size_t pieces) {
  return mask_log2 + static_cast<std::uint32_t>(std::bit_width(pieces));
}

Status check_opened(const Params& params, const RefreshJob& job, const RefreshShare& sum, std::size_t pieces) {
  check_job(job);
  MC_CHECK(job.map->extraction != Extraction::kPolynomials);
  const std::uint32_t limbs = job.map->input_level.value;
  const CoeffPoly opened = opened_constants(params, job, sum);
  const Recombination recombination(params.ring(), limbs);
  std::vector<std::uint64_t> residues(limbs), words(recombination.word_count());
  for (std::uint32_t value = 0; value < job.map->value_count(); ++value) {
    for (std::uint32_t limb = 0; limb < limbs; ++limb) residues[limb] = opened.limb(limb)[value];
    recombination.combine(residues, words);
    const std::uint8_t mask_log2 = job.map->mask_log2[job.map->input_of(value)];
    // Masks reach pieces 2^(k-1), what they hide less than 2^(k-1).
    if (bit_length(words) < opened_log2(mask_log2, pieces)) continue;
    return fail(Code::kRefused,
                "value " + std::to_string(value) + " is not within its mask of " + std::to_string(mask_log2) + " bits");
  }
  return {};
}

Bytes encode_refresh_share(const Params& params, Epoch epoch, PieceId piece, const RefreshShare& share) {
  Writer writer;
  std::size_t size = kShareHeaderBytes + 8 * share.constants.size();
  for (const NttPoly& poly : share.polynomials) size += packed_poly_bytes(poly.basis(), params.ring());
  for (const NttPoly& poly : share.reencryptions) size += packed_poly_bytes(poly.basis(), params.ring());
  writer.reserve(size);
  write_share_header(writer, kShareMagic, params, epoch, piece);
  for (const std::uint64_t residue : share.constants) writer.u64(residue);
  for (const NttPoly& poly : share.polynomials) write_poly(writer, poly, params.ring());
  for (const NttPoly& poly : share.reencryptions) write_poly(writer, poly, params.ring());
  return std::move(writer).bytes();
}

Result<RefreshShare> decode_refresh_share(const Params& params, Epoch epoch, PieceId piece, const RefreshMap& map,
                                          ByteView bytes) {
  const std::string what = "refresh share, " + piece_text(piece);
  Reader reader(bytes, what);
  MC_TRY_STATUS(read_share_header(reader, kShareMagic, params, epoch, piece));
  if (const std::size_t expected = refresh_share_bytes(params, map); bytes.size() != expected) {
    return fail(reader.error(std::to_string(bytes.size()) + " bytes, the map makes " + std::to_string(expected)));
  }
  RefreshShare share;
  const Basis input = basis_of(map.input_level);
  const std::size_t count = map.value_count();
  if (map.extraction != Extraction::kPolynomials) {
    for (std::size_t i = 0; i < input.q_limbs * count; ++i) {
      MC_TRY(const std::uint64_t residue, reader.u64());
      if (residue >= params.q()[i / count]) return fail(reader.error("a residue is not below its prime"));
      share.constants.push_back(residue);
    }
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      MC_TRY(NttPoly poly, read_poly(reader, input, params.ring()));
      share.polynomials.push_back(std::move(poly));
    }
  }
  for (std::size_t i = 0; i < map.outputs.size(); ++i) {
    MC_TRY(NttPoly poly, read_poly(reader, basis_of(map.output_level), params.ring()));
    share.reencryptions.push_back(std::move(poly));
  }
  MC_TRY_STATUS(reader.finish());
  return share;
}

std::size_t refresh_share_bytes(const Params& params, const RefreshMap& map) {
  const Basis input = basis_of(map.input_level);
  const std::size_t opened =
      map.extraction == Extraction::kPolynomials ? packed_poly_bytes(input, params.ring()) : 8 * input.q_limbs;
  return kShareHeaderBytes + map.value_count() * opened +
         map.outputs.size() * packed_poly_bytes(basis_of(map.output_level), params.ring());
}

}  // namespace mc::fhe
