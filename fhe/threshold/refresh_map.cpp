// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/refresh_map.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "fhe/ckks/recombination.hpp"
#include "fhe/ckks/scaled_integer.hpp"
#include "fhe/ring/sampling.hpp"
#include "fhe/threshold/flooding.hpp"
#include "fhe/threshold/mask.hpp"

namespace mc::fhe {
namespace {

/// In the byte that says which coefficients are opened.
constexpr std::uint8_t kFloodedFlag = 128;
/// A draw is below 2^7 deviations (flooding.hpp), and the sum of all pieces' below 2^7 times that.
constexpr std::uint32_t kFloodingTailLog2 = 14;
constexpr std::int64_t kFactorEnd = std::int64_t{1} << 62;

enum class ImageKind : std::uint8_t { kMonomials = 1, kProducts = 2, kWhole = 3, kRealPart = 4 };

std::size_t inputs_max(RefreshMap::Extraction extraction) {
  const bool of_sums = extraction == RefreshMap::Extraction::kConstants || extraction == RefreshMap::Extraction::kPairs;
  return of_sums ? kRefreshConstantsMax : kRefreshPolynomialsMax;
}

Status check_coefficients(const Params& params, const RefreshMap& map) {
  const bool named = map.extraction == RefreshMap::Extraction::kCoefficients;
  const std::size_t count = map.coefficients.size();
  const std::size_t most = std::min(kRefreshCoefficientsMax, params.ring().degree());
  if (named ? count == 0 || count > most : count != 0) {
    return fail(Code::kInvalidArgument, "refresh map: " + std::to_string(count) + " coefficients, must be " +
                                            (named ? "1 to " + std::to_string(most) : "none"));
  }
  for (std::size_t i = 0; i < count; ++i) {
    const RefreshMap::Coefficient& at = map.coefficients[i];
    const std::string name =
        "refresh map: coefficient " + std::to_string(at.position) + " of input " + std::to_string(at.input);
    if (at.input >= map.mask_log2.size() || at.position >= params.ring().degree()) {
      return fail(Code::kInvalidArgument, name + " does not exist");
    }
    if (i > 0 && map.coefficients[i - 1] >= at) return fail(Code::kInvalidArgument, name + " is not in order");
  }
  return {};
}

/// A mask hides what is opened with its flooding: both are far below it.
Status check_flooding(const RefreshMap& map) {
  if (map.flooding_log2.empty()) return {};
  if (map.flooding_log2.size() != map.mask_log2.size()) {
    return fail(Code::kInvalidArgument, "refresh map: " + std::to_string(map.flooding_log2.size()) +
                                            " deviations of flooding for " + std::to_string(map.mask_log2.size()) +
                                            " values");
  }
  for (std::size_t i = 0; i < map.flooding_log2.size(); ++i) {
    const std::uint32_t deviation = map.flooding_log2[i];
    if (deviation >= 1 && deviation <= kDrawLog2Max && deviation + kFloodingTailLog2 + kMaskLambda < map.mask_log2[i]) {
      continue;
    }
    return fail(Code::kInvalidArgument, "refresh map: flooding of 2^" + std::to_string(deviation) +
                                            " under a mask of " + std::to_string(map.mask_log2[i]) + " bits");
  }
  return {};
}

tl::unexpected<Error> wrong(std::size_t output, std::string_view what) {
  return fail(Code::kInvalidArgument, "refresh map, output " + std::to_string(output) + ": " + std::string(what));
}

Status check_count(std::size_t output, std::string_view what, std::size_t found, std::size_t most) {
  if (found >= 1 && found <= most) return {};
  return wrong(output, std::to_string(found) + " " + std::string(what) + ", must be 1 to " + std::to_string(most));
}

Status check_value(std::size_t output, std::uint32_t value, std::size_t inputs) {
  if (value < inputs) return {};
  return wrong(output, "names value " + std::to_string(value) + " of " + std::to_string(inputs));
}

// One overload per kind of image.
Status check_image(const Params& params, const RefreshMap& map, std::size_t output,
                   const RefreshMap::Monomials& terms) {
  MC_TRY_STATUS(check_count(output, "terms", terms.size(), kRefreshTermsMax));
  for (const RefreshMap::Monomial& term : terms) {
    MC_TRY_STATUS(check_value(output, term.value, map.value_count()));
    if (term.position >= params.ring().degree()) {
      return wrong(output, "position " + std::to_string(term.position) + " of a polynomial of degree " +
                               std::to_string(params.ring().degree()));
    }
    if (term.factor <= -kFactorEnd || term.factor >= kFactorEnd) {
      return wrong(output, "factor " + std::to_string(term.factor) + " is not below 2^62");
    }
  }
  return {};
}
Status check_image(const Params&, const RefreshMap& map, std::size_t output, const RefreshMap::Products& terms) {
  MC_TRY_STATUS(check_count(output, "terms", terms.size(), kRefreshTermsMax));
  for (const RefreshMap::Product& term : terms) {
    MC_TRY_STATUS(check_value(output, term.value, map.value_count()));
    if (term.factor.basis() != Basis{map.output_level.value, false}) {
      return wrong(output, "a factor has level " + std::to_string(term.factor.basis().q_limbs) + ", the output " +
                               std::to_string(map.output_level.value));
    }
  }
  return {};
}
Status check_image(const Params&, const RefreshMap& map, std::size_t output, const RefreshMap::Whole& image) {
  return check_value(output, image.value, map.value_count());
}
Status check_image(const Params&, const RefreshMap& map, std::size_t output, const RefreshMap::RealPart& image) {
  return check_value(output, image.value, map.value_count());
}

Status check_output(const Params& params, const RefreshMap& map, std::size_t output) {
  const RefreshMap::Output& wanted = map.outputs[output];
  const bool is_whole = std::holds_alternative<RefreshMap::Whole>(wanted.image) ||
                        std::holds_alternative<RefreshMap::RealPart>(wanted.image);
  if (is_whole != (map.extraction == RefreshMap::Extraction::kPolynomials)) {
    return wrong(output, is_whole ? "a whole input, of which only single coefficients are extracted"
                                  : "terms of constants, where whole polynomials are extracted");
  }
  if (!names_primes_of(wanted.scale, params)) {
    return wrong(output, "scale " + wanted.scale.text() + " names primes beyond a chain of " +
                             std::to_string(params.top_level().value));
  }
  return std::visit([&](const auto& image) { return check_image(params, map, output, image); }, wanted.image);
}

void write_image(Writer& writer, const RefreshMap::Monomials& terms, const Params&) {
  writer.u8(static_cast<std::uint8_t>(ImageKind::kMonomials));
  writer.u32(static_cast<std::uint32_t>(terms.size()));
  for (const RefreshMap::Monomial& term : terms) {
    writer.u32(term.value);
    writer.u32(term.position);
    writer.i64(term.factor);
  }
}
void write_image(Writer& writer, const RefreshMap::Products& terms, const Params& params) {
  writer.u8(static_cast<std::uint8_t>(ImageKind::kProducts));
  writer.u32(static_cast<std::uint32_t>(terms.size()));
  for (const RefreshMap::Product& term : terms) {
    writer.u32(term.value);
    write_poly(writer, term.factor, params.ring());
  }
}
void write_image(Writer& writer, const RefreshMap::Whole& image, const Params&) {
  writer.u8(static_cast<std::uint8_t>(ImageKind::kWhole));
  writer.u32(image.value);
}
void write_image(Writer& writer, const RefreshMap::RealPart& image, const Params&) {
  writer.u8(static_cast<std::uint8_t>(ImageKind::kRealPart));
  writer.u32(image.value);
}

Result<RefreshMap::Monomials> read_monomials(Reader& reader) {
  MC_TRY(const std::uint32_t count, reader.count(kRefreshTermsMax, 16));
  RefreshMap::Monomials terms(count);
  for (RefreshMap::Monomial& term : terms) {
    MC_TRY(term.value, reader.u32());
    MC_TRY(term.position, reader.u32());
    MC_TRY(term.factor, reader.i64());
  }
  return terms;
}

Result<RefreshMap::Products> read_products(Reader& reader, Basis basis, const Params& params) {
  MC_TRY(const std::uint32_t count, reader.count(kRefreshTermsMax, 4 + packed_poly_bytes(basis, params.ring())));
  RefreshMap::Products terms(count);
  for (RefreshMap::Product& term : terms) {
    MC_TRY(term.value, reader.u32());
    MC_TRY(term.factor, read_poly(reader, basis, params.ring()));
  }
  return terms;
}

Result<RefreshMap::Output> read_output(Reader& reader, Basis basis, const Params& params) {
  RefreshMap::Output output;
  MC_TRY(const std::uint8_t kind, reader.u8());
  switch (static_cast<ImageKind>(kind)) {
    case ImageKind::kMonomials: {
      MC_TRY(output.image, read_monomials(reader));
      break;
    }
    case ImageKind::kProducts: {
      MC_TRY(output.image, read_products(reader, basis, params));
      break;
    }
    case ImageKind::kWhole: {
      MC_TRY(const std::uint32_t value, reader.u32());
      output.image = RefreshMap::Whole{value};
      break;
    }
    case ImageKind::kRealPart: {
      MC_TRY(const std::uint32_t value, reader.u32());
      output.image = RefreshMap::RealPart{value};
      break;
    }
    default:
      return fail(reader.error("no such kind of output: " + std::to_string(kind)));
  }
  MC_TRY(output.scale, read_scale(reader));
  return output;
}

}  // namespace

RefreshMap::Output replicated(std::uint32_t value, const Scale& scale) {
  return {RefreshMap::Monomials{{value, 0, 1}}, scale};
}

RefreshMap::Output packed(std::uint32_t count, const Scale& scale) {
  RefreshMap::Monomials terms;
  for (std::uint32_t i = 0; i < count; ++i) terms.push_back({i, i, 1});
  return {std::move(terms), scale};
}

RefreshMap::Output whole(std::uint32_t value, const Scale& scale) {
  return {RefreshMap::Whole{value}, scale};
}

RefreshMap::Output real_part(std::uint32_t value, const Scale& scale) {
  return {RefreshMap::RealPart{value}, scale};
}

Status check_refresh_map(const Params& params, const RefreshMap& map) {
  const std::size_t most = inputs_max(map.extraction);
  if (map.mask_log2.empty() || map.mask_log2.size() > most) {
    return fail(Code::kInvalidArgument, "refresh map: " + std::to_string(map.mask_log2.size()) +
                                            " values, must be 1 to " + std::to_string(most));
  }
  if (map.outputs.empty() || map.outputs.size() > kRefreshOutputsMax) {
    return fail(Code::kInvalidArgument, "refresh map: " + std::to_string(map.outputs.size()) +
                                            " outputs, must be 1 to " + std::to_string(kRefreshOutputsMax));
  }
  const std::uint32_t top = params.top_level().value;
  if (map.output_level.value < 1 || map.output_level.value > top) {
    return fail(Code::kInvalidArgument, "refresh map: outputs at level " + std::to_string(map.output_level.value) +
                                            ", must be 1 to " + std::to_string(top));
  }
  const std::uint32_t input_top = std::min(top, kRefreshLevelMax);
  if (map.input_level.value < 1 || map.input_level.value > input_top) {
    return fail(Code::kInvalidArgument, "refresh map: inputs at level " + std::to_string(map.input_level.value) +
                                            ", must be 1 to " + std::to_string(input_top));
  }
  if (std::ranges::find(map.mask_log2, 0) != map.mask_log2.end()) {
    return fail(Code::kInvalidArgument, "refresh map: a mask of 0 bits");
  }
  MC_TRY_STATUS(check_flooding(map));
  MC_TRY_STATUS(check_coefficients(params, map));
  for (std::size_t i = 0; i < map.outputs.size(); ++i) MC_TRY_STATUS(check_output(params, map, i));
  return {};
}

void write_refresh_map(Writer& writer, const RefreshMap& map, const Params& params) {
  const bool flooded = !map.flooding_log2.empty();
  writer.u8(static_cast<std::uint8_t>(static_cast<std::uint8_t>(map.extraction) | (flooded ? kFloodedFlag : 0)));
  writer.u32(map.input_level.value);
  writer.u32(map.output_level.value);
  writer.sized(map.mask_log2);
  if (flooded) writer.sized(map.flooding_log2);
  if (map.extraction == RefreshMap::Extraction::kCoefficients) {
    writer.u32(static_cast<std::uint32_t>(map.coefficients.size()));
    for (const RefreshMap::Coefficient& at : map.coefficients) {
      writer.u32(at.input);
      writer.u32(at.position);
    }
  }
  writer.u32(static_cast<std::uint32_t>(map.outputs.size()));
  for (const RefreshMap::Output& output : map.outputs) {
    std::visit([&](const auto& image) { write_image(writer, image, params); }, output.image);
    write_scale(writer, output.scale);
  }
}

Result<RefreshMap> read_refresh_map(Reader& reader, const Params& params) {
  RefreshMap map;
  MC_TRY(const std::uint8_t kind, reader.u8());
  const auto extraction = static_cast<std::uint8_t>(kind & ~kFloodedFlag);
  map.extraction = static_cast<RefreshMap::Extraction>(extraction);
  if (extraction < static_cast<std::uint8_t>(RefreshMap::Extraction::kConstants) ||
      extraction > static_cast<std::uint8_t>(RefreshMap::Extraction::kPairs)) {
    return fail(reader.error("no such extraction: " + std::to_string(extraction)));
  }
  MC_TRY(map.input_level.value, reader.u32());
  MC_TRY(map.output_level.value, reader.u32());
  if (map.output_level.value < 1 || map.output_level > params.top_level()) {
    return fail(reader.error("outputs at level " + std::to_string(map.output_level.value) + " of " +
                             std::to_string(params.top_level().value)));
  }
  MC_TRY(const ByteView masks, reader.sized(inputs_max(map.extraction)));
  map.mask_log2.assign(masks.begin(), masks.end());
  if ((kind & kFloodedFlag) != 0) {
    MC_TRY(const ByteView deviations, reader.sized(masks.size()));
    if (deviations.empty()) return fail(reader.error("flooding of no value"));
    map.flooding_log2.assign(deviations.begin(), deviations.end());
  }
  if (map.extraction == RefreshMap::Extraction::kCoefficients) {
    MC_TRY(const std::uint32_t count, reader.count(kRefreshCoefficientsMax, 8));
    map.coefficients.resize(count);
    for (RefreshMap::Coefficient& at : map.coefficients) {
      MC_TRY(at.input, reader.u32());
      MC_TRY(at.position, reader.u32());
    }
  }
  MC_TRY(const std::uint32_t outputs, reader.count(kRefreshOutputsMax, 5));
  for (std::uint32_t i = 0; i < outputs; ++i) {
    MC_TRY(RefreshMap::Output output, read_output(reader, {map.output_level.value, false}, params));
    map.outputs.push_back(std::move(output));
  }
  MC_TRY_STATUS(check_refresh_map(params, map));
  return map;
}

Hash256 hash_refresh_map(const Params& params, const RefreshMap& map) {
  Writer writer;
  write_refresh_map(writer, map, params);
  return Sha256("medcommons/refresh/map/v1").update(params.id().view()).update(writer.bytes()).finish();
}

double refresh_noise_bound(const Params& params, const RefreshMap& map, std::size_t index,
                           std::span<const double> input_noise, std::size_t pieces) {
  MC_CHECK(index < map.outputs.size() && input_noise.size() == map.mask_log2.size());
  double carried = 0;
  if (const auto* monomials = std::get_if<RefreshMap::Monomials>(&map.outputs[index].image)) {
    std::map<std::uint32_t, double> at_position;
    for (const RefreshMap::Monomial& term : *monomials) {
      double& sum = at_position[term.position];
      sum += std::fabs(static_cast<double>(term.factor)) * input_noise[map.input_of(term.value)];
      carried = std::max(carried, sum);
    }
  } else if (const auto* products = std::get_if<RefreshMap::Products>(&map.outputs[index].image)) {
    const Recombination recombination(params.ring(), map.output_level.value);
    std::vector<std::uint64_t> words(params.ring().degree() * recombination.word_count());
    for (const RefreshMap::Product& term : *products) {
      recombination.combine_all(params.ring().to_coeff(NttPoly(term.factor)), words);
      std::size_t bits = 0;
      for (std::size_t at = 0; at < words.size(); at += recombination.word_count()) {
        bits = std::max(bits, bit_length(std::span(words).subspan(at, recombination.word_count())));
      }
      carried += std::ldexp(input_noise[map.input_of(term.value)], static_cast<int>(bits));
    }
  } else if (const auto* twice = std::get_if<RefreshMap::RealPart>(&map.outputs[index].image)) {
    carried = 2 * input_noise[twice->value];
  } else {
    carried = input_noise[std::get<RefreshMap::Whole>(map.outputs[index].image).value];
  }
  return carried + static_cast<double>(pieces) * kErrorMax;
}

}  // namespace mc::fhe
