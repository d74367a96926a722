// SPDX-License-Identifier: Apache-2.0
// What fhe/ckks/noise.hpp follows through a computation: messages, and errors as sums of sources. Of either the range
// may be all that is known, or the number in every slot; what is computed from known numbers is known. Pure functions.
// A term's factors are numbered by the slots of its source, so that rotations leave them alone: slot j of a value has
// slot j + turn of the source.
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

namespace mc::fhe {

/// One number for every slot; none where they are not known.
using SlotNumbers = std::shared_ptr<const std::vector<double>>;

/// What is known of the numbers in the slots.
struct MessageRange {
  double max = 0;               // no slot is larger in magnitude
  double rms = 0;               // nor is the root of the mean of the slots' squares
  SlotNumbers slots = nullptr;  // the numbers themselves, where whoever foresees has them; max and rms are theirs
  static MessageRange of_max(double max) { return {max, max}; }
  static MessageRange of_slots(std::vector<double> slots);
};

MessageRange sum_of(const MessageRange& a, const MessageRange& b);
/// Slot by slot.
MessageRange product_of(const MessageRange& a, const MessageRange& b);
MessageRange scaled(const MessageRange& a, double factor);
/// Slot j gets what slot j + turn has, slots counted in a circle.
MessageRange turned(const MessageRange& a, std::uint32_t turn);

/// What else is in a slot of an error besides what was drawn for it alone: polynomials of the key, the same for every
/// ciphertext, so that errors in one slot are large together.
enum class ErrorKind : std::uint8_t {
  kRounding,      // nothing
  kEncryption,    // e_1 s + u e
  kSecret,        // r s
  kSecretSquare,  // r s^2
  kDigits,        // d_i times the error of a switching key, summed over digits
  kCollective,    // d_i times that of a collective key, which is a product itself
  kMany,          // the sum of many independent products
};

/// One source in one value: its deviation times what it was multiplied by, a constant plus something that differs from
/// slot to slot. Constants have signs, so that what is added and subtracted again is gone.
struct ErrorTerm {
  std::uint64_t source = 0;
  std::uint32_t turn = 0;  // slots that it was rotated by
  ErrorKind kind = ErrorKind::kRounding;
  double summands = 1;            // of kDigits and kMany
  double steady = 0;              // the same in every slot
  double peak = 0;                // of the rest in the worst slot
  double rms = 0;                 // of the rest over all slots
  SlotNumbers factors = nullptr;  // all of it, signed, where it is known to differ; steady is 0 then
  [[nodiscard]] double deviation_max() const { return std::fabs(steady) + peak; }
  [[nodiscard]] double deviation_rms() const { return std::fabs(steady) + rms; }
  /// Known in every slot, with its sign.
  [[nodiscard]] bool exact() const { return factors != nullptr || peak == 0; }
};

/// sum += terms, both ascending by source and turn. What both have adds up slot by slot where it is known, and may add
/// up in the same direction where it is not.
void add_terms(std::vector<ErrorTerm>& sum, const std::vector<ErrorTerm>& terms);
/// Every error multiplied, slot by slot, by numbers of this range.
std::vector<ErrorTerm> times(std::vector<ErrorTerm> terms, const MessageRange& m);
std::vector<ErrorTerm> times_constant(std::vector<ErrorTerm> terms, double factor);
/// Root of the mean over slots of the variance.
double rms_of(const std::vector<ErrorTerm>& terms);

}  // namespace mc::fhe
