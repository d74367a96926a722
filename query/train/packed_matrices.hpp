// SPDX-License-Identifier: Apache-2.0
// Products of small encrypted matrices (matrix_layout.hpp) and the refresh that carries them from one product to the
// next. Every factor comes out of a refresh at one level and one scale, so that sums of factors need no care.
#pragma once

#include <array>
#include <functional>

#include "query/execute/execute.hpp"
#include "query/execute/refresher.hpp"
#include "query/train/matrix_layout.hpp"
#include "query/train/run_flooding.hpp"

namespace mc::query {

/// A left factor, by chunks of rows; a product likewise. Before its key switch a product has three parts. A right
/// factor is a matrix, a vector in its further column, or both.
using LeftFactor = std::vector<fhe::Ciphertext>;
using RightFactor = fhe::Ciphertext;
using MatrixProduct = std::vector<fhe::Ciphertext>;

/// Entries of sums over persons are means of numbers in [-1, 1]; so much room is left for what is outside.
inline constexpr std::uint32_t kSumLog2 = 8;
/// What an entry of a matrix may reach, log2: masks are wide enough for it (R14).
inline constexpr std::uint32_t kEntryLog2 = 40;
/// The same of coefficients, opened at the base.
inline constexpr std::uint32_t kCoefficientLog2 = 10;

class PackedMatrices {
 public:
  PackedMatrices(const Workbench& bench, const Precision& precision, const RunFlooding& flooding, std::uint32_t size)
      : bench_(bench), precision_(precision), flooding_(flooding), layout_(size, bench.params.ring().degree()) {}

  [[nodiscard]] const MatrixLayout& layout() const { return layout_; }
  [[nodiscard]] std::uint32_t size() const { return layout_.size(); }
  [[nodiscard]] const Workbench& bench() const { return bench_; }
  [[nodiscard]] const Precision& precision() const { return precision_; }
  [[nodiscard]] const RunFlooding& flooding() const { return flooding_; }
  /// Level at which factors are multiplied.
  [[nodiscard]] fhe::Level factor_level() const { return precision_.loaded(); }
  /// What a refresh encrypts factors at: one level above and one prime more, which is divided out at once.
  [[nodiscard]] fhe::Level refreshed_level() const { return refreshed_level(precision_); }
  [[nodiscard]] fhe::Scale refreshed_scale() const {
    return fhe::Scale::power_of_two(precision_.matrix_log2 + precision_.spare_log2);
  }
  [[nodiscard]] fhe::Scale factor_scale() const {
    return refreshed_scale() / fhe::Scale::of_top_primes(refreshed_level().value, 1);
  }
  /// Of constants in every slot that meet persons.
  [[nodiscard]] static std::int32_t constant_log2(const Precision& precision) {
    return precision.scale_log2 + precision.spare_log2 - precision.constant_spare_log2;
  }
  /// Their scale once the spare prime is divided out.
  [[nodiscard]] static fhe::Scale constant_scale(const Precision& precision) {
    return fhe::Scale::power_of_two(constant_log2(precision)) /
           fhe::Scale::of_top_primes(refreshed_level(precision).value, 1);
  }

  /// sum += left * right.
  Status multiply_add(MatrixProduct& sum, const LeftFactor& left, const RightFactor& right) const;
  /// sum += (value on the diagonal) * right.
  Status diagonal_times_add(MatrixProduct& sum, double value, const RightFactor& right) const;
  /// factor += (values on the diagonal).
  Status add_diagonal(RightFactor& factor, std::span<const double> values) const;
  /// The key switch and the division, a step: ready for a refresh.
  Status finish(MatrixProduct& product) const;

 private:
  /// Coefficients at factor_scale, at factor_level.
  Result<fhe::Plaintext> plaintext(std::span<const std::pair<std::uint32_t, double>> terms) const;

  [[nodiscard]] static fhe::Level refreshed_level(const Precision& precision) {
    return fhe::Level(precision.loaded().value + 1);
  }

