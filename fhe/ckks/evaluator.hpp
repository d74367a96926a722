// SPDX-License-Identifier: Apache-2.0
// Computing on ciphertexts. Pure functions of their inputs: the same bits on every machine and with any number of
// workers (T3, R25). Operands of a binary operation must agree in level, scale and key epoch; a disagreement is
// kInvalidArgument and names both. fhe/ckks/shape.hpp has these rules and tells levels, scales and errors beforehand.
// Thread-safe.
#pragma once

#include "base/workers.hpp"
#include "fhe/ckks/evaluation_keys.hpp"
#include "fhe/ckks/key_switching.hpp"

namespace mc::fhe {

using EvaluationKeysPtr = std::shared_ptr<const EvaluationKeys>;

class Evaluator {
 public:
  /// `workers` may be null: everything then runs on the caller's thread.
  explicit Evaluator(EvaluationKeysPtr keys, WorkersPtr workers = nullptr)
      : params_(keys->params()), keys_(std::move(keys)), workers_(std::move(workers)) {}
  /// `relin` may be null where no product is relinearised. REQUIRES a key of these parameters.
  Evaluator(ParamsPtr params, const std::shared_ptr<const RelinKey>& relin);

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
  /// As if both factors had been dropped to `level` before; they are not copied for it.
  Result<Ciphertext> multiply(const Ciphertext& a, const Ciphertext& b, Level level) const;
  Status multiply_add(Ciphertext& accumulator, const Ciphertext& a, const Ciphertext& b, Level level) const;
  /// 3 parts -> 2 parts. kInvalidArgument without a key or with one of another epoch.
  Result<Ciphertext> relinearise(const Ciphertext& a) const;
  /// relinearise, then rescale by `count`, in one division: the same bits, faster. Errors of both.
  Result<Ciphertext> relinearise_rescale(const Ciphertext& a, std::uint32_t count) const;
  /// Divides by the `count` last primes with rounding to nearest; level -= count, scale /= those primes.
  /// kLimit ("level 2 left, rescale needs 3") when fewer than count + 1 limbs are left.
  Status rescale_inplace(Ciphertext& a, std::uint32_t count) const;
  /// Drops limbs without dividing.
  Status drop_to_level(Ciphertext& a, Level level) const;

  // Slots move under automorphisms; each needs its Galois key, kNotFound ("no key for rotation by 3 …") without it.

  /// Slot j receives slot j + steps, cyclically over N/2. Two parts in and out; no level is used.
  Result<Ciphertext> rotate(const Ciphertext& a, std::int64_t steps) const;
  Result<Ciphertext> conjugate(const Ciphertext& a) const;
  /// One rotation per entry, decomposing `a` once.
  Result<std::vector<Ciphertext>> rotate_each(const Ciphertext& a, std::span<const std::int64_t> steps) const;
  /// The sum of the rotations by these steps (0 among them is `a` itself), dividing by P once.
  Result<Ciphertext> sum_of_rotations(const Ciphertext& a, std::span<const std::int64_t> steps) const;
  /// The sum of all slots in every slot, by rotations of sum_slots_steps.
  Result<Ciphertext> sum_slots(const Ciphertext& a) const;
  /// The rotations that sum_slots needs keys for: by s, 2s and 3s for s = 1, 4, 16, … (radix 4: two doublings for one
  /// division by P), and by N/4 where the number of slots is twice a power of four.
  [[nodiscard]] static std::vector<std::int64_t> sum_slots_steps(std::size_t slot_count);

  [[nodiscard]] const Params& params() const { return *params_; }
  [[nodiscard]] const EvaluationKeysPtr& keys() const { return keys_; }
  /// Null when everything runs on the caller's thread.
  [[nodiscard]] const Workers* workers() const { return workers_.get(); }

 private:
  [[nodiscard]] Ciphertext apply(const Ciphertext& a, std::uint64_t element) const;
  Result<Ciphertext> multiply_at(const Result<Shape>& shape, const Ciphertext& a, const Ciphertext& b) const;
  Status multiply_add_at(const Result<Shape>& shape, Ciphertext& accumulator, const Ciphertext& a,
                         const Ciphertext& b) const;

  ParamsPtr params_;
  EvaluationKeysPtr keys_;
  WorkersPtr workers_;
};

}  // namespace mc::fhe
