// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/encoder_kernels.hpp"

namespace mc::fhe {

const EncoderKernels& encoder_kernels_for(std::string_view ring_kernels) {
  for (const EncoderKernels* table : {avx512_encoder_kernels(), avx2_encoder_kernels()}) {
    if (table != nullptr && ring_kernels == table->name) return *table;
  }
  return scalar_encoder_kernels();
}

}  // namespace mc::fhe
