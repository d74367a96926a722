// SPDX-License-Identifier: Apache-2.0
#include "fhe/circuits/packed_columns.hpp"

#include <utility>

namespace mc::fhe {
namespace {

template <class T>
Status named(const Result<T>& result, std::string_view name) {
  if (result.has_value()) return {};
  return fail(result.error().within(name));
}

std::string column_name(std::string_view operation, std::size_t j) {
  return std::string(operation) + ": column " + std::to_string(j);
}

std::string block_count(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " block" : " blocks");
}

/// There are blocks, of 2 parts, and any two of them can be added.
Status check_blocks(std::string_view what, std::span<const Ciphertext> column) {
  if (column.empty()) return fail(Code::kInvalidArgument, std::string(what) + " has no block");
  for (std::size_t k = 0; k < column.size(); ++k) {
    const std::string name = std::string(what) + ": block " + std::to_string(k);
    if (column[k].parts.size() != 2) {
      return fail(Code::kInvalidArgument, name + " has " + std::to_string(column[k].parts.size()) + " parts, not 2");
    }
    MC_TRY_STATUS(named(sum(shape_of(column[0]), shape_of(column[k])), name));
  }
  return {};
}

/// As many blocks as `a`, which is checked, and they can be multiplied with its blocks.
Status check_partner(std::string_view what, const PackedColumn& a, const PackedColumn& b) {
  MC_TRY_STATUS(check_blocks(what, b));
  if (b.size() != a.size()) {
    return fail(Code::kInvalidArgument,
                std::string(what) + " has " + block_count(b.size()) + ", not " + std::to_string(a.size()));
  }
  return named(product(shape_of(a[0]), shape_of(b[0])), what);
}

/// Any two columns can be multiplied; with `addable`, added too.
Status check_columns(std::string_view operation, std::span<const PackedColumn> columns, bool addable) {
  if (columns.empty()) return fail(Code::kInvalidArgument, std::string(operation) + ": there is no column");
  MC_TRY_STATUS(check_blocks(column_name(operation, 0), columns[0]));
  for (std::size_t j = 1; j < columns.size(); ++j) {
    const std::string name = column_name(operation, j);
    MC_TRY_STATUS(check_partner(name, columns[0], columns[j]));
    if (addable) MC_TRY_STATUS(named(sum(shape_of(columns[0][0]), shape_of(columns[j][0])), name));
  }
  return {};
}

Status check_weights(std::string_view operation, std::size_t weights, std::size_t columns) {
  if (weights == columns) return {};
  return fail(Code::kInvalidArgument, std::string(operation) + ": " + std::to_string(weights) + " weights for " +
                                          std::to_string(columns) + " columns");
}

/// Limbs and keys for the end of a sum of products.
Status check_finish(std::string_view operation, const Evaluator& evaluator, const Result<Shape>& products,
                    const Finish& finish) {
  MC_TRY_STATUS(named(products, operation));
  return named(finished(*products, evaluator.keys()->shape(), finish), operation);
}

/// Sum over k of a_k b_k, relinearised once and rescaled; everything has been checked.
Result<Ciphertext> relinearised_sum(const Evaluator& evaluator, std::span<const Ciphertext* const> a,
                                    std::span<const Ciphertext* const> b, std::uint32_t rescaled) {
  MC_TRY(Ciphertext sum, evaluator.multiply(*a[0], *b[0]));
  for (std::size_t k = 1; k < a.size(); ++k) MC_TRY_STATUS(evaluator.multiply_add(sum, *a[k], *b[k]));
  return evaluator.relinearise_rescale(sum, rescaled);
}

std::vector<const Ciphertext*> blocks_of(std::span<const Ciphertext> column) {
  std::vector<const Ciphertext*> blocks;
  for (const Ciphertext& block : column) blocks.push_back(&block);
  return blocks;
}

Result<Ciphertext> finished_product(const Evaluator& evaluator, const PackedColumn& a, const PackedColumn& b,
                                    const Finish& finish) {
  MC_TRY(Ciphertext sum, relinearised_sum(evaluator, blocks_of(a), blocks_of(b), finish.rescaled));
  if (!finish.in_every_slot) return sum;
  return evaluator.sum_slots(sum);
}

}  // namespace

