// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/kernels.hpp"

#include <bit>

namespace mc::fhe {
namespace {

std::size_t reverse_bits(std::size_t value, int bits) {
  std::size_t reversed = 0;
  for (int bit = 0; bit < bits; ++bit) reversed |= (value >> bit & 1) << (bits - 1 - bit);
  return reversed;
}

}  // namespace

ShoupFactor ShoupFactor::of(std::uint64_t value, const Modulus& modulus, int shoup_bits) {
  return {value, static_cast<std::uint64_t>((u128{value} << shoup_bits) / modulus.q)};
}

NttTables NttTables::of(const Modulus& modulus, std::size_t degree, const Kernels& kernels) {
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
    const std::size_t reversed = reverse_bits(i, log_degree);
    const ShoupFactor root = ShoupFactor::of(power, modulus, kernels.shoup_bits);
    const ShoupFactor inverse = ShoupFactor::of(inverse_power, modulus, kernels.shoup_bits);
    tables.roots[reversed] = root.value;
    tables.root_quotients[reversed] = root.quotient;
    tables.inverse_roots[reversed] = inverse.value;
    tables.inverse_root_quotients[reversed] = inverse.quotient;
    power = modulus.multiply(power, psi);
    inverse_power = modulus.multiply(inverse_power, psi_inverse);
  }
  const std::uint64_t inverse_degree = modulus.inverse(degree % modulus.q);
  tables.inverse_degree = ShoupFactor::of(inverse_degree, modulus, kernels.shoup_bits);
  tables.inverse_degree_last_root =
      ShoupFactor::of(modulus.multiply(inverse_degree, tables.inverse_roots[1]), modulus, kernels.shoup_bits);
  if (kernels.pack_roots != nullptr) kernels.pack_roots(tables);
  return tables;
}

// Residue i is the value at psi^(2 rev(i) + 1), and the image takes the operand's value at the g-th power of that
// point. The three low bits t of i are the top bits of rev(i): stepping them adds multiples of N/4 to the exponent,
// hence multiples of g N/4 to the source's, which moves only the low three bits of the source's index.
AutomorphismTable AutomorphismTable::of(std::uint64_t galois_element, std::size_t degree) {
  MC_CHECK(galois_element % 2 == 1 && galois_element < 2 * degree && degree >= 16);
  const int log_degree = std::countr_zero(degree);
  AutomorphismTable table;
  table.galois_element = galois_element;
  for (std::size_t block = 0; block < degree / 8; ++block) {
    const std::uint64_t exponent = 2 * reverse_bits(8 * block, log_degree) + 1;
    const std::size_t source = (galois_element * exponent % (2 * degree) - 1) / 2;
    table.source_block.push_back(static_cast<std::uint32_t>(reverse_bits(source, log_degree) / 8));
    table.order_of.push_back(static_cast<std::uint8_t>(source / (degree / 8)));
  }
  for (std::size_t top = 0; top < 8; ++top) {
    for (std::size_t lane = 0; lane < 8; ++lane) {
      table.order[top][lane] = reverse_bits((top + galois_element * reverse_bits(lane, 3)) % 8, 3);
    }
  }
  return table;
}

Result<const Kernels*> find_kernels(std::string_view name) {
  const Kernels* avx2 = avx2_kernels();
  const Kernels* avx512 = avx512_kernels();
  const Kernels* wasm_simd = wasm_simd_kernels();
  if (name.empty()) {
    for (const Kernels* fast : {avx512, avx2, wasm_simd}) {
      if (fast != nullptr) return fast;
    }
    return &scalar_kernels();
  }
  if (name == "scalar") return &scalar_kernels();
  if (name == "avx2") {
    if (avx2 != nullptr) return avx2;
    return fail(Code::kUnsupported, "the kernels \"avx2\" need AVX2 and FMA, which this processor lacks");
  }
  if (name == "avx512") {
    if (avx512 != nullptr) return avx512;
    return fail(Code::kUnsupported,
                "the kernels \"avx512\" need AVX-512 F, DQ, BW, IFMA and VBMI, which this processor lacks");
  }
  if (name == "wasm_simd") {
    if (wasm_simd != nullptr) return wasm_simd;
    return fail(Code::kUnsupported, "the kernels \"wasm_simd\" run inside WebAssembly only");
  }
  return fail(Code::kUnsupported, "there are no kernels called \"" + std::string(name) +
                                      "\"; there are scalar, avx2, avx512 and wasm_simd");
}

}  // namespace mc::fhe
