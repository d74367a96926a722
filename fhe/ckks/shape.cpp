// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/shape.hpp"

#include <algorithm>

#include "fhe/ckks/evaluation_keys.hpp"

namespace mc::fhe {
namespace {

std::string level_text(Level level) {
  return std::to_string(level.value);
}

Status check_same_level(std::string_view operation, Level a, Level b) {
  if (a == b) return {};
  return fail(Code::kInvalidArgument,
              std::string(operation) + ": the operands have levels " + level_text(a) + " and " + level_text(b));
}

Status check_same_scale(std::string_view operation, const Scale& a, const Scale& b) {
  if (a == b) return {};
  return fail(Code::kInvalidArgument,
              std::string(operation) + ": the operands have scales " + a.text() + " and " + b.text());
}

Status check_parts(std::string_view operation, const Shape& a, std::uint8_t at_least, std::uint8_t at_most) {
  if (a.parts >= at_least && a.parts <= at_most) return {};
  return fail(Code::kInvalidArgument, std::string(operation) + ": a ciphertext of " + std::to_string(a.parts) +
                                          " parts, not " + std::to_string(at_least) +
                                          (at_most != at_least ? " or " + std::to_string(at_most) : ""));
}

Status check_same_epoch(std::string_view operation, Epoch a, Epoch b) {
  if (a == b) return {};
  return fail(Code::kInvalidArgument, std::string(operation) + ": the operands are under keys of epochs " +
                                          std::to_string(a.value) + " and " + std::to_string(b.value));
}

Status check_key_epoch(std::string_view operation, const Shape& a, const KeyShape& keys) {
  if (a.epoch == keys.epoch) return {};
  return fail(Code::kInvalidArgument, std::string(operation) + ": a ciphertext under the key of epoch " +
                                          std::to_string(a.epoch.value) + ", the keys here are of epoch " +
                                          std::to_string(keys.epoch.value));
}

Status check_key_level(std::string_view operation, const Shape& a, const KeyShape& keys) {
  if (a.level.value != 0 && a.level <= keys.top_level) return {};
  return fail(Code::kInvalidArgument, std::string(operation) + ": level " + level_text(a.level) +
                                          " and a key for level " + level_text(keys.top_level));
}

Status check_rescale(Level level, std::uint32_t count) {
  if (count < level.value) return {};
  return fail(Code::kLimit,
              "level " + level_text(level) + " left, rescale needs " + std::to_string(std::uint64_t{count} + 1));
}

Result<Scale> product_of_scales(std::string_view operation, const Scale& a, const Scale& b) {
  if (product_is_scale(a, b)) return a * b;
  return fail(Code::kLimit,
              std::string(operation) + ": no scale can express the product of " + a.text() + " and " + b.text());
}

Result<Shape> sum_as(std::string_view operation, const Shape& a, const Shape& b) {
  MC_TRY_STATUS(check_parts(operation, a, 2, 3));
  MC_TRY_STATUS(check_parts(operation, b, 2, 3));
  MC_TRY_STATUS(check_same_epoch(operation, a.epoch, b.epoch));
  MC_TRY_STATUS(check_same_level(operation, a.level, b.level));
  MC_TRY_STATUS(check_same_scale(operation, a.scale, b.scale));
  Shape result = a;
  result.parts = std::max(a.parts, b.parts);
  return result;
}

/// level and scale after the division; the scale's exponents may run out when many products came before.
Result<Shape> divided(const Shape& a, std::uint32_t count) {
  MC_TRY_STATUS(check_rescale(a.level, count));
  const Scale inverse = Scale{} / Scale::of_top_primes(a.level.value, count);
  Shape result = a;
  MC_TRY(result.scale, product_of_scales("rescale", a.scale, inverse));
  result.level = Level(a.level.value - count);
  return result;
}

Result<Shape> moved(std::string_view what, const Shape& a, std::uint64_t element, const KeyShape& keys) {
  MC_TRY_STATUS(check_parts(what, a, 2, 2));
  if (element == 1) return a;
  MC_TRY_STATUS(check_key_epoch(what, a, keys));
  if (!keys.has_galois(element)) {
    return fail(Code::kNotFound,
                "there is no key for " + std::string(what) + " (Galois element " + std::to_string(element) + ")");
  }
  MC_TRY_STATUS(check_key_level(what, a, keys));
  return a;
}

}  // namespace

Shape shape_of(const Ciphertext& ct) {
  return {ct.level(), ct.scale, static_cast<std::uint8_t>(std::min<std::size_t>(ct.parts.size(), 255)), ct.epoch};
}

PlainShape shape_of(const Plaintext& plaintext) {
  return {plaintext.level(), plaintext.scale};
}

PlainShape addend_for(const Shape& a) {
  return {a.level, a.scale};
}

Result<PlainShape> factor_for(const Shape& a, std::uint32_t count) {
  MC_TRY_STATUS(check_rescale(a.level, count));
  return PlainShape{a.level, Scale::of_top_primes(a.level.value, count)};
}

Shape encrypted(const PlainShape& message, Epoch epoch) {
  return {message.level, message.scale, 2, epoch};
}

bool KeyShape::has_galois(std::uint64_t element) const {
  return std::ranges::binary_search(galois_elements, element);
}

void KeyShape::add_galois(std::uint64_t element) {
  const auto at = std::ranges::lower_bound(galois_elements, element);
  if (at == galois_elements.end() || *at != element) galois_elements.insert(at, element);
}

Result<Shape> sum(const Shape& a, const Shape& b) {
  return sum_as("add", a, b);
}

Result<Shape> difference(const Shape& a, const Shape& b) {
  return sum_as("subtract", a, b);
}

Result<Shape> sum_with_plain(const Shape& a, const PlainShape& b) {
  MC_TRY_STATUS(check_parts("add plaintext", a, 2, 3));
  MC_TRY_STATUS(check_same_level("add plaintext", a.level, b.level));
  MC_TRY_STATUS(check_same_scale("add plaintext", a.scale, b.scale));
  return a;
}

Result<Shape> product(const Shape& a, const Shape& b) {
  MC_TRY_STATUS(check_parts("multiply", a, 2, 2));
  MC_TRY_STATUS(check_parts("multiply", b, 2, 2));
  MC_TRY_STATUS(check_same_epoch("multiply", a.epoch, b.epoch));
  MC_TRY_STATUS(check_same_level("multiply", a.level, b.level));
  MC_TRY(const Scale scale, product_of_scales("multiply", a.scale, b.scale));
  return Shape{a.level, scale, 3, a.epoch};
}

Result<Shape> product_with_plain(const Shape& a, const PlainShape& b) {
  MC_TRY_STATUS(check_parts("multiply by plaintext", a, 2, 3));
  MC_TRY_STATUS(check_same_level("multiply by plaintext", a.level, b.level));
  MC_TRY(const Scale scale, product_of_scales("multiply by plaintext", a.scale, b.scale));
  return Shape{a.level, scale, a.parts, a.epoch};
}

Result<Shape> accumulated(const Shape& accumulator, const Shape& added) {
  return sum_as("multiply and add", accumulator, added);
}

Result<Shape> relinearised(const Shape& a, const KeyShape& keys, std::uint32_t count) {
  if (!keys.relin) return fail(Code::kInvalidArgument, "relinearise: there is no relinearisation key here");
  MC_TRY_STATUS(check_parts("relinearise", a, 3, 3));
  MC_TRY_STATUS(check_key_epoch("relinearise", a, keys));
  MC_TRY_STATUS(check_key_level("relinearise", a, keys));
  MC_TRY(Shape result, divided(a, count));
  result.parts = 2;
  return result;
}

Result<Shape> rescaled(const Shape& a, std::uint32_t count) {
  MC_TRY_STATUS(check_parts("rescale", a, 2, 3));
  return divided(a, count);
}

Result<Shape> dropped(const Shape& a, Level level) {
  MC_TRY_STATUS(check_parts("drop to level", a, 2, 3));
  if (level.value == 0 || level > a.level) {
    return fail(Code::kLimit, "level " + level_text(a.level) + " left, level " + level_text(level) + " wanted");
  }
  Shape result = a;
  result.level = level;
  return result;
}

Result<Shape> rotated(const Shape& a, std::int64_t steps, const KeyShape& keys) {
  return moved("rotation by " + std::to_string(steps), a, galois_element_of_rotation(steps, keys.degree), keys);
}

Result<Shape> conjugated(const Shape& a, const KeyShape& keys) {
  return moved("conjugation", a, galois_element_of_conjugation(keys.degree), keys);
}

Result<Shape> sum_of_rotated(const Shape& a, std::span<const std::int64_t> steps, const KeyShape& keys) {
  if (steps.empty()) return fail(Code::kInvalidArgument, "sum of rotations: there is no rotation to sum");
  for (const std::int64_t step : steps) MC_TRY_STATUS(rotated(a, step, keys).map([](const Shape&) {}));
  return a;
}

}  // namespace mc::fhe