Result<Shape> finished(const Shape& products, const KeyShape& keys, const Finish& finish) {
  MC_TRY(const Shape result,
         products.parts == 3 ? relinearised(products, keys, finish.rescaled) : rescaled(products, finish.rescaled));
  if (!finish.in_every_slot) return result;
  for (const std::int64_t step : Evaluator::sum_slots_steps(keys.degree / 2)) {
    MC_TRY_STATUS(rotated(result, step, keys));
  }
  return result;
}

Result<Ciphertext> inner_product(const Evaluator& evaluator, const PackedColumn& a, const PackedColumn& b,
                                 const Finish& finish) {
  constexpr std::string_view kName = "inner product";
  MC_TRY_STATUS(check_blocks(column_name(kName, 0), a));
  MC_TRY_STATUS(check_partner(column_name(kName, 1), a, b));
  MC_TRY_STATUS(check_finish(kName, evaluator, product(shape_of(a[0]), shape_of(b[0])), finish));
  return finished_product(evaluator, a, b, finish);
}

Result<Ciphertext> inner_product(const Evaluator& evaluator, const PackedColumn& a, std::span<const Plaintext> b,
                                 const Finish& finish) {
  constexpr std::string_view kName = "inner product";
  MC_TRY_STATUS(check_blocks(column_name(kName, 0), a));
  if (b.size() != a.size()) {
    return fail(Code::kInvalidArgument,
                std::string(kName) + ": the vector has " + block_count(b.size()) + ", not " + std::to_string(a.size()));
  }
  const Result<Shape> first = product_with_plain(shape_of(a[0]), shape_of(b[0]));
  MC_TRY_STATUS(check_finish(kName, evaluator, first, finish));
  for (std::size_t k = 1; k < a.size(); ++k) {
    const std::string name = std::string(kName) + ": block " + std::to_string(k);
    const Result<Shape> next = product_with_plain(shape_of(a[k]), shape_of(b[k]));
    MC_TRY_STATUS(named(next, name));
    MC_TRY_STATUS(named(accumulated(*first, *next), name));
  }
  Ciphertext sum;
  for (std::size_t k = 0; k < a.size(); ++k) MC_TRY_STATUS(evaluator.multiply_plain_add(sum, a[k], b[k]));
  MC_TRY_STATUS(evaluator.rescale_inplace(sum, finish.rescaled));
  if (!finish.in_every_slot) return sum;
  return evaluator.sum_slots(sum);
}

Result<std::vector<Ciphertext>> transposed_product(const Evaluator& evaluator, std::span<const PackedColumn> columns,
                                                   const PackedColumn& r, const Finish& finish) {
  constexpr std::string_view kName = "transposed product";
  MC_TRY_STATUS(check_columns(kName, columns, false));
  MC_TRY_STATUS(check_partner(std::string(kName) + ": the vector", columns[0], r));
  for (const PackedColumn& column : columns) {
    MC_TRY_STATUS(check_finish(kName, evaluator, product(shape_of(column[0]), shape_of(r[0])), finish));
  }
  std::vector<Ciphertext> products;
  for (const PackedColumn& column : columns) {
    MC_TRY(Ciphertext entry, finished_product(evaluator, column, r, finish));
    products.push_back(std::move(entry));
  }
  return products;
}

std::size_t gram_index(std::size_t i, std::size_t j, std::size_t columns) {
  if (i > j) std::swap(i, j);
  MC_CHECK(j < columns);
  return i * columns - i * (i + 1) / 2 + j;
}

Result<std::vector<Ciphertext>> gram_matrix(const Evaluator& evaluator, std::span<const PackedColumn> columns,
                                            const Finish& finish) {
  constexpr std::string_view kName = "Gram matrix";
  MC_TRY_STATUS(check_columns(kName, columns, false));
  for (const PackedColumn& column : columns) {
    MC_TRY_STATUS(check_finish(kName, evaluator, product(shape_of(column[0]), shape_of(column[0])), finish));
  }
  std::vector<Ciphertext> entries;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    for (std::size_t j = i; j < columns.size(); ++j) {
      MC_TRY(Ciphertext entry, finished_product(evaluator, columns[i], columns[j], finish));
      entries.push_back(std::move(entry));
    }
  }
  return entries;
}

