// SPDX-License-Identifier: Apache-2.0
// Written by fhe/circuits/testing/minimax_tables_main.cpp; minimax_tables_test.cpp makes every number again.
#include "fhe/circuits/minimax_tables.hpp"

namespace mc::fhe {
namespace {

// clang-format off
constexpr double kTable0[] = {
  0x1.1e316fae5580dp-1, -0x1.828b561be57aep-4, 0x1.604b6168f749ep-6, -0x1.5ec20b153b7f9p-8,
};
constexpr double kTable1[] = {
  0x1.1e316fae34c9bp-1, -0x1.828b560215e54p-4, 0x1.604b579b76274p-6, -0x1.4b2f6069fa234p-8, 0x1.38cdd406b5534p-10,
  -0x1.392ac48f74748p-12,
};
constexpr double kTable2[] = {
  0x1.1e316fae34c9ap-1, -0x1.828b560215e05p-4, 0x1.604b579b7449dp-6, -0x1.4b2f606945d1dp-8, 0x1.38cdd3c28ff29p-10,
  -0x1.27ac8c65c55cbp-12, 0x1.17850853ce396p-14, -0x1.17e3834f92124p-16,
};
constexpr double kTable3[] = {
  0x1.1e316fae34c9ap-1, -0x1.828b560215e05p-4, 0x1.604b579b7449dp-6, -0x1.4b2f606945d1bp-8, 0x1.38cdd3c28fe57p-10,
  -0x1.27ac8c65c06c8p-12, 0x1.17850851f0d6dp-14, -0x1.08410b513a951p-16, 0x1.f3a57e1bf4c4ep-19, -0x1.d85c78fa3746p-21,
  0x1.be90e98f59f21p-23, -0x1.bf286da9d05bep-25,
};
constexpr double kTable4[] = {
  0x1.1e316fae34c9ap-1, -0x1.828b560215e05p-4, 0x1.604b579b7449dp-6, -0x1.4b2f606945d1bp-8, 0x1.38cdd3c28fe57p-10,
  -0x1.27ac8c65c06c8p-12, 0x1.17850851f0d6dp-14, -0x1.08410b513a951p-16, 0x1.f3a57e1bf4c4ep-19, -0x1.d85c78fa37441p-21,
  0x1.be90e98f593aap-23, -0x1.a62df7d35ea43p-25, 0x1.8f1ff1dd03285p-27, -0x1.7954398bd14e8p-29, 0x1.64b935185b5cdp-31,
  -0x1.65323db4c129dp-33,
};
constexpr double kTable5[] = {
  0x1.3cf4ef3f75373p-1, -0x1.589bcf85bef89p-3, 0x1.224bf318b712fp-4, -0x1.4efaef8ff3008p-5,
};
constexpr double kTable6[] = {
  0x1.3cf4eca6bcaa4p-1, -0x1.589b76aa5daffp-3, 0x1.2246bfd3fa083p-4, -0x1.072aab24a5327p-5, 0x1.e5cf886405b5bp-7,
  -0x1.1f46bd73db193p-7,
};
constexpr double kTable7[] = {
  0x1.3cf4eca685083p-1, -0x1.589b76a2ef18bp-3, 0x1.2246bf6578c8p-4, -0x1.072aa4bc8a843p-5, 0x1.e5cec9f9269ccp-7,
  -0x1.c295905415c18p-8, 0x1.a27c9e0779ea4p-9, -0x1.efe07b1d30879p-10,
};
constexpr double kTable8[] = {
  0x1.3cf4eca685037p-1, -0x1.589b76a2ee77ep-3, 0x1.2246bf656f711p-4, -0x1.072aa4bbfff8ap-5, 0x1.e5cec9e918323p-7,
  -0x1.c2958f65e0e63p-8, 0x1.a27c9038ae42ep-9, -0x1.84d3ead39666ap-10, 0x1.694fd61a1a566p-11, -0x1.4fc10df14ae9p-12,
  0x1.3801d751c6ab9p-13, -0x1.71c5097be5e9p-14,
};
constexpr double kTable9[] = {
  0x1.3cf4eca685037p-1, -0x1.589b76a2ee77ep-3, 0x1.2246bf656f711p-4, -0x1.072aa4bbfff8ap-5, 0x1.e5cec9e918321p-7,
  -0x1.c2958f65e0e47p-8, 0x1.a27c9038ae299p-9, -0x1.84d3ead394ef9p-10, 0x1.694fd61a049b9p-11, -0x1.4fc10df008944p-12,
  0x1.3801d73f19424p-13, -0x1.21f0cc04b86dp-14, 0x1.0d6f559e5e2dap-15, -0x1.f4c24c4200d6ap-17, 0x1.d157f0d73309ap-18,
  -0x1.13bf3f40e939ap-18,
};
constexpr double kTable10[] = {
  0x1.3cf4eca685037p-1, -0x1.589b76a2ee77ep-3, 0x1.2246bf656f711p-4, -0x1.072aa4bbfff8ap-5, 0x1.e5cec9e918321p-7,
  -0x1.c2958f65e0e47p-8, 0x1.a27c9038ae299p-9, -0x1.84d3ead394ef9p-10, 0x1.694fd61a049b9p-11, -0x1.4fc10df008944p-12,
  0x1.3801d73f19422p-13, -0x1.21f0cc04b86bp-14, 0x1.0d6f559e5e104p-15, -0x1.f4c24c41fd6ep-17, 0x1.d157f0d70079cp-18,
  -0x1.b06eca77ba1b2p-19, 0x1.91d97f7e48cefp-20, -0x1.756debabb5ef8p-21, 0x1.5b04e5d3363ddp-22, -0x1.427a09d21f27p-23,
  0x1.2bab866623b35p-24, -0x1.1679ee9306d5dp-25, 0x1.02c80e54ee7a9p-26, -0x1.32b0c7cab17acp-27,
};
constexpr double kTable11[] = {
  0x1.3cf4eca685037p-1, -0x1.589b76a2ee77ep-3, 0x1.2246bf656f711p-4, -0x1.072aa4bbfff8ap-5, 0x1.e5cec9e918321p-7,
  -0x1.c2958f65e0e47p-8, 0x1.a27c9038ae299p-9, -0x1.84d3ead394ef9p-10, 0x1.694fd61a049b9p-11, -0x1.4fc10df008944p-12,
  0x1.3801d73f19422p-13, -0x1.21f0cc04b86bp-14, 0x1.0d6f559e5e104p-15, -0x1.f4c24c41fd6ep-17, 0x1.d157f0d70079cp-18,
  -0x1.b06eca77ba1b2p-19, 0x1.91d97f7e48cefp-20, -0x1.756debabb5ef8p-21, 0x1.5b04e5d3363ddp-22, -0x1.427a09d21f27p-23,
  0x1.2bab866623b35p-24, -0x1.1679ee9306d5dp-25, 0x1.02c80e54ee7a3p-26, -0x1.e0f584c5ef35ap-28, 0x1.bef1a594d0587p-29,
  -0x1.9f55a05dd66b7p-30, 0x1.81f5e6ffe3dbcp-31, -0x1.66a9ffed745d9p-32, 0x1.4d4c4e6741c41p-33, -0x1.35b9dea8a7a28p-34,
  0x1.1fd235be5c047p-35, -0x1.551b3e8440bf1p-36,
};
constexpr double kTable12[] = {
  0x1.43d5e5a63c978p-1, -0x1.9a3dfafce9f28p-3, 0x1.be95d48d6ea8bp-4, -0x1.ee84f163862dfp-4,
};
constexpr double kTable13[] = {
  0x1.43d32123e8703p-1, -0x1.9a0d571071a23p-3, 0x1.bd5d4f3270978p-4, -0x1.13ffd0fc6adcdp-4, 0x1.6785481ed3e9ep-5,
  -0x1.b5edb4309ee5p-5,
};
constexpr double kTable14[] = {
  0x1.43d3194ec07bcp-1, -0x1.9a0ccde456a12p-3, 0x1.bd59ee1caa219p-4, -0x1.13f56f1088207p-4, 0x1.674555c34116dp-5,
  -0x1.ddb3495de6854p-6, 0x1.40a9a43fabb1bp-6, -0x1.8e56a6730cfe1p-6,
};
constexpr double kTable15[] = {
  0x1.43d31937ec485p-1, -0x1.9a0ccc53f0b43p-3, 0x1.bd59e43c8dd1bp-4, -0x1.13f550c1e51f2p-4, 0x1.67449c3771dc6p-5,
  -0x1.ddaed8df29594p-6, 0x1.409c068d8bb24p-6, -0x1.b04ac18d8ecebp-7, 0x1.240e136dd4d48p-7, -0x1.8b05690c5d051p-8,
  0x1.0b466d009f00fp-8, -0x1.4dd38ed5462c6p-8,
};
constexpr double kTable16[] = {
  0x1.43d31937eb877p-1, -0x1.9a0ccc53e37b3p-3, 0x1.bd59e43c3a41ap-4, -0x1.13f550c0e47aep-4, 0x1.67449c314e1e6p-5,
  -0x1.ddaed8b992937p-6, 0x1.409c061a7b574p-6, -0x1.b04abecd19b8cp-7, 0x1.240e0b014c9f8p-7, -0x1.8b05357809822p-8,
  0x1.0b45cf12e751fp-8, -0x1.69c29b8a152c3p-9, 0x1.e9b4cc9a192p-10, -0x1.4b7847d3a423p-10, 0x1.c0bd31c69b7eap-11,
  -0x1.1851a36388d91p-10,
};
constexpr double kTable17[] = {
  0x1.43d31937eb877p-1, -0x1.9a0ccc53e37acp-3, 0x1.bd59e43c3a3eep-4, -0x1.13f550c0e4725p-4, 0x1.67449c314dea4p-5,
  -0x1.ddaed8b991541p-6, 0x1.409c061a7785ap-6, -0x1.b04abecd02573p-7, 0x1.240e0b01050c3p-7, -0x1.8b053576534a4p-8,
  0x1.0b45cf0da9d3cp-8, -0x1.69c29b69ffe34p-9, 0x1.e9b4cbd5ab2b4p-10, -0x1.4b78457a5104ap-10, 0x1.c0bd2364edc74p-11,
  -0x1.2fc071f430cc6p-11, 0x1.9b38e0f39bbdp-12, -0x1.165bf42856e11p-12, 0x1.78d8ddcd3b83cp-13, -0x1.fe2e99b1cc407p-14,
  0x1.5958be2a4973cp-14, -0x1.d3894fccbbde7p-15, 0x1.3c7ac1223a8cdp-15, -0x1.8b677ce001891p-15,
};
constexpr double kTable18[] = {
  0x1.43d31937eb877p-1, -0x1.9a0ccc53e37acp-3, 0x1.bd59e43c3a3eep-4, -0x1.13f550c0e4725p-4, 0x1.67449c314dea4p-5,
  -0x1.ddaed8b991541p-6, 0x1.409c061a7785ap-6, -0x1.b04abecd02573p-7, 0x1.240e0b01050c3p-7, -0x1.8b053576534a4p-8,
  0x1.0b45cf0da9d3bp-8, -0x1.69c29b69ffe34p-9, 0x1.e9b4cbd5ab2b1p-10, -0x1.4b78457a5104p-10, 0x1.c0bd2364edc33p-11,
  -0x1.2fc071f430bffp-11, 0x1.9b38e0f39b71p-12, -0x1.165bf42855f85p-12, 0x1.78d8ddcd35f2ep-13, -0x1.fe2e99b1aa2c9p-14,
  0x1.5958be29e121bp-14, -0x1.d3894fca3d2adp-15, 0x1.3c7ac11a97534p-15, -0x1.ac74a0ae1876ap-16, 0x1.22067fcd5d57bp-16,
  -0x1.88a43b2e5ce4ep-17, 0x1.09c854befbaf3p-17, -0x1.67d235fb91ecep-18, 0x1.e721db9dc1101p-19, -0x1.49be813c33f9fp-19,
  0x1.be69dbe069f74p-20, -0x1.16deeecf396e7p-19,
};
constexpr MinimaxTable kTables[] = {
  {-0x1p+2, 0x1p+2, 7, 0x1.4b4e21d54151ep-10, true, kTable0},  // error 1.3e-03
  {-0x1p+2, 0x1p+2, 11, 0x1.280eae61b7a06p-14, true, kTable1},  // error 7.1e-05
  {-0x1p+2, 0x1p+2, 15, 0x1.089aa4dbf982cp-18, true, kTable2},  // error 3.9e-06
  {-0x1p+2, 0x1p+2, 23, 0x1.a6bd3690ec312p-27, true, kTable3},  // error 1.2e-08
  {-0x1p+2, 0x1p+2, 31, 0x1.51b15bd92173cp-35, true, kTable4},  // error 3.8e-11
  {-0x1p+3, 0x1p+3, 7, 0x1.3588178b3bfcap-6, true, kTable5},  // error 1.9e-02
  {-0x1p+3, 0x1p+3, 11, 0x1.0ad60a1eed35fp-8, true, kTable6},  // error 4.1e-03
  {-0x1p+3, 0x1p+3, 15, 0x1.ccc9f7b48f119p-11, true, kTable7},  // error 8.8e-04
  {-0x1p+3, 0x1p+3, 23, 0x1.579e3fffcbefep-15, true, kTable8},  // error 4.1e-05
  {-0x1p+3, 0x1p+3, 31, 0x1.003ec8d80b976p-19, true, kTable9},  // error 1.9e-06
  {-0x1p+3, 0x1p+3, 47, 0x1.1d00161b574f8p-28, true, kTable10},  // error 4.1e-09
  {-0x1p+3, 0x1p+3, 63, 0x1.3cff1b94b9d96p-37, true, kTable11},  // error 9.0e-12
  {-0x1p+4, 0x1p+4, 7, 0x1.45bbc76dc21d6p-4, true, kTable12},  // error 8.0e-02
  {-0x1p+4, 0x1p+4, 11, 0x1.26b07d42e2cdfp-5, true, kTable13},  // error 3.6e-02
  {-0x1p+4, 0x1p+4, 15, 0x1.0d467053aa4c4p-6, true, kTable14},  // error 1.6e-02
  {-0x1p+4, 0x1p+4, 23, 0x1.c3e8446d2dd53p-9, true, kTable15},  // error 3.4e-03
  {-0x1p+4, 0x1p+4, 31, 0x1.7b7fccf3cc25ap-11, true, kTable16},  // error 7.2e-04
  {-0x1p+4, 0x1p+4, 47, 0x1.0ba71430f0ep-15, true, kTable17},  // error 3.2e-05
  {-0x1p+4, 0x1p+4, 63, 0x1.798a50c628d99p-20, true, kTable18},  // error 1.4e-06
};
// clang-format on

}  // namespace

std::span<const MinimaxTable> sigmoid_tables() {
  return kTables;
}

}  // namespace mc::fhe
