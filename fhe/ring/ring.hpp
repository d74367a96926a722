// SPDX-License-Identifier: Apache-2.0
// The ring: primes q_0 … q_{L-1} (the chain), special primes p_0 …, their NTT tables, and arithmetic on polynomials.
// Immutable after creation; every function is thread-safe on distinct outputs.
// All arithmetic is on integers and bit-for-bit the same whatever kernel table was chosen at start (R25).
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "base/strong.hpp"
#include "fhe/ring/modulus.hpp"
#include "fhe/ring/poly.hpp"

namespace mc::fhe {

using LogN = Strong<struct LogNTag, std::uint8_t>;

struct Kernels;
struct NttTables;

class Ring {
 public:
  /// Primes must be distinct, at most 50 bits and 1 modulo 2N; 10 <= log N <= 16 (smaller only for tests, >= 4).
  /// Kernels: those MEDCOMMONS_KERNELS names, else the fastest this processor has; kUnsupported for an unknown name.
  static Result<std::shared_ptr<const Ring>> create(LogN log_n, std::span<const std::uint64_t> q,
                                                    std::span<const std::uint64_t> p);
  ~Ring();

  [[nodiscard]] LogN log_n() const;
  [[nodiscard]] std::size_t degree() const;  // N
  [[nodiscard]] std::uint32_t q_count() const;
  [[nodiscard]] std::uint32_t p_count() const;
  /// Modulus of limb i of a polynomial over `basis` (chain first, then special primes).
  [[nodiscard]] const Modulus& modulus(Basis basis, std::size_t limb) const;
  [[nodiscard]] std::size_t limb_count(Basis basis) const;

  template <Domain kDomain>
  [[nodiscard]] Poly<kDomain> make(Basis basis) const {
    return Poly<kDomain>(degree(), basis, limb_count(basis));
  }
  /// The same with unset residues, for a caller who writes every one of them.
  template <Domain kDomain>
  [[nodiscard]] Poly<kDomain> make_unset(Basis basis) const {
    return Poly<kDomain>::unset(degree(), basis, limb_count(basis));
  }

  // Transforms: negacyclic NTT, decimation as in Longa-Naehrig (ePrint 2016/504), bit-reversed NTT order,
  // powers of the smallest primitive 2N-th root.
  [[nodiscard]] NttPoly to_ntt(CoeffPoly&& poly) const;
  [[nodiscard]] CoeffPoly to_coeff(NttPoly&& poly) const;

  // In-place arithmetic; operands have equal bases (MC_CHECK). The second factor of a product may be over more primes of
  // the chain, of which the first ones are read: a secret or a constant needs no copy per level.
  template <Domain kDomain>
  void add(Poly<kDomain>& a, const Poly<kDomain>& b) const;  // a += b
  template <Domain kDomain>
  void subtract(Poly<kDomain>& a, const Poly<kDomain>& b) const;  // a -= b
  template <Domain kDomain>
  void negate(Poly<kDomain>& a) const;                                                // a = -a
  void multiply(NttPoly& a, const NttPoly& b) const;                                  // a *= b, slot by slot
  void multiply_add(NttPoly& accumulator, const NttPoly& a, const NttPoly& b) const;  // accumulator += a*b
  /// a *= the residues of one integer per limb (scalar.size() == limb count).
  template <Domain kDomain>
  void multiply_scalar(Poly<kDomain>& a, std::span<const std::uint64_t> scalar) const;

  /// Coefficient 0 of the polynomial whose NTT is given, per limb: N^{-1} * sum of the residues. No transform needed.
  [[nodiscard]] std::vector<std::uint64_t> coefficient_zero(const NttPoly& a) const;
  /// Coefficient 0 of the product a*b, per limb, without forming the product.
  [[nodiscard]] std::vector<std::uint64_t> product_coefficient_zero(const NttPoly& a, const NttPoly& b) const;
  /// Coefficients 0 and N/2 of the same, two numbers per limb. X^(N/2) is a square root w of -1 at the first half of
  /// the points and -w at the second: the sum of both halves' sums is N a_0, their difference N w a_(N/2).
  [[nodiscard]] std::vector<std::uint64_t> coefficients_zero_and_middle(const NttPoly& a) const;
  [[nodiscard]] std::vector<std::uint64_t> product_coefficients_zero_and_middle(const NttPoly& a,
                                                                                const NttPoly& b) const;

  /// Signed integers (|c| < 2^62) to residues, in time that does not depend on them.
  [[nodiscard]] CoeffPoly from_signed(std::span<const std::int64_t> coefficients, Basis basis) const;

  /// The same for -2^126 <= c < 2^126.
  [[nodiscard]] CoeffPoly from_wide(std::span<const i128> coefficients, Basis basis) const;

  /// The same for |c| below every prime of the basis, faster: what ternary and error polynomials are.
  [[nodiscard]] CoeffPoly from_small(std::span<const std::int64_t> coefficients, Basis basis) const;

  // For algorithms that go limb by limb (key switching, rescaling). A prime's place is its position among all primes of
  // the ring, the chain first.
  [[nodiscard]] const Kernels& kernels() const;
  [[nodiscard]] const NttTables& ntt_tables(Basis basis, std::size_t limb) const;
  [[nodiscard]] const NttTables& ntt_tables_at(std::size_t place) const;
  [[nodiscard]] const Modulus& modulus_at(std::size_t place) const;
  [[nodiscard]] std::size_t place_of(Basis basis, std::size_t limb) const {
    return limb < basis.q_limbs ? limb : limb - basis.q_limbs + q_count();
  }
  /// The prime at `other`, and its inverse, modulo the prime at `place`; they are different primes.
  [[nodiscard]] std::uint64_t prime_modulo(std::size_t other, std::size_t place) const;
  [[nodiscard]] std::uint64_t inverse_modulo(std::size_t other, std::size_t place) const;
  /// P, the product of all special primes, modulo the prime at `place` of the chain.
  [[nodiscard]] std::uint64_t special_product_modulo(std::size_t place) const;

 private:
  struct Tables;
  explicit Ring(std::unique_ptr<const Tables> tables);
  std::unique_ptr<const Tables> tables_;
};

using RingPtr = std::shared_ptr<const Ring>;

/// Copies the first `q_limbs` limbs of `poly`.
template <Domain kDomain>
[[nodiscard]] Poly<kDomain> restrict_to(const Poly<kDomain>& poly, std::uint32_t q_limbs);

}  // namespace mc::fhe
