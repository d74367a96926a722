// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/division.hpp"

#include <array>

#include "fhe/ring/kernels.hpp"
#include "fhe/ring/mixed_radix.hpp"

namespace mc::fhe {
namespace {

void run(const Workers* workers, std::size_t count, const std::function<void(std::size_t)>& job) {
  if (workers != nullptr) {
    workers->run(count, job);
    return;
  }
  for (std::size_t i = 0; i < count; ++i) job(i);
}

/// Limbs kept, and the places of the limbs dropped in the order in which they are divided out: the last one first.
struct Split {
  std::size_t kept = 0;
  std::array<std::size_t, MixedRadix::kPrimesMax> dropped{};
  std::size_t dropped_count = 0;
};

Split split_of(const Ring& ring, const NttPoly& poly, std::size_t kept) {
  Split split;
  split.kept = kept;
  MC_CHECK(poly.limb_count() - kept <= MixedRadix::kPrimesMax);
  for (std::size_t i = poly.limb_count(); i-- > kept;) {
    split.dropped[split.dropped_count++] = ring.place_of(poly.basis(), i);
  }
  return split;
}

/// out limb i = (poly limb i - the remainder) / d + addend limb i * addend_factor(i), for all kept limbs; the dropped
/// limbs of poly become the remainder's digits.
template <class AddendFactor>
void divide(const Ring& ring, NttPoly& poly, const Split& split, NttPoly& out, const NttPoly* addend,
            const AddendFactor& addend_factor, const Workers* workers) {
  const MixedRadix radix(ring, std::span(split.dropped).first(split.dropped_count));
  std::array<std::uint64_t*, MixedRadix::kPrimesMax> rows{};
  for (std::size_t k = 0; k < split.dropped_count; ++k) rows[k] = poly.limb(poly.limb_count() - 1 - k).data();
  run(workers, split.dropped_count, [&](std::size_t k) { radix.to_coefficients(k, rows[k], rows[k]); });
  if (split.dropped_count > 1) {
    AlignedWords scratch(ring.degree());
    radix.to_digits(std::span(rows).first(split.dropped_count), scratch.data());
  }
  const std::array<const std::uint64_t*, MixedRadix::kPrimesMax> digits = [&] {
    std::array<const std::uint64_t*, MixedRadix::kPrimesMax> copy{};
    std::copy(rows.begin(), rows.end(), copy.begin());
    return copy;
  }();
  run(workers, split.kept, [&](std::size_t i) {
    const std::size_t place = ring.place_of(poly.basis(), i);
    AlignedWords remainder(ring.degree());
    radix.extend(remainder.data(), std::span(digits).first(split.dropped_count), place);
    ring.kernels().subtract_multiply(
        out.limb(i).data(), poly.limb(i).data(), remainder.data(), radix.inverse_of_product(place),
        addend == nullptr ? nullptr : addend->limb(i).data(), addend == nullptr ? 0 : addend_factor(place),
        ring.degree(), ring.modulus_at(place));
  });
}

}  // namespace

void divide_by_last_primes(const Ring& ring, NttPoly& poly, std::uint32_t count, const Workers* workers) {
  const Basis basis = poly.basis();
  MC_CHECK(basis.with_p ? count == ring.p_count() : count < basis.q_limbs);
  if (count == 0) return;
  const Split split = split_of(ring, poly, poly.limb_count() - count);
  divide(
      ring, poly, split, poly, nullptr, [](std::size_t) { return std::uint64_t{0}; }, workers);
  poly.keep_limbs(basis.with_p ? basis.q_limbs : basis.q_limbs - count);
}

NttPoly divide_by_special_primes(const Ring& ring, NttPoly poly, const NttPoly* addend, std::uint32_t rescaled,
                                 const Workers* workers) {
  const Basis basis = poly.basis();
  MC_CHECK(basis.with_p && rescaled < basis.q_limbs);
  MC_CHECK(addend == nullptr || addend->basis() == (Basis{basis.q_limbs, false}));
  const std::uint32_t kept = basis.q_limbs - rescaled;
  const auto special_modulo = [&](std::size_t place) {
    std::uint64_t product = 1;
    for (std::uint32_t p = 0; p < ring.p_count(); ++p) {
      product = ring.modulus_at(place).multiply(product, ring.prime_modulo(ring.q_count() + p, place));
    }
    return product;
  };
  // Where a limb is dropped the sum has to be formed; where it is kept, P addend / (P q…) is addend / q….
  for (std::size_t i = kept; addend != nullptr && i < basis.q_limbs; ++i) {
    ring.kernels().multiply_scalar_add(poly.limb(i).data(), addend->limb(i).data(), special_modulo(i), ring.degree(),
                                       ring.modulus_at(i));
  }
  const auto addend_factor = [&](std::size_t place) {
    std::uint64_t factor = 1;
    for (std::size_t i = kept; i < basis.q_limbs; ++i) {
      factor = ring.modulus_at(place).multiply(factor, ring.inverse_modulo(i, place));
    }
    return factor;
  };
  NttPoly out = ring.make_unset<Domain::kNtt>({kept, false});
  divide(ring, poly, split_of(ring, poly, kept), out, addend, addend_factor, workers);
  return out;
}

}  // namespace mc::fhe
