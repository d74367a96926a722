// SPDX-License-Identifier: Apache-2.0
#include "query/train/slot_places.hpp"

#include <bit>
#include <cmath>

#include "base/check.hpp"
#include "fhe/ckks/recombination.hpp"

namespace mc::query {
namespace {

/// Binary places of what is taken.
constexpr std::int32_t kTakenLog2 = 50;

/// round(2^scale_log2 cos(pi j / 2m) / m): the coefficients of place 0, and their negatives.
Result<std::vector<std::int64_t>> cosines(const SlotPlaces& places, const fhe::Encoder& encoder,
                                          std::int32_t scale_log2) {
  const fhe::Params& params = encoder.params();
  const std::vector<double> slots = places.filled([](std::size_t i, std::size_t) { return i == 0 ? 1.0 : 0.0; }, 0.0);
  const fhe::Level level(2);
  MC_TRY(fhe::Plaintext plain, encoder.encode(slots, level, fhe::Scale::power_of_two(scale_log2)));
  const fhe::Recombination recombination(params.ring(), level.value);
  std::vector<std::uint64_t> words(params.ring().degree() * recombination.word_count());
  recombination.combine_all(params.ring().to_coeff(std::move(plain.poly)), words);
  const std::size_t half = 2 * places.period(), stride = params.ring().degree() / half;
  std::vector<std::int64_t> all(2 * half);
  for (std::size_t k = 0; k < half; ++k) {
    all[k] = static_cast<std::int64_t>(words[k * stride * recombination.word_count()]);
    all[k + half] = -all[k];
  }
  return all;
}

}  // namespace

SlotPlaces::SlotPlaces(const fhe::Params& params, std::size_t count)
    : slot_count_(params.slot_count()), count_(count), period_(std::bit_ceil(count)) {
  MC_CHECK(count >= 1 && count <= slot_count_);
}

Result<PlaceMaps> PlaceMaps::create(const SlotPlaces& places, const fhe::Encoder& encoder, std::int32_t scale_log2) {
  const auto period_log2 = static_cast<std::int32_t>(std::bit_width(places.period()) - 1);
  MC_CHECK(scale_log2 - period_log2 < 62);
  MC_TRY(std::vector<std::int64_t> put, cosines(places, encoder, scale_log2));
  MC_TRY(std::vector<std::int64_t> take, cosines(places, encoder, kTakenLog2 + period_log2));
  return PlaceMaps(places, encoder.params().ring().degree() / (2 * places.period()), std::move(put), std::move(take));
}

std::size_t PlaceMaps::angle(std::size_t place) const {
  std::size_t power = 1;
  for (std::size_t i = 0; i < place; ++i) power = power * 5 % put_.size();
  return power;
}

void PlaceMaps::put(fhe::RefreshMap::Monomials& terms, std::uint32_t value, std::size_t place,
                    std::optional<std::size_t> negated) const {
  const std::size_t whole = put_.size(), step = angle(place), other_step = negated ? angle(*negated) : 0;
  for (std::size_t k = 0; k < whole / 2; ++k) {
    const std::int64_t factor = put_[step * k % whole] - (negated ? put_[other_step * k % whole] : 0);
    if (factor != 0) terms.push_back({value, static_cast<std::uint32_t>(k * stride_), factor});
  }
}

std::vector<std::uint32_t> PlaceMaps::positions() const {
  std::vector<std::uint32_t> all;
  for (std::size_t k = 0; k < 2 * places_.period(); ++k) all.push_back(static_cast<std::uint32_t>(k * stride_));
  return all;
}

/// Coefficient k is multiplied by the root to the 5^place k.
PlaceMaps::Taken PlaceMaps::take(std::size_t place) const {
  const std::size_t whole = take_.size(), quarter = whole / 4, step = angle(place);
  Taken taken;
  for (std::size_t k = 0; k < whole / 2; ++k) {
    const std::size_t at = step * k % whole;
    taken.real.push_back(std::ldexp(static_cast<double>(take_[at]), -kTakenLog2));
    taken.imaginary.push_back(std::ldexp(static_cast<double>(take_[(at + whole - quarter) % whole]), -kTakenLog2));
  }
  return taken;
}

}  // namespace mc::query
