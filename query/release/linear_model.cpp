// SPDX-License-Identifier: Apache-2.0
#include "query/release/linear_model.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.hpp"
#include "query/release/digits.hpp"
#include "query/release/distribution.hpp"
#include "query/release/matrix.hpp"
#include "query/release/wald.hpp"

namespace mc::query {
namespace {

using Vector = std::vector<double>;

/// Below this part of its own square nothing of a column is left, whatever the sums' error.
constexpr double kAliasedPart = 1e-12;
/// What is left after eliminating one polynomial from another, next to what was there: rounding.
constexpr double kCancelled = 1e-13;
constexpr double kHalfAPerson = 0.5;

/// Sums of products of the monomials and the bounds on their errors.
struct Gram {
  Matrix value, error;

  Gram(const PlanModel& model, const std::vector<Measured>& pairs)
      : value(model.basis, model.basis), error(model.basis, model.basis) {
    std::size_t next = 0;
    for (std::size_t i = 0; i < model.basis; ++i) {
      for (std::size_t j = i; j < model.basis; ++j, ++next) {
        value(i, j) = value(j, i) = pairs[next].value;
        error(i, j) = error(j, i) = pairs[next].error;
      }
    }
  }

  /// Sum of the product of two polynomials.
  [[nodiscard]] Measured product(const Vector& a, const Vector& b) const {
    Measured sum;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (a[i] == 0) continue;
      for (std::size_t j = 0; j < b.size(); ++j) {
        sum.value += a[i] * value(i, j) * b[j];
        sum.error += std::abs(a[i] * b[j]) * (error(i, j) + kDoubleError * std::abs(value(i, j)));
      }
    }
    return sum;
  }
};

Vector dense(const Expansion& expansion, std::size_t basis) {
  Vector result(basis, 0);
  for (const BasisTerm& term : expansion) result[term.index] = term.coefficient;
  return result;
}

/// Another basis of the columns' space with fewer monomials in each: X~ = X U, U with ones on its diagonal and zeros
/// below, so that the order of the columns keeps its meaning. Standardised values take the place of those in the
/// records' units, whose means would cost digits.
class Reduction {
 public:
  Reduction(const PlanModel& model, const std::vector<std::size_t>& kept) : basis_(model.basis) {
    for (std::size_t k = 0; k < kept.size(); ++k) {
      Vector own(kept.size(), 0);
      own[k] = 1;
      const Vector rest = reduced(dense(model.columns[kept[k]], basis_), own);
      columns_.push_back(rest);
      to_original_.push_back(own);
      std::size_t lead = basis_;
      while (lead > 0 && rest[lead - 1] == 0) --lead;
      leads_.push_back(lead);  // 0: nothing is left
    }
  }

  /// `polynomial` minus a combination of the columns so far; `combination` takes the combination's opposite.
  [[nodiscard]] Vector reduced(Vector polynomial, Vector& combination) const {
    Vector largest(basis_, 0);  // of what each coefficient was put together from
    for (std::size_t i = 0; i < basis_; ++i) largest[i] = std::abs(polynomial[i]);
    for (std::size_t lead = basis_; lead > 0; --lead) {
      const auto found = std::find(leads_.begin(), leads_.end(), lead);
      if (found == leads_.end() || polynomial[lead - 1] == 0) continue;
      const auto k = static_cast<std::size_t>(found - leads_.begin());
      const double factor = polynomial[lead - 1] / columns_[k][lead - 1];
      for (std::size_t i = 0; i < basis_; ++i) {
        polynomial[i] -= factor * columns_[k][i];
        largest[i] = std::max(largest[i], std::abs(factor * columns_[k][i]));
      }
      for (std::size_t i = 0; i < combination.size(); ++i) combination[i] -= factor * to_original_[k][i];
      polynomial[lead - 1] = 0;
    }
    for (std::size_t i = 0; i < basis_; ++i) {
      if (std::abs(polynomial[i]) < kCancelled * largest[i]) polynomial[i] = 0;
    }
    return polynomial;
  }

