// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/refresh_map.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "fhe/threshold/testing/committee.hpp"

namespace mc::fhe {
namespace {

using testing::small_params;

class RefreshMapTest : public ::testing::Test {
 protected:
  ParamsPtr params = small_params();
  Scale scale = Scale::power_of_two(46);
  RefreshMap map;

  RefreshMapTest() {
    map.input_level = Level(3);
    map.output_level = Level(5);
    map.mask_log2 = {128, 129};
    NttPoly factor = params->ring().make<Domain::kNtt>({5, false});
    factor.limb(4)[3] = 77;
    map.outputs = {replicated(1, scale), packed(2, scale), {RefreshMap::Products{{0, std::move(factor)}}, scale}};
  }
  Bytes bytes_of(const RefreshMap& m) const {
    Writer writer;
    write_refresh_map(writer, m, *params);
    return writer.bytes();
  }
  Result<RefreshMap> read(ByteView bytes) const {
    Reader reader(bytes, "refresh map");
    return read_refresh_map(reader, *params);
  }
  void expect_refused(std::string_view part) const {
    expect_check_refuses(part);
    EXPECT_FALSE(read(bytes_of(map)).has_value()) << "a reader refuses it as well";
  }
  void expect_check_refuses(std::string_view part) const {
    const Status refused = check_refresh_map(*params, map);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
    EXPECT_NE(refused.error().message.find(part), std::string::npos) << refused.error().message;
  }
};

TEST_F(RefreshMapTest, IsReadAsItWasWritten) {
  EXPECT_EQ(read(bytes_of(map)).value_or_stop(), map);
  RefreshMap slots = map;
  slots.extraction = RefreshMap::Extraction::kPolynomials;
  slots.outputs = {whole(1, scale), whole(0, scale), real_part(1, scale)};
  EXPECT_EQ(read(bytes_of(slots)).value_or_stop(), slots);
}

TEST_F(RefreshMapTest, ByteByByteFlippedItIsRefusedOrHasThatOneEncoding) {
  map.outputs.pop_back();  // without the long polynomial
  const Bytes bytes = bytes_of(map);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const std::uint8_t flip : {0x01, 0x04, 0x80, 0xFF}) {
      Bytes changed = bytes;
      changed[at] ^= flip;
      Reader reader(changed, "refresh map");
      const auto read_back = read_refresh_map(reader, *params);
      if (!read_back) continue;
      EXPECT_TRUE(std::ranges::equal(bytes_of(*read_back), ByteView(changed).first(reader.position())));
    }
  }
}

TEST_F(RefreshMapTest, EveryPartOfItChangesItsDigest) {
  const Hash256 digest = hash_refresh_map(*params, map);
  const auto changed = [&](auto change) {
    RefreshMap other = map;
    change(other);
    EXPECT_NE(hash_refresh_map(*params, other), digest);
  };
  changed([](RefreshMap& m) { m.input_level = Level(4); });
  changed([](RefreshMap& m) { m.mask_log2[1] += 1; });
  changed([](RefreshMap& m) { m.outputs.pop_back(); });
  changed([](RefreshMap& m) { m.outputs[0].scale = Scale::power_of_two(47); });
  changed([](RefreshMap& m) { std::get<RefreshMap::Monomials>(m.outputs[1].image)[1].factor = 2; });
  changed([](RefreshMap& m) { std::get<RefreshMap::Products>(m.outputs[2].image)[0].factor.limb(4)[3] = 78; });
}

TEST_F(RefreshMapTest, CountsAndLevelsOutOfRangeAreRefused) {
  map.mask_log2.clear();
  expect_refused("0 values, must be 1 to 1024");
  map.mask_log2 = {128, 0};
  expect_refused("a mask of 0 bits");
  map.mask_log2 = {128, 128};
  map.input_level = Level(9);
  expect_refused("inputs at level 9, must be 1 to 8");
  map.input_level = Level(3);
  map.output_level = Level(4);
  expect_check_refuses("a factor has level 5, the output 4");
  map.outputs.resize(kRefreshOutputsMax + 1);
  expect_refused("257 outputs, must be 1 to 256");
}

TEST_F(RefreshMapTest, AsManyInputsArePairsAsConstantsAndFewerHaveNamedCoefficients) {
  map.extraction = RefreshMap::Extraction::kPairs;
  map.mask_log2.assign(kRefreshConstantsMax, 128);
  map.outputs[0] = replicated(2 * kRefreshConstantsMax - 1, scale);
  EXPECT_TRUE(check_refresh_map(*params, map).has_value());
  EXPECT_EQ(read(bytes_of(map)).value_or_stop(), map);
  map.outputs[0] = replicated(2 * kRefreshConstantsMax, scale);
  expect_refused("names value 2048 of 2048");
  map.mask_log2.assign(kRefreshConstantsMax + 1, 128);
  expect_refused("1025 values, must be 1 to 1024");
  map.extraction = RefreshMap::Extraction::kCoefficients;
  map.mask_log2.assign(kRefreshPolynomialsMax + 1, 128);
  map.coefficients = {{0, 0}};
  expect_refused("65 values, must be 1 to 64");
}

TEST_F(RefreshMapTest, TermsThatPointNowhereAreRefused) {
  auto& terms = std::get<RefreshMap::Monomials>(map.outputs[0].image);
  terms[0].value = 2;
  expect_refused("output 0: names value 2 of 2");
  terms[0] = {0, 1024, 1};
  expect_refused("position 1024 of a polynomial of degree 1024");
  terms[0] = {0, 0, std::int64_t{1} << 62};
  expect_refused("is not below 2^62");
  terms.clear();
  expect_refused("0 terms, must be 1 to 2097152");
}

TEST_F(RefreshMapTest, ImagesSuitTheExtraction) {
  map.outputs = {real_part(0, scale)};
  expect_refused("of which only single coefficients are extracted");
  map.outputs = {whole(0, scale)};
  expect_refused("of which only single coefficients are extracted");
  map.extraction = RefreshMap::Extraction::kPolynomials;
  EXPECT_TRUE(check_refresh_map(*params, map).has_value());
  map.outputs = {replicated(0, scale)};
  expect_refused("where whole polynomials are extracted");
}

TEST_F(RefreshMapTest, AScaleBeyondTheChainIsRefused) {
  map.outputs[1].scale.exponents[8] = 1;
  expect_refused("names primes beyond a chain of 8");
}

}  // namespace
}  // namespace mc::fhe
