// SPDX-License-Identifier: Apache-2.0
// The AVX-512 transforms. Three stages go by in one pass over memory (radix 8), depth first, so that parts of 2048
// residues stay in the first-level cache; the last five stages happen on 32 residues inside registers.
//
// Two arithmetics. Wide, for any prime below 2^50: values in [0, 4q), one correction per butterfly (Harvey 2014).
// Narrow, for primes so small that 2^52 / q gives every stage room to grow by 2q: no correction at all. A butterfly is
//   u' = u + w v - Q q,  v' = u - w v + Q q = 2u - u',   Q = floor(v wq / 2^52),
// three multiplications and two additions, everything modulo 2^52 (bits above are noise that the next multiplication
// ignores). Values start at an offset that is a multiple of q, so that v' never gets negative.
#if defined(__x86_64__)

#include <algorithm>
#include <bit>
#include <span>

#include "fhe/ring/ntt_plain.hpp"
#include "fhe/ring/vector_avx512.hpp"

// g++ 12 takes the undefined pass-through operand inside its own intrinsics for an uninitialised variable.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

namespace mc::fhe::avx512 {
namespace {

constexpr std::size_t kLeaf = 32;  // residues of the innermost pass
// So much goes side by side that a processor finds work while products are on their way: columns of eight residues in a
// pass over memory, leaves in the innermost one.
constexpr unsigned kColumns = 2;
constexpr std::size_t kLeavesAtOnce = 4;

/// Views of the root tables, forward or inverse.
struct Roots {
  const u64* values;
  const u64* quotients;
  const u64* packed;
  [[nodiscard]] MC_AVX512_INLINE Factor at(std::size_t i) const { return {all(values[i]), all(quotients[i])}; }
};

// ---- Arithmetics of the forward transform: enter (what was read), butterfly, leave (what is written at the end).

/// kReduce: operands of another, larger prime are reduced first. Values carry noise above bit 52, which only a
/// comparison has to be spared: u waits less for that than a product would.
template <bool kReduce>
struct ForwardWide {
  Prime p;
  Reduction reduction;
  Vector addend;  // a multiple of q minus the shift
  MC_AVX512_INLINE Vector enter(Vector x) const {
    const Vector shifted = _mm512_add_epi64(x, addend);
    return kReduce ? reduction.noisy(shifted, p) : shifted;
  }
  MC_AVX512_INLINE void butterfly(Vector& u, Vector& v, Factor w) const {
    const Vector product = multiply_noisy(v, w, p);
    const Vector x = correct(_mm512_and_si512(u, p.low52), p.two_q);
    u = _mm512_add_epi64(x, product);
    v = _mm512_sub_epi64(_mm512_add_epi64(x, p.two_q), product);
  }
  MC_AVX512_INLINE Vector leave(Vector x) const { return correct(correct(_mm512_and_si512(x, p.low52), p.two_q), p.q); }
};

template <bool kReduce, bool kLazy>
struct ForwardNarrow {
  Prime p;
  Reduction reduction;
  Vector addend;  // a multiple of q minus the shift; the offset too, unless reduced first
  Vector offset;
  MC_AVX512_INLINE Vector enter(Vector x) const {
    const Vector shifted = _mm512_add_epi64(x, addend);
    return kReduce ? _mm512_add_epi64(reduction.noisy(shifted, p), offset) : shifted;
  }
  MC_AVX512_INLINE void butterfly(Vector& u, Vector& v, Factor w) const {
    const Vector quotient = add_high(_mm512_setzero_si512(), v, w.quotient);
    const Vector twice = _mm512_add_epi64(u, u);
    u = add_low(add_low(u, v, w.value), quotient, p.minus_q);
    v = _mm512_sub_epi64(twice, u);
  }
  MC_AVX512_INLINE Vector leave(Vector x) const {
    if (kLazy) return _mm512_and_si512(x, p.low52);
    return correct(_mm512_and_si512(reduction.noisy(x, p), p.low52), p.q);
  }
};

/// The offset, in q, of narrow values over so many stages, when they start in [offset, offset + width) q; 0 when they
/// could pass 2^52, or for primes of more than 46 bits, whose lazy values have to be canonical (kernels.hpp). A
/// butterfly moves a value by less than 2q.
u64 narrow_offset(const Modulus& m, int stages, u64 width) {
  const u64 offset = 2 * static_cast<u64>(stages);
  return m.bits <= 46 && offset + width + offset <= (u64{1} << 52) / m.q ? offset : 0;
}

// ---- Passes.

/// w[s + k] for s = 1, 2, … below the radix: the root of group k of the stage that has s groups inside this part.
template <int kRadix>
MC_AVX512_INLINE void load_roots(Factor* w, Roots roots, std::size_t group) {
#pragma GCC unroll 8
  for (unsigned k = 1; k < static_cast<unsigned>(kRadix); ++k) {
    const unsigned s = std::bit_floor(k);
    w[k] = roots.at(group * s + (k - s));
  }
}

/// log2(kRadix) stages over one part of `size` residues, group `group` of its first stage (of all groups counted from
/// the number of groups on, as roots are).
template <int kRadix, bool kEnter, class Arithmetic>
MC_AVX512 void forward_pass(u64* out, const u64* in, std::size_t size, std::size_t group, Roots roots,
                            const Arithmetic& arithmetic) {
  const std::size_t step = size / kRadix;
  Factor w[kRadix];  // w[s + k]: group k of the stage with s groups
  load_roots<kRadix>(w, roots, group);
  for (std::size_t i = 0; i < step; i += kColumns * kLanes) {
    Vector x[kRadix][kColumns];
#pragma GCC unroll 8
    for (int k = 0; k < kRadix; ++k) {
#pragma GCC unroll 2
      for (unsigned c = 0; c < kColumns; ++c) {
        x[k][c] = load(in + static_cast<std::size_t>(k) * step + i + c * kLanes);
        if (kEnter) x[k][c] = arithmetic.enter(x[k][c]);
      }
    }
#pragma GCC unroll 4
    for (int s = 1; s < kRadix; s *= 2) {
      const int half = kRadix / (2 * s);
#pragma GCC unroll 8
      for (int k = 0; k < kRadix / 2; ++k) {
        const int u = k / half * 2 * half + k % half;
#pragma GCC unroll 2
        for (unsigned c = 0; c < kColumns; ++c) arithmetic.butterfly(x[u][c], x[u + half][c], w[s + k / half]);
      }
    }
#pragma GCC unroll 8
    for (int k = 0; k < kRadix; ++k) {
#pragma GCC unroll 2
      for (unsigned c = 0; c < kColumns; ++c) {
        store(out + static_cast<std::size_t>(k) * step + i + c * kLanes, x[k][c]);
      }
    }
  }
}

// Inside sixteen residues (two registers) the pairs of a stage are brought to the same lanes of two registers. The
// orders are chosen so that a stage's few roots repeat and can be loaded as a broadcast; pack_roots has the same
// orders:
//   half 4   0  2  8 10  1  3  9 11     4  6 12 14  5  7 13 15
//   half 2   0  4  8 12  1  5  9 13     2  6 10 14  3  7 11 15
//   half 1   0  4  8 12  2  6 10 14     1  5  9 13  3  7 11 15
constexpr std::size_t kPackedPerPair = 32;  // words of packed roots for sixteen residues: three stages
MC_AVX512_INLINE Vector four_twice(const u64* x) {
  return _mm512_broadcast_i64x4(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(x)));
}
MC_AVX512_INLINE Factor roots_of_half_4(const u64* packed) {
  return {four_twice(packed), four_twice(packed + 4)};
}
MC_AVX512_INLINE Factor roots_of_half_2(const u64* packed) {
  return {four_twice(packed + 8), four_twice(packed + 12)};
}
MC_AVX512_INLINE Factor roots_of_half_1(const u64* packed) {
  return {load(packed + 16), load(packed + 24)};
}

/// The stages of half 4, 2 and 1 of kPairs register pairs at once: enough independent work to hide latencies.
template <int kPairs, class Arithmetic>
MC_AVX512_INLINE void forward_in_registers(Vector* x, const u64* roots, const Arithmetic& arithmetic) {
  Vector u[kPairs], v[kPairs];
#pragma GCC unroll 8
  for (int i = 0; i < kPairs; ++i) {
    u[i] = pick<0, 2, 8, 10, 1, 3, 9, 11>(x[2 * i], x[2 * i + 1]);
    v[i] = pick<4, 6, 12, 14, 5, 7, 13, 15>(x[2 * i], x[2 * i + 1]);
  }
#pragma GCC unroll 8
  for (int i = 0; i < kPairs; ++i) arithmetic.butterfly(u[i], v[i], roots_of_half_4(roots + kPackedPerPair * i));
#pragma GCC unroll 8
  for (int i = 0; i < kPairs; ++i) {
    const Vector s = _mm512_unpacklo_epi64(u[i], v[i]);
    v[i] = _mm512_unpackhi_epi64(u[i], v[i]);
    u[i] = s;
  }
#pragma GCC unroll 8
  for (int i = 0; i < kPairs; ++i) arithmetic.butterfly(u[i], v[i], roots_of_half_2(roots + kPackedPerPair * i));
#pragma GCC unroll 8
  for (int i = 0; i < kPairs; ++i) {
    const Vector s = low_halves(u[i], v[i]);
    v[i] = high_halves(u[i], v[i]);
    u[i] = s;
  }
#pragma GCC unroll 8
  for (int i = 0; i < kPairs; ++i) arithmetic.butterfly(u[i], v[i], roots_of_half_1(roots + kPackedPerPair * i));
#pragma GCC unroll 8
  for (int i = 0; i < kPairs; ++i) {
    const Vector a = arithmetic.leave(u[i]), b = arithmetic.leave(v[i]);
    x[2 * i] = pick<0, 8, 4, 12, 1, 9, 5, 13>(a, b);
    x[2 * i + 1] = pick<2, 10, 6, 14, 3, 11, 7, 15>(a, b);
  }
}

/// The last five stages of kLeaves neighbouring leaves, the first of them group `group` of the stage of half 16.
template <int kLeaves, class Arithmetic>
MC_AVX512_INLINE void forward_leaves(u64* x, std::size_t group, Roots roots, const u64* packed,
                                     const Arithmetic& arithmetic) {
  Vector v[4 * kLeaves];
#pragma GCC unroll 16
  for (int k = 0; k < 4 * kLeaves; ++k) v[k] = load(x + 8 * k);
#pragma GCC unroll 4
  for (int g = 0; g < kLeaves; ++g) {
    const Factor w = roots.at(group + static_cast<std::size_t>(g));
    arithmetic.butterfly(v[4 * g], v[4 * g + 2], w);
    arithmetic.butterfly(v[4 * g + 1], v[4 * g + 3], w);
  }
#pragma GCC unroll 8
  for (int g = 0; g < 2 * kLeaves; ++g) {
    arithmetic.butterfly(v[2 * g], v[2 * g + 1], roots.at(2 * group + static_cast<std::size_t>(g)));
  }
  forward_in_registers<2 * kLeaves>(v, packed, arithmetic);
#pragma GCC unroll 16
  for (int k = 0; k < 4 * kLeaves; ++k) store(x + 8 * k, v[k]);
}

/// Stages of the next pass over a part: three, unless that would leave too few for the leaves.
int stages_of_pass(std::size_t size) {
  const int rest = (std::countr_zero(size) - 5) % 3;
  if (rest == 0) return 3;
  return rest == 1 && size > 2 * kLeaf ? 2 : rest;
}

template <bool kEnter, class Arithmetic>
MC_AVX512 void forward_some_stages(int stages, u64* x, const u64* in, std::size_t size, std::size_t group, Roots roots,
                                   const Arithmetic& arithmetic) {
  if (stages == 3) {
    forward_pass<8, kEnter>(x, in, size, group, roots, arithmetic);
  } else if (stages == 2) {
    forward_pass<4, kEnter>(x, in, size, group, roots, arithmetic);
  } else {
    forward_pass<2, kEnter>(x, in, size, group, roots, arithmetic);
  }
}

/// The stages that reach across parts of ntt_part_size(degree) residues, if there are any.
template <bool kEnter, class Arithmetic>
MC_AVX512 void forward_across(u64* x, const u64* in, std::size_t size, std::size_t group, std::size_t part, Roots roots,
                              const Arithmetic& arithmetic) {
  const int stages = stages_of_pass(size);
  const std::size_t parts = std::size_t{1} << stages;
  const std::size_t step = size / parts;
  forward_some_stages<kEnter>(stages, x, in, size, group, roots, arithmetic);
  for (std::size_t k = 0; step > part && k < parts; ++k) {
    forward_across<false>(x + k * step, x + k * step, step, group * parts + k, part, roots, arithmetic);
  }
}

/// All stages of one part; `position` is where it begins in the limb.
template <bool kEnter, class Arithmetic>
MC_AVX512 void forward_part(u64* x, const u64* in, std::size_t size, std::size_t group, std::size_t position,
                            Roots roots, const Arithmetic& arithmetic, Asking& asking) {
  const int stages = stages_of_pass(size);
  const std::size_t parts = std::size_t{1} << stages;
  const std::size_t step = size / parts;
  forward_some_stages<kEnter>(stages, x, in, size, group, roots, arithmetic);
  if (step == kLeaf) {
    if (parts == 2) forward_leaves<2>(x, 2 * group, roots, roots.packed + 2 * position, arithmetic);
    for (std::size_t k = 0; k + kLeavesAtOnce <= parts; k += kLeavesAtOnce) {
      const std::size_t at = position + k * kLeaf;
      asking.go_on();
      forward_leaves<kLeavesAtOnce>(x + k * kLeaf, group * parts + k, roots, roots.packed + 2 * at, arithmetic);
    }
    return;
  }
  for (std::size_t k = 0; k < parts; ++k) {
    forward_part<false>(x + k * step, x + k * step, step, group * parts + k, position + k * step, roots, arithmetic,
                        asking);
  }
}

MC_AVX512_INLINE Roots forward_roots(const NttTables& tables) {
  return {tables.roots.data(), tables.root_quotients.data(), tables.packed.data()};
}

/// What a transform is asked to do with its arithmetic.
struct WholeLimb {
  u64* out;
  const u64* in;
  template <class Arithmetic>
  MC_AVX512 void operator()(const NttTables& tables, const Arithmetic& arithmetic) const {
    Asking asking({}, 1);
    forward_part<true>(out, in, tables.degree, 1, 0, forward_roots(tables), arithmetic, asking);
  }
};
struct AcrossParts {
  u64* out;
  const u64* in;
  template <class Arithmetic>
  MC_AVX512 void operator()(const NttTables& tables, const Arithmetic& arithmetic) const {
    forward_across<true>(out, in, tables.degree, 1, ntt_part_size(tables.degree), forward_roots(tables), arithmetic);
  }
};
struct OnePart {
  u64* part;
  std::size_t index;
  Ahead ahead;
  template <class Arithmetic>
  MC_AVX512 void operator()(const NttTables& tables, const Arithmetic& arithmetic) const {
    const std::size_t size = ntt_part_size(tables.degree);
    Asking asking(ahead, size / (kLeavesAtOnce * kLeaf));
    forward_part<false>(part, part, size, tables.degree / size + index, index * size, forward_roots(tables), arithmetic,
                        asking);
  }
};

/// Picks the arithmetic for a prime and what is read.
template <bool kLazy, class Work>
MC_AVX512 void with_arithmetic(Shifted range, const NttTables& tables, const Work& work) {
  const Modulus& m = tables.modulus;
  const Prime p = prime_of(m);
  const Reduction reduction{all((u64{1} << 52) / m.q)};
  const u64 least = m.negate(range.shift % m.q);      // the entering addend, in [0, q)
  const u64 width = (range.below + least) / m.q + 1;  // entering values, in q
  const int stages = std::countr_zero(tables.degree);
  if (const u64 offset = narrow_offset(m, stages, width); offset != 0) {
    work(tables, ForwardNarrow<false, kLazy>{p, reduction, all(least + offset * m.q), p.q});
  } else if (const u64 reduced = narrow_offset(m, stages, 2); reduced != 0) {
    work(tables, ForwardNarrow<true, kLazy>{p, reduction, all(least), all(reduced * m.q)});
  } else if (width <= 4) {
    work(tables, ForwardWide<false>{p, reduction, all(least)});
  } else {
    work(tables, ForwardWide<true>{p, reduction, all(least)});
  }
}

// ---- The inverse transform: the passes backwards, with (u, v) -> (u + v, (u - v) w).

struct InverseWide {
  Prime p;
  Reduction reduction;
  /// In and out below 2q, with noise above bit 52.
  MC_AVX512_INLINE void butterfly(Vector& u, Vector& v, Factor w, int) const {
    const Vector difference = _mm512_sub_epi64(_mm512_add_epi64(u, p.two_q), v);
    u = correct(_mm512_and_si512(_mm512_add_epi64(u, v), p.low52), p.two_q);
    v = multiply_noisy(difference, w, p);
  }
  MC_AVX512_INLINE Vector shrink(Vector x) const { return x; }
  MC_AVX512_INLINE Vector difference(Vector u, Vector v) const {
    return _mm512_sub_epi64(_mm512_add_epi64(u, p.two_q), v);
  }
};

/// For primes below 2^46: sums are left to grow. A pass starts below 8q; its stage s (counted from 0) has operands
/// below 2^s 8q, at most 32q, and differences below 64q <= 2^52. Only the first of the eight outputs of a pass has
/// grown to 64q and is reduced. Values carry noise above bit 52.
struct InverseNarrow {
  Prime p;
  Reduction reduction;
  Vector offset[3];  // 8q, 16q, 32q
  MC_AVX512_INLINE void butterfly(Vector& u, Vector& v, Factor w, int stage) const {
    const Vector apart = _mm512_sub_epi64(_mm512_add_epi64(u, offset[stage]), v);
    u = _mm512_add_epi64(u, v);
    v = multiply_noisy(apart, w, p);
  }
  MC_AVX512_INLINE Vector shrink(Vector x) const { return reduction.noisy(x, p); }
  MC_AVX512_INLINE Vector difference(Vector u, Vector v) const {
    return _mm512_sub_epi64(_mm512_add_epi64(u, offset[2]), v);
  }
};

/// The last stage, which besides divides by N and adds the shift.
struct Closing {
  Factor sum, difference;
  Vector shift;
  template <class Arithmetic>
  MC_AVX512_INLINE void close(Vector& u, Vector& v, const Arithmetic& arithmetic) const {
    const Prime& p = arithmetic.p;
    const Vector a = correct(multiply_lazy(_mm512_add_epi64(u, v), sum, p), p.q);
    const Vector b = correct(multiply_lazy(arithmetic.difference(u, v), difference, p), p.q);
    u = correct(_mm512_add_epi64(a, shift), p.q);
    v = correct(_mm512_add_epi64(b, shift), p.q);
  }
};

template <int kRadix, bool kLast, class Arithmetic>
MC_AVX512 void inverse_pass(u64* x, std::size_t size, std::size_t group, Roots roots, const Arithmetic& arithmetic,
                            const Closing& closing) {
  const std::size_t step = size / kRadix;
  Factor w[kRadix];
  load_roots<kRadix>(w, roots, group);
  for (std::size_t i = 0; i < step; i += kColumns * kLanes) {
    Vector v[kRadix][kColumns];
#pragma GCC unroll 8
    for (int k = 0; k < kRadix; ++k) {
#pragma GCC unroll 2
      for (unsigned c = 0; c < kColumns; ++c) v[k][c] = load(x + static_cast<std::size_t>(k) * step + i + c * kLanes);
    }
    int stage = 0;
#pragma GCC unroll 4
    for (int s = kRadix / 2; s >= (kLast ? 2 : 1); s /= 2) {
      const int half = kRadix / (2 * s);
#pragma GCC unroll 8
      for (int k = 0; k < kRadix / 2; ++k) {
        const int u = k / half * 2 * half + k % half;
#pragma GCC unroll 2
        for (unsigned c = 0; c < kColumns; ++c) arithmetic.butterfly(v[u][c], v[u + half][c], w[s + k / half], stage);
      }
      ++stage;
    }
#pragma GCC unroll 2
    for (unsigned c = 0; c < kColumns; ++c) {
      if (!kLast) v[0][c] = arithmetic.shrink(v[0][c]);
#pragma GCC unroll 8
      for (int k = 0; kLast && k < kRadix / 2; ++k) closing.close(v[k][c], v[k + kRadix / 2][c], arithmetic);
#pragma GCC unroll 8
      for (int k = 0; k < kRadix; ++k) store(x + static_cast<std::size_t>(k) * step + i + c * kLanes, v[k][c]);
    }
  }
}

/// The stages of half 1, 2 and 4, canonical residues in.
template <int kPairs, class Arithmetic>
MC_AVX512_INLINE void inverse_in_registers(Vector* x, const u64* roots, const Arithmetic& arithmetic) {
  Vector u[kPairs], v[kPairs];
#pragma GCC unroll 8
  for (int i = 0; i < kPairs; ++i) {
    u[i] = pick<0, 4, 8, 12, 2, 6, 10, 14>(x[2 * i], x[2 * i + 1]);
    v[i] = pick<1, 5, 9, 13, 3, 7, 11, 15>(x[2 * i], x[2 * i + 1]);
  }
#pragma GCC unroll 8
  for (int i = 0; i < kPairs; ++i) arithmetic.butterfly(u[i], v[i], roots_of_half_1(roots + kPackedPerPair * i), 0);
#pragma GCC unroll 8
  for (int i = 0; i < kPairs; ++i) {
    const Vector s = low_halves(u[i], v[i]);
    v[i] = high_halves(u[i], v[i]);
    u[i] = s;
  }
#pragma GCC unroll 8
  for (int i = 0; i < kPairs; ++i) arithmetic.butterfly(u[i], v[i], roots_of_half_2(roots + kPackedPerPair * i), 0);
#pragma GCC unroll 8
  for (int i = 0; i < kPairs; ++i) {
    const Vector s = _mm512_unpacklo_epi64(u[i], v[i]);
    v[i] = _mm512_unpackhi_epi64(u[i], v[i]);
    u[i] = s;
  }
#pragma GCC unroll 8
  for (int i = 0; i < kPairs; ++i) arithmetic.butterfly(u[i], v[i], roots_of_half_4(roots + kPackedPerPair * i), 0);
#pragma GCC unroll 8
  for (int i = 0; i < kPairs; ++i) {
    x[2 * i] = pick<0, 4, 1, 5, 8, 12, 9, 13>(u[i], v[i]);
    x[2 * i + 1] = pick<2, 6, 3, 7, 10, 14, 11, 15>(u[i], v[i]);
  }
}

/// The first five stages. Narrow operands: below q, 2q, 4q, 8q, 16q; the first eight residues end below 32q.
template <int kLeaves, class Arithmetic>
MC_AVX512_INLINE void inverse_leaves(u64* out, const u64* in, std::size_t group, Roots roots, const u64* packed,
                                     const Arithmetic& arithmetic) {
  Vector v[4 * kLeaves];
#pragma GCC unroll 16
  for (int k = 0; k < 4 * kLeaves; ++k) v[k] = load(in + 8 * k);
  inverse_in_registers<2 * kLeaves>(v, packed, arithmetic);
#pragma GCC unroll 8
  for (int g = 0; g < 2 * kLeaves; ++g) {
    arithmetic.butterfly(v[2 * g], v[2 * g + 1], roots.at(2 * group + static_cast<std::size_t>(g)), 0);
  }
#pragma GCC unroll 4
  for (int g = 0; g < kLeaves; ++g) {
    const Factor w = roots.at(group + static_cast<std::size_t>(g));
    arithmetic.butterfly(v[4 * g], v[4 * g + 2], w, 1);
    arithmetic.butterfly(v[4 * g + 1], v[4 * g + 3], w, 1);
    v[4 * g] = arithmetic.shrink(v[4 * g]);
  }
#pragma GCC unroll 16
  for (int k = 0; k < 4 * kLeaves; ++k) store(out + 8 * k, v[k]);
}

/// `ahead`: the residues and packed roots that the leaves read, of every prime once, so that they come from memory.
template <bool kLast, class Arithmetic>
MC_AVX512 void inverse_part(u64* x, const u64* in, std::size_t size, std::size_t group, std::size_t position,
                            Roots roots, const Arithmetic& arithmetic, const Closing& closing, Asking (&ahead)[2]) {
  const int stages = stages_of_pass(size);
  const std::size_t parts = std::size_t{1} << stages;
  const std::size_t step = size / parts;
  if (step == kLeaf) {
    if (parts == 2) inverse_leaves<2>(x, in, 2 * group, roots, roots.packed + 2 * position, arithmetic);
    for (std::size_t k = 0; k + kLeavesAtOnce <= parts; k += kLeavesAtOnce) {
      const std::size_t at = k * kLeaf;
      for (Asking& asking : ahead) asking.go_on();
      inverse_leaves<kLeavesAtOnce>(x + at, in + at, group * parts + k, roots, roots.packed + 2 * (position + at),
                                    arithmetic);
    }
  } else {
    for (std::size_t k = 0; k < parts; ++k) {
      const std::size_t at = k * step;
      inverse_part<false>(x + at, in + at, step, group * parts + k, position + at, roots, arithmetic, closing, ahead);
    }
  }
  if (stages == 3) {
    inverse_pass<8, kLast>(x, size, group, roots, arithmetic, closing);
  } else if (stages == 2) {
    inverse_pass<4, kLast>(x, size, group, roots, arithmetic, closing);
  } else {
    inverse_pass<2, kLast>(x, size, group, roots, arithmetic, closing);
  }
}

void pack(AlignedWords& packed, const AlignedWords& roots, const AlignedWords& quotients, std::size_t degree) {
  // Which group of its stage the residues of each lane belong to, among those of sixteen residues.
  constexpr std::size_t kGroupsOfHalf4[] = {0, 0, 1, 1};
  constexpr std::size_t kGroupsOfHalf2[] = {0, 1, 2, 3};
  constexpr std::size_t kGroupsOfHalf1[] = {0, 2, 4, 6, 1, 3, 5, 7};
  packed.clear();
  packed.reserve(2 * degree);
  const auto append = [&](std::size_t first_group, std::span<const std::size_t> groups) {
    for (const std::size_t group : groups) packed.push_back(roots[first_group + group]);
    for (const std::size_t group : groups) packed.push_back(quotients[first_group + group]);
  };
  for (std::size_t at = 0; at < degree; at += 16) {
    append((degree + at) / 8, kGroupsOfHalf4);
    append((degree + at) / 4, kGroupsOfHalf2);
    append((degree + at) / 2, kGroupsOfHalf1);
  }
}

}  // namespace