  [[nodiscard]] std::size_t size() const { return columns_.size(); }
  [[nodiscard]] const Vector& column(std::size_t k) const { return columns_[k]; }
  /// U, by rows.
  [[nodiscard]] Matrix to_original() const {
    Matrix result(size(), size());
    for (std::size_t k = 0; k < size(); ++k) {
      for (std::size_t i = 0; i < size(); ++i) result(i, k) = to_original_[k][i];
    }
    return result;
  }

 private:
  std::size_t basis_;
  std::vector<Vector> columns_;      // of X~, in the basis
  std::vector<Vector> to_original_;  // columns of U
  std::vector<std::size_t> leads_;   // one behind the last monomial of each
};

/// The normal equations of the reduced columns, each scaled to length 1.
struct NormalEquations {
  Matrix value, error;
  Vector lengths;  // 0 where nothing is left of a column

  NormalEquations(const Gram& gram, const Reduction& reduction)
      : value(reduction.size(), reduction.size()), error(value), lengths(reduction.size(), 0) {
    for (std::size_t i = 0; i < reduction.size(); ++i) {
      const Measured square = gram.product(reduction.column(i), reduction.column(i));
      if (square.value > square.error) lengths[i] = std::sqrt(square.value);
    }
    for (std::size_t i = 0; i < reduction.size(); ++i) {
      for (std::size_t j = i; j < reduction.size(); ++j) {
        const double unit = lengths[i] * lengths[j];
        if (unit == 0) continue;
        const Measured product = gram.product(reduction.column(i), reduction.column(j));
        value(i, j) = value(j, i) = product.value / unit;
        error(i, j) = error(j, i) = product.error / unit;
      }
    }
  }
};

/// Cholesky's factor, one column at a time; a column that depends on those before it is left out.
class Factor {
 public:
  explicit Factor(const NormalEquations& equations) : equations_(equations) {}

  /// Takes the next column in; false when it adds nothing to those that are in.
  bool take(std::size_t column) {
    const std::size_t size = kept_.size();
    Vector row(size + 1, 0);
    double left = equations_.value(column, column);
    for (std::size_t i = 0; i < size; ++i) {
      double sum = equations_.value(column, kept_[i]);
      for (std::size_t k = 0; k < i; ++k) sum -= row[k] * rows_[i][k];
      row[i] = sum / rows_[i][i];
      left -= row[i] * row[i];
    }
    if (equations_.lengths[column] == 0 || left <= kAliasedPart + error_of_rest(column, row)) return false;
    row[size] = std::sqrt(left);
    rows_.push_back(std::move(row));
    kept_.push_back(column);
    return true;
  }

  [[nodiscard]] const std::vector<std::size_t>& kept() const { return kept_; }

 private:
  /// v' E v with v the column minus its combination of those before it.
  [[nodiscard]] double error_of_rest(std::size_t column, const Vector& row) const {
    const std::size_t size = kept_.size();
    Vector combination(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(size));
    for (std::size_t i = size; i-- > 0;) {
      for (std::size_t k = i + 1; k < size; ++k) combination[i] -= rows_[k][i] * combination[k];
      combination[i] /= rows_[i][i];
    }
    double error = equations_.error(column, column);
    for (std::size_t i = 0; i < size; ++i) {
      error += 2 * std::abs(combination[i]) * equations_.error(kept_[i], column);
      for (std::size_t j = 0; j < size; ++j) {
        error += std::abs(combination[i] * combination[j]) * equations_.error(kept_[i], kept_[j]);
      }
    }
    return error;
  }

  const NormalEquations& equations_;
  std::vector<std::size_t> kept_;
  std::vector<Vector> rows_;
};

/// The largest sum of a row.
double row_sum_max(const Matrix& a) {
  double largest = 0;
  for (std::size_t i = 0; i < a.rows(); ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < a.columns(); ++j) sum += a(i, j);
    largest = std::max(largest, sum);
  }
  return largest;
}

