// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/lift.hpp"

#include <array>

#include "fhe/ring/mixed_radix.hpp"

namespace mc::fhe {

NttPoly lift_centred(const Ring& ring, const NttPoly& poly, std::uint32_t q_limbs) {
  const std::uint32_t known = poly.basis().q_limbs;
  MC_CHECK(!poly.basis().with_p && known >= 1 && known <= MixedRadix::kPrimesMax && q_limbs >= 1);
  if (q_limbs <= known) return restrict_to(poly, q_limbs);
  const std::size_t degree = ring.degree();
  NttPoly lifted = ring.make_unset<Domain::kNtt>({q_limbs, false});
  copy_words(poly.residues(), lifted.residues());

  std::array<std::size_t, MixedRadix::kPrimesMax> places{};
  std::array<std::uint64_t*, MixedRadix::kPrimesMax> rows{};
  std::array<const std::uint64_t*, MixedRadix::kPrimesMax> digits{};
  AlignedWords memory((known + 1) * degree);
  for (std::uint32_t k = 0; k < known; ++k) {
    places[k] = k;
    rows[k] = memory.data() + k * degree;
    digits[k] = rows[k];
  }
  const MixedRadix radix(ring, std::span(places).first(known));
  for (std::uint32_t k = 0; k < known; ++k) radix.to_coefficients(k, rows[k], poly.limb(k).data());
  radix.to_digits(std::span(rows).first(known), memory.data() + known * degree);
  const std::size_t part = ntt_part_size(degree);
  for (std::uint32_t target = known; target < q_limbs; ++target) {
    std::uint64_t* const out = lifted.limb(target).data();
    radix.begin_extend(out, std::span(digits).first(known), target);
    for (std::size_t at = 0; at < degree; at += part) radix.end_extend(out + at, at / part, target);
  }
  return lifted;
}

}  // namespace mc::fhe
