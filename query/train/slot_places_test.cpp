// SPDX-License-Identifier: Apache-2.0
#include "query/train/slot_places.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fhe/threshold/testing/committee.hpp"

namespace mc::query {
namespace {

TEST(SlotPlaces, HaveSlotsThatAreAPeriodApart) {
  const fhe::ParamsPtr params = fhe::testing::small_params();
  const SlotPlaces places(*params, 5);
  EXPECT_EQ(places.period(), 8u);
  EXPECT_EQ(places.each(), params->slot_count() / 8);
  const std::vector<double> slots =
      places.filled([](std::size_t i, std::size_t l) { return static_cast<double>(100 * i + l); }, -1);
  EXPECT_EQ(slots[3], 300);
  EXPECT_EQ(slots[3 + 8 * 7], 307);
  EXPECT_EQ(slots[5], -1);
  EXPECT_EQ(slots[7 + 8 * 7], -1);
}

class PlaceMapsTest : public ::testing::TestWithParam<std::size_t> {
 protected:
  fhe::ParamsPtr params = fhe::testing::small_params();
  fhe::Encoder encoder{params};
  SlotPlaces places{*params, GetParam()};
};

// As the encoder has the whole polynomial.
TEST_P(PlaceMapsTest, PutAValueInAllSlotsOfItsPlace) {
  constexpr std::int32_t kLog2 = 44;
  const PlaceMaps maps = PlaceMaps::create(places, encoder, kLog2).value_or_stop();
  const fhe::Ring& ring = params->ring();
  for (std::size_t place = 0; place < places.count(); place += 1 + places.count() / 7) {
    fhe::RefreshMap::Monomials terms;
    const std::size_t other = (place + 1) % places.count();
    maps.put(terms, 3, place, other);
    EXPECT_LE(terms.size(), 2 * places.period());
    fhe::CoeffPoly poly = ring.make<fhe::Domain::kCoeff>({2, false});
    for (const fhe::RefreshMap::Monomial& term : terms) {
      EXPECT_EQ(term.value, 3u);
      for (std::size_t limb = 0; limb < 2; ++limb) {
        const auto q = static_cast<std::int64_t>(ring.modulus_at(static_cast<std::uint32_t>(limb)).q);
        poly.limb(limb)[term.position] = static_cast<std::uint64_t>((term.factor % q + q) % q);
      }
    }
    const std::vector<double> slots = places.filled(
        [&](std::size_t i, std::size_t) { return (i == place ? 1.0 : 0.0) - (i == other ? 1.0 : 0.0); }, 0);
    const fhe::Plaintext wanted = encoder.encode(slots, fhe::Level(2), fhe::Scale::power_of_two(kLog2)).value_or_stop();
    const std::vector<double> found =
        encoder.decode({ring.to_ntt(std::move(poly)), fhe::Scale::power_of_two(kLog2)}).value_or_stop();
    for (std::size_t i = 0; i < slots.size(); ++i) ASSERT_NEAR(found[i], slots[i], 1e-11) << place << " " << i;
  }
}

// Slots that differ within a place, complex ones: x + i y of x in the slots and of y, by hand.
TEST_P(PlaceMapsTest, TakeTheMeanOfAPlacesSlots) {
  constexpr std::int32_t kLog2 = 40;
  const PlaceMaps maps = PlaceMaps::create(places, encoder, kLog2).value_or_stop();
  const fhe::Ring& ring = params->ring();
  const auto value = [&](std::size_t i) { return std::sin(static_cast<double>(3 * i + 1)); };
  std::vector<double> slots(params->slot_count());
  for (std::size_t i = 0; i < slots.size(); ++i) slots[i] = value(i);
  const auto coefficients = [&](bool imaginary) {
    const fhe::Plaintext plain = encoder.encode(slots, fhe::Level(1), fhe::Scale::power_of_two(kLog2)).value_or_stop();
    const fhe::CoeffPoly poly = ring.to_coeff(fhe::NttPoly(plain.poly));
    std::vector<double> all(ring.degree());
    for (std::size_t k = 0; k < all.size(); ++k) {
      const std::uint64_t q = ring.modulus_at(0).q, x = poly.limb(0)[k];
      const double number = std::ldexp(x > q / 2 ? -static_cast<double>(q - x) : static_cast<double>(x), -kLog2);
      // X^(N/2) is i in every slot.
      const std::size_t to = imaginary ? k + all.size() / 2 : k;
      all[to % all.size()] = to >= all.size() ? -number : number;
    }
    return all;
  };
  const std::vector<double> real = coefficients(false), imaginary = coefficients(true);
  const std::vector<std::uint32_t> positions = maps.positions();
  for (std::size_t place = 0; place < places.count(); place += 1 + places.count() / 7) {
    const PlaceMaps::Taken taken = maps.take(place);
    double mean = 0, found = 0, of_imaginary = 0, none = 0;
    for (std::size_t l = 0; l < places.each(); ++l) {
      mean += value(places.slot(place, l)) / static_cast<double>(places.each());
    }
    for (std::size_t k = 0; k < positions.size(); ++k) {
      found += real[positions[k]] * taken.real[k];
      none += real[positions[k]] * taken.imaginary[k];
      of_imaginary += imaginary[positions[k]] * taken.imaginary[k];
    }
    EXPECT_NEAR(found, mean, 1e-8) << place;
    EXPECT_NEAR(of_imaginary, mean, 1e-8) << place;
    EXPECT_NEAR(none, 0, 1e-8) << place;
  }
}

INSTANTIATE_TEST_SUITE_P(Counts, PlaceMapsTest, ::testing::Values(1, 2, 3, 60, 512));

}  // namespace
}  // namespace mc::query
