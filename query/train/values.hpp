// SPDX-License-Identifier: Apache-2.0
// What training does with values of persons and of times alike: multiply them, and have them refreshed whole.
#pragma once

#include <vector>

#include "query/execute/execute.hpp"
#include "query/execute/refresher.hpp"
#include "query/train/precision.hpp"

namespace mc::query {

/// a * b at the lower of their levels, relinearised and divided by that level's primes: one step below it.
///   errors  the evaluator's
Result<fhe::Ciphertext> rescaled_product(const fhe::Evaluator& evaluator, const fhe::Ciphertext& a,
                                         const fhe::Ciphertext& b, const Precision& precision);

/// All of them as they are at precision.top(), a few in one refresh.
///   range   all at one level, each of scale and |slot| below 2^message_log2 of it
///   noise   `deviations`: flooding of each, log2 of every piece's deviation; empty: none
///   errors  the refresher's; kLimit where there is no room for masks (R14)
Result<std::vector<fhe::Ciphertext>> refreshed_whole(const Workbench& bench, const Precision& precision,
                                                     Refresher& refresher, std::vector<fhe::Ciphertext> values,
                                                     std::uint32_t message_log2,
                                                     std::span<const std::uint8_t> deviations = {});

/// The coefficient that is the mean of the slots' imaginary parts: that of X^(N/2), which is i in every slot.
std::uint32_t imaginary_place(const fhe::Params& params);

/// times an integer power of two, which may be beyond a machine word, and said to be so: the message stays.
void raise_scale(const fhe::Evaluator& evaluator, fhe::Ciphertext& value, std::int32_t log2);

}  // namespace mc::query
