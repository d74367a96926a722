// SPDX-License-Identifier: Apache-2.0
// Parameter sets, validated once against the 128-bit classical table of Bossuat et al., ePrint 2024/463 (ternary
// secret).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "base/result.hpp"
#include "fhe/ring/ring.hpp"

namespace mc::fhe {

/// How many primes of the chain a ciphertext still has; multiplication uses some up.
using Level = Strong<struct LevelTag, std::uint32_t>;

/// Sizes of the primes, in bits; the primes themselves follow deterministically (see Params::create).
struct ParamsSpec {
  std::string name;
  LogN log_n{};
  std::vector<std::uint8_t> q_bits;
  std::vector<std::uint8_t> p_bits;
  bool insecure_for_tests = false;  // below 128 bits; refused by every program outside tests
};

/// The largest log2(QP) with 128-bit classical security for a ternary secret; kUnsupported for other N.
Result<double> log_qp_max_128(LogN log_n);

/// A validated set together with its ring. Immutable, shared, thread-safe.
class Params {
 public:
  /// Primes: for each wanted size b, the largest prime below 2^b that is 1 mod 2N and not taken yet, in the order
  /// q_0, q_1, …, p_0, …. kRefused when log2(QP) is above the table and the set is not marked insecure.
  static Result<std::shared_ptr<const Params>> create(const ParamsSpec& spec);
  /// "standard" (N=2^14, q 50,50,6x46, P 50), "train" (N=2^15, q 50,17x45, P 50), and for tests "test_insecure"
  /// (N=2^10, sizes of standard's chain) and "test_train_insecure" (N=2^11, sizes of train's), refused unless
  /// `allow_insecure`.
  static Result<std::shared_ptr<const Params>> named(std::string_view name, bool allow_insecure = false);

  [[nodiscard]] const ParamsSpec& spec() const { return spec_; }
  [[nodiscard]] const Ring& ring() const { return *ring_; }
  [[nodiscard]] const RingPtr& ring_ptr() const { return ring_; }
  [[nodiscard]] std::span<const std::uint64_t> q() const { return q_; }
  [[nodiscard]] std::span<const std::uint64_t> p() const { return p_; }
  [[nodiscard]] std::size_t slot_count() const { return ring_->degree() / 2; }
  [[nodiscard]] Level top_level() const { return Level(static_cast<std::uint32_t>(q_.size())); }
  [[nodiscard]] double log_qp() const { return log_qp_; }
  /// Digits of key switching: as many neighbouring primes of the chain go together as there are special primes, so that
  /// a digit stays below P (Han-Ki, ePrint 2019/688). Digit i is primes [i * digit_primes(), …) of the chain.
  [[nodiscard]] std::uint32_t digit_primes() const { return static_cast<std::uint32_t>(p_.size()); }
  [[nodiscard]] std::uint32_t digit_count(Level level) const {
    return (level.value + digit_primes() - 1) / digit_primes();
  }
  /// SHA-256 over name, N and every prime: what headers carry.
  [[nodiscard]] const Hash256& id() const { return id_; }

 private:
  Params() = default;
  ParamsSpec spec_;
  std::vector<std::uint64_t> q_, p_;
  RingPtr ring_;
  double log_qp_ = 0;
  Hash256 id_;
};

using ParamsPtr = std::shared_ptr<const Params>;

}  // namespace mc::fhe