void pack_roots(NttTables& tables) {
  if (tables.degree <= kLeaf) return;
  pack(tables.packed, tables.roots, tables.root_quotients, tables.degree);
  pack(tables.packed_inverse, tables.inverse_roots, tables.inverse_root_quotients, tables.degree);
}

void forward_ntt(u64* x, const NttTables& tables) {
  forward_ntt_shifted(x, x, {tables.modulus.q, 0}, tables);
}

void forward_ntt_shifted(u64* out, const u64* in, Shifted range, const NttTables& tables) {
  if (tables.degree <= kLeaf) {
    forward_ntt_plain(out, in, range, tables);
  } else {
    with_arithmetic<false>(range, tables, WholeLimb{out, in});
  }
}

void forward_ntt_shifted_lazy(u64* out, const u64* in, Shifted range, const NttTables& tables) {
  if (tables.degree <= kLeaf) {
    forward_ntt_plain(out, in, range, tables);
  } else {
    with_arithmetic<true>(range, tables, WholeLimb{out, in});
  }
}

// Where the whole limb is one part, beginning does nothing but bring it to its place.
void begin_ntt_shifted(u64* out, const u64* in, Shifted range, const NttTables& tables) {
  if (ntt_part_size(tables.degree) < tables.degree) {
    with_arithmetic<true>(range, tables, AcrossParts{out, in});
  } else if (out != in) {
    std::copy_n(in, tables.degree, out);
  }
}

