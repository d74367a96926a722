// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/key_switching.hpp"

#include <array>
#include <numeric>

#include "fhe/ring/mixed_radix.hpp"

namespace mc::fhe {
namespace {

// Rows are one cache line longer than a power of two: otherwise those of all digits fall into the same cache sets.
constexpr std::size_t kRowPadding = 8;

void run(const Workers* workers, std::size_t count, const std::function<void(std::size_t)>& job) {
  if (workers != nullptr) {
    workers->run(count, job);
    return;
  }
  for (std::size_t i = 0; i < count; ++i) job(i);
}

/// The digits of a polynomial in coefficient form, ready to be extended to any prime.
class CoefficientDigits {
 public:
  CoefficientDigits(const Params& params, const NttPoly& c, const Workers* workers)
      : params_(params),
        level_(c.basis().q_limbs),
        row_words_(params.ring().degree() + kRowPadding),
        words_(level_ * row_words_) {
    const std::size_t digits = params.digit_count(Level(level_));
    std::array<std::size_t, MixedRadix::kPrimesMax> places{};
    for (std::size_t i = 0; i < digits; ++i) {
      const std::size_t size = end_of(i) - first_of(i);
      std::iota(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(size), first_of(i));
      radices_.emplace_back(params.ring(), std::span(places).first(size));
    }
    run(workers, level_, [&](std::size_t j) {
      const std::size_t digit = j / params_.digit_primes();
      radices_[digit].to_coefficients(j - first_of(digit), row(j), c.limb(j).data());
    });
    if (params.digit_primes() == 1) return;
    run(workers, digits, [&](std::size_t i) {
      AlignedWords scratch(params_.ring().degree());
      std::array<std::uint64_t*, MixedRadix::kPrimesMax> rows{};
      for (std::size_t k = 0; k < radices_[i].size(); ++k) rows[k] = row(first_of(i) + k);
      radices_[i].to_digits(std::span(rows).first(radices_[i].size()), scratch.data());
    });
  }

  [[nodiscard]] std::size_t count() const { return radices_.size(); }
  [[nodiscard]] bool holds(std::size_t digit, std::size_t place) const {
    return place >= first_of(digit) && place < end_of(digit);
  }
  /// out = digit modulo the prime at `place`, lazy, NTT form.
  void extend(std::size_t digit, std::uint64_t* out, std::size_t place) const {
    std::array<const std::uint64_t*, MixedRadix::kPrimesMax> rows{};
    const MixedRadix& radix = radices_[digit];
    for (std::size_t k = 0; k < radix.size(); ++k) rows[k] = row(first_of(digit) + k);
    radix.extend_lazy(out, std::span(rows).first(radix.size()), place);
  }

 private:
  [[nodiscard]] std::size_t first_of(std::size_t digit) const { return digit * params_.digit_primes(); }
  [[nodiscard]] std::size_t end_of(std::size_t digit) const {
    return std::min<std::size_t>(first_of(digit) + params_.digit_primes(), level_);
  }
  [[nodiscard]] const std::uint64_t* row(std::size_t j) const { return words_.data() + j * row_words_; }
  [[nodiscard]] std::uint64_t* row(std::size_t j) { return words_.data() + j * row_words_; }

  const Params& params_;
  std::size_t level_;
  std::size_t row_words_;
  AlignedWords words_;
  std::vector<MixedRadix> radices_;
};

}  // namespace

Decomposition::Decomposition(const Params& params, NttPoly c, const Workers* workers) : source_(std::move(c)) {
  const CoefficientDigits digits(params, source_, workers);
  const Ring& ring = params.ring();
  const Basis wide{source_.basis().q_limbs, true};
  const std::size_t limbs = ring.limb_count(wide);
  const std::size_t row_words = ring.degree() + kRowPadding;
  digit_count_ = digits.count();
  words_ = AlignedWords(limbs * digit_count_ * row_words);
  rows_.resize(limbs * digit_count_);
  run(workers, limbs, [&](std::size_t j) {
    const std::size_t place = ring.place_of(wide, j);
    for (std::size_t i = 0; i < digit_count_; ++i) {
      const std::uint64_t*& row = rows_[j * digit_count_ + i];
      if (digits.holds(i, place)) {
        row = source_.limb(j).data();  // a digit modulo one of its own primes is what it came from
        continue;
      }
      std::uint64_t* const out = words_.data() + (j * digit_count_ + i) * row_words;
      digits.extend(i, out, place);
      row = out;
    }
  });
}

WidePair make_wide_pair(const Params& params, Level level) {
  const Basis wide{level.value, true};
  return {params.ring().make_unset<Domain::kNtt>(wide), params.ring().make_unset<Domain::kNtt>(wide)};
}

void add_switched(const Params& params, const Decomposition& decomposition, const PreparedKey& key,
                  const AutomorphismTable* automorphism, bool accumulate, WidePair& out, const Workers* workers) {
  const Ring& ring = params.ring();
  const Basis wide{decomposition.level().value, true};
  MC_CHECK(out.b.basis() == wide && out.a.basis() == wide);
  run(workers, out.b.limb_count(), [&](std::size_t j) {
    const std::size_t place = ring.place_of(wide, j);
    ring.kernels().key_product(out.b.limb(j).data(), out.a.limb(j).data(), decomposition.rows(j).data(),
                               decomposition.digit_count(), key.rows(place), key.digit_count(), automorphism,
                               accumulate, ring.degree(), ring.modulus_at(place));
  });
}

WidePair switch_key(const Params& params, const NttPoly& c, const PreparedKey& key,
                    const AutomorphismTable* automorphism, const Workers* workers) {
  const CoefficientDigits digits(params, c, workers);
  const Ring& ring = params.ring();
  const Basis wide{c.basis().q_limbs, true};
  const std::size_t row_words = ring.degree() + kRowPadding;
  WidePair out = make_wide_pair(params, Level(wide.q_limbs));
  run(workers, out.b.limb_count(), [&](std::size_t j) {
    const std::size_t place = ring.place_of(wide, j);
    AlignedWords lifted(digits.count() * row_words);
    std::array<const std::uint64_t*, Scale::kPrimesMax> rows{};
    for (std::size_t i = 0; i < digits.count(); ++i) {
      if (digits.holds(i, place)) {
        rows[i] = c.limb(j).data();
        continue;
      }
      digits.extend(i, lifted.data() + i * row_words, place);
      rows[i] = lifted.data() + i * row_words;
    }
    ring.kernels().key_product(out.b.limb(j).data(), out.a.limb(j).data(), rows.data(), digits.count(), key.rows(place),
                               key.digit_count(), automorphism, false, ring.degree(), ring.modulus_at(place));
  });
  return out;
}

}  // namespace mc::fhe
