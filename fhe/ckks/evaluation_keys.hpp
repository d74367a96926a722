// SPDX-License-Identifier: Apache-2.0
// The keys an evaluator works with, in the order in which memory is read: one stream per prime instead of one per
// digit.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "fhe/ckks/ciphertext.hpp"
#include "fhe/ckks/shape.hpp"
#include "fhe/ring/kernels.hpp"

namespace mc::fhe {

/// One switching key, laid out for Kernels::key_product.
class PreparedKey {
 public:
  /// `digits` all over QP, Params::digit_count of the top level of them.
  PreparedKey(const Params& params, const std::vector<const NttPoly*>& b, const std::vector<const NttPoly*>& a);
  /// The same with the uniform halves of a seed (expand_uniform_halves). Where the kernels make them, it is half as
  /// long.
  PreparedKey(const Params& params, const std::vector<const NttPoly*>& b, const Hash256& seed);
  [[nodiscard]] std::size_t digit_count() const { return digit_count_; }
  /// What it holds modulo the prime at `place` (Ring::place_of).
  [[nodiscard]] KeyRows rows(std::size_t place) const {
    return {words_.data() + rows_[place].first_word, digit_count_, rows_[place].bits, nullptr,
            uniform_.empty() ? nullptr : &uniform_[place]};
  }
  [[nodiscard]] std::size_t bytes() const { return words_.size() * sizeof(std::uint64_t); }

 private:
  struct Rows {
    std::size_t first_word = 0;
    std::size_t bits = 0;
  };
  /// Lays out the halves that there are, digit by digit side by side.
  void lay_out(const Params& params, std::span<const std::vector<const NttPoly*>> halves);

  std::size_t digit_count_;
  std::vector<Rows> rows_;
  AlignedWords words_;
  // Where uniform halves are made; all of it stays where it is when the key is moved.
  std::vector<UniformRows> uniform_;
  std::vector<std::vector<ReplacedResidue>> replaced_;
  std::unique_ptr<const Aes128> aes_;
};

/// Relinearisation and Galois keys of one key epoch. Filled once, then shared: const use is thread-safe.
class EvaluationKeys {
 public:
  explicit EvaluationKeys(ParamsPtr params, Epoch epoch = {})
      : params_(std::move(params)), shape_{params_->top_level(), params_->ring().degree(), epoch} {}

  /// kInvalidArgument for a key of another epoch ("a key of epoch 2 among keys of epoch 1") or of another shape.
  Status add(const RelinKey& key);
  /// Besides: kConflict when there is one for this Galois element already.
  Status add(const GaloisKey& key);
  /// The same for keys whose uniform halves follow from no seed: that another library made. Errors as above.
  Status add_relin(const std::vector<SwitchingDigit>& digits, Epoch epoch);
  Status add_galois(std::uint64_t galois_element, const std::vector<SwitchingDigit>& digits, Epoch epoch);

  struct Galois {
    PreparedKey key;
    AutomorphismTable automorphism;
  };
  [[nodiscard]] const ParamsPtr& params() const { return params_; }
  [[nodiscard]] Epoch epoch() const { return shape_.epoch; }
  /// What is there, for planning.
  [[nodiscard]] const KeyShape& shape() const { return shape_; }
  [[nodiscard]] const PreparedKey* relin() const { return relin_.get(); }
  [[nodiscard]] const Galois* galois(std::uint64_t galois_element) const;

 private:
  void keep_relin(PreparedKey key);
  Status check_galois(std::uint64_t galois_element, const std::vector<const NttPoly*>& b) const;
  void keep_galois(std::uint64_t galois_element, PreparedKey key);

  ParamsPtr params_;
  KeyShape shape_;
  std::unique_ptr<const PreparedKey> relin_;
  std::map<std::uint64_t, Galois> galois_;
};

/// The automorphism that rotates slots to the left by `steps` (slot j receives slot j + steps): X -> X^(5^steps).
/// Any integer; taken modulo N/2. Source: Gentry, Halevi, Smart, ePrint 2012/099; Cheon et al. 2017, section 4.2.
[[nodiscard]] std::uint64_t galois_element_of_rotation(std::int64_t steps, std::size_t degree);
/// The automorphism that conjugates slots: X -> X^-1.
[[nodiscard]] std::uint64_t galois_element_of_conjugation(std::size_t degree);

}  // namespace mc::fhe
