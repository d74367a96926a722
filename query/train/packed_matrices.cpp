// SPDX-License-Identifier: Apache-2.0
#include "query/train/packed_matrices.hpp"

#include <numeric>

#include "fhe/ckks/scaled_integer.hpp"
#include "fhe/threshold/mask.hpp"
#include "query/execute/parallel.hpp"
#include "query/train/values.hpp"

namespace mc::query {

Status PackedMatrices::multiply_add(MatrixProduct& sum, const LeftFactor& left, const RightFactor& right) const {
  sum.resize(left.size());
  for (std::size_t i = 0; i < left.size(); ++i) MC_TRY_STATUS(bench_.evaluator.multiply_add(sum[i], left[i], right));
  return {};
}

Result<fhe::Plaintext> PackedMatrices::plaintext(std::span<const std::pair<std::uint32_t, double>> terms) const {
  const fhe::Ring& ring = bench_.params.ring();
  const fhe::Basis basis{factor_level().value, false};
  fhe::CoeffPoly poly = ring.make<fhe::Domain::kCoeff>(basis);
  for (const auto& [position, value] : terms) {
    MC_TRY(const fhe::ScaledInteger integer, fhe::scaled_integer(value, factor_scale(), bench_.params));
    for (std::size_t limb = 0; limb < poly.limb_count(); ++limb) {
      poly.limb(limb)[position] = integer.residue(ring.modulus(basis, limb));
    }
  }
  return fhe::Plaintext{ring.to_ntt(std::move(poly)), factor_scale()};
}

Status PackedMatrices::diagonal_times_add(MatrixProduct& sum, double value, const RightFactor& right) const {
  sum.resize(layout_.chunks());
  for (std::uint32_t chunk = 0; chunk < layout_.chunks(); ++chunk) {
    std::vector<std::pair<std::uint32_t, double>> terms;
    for (std::uint32_t row = 0; row < size(); ++row) {
      if (layout_.chunk_of(row) == chunk) terms.emplace_back(layout_.left(row, row), value);
    }
    MC_TRY(const fhe::Plaintext diagonal, plaintext(terms));
    MC_TRY(fhe::Ciphertext product, bench_.evaluator.multiply_plain(right, diagonal));
    if (sum[chunk].parts.empty()) {
      sum[chunk] = std::move(product);
    } else {
      MC_TRY_STATUS(bench_.evaluator.add_inplace(sum[chunk], product));
    }
  }
  return {};
}

Status PackedMatrices::add_diagonal(RightFactor& factor, std::span<const double> values) const {
  std::vector<std::pair<std::uint32_t, double>> terms;
  for (std::uint32_t row = 0; row < size(); ++row) terms.emplace_back(layout_.right(row, row), values[row]);
  MC_TRY(const fhe::Plaintext diagonal, plaintext(terms));
  return bench_.evaluator.add_plain_inplace(factor, diagonal);
}

Status PackedMatrices::finish(MatrixProduct& product) const {
  return parallel_for(product.size(), bench_.threads, [&](std::uint32_t, std::size_t i) -> Status {
    if (product[i].parts.size() == 2) return bench_.evaluator.rescale_inplace(product[i], precision_.primes);
    MC_TRY(product[i], bench_.evaluator.relinearise_rescale(product[i], precision_.primes));
    return {};
  });
}

MatrixRefresh::Matrix MatrixRefresh::open(const MatrixProduct& product, std::uint32_t columns, std::uint32_t first) {
  step_.map.extraction = fhe::RefreshMap::Extraction::kCoefficients;
  const auto first_input = static_cast<std::uint32_t>(step_.inputs.size());
  const auto first_value = static_cast<std::uint32_t>(step_.map.coefficients.size());
  const auto places = matrices_.layout().places(first_input, first, columns);
  step_.map.coefficients.insert(step_.map.coefficients.end(), places.begin(), places.end());
  for (const fhe::Ciphertext& chunk : product) add_input(chunk, kEntryLog2, Opened::kMatrix);
  return {
      [first_value, columns](std::uint32_t row, std::uint32_t column) { return first_value + row * columns + column; },
      product.front().scale};
}

MatrixRefresh::Matrix MatrixRefresh::open_first(fhe::Ciphertext chunk) {
  const fhe::Scale scale = chunk.scale;
  const std::uint32_t position = matrices_.layout().product(0, matrices_.layout().vector_column());
  const std::uint32_t value = open_places(std::move(chunk), {&position, 1}, kEntryLog2);
  return {[value](std::uint32_t, std::uint32_t) { return value; }, scale};
}

MatrixRefresh::Matrix MatrixRefresh::open_right(fhe::Ciphertext vector) {
  const fhe::Scale scale = vector.scale;
  const MatrixLayout& layout = matrices_.layout();
  const std::uint32_t last = layout.size() - 1;
  // The last entry comes first.
  std::vector<std::uint32_t> positions(layout.size());
  std::iota(positions.begin(), positions.end(), layout.right(last, layout.vector_column()));
  const std::uint32_t value = open_places(std::move(vector), positions, kCoefficientLog2);
  return {[value, last](std::uint32_t row, std::uint32_t) { return value + last - row; }, scale};
}

MatrixRefresh::Matrix MatrixRefresh::open_at(fhe::Ciphertext polynomial, std::span<const std::uint32_t> positions,
                                             std::uint32_t message_log2) {
  const fhe::Scale scale = polynomial.scale;
  const std::uint32_t value = open_places(std::move(polynomial), positions, message_log2);
  return {[value](std::uint32_t row, std::uint32_t) { return value + row; }, scale};
}

/// The number of the first value.
std::uint32_t MatrixRefresh::open_places(fhe::Ciphertext input, std::span<const std::uint32_t> positions,
                                         std::uint32_t message_log2) {
  step_.map.extraction = fhe::RefreshMap::Extraction::kCoefficients;
  const auto which = static_cast<std::uint32_t>(step_.inputs.size());
  const auto value = static_cast<std::uint32_t>(step_.map.coefficients.size());
  for (const std::uint32_t position : positions) step_.map.coefficients.push_back({which, position});
  add_input(std::move(input), message_log2, Opened::kMatrix);
  return value;
}

std::vector<fhe::Scale> MatrixRefresh::open_sums(std::vector<fhe::Ciphertext> sums, std::uint32_t message_log2) {
  step_.map.extraction = fhe::RefreshMap::Extraction::kConstants;
  const Precision& precision = matrices_.precision();
  std::vector<fhe::Scale> scales;
  for (fhe::Ciphertext& sum : sums) {
    // As much below the scale of factors as one prime, so that what is said in factors are integers.
    if (precision.matrix_log2 > precision.scale_log2) {
      raise_scale(matrices_.bench().evaluator, sum, precision.matrix_log2 - precision.scale_log2);
    }
    scales.push_back(sum.scale);
    add_input(std::move(sum), message_log2, Opened::kSum);
  }
  return scales;
}

std::vector<fhe::Scale> MatrixRefresh::open_pairs(std::vector<fhe::Ciphertext> sums, std::uint32_t message_log2) {
  std::vector<fhe::Scale> scales = open_sums(std::move(sums), message_log2);
  step_.map.extraction = fhe::RefreshMap::Extraction::kPairs;
  return scales;
}

void MatrixRefresh::add_input(fhe::Ciphertext input, std::uint32_t message_log2, Opened opened) {
  const fhe::Params& params = matrices_.bench().params;
  step_.value_log2.push_back(fhe::value_log2(params, input.scale, message_log2));
  if (!matrices_.flooding().is_none()) {
    const auto deviation = matrices_.flooding().deviation_log2(opened, input.scale, params);
    if (!deviation && !error_) error_ = deviation.error();
    step_.map.flooding_log2.push_back(deviation.value_or(0));
  }
  step_.inputs.push_back(std::move(input));
}

void MatrixRefresh::flood(int log2) {
  if (!matrices_.flooding().is_none()) return;
  for (const fhe::Ciphertext& input : step_.inputs) {
    const std::int32_t deviation = fhe::floor_log2(input.scale, matrices_.bench().params) + log2;
    step_.map.flooding_log2.push_back(static_cast<std::uint8_t>(deviation));
  }
}

Result<std::int64_t> MatrixRefresh::integer_factor(double factor, const fhe::Scale& target,
                                                   const fhe::Scale& source) const {
  MC_TRY(const fhe::ScaledInteger integer, fhe::scaled_integer(factor, target / source, matrices_.bench().params));
  constexpr auto kEnd = fhe::i128{1} << 62;
  if (integer.shift != 0 || integer.mantissa >= kEnd || integer.mantissa <= -kEnd) {
    return fail(Code::kLimit, "a factor of " + std::to_string(factor) + " from scale " + source.text() + " to " +
                                  target.text() + " is not below 2^62");
  }
  return static_cast<std::int64_t>(integer.mantissa);
}

void MatrixRefresh::add_term(fhe::RefreshMap::Monomials& terms, std::uint32_t value, std::uint32_t position,
                             double factor, const fhe::Scale& target, const fhe::Scale& source) {
  const auto integer = integer_factor(factor, target, source);
  if (!integer) {
    if (!error_) error_ = integer.error();
    return;
  }
  terms.push_back({value, position, *integer});
}

void MatrixRefresh::add_left(const Matrix& matrix, double factor) {
  const MatrixLayout& layout = matrices_.layout();
  const fhe::Scale target = matrices_.refreshed_scale();
  for (std::uint32_t chunk = 0; chunk < layout.chunks(); ++chunk) {
    fhe::RefreshMap::Monomials terms;
    for (std::uint32_t row = 0; row < layout.size(); ++row) {
      if (layout.chunk_of(row) != chunk) continue;
      for (std::uint32_t k = 0; k < layout.size(); ++k) {
        add_term(terms, matrix.value(row, k), layout.left(row, k), factor, target, matrix.scale);
      }
    }
    step_.map.outputs.push_back({std::move(terms), target});
  }
}

void MatrixRefresh::add_right(std::span<const RightPart> parts) {
  const MatrixLayout& layout = matrices_.layout();
  const fhe::Scale target = matrices_.refreshed_scale();
  fhe::RefreshMap::Monomials terms;
  for (const RightPart& part : parts) {
    for (std::uint32_t k = 0; k < layout.size(); ++k) {
      for (std::uint32_t column = 0; column < part.columns; ++column) {
        add_term(terms, part.matrix.value(k, column), layout.right(k, part.first + column), part.factor, target,
                 part.matrix.scale);
      }
    }
  }
  step_.map.outputs.push_back({std::move(terms), target});
}

void MatrixRefresh::add_row(const Matrix& vector) {
  add_vector(vector, [this](std::uint32_t k) { return matrices_.layout().left(0, k); }, {});
}

void MatrixRefresh::add_right_scaled(const Matrix& vector, std::span<const double> factors) {
  add_vector(
      vector,
      [this](std::uint32_t k) {
        const MatrixLayout& layout = matrices_.layout();
        return layout.right(k, layout.vector_column());
      },
      factors);
}

/// Entry k at place(k), times factors[k]; without factors as it is.
void MatrixRefresh::add_vector(const Matrix& vector, const std::function<std::uint32_t(std::uint32_t)>& place,
                               std::span<const double> factors) {
  const fhe::Scale target = matrices_.refreshed_scale();
  fhe::RefreshMap::Monomials terms;
  for (std::uint32_t k = 0; k < matrices_.size(); ++k) {
    add_term(terms, vector.value(k, 0), place(k), factors.empty() ? 1 : factors[k], target, vector.scale);
  }
  step_.map.outputs.push_back({std::move(terms), target});
}

void MatrixRefresh::add_constant(const Matrix& vector, std::uint32_t row, double factor) {
  const fhe::Scale target = fhe::Scale::power_of_two(PackedMatrices::constant_log2(matrices_.precision()));
  fhe::RefreshMap::Monomials terms;
  add_term(terms, vector.value(row, 0), 0, factor, target, vector.scale);
  step_.map.outputs.push_back({std::move(terms), target});
}

void MatrixRefresh::add_paired_constant(const Matrix& pairs, std::uint32_t row) {
  const fhe::Scale target = fhe::Scale::power_of_two(PackedMatrices::constant_log2(matrices_.precision()));
  fhe::RefreshMap::Monomials terms;
  add_term(terms, pairs.value(row, 0), 0, 1, target, pairs.scale);
  add_term(terms, pairs.value(row, 1), imaginary_place(matrices_.bench().params), 1, target, pairs.scale);
  step_.map.outputs.push_back({std::move(terms), target});
}

void MatrixRefresh::add_combination(const Matrix& vector, std::span<const double> real,
                                    std::span<const double> imaginary) {
  const fhe::Scale target = fhe::Scale::power_of_two(PackedMatrices::constant_log2(matrices_.precision()));
  fhe::RefreshMap::Monomials terms;
  const auto add = [&](std::span<const double> factors, std::uint32_t position) {
    for (std::uint32_t row = 0; row < factors.size(); ++row) {
      add_term(terms, vector.value(row, 0), position, factors[row], target, vector.scale);
    }
  };
  add(real, 0);
  add(imaginary, imaginary_place(matrices_.bench().params));
  step_.map.outputs.push_back({std::move(terms), target});
}

Result<std::vector<fhe::Ciphertext>> MatrixRefresh::run(Refresher& refresher) {
  if (error_) return fail(*error_);
  step_.map.input_level = step_.inputs.front().level();
  step_.map.output_level = matrices_.refreshed_level();
  for (const std::uint32_t bits : step_.value_log2) {
    MC_TRY(const std::uint8_t mask, fhe::mask_log2(bits));
    step_.map.mask_log2.push_back(mask);
  }
  MC_TRY(std::vector<fhe::Ciphertext> outputs, refresher.refresh(std::move(step_)));
  const Workbench& bench = matrices_.bench();
  MC_TRY_STATUS(parallel_for(outputs.size(), bench.threads, [&](std::uint32_t, std::size_t i) {
    return bench.evaluator.rescale_inplace(outputs[i], 1);
  }));
  return outputs;
}

}  // namespace mc::query
