// SPDX-License-Identifier: Apache-2.0
// The negacyclic transforms as the textbook writes them, one butterfly after another, on exact residues. For degrees
// below what the vector kernels are made for, and as what every other transform is tested against.
#pragma once

#include "fhe/ring/kernels.hpp"

namespace mc::fhe {

/// out = NTT of in - shift, canonical; reads the plain roots only.
void forward_ntt_plain(std::uint64_t* out, const std::uint64_t* in, Shifted range, const NttTables& tables);
/// out = inverse NTT of in, plus `shift` in every coefficient, canonical.
void inverse_ntt_plain(std::uint64_t* out, const std::uint64_t* in, std::uint64_t shift, const NttTables& tables);

}  // namespace mc::fhe
