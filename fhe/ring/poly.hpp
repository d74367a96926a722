// SPDX-License-Identifier: Apache-2.0
// Polynomials of R = Z[X]/(X^N+1) in residue number system (RNS) form, one limb of N residues per prime.
// Invariant: every residue is canonical, in [0, q_i), unless a function's name ends in _lazy.
// The domain is part of the type: adding a Poly<kCoeff> to a Poly<kNtt> does not compile.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "fhe/ring/aligned.hpp"

namespace mc::fhe {

/// Which primes a polynomial has a limb for: the first `q_limbs` of the chain, then all special primes if `with_p`.
struct Basis {
  std::uint32_t q_limbs = 0;
  bool with_p = false;
  friend bool operator==(const Basis&, const Basis&) = default;
};

enum class Domain : std::uint8_t { kCoeff, kNtt };

/// One polynomial; limb-major, contiguous: limb i holds residues modulo the i-th prime of its basis.
template <Domain kDomain>
class Poly {
 public:
  Poly() = default;
  // Written out: of a vector with an allocator of its own the library copies one element at a time.
  Poly(const Poly& other)
      : degree_(other.degree_),
        basis_(other.basis_),
        limb_count_(other.limb_count_),
        residues_(other.residues_.size()) {
    copy_words(other.residues_, residues_);
  }
  Poly(Poly&&) noexcept = default;
  Poly& operator=(const Poly& other) {
    if (this != &other) *this = Poly(other);
    return *this;
  }
  Poly& operator=(Poly&&) noexcept = default;
  ~Poly() = default;
  /// All zero. `limb_count` is basis.q_limbs plus the ring's special primes when basis.with_p (Ring::make knows).
  Poly(std::size_t degree, Basis basis, std::size_t limb_count)
      : degree_(degree), basis_(basis), limb_count_(limb_count), residues_(degree * limb_count, 0) {}
  /// Residues are whatever the memory held: for a caller who writes every one of them.
  static Poly unset(std::size_t degree, Basis basis, std::size_t limb_count) {
    Poly poly;
    poly.degree_ = degree;
    poly.basis_ = basis;
    poly.limb_count_ = limb_count;
    poly.residues_ = AlignedWords(degree * limb_count);
    return poly;
  }

  [[nodiscard]] std::size_t degree() const { return degree_; }
  [[nodiscard]] Basis basis() const { return basis_; }
  [[nodiscard]] std::size_t limb_count() const { return limb_count_; }
  [[nodiscard]] bool empty() const { return residues_.empty(); }
  [[nodiscard]] std::span<std::uint64_t> limb(std::size_t i) {
    MC_DCHECK(i < limb_count_);
    return {residues_.data() + i * degree_, degree_};
  }
  [[nodiscard]] std::span<const std::uint64_t> limb(std::size_t i) const {
    MC_DCHECK(i < limb_count_);
    return {residues_.data() + i * degree_, degree_};
  }
  [[nodiscard]] std::span<std::uint64_t> residues() { return residues_; }
  [[nodiscard]] std::span<const std::uint64_t> residues() const { return residues_; }

  /// Keeps the first `q_limbs` limbs of the chain and drops everything else (for ciphertexts: a level drop).
  void keep_limbs(std::uint32_t q_limbs) {
    MC_CHECK(q_limbs <= basis_.q_limbs);
    residues_.resize(q_limbs * degree_);
    limb_count_ = q_limbs;
    basis_ = {q_limbs, false};
  }

  /// Memory that is held, in bytes: what limbs were dropped from keeps the place of all of them.
  [[nodiscard]] std::size_t held_bytes() const { return residues_.capacity() * sizeof(std::uint64_t); }
  /// Gives back the place of limbs that were dropped: for what is kept for long.
  void give_back_spare() {
    if (residues_.capacity() > residues_.size()) *this = Poly(*this);
  }

  friend bool operator==(const Poly&, const Poly&) = default;

 private:
  friend class Ring;  // its transforms are the only way from one domain to the other
  template <Domain>
  friend class Poly;
  template <Domain kOther>
  Poly<kOther> with_domain() && {
    Poly<kOther> other;
    other.degree_ = degree_;
    other.basis_ = basis_;
    other.limb_count_ = limb_count_;
    other.residues_ = std::move(residues_);
    return other;
  }

  std::size_t degree_ = 0;
  Basis basis_{};
  std::size_t limb_count_ = 0;
  AlignedWords residues_;
};

using mc::wipe;
/// Overwrites the residues of a secret polynomial.
template <Domain kDomain>
void wipe(Poly<kDomain>& poly) noexcept {
  mc::wipe(poly.residues().data(), poly.residues().size_bytes());
}

using CoeffPoly = Poly<Domain::kCoeff>;
using NttPoly = Poly<Domain::kNtt>;

/// A secret polynomial in NTT form: wiped when it dies, moved but never copied.
class SecretPoly {
 public:
  SecretPoly() = default;
  explicit SecretPoly(NttPoly&& poly) : poly_(std::move(poly)) {}
  SecretPoly(SecretPoly&&) noexcept = default;
  SecretPoly& operator=(SecretPoly&& other) noexcept {
    if (this == &other) return *this;
    wipe_now();
    poly_ = std::move(other.poly_);
    return *this;
  }
  SecretPoly(const SecretPoly&) = delete;
  SecretPoly& operator=(const SecretPoly&) = delete;
  ~SecretPoly() { wipe_now(); }
  [[nodiscard]] const NttPoly& expose() const { return poly_; }
  [[nodiscard]] NttPoly& expose_mutable() { return poly_; }

 private:
  void wipe_now() noexcept { wipe(poly_); }
  NttPoly poly_;
};

}  // namespace mc::fhe
