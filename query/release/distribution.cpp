// SPDX-License-Identifier: Apache-2.0
#include "query/release/distribution.hpp"

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/fisher_f.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace mc::query {
namespace {

namespace policies = boost::math::policies;

// No exceptions, and doubles throughout: long double is not the same number on every machine.
using Policy =
    policies::policy<policies::domain_error<policies::ignore_error>, policies::pole_error<policies::ignore_error>,
                     policies::overflow_error<policies::ignore_error>,
                     policies::underflow_error<policies::ignore_error>, policies::denorm_error<policies::ignore_error>,
                     policies::evaluation_error<policies::ignore_error>,
                     policies::rounding_error<policies::ignore_error>, policies::promote_double<false>>;

}  // namespace

double chi_square_tail(double x, double df) {
  return cdf(complement(boost::math::chi_squared_distribution<double, Policy>(df), x));
}

double f_tail(double f, double df1, double df2) {
  return cdf(complement(boost::math::fisher_f_distribution<double, Policy>(df1, df2), f));
}

double student_two_tails(double t, double df) {
  return 2 * cdf(complement(boost::math::students_t_distribution<double, Policy>(df), std::abs(t)));
}

double student_quantile(double p, double df) {
  return quantile(boost::math::students_t_distribution<double, Policy>(df), p);
}

double normal_quantile(double p) {
  return quantile(boost::math::normal_distribution<double, Policy>(0, 1), p);
}

}  // namespace mc::query
