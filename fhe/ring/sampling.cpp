// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/sampling.hpp"

#include <bit>

#include "fhe/ring/kernels.hpp"

namespace mc::fhe {
namespace {

static_assert(std::endian::native == std::endian::little, "key streams are read as little-endian words");

using SecretWords = std::vector<std::uint64_t, WipingAllocator<std::uint64_t>>;

void fill_words(KeyStream& stream, std::span<std::uint64_t> words) {
  stream.fill({reinterpret_cast<std::uint8_t*>(words.data()), words.size_bytes()});
}

}  // namespace

CoeffPoly sample_ternary(const Ring& ring, Basis basis, KeyStream& stream) {
  // A byte below 3^5 = 243 gives five digits; others are thrown away. Rounds: as many bytes as digits are missing.
  constexpr std::size_t kDigits = 5;
  SecretIntegers values(ring.degree());
  SecretBytes bytes;
  std::size_t drawn = 0;
  while (drawn < values.size()) {
    bytes.resize((values.size() - drawn + kDigits - 1) / kDigits);
    stream.fill(bytes);
    for (const std::uint8_t byte : bytes) {
      if (byte >= 243) continue;
      std::uint32_t rest = byte;
      for (std::size_t i = 0; i < kDigits && drawn < values.size(); ++i) {
        const std::uint32_t quotient = rest * 171u >> 9;  // rest / 3 for rest < 256
        values[drawn++] = static_cast<std::int64_t>(rest - 3 * quotient) - 1;
        rest = quotient;
      }
    }
  }
  return ring.from_small(values, basis);
}

SecretIntegers sample_error_head(const Ring& ring, std::size_t count, KeyStream& stream) {
  MC_CHECK(count <= ring.degree());
  // Two words a coefficient: the top bit is the sign (of a zero too: its weight is not doubled in the table). Kernels
  // take sixteen coefficients at a time.
  SecretIntegers values((count + 15) / 16 * 16);
  SecretWords words(2 * values.size());
  fill_words(stream, words);
  ring.kernels().select_errors(values.data(), words.data(), values.size());
  values.resize(count);
  return values;
}

CoeffPoly sample_error(const Ring& ring, Basis basis, KeyStream& stream) {
  return ring.from_small(sample_error_head(ring, ring.degree(), stream), basis);
}

NttPoly sample_uniform(const Ring& ring, Basis basis, KeyStream& stream) {
  NttPoly poly = ring.make_unset<Domain::kNtt>(basis);
  std::vector<std::uint64_t> words;
  for (std::size_t i = 0; i < poly.limb_count(); ++i) {
    const Modulus& m = ring.modulus(basis, i);
    const std::uint64_t mask = (std::uint64_t{1} << m.bits) - 1;
    const auto limb = poly.limb(i);
    std::size_t drawn = 0;
    while (drawn < limb.size()) {  // rounds: as many words as residues are missing
      words.resize(limb.size() - drawn);
      fill_words(stream, words);
      for (const std::uint64_t word : words) {
        const std::uint64_t residue = word & mask;
        limb[drawn] = residue;
        drawn += residue < m.q;
      }
    }
  }
  return poly;
}

}  // namespace mc::fhe
