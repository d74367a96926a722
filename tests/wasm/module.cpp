// SPDX-License-Identifier: Apache-2.0
// What engine_tests.wasm exports besides the engine: the script, the rooms' own tests, and transforms to time.
#include <gtest/gtest.h>

#include <cstdlib>

#include "fhe/ring/kernels.hpp"
#include "tests/wasm/engine_script.hpp"

#define MC_TEST_EXPORT(name) extern "C" __attribute__((export_name(#name)))

/// The script's lines, ending with a zero byte.
MC_TEST_EXPORT(mc_test_script) const char* mc_test_script() {
  static std::string text;
  text = mc::tests::run_engine_script();
  return text.c_str();
}

/// Runs every test; 0 when all have passed.
MC_TEST_EXPORT(mc_test_run) int mc_test_run() {
  int count = 1;
  char name[] = "engine_tests";
  char* arguments[] = {name, nullptr};
  GTEST_FLAG_SET(brief, true);
  testing::InitGoogleTest(&count, arguments);
  return RUN_ALL_TESTS();
}

namespace {

using namespace mc::fhe;

struct Transforms {
  explicit Transforms(int bits) {
    std::uint64_t prime = (std::uint64_t{1} << bits) - 2 * kDegree + 1;
    while (!is_prime(prime)) prime -= 2 * kDegree;
    tables = NttTables::of(Modulus::of(prime), kDegree, kernels);
  }
  static constexpr std::size_t kDegree = 16384;
  static const Kernels& wanted() {
    const char* name = std::getenv("MEDCOMMONS_KERNELS");
    return *find_kernels(name == nullptr ? "" : name).value_or_stop();
  }
  const Kernels& kernels = wanted();
  NttTables tables;
  AlignedWords limb = AlignedWords(kDegree, 1);
};

}  // namespace

/// One transform of N=2^14 modulo a prime of 46 or 50 bits.
MC_TEST_EXPORT(mc_test_transform) void mc_test_transform(int bits, int forward) {
  static Transforms of_46(46), of_50(50);
  Transforms& transforms = bits == 46 ? of_46 : of_50;
  if (forward != 0) {
    transforms.kernels.forward_ntt(transforms.limb.data(), transforms.tables);
  } else {
    transforms.kernels.inverse_ntt(transforms.limb.data(), transforms.limb.data(), 0, transforms.tables);
  }
}
