// SPDX-License-Identifier: Apache-2.0
// What training does with values of persons and of times alike: multiply them, and have them refreshed whole.
#pragma once

#include <vector>

#include "query/execute/execute.hpp"
#include "query/execute/refresher.hpp"

namespace mc::query {

/// a * b at the lower of their levels, relinearised and divided by that level's prime: one level below it.
///   errors  the evaluator's
Result<fhe::Ciphertext> rescaled_product(const fhe::Evaluator& evaluator, const fhe::Ciphertext& a,
                                         const fhe::Ciphertext& b);

/// All of them as they are at the top level, a few in one refresh.
///   range   all at one level, each of scale and |slot| below 2^message_log2 of it
///   errors  the refresher's; kLimit where there is no room for masks (R14)
Result<std::vector<fhe::Ciphertext>> refreshed_whole(const Workbench& bench, Refresher& refresher,
                                                     std::vector<fhe::Ciphertext> values, std::uint32_t message_log2);

}  // namespace mc::query
