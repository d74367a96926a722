// SPDX-License-Identifier: Apache-2.0
// Values side by side in the slots of one polynomial, in an order in which few coefficients say all. Of m places, a
// power of two, place i has the slots i, i + m, i + 2m …: what is the same in all slots of every place is a polynomial
// of 2m coefficients in Y = X^(N/2m), for slot j is its value at a root of unity to the 5^j, and 5 has the order m
// modulo 4m. So the maps of refreshes that put values there and take them out are 2m integers a value; the places of
// any other order are polynomials of N coefficients modulo every prime.
// Immutable; thread-safe.
#pragma once

#include <optional>
#include <vector>

#include "fhe/ckks/encoder.hpp"
#include "fhe/threshold/refresh_map.hpp"

namespace mc::query {

class SlotPlaces {
 public:
  /// For `count` values; places beyond belong to none. REQUIRES 1 <= count <= params.slot_count().
  SlotPlaces(const fhe::Params& params, std::size_t count);

  [[nodiscard]] std::size_t count() const { return count_; }
  /// m: the next power of two.
  [[nodiscard]] std::size_t period() const { return period_; }
  /// Slots of a place.
  [[nodiscard]] std::size_t each() const { return slot_count_ / period_; }
  [[nodiscard]] std::size_t slot(std::size_t place, std::size_t l) const { return l * period_ + place; }
  /// of(i, l) in slot l of place i, `elsewhere` in the slots of none.
  template <class Value>
  [[nodiscard]] std::vector<double> filled(Value of, double elsewhere) const {
    std::vector<double> slots(slot_count_, elsewhere);
    for (std::size_t i = 0; i < count_; ++i) {
      for (std::size_t l = 0; l < each(); ++l) slots[slot(i, l)] = of(i, l);
    }
    return slots;
  }

 private:
  std::size_t slot_count_, count_, period_;
};

/// What refreshes need of places, in integers: the polynomials of places, as the encoder rounds them.
class PlaceMaps {
 public:
  /// `scale_log2`: of the polynomials that values are multiplied by.
  ///   errors  the encoder's
  static Result<PlaceMaps> create(const SlotPlaces& places, const fhe::Encoder& encoder, std::int32_t scale_log2);

  /// Appends value number `value` in all slots of a place, and its negative in those of another.
  void put(fhe::RefreshMap::Monomials& terms, std::uint32_t value, std::size_t place,
           std::optional<std::size_t> negated = std::nullopt) const;

  /// Coefficients of which everything follows that is the same in all slots of a place, ascending: 2m.
  [[nodiscard]] std::vector<std::uint32_t> positions() const;
  /// Where a polynomial's slots differ within a place, their mean: the sum over k of coefficient positions()[k] times
  /// real[k], and its imaginary part, times imaginary[k].
  ///   error  2^-51 in a factor
  struct Taken {
    std::vector<double> real, imaginary;
  };
  [[nodiscard]] Taken take(std::size_t place) const;

 private:
  /// round(2^scale_log2 cos(pi j / 2m) / m) and round(2^50 cos(pi j / 2m)) for 0 <= j < 4m.
  PlaceMaps(const SlotPlaces& places, std::size_t stride, std::vector<std::int64_t> put, std::vector<std::int64_t> take)
      : places_(places), stride_(stride), put_(std::move(put)), take_(std::move(take)) {}
  /// The j of coefficient 1 of a place; of coefficient k it is k times that, modulo 4m.
  [[nodiscard]] std::size_t angle(std::size_t place) const;

  SlotPlaces places_;
  std::size_t stride_;
  std::vector<std::int64_t> put_, take_;
};

}  // namespace mc::query
