// SPDX-License-Identifier: Apache-2.0
// Prints what a refresh costs at the size that is used: profile `standard`, 2-of-3, 64 values, one thread. Asserts
// sizes and right results, never times.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "protocol/testing/refresh_commons.hpp"

namespace mc::protocol {
namespace {

// The least of several runs, in milliseconds of processor time: what else runs on the machine only ever adds.
template <class Function>
double least_ms(int runs, Function function) {
  double least = 1e30;
  for (int i = 0; i < runs; ++i) {
    const std::clock_t start = std::clock();
    function();
    least = std::min(least, 1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  return least;
}

class RefreshFigures : public ::testing::Test {
 protected:
  static constexpr std::size_t kValues = 64;
  testing::RefreshCommons refresh{3, 2, fhe::Params::named("standard").value_or_stop()};
  const fhe::Params& params = refresh.params;
  fhe::PieceSeed seed = refresh.commons.committee.seeds[0].copy();
  fhe::SecretPoly secret = fhe::piece_secret(params, seed, {params.top_level().value, false});

  void print(const char* what, const std::vector<fhe::Ciphertext>& inputs, const fhe::RefreshMap& map, int runs) {
    ASSERT_TRUE(fhe::check_refresh(params, refresh.commons.committee.epoch, 3, inputs, map).has_value());
    std::vector<Hash256> multiplicands;
    const double digest_ms = least_ms(1, [&] {
      for (const auto& input : inputs) multiplicands.push_back(fhe::multiplicand_digest(params, input));
    });
    fhe::RefreshCommon common;
    const double common_ms = least_ms(1, [&] { common = fhe::expand_refresh_common(params, map, multiplicands[0]); });
    const fhe::RefreshJob job{inputs, multiplicands, &map, &common};
    fhe::RefreshShare share;
    const double share_ms = least_ms(runs, [&] { share = fhe::make_refresh_share(params, seed, secret, job); });
    Bytes bytes;
    const double bytes_ms = least_ms(1, [&] {
      bytes = fhe::encode_refresh_share(params, refresh.commons.committee.epoch, seed.piece, share);
      (void)hash_share(bytes);
    });
    const double finish_ms = least_ms(1, [&] { (void)fhe::finish_refresh(params, job, share); });
    EXPECT_EQ(bytes.size(), fhe::refresh_share_bytes(params, map));
    std::printf(
        "refresh, standard, %s: share %.2f ms per piece, %zu bytes, %.1f ms to write and hash; once per custodian "
        "digests %.1f ms, common random polynomials %.1f ms; combination %.1f ms\n",
        what, share_ms, bytes.size(), bytes_ms, digest_ms, common_ms, finish_ms);
  }
};

TEST_F(RefreshFigures, SixtyFourValues) {
  const auto inputs = refresh.inputs(kValues);
  fhe::RefreshMap map = refresh.request(inputs).map;
  print("64 values packed into one output", inputs, map, 30);
  EXPECT_LT(fhe::refresh_share_bytes(params, map), 1u << 20);
  map.outputs.clear();
  for (std::uint32_t i = 0; i < kValues; ++i) map.outputs.push_back(fhe::replicated(i, refresh.scale));
  print("64 values, each a constant of its own", inputs, map, 5);
}

TEST_F(RefreshFigures, AllSlotsOfOneCiphertext) {
  const auto inputs = refresh.inputs(1);
  fhe::RefreshMap map = refresh.request(inputs).map;
  map.extraction = fhe::RefreshMap::Extraction::kPolynomials;
  map.outputs = {fhe::whole(0, refresh.scale)};
  print("all slots of one ciphertext", inputs, map, 10);
}

TEST_F(RefreshFigures, AWholeRoundOfThreeCustodians) {
  const auto inputs = refresh.inputs(kValues);
  const RefreshRequest request = refresh.request(inputs);
  std::vector<RefreshMessage> messages;
  const double answer_ms = least_ms(1, [&] { messages = refresh.answers(request, inputs, {0, 1, 2}); }) / 3;
  Refreshed refreshed;
  const double combine_ms =
      least_ms(1, [&] { refreshed = refresh.combine(request, inputs, messages).value_or_stop(); });
  std::size_t bytes = 0;
  for (const RefreshMessage& message : messages) bytes += encode_refresh_message(message).size();
  std::printf("refresh, standard, 64 values packed: %.1f ms per custodian, %.1f ms to combine, %zu bytes in all\n",
              answer_ms, combine_ms, bytes);
  EXPECT_EQ(refreshed.verdict.assurance, Assurance::kVerified);
  const fhe::Plaintext plain =
      fhe::decrypt(params, refresh.commons.committee.collective_secret(), refreshed.outputs.at(0));
  const std::uint64_t residue = params.ring().coefficient_zero(plain.poly)[0];
  const double value =
      residue > params.q()[0] / 2 ? -static_cast<double>(params.q()[0] - residue) : static_cast<double>(residue);
  EXPECT_NEAR(std::ldexp(value, -testing::RefreshCommons::kScaleLog2), testing::RefreshCommons::mean_of(0), 1e-9);
}

}  // namespace
}  // namespace mc::protocol
