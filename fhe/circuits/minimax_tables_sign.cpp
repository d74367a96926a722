// SPDX-License-Identifier: Apache-2.0
// Written by fhe/circuits/testing/minimax_tables_main.cpp; minimax_tables_test.cpp makes every number again.
#include "fhe/circuits/minimax_tables.hpp"

namespace mc::fhe {
namespace {

// clang-format off
constexpr double kBits4Stage0[] = {
  0x1.b2b645a5f0a56p-1, -0x1.2438d07b6a5a7p-2, 0x1.66c164582a999p-3, -0x1.a0231cf87981bp-2,
};
constexpr double kBits4Stage1[] = {
  0x1.40f1b9796637bp+0, -0x1.791a4c65e451dp-2, 0x1.59ecddf7baf2cp-3, -0x1.7aa384defc707p-4,
};
constexpr SignStage kBits4[] = {
  {0x1p-4, 0x1.0080586cf99fbp-1, kBits4Stage0},  // error 5.0e-01
  {0x1.5471500412bb6p-2, 0x1.382ec5e168aeap-5, kBits4Stage1},  // error 3.8e-02
};
constexpr double kBits5Stage0[] = {
  0x1.8067459d7c307p-1, -0x1.058ed32775deep-2, 0x1.4933fdf8a82p-3, -0x1.eb1f48d60b7d7p-2,
};
constexpr double kBits5Stage1[] = {
  0x1.44a40b11a4a92p+0, -0x1.a313b21aa7f77p-2, 0x1.d6f589f83e1bfp-3, -0x1.3023a07e5158fp-3, 0x1.9b94a665361abp-4,
  -0x1.186daaa300f0fp-4, 0x1.77374c117b56ap-5, -0x1.87696b09dfff9p-5,
};
constexpr SignStage kBits5[] = {
  {0x1p-5, 0x1.66624394e034p-1, kBits5Stage0},  // error 7.0e-01
  {0x1.6974dc739628fp-3, 0x1.e5716059e3c26p-6, kBits5Stage1},  // error 3.0e-02
};
constexpr double kBits6Stage0[] = {
  0x1.64944f87d35fdp-1, -0x1.e7ff48e6f262ep-3, 0x1.36a5439a52a48p-3, -0x1.09de766a70dd7p-1,
};
constexpr double kBits6Stage1[] = {
  0x1.d97d11a24db7p-1, -0x1.3a9051ca57b72p-2, 0x1.78dd77e171065p-3, -0x1.6489951afdcd9p-2,
};
constexpr double kBits6Stage2[] = {
  0x1.3e4ed9361b448p+0, -0x1.5d42aebe315f9p-2, 0x1.12e074237f20ep-3, -0x1.89db9b89422c6p-5,
};
constexpr SignStage kBits6[] = {
  {0x1p-6, 0x1.aaf5209756066p-1, kBits6Stage0},  // error 8.3e-01
  {0x1.72fabe51d4969p-4, 0x1.81158ff10608p-2, kBits6Stage1},  // error 3.8e-01
  {0x1.d04ef84ffe6c8p-2, 0x1.7a5068a5a0567p-7, kBits6Stage2},  // error 1.2e-02
};
constexpr double kBits7Stage0[] = {
  0x1.5610580e00b56p-1, -0x1.d566c19409323p-3, 0x1.2c733a38e5902p-3, -0x1.145d248474f86p-1,
};
constexpr double kBits7Stage1[] = {
  0x1.98c93b63a4fc9p-1, -0x1.149dca1ee8659p-2, 0x1.583efa9a8642bp-3, -0x1.c70ee4724e261p-2,
};
constexpr double kBits7Stage2[] = {
  0x1.43db1cb19e12bp+0, -0x1.99f9f6635595dp-2, 0x1.baa9056b1e0c6p-3, -0x1.0c835c857545dp-3, 0x1.4c62d80bc4105p-4,
  -0x1.90a24cb9b2931p-5, 0x1.c434ac7256eeep-6, -0x1.19e838ce41671p-6,
};
constexpr SignStage kBits7[] = {
  {0x1p-7, 0x1.d321b74295279p-1, kBits7Stage0},  // error 9.1e-01
  {0x1.77651b2c2d474p-5, 0x1.31e8ab0176ab3p-1, kBits7Stage1},  // error 6.0e-01
  {0x1.02054583568eep-2, 0x1.f45ee10337684p-8, kBits7Stage2},  // error 7.6e-03
};
constexpr double kBits8Stage0[] = {
  0x1.4eaac0d19edb3p-1, -0x1.cbdc1a605931ap-3, 0x1.27219c522909bp-3, -0x1.19b01be07952bp-1,
};
constexpr double kBits8Stage1[] = {
  0x1.71fe5b0dba9cbp-1, -0x1.f9050d658ac15p-3, 0x1.3fc34edde99e7p-3, -0x1.001c84405feb7p-1,
};
constexpr double kBits8Stage2[] = {
  0x1.03f0f0a96c795p+0, -0x1.5300bd10880ffp-2, 0x1.868588de9f23fp-3, -0x1.1a24602b0488cp-2,
};
constexpr double kBits8Stage3[] = {
  0x1.3b14a8bcdd81ap+0, -0x1.3dbc35d441e33p-2, 0x1.9e64c38a9ca48p-4, -0x1.870634e57b96dp-6,
};
constexpr SignStage kBits8[] = {
  {0x1p-8, 0x1.e8effdd04a44dp-1, kBits8Stage0},  // error 9.5e-01
  {0x1.7980adb32fd0cp-6, 0x1.889e5f6208effp-1, kBits8Stage1},  // error 7.7e-01
  {0x1.0e459cadc9a2p-3, 0x1.0067edbda93bbp-2, kBits8Stage2},  // error 2.5e-01
  {0x1.32f0b4ecba6f5p-1, 0x1.2062a63e367bdp-9, kBits8Stage3},  // error 2.2e-03
};
constexpr double kBits9Stage0[] = {
  0x1.4aef7f98df7dap-1, -0x1.c707c62ed3decp-3, 0x1.246afde1a9799p-3, -0x1.1c5e2f0e4aeep-1,
};
constexpr double kBits9Stage1[] = {
  0x1.5d0f15986129bp-1, -0x1.de6278f2ed617p-3, 0x1.316789b9079d1p-3, -0x1.0f50753044cedp-1,
};
constexpr double kBits9Stage2[] = {
  0x1.b9e526052ffb2p-1, -0x1.2875b24d1f38fp-2, 0x1.6a76df544362ap-3, -0x1.953bc08189dfep-2,
};
constexpr double kBits9Stage3[] = {
  0x1.42c4c9dc3119ep+0, -0x1.8da8ba990b03cp-2, 0x1.9620973164de4p-3, -0x1.c3923cdee9c18p-4, 0x1.ed91aeeba4664p-5,
  -0x1.f493ffda3d3edp-6, 0x1.baa1ee84e9cabp-7, -0x1.40c1240e993ffp-8,
};
constexpr SignStage kBits9[] = {
  {0x1p-9, 0x1.f44e58190c535p-1, kBits9Stage0},  // error 9.8e-01
  {0x1.7a879dd27d97bp-7, 0x1.bf5b4c7088ea1p-1, kBits9Stage1},  // error 8.7e-01
  {0x1.13ff24cd174e9p-4, 0x1.e7a59e07d1523p-2, kBits9Stage2},  // error 4.8e-01
  {0x1.6b5448e5d88ecp-2, 0x1.2ed60390fb5aap-10, kBits9Stage3},  // error 1.2e-03
};
constexpr double kBits10Stage0[] = {
  0x1.49c9d00b6bb91p-1, -0x1.bb92485fe8a74p-3, 0x1.0ef99c4b10198p-3, -0x1.8e45c401878d7p-4, 0x1.42b202cc2f9a6p-4,
  -0x1.176413d9fa613p-4, 0x1.0dbb559bb4b4fp-1,
};
constexpr double kBits10Stage1[] = {
  0x1.9003ecd133df5p-1, -0x1.0af63f7c0d855p-2, 0x1.410c39c8bba84p-3, -0x1.cc28f92224d72p-4, 0x1.6787d1ff0e4dp-4,
  -0x1.27e5c1a471149p-4, 0x1.f87606ef32054p-5, -0x1.b9308d7e62666p-5, 0x1.899b957f25d49p-5, -0x1.64e6ac9a57c7ep-5,
  0x1.48212f9912008p-5, -0x1.316d19ffa9968p-5, 0x1.1f95d18df5ceep-5, -0x1.9d39dd6c73fa3p-2,
};
constexpr double kBits10Stage2[] = {
  0x1.44c98c44f2f2dp+0, -0x1.a4d2b718dec69p-2, 0x1.dcb2ae3da38d7p-3, -0x1.37fe41bd53107p-3, 0x1.af1ecb64c7328p-4,
  -0x1.2f3da0bf7b4c2p-4, 0x1.a9e65c5d007b1p-5, -0x1.26ba4f20c26b2p-5, 0x1.8da80313bf8dbp-6, -0x1.02b4ed2e89186p-6,
  0x1.406e2a3ec2d25p-7, -0x1.72eb47bfcb984p-8, 0x1.85318f62a9026p-9, -0x1.946199fa86cb1p-10,
};
constexpr SignStage kBits10[] = {
  {0x1p-10, 0x1.f52bfd51b2a5p-1, kBits10Stage0},  // error 9.8e-01
  {0x1.5e345a6d2b6dap-7, 0x1.42825b23a6843p-1, kBits10Stage1},  // error 6.3e-01
  {0x1.d109513803506p-3, 0x1.2f18bbf5ccdabp-11, kBits10Stage2},  // error 5.8e-04
};
constexpr double kBits11Stage0[] = {
  0x1.49a4fe903f088p-1, -0x1.b868b029c1079p-3, 0x1.0950c8eb1c2c4p-3, -0x1.7d5abf597f411p-4, 0x1.2b1600854d45fp-4,
  -0x1.eea3ac62ef125p-5, 0x1.a80e4acb2a89dp-5, -0x1.755b369c1d3b1p-5, 0x1.4fa794b1ddf3ap-5, -0x1.32ffd859a3dbcp-5,
  0x1.1cfc9c57f6cc1p-5, -0x1.0c19d1f6eb11bp-5, 0x1.fec0d61979a78p-6, -0x1.04f94f88fab64p-1,
};
constexpr double kBits11Stage1[] = {
  0x1.928873034e2c8p-1, -0x1.0ca1b76c929c3p-2, 0x1.4307db7b384ep-3, -0x1.cef2adfa215ccp-4, 0x1.69a6ee658677bp-4,
  -0x1.2995bc5775cb2p-4, 0x1.fb379e541fbcap-5, -0x1.bb79f55fa9ff9p-5, 0x1.8b8556a3e0d0dp-5, -0x1.6681600f8e1e1p-5,
  0x1.49787b0822181p-5, -0x1.32895e192a9cdp-5, 0x1.207d2a99b7b69p-5, -0x1.9951aefdc2b41p-2,
};
constexpr double kBits11Stage2[] = {
  0x1.44bdc5f15108ap+0, -0x1.a449222af4f65p-2, 0x1.db0002c87055ap-3, -0x1.35cd31a28afd5p-3, 0x1.aa123437f10bfp-4,
  -0x1.29e045801c027p-4, 0x1.9f3a130687066p-5, -0x1.1cb84af607fa4p-5, 0x1.7bed9c431cf83p-6, -0x1.e7cc1f5cd61dcp-7,
  0x1.2939f2dd08f5ep-7, -0x1.512d39c00d316p-8, 0x1.5890bc4b1faebp-9, -0x1.5247e0e11c119p-10,
};
constexpr SignStage kBits11[] = {
  {0x1p-11, 0x1.f4c653e7deb91p-1, kBits11Stage0},  // error 9.8e-01
  {0x1.6b30bd8dba8b5p-7, 0x1.3d49220e82375p-1, kBits11Stage1},  // error 6.2e-01
  {0x1.e0dd96821befcp-3, 0x1.de004742bba97p-12, kBits11Stage2},  // error 4.6e-04
};
constexpr double kBits12Stage0[] = {
  0x1.47a72b4399cdbp-1, -0x1.c2c5fa929bcd7p-3, 0x1.2203c37a7ba92p-3, -0x1.1eb8e89679999p-1,
};
constexpr double kBits12Stage1[] = {
  0x1.49f73b5f81975p-1, -0x1.c5c604cc299eap-3, 0x1.23b5a1f9ce3bdp-3, -0x1.1d1054aa28df1p-1,
};
constexpr double kBits12Stage2[] = {
  0x1.577b19b421e4bp-1, -0x1.d7396fea3c328p-3, 0x1.2d75b264caecfp-3, -0x1.135793f509d7p-1,
};
constexpr double kBits12Stage3[] = {
  0x1.9fc7d2439c948p-1, -0x1.18deff2a695bdp-2, 0x1.5c529415c471cp-3, -0x1.bc9ed406d8888p-2,
};
constexpr double kBits12Stage4[] = {
  0x1.44827be823889p+0, -0x1.a196c042a33a4p-2, 0x1.d289ecc6759fcp-3, -0x1.2afe85e9ffc34p-3, 0x1.91868c43e364cp-4,
  -0x1.10449490e8985p-4, 0x1.6d69e3bfb453ep-5, -0x1.de887d90454d2p-6, 0x1.2dff57fbf8d78p-6, -0x1.6a9758914626p-7,
  0x1.97425b52a8ee6p-8, -0x1.a1635a7de930dp-9, 0x1.756b32533e666p-10, -0x1.19c0a27815225p-11,
};
constexpr SignStage kBits12[] = {
  {0x1p-12, 0x1.fe85229269774p-1, kBits12Stage0},  // error 1.0e+00
  {0x1.7b69ce3056286p-10, 0x1.f74d76bd20521p-1, kBits12Stage1},  // error 9.8e-01
  {0x1.18b3803077e3cp-7, 0x1.cf0fa1ce18dd7p-1, kBits12Stage2},  // error 9.0e-01
  {0x1.9b2965dbbbc54p-5, 0x1.23faf7fc50023p-1, kBits12Stage3},  // error 5.7e-01
  {0x1.183b1b60d97d8p-2, 0x1.1f129c6efb475p-13, kBits12Stage4},  // error 1.4e-04
};
constexpr SignTable kTables[] = {
  {4, kBits4},
  {5, kBits5},
  {6, kBits6},
  {7, kBits7},
  {8, kBits8},
  {9, kBits9},
  {10, kBits10},
  {11, kBits11},
  {12, kBits12},
};
// clang-format on

}  // namespace

std::span<const SignTable> sign_tables() {
  return kTables;
}

}  // namespace mc::fhe
