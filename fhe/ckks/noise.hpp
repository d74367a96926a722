// SPDX-License-Identifier: Apache-2.0
// The error of every ciphertext of a computation, foreseen. Where fhe/ckks/shape.hpp follows levels and scales, this
// follows messages and errors through the same operations, without ciphertexts or keys, and refuses what they refuse.
// Model: an error is a sum of sources, each drawn once and independent of the others: an encryption, a rounding, a key
// switch. In a slot it is multiplied by the messages that were multiplied to it. A source that reaches a value on two
// ways adds up linearly, different sources as variances do; slots of one source are independent of each other, so a
// rotated source counts as another one until it is rotated back. Where messages are known slot by slot, so are the
// errors' deviations.
// Slots: a polynomial with independent coefficients of variance V has slots of variance N V, half of that in their real
// part (canonical embedding). Deviations here are those of the real part of a slot divided by the scale: what
// Encoder::decode gives is off by that much.
// Source: Cheon, Kim, Kim, Song, ePrint 2016/421, section 4; Costache, Curtis, Hales, Murphy, Ogilvie, Player, ePrint
// 2022/162 (variances in slots); tails: fhe/ckks/error_tail.hpp, fhe/ckks/slot_bound.hpp
// For one released number, worst case over whatever was uploaded, query/release/noise.hpp says more. Nothing here may
// decide a bit of a ciphertext: logarithms and roots differ between machines (R25).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "fhe/ckks/error_term.hpp"
#include "fhe/ckks/error_variance.hpp"
#include "fhe/ckks/shape.hpp"

namespace mc::fhe {

/// A ciphertext that nobody has computed.
struct Estimate {
  Shape shape;
  MessageRange message;          // may be narrowed by whoever knows better than the triangle inequality
  std::vector<ErrorTerm> terms;  // ascending by source and turn
  double fixed_error = 0;        // bound on errors that are no draw: roundings of constants
};

/// A plaintext that nobody has encoded. Its rounding is one source wherever it is used.
struct PlainEstimate {
  PlainShape shape;
  MessageRange message;
  std::vector<ErrorTerm> terms;
  double fixed_error = 0;
  std::optional<double> constant = std::nullopt;  // the number in every slot
};

/// So rarely, by default, is any slot of a ciphertext off by more than the bound: once in 2^40.
inline constexpr double kNoiseOddsLog2 = 40;

/// Hands out sources; not thread-safe. Every Result is refused exactly where the Evaluator would refuse.
class NoiseEstimator {
 public:
  /// `keys`: which keys there are, or will be.
  NoiseEstimator(ParamsPtr params, KeyShape keys, KeyNoise key_noise = {});

  /// Encoder::encode: coefficients rounded to nearest, taken for uniform.
  PlainEstimate encoded(const PlainShape& shape, MessageRange message);
  /// Encoder::encode_constant: one coefficient is off by at most 1/2.
  [[nodiscard]] PlainEstimate encoded_constant(const PlainShape& shape, double value) const;
  Estimate encrypted(const PlainEstimate& message, Epoch epoch = {});

  Result<Estimate> sum(const Estimate& a, const Estimate& b) const;
  Result<Estimate> difference(const Estimate& a, const Estimate& b) const;
  [[nodiscard]] Estimate negated(const Estimate& a) const { return product_with_integer(a, -1); }
  Result<Estimate> sum_with_plain(const Estimate& a, const PlainEstimate& b) const;
  /// m_1 e_2 + m_2 e_1 + e_1 e_2.
  Result<Estimate> product(const Estimate& a, const Estimate& b) const;
  Result<Estimate> product_with_plain(const Estimate& a, const PlainEstimate& b) const;
  [[nodiscard]] Estimate product_with_integer(const Estimate& a, std::int64_t factor) const;
  Result<Estimate> accumulated(const Estimate& accumulator, const Estimate& term) const;
  Result<Estimate> relinearised(const Estimate& a, std::uint32_t count = 0);
  Result<Estimate> rescaled(const Estimate& a, std::uint32_t count);
  Result<Estimate> dropped(const Estimate& a, Level level) const;
  Result<Estimate> rotated(const Estimate& a, std::int64_t steps);
  Result<Estimate> conjugated(const Estimate& a);
  Result<Estimate> sum_of_rotated(const Estimate& a, std::span<const std::int64_t> steps);
  Result<Estimate> sum_of_slots(const Estimate& a);

  /// With probability 1 - 2^-odds_log2, over keys and everything else that is drawn, no slot's real part is off by
  /// more.
  ///   error   For odds of 2^18 at most 3 bits above the largest error in a ciphertext (noise_circuits_test, where no
  ///           bound is below one): for messages that are as large as their bound in a good share of the slots, where
  ///           their ranges are known; for any others in rings of 2^12 and more, where they are known themselves and
  ///           not in a few slots alone; and up to unevenness_bits more where they are not known, but for one in a
  ///           thousand. For 2^40 at most 1.5 bits more than that, most of them below 1. That is what the odds cost,
  ///           not what the bound gives away: tails are exact within a factor of 2 in probability, and where an error
  ///           is once in 2^40 ciphertexts is 2 (products) or 2.9 bits (roundings of a third part) above the median of
  ///           the largest of 2^13 slots (error_tail_test). Errors that one draw puts into every slot, such as
  ///           sum_of_slots', can be smaller by any amount, and so can those that partly cancel, the same step taken
  ///           twice with one ciphertext above all: it is foreseen as two errors.
  ///   source  fhe/ckks/slot_bound.hpp
  [[nodiscard]] double bound(const Estimate& a, double odds_log2 = kNoiseOddsLog2) const;
  /// log2 of it: -30 means that 30 binary places of every slot are right.
  [[nodiscard]] double bound_bits(const Estimate& a, double odds_log2 = kNoiseOddsLog2) const;
  /// log2 of how much larger the deviation that is counted may be than the one over all slots: what not knowing more
  /// than ranges of messages may cost. 0 where they are known.
  [[nodiscard]] double unevenness_bits(const Estimate& a) const;
  /// Root of the mean over slots of the error's variance: what happens, where messages are known well.
  [[nodiscard]] double rms(const Estimate& a) const;
  [[nodiscard]] const KeyShape& keys() const { return keys_; }

 private:
  [[nodiscard]] double units(const Scale& scale) const;
  ErrorTerm new_term(ErrorKind kind, double deviation, double summands = 1);
  [[nodiscard]] double slot_deviation(double coefficient_variance, const Scale& scale) const;
  [[nodiscard]] Estimate added(const Shape& shape, const Estimate& a, const Estimate& b) const;
  [[nodiscard]] Estimate multiplied(const Shape& shape, const Estimate& a, const Estimate& b,
                                    std::optional<double> constant) const;
  void add_division(Estimate& a, std::uint8_t parts);
  void add_switching(Estimate& a, const Shape& before, ErrorKind kind, double key_variance, double switches);
  void merge_terms(Estimate& a);
  void add_turned(Estimate& sum, const Estimate& a, std::int64_t steps) const;

  ParamsPtr params_;
  KeyShape keys_;
  KeyNoise key_noise_;
  double degree_;
  std::uint64_t next_source_ = 0;
};

}  // namespace mc::fhe