class LinearFitter {
 public:
  LinearFitter(const PlanModel& model, const ModelSums& sums)
      : model_(model), gram_(model, sums.pairs), n_(sums.n.value) {
    fit_.n = sums.n;
    fit_.left_out = sums.left_out;
    fit_.weightless = sums.weightless;
    for (const std::string& term : model.terms) fit_.coefficients.push_back({term, false, {}, {}, {}, {}, {}, {}});
  }

  LinearFit run() {
    if (n_ < 0.5) return std::move(fit_);
    find_kept();
    fit_.rank = kept_.size();
    fit_.df = n_ - static_cast<double>(fit_.rank);
    const Reduction reduction(model_, kept_);
    solve(reduction);
    if (model_.ridge == 0) summarise();
    return std::move(fit_);
  }

 private:
  void find_kept() {
    if (!model_.weights && model_.ridge == 0) {
      const auto square = [&](std::size_t term) {
        const Vector column = dense(model_.columns[term], model_.basis);
        return gram_.product(column, column).value;
      };
      fit_.references = empty_references(model_, square, n_, kHalfAPerson);
    }
    const std::vector<std::size_t> order = order_of_terms(model_, fit_.references);
    const NormalEquations equations(gram_, Reduction(model_, order));
    Factor factor(equations);
    for (std::size_t at = 0; at < order.size(); ++at) {
      const std::size_t column = order[at];
      // A penalty tells columns apart that depend on each other; one that does not vary has no scale for it.
      const bool is_kept = model_.ridge == 0 ? factor.take(at) : has_scale(column) && equations.lengths[at] > 0;
      fit_.coefficients[column].aliased = !is_kept;
      if (is_kept) kept_.push_back(column);
    }
    std::ranges::sort(kept_);
  }

  [[nodiscard]] bool is_intercept(std::size_t column) const { return model_.intercept && column == 0; }

  [[nodiscard]] bool has_scale(std::size_t column) const {
    const Measured square = variance_of(column);
    return is_intercept(column) || square.value > square.error;
  }

  /// `polynomial` minus its mean, where there is an intercept.
  [[nodiscard]] Vector centred(Vector polynomial) const {
    if (!model_.intercept) return polynomial;
    const Measured one = gram_.product(unit(), unit());
    if (!one.may_be_zero()) polynomial[0] -= gram_.product(unit(), polynomial).value / one.value;
    return polynomial;
  }

  [[nodiscard]] Vector unit() const {
    Vector result(model_.basis, 0);
    result[0] = 1;
    return result;
  }

  [[nodiscard]] Measured variance_of(std::size_t column) const {
    const Vector polynomial = centred(dense(model_.columns[column], model_.basis));
    const Measured persons = gram_.product(unit(), unit());
    if (persons.may_be_zero()) return {};
    return gram_.product(polynomial, polynomial) / persons;
  }

  /// Adds ridge * U' S U to the scaled equations, and -ridge * U' S c to their right side.
  void penalise(const Matrix& to_original, const Vector& offset, NormalEquations& equations, Vector& right,
                Vector& right_error) const {
    const std::size_t size = kept_.size();
    for (std::size_t k = 0; k < size; ++k) {
      if (is_intercept(kept_[k])) continue;
      const Measured penalty = scaled(variance_of(kept_[k]), model_.ridge);
      for (std::size_t i = 0; i < size; ++i) {
        const double left = to_original(k, i) / equations.lengths[i];
        right[i] -= penalty.value * left * offset[k];
        right_error[i] += penalty.error * std::abs(left * offset[k]);
        for (std::size_t j = 0; j < size; ++j) {
          const double both = left * to_original(k, j) / equations.lengths[j];
          equations.value(i, j) += penalty.value * both;
          equations.error(i, j) += penalty.error * std::abs(both);
        }
      }
    }
  }

