// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/encoder_kernels.hpp"

namespace mc::fhe {

const EncoderKernels& encoder_kernels_for(std::string_view ring_kernels) {
  const EncoderKernels* avx512 = avx512_encoder_kernels();
  return ring_kernels == "avx512" && avx512 != nullptr ? *avx512 : scalar_encoder_kernels();
}

}  // namespace mc::fhe