void end_ntt(u64* part, std::size_t index, Shifted range, const NttTables& tables, Ahead ahead) {
  if (ntt_part_size(tables.degree) < tables.degree) {
    with_arithmetic<false>(range, tables, OnePart{part, index, ahead});
  } else {
    forward_ntt_shifted(part, part, range, tables);
  }
}

void end_ntt_lazy(u64* part, std::size_t index, Shifted range, const NttTables& tables, Ahead ahead) {
  if (ntt_part_size(tables.degree) < tables.degree) {
    with_arithmetic<true>(range, tables, OnePart{part, index, ahead});
  } else {
    forward_ntt_shifted_lazy(part, part, range, tables);
  }
}

MC_AVX512 void inverse_ntt(u64* out, const u64* in, u64 shift, const NttTables& tables) {
  if (tables.degree <= kLeaf) {
    inverse_ntt_plain(out, in, shift, tables);
    return;
  }
  const Modulus& m = tables.modulus;
  const Roots roots{tables.inverse_roots.data(), tables.inverse_root_quotients.data(), tables.packed_inverse.data()};
  const Closing closing{factor_of(tables.inverse_degree), factor_of(tables.inverse_degree_last_root), all(shift)};
  const Reduction reduction{all((u64{1} << 52) / m.q)};
  const std::size_t steps = 1 + tables.degree / (kLeavesAtOnce * kLeaf);
  Asking ahead[]{Asking::of_stream(in, tables.degree, steps),
                 Asking::of_stream(roots.packed, 2 * tables.degree, steps)};
  if (m.bits <= 46) {
    const InverseNarrow narrow{prime_of(m), reduction, {all(8 * m.q), all(16 * m.q), all(32 * m.q)}};
    inverse_part<true>(out, in, tables.degree, 1, 0, roots, narrow, closing, ahead);
  } else {
    inverse_part<true>(out, in, tables.degree, 1, 0, roots, InverseWide{prime_of(m), reduction}, closing, ahead);
  }
}

}  // namespace mc::fhe::avx512

#endif