  void solve(const Reduction& reduction) {
    const std::size_t size = kept_.size();
    Vector offset(size, 0);  // what the reduction has taken from the response, in the records' units
    const Vector response = reduction.reduced(dense(model_.response, model_.basis), offset);
    for (double& one : offset) one = -one;
    NormalEquations equations(gram_, reduction);
    Vector right(size), right_error(size);
    for (std::size_t i = 0; i < size; ++i) {
      const Measured product = gram_.product(reduction.column(i), response);
      right[i] = product.value / equations.lengths[i];
      right_error[i] = product.error / equations.lengths[i];
    }
    const Matrix to_original = reduction.to_original();
    if (model_.ridge > 0) penalise(to_original, offset, equations, right, right_error);
    const Matrix solved = inverse_of_positive(equations.value);
    Vector scaled_estimate(size, 0);
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j < size; ++j) scaled_estimate[i] += solved(i, j) * right[j];
    }
    bound_errors(equations, solved, scaled_estimate, right_error);
    Matrix back(size, size);  // U, and the lengths undone
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j < size; ++j) back(i, j) = to_original(i, j) / equations.lengths[j];
    }
    for (std::size_t i = 0; i < size; ++i) {
      Measured estimate{offset[i], kDoubleError * std::abs(offset[i])};
      for (std::size_t j = 0; j < size; ++j) {
        estimate.value += back(i, j) * scaled_estimate[j];
        estimate.error += std::abs(back(i, j)) * (estimate_error_[j] + kDoubleError * std::abs(scaled_estimate[j]));
      }
      fit_.coefficients[kept_[i]].estimate = estimate;
    }
    if (model_.ridge > 0) return;
    const Matrix covariance = back * solved * back.transposed();
    const Matrix covariance_error = back.absolute() * solved_error_ * back.absolute().transposed();
    for (std::size_t i = 0; i < size; ++i) unscaled_variance_.push_back({covariance(i, i), covariance_error(i, i)});
    fit_.unscaled_covariance = covariance;
    Vector rest = response;  // y - x b, as a polynomial
    for (std::size_t j = 0; j < size; ++j) {
      const double factor = scaled_estimate[j] / equations.lengths[j];
      for (std::size_t i = 0; i < rest.size(); ++i) rest[i] -= factor * reduction.column(j)[i];
    }
    Measured rss = gram_.product(rest, rest);
    rss.error *= amplification_;
    rss.value = std::max(rss.value, 0.0);
    fit_.rss = rss;
  }

  /// |b - b'| <= P (e + E |b|) / (1 - r) and |C^-1 - C'^-1| <= P E P / (1 - r), with P = |C^-1| and r the largest row
  /// sum of P E.
  void bound_errors(const NormalEquations& equations, const Matrix& solved, const Vector& estimate,
                    const Vector& right_error) {
    const std::size_t size = estimate.size();
    const Matrix inverse_size = solved.absolute();
    Matrix error = equations.error;
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j < size; ++j) {
        error(i, j) += kDoubleError * static_cast<double>(size) * std::abs(equations.value(i, j));
      }
    }
    const double spread = row_sum_max(inverse_size * error);
    amplification_ = spread < 1 ? 1 / (1 - spread) : std::numeric_limits<double>::infinity();
    solved_error_ = inverse_size * error * inverse_size;
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j < size; ++j) solved_error_(i, j) *= amplification_;
    }
    estimate_error_.assign(size, 0);
    for (std::size_t j = 0; j < size; ++j) {
      double wrong = right_error[j];
      for (std::size_t k = 0; k < size; ++k) wrong += error(j, k) * std::abs(estimate[k]);
      for (std::size_t i = 0; i < size; ++i) estimate_error_[i] += inverse_size(i, j) * wrong * amplification_;
    }
  }

  void summarise() {
    const Vector response = centred(dense(model_.response, model_.basis));
    const Measured total = gram_.product(response, response);
    const double above = static_cast<double>(fit_.rank) - (model_.intercept ? 1 : 0);
    const bool varies = !total.may_be_zero();
    if (varies) fit_.r_squared = Measured{1, 0} - *fit_.rss / total;
    if (fit_.df < 0.5) return;
    const Measured variance = scaled(*fit_.rss, 1 / fit_.df);
    fit_.sigma = root(variance);
    if (varies) {
      const double all = n_ - (model_.intercept ? 1 : 0);
      fit_.adjusted_r_squared = Measured{1, 0} - scaled(*fit_.rss / total, all / fit_.df);
    }
    if (above > 0.5 && !variance.may_be_zero()) {
      fit_.f_df = above;
      fit_.f = scaled(total - *fit_.rss, 1 / above) / variance;
      const auto tail = [&](double f) { return f_tail(std::max(f, 0.0), above, fit_.df); };
      fit_.f_p_value = between(tail(fit_.f->low()), tail(fit_.f->value), tail(fit_.f->high()));
    }
    for (std::size_t i = 0; i < kept_.size(); ++i) {
      test(fit_.coefficients[kept_[i]], root(variance * unscaled_variance_[i]));
    }
  }

  void test(Coefficient& coefficient, const Measured& std_error) const {
    coefficient.std_error = std_error;
    const Measured& estimate = *coefficient.estimate;
    const double reach = student_quantile(0.975, fit_.df);
    coefficient.low = estimate - scaled(std_error, reach);
    coefficient.high = estimate + scaled(std_error, reach);
    if (std_error.may_be_zero()) return;
    coefficient.t = estimate / std_error;
    const auto tails = [&](double t) { return student_two_tails(t, fit_.df); };
    const Measured& t = *coefficient.t;
    const double nearest = t.may_be_zero() ? 0 : std::abs(t.value) - t.error;
    coefficient.p_value = between(tails(nearest), tails(t.value), tails(std::abs(t.value) + t.error));
  }

  const PlanModel& model_;
  Gram gram_;
  double n_;
  LinearFit fit_;
  std::vector<std::size_t> kept_;
  // Of the solution in the reduced and scaled columns.
  Vector estimate_error_;
  Matrix solved_error_;
  double amplification_ = 1;
  std::vector<Measured> unscaled_variance_;
};

}  // namespace

