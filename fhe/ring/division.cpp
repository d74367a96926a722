// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/division.hpp"

#include "fhe/ring/kernels.hpp"

namespace mc::fhe {
namespace {

/// Brings the dropped limbs (in coefficient form) to mixed radix: limb `last` becomes the digit d_0 = x mod q_last,
/// the one before it d_1 = (x - d_0) / q_last modulo its own prime, and so on; digits are taken centred.
void to_mixed_radix(const Ring& ring, NttPoly& poly, std::size_t kept, std::span<std::uint64_t> scratch) {
  const Kernels& kernels = ring.kernels();
  for (std::size_t digit = poly.limb_count(); digit-- > kept + 1;) {
    const Modulus& from = ring.modulus(poly.basis(), digit);
    for (std::size_t i = kept; i < digit; ++i) {
      const Modulus& to = ring.modulus(poly.basis(), i);
      kernels.lift_centred(scratch.data(), poly.limb(digit).data(), ring.degree(), from, to);
      kernels.subtract_multiply(poly.limb(i).data(), scratch.data(), to.inverse(to.reduce_word(from.q)), ring.degree(),
                                to);
    }
  }
}

}  // namespace

void divide_by_last_primes(const Ring& ring, NttPoly& poly, std::uint32_t count) {
  const Basis basis = poly.basis();
  MC_CHECK(basis.with_p ? count == ring.p_count() : count < basis.q_limbs);
  if (count == 0) return;
  const Kernels& kernels = ring.kernels();
  const std::size_t degree = ring.degree();
  const std::size_t kept = poly.limb_count() - count;
  for (std::size_t i = kept; i < poly.limb_count(); ++i) {
    kernels.inverse_ntt(poly.limb(i).data(), ring.ntt_tables(basis, i));
  }
  AlignedWords remainder(degree);
  AlignedWords term(degree);
  to_mixed_radix(ring, poly, kept, term);
  for (std::size_t i = 0; i < kept; ++i) {
    const Modulus& m = ring.modulus(basis, i);
    // remainder = d_0 + q_last (d_1 + q_(last-1) (d_2 + …)), by Horner from the digit of the lowest dropped limb.
    std::uint64_t divisor = 1;
    for (std::size_t digit = kept; digit < poly.limb_count(); ++digit) {
      const Modulus& from = ring.modulus(basis, digit);
      const std::uint64_t prime = m.reduce_word(from.q);
      divisor = m.multiply(divisor, prime);
      if (digit == kept) {
        kernels.lift_centred(remainder.data(), poly.limb(digit).data(), degree, from, m);
        continue;
      }
      kernels.multiply_scalar(remainder.data(), prime, degree, m);
      kernels.lift_centred(term.data(), poly.limb(digit).data(), degree, from, m);
      kernels.add(remainder.data(), term.data(), degree, m);
    }
    kernels.forward_ntt(remainder.data(), ring.ntt_tables(basis, i));
    kernels.subtract_multiply(poly.limb(i).data(), remainder.data(), m.inverse(divisor), degree, m);
  }
  poly.keep_limbs(basis.with_p ? basis.q_limbs : basis.q_limbs - count);
}

}  // namespace mc::fhe
