// SPDX-License-Identifier: Apache-2.0
// Linear algebra on packed columns: one slot per person, one ciphertext per column and block of N/2 people (DESIGN
// section 5). Sums run over blocks before anything is relinearised, so that an answer costs one key switch however many
// people there are. Their slots still hold one partial sum each: coefficient 0 is the mean of all slots (what
// custodians release), and `in_every_slot` adds them up by rotations for a computation that goes on.
//   errors, all  kInvalidArgument when columns differ in their number of blocks or blocks of a column in their shape;
//                besides, what fhe/ckks/shape.hpp says of the products: levels, scales, limbs, keys. Everything is
//                checked before the first product, and the sentence names operation, column and block.
// Pure functions, thread-safe; the evaluator's workers share each of them.
#pragma once

#include <span>
#include <vector>

#include "fhe/ckks/encoder.hpp"
#include "fhe/ckks/evaluator.hpp"
#include "fhe/ckks/shape.hpp"

namespace mc::fhe {

/// Block k holds persons k N/2 to (k + 1) N/2 - 1; slots without a person hold zero.
using PackedColumn = std::vector<Ciphertext>;

/// What happens to a sum over blocks.
struct Finish {
  std::uint32_t rescaled = 1;  // primes that are divided out
  bool in_every_slot = false;  // needs the keys of Evaluator::sum_slots_steps
};

/// The shape of what becomes of the sum of products of this shape: 3 parts are relinearised.
Result<Shape> finished(const Shape& products, const KeyShape& keys, const Finish& finish);

/// sum over persons of a b. One relinearisation.
///   scale   the product of both, by the primes rescaled        noise  blocks * a product's, one key switch
///   cost    bench: ckks/mul_accumulate per block, then ckks/mul_relin_rescale
Result<Ciphertext> inner_product(const Evaluator& evaluator, const PackedColumn& a, const PackedColumn& b,
                                 const Finish& finish);
/// The same with a plaintext vector: no relinearisation, and no key unless the sum goes to every slot.
Result<Ciphertext> inner_product(const Evaluator& evaluator, const PackedColumn& a, std::span<const Plaintext> b,
                                 const Finish& finish);

/// X^T r: the inner product of every column with r. One relinearisation per column.
Result<std::vector<Ciphertext>> transposed_product(const Evaluator& evaluator, std::span<const PackedColumn> columns,
                                                   const PackedColumn& r, const Finish& finish);
/// X^T X: its upper triangle, row by row (gram_index). One relinearisation per entry.
Result<std::vector<Ciphertext>> gram_matrix(const Evaluator& evaluator, std::span<const PackedColumn> columns,
                                            const Finish& finish);
/// Where gram_matrix puts entry (i, j), in either order; i, j < columns.
[[nodiscard]] std::size_t gram_index(std::size_t i, std::size_t j, std::size_t columns);

// X w, person by person; a column again. Columns must agree in level, and in scale up to the scales of the weights.

/// Integer weights: exact, no level, no scale.
Result<PackedColumn> weighted_sum(const Evaluator& evaluator, std::span<const PackedColumn> columns,
                                  std::span<const std::int64_t> weights);
/// Real weights at the scale of the `primes` top primes, which are rescaled away: the columns' scale, `primes` levels
/// less. No rotation, no key. Errors of Encoder::encode_constant besides.
Result<PackedColumn> weighted_sum(const Evaluator& evaluator, const Encoder& encoder,
                                  std::span<const PackedColumn> columns, std::span<const double> weights,
                                  std::uint32_t primes);
/// Encrypted weights, each the same in every slot, of the columns' level. One relinearisation per block.
Result<PackedColumn> weighted_sum(const Evaluator& evaluator, std::span<const PackedColumn> columns,
                                  std::span<const Ciphertext> weights, std::uint32_t rescaled);

}  // namespace mc::fhe
