// SPDX-License-Identifier: Apache-2.0
// Written by fhe/circuits/testing/minimax_tables_main.cpp; minimax_tables_test.cpp makes every number again.
#include "fhe/circuits/minimax_tables.hpp"

namespace mc::fhe {
namespace {

// clang-format off
constexpr double kTable0[] = {
  0x1.435495cb1f41ap-1, -0x1.9483382648b3bp-3, 0x1.ad39268788822p-4, -0x1.0161fe082775p-4, 0x1.41ec93dc535abp-5,
  -0x1.9927453d861d2p-6, 0x1.05a9271f3fe5bp-6, -0x1.4f85af038d40bp-7, 0x1.aeabe52b2c90fp-8, -0x1.1483df4bec128p-8,
  0x1.6322882215879p-9, -0x1.c8236f154cf7ep-10, 0x1.24f12442cfce3p-10, -0x1.7845799642a7p-11, 0x1.e34e7ac4d6851p-12,
  -0x1.366529b44458cp-12, 0x1.8eb126705e482p-13, -0x1.000d9e56f3dd1p-13, 0x1.48e447aba8026p-14, -0x1.a6734b5802eb9p-15,
  0x1.0f4fc9080e86ap-15, -0x1.5c7da04db8674p-16, 0x1.bf9fe91044d69p-17, -0x1.1f7abb8ffde83p-17, 0x1.7141f73c9e9d8p-18,
  -0x1.da4c92034c003p-19, 0x1.309c534120b1cp-19, -0x1.87431cad7dfecp-20, 0x1.f690288f7a534p-21, -0x1.42c34279cabc7p-21,
  0x1.9e93f1ddb4c89p-22, -0x1.c52c4e0e839f6p-22,
};
constexpr MinimaxTable kTables[] = {
  {-0x1p+0, 0x1p+0, 63, 0x1.230af53470192p-22, true, kTable0},  // error 2.7e-07
};
// clang-format on

}  // namespace

std::span<const MinimaxTable> folded_sigmoid_tables() {
  return kTables;
}

}  // namespace mc::fhe
