// SPDX-License-Identifier: Apache-2.0
// Computing on ciphertexts. Pure functions of their inputs: the same bits on every machine (T3, R25).
// Operands of a binary operation must agree in level and scale; a disagreement is kInvalidArgument and names both.
#pragma once

#include "fhe/ckks/ciphertext.hpp"

namespace mc::fhe {

class Evaluator {
 public:
  /// `relin` may be null where no product is relinearised.
  Evaluator(ParamsPtr params, std::shared_ptr<const RelinKey> relin)
      : params_(std::move(params)), relin_(std::move(relin)) {}

  Status add_inplace(Ciphertext& a, const Ciphertext& b) const;  // parts may differ in number (2 and 3)
  Status subtract_inplace(Ciphertext& a, const Ciphertext& b) const;
  void negate_inplace(Ciphertext& a) const;
  Status add_plain_inplace(Ciphertext& a, const Plaintext& b) const;
  /// a * b; scale multiplies. No level is used until rescale.
  Result<Ciphertext> multiply_plain(const Ciphertext& a, const Plaintext& b) const;
  /// accumulator += a * b (accumulator empty, or of the same level and product scale).
  Status multiply_plain_add(Ciphertext& accumulator, const Ciphertext& a, const Plaintext& b) const;
  /// Exact product by a small integer: no level, no scale.
  void multiply_integer_inplace(Ciphertext& a, std::int64_t factor) const;
  /// Tensor product of two 2-part ciphertexts: 3 parts, not relinearised.
  Result<Ciphertext> multiply(const Ciphertext& a, const Ciphertext& b) const;
  Status multiply_add(Ciphertext& accumulator, const Ciphertext& a, const Ciphertext& b) const;
  /// 3 parts -> 2 parts. kInvalidArgument without a key.
  Result<Ciphertext> relinearise(const Ciphertext& a) const;
  /// Divides by the `count` last primes with rounding to nearest; level -= count, scale /= those primes.
  /// kLimit ("level 2 left, rescale needs 3") when fewer than count + 1 limbs are left.
  Status rescale_inplace(Ciphertext& a, std::uint32_t count) const;
  /// Drops limbs without dividing.
  Status drop_to_level(Ciphertext& a, Level level) const;

  [[nodiscard]] const Params& params() const { return *params_; }

 private:
  ParamsPtr params_;
  std::shared_ptr<const RelinKey> relin_;
};

}  // namespace mc::fhe
