// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/encryption_witness.hpp"

namespace mc::fhe {
namespace {

// Two primes say what the integer is, a third that it is small.
constexpr std::uint32_t kLimbs = 3;

}  // namespace

SecretSmallIntegers small_integers(const Ring& ring, const CoeffPoly& poly) {
  const std::uint64_t q = ring.modulus(poly.basis(), 0).q;
  const auto limb = poly.limb(0);
  SecretSmallIntegers integers(limb.size());
  for (std::size_t k = 0; k < limb.size(); ++k) {
    integers[k] = static_cast<std::int8_t>(limb[k] - (q & -static_cast<std::uint64_t>(limb[k] > q / 2)));
  }
  return integers;
}

Result<SecretWideIntegers> message_integers(const Ring& ring, const NttPoly& poly) {
  if (poly.basis().q_limbs < kLimbs) {
    return fail(Code::kInvalidArgument, "the message of a ciphertext of level " + std::to_string(poly.basis().q_limbs) +
                                            " cannot be witnessed, level 3 and more can");
  }
  CoeffPoly residues = ring.to_coeff(restrict_to(poly, kLimbs));
  const Modulus& q0 = ring.modulus(residues.basis(), 0);
  const Modulus& q1 = ring.modulus(residues.basis(), 1);
  const Modulus& q2 = ring.modulus(residues.basis(), 2);
  const std::uint64_t inverse = ring.inverse_modulo(0, 1);
  const u128 product = u128{q0.q} * q1.q;
  const u128 bound = u128{1} << kWitnessMessageLog2;
  MC_CHECK(product > 2 * bound);
  const std::uint64_t product_modulo_q2 = q2.reduce(product);
  SecretWideIntegers integers(residues.degree());
  bool fits = true;
  for (std::size_t k = 0; k < integers.size(); ++k) {
    // Garner: x_0 + q_0 ((x_1 - x_0) / q_0 modulo q_1) in [0, q_0 q_1), then centred.
    const std::uint64_t x0 = residues.limb(0)[k];
    const std::uint64_t digit = q1.multiply(q1.subtract(residues.limb(1)[k], q1.reduce_word(x0)), inverse);
    const u128 canonical = u128{x0} + u128{q0.q} * digit;
    const u128 negative = -static_cast<u128>(canonical > product / 2);  // all ones, or zero
    const std::uint64_t modulo_q2 =
        q2.subtract(q2.reduce(canonical), product_modulo_q2 & static_cast<std::uint64_t>(negative));
    integers[k] = static_cast<i128>(canonical - (product & negative));
    fits &= modulo_q2 == residues.limb(2)[k];
    fits &= static_cast<u128>(integers[k]) + bound <= 2 * bound;
  }
  wipe(residues);
  if (!fits) return fail(Code::kLimit, "a message beyond 2^93 in magnitude cannot be witnessed");
  return integers;
}

}  // namespace mc::fhe
