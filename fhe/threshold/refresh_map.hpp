// SPDX-License-Identifier: Apache-2.0
// What a refresh opens and what it makes of it (R14): the public linear map T from the coefficients that are extracted
// to the ciphertexts wanted. All of T is integers, so T of a value is exact modulo every prime. Immutable values.
#pragma once

#include <variant>
#include <vector>

#include "fhe/ckks/ciphertext.hpp"

namespace mc::fhe {

inline constexpr std::size_t kRefreshConstantsMax = 1024;
inline constexpr std::size_t kRefreshPolynomialsMax = 64;
inline constexpr std::size_t kRefreshOutputsMax = 256;
inline constexpr std::size_t kRefreshCoefficientsMax = 8192;
inline constexpr std::size_t kRefreshTermsMax = std::size_t{1} << 21;  // of one output
/// Limbs of an input: what fhe/ring/lift.hpp carries over. Of more, the rest is dropped first.
inline constexpr std::uint32_t kRefreshLevelMax = 8;

struct RefreshMap {
  /// The coefficients that are opened, masked; the others never exist (R13).
  enum class Extraction : std::uint8_t {
    kConstants = 1,     // coefficient 0 of every input: the mean of its slots
    kPolynomials = 2,   // all N coefficients of every input
    kCoefficients = 3,  // those that `coefficients` names
    kPairs = 4,         // coefficients 0 and N/2 of every input: real and imaginary part of the mean of its slots
  };
  /// One coefficient of one input.
  struct Coefficient {
    std::uint32_t input = 0;
    std::uint32_t position = 0;
    friend auto operator<=>(const Coefficient&, const Coefficient&) = default;
  };
  /// factor * value * X^position
  struct Monomial {
    std::uint32_t value = 0;  // which of the values that are extracted
    std::uint32_t position = 0;
    std::int64_t factor = 1;  // |factor| < 2^62
    friend bool operator==(const Monomial&, const Monomial&) = default;
  };
  /// value * factor
  struct Product {
    std::uint32_t value = 0;
    NttPoly factor;  // an integer polynomial over the output's primes, such as an encoded plaintext
    friend bool operator==(const Product&, const Product&) = default;
  };
  using Monomials = std::vector<Monomial>;  // of constants
  using Products = std::vector<Product>;    // of constants
  /// The input itself, all coefficients.
  struct Whole {
    std::uint32_t value = 0;
    friend bool operator==(const Whole&, const Whole&) = default;
  };
  /// The input plus its complex conjugate, which takes coefficient k to -(N - k): twice the real part of every slot.
  struct RealPart {
    std::uint32_t value = 0;
    friend bool operator==(const RealPart&, const RealPart&) = default;
  };
  struct Output {
    std::variant<Monomials, Products, Whole, RealPart> image;
    Scale scale;  // what the output says of itself; integers do not depend on it
    friend bool operator==(const Output&, const Output&) = default;
  };

  Extraction extraction = Extraction::kConstants;
  Level input_level, output_level;
  std::vector<std::uint8_t> mask_log2;  // of every input
  // Of every input, where what is opened carries noise that stays in it (R15): log2 of the deviation that every piece
  // adds. Empty: none.
  std::vector<std::uint8_t> flooding_log2;
  std::vector<Coefficient> coefficients;  // kCoefficients: the values, ascending; otherwise empty
  std::vector<Output> outputs;
  friend bool operator==(const RefreshMap&, const RefreshMap&) = default;

  /// How many numbers (or, of kPolynomials, polynomials) are extracted: what images speak of. Of kPairs input i has the
  /// values 2i and 2i + 1.
  [[nodiscard]] std::size_t value_count() const {
    if (extraction == Extraction::kCoefficients) return coefficients.size();
    return extraction == Extraction::kPairs ? 2 * mask_log2.size() : mask_log2.size();
  }
  /// The input that a value comes from.
  [[nodiscard]] std::uint32_t input_of(std::uint32_t value) const {
    if (extraction == Extraction::kCoefficients) return coefficients[value].input;
    return extraction == Extraction::kPairs ? value / 2 : value;
  }
};

/// One constant in every slot.
RefreshMap::Output replicated(std::uint32_t value, const Scale& scale);
/// Constants 0 … count-1 as coefficients 0 … count-1 of one polynomial.
RefreshMap::Output packed(std::uint32_t count, const Scale& scale);
/// An input as it is.
RefreshMap::Output whole(std::uint32_t value, const Scale& scale);
/// The real part of every slot of an input at half of `scale`.
RefreshMap::Output real_part(std::uint32_t value, const Scale& scale);

/// kInvalidArgument with the first thing that is wrong: counts, levels, positions, images that do not suit the
/// extraction, scales that name primes that the chain lacks, factors over other primes than the output.
Status check_refresh_map(const Params& params, const RefreshMap& map);

/// Bytes: extraction (and 128 where there is flooding), levels, masks, flooding, outputs. One encoding per map; its
/// digest enters every draw of a re-encryption. REQUIRES check_refresh_map.
void write_refresh_map(Writer& writer, const RefreshMap& map, const Params& params);
/// Reads and checks.
Result<RefreshMap> read_refresh_map(Reader& reader, const Params& params);
Hash256 hash_refresh_map(const Params& params, const RefreshMap& map);

/// An upper bound of |coefficient| of the noise of output `index`, which flooding is none of: T applied to the noises
/// of the inputs, plus the fresh errors of all pieces. Worst case, whatever depends on whatever (R15, R24), in doubles.
///   range   input_noise: per input an upper bound of |coefficient|
double refresh_noise_bound(const Params& params, const RefreshMap& map, std::size_t index,
                           std::span<const double> input_noise, std::size_t pieces);

}  // namespace mc::fhe
