// SPDX-License-Identifier: Apache-2.0
// The AVX-512 kernel of key switching: digits times a key that comes from memory, half of it or all.
#if defined(__x86_64__)

#include <cpuid.h>

#include <algorithm>

#include "base/check.hpp"
#include "fhe/ring/vector_avx512.hpp"

// g++ 12 takes the undefined pass-through operand inside its own intrinsics for an uninitialised variable.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

// The compiler makes no AES instruction of its own accord: only keys whose halves are made meet one, and such rows are
// laid out where the processor has them (Kernels::makes_uniform_halves).
#define MC_AVX512_VAES __attribute__((target("avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi,vaes")))
#define MC_AVX512_VAES_INLINE \
  inline __attribute__((always_inline, target("avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi,vaes")))

namespace mc::fhe::avx512 {
namespace {

/// A term adds less than 2^46 to `high` where q < 2^46 (digits below 2^52) and less than 2^48 otherwise (both factors
/// canonical): so many terms keep high, and what low carries, below 2^52, the first ones from nothing on and those that
/// follow after a reduction below 2q.
struct KeyRuns {
  std::size_t first, next;
};
KeyRuns key_runs(const Modulus& m) {
  return m.bits <= 46 ? KeyRuns{60, 60} : KeyRuns{15, 7};
}

constexpr std::size_t kKeyAhead = 8192;  // bytes
constexpr std::size_t kLine = 64;
constexpr std::size_t kPrimeBitsMax = 50;

/// Whether a key, which is read once, had better not go through the second-level cache: on AMD's family 26 (Zen 5) sums
/// of eight rotations take 5 to 10 % less time so, on family 25 a product takes 40 % more.
bool keys_pass_the_second_cache() {
  static const bool answer = [] {
    unsigned version = 0, ignored[3];
    if (!__builtin_cpu_is("amd") || __get_cpuid(1, &version, &ignored[0], &ignored[1], &ignored[2]) == 0) return false;
    const unsigned family = (version >> 8 & 0xF) + (version >> 20 & 0xFF);
    return family >= 26;
  }();
  return answer;
}

/// The key comes from memory, and the processor's own look-ahead ends at every fourth of its rows (a page). Line by
/// line, to the second-level cache unless it is passed: the first-level one has too few places for lines that are that
/// long on the way.
MC_AVX512_INLINE void ask_for_key(const std::byte* row, std::size_t bytes, bool past_second) {
  if (past_second) {
#pragma GCC unroll 16
    for (std::size_t at = 0; at < bytes; at += kLine) {
      _mm_prefetch(reinterpret_cast<const char*>(row + at), _MM_HINT_NTA);
    }
  } else {
#pragma GCC unroll 16
    for (std::size_t at = 0; at < bytes; at += kLine) {
      _mm_prefetch(reinterpret_cast<const char*>(row + at), _MM_HINT_T1);
    }
  }
}

/// How eight packed residues are widened: lane l takes the eight bytes from that of its first bit on, and of these the
/// bits that are its own.
struct Widening {
  Vector bytes, shift, mask;
};

MC_AVX512_INLINE Widening widening_of(std::size_t bits) {
  const Vector first = _mm512_mullo_epi64(_mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0), all(bits));
  const Vector first_byte = _mm512_mullo_epi64(_mm512_srli_epi64(first, 3), all(0x0101'0101'0101'0101));
  return {_mm512_add_epi64(first_byte, all(0x0706'0504'0302'0100)), _mm512_and_si512(first, all(7)),
          all(UINT64_MAX >> (KeyRows::kPlainBits - bits))};
}

/// What memory holds of a key: words, packed residues, or those of b alone, packed.
enum class Stored { kWords, kPacked, kHalf };

/// Eight residues of a key; packed ones are fewer than the 64 bytes that are read.
template <Stored kStored>
MC_AVX512_INLINE Vector load_key(const std::byte* from, const Widening& widening) {
  const Vector x = _mm512_loadu_si512(from);
  if constexpr (kStored == Stored::kWords) return x;
  return _mm512_and_si512(_mm512_srlv_epi64(_mm512_permutexvar_epi8(widening.bytes, x), widening.shift), widening.mask);
}

/// Where eight neighbours of a digit stand, those of some rows later, and in which order they are taken.
struct Source {
  std::size_t from, soon;
  Vector order;
};

MC_AVX512_INLINE Source source_of(const AutomorphismTable& automorphism, std::size_t i) {
  const std::size_t block = i / kLanes;
  return {kLanes * std::size_t{automorphism.source_block[block]}, source_soon(automorphism, block, 12),
          load(automorphism.order[automorphism.order_of[block]].data())};
}

/// Makes the first numbers of eight residues a time (uniform_half.hpp): four blocks of AES in a register, whose keys
/// stay in others. Ten rounds are five cycles on Zen 5, in which memory brings what b's residues need.
struct Making {
  Vector round_keys[Aes128::kRounds + 1];
  Vector counters;  // of the row that is due, digit 0

  MC_AVX512_VAES_INLINE static Making from(const UniformRows& rows, std::size_t first) {
    Making making;
    for (std::size_t r = 0; r <= Aes128::kRounds; ++r) {
      making.round_keys[r] = _mm512_broadcast_i32x4(
          _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows.round_keys + Aes128::kBlockBytes / 4 * r)));
    }
    const Vector upper = _mm512_maskz_mov_epi64(0xAA, all(uniform_half_block(0, rows.place, 0)));
    making.counters = _mm512_add_epi64(_mm512_add_epi64(_mm512_maskz_mov_epi64(0x55, all(first / 2)), upper),
                                       _mm512_set_epi64(0, 3, 0, 2, 0, 1, 0, 0));
    return making;
  }
  /// Of digit k, unmasked.
  [[nodiscard]] MC_AVX512_VAES_INLINE Vector words(std::size_t k) const {
    Vector x = _mm512_xor_si512(_mm512_add_epi64(counters, _mm512_maskz_mov_epi64(0xAA, all(k))), round_keys[0]);
#pragma GCC unroll 9
    for (std::size_t r = 1; r < Aes128::kRounds; ++r) x = _mm512_aesenc_epi128(x, round_keys[r]);
    return _mm512_aesenclast_epi128(x, round_keys[Aes128::kRounds]);
  }
  MC_AVX512_VAES_INLINE void next_row() {
    counters = _mm512_add_epi64(counters, _mm512_set_epi64(0, 4, 0, 4, 0, 4, 0, 4));
  }
};

/// What one row of sums reads.
struct Row {
  const std::byte* key;
  std::size_t half_bytes;
  Source source;
};

/// (b, a) += eight residues of digit k times a pair of the key.
template <bool kPermuted, Stored kStored>
MC_AVX512_VAES_INLINE void add_term(Sum& b, Sum& a, const u64* const* digits, std::size_t k, const Row& row,
                                    const Widening& widening, const Making& making) {
  Vector x = load(digits[k] + row.source.from);
  if constexpr (kPermuted) {
    x = _mm512_permutexvar_epi64(row.source.order, x);
    _mm_prefetch(reinterpret_cast<const char*>(digits[k] + row.source.soon), _MM_HINT_T0);
  }
  if constexpr (kStored == Stored::kHalf) {
    add_product(b, x, load_key<kStored>(row.key + k * row.half_bytes, widening));
    // Below 2^n, not always below q; key_runs counts with as much.
    add_product(a, x, _mm512_and_si512(making.words(k), widening.mask));
  } else {
    const std::byte* const pair = row.key + k * 2 * row.half_bytes;
    add_product(b, x, load_key<kStored>(pair, widening));
    add_product(a, x, load_key<kStored>(pair + row.half_bytes, widening));
  }
}

/// kTerms: the number of terms, at most 8, which needs no reduction between them (key_runs), or 0 for any. As a
/// constant no loop is left of them, and one row's sums overlap with the next one's.
template <bool kPermuted, Stored kStored, std::size_t kTerms>
MC_AVX512_VAES void key_product_of(u64* out_b, u64* out_a, const u64* const* digits, std::size_t any_terms,
                                   const KeyRows& key, const AutomorphismTable* automorphism, bool accumulate,
                                   Residues which, const Modulus& m) {
  constexpr std::size_t kHalves = kStored == Stored::kHalf ? 1 : 2;
  const std::size_t terms = kTerms == 0 ? any_terms : kTerms;
  const Folding f = folding_of(m);
  const KeyRuns runs = key_runs(m);
  const Vector zero = _mm512_setzero_si512();
  const Widening widening = widening_of(key.bits);
  Making making;
  if constexpr (kStored == Stored::kHalf) making = Making::from(*key.uniform, which.first);
  // Eight times so many bits.
  const std::size_t half_bytes = kStored == Stored::kWords ? KeyRows::kPlainBits : key.bits;
  const std::size_t row_bytes = key.terms * kHalves * half_bytes;
  const std::size_t asked = terms * kHalves * (kStored == Stored::kWords ? KeyRows::kPlainBits : kPrimeBitsMax);
  const bool past_second = keys_pass_the_second_cache();
  Row row{key.at(which.first), half_bytes, {}};
  const std::byte* const end = key.at(which.first + which.count);
  const std::byte* const next = key.next == nullptr ? end : reinterpret_cast<const std::byte*>(key.next);
  for (std::size_t at = 0; at < which.count; at += kLanes, row.key += row_bytes) {
    row.source = kPermuted ? source_of(*automorphism, which.first + at) : Source{which.first + at, 0, zero};
    const std::byte* const soon = row.key + kKeyAhead;
    ask_for_key(soon < end ? soon : next + (soon - end), asked, past_second);
    Sum b{zero, accumulate ? load(out_b + at) : zero};
    Sum a{zero, accumulate ? load(out_a + at) : zero};
    if constexpr (kTerms != 0) {
#pragma GCC unroll 8
      for (std::size_t k = 0; k < kTerms; ++k) {
        add_term<kPermuted, kStored>(b, a, digits, k, row, widening, making);
      }
    } else {
      for (std::size_t k = 0; k < terms;) {
        const std::size_t run = k == 0 ? runs.first : runs.next;
        for (const std::size_t stop = std::min(k + run, terms); k < stop; ++k) {
          add_term<kPermuted, kStored>(b, a, digits, k, row, widening, making);
        }
        if (k == terms) break;
        for (Sum* sum : {&b, &a}) {
          sum->high = reduce_lazy(_mm512_add_epi64(sum->high, _mm512_srli_epi64(sum->low, 52)), f);
          sum->low = _mm512_and_si512(sum->low, f.p.low52);
        }
      }
    }
    if constexpr (kStored == Stored::kHalf) making.next_row();
    store(out_b + at, fold(b, f));
    store(out_a + at, fold(a, f));
  }
}

template <bool kPermuted, Stored kStored>
auto key_product_for(std::size_t terms) {
  static constexpr decltype(&key_product_of<kPermuted, kStored, 0>) kOfTerms[] = {
      key_product_of<kPermuted, kStored, 0>, key_product_of<kPermuted, kStored, 1>,
      key_product_of<kPermuted, kStored, 2>, key_product_of<kPermuted, kStored, 3>,
      key_product_of<kPermuted, kStored, 4>, key_product_of<kPermuted, kStored, 5>,
      key_product_of<kPermuted, kStored, 6>, key_product_of<kPermuted, kStored, 7>,
      key_product_of<kPermuted, kStored, 8>};
  return kOfTerms[terms < std::size(kOfTerms) ? terms : 0];
}

template <Stored kStored>
auto key_product_for(bool permuted, std::size_t terms) {
  return permuted ? key_product_for<true, kStored>(terms) : key_product_for<false, kStored>(terms);
}

/// Adds what residues lack that are not their first numbers.
void add_replaced(u64* out_a, const u64* const* digits, std::size_t terms, const UniformRows& rows,
                  const AutomorphismTable* automorphism, Residues which, const Modulus& m) {
  for (const ReplacedResidue& replaced : rows.replaced) {
    const std::size_t at = std::size_t{replaced.index} - which.first;  // wraps for those before
    if (at >= which.count || replaced.digit >= terms) continue;
    const std::size_t from = automorphism == nullptr ? replaced.index : automorphism->source(replaced.index);
    out_a[at] = m.reduce(u128{digits[replaced.digit][from]} * replaced.excess + out_a[at]);
  }
}

}  // namespace

void key_product(u64* out_b, u64* out_a, const u64* const* digits, std::size_t terms, const KeyRows& key,
                 const AutomorphismTable* automorphism, bool accumulate, Residues which, const Modulus& m) {
  const bool permuted = automorphism != nullptr;
  const auto product = key.uniform != nullptr ? key_product_for<Stored::kHalf>(permuted, terms)
                       : key.packed()         ? key_product_for<Stored::kPacked>(permuted, terms)
                                              : key_product_for<Stored::kWords>(permuted, terms);
  product(out_b, out_a, digits, terms, key, automorphism, accumulate, which, m);
  if (key.uniform != nullptr) add_replaced(out_a, digits, terms, *key.uniform, automorphism, which, m);
}

}  // namespace mc::fhe::avx512

#endif
