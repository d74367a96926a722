// SPDX-License-Identifier: Apache-2.0
// Written by fhe/circuits/testing/minimax_tables_main.cpp; minimax_tables_test.cpp makes every number again.
#include "fhe/circuits/minimax_tables.hpp"

namespace mc::fhe {
namespace {

// clang-format off
constexpr double kTable0[] = {
  0x1.2c9bf500737fdp-4, -0x1.1f901f1cf5d35p-3, 0x1.f94b521829c4ap-4, -0x1.9bd058c3d3da8p-4, 0x1.3b9da37e8d41dp-4,
  -0x1.cd7a112aa7f26p-5, 0x1.45e904494aacap-5, -0x1.c124f269b31afp-6, 0x1.302bac370f721p-6, -0x1.96f9c128624a5p-7,
  0x1.0de60518e22bcp-7, -0x1.63b941619cecp-8, 0x1.d2a5eb2129117p-9, -0x1.30ffc171d622dp-9, 0x1.8d9afd0e58801p-10,
  -0x1.029c38eb2158ap-10, 0x1.4fd5d50f68f55p-11, -0x1.b384479997197p-12, 0x1.1a1238b4868bbp-12, -0x1.6d084710eaa23p-13,
  0x1.d8048d456287bp-14, -0x1.30f93a6ac03f1p-14, 0x1.89dce692fbbdap-15, -0x1.fc6835bab105p-16, 0x1.47fd5afe1479fp-16,
  -0x1.a7087ff4506a4p-17, 0x1.10b7ddef6200cp-17, -0x1.5f864e3abcf55p-18, 0x1.c4fbd1a1dd754p-19, -0x1.23caec59cf4cfp-19,
  0x1.77d54ffadf123p-20, -0x1.9d367f969b0f4p-20,
};
constexpr MinimaxTable kTables[] = {
  {-0x1p+0, 0x1p+0, 31, 0x1.0a0015d9d496ep-20, false, kTable0},  // error 9.9e-07
};
// clang-format on

}  // namespace

std::span<const MinimaxTable> folded_entropy_tables() {
  return kTables;
}

}  // namespace mc::fhe
