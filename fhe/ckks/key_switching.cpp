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
    radices_[digit].extend_lazy(out, rows_of(digit).span(), place);
  }
  /// The same in two steps.
  void begin_extend(std::size_t digit, std::uint64_t* out, std::size_t place) const {
    radices_[digit].begin_extend_lazy(out, rows_of(digit).span(), place);
  }
  void end_extend(std::size_t digit, std::uint64_t* part, std::size_t index, std::size_t place) const {
    radices_[digit].end_extend_lazy(part, index, place);
  }

 private:
  struct Rows {
    std::array<const std::uint64_t*, MixedRadix::kPrimesMax> of{};
    std::size_t count = 0;
    [[nodiscard]] std::span<const std::uint64_t* const> span() const { return std::span(of).first(count); }
  };
  [[nodiscard]] Rows rows_of(std::size_t digit) const {
    Rows rows;
    for (; rows.count < radices_[digit].size(); ++rows.count) rows.of[rows.count] = row(first_of(digit) + rows.count);
    return rows;
  }
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

WidePair make_wide_pair(const Params& params, Level level) {
  const Basis wide{level.value, true};
  return {params.ring().make_unset<Domain::kNtt>(wide), params.ring().make_unset<Domain::kNtt>(wide)};
}

void switch_key_under(const Params& params, const NttPoly& c, std::span<const Automorphism> automorphisms,
                      std::span<WidePair> out, const Workers* workers) {
  MC_CHECK(out.size() == automorphisms.size() || out.size() == 1);
  const CoefficientDigits digits(params, c, workers);
  const Ring& ring = params.ring();
  const Basis wide{c.basis().q_limbs, true};
  const std::size_t row_words = ring.degree() + kRowPadding;
  run(workers, ring.limb_count(wide), [&](std::size_t j) {
    const std::size_t place = ring.place_of(wide, j);
    AlignedWords lifted(digits.count() * row_words);
    std::array<const std::uint64_t*, Scale::kPrimesMax> rows{};
    for (std::size_t i = 0; i < digits.count(); ++i) {
      if (digits.holds(i, place)) {
        rows[i] = c.limb(j).data();  // a digit modulo one of its own primes is what it came from
        continue;
      }
      digits.extend(i, lifted.data() + i * row_words, place);
      rows[i] = lifted.data() + i * row_words;
    }
    for (std::size_t r = 0; r < automorphisms.size(); ++r) {
      WidePair& pair = out[out.size() == 1 ? 0 : r];
      const bool accumulate = out.size() == 1 && r != 0;
      const PreparedKey& key = automorphisms[r]->key;
      ring.kernels().key_product(pair.b.limb(j).data(), pair.a.limb(j).data(), rows.data(), digits.count(),
                                 key.rows(place), key.digit_count(), &automorphisms[r]->automorphism, accumulate,
                                 ring.degree(), ring.modulus_at(place));
    }
  });
}

namespace {

/// Asks for `words` from here on, so that they are on their way while something else is computed.
void prefetch(const std::uint64_t* from, std::size_t words) {
#if defined(__GNUC__)
  constexpr std::size_t kCacheLineWords = 8;
  for (std::size_t i = 0; i < words; i += kCacheLineWords) __builtin_prefetch(from + i, 0, 2);
#endif
}

}  // namespace

WidePair switch_key(const Params& params, const NttPoly& c, const PreparedKey& key, const Workers* workers) {
  const CoefficientDigits digits(params, c, workers);
  const Ring& ring = params.ring();
  const Basis wide{c.basis().q_limbs, true};
  const std::size_t count = digits.count();
  const std::size_t part = ntt_part_size(ring.degree());
  const std::size_t row_words = ring.degree() + kRowPadding;
  WidePair out = make_wide_pair(params, Level(wide.q_limbs));
  run(workers, out.b.limb_count(), [&](std::size_t j) {
    const std::size_t place = ring.place_of(wide, j);
    AlignedWords lifted(count * row_words);
    for (std::size_t i = 0; i < count; ++i) {
      if (!digits.holds(i, place)) digits.begin_extend(i, lifted.data() + i * row_words, place);
    }
    // Part by part: transforms end in the cache, the product finds them there, and the key comes from memory meanwhile.
    std::array<const std::uint64_t*, Scale::kPrimesMax> rows{};
    const std::size_t key_words = 2 * key.digit_count() * part;
    for (std::size_t index = 0; index < ring.degree() / part; ++index) {
      const std::uint64_t* const key_rows = key.rows(place) + index * key_words;
      for (std::size_t i = 0; i < count; ++i) {
        prefetch(key_rows + i * (key_words / count), key_words / count);
        if (digits.holds(i, place)) {
          rows[i] = c.limb(j).data() + index * part;
          continue;
        }
        std::uint64_t* const row = lifted.data() + i * row_words + index * part;
        digits.end_extend(i, row, index, place);
        rows[i] = row;
      }
      ring.kernels().key_product(out.b.limb(j).data() + index * part, out.a.limb(j).data() + index * part, rows.data(),
                                 count, key_rows, key.digit_count(), nullptr, false, part, ring.modulus_at(place));
    }
  });
  return out;
}

}  // namespace mc::fhe
