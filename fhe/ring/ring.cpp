// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/ring.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "fhe/ring/kernels.hpp"

namespace mc::fhe {
namespace {

/// Whether limb i of both is modulo the same prime, as far as `narrow` goes.
bool begins_with(Basis wide, Basis narrow) {
  return wide == narrow || (!narrow.with_p && narrow.q_limbs <= wide.q_limbs);
}

constexpr std::size_t kPrimesMax = 64;

Status check_prime(std::uint64_t prime, std::span<const NttTables> taken, std::size_t degree) {
  const std::string name = "the ring's prime " + std::to_string(prime);
  if (prime < 3 || prime >= std::uint64_t{1} << 50) {
    return fail(Code::kInvalidArgument, name + " is not between 3 and 2^50");
  }
  if (prime % (2 * degree) != 1) {
    return fail(Code::kInvalidArgument, name + " is not 1 modulo 2N = " + std::to_string(2 * degree));
  }
  if (!is_prime(prime)) return fail(Code::kInvalidArgument, name + " is not a prime");
  if (std::ranges::any_of(taken, [&](const NttTables& t) { return t.modulus.q == prime; })) {
    return fail(Code::kInvalidArgument, name + " is named twice");
  }
  return {};
}

}  // namespace

struct Ring::Tables {
  LogN log_n;
  std::uint32_t q_count = 0;
  std::uint32_t p_count = 0;
  const Kernels* kernels = nullptr;
  std::vector<NttTables> ntt;  // chain, then special primes
  // Of prime j modulo prime i at [i * primes + j]: residue and inverse.
  std::vector<std::uint64_t> prime_residues, prime_inverses;
};

Ring::Ring(std::unique_ptr<const Tables> tables) : tables_(std::move(tables)) {}
Ring::~Ring() = default;

Result<std::shared_ptr<const Ring>> Ring::create(LogN log_n, std::span<const std::uint64_t> q,
                                                 std::span<const std::uint64_t> p) {
  if (log_n.value < 4 || log_n.value > 16) {
    return fail(Code::kUnsupported,
                "a ring of degree 2^" + std::to_string(log_n.value) + " is not between 2^4 and 2^16");
  }
  if (q.empty() || q.size() + p.size() > kPrimesMax) {
    return fail(Code::kInvalidArgument, "a ring needs 1 to " + std::to_string(kPrimesMax) + " primes, not " +
                                            std::to_string(q.size()) + " + " + std::to_string(p.size()));
  }
  const char* wanted = std::getenv("MEDCOMMONS_KERNELS");
  auto tables = std::make_unique<Tables>();
  MC_TRY(tables->kernels, find_kernels(wanted == nullptr ? "" : wanted));
  tables->log_n = log_n;
  tables->q_count = static_cast<std::uint32_t>(q.size());
  tables->p_count = static_cast<std::uint32_t>(p.size());
  const std::size_t degree = std::size_t{1} << log_n.value;
  for (const std::span<const std::uint64_t> primes : {q, p}) {
    for (const std::uint64_t prime : primes) {
      MC_TRY_STATUS(check_prime(prime, tables->ntt, degree));
      tables->ntt.push_back(NttTables::of(Modulus::of(prime), degree, *tables->kernels));
    }
  }
  for (const NttTables& of : tables->ntt) {
    for (const NttTables& other : tables->ntt) {
      const std::uint64_t residue = of.modulus.reduce_word(other.modulus.q);
      tables->prime_residues.push_back(residue);
      tables->prime_inverses.push_back(residue == 0 ? 0 : of.modulus.inverse(residue));
    }
  }
  return std::shared_ptr<const Ring>(new Ring(std::move(tables)));
}

LogN Ring::log_n() const {
  return tables_->log_n;
}
std::size_t Ring::degree() const {
  return std::size_t{1} << tables_->log_n.value;
}
std::uint32_t Ring::q_count() const {
  return tables_->q_count;
}
std::uint32_t Ring::p_count() const {
  return tables_->p_count;
}
const Kernels& Ring::kernels() const {
  return *tables_->kernels;
}

const NttTables& Ring::ntt_tables_at(std::size_t place) const {
  MC_DCHECK(place < tables_->ntt.size());
  return tables_->ntt[place];
}

const Modulus& Ring::modulus_at(std::size_t place) const {
  return ntt_tables_at(place).modulus;
}

std::uint64_t Ring::prime_modulo(std::size_t other, std::size_t place) const {
  return tables_->prime_residues[place * tables_->ntt.size() + other];
}

std::uint64_t Ring::inverse_modulo(std::size_t other, std::size_t place) const {
  MC_DCHECK(other != place);
  return tables_->prime_inverses[place * tables_->ntt.size() + other];
}

std::uint64_t Ring::special_product_modulo(std::size_t place) const {
  MC_DCHECK(place < q_count());
  std::uint64_t product = 1;
  for (std::uint32_t p = 0; p < p_count(); ++p) {
    product = modulus_at(place).multiply(product, prime_modulo(q_count() + p, place));
  }
  return product;
}

const NttTables& Ring::ntt_tables(Basis basis, std::size_t limb) const {
  MC_DCHECK(limb < limb_count(basis));
  return ntt_tables_at(place_of(basis, limb));
}

const Modulus& Ring::modulus(Basis basis, std::size_t limb) const {
  return ntt_tables(basis, limb).modulus;
}

std::size_t Ring::limb_count(Basis basis) const {
  MC_CHECK(basis.q_limbs <= tables_->q_count);
  return basis.q_limbs + (basis.with_p ? tables_->p_count : 0);
}

NttPoly Ring::to_ntt(CoeffPoly&& poly) const {
  for (std::size_t i = 0; i < poly.limb_count(); ++i) {
    kernels().forward_ntt(poly.limb(i).data(), ntt_tables(poly.basis(), i));
  }
  return std::move(poly).template with_domain<Domain::kNtt>();
}

CoeffPoly Ring::to_coeff(NttPoly&& poly) const {
  for (std::size_t i = 0; i < poly.limb_count(); ++i) {
    kernels().inverse_ntt(poly.limb(i).data(), poly.limb(i).data(), 0, ntt_tables(poly.basis(), i));
  }
  return std::move(poly).template with_domain<Domain::kCoeff>();
}

template <Domain kDomain>
void Ring::add(Poly<kDomain>& a, const Poly<kDomain>& b) const {
  MC_CHECK(a.basis() == b.basis() && a.degree() == b.degree());
  for (std::size_t i = 0; i < a.limb_count(); ++i) {
    kernels().add(a.limb(i).data(), b.limb(i).data(), degree(), modulus(a.basis(), i));
  }
}

template <Domain kDomain>
void Ring::subtract(Poly<kDomain>& a, const Poly<kDomain>& b) const {
  MC_CHECK(a.basis() == b.basis() && a.degree() == b.degree());
  for (std::size_t i = 0; i < a.limb_count(); ++i) {
    kernels().subtract(a.limb(i).data(), b.limb(i).data(), degree(), modulus(a.basis(), i));
  }
}

template <Domain kDomain>
void Ring::negate(Poly<kDomain>& a) const {
  for (std::size_t i = 0; i < a.limb_count(); ++i) {
    kernels().negate(a.limb(i).data(), degree(), modulus(a.basis(), i));
  }
}

void Ring::multiply(NttPoly& a, const NttPoly& b) const {
  MC_CHECK(begins_with(b.basis(), a.basis()) && a.degree() == b.degree());
  for (std::size_t i = 0; i < a.limb_count(); ++i) {
    kernels().multiply(a.limb(i).data(), a.limb(i).data(), b.limb(i).data(), degree(), modulus(a.basis(), i));
  }
}

void Ring::multiply_add(NttPoly& accumulator, const NttPoly& a, const NttPoly& b) const {
  MC_CHECK(accumulator.basis() == a.basis() && begins_with(b.basis(), a.basis()) && a.degree() == b.degree());
  for (std::size_t i = 0; i < a.limb_count(); ++i) {
    kernels().multiply_add(accumulator.limb(i).data(), a.limb(i).data(), b.limb(i).data(), degree(),
                           modulus(a.basis(), i));
  }
}

template <Domain kDomain>
void Ring::multiply_scalar(Poly<kDomain>& a, std::span<const std::uint64_t> scalar) const {
  MC_CHECK(scalar.size() == a.limb_count());
  for (std::size_t i = 0; i < a.limb_count(); ++i) {
    MC_DCHECK(scalar[i] < modulus(a.basis(), i).q);
    kernels().multiply_scalar(a.limb(i).data(), scalar[i], degree(), modulus(a.basis(), i));
  }
}

namespace {

std::uint64_t sum_of(std::span<const std::uint64_t> residues, const Modulus& m) {
  u128 sum = 0;
  for (const std::uint64_t residue : residues) sum += residue;
  return m.reduce(sum);
}

// From the sums over the two halves of the points; w^-1 = -w.
std::array<std::uint64_t, 2> zero_and_middle(std::uint64_t first, std::uint64_t second, const NttTables& tables) {
  const Modulus& m = tables.modulus;
  const std::uint64_t inverse = tables.inverse_degree.value;
  return {m.multiply(m.add(first, second), inverse),
          m.multiply(m.multiply(m.subtract(second, first), tables.roots[1]), inverse)};
}

}  // namespace

// The NTT evaluates at all odd powers of psi, whose k-th powers sum to zero for 0 < k < N: only N * a_0 is left.
std::vector<std::uint64_t> Ring::coefficient_zero(const NttPoly& a) const {
  std::vector<std::uint64_t> result(a.limb_count());
  for (std::size_t i = 0; i < a.limb_count(); ++i) {
    const NttTables& tables = ntt_tables(a.basis(), i);
    result[i] = tables.modulus.multiply(sum_of(a.limb(i), tables.modulus), tables.inverse_degree.value);
  }
  return result;
}

std::vector<std::uint64_t> Ring::product_coefficient_zero(const NttPoly& a, const NttPoly& b) const {
  MC_CHECK(begins_with(b.basis(), a.basis()) && a.degree() == b.degree());
  std::vector<std::uint64_t> result(a.limb_count());
  for (std::size_t i = 0; i < a.limb_count(); ++i) {
    const NttTables& tables = ntt_tables(a.basis(), i);
    const std::uint64_t sum = kernels().inner_product(a.limb(i).data(), b.limb(i).data(), degree(), tables.modulus);
    result[i] = tables.modulus.multiply(sum, tables.inverse_degree.value);
  }
  return result;
}

std::vector<std::uint64_t> Ring::coefficients_zero_and_middle(const NttPoly& a) const {
  std::vector<std::uint64_t> result;
  for (std::size_t i = 0; i < a.limb_count(); ++i) {
    const NttTables& tables = ntt_tables(a.basis(), i);
    const auto limb = a.limb(i);
    const auto both = zero_and_middle(sum_of(limb.first(degree() / 2), tables.modulus),
                                      sum_of(limb.subspan(degree() / 2), tables.modulus), tables);
    result.insert(result.end(), both.begin(), both.end());
  }
  return result;
}

std::vector<std::uint64_t> Ring::product_coefficients_zero_and_middle(const NttPoly& a, const NttPoly& b) const {
  MC_CHECK(begins_with(b.basis(), a.basis()) && a.degree() == b.degree());
  std::vector<std::uint64_t> result;
  for (std::size_t i = 0; i < a.limb_count(); ++i) {
    const NttTables& tables = ntt_tables(a.basis(), i);
    const std::size_t half = degree() / 2;
    const auto sum_of = [&](std::size_t from) {
      return kernels().inner_product(a.limb(i).data() + from, b.limb(i).data() + from, half, tables.modulus);
    };
    const auto both = zero_and_middle(sum_of(0), sum_of(half), tables);
    result.insert(result.end(), both.begin(), both.end());
  }
  return result;
}

CoeffPoly Ring::from_signed(std::span<const std::int64_t> coefficients, Basis basis) const {
  MC_CHECK(coefficients.size() == degree());
  CoeffPoly poly = make<Domain::kCoeff>(basis);
  for (std::size_t i = 0; i < poly.limb_count(); ++i) {
    const Modulus& m = modulus(basis, i);
    const auto limb = poly.limb(i);
    // The least multiple of q from 2^62 on makes every operand positive without looking at its sign.
    const std::uint64_t offset = ((std::uint64_t{1} << 62) / m.q + 1) * m.q;
    for (std::size_t k = 0; k < limb.size(); ++k) {
      limb[k] = m.reduce_word(static_cast<std::uint64_t>(coefficients[k]) + offset);
    }
  }
  return poly;
}

CoeffPoly Ring::from_wide(std::span<const i128> coefficients, Basis basis) const {
  MC_CHECK(coefficients.size() == degree());
  CoeffPoly poly = make_unset<Domain::kCoeff>(basis);
  for (std::size_t i = 0; i < poly.limb_count(); ++i) {
    const Modulus& m = modulus(basis, i);
    const auto limb = poly.limb(i);
    // As in from_signed: the sum is below 2^127 + q.
    const u128 offset = ((u128{1} << 126) / m.q + 1) * m.q;
    for (std::size_t k = 0; k < limb.size(); ++k) limb[k] = m.reduce(static_cast<u128>(coefficients[k]) + offset);
  }
  return poly;
}

CoeffPoly Ring::from_small(std::span<const std::int64_t> coefficients, Basis basis) const {
  MC_CHECK(coefficients.size() == degree());
  CoeffPoly poly = make_unset<Domain::kCoeff>(basis);
  for (std::size_t i = 0; i < poly.limb_count(); ++i) {
    kernels().from_small(poly.limb(i).data(), coefficients.data(), degree(), modulus(basis, i));
  }
  return poly;
}

template <Domain kDomain>
Poly<kDomain> restrict_to(const Poly<kDomain>& poly, std::uint32_t q_limbs) {
  MC_CHECK(q_limbs <= poly.basis().q_limbs);
  auto result = Poly<kDomain>::unset(poly.degree(), {q_limbs, false}, q_limbs);
  copy_words(poly.residues().first(q_limbs * poly.degree()), result.residues());
  return result;
}

template void Ring::add(CoeffPoly&, const CoeffPoly&) const;
template void Ring::add(NttPoly&, const NttPoly&) const;
template void Ring::subtract(CoeffPoly&, const CoeffPoly&) const;
template void Ring::subtract(NttPoly&, const NttPoly&) const;
template void Ring::negate(CoeffPoly&) const;
template void Ring::negate(NttPoly&) const;
template void Ring::multiply_scalar(CoeffPoly&, std::span<const std::uint64_t>) const;
template void Ring::multiply_scalar(NttPoly&, std::span<const std::uint64_t>) const;
template CoeffPoly restrict_to(const CoeffPoly&, std::uint32_t);
template NttPoly restrict_to(const NttPoly&, std::uint32_t);

}  // namespace mc::fhe