LinearFit fit_linear(const PlanModel& model, const ModelSums& sums) {
  MC_CHECK(sums.pairs.size() == model.pair_count() && model.columns.size() == model.terms.size());
  return LinearFitter(model, sums).run();
}

namespace {

double value_of(const Finished& number) {
  return number ? number->value : std::numeric_limits<double>::quiet_NaN();
}

/// The F test of the whole model. `draws`: fits of the sums with the noise drawn anew.
void test_whole_model(const PlanModel& model, std::span<const LinearFit> draws, LinearFit& fit) {
  fit.f = fit.f_p_value = std::nullopt;
  if (fit.f_df < 0.5 || fit.df < 0.5) return;
  std::vector<std::size_t> tested;         // coefficients
  std::vector<std::size_t> in_covariance;  // and their rows in it
  std::size_t kept = 0;
  for (std::size_t i = 0; i < fit.coefficients.size(); ++i) {
    if (fit.coefficients[i].aliased) continue;
    if (!model.intercept || i > 0) {
      tested.push_back(i);
      in_covariance.push_back(kept);
    }
    ++kept;
  }
  std::vector<double> estimates;
  for (const std::size_t i : tested) estimates.push_back(value_of(fit.coefficients[i].estimate));
  const double variance = std::max(value_of(fit.rss), 0.0) / fit.df;
  Matrix sampling(tested.size(), tested.size());
  for (std::size_t i = 0; i < tested.size(); ++i) {
    for (std::size_t j = 0; j < tested.size(); ++j) {
      sampling(i, j) = variance * fit.unscaled_covariance(in_covariance[i], in_covariance[j]);
    }
  }
  std::vector<std::vector<double>> off;
  for (const LinearFit& draw : draws) {
    std::vector<double> one;
    for (std::size_t i = 0; i < tested.size(); ++i) {
      one.push_back(value_of(draw.coefficients[tested[i]].estimate) - estimates[i]);
    }
    if (std::ranges::all_of(one, [](double moved) { return std::isfinite(moved); })) off.push_back(std::move(one));
  }
  const auto form = wald_with_noise(estimates, sampling, off, draws.size());
  if (!form) return;
  const double f = *form / static_cast<double>(tested.size());
  fit.f = Measured{f, 0};
  fit.f_p_value = Measured{f_tail(f, fit.f_df, fit.df), 0};
}

/// What noise does to sigma and R squared, or that it leaves nothing of them.
void settle_residuals(std::span<const LinearFit> draws, LinearFit& fit) {
  if (draws.empty()) return;
  const auto is_known = [](const LinearFit& one) {
    const double r_squared = value_of(one.r_squared);
    return one.rss && one.rss->value > 0 && r_squared >= 0 && r_squared < 1;
  };
  double of_sigma = 0, of_r_squared = 0, known = 0;
  for (const LinearFit& draw : draws) {
    if (!is_known(draw) || !draw.sigma || !fit.sigma) continue;
    known += 1;
    of_sigma += std::pow(draw.sigma->value - fit.sigma->value, 2);
    of_r_squared += std::pow(draw.r_squared->value - value_of(fit.r_squared), 2);
  }
  if (!is_known(fit) || known < 0.975 * static_cast<double>(draws.size())) {
    fit.sigma = fit.r_squared = fit.adjusted_r_squared = std::nullopt;
    return;
  }
  fit.sigma_noise_sd = std::sqrt(of_sigma / known);
  fit.r_squared_noise_sd = std::sqrt(of_r_squared / known);
}

}  // namespace

