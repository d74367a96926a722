// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/params.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace mc::fhe {
namespace {

// ePrint 2024/463, table 5.2, uniform ternary secret, classical 128 bits.
TEST(SecurityTable, HasThePublishedBoundsAndNoOthers) {
  const std::pair<int, double> published[] = {{10, 26},  {11, 53},  {12, 106}, {13, 214},
                                              {14, 430}, {15, 868}, {16, 1747}};
  for (const auto& [log_n, bound] : published)
    EXPECT_EQ(*log_qp_max_128(LogN(static_cast<std::uint8_t>(log_n))), bound);
  for (const int log_n : {0, 9, 17}) {
    EXPECT_EQ(log_qp_max_128(LogN(static_cast<std::uint8_t>(log_n))).error().code, Code::kUnsupported);
  }
}

TEST(Params, NamedSetsLieInsideTheTable) {
  for (const auto& [name, log_n, limbs, log_qp] :
       {std::tuple{"standard", 14, 8u, 426.0}, std::tuple{"train", 15, 18u, 865.0}}) {
    const ParamsPtr params = Params::named(name).value_or_stop();
    EXPECT_EQ(params->ring().log_n().value, log_n);
    EXPECT_EQ(params->top_level().value, limbs);
    EXPECT_EQ(params->slot_count(), (std::size_t{1} << log_n) / 2);
    EXPECT_NEAR(params->log_qp(), log_qp, 0.01);
    EXPECT_LE(params->log_qp(), *log_qp_max_128(params->ring().log_n()));
  }
}

TEST(Params, PrimesAreTheLargestFreeOnesOfTheirSize) {
  const ParamsPtr params = Params::named("standard").value_or_stop();
  std::set<std::uint64_t> all(params->q().begin(), params->q().end());
  all.insert(params->p().begin(), params->p().end());
  EXPECT_EQ(all.size(), 9u);
  for (const std::uint64_t prime : all) {
    EXPECT_TRUE(is_prime(prime));
    EXPECT_EQ(prime % 32768, 1u);
  }
  EXPECT_GT(params->q()[0], params->q()[1]);
  EXPECT_GT(params->q()[1], params->p()[0]);  // 50 bits, in the order of taking
  for (std::uint64_t x = params->q()[0] + 32768; x < std::uint64_t{1} << 50; x += 32768) EXPECT_FALSE(is_prime(x));
}

TEST(Params, TheTestSetIsRefusedUnlessAskedFor) {
  const auto refused = Params::named("test_insecure");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kRefused);
  const ParamsPtr params = Params::named("test_insecure", true).value_or_stop();
  EXPECT_EQ(params->ring().degree(), 1024u);
  EXPECT_TRUE(params->spec().insecure_for_tests);
}

TEST(Params, ASetAboveTheTableIsRefusedWithBothNumbers) {
  const auto refused =
      Params::create({.name = "greedy", .log_n = LogN(13), .q_bits = {50, 50, 50, 50}, .p_bits = {50}});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kRefused);
  EXPECT_EQ(refused.error().message.find("parameter set \"greedy\": log2(QP) = 250.0"), 0u);
  EXPECT_NE(refused.error().message.find("214"), std::string::npos);
}

TEST(Params, SizesThatCannotBeMeantAreRefused) {
  const auto code = [](const ParamsSpec& spec) { return Params::create(spec).error().code; };
  EXPECT_EQ(code({.name = "x", .log_n = LogN(14), .q_bits = {}, .p_bits = {50}}), Code::kInvalidArgument);
  EXPECT_EQ(code({.name = "x", .log_n = LogN(14), .q_bits = {50}, .p_bits = {}}), Code::kInvalidArgument);
  EXPECT_EQ(code({.name = "x", .log_n = LogN(14), .q_bits = {51}, .p_bits = {50}}), Code::kInvalidArgument);
  EXPECT_EQ(code({.name = "", .log_n = LogN(14), .q_bits = {50}, .p_bits = {50}}), Code::kInvalidArgument);
  EXPECT_EQ(code({.name = "x", .log_n = LogN(17), .q_bits = {50}, .p_bits = {50}}), Code::kUnsupported);
  // Primes of 20 bits that are 1 modulo 2^17: there are not forty of them.
  EXPECT_EQ(code({.name = "x", .log_n = LogN(16), .q_bits = std::vector<std::uint8_t>(40, 20), .p_bits = {50}}),
            Code::kInvalidArgument);
  EXPECT_EQ(Params::named("deep").error().code, Code::kNotFound);
}

TEST(Params, TheIdCoversNameDegreeAndPrimes) {
  const ParamsSpec spec{.name = "a", .log_n = LogN(12), .q_bits = {30, 30}, .p_bits = {40}};
  const auto id = [](const ParamsSpec& s) { return Params::create(s).value_or_stop()->id(); };
  EXPECT_EQ(id(spec), id(spec));
  ParamsSpec other = spec;
  other.name = "b";
  EXPECT_NE(id(spec), id(other));
  other = spec;
  other.p_bits = {41};
  EXPECT_NE(id(spec), id(other));
}

}  // namespace
}  // namespace mc::fhe
