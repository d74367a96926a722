// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/kernels.hpp"

#include <bit>

namespace mc::fhe {

ShoupFactor ShoupFactor::of(std::uint64_t value, const Modulus& modulus, int shoup_bits) {
  return {value, static_cast<std::uint64_t>((u128{value} << shoup_bits) / modulus.q)};
}

NttTables NttTables::of(const Modulus& modulus, std::size_t degree, int shoup_bits) {
  NttTables tables;
  tables.modulus = modulus;
  tables.degree = degree;
  for (auto* table : {&tables.roots, &tables.root_quotients, &tables.inverse_roots, &tables.inverse_root_quotients}) {
    table->resize(degree);
  }
  const std::uint64_t psi = minimal_primitive_root(modulus, 2 * degree);
  const std::uint64_t psi_inverse = modulus.inverse(psi);
  const int log_degree = std::countr_zero(degree);
  std::uint64_t power = 1;
  std::uint64_t inverse_power = 1;
  for (std::size_t i = 0; i < degree; ++i) {
    std::size_t reversed = 0;
    for (int bit = 0; bit < log_degree; ++bit) reversed |= (i >> bit & 1) << (log_degree - 1 - bit);
    const ShoupFactor root = ShoupFactor::of(power, modulus, shoup_bits);
    const ShoupFactor inverse = ShoupFactor::of(inverse_power, modulus, shoup_bits);
    tables.roots[reversed] = root.value;
    tables.root_quotients[reversed] = root.quotient;
    tables.inverse_roots[reversed] = inverse.value;
    tables.inverse_root_quotients[reversed] = inverse.quotient;
    power = modulus.multiply(power, psi);
    inverse_power = modulus.multiply(inverse_power, psi_inverse);
  }
  const std::uint64_t inverse_degree = modulus.inverse(degree % modulus.q);
  tables.inverse_degree = ShoupFactor::of(inverse_degree, modulus, shoup_bits);
  tables.inverse_degree_last_root =
      ShoupFactor::of(modulus.multiply(inverse_degree, tables.inverse_roots[1]), modulus, shoup_bits);
  return tables;
}

Result<const Kernels*> find_kernels(std::string_view name) {
  const Kernels* avx512 = avx512_kernels();
  if (name.empty()) return avx512 != nullptr ? avx512 : &scalar_kernels();
  if (name == "scalar") return &scalar_kernels();
  if (name == "avx512") {
    if (avx512 != nullptr) return avx512;
    return fail(Code::kUnsupported, "the kernels \"avx512\" need AVX-512 F, DQ and IFMA, which this processor lacks");
  }
  return fail(Code::kUnsupported,
              "there are no kernels called \"" + std::string(name) + "\"; there are scalar and avx512");
}

}  // namespace mc::fhe