LinearFit fit_linear(const PlanModel& model, const ModelSums& sums, std::span<const ModelSums> redrawn) {
  for (const Measured& sum : sums.pairs) MC_CHECK(sum.error == 0);
  LinearFit fit = fit_linear(model, sums);
  fit.has_noise = true;
  std::vector<LinearFit> draws;
  for (const ModelSums& drawn : redrawn) draws.push_back(fit_linear(model, drawn));
  if (model.ridge == 0) {
    // F has degrees of freedom also where sums as they are leave no residual to divide by.
    fit.f_df = std::max(0.0, static_cast<double>(fit.rank) - (model.intercept ? 1 : 0));
    test_whole_model(model, draws, fit);
    settle_residuals(draws, fit);
  }
  std::vector<double> squares(fit.coefficients.size(), 0), of_errors(squares), counted(squares);
  for (const LinearFit& again : draws) {
    for (std::size_t i = 0; i < squares.size(); ++i) {
      const Coefficient &one = fit.coefficients[i], &other = again.coefficients[i];
      if (!one.estimate || !other.estimate) continue;
      squares[i] += std::pow(other.estimate->value - one.estimate->value, 2);
      if (one.std_error && other.std_error) of_errors[i] += std::pow(other.std_error->value - one.std_error->value, 2);
      counted[i] += 1;
    }
  }
  for (std::size_t i = 0; i < squares.size(); ++i) {
    Coefficient& one = fit.coefficients[i];
    if (!one.estimate) continue;
    const bool is_known = 2 * counted[i] > static_cast<double>(redrawn.size());
    one.noise_sd = is_known ? std::sqrt(squares[i] / counted[i]) : std::numeric_limits<double>::infinity();
    one.estimate->error += kReadDeviations * one.noise_sd;
    if (!one.std_error) continue;
    const double total = std::hypot(one.std_error->value, one.noise_sd);
    const Measured std_error{total, is_known ? kReadDeviations * std::sqrt(of_errors[i] / counted[i]) : 0};
    one.std_error = one.t = one.p_value = one.low = one.high = std::nullopt;
    if (!std::isfinite(total) || total == 0) continue;
    one.std_error = std_error;
    const double t = one.estimate->value / total, reach = student_quantile(0.975, fit.df) * total;
    one.t = Measured{t, 0};
    one.p_value = Measured{student_two_tails(t, fit.df), 0};
    one.low = Measured{one.estimate->value - reach, one.estimate->error};
    one.high = Measured{one.estimate->value + reach, one.estimate->error};
  }
  return fit;
}

}  // namespace mc::query
