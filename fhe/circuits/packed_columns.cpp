// SPDX-License-Identifier: Apache-2.0
#include "fhe/circuits/packed_columns.hpp"

#include <utility>

namespace mc::fhe {
namespace {

/// Blocks of one column differ in nothing that a product or a sum would notice.
Status check_blocks(std::string_view what, std::span<const Ciphertext> column) {
  if (column.empty()) return fail(Code::kInvalidArgument, std::string(what) + " has no block");
  const Ciphertext& first = column.front();
  for (std::size_t k = 0; k < column.size(); ++k) {
    const Ciphertext& block = column[k];
    const std::string name = std::string(what) + ": block " + std::to_string(k);
    if (block.parts.size() != 2) {
      return fail(Code::kInvalidArgument, name + " has " + std::to_string(block.parts.size()) + " parts, not 2");
    }
    if (block.level() != first.level()) {
      return fail(Code::kInvalidArgument, name + " has level " + std::to_string(block.level().value) +
                                              ", block 0 has " + std::to_string(first.level().value));
    }
    if (block.scale != first.scale) {
      return fail(Code::kInvalidArgument,
                  name + " has scale " + block.scale.text() + ", block 0 has " + first.scale.text());
    }
    if (block.epoch != first.epoch) {
      return fail(Code::kInvalidArgument, name + " is under the key of epoch " + std::to_string(block.epoch.value) +
                                              ", block 0 of " + std::to_string(first.epoch.value));
    }
  }
  return {};
}

/// `b` can be multiplied with `a`: as many blocks, of the same level and epoch.
Status check_partner(std::string_view what, const PackedColumn& a, const PackedColumn& b) {
  MC_TRY_STATUS(check_blocks(what, b));
  if (b.size() != a.size()) {
    return fail(Code::kInvalidArgument, std::string(what) + " has " + std::to_string(b.size()) +
                                            (b.size() == 1 ? " block, not " : " blocks, not ") +
                                            std::to_string(a.size()));
  }
  if (b[0].level() != a[0].level()) {
    return fail(Code::kInvalidArgument, std::string(what) + " has level " + std::to_string(b[0].level().value) +
                                            ", not " + std::to_string(a[0].level().value));
  }
  if (b[0].epoch != a[0].epoch) {
    return fail(Code::kInvalidArgument, std::string(what) + " is under the key of epoch " +
                                            std::to_string(b[0].epoch.value) + ", not " +
                                            std::to_string(a[0].epoch.value));
  }
  return {};
}

std::string column_name(std::string_view operation, std::size_t j) {
  return std::string(operation) + ": column " + std::to_string(j);
}

/// All columns can be multiplied with each other; with `same_scale`, added too.
Status check_columns(std::string_view operation, std::span<const PackedColumn> columns, bool same_scale) {
  if (columns.empty()) return fail(Code::kInvalidArgument, std::string(operation) + ": there is no column");
  MC_TRY_STATUS(check_blocks(column_name(operation, 0), columns[0]));
  for (std::size_t j = 1; j < columns.size(); ++j) {
    const std::string name = column_name(operation, j);
    MC_TRY_STATUS(check_partner(name, columns[0], columns[j]));
    if (same_scale && columns[j][0].scale != columns[0][0].scale) {
      return fail(Code::kInvalidArgument,
                  name + " has scale " + columns[j][0].scale.text() + ", not " + columns[0][0].scale.text());
    }
  }
  return {};
}

Status check_weights(std::string_view operation, std::size_t weights, std::size_t columns) {
  if (weights == columns) return {};
  return fail(Code::kInvalidArgument, std::string(operation) + ": " + std::to_string(weights) + " weights for " +
                                          std::to_string(columns) + " columns");
}

Status check_limbs(std::string_view operation, Level level, std::uint32_t rescaled) {
  if (level.value > rescaled) return {};
  return fail(Code::kLimit, std::string(operation) + ": level " + std::to_string(level.value) +
                                " left, rescale needs " + std::to_string(std::uint64_t{rescaled} + 1));
}

Status check_relin_key(std::string_view operation, const Evaluator& evaluator, const Ciphertext& a) {
  if (evaluator.keys()->relin() == nullptr) {
    return fail(Code::kInvalidArgument, std::string(operation) + ": there is no relinearisation key here");
  }
  if (a.epoch == evaluator.keys()->epoch()) return {};
  return fail(Code::kInvalidArgument, std::string(operation) + ": columns under the key of epoch " +
                                          std::to_string(a.epoch.value) + ", the keys here are of epoch " +
                                          std::to_string(evaluator.keys()->epoch().value));
}

/// Limbs and keys for the end of a sum of products with `a`.
Status check_finish(std::string_view operation, const Evaluator& evaluator, const Ciphertext& a, const Finish& finish) {
  MC_TRY_STATUS(check_limbs(operation, a.level(), finish.rescaled));
  if (!finish.in_every_slot) return {};
  for (const std::int64_t step : Evaluator::sum_slots_steps(evaluator.params().slot_count())) {
    const auto key = evaluator.rotation_key(step, a);
    if (!key) return fail(key.error().within(operation));
  }
  return {};
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

Result<Ciphertext> inner_product(const Evaluator& evaluator, const PackedColumn& a, const PackedColumn& b,
                                 const Finish& finish) {
  constexpr std::string_view kName = "inner product";
  MC_TRY_STATUS(check_blocks(column_name(kName, 0), a));
  MC_TRY_STATUS(check_partner(column_name(kName, 1), a, b));
  MC_TRY_STATUS(check_relin_key(kName, evaluator, a[0]));
  MC_TRY_STATUS(check_finish(kName, evaluator, a[0], finish));
  return finished_product(evaluator, a, b, finish);
}

Result<Ciphertext> inner_product(const Evaluator& evaluator, const PackedColumn& a, std::span<const Plaintext> b,
                                 const Finish& finish) {
  constexpr std::string_view kName = "inner product";
  MC_TRY_STATUS(check_blocks(column_name(kName, 0), a));
  if (b.size() != a.size()) {
    return fail(Code::kInvalidArgument, std::string(kName) + ": the vector has " + std::to_string(b.size()) +
                                            (b.size() == 1 ? " block, not " : " blocks, not ") +
                                            std::to_string(a.size()));
  }
  MC_TRY_STATUS(check_finish(kName, evaluator, a[0], finish));
  Ciphertext sum;
  for (std::size_t k = 0; k < a.size(); ++k) {
    const Status added = evaluator.multiply_plain_add(sum, a[k], b[k]);
    if (!added) return fail(added.error().within(std::string(kName) + ": block " + std::to_string(k)));
  }
  MC_TRY_STATUS(evaluator.rescale_inplace(sum, finish.rescaled));
  if (!finish.in_every_slot) return sum;
  return evaluator.sum_slots(sum);
}

Result<std::vector<Ciphertext>> transposed_product(const Evaluator& evaluator, std::span<const PackedColumn> columns,
                                                   const PackedColumn& r, const Finish& finish) {
  constexpr std::string_view kName = "transposed product";
  MC_TRY_STATUS(check_columns(kName, columns, false));
  MC_TRY_STATUS(check_partner(std::string(kName) + ": the vector", columns[0], r));
  MC_TRY_STATUS(check_relin_key(kName, evaluator, r[0]));
  MC_TRY_STATUS(check_finish(kName, evaluator, r[0], finish));
  std::vector<Ciphertext> products;
  for (const PackedColumn& column : columns) {
    MC_TRY(Ciphertext product, finished_product(evaluator, column, r, finish));
    products.push_back(std::move(product));
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
  MC_TRY_STATUS(check_relin_key(kName, evaluator, columns[0][0]));
  MC_TRY_STATUS(check_finish(kName, evaluator, columns[0][0], finish));
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
  const Level level = columns[0][0].level();
  MC_TRY_STATUS(check_limbs(kName, level, primes));
  if (encoder.params().id() != evaluator.params().id()) {
    return fail(Code::kInvalidArgument, std::string(kName) + ": the encoder is of parameter set " +
                                            encoder.params().spec().name + ", the evaluator of " +
                                            evaluator.params().spec().name);
  }
  std::vector<Plaintext> constants;
  for (std::size_t j = 0; j < weights.size(); ++j) {
    auto constant = encoder.encode_constant(weights[j], level, Scale::of_top_primes(level.value, primes));
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
  MC_TRY_STATUS(check_columns(kName, columns, true));
  MC_TRY_STATUS(check_weights(kName, weights.size(), columns.size()));
  MC_TRY_STATUS(check_blocks(std::string(kName) + ": weights", weights));
  const Ciphertext& first = columns[0][0];
  if (weights[0].level() != first.level() || weights[0].epoch != first.epoch) {
    return fail(Code::kInvalidArgument,
                std::string(kName) + ": weights of level " + std::to_string(weights[0].level().value) + " and epoch " +
                    std::to_string(weights[0].epoch.value) + ", columns of level " +
                    std::to_string(first.level().value) + " and epoch " + std::to_string(first.epoch.value));
  }
  MC_TRY_STATUS(check_relin_key(kName, evaluator, first));
  MC_TRY_STATUS(check_limbs(kName, first.level(), rescaled));
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
