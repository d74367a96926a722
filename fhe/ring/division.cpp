// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/division.hpp"

#include <array>

#include "fhe/ring/kernels.hpp"

namespace mc::fhe {
namespace {

/// The places of the limbs that are dropped, in the order in which they are divided out: the last one first.
MixedRadix radix_of_dropped(const Ring& ring, Basis basis, std::size_t kept) {
  std::array<std::size_t, MixedRadix::kPrimesMax> places{};
  const std::size_t count = ring.limb_count(basis) - kept;
  MC_CHECK(count <= places.size());
  for (std::size_t k = 0; k < count; ++k) places[k] = ring.place_of(basis, ring.limb_count(basis) - 1 - k);
  return MixedRadix(ring, std::span(places).first(count));
}

/// The dropped limbs of one polynomial, which become the digits of the remainder.
struct Digits {
  std::array<std::uint64_t*, MixedRadix::kPrimesMax> rows{};
  std::array<const std::uint64_t*, MixedRadix::kPrimesMax> read{};
};

void to_digits(const Ring& ring, const MixedRadix& radix, NttPoly& poly, Digits& digits) {
  for (std::size_t k = 0; k < radix.size(); ++k) {
    digits.rows[k] = poly.limb(poly.limb_count() - 1 - k).data();
    digits.read[k] = digits.rows[k];
    radix.to_coefficients(k, digits.rows[k], digits.rows[k]);
  }
  if (radix.size() == 1) return;
  AlignedWords scratch(ring.degree());
  radix.to_digits(std::span(digits.rows).first(radix.size()), scratch.data());
}

/// What is added to one part of a quotient: addend * factor, nothing where the addend is null.
struct Addend {
  const std::uint64_t* residues = nullptr;
  std::uint64_t factor = 0;
};

/// out = (limb - remainder) / d + addend for one part of a kept limb, while the remainder's transform is in the cache.
void divide_part(const Ring& ring, const MixedRadix& radix, std::size_t place, std::size_t index, std::uint64_t* out,
                 const std::uint64_t* limb, Addend addend, std::uint64_t* begun, bool past_caches, Ahead needed) {
  radix.end_extend(begun, index, place, needed);
  ring.kernels().subtract_multiply(out, limb, begun, radix.inverse_of_product(place), addend.residues, addend.factor,
                                   past_caches, ntt_part_size(ring.degree()), ring.modulus_at(place));
}

}  // namespace

void divide_by_last_primes(const Ring& ring, std::span<NttPoly> polys, std::uint32_t count, const Workers* workers) {
  if (polys.empty() || count == 0) return;
  for (const NttPoly& poly : polys) MC_CHECK(poly.basis() == polys[0].basis() && poly.degree() == ring.degree());
  const Basis basis = polys[0].basis();
  MC_CHECK(basis.with_p ? count == ring.p_count() : count < basis.q_limbs);
  const std::size_t kept = polys[0].limb_count() - count;
  const MixedRadix radix = radix_of_dropped(ring, basis, kept);
  std::vector<Digits> digits(polys.size());
  run_on(workers, polys.size(), [&](std::size_t part) { to_digits(ring, radix, polys[part], digits[part]); });
  run_on(workers, kept, [&](std::size_t i) {
    AlignedWords scratch(ring.degree());
    const std::size_t place = ring.place_of(basis, i);
    for (std::size_t k = 0; k < polys.size(); ++k) {
      std::uint64_t* const limb = polys[k].limb(i).data();
      radix.begin_extend(scratch.data(), std::span(digits[k].read).first(radix.size()), place);
      const std::size_t size = ntt_part_size(ring.degree());
      for (std::size_t at = 0; at < ring.degree(); at += size) {
        divide_part(ring, radix, place, at / size, limb + at, limb + at, {}, scratch.data() + at, false, {});
      }
    }
  });
  for (NttPoly& poly : polys) poly.keep_limbs(basis.with_p ? basis.q_limbs : basis.q_limbs - count);
}

DivisionBySpecialPrimes::DivisionBySpecialPrimes(const Ring& ring, std::uint32_t level, std::uint32_t rescaled)
    : ring_(ring), level_(level), kept_(level - rescaled), radix_(radix_of_dropped(ring, {level, true}, kept_)) {
  MC_CHECK(rescaled < level && ring.p_count() > 0);
}

void DivisionBySpecialPrimes::enter_dropped(std::size_t k, std::uint64_t* row, const std::uint64_t* addend) const {
  const std::size_t place = radix_.place(k);
  if (addend != nullptr) {  // modulo a special prime, P times it is nothing
    MC_DCHECK(place < level_);
    ring_.kernels().multiply_scalar_add(row, addend, ring_.special_product_modulo(place), ring_.degree(),
                                        ring_.modulus_at(place));
  }
  radix_.to_coefficients(k, row, row);
}

void DivisionBySpecialPrimes::begin_limb(std::size_t i, std::span<const std::uint64_t* const> digits,
                                         std::uint64_t* begun) const {
  radix_.begin_extend(begun, digits, i);
}

void DivisionBySpecialPrimes::end_part(std::size_t i, std::size_t index, std::uint64_t* out, const std::uint64_t* sum,
                                       const std::uint64_t* addend, std::uint64_t* begun, bool past_caches,
                                       Ahead needed) const {
  // Where a limb is kept, P addend / (P q…) is addend / q….
  std::uint64_t factor = 1;
  for (std::size_t dropped = kept_; dropped < level_; ++dropped) {
    factor = ring_.modulus_at(i).multiply(factor, ring_.inverse_modulo(dropped, i));
  }
  divide_part(ring_, radix_, i, index, out, sum, {addend, factor}, begun, past_caches, needed);
}

}  // namespace mc::fhe
