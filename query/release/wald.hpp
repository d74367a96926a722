// SPDX-License-Identifier: Apache-2.0
// Several estimates against 0 at once, where their covariance contains noise that was added on purpose.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "query/release/matrix.hpp"

namespace mc::query {

/// x' m^-1 x by Cholesky's decomposition; nothing when m is not positive definite.
std::optional<double> inverse_form(Matrix m, std::vector<double> x);

/// Wald's statistic x' (S + N)^-1 x of k estimates x: chi-squared with k degrees of freedom where they are all 0.
///   sampling  S, of the estimates without noise, k x k
///   off       of every draw of the noise in which they could be estimated, how far it moved each; N is their mean
///             product. An inverse that stands on few draws is too large on average, and is scaled down for it
///   draws     how many there were in all
///   nothing   for no estimates, when half of the draws or more could not estimate them, or draws are too few for k
///   source    Wald 1943; Hartlap, Simon and Schneider 2007, equation 17, of the whole sum, which errs on the safe side
std::optional<double> wald_with_noise(std::span<const double> estimates, const Matrix& sampling,
                                      std::span<const std::vector<double>> off, std::size_t draws);

}  // namespace mc::query