  const Workbench& bench_;
  const Precision precision_;
  const RunFlooding flooding_;
  MatrixLayout layout_;
};

/// A refresh being put together: what is opened, and what is made of it.
class MatrixRefresh {
 public:
  /// Which value holds entry (row, column), and at which scale.
  struct Matrix {
    std::function<std::uint32_t(std::uint32_t, std::uint32_t)> value;
    fhe::Scale scale;
    /// One column of it, as a vector.
    [[nodiscard]] Matrix column(std::uint32_t which) const {
      return {[all = value, which](std::uint32_t row, std::uint32_t) { return all(row, which); }, scale};
    }
  };
  /// What stands in a right factor from column `first` on: `columns` columns of a matrix, times `factor`.
  struct RightPart {
    Matrix matrix;
    std::uint32_t columns = 1;
    std::uint32_t first = 0;
    double factor = 1;
  };

  explicit MatrixRefresh(const PackedMatrices& matrices) : matrices_(matrices) {}

  /// Opens `columns` columns of a product, from column `first` on.
  Matrix open(const MatrixProduct& product, std::uint32_t columns, std::uint32_t first = 0);
  /// Opens the vector of a product.
  Matrix open_vector(const MatrixProduct& product) { return open(product, 1, matrices_.layout().vector_column()); }
  /// Opens the first entry of a product's vector alone.
  Matrix open_first(fhe::Ciphertext chunk);
  /// Opens a vector of coefficients that lies as in a right factor.
  Matrix open_right(fhe::Ciphertext vector);
  /// Opens these coefficients of a polynomial, ascending: a vector.
  Matrix open_at(fhe::Ciphertext polynomial, std::span<const std::uint32_t> positions, std::uint32_t message_log2);
  /// Opens coefficient 0 of sums over persons; a matrix says which sum is which entry, and has the scale of those,
  /// which come back.
  std::vector<fhe::Scale> open_sums(std::vector<fhe::Ciphertext> sums, std::uint32_t message_log2 = kSumLog2);
  /// The same of sums whose real and imaginary part are two numbers: sum i holds the values 2i and 2i + 1.
  std::vector<fhe::Scale> open_pairs(std::vector<fhe::Ciphertext> sums, std::uint32_t message_log2 = kSumLog2);

  // Outputs, in the order of these calls.
  void add_left(const Matrix& matrix, double factor);
  /// A right factor; parts in one place add up.
  void add_right(std::span<const RightPart> parts);
  /// Of a matrix alone, of all its columns or of a vector's one.
  void add_right(const Matrix& matrix, std::uint32_t columns, double factor) {
    add_right(std::array{RightPart{matrix, columns, 0, factor}});
  }
  void add_right_vector(const Matrix& vector, double factor) {
    add_right(std::array{RightPart{vector, 1, matrices_.layout().vector_column(), factor}});
  }
  /// A vector as the first row of a left factor that has no other: one polynomial.
  void add_row(const Matrix& vector);
  /// A vector whose entries have factors of their own, in a right factor.
  void add_right_scaled(const Matrix& vector, std::span<const double> factors);
  /// Entry `row` of a vector, times `factor`, in every slot, at constant_scale once it is there.
  void add_constant(const Matrix& vector, std::uint32_t row, double factor = 1);
  /// Row `row` of pairs as one complex number in every slot.
  void add_paired_constant(const Matrix& pairs, std::uint32_t row);
  /// The sums of a vector's entries times `real` and times `imaginary`, as one complex number in every slot; without
  /// the latter a real one.
  void add_combination(const Matrix& vector, std::span<const double> real, std::span<const double> imaginary);

  /// What was opened so far is flooded by every piece with a deviation of 2^log2 where the precision floods nothing on
  /// the way.
  void flood(int log2);

  /// Runs it; every output is divided by one prime afterwards. Errors of the refresher; kLimit for factors beyond 2^62.
  Result<std::vector<fhe::Ciphertext>> run(Refresher& refresher);

 private:
  std::uint32_t open_places(fhe::Ciphertext input, std::span<const std::uint32_t> positions,
                            std::uint32_t message_log2);
  void add_vector(const Matrix& vector, const std::function<std::uint32_t(std::uint32_t)>& place,
                  std::span<const double> factors);
  void add_input(fhe::Ciphertext input, std::uint32_t message_log2, Opened opened);
  Result<std::int64_t> integer_factor(double factor, const fhe::Scale& target, const fhe::Scale& source) const;
  void add_term(fhe::RefreshMap::Monomials& terms, std::uint32_t value, std::uint32_t position, double factor,
                const fhe::Scale& target, const fhe::Scale& source);

  const PackedMatrices& matrices_;
  RefreshStep step_;
  std::optional<Error> error_;
};

}  // namespace mc::query
