// SPDX-License-Identifier: Apache-2.0
// What is known of a ciphertext before it is computed: level, scale, parts, key epoch. Every rule about which operands
// go together, and every sentence that refuses others, stands here once. The evaluator asks these functions and then
// computes; a planner asks only them and goes through a whole computation without a ciphertext or a key. Pure functions
// of small values; thread-safe.
//   errors  exactly those that the operation of Evaluator gives
#pragma once

#include <span>
#include <vector>

#include "fhe/ckks/ciphertext.hpp"

namespace mc::fhe {

/// A ciphertext without its polynomials.
struct Shape {
  Level level{};
  Scale scale;
  std::uint8_t parts = 2;
  Epoch epoch{};
  friend bool operator==(const Shape&, const Shape&) = default;
};
Shape shape_of(const Ciphertext& ct);

/// A message that is, or will be, encoded.
struct PlainShape {
  Level level{};
  Scale scale;
  friend bool operator==(const PlainShape&, const PlainShape&) = default;
};
PlainShape shape_of(const Plaintext& plaintext);
/// What a message must be encoded at to be added to `a`.
PlainShape addend_for(const Shape& a);
/// What a message must be encoded at so that `a` times it, rescaled by `count`, has the scale of `a` again.
///   errors  kLimit when `a` has not more than `count` limbs
Result<PlainShape> factor_for(const Shape& a, std::uint32_t count);
/// What encrypting gives.
Shape encrypted(const PlainShape& message, Epoch epoch);

/// Which keys there are (EvaluationKeys::shape), or will be.
struct KeyShape {
  Level top_level{};
  std::size_t degree = 0;  // N
  Epoch epoch{};
  bool relin = false;
  std::vector<std::uint64_t> galois_elements = {};  // ascending
  [[nodiscard]] bool has_galois(std::uint64_t element) const;
  void add_galois(std::uint64_t element);
};

/// parts: those of the operand that has more. kInvalidArgument when epochs, levels or scales differ.
Result<Shape> sum(const Shape& a, const Shape& b);
Result<Shape> difference(const Shape& a, const Shape& b);
Result<Shape> sum_with_plain(const Shape& a, const PlainShape& b);
/// Scales multiply; two operands of 2 parts give 3. kLimit when a scale cannot express the product.
Result<Shape> product(const Shape& a, const Shape& b);
Result<Shape> product_with_plain(const Shape& a, const PlainShape& b);
/// `added`: what product or product_with_plain gave.
Result<Shape> accumulated(const Shape& accumulator, const Shape& added);
/// 2 parts, then rescaled by `count` in the same division.
Result<Shape> relinearised(const Shape& a, const KeyShape& keys, std::uint32_t count = 0);
/// kLimit ("level 2 left, rescale needs 3") when fewer than count + 1 limbs are left.
Result<Shape> rescaled(const Shape& a, std::uint32_t count);
Result<Shape> dropped(const Shape& a, Level level);
/// Slots move, the shape stays. kNotFound without the key; no key is needed where no slot moves.
Result<Shape> rotated(const Shape& a, std::int64_t steps, const KeyShape& keys);
Result<Shape> conjugated(const Shape& a, const KeyShape& keys);
Result<Shape> sum_of_rotated(const Shape& a, std::span<const std::int64_t> steps, const KeyShape& keys);

}  // namespace mc::fhe
