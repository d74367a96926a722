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

/// out limb i = (poly limb i - remainder) / d + addend limb i * addend_factor(place of i), for the kept limbs.
template <class AddendFactor>
void divide(const Ring& ring, std::span<NttPoly> polys, std::size_t kept, std::span<NttPoly> out,
            std::span<const NttPoly* const> addends, const AddendFactor& addend_factor, const Workers* workers) {
  const MixedRadix radix = radix_of_dropped(ring, polys[0].basis(), kept);
  std::vector<Digits> digits(polys.size());
  run(workers, polys.size(), [&](std::size_t part) { to_digits(ring, radix, polys[part], digits[part]); });
  run(workers, kept, [&](std::size_t i) {
    const std::size_t place = ring.place_of(polys[0].basis(), i);
    AlignedWords remainder(ring.degree());
    for (std::size_t part = 0; part < polys.size(); ++part) {
      radix.extend(remainder.data(), std::span(digits[part].read).first(radix.size()), place);
      const std::uint64_t* const more = addends[part] == nullptr ? nullptr : addends[part]->limb(i).data();
      ring.kernels().subtract_multiply(
          out[part].limb(i).data(), polys[part].limb(i).data(), remainder.data(), radix.inverse_of_product(place), more,
          more == nullptr ? 0 : addend_factor(place), ring.degree(), ring.modulus_at(place));
    }
  });
}

void check_equal_bases(std::span<const NttPoly> polys) {
  for (const NttPoly& poly : polys) MC_CHECK(poly.basis() == polys[0].basis() && poly.degree() == polys[0].degree());
}

}  // namespace

void divide_by_last_primes(const Ring& ring, std::span<NttPoly> polys, std::uint32_t count, const Workers* workers) {
  if (polys.empty() || count == 0) return;
  check_equal_bases(polys);
  const Basis basis = polys[0].basis();
  MC_CHECK(basis.with_p ? count == ring.p_count() : count < basis.q_limbs);
  const std::vector<const NttPoly*> nothing(polys.size());
  divide(
      ring, polys, polys[0].limb_count() - count, polys, nothing, [](std::size_t) { return std::uint64_t{0}; },
      workers);
  for (NttPoly& poly : polys) poly.keep_limbs(basis.with_p ? basis.q_limbs : basis.q_limbs - count);
}

std::vector<NttPoly> divide_by_special_primes(const Ring& ring, std::span<NttPoly> polys,
                                              std::span<const NttPoly* const> addends, std::uint32_t rescaled,
                                              const Workers* workers) {
  MC_CHECK(!polys.empty() && polys.size() == addends.size());
  check_equal_bases(polys);
  const Basis basis = polys[0].basis();
  MC_CHECK(basis.with_p && rescaled < basis.q_limbs);
  const std::uint32_t kept = basis.q_limbs - rescaled;
  const auto special_modulo = [&](std::size_t place) {
    std::uint64_t product = 1;
    for (std::uint32_t p = 0; p < ring.p_count(); ++p) {
      product = ring.modulus_at(place).multiply(product, ring.prime_modulo(ring.q_count() + p, place));
    }
    return product;
  };
  for (std::size_t part = 0; part < polys.size(); ++part) {
    if (addends[part] == nullptr) continue;
    MC_CHECK(addends[part]->basis() == (Basis{basis.q_limbs, false}));
    // Where a limb is dropped the sum has to be formed; where it is kept, P addend / (P q…) is addend / q….
    for (std::size_t i = kept; i < basis.q_limbs; ++i) {
      ring.kernels().multiply_scalar_add(polys[part].limb(i).data(), addends[part]->limb(i).data(), special_modulo(i),
                                         ring.degree(), ring.modulus_at(i));
    }
  }
  const auto addend_factor = [&](std::size_t place) {
    std::uint64_t factor = 1;
    for (std::size_t i = kept; i < basis.q_limbs; ++i) {
      factor = ring.modulus_at(place).multiply(factor, ring.inverse_modulo(i, place));
    }
    return factor;
  };
  std::vector<NttPoly> out;
  for (std::size_t part = 0; part < polys.size(); ++part) {
    out.push_back(ring.make_unset<Domain::kNtt>({kept, false}));
  }
  divide(ring, polys, kept, out, addends, addend_factor, workers);
  return out;
}

}  // namespace mc::fhe