Result<PackedColumn> weighted_sum(const Evaluator& evaluator, std::span<const PackedColumn> columns,
                                  std::span<const std::int64_t> weights) {
  constexpr std::string_view kName = "weighted sum";
  MC_TRY_STATUS(check_columns(kName, columns, true));
  MC_TRY_STATUS(check_weights(kName, weights.size(), columns.size()));
  PackedColumn sums = columns[0];
  for (std::size_t k = 0; k < sums.size(); ++k) {
    evaluator.multiply_integer_inplace(sums[k], weights[0]);
    for (std::size_t j = 1; j < columns.size(); ++j) {
      Ciphertext term = columns[j][k];
      evaluator.multiply_integer_inplace(term, weights[j]);
      MC_TRY_STATUS(evaluator.add_inplace(sums[k], term));
    }
  }
  return sums;
}

Result<PackedColumn> weighted_sum(const Evaluator& evaluator, const Encoder& encoder,
                                  std::span<const PackedColumn> columns, std::span<const double> weights,
                                  std::uint32_t primes) {
  constexpr std::string_view kName = "weighted sum";
  MC_TRY_STATUS(check_columns(kName, columns, true));
  MC_TRY_STATUS(check_weights(kName, weights.size(), columns.size()));
  const Result<PlainShape> factor = factor_for(shape_of(columns[0][0]), primes);
  MC_TRY_STATUS(named(factor, kName));
  if (encoder.params().id() != evaluator.params().id()) {
    return fail(Code::kInvalidArgument, std::string(kName) + ": the encoder is of parameter set " +
                                            encoder.params().spec().name + ", the evaluator of " +
                                            evaluator.params().spec().name);
  }
  std::vector<Plaintext> constants;
  for (std::size_t j = 0; j < weights.size(); ++j) {
    auto constant = encoder.encode_constant(weights[j], factor->level, factor->scale);
    if (!constant) return fail(constant.error().within(column_name(kName, j)));
    constants.push_back(std::move(*constant));
  }
  PackedColumn sums(columns[0].size());
  for (std::size_t k = 0; k < sums.size(); ++k) {
    for (std::size_t j = 0; j < columns.size(); ++j) {
      MC_TRY_STATUS(evaluator.multiply_plain_add(sums[k], columns[j][k], constants[j]));
    }
    MC_TRY_STATUS(evaluator.rescale_inplace(sums[k], primes));
  }
  return sums;
}

Result<PackedColumn> weighted_sum(const Evaluator& evaluator, std::span<const PackedColumn> columns,
                                  std::span<const Ciphertext> weights, std::uint32_t rescaled) {
  constexpr std::string_view kName = "weighted sum";
  MC_TRY_STATUS(check_columns(kName, columns, false));
  MC_TRY_STATUS(check_weights(kName, weights.size(), columns.size()));
  const Result<Shape> first = product(shape_of(columns[0][0]), shape_of(weights[0]));
  MC_TRY_STATUS(named(first, std::string(kName) + ": weight 0"));
  for (std::size_t j = 1; j < columns.size(); ++j) {
    const std::string name = std::string(kName) + ": weight " + std::to_string(j);
    const Result<Shape> next = product(shape_of(columns[j][0]), shape_of(weights[j]));
    MC_TRY_STATUS(named(next, name));
    MC_TRY_STATUS(named(accumulated(*first, *next), name));
  }
  MC_TRY_STATUS(check_finish(kName, evaluator, first, {.rescaled = rescaled, .in_every_slot = false}));
  PackedColumn sums;
  for (std::size_t k = 0; k < columns[0].size(); ++k) {
    std::vector<const Ciphertext*> blocks;
    for (const PackedColumn& column : columns) blocks.push_back(&column[k]);
    MC_TRY(Ciphertext sum, relinearised_sum(evaluator, blocks, blocks_of(weights), rescaled));
    sums.push_back(std::move(sum));
  }
  return sums;
}

}  // namespace mc::fhe
