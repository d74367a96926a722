// SPDX-License-Identifier: Apache-2.0
// The AVX-512 forward transform. Up to four stages go by in one pass over memory (radix 16), depth first, so that parts
// of 2048 residues stay in the first-level cache; the last seven stages happen on 128 residues inside registers.
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
#include "fhe/ring/vector_avx512_ntt.hpp"

// g++ 12 takes the undefined pass-through operand inside its own intrinsics for an uninitialised variable.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

namespace mc::fhe::avx512 {
namespace {

constexpr int kLeafRows = 16;                      // registers
constexpr std::size_t kLeaf = kLeafRows * kLanes;  // residues of the innermost pass

// ---- Arithmetics: enter (what was read), butterfly, and a first one of what has entered, leave (what is written at
// the end).

/// kReduce: operands of another, larger prime are reduced first. Values carry noise above bit 52, which only a
/// comparison has to be spared: u waits less for that than a product would. What enters is below 2q.
template <bool kReduce>
struct ForwardWide {
  Prime p;
  Reduction reduction;
  Vector addend;  // a multiple of q minus the shift
  MC_AVX512_INLINE Vector enter(Vector x) const {
    const Vector shifted = _mm512_add_epi64(x, addend);
    return kReduce ? reduction.noisy(shifted, p) : shifted;
  }
  /// Of what has entered: u needs no correction. u' = u + w v - Q q and v' = 2u + 2q - u', where 2u + 2q is one
  /// instruction as a product: 8 instead of 9, and so many as go through the processor's pipes count here.
  MC_AVX512_INLINE void first_butterfly(Vector& u, Vector& v, Factor w) const {
    const Vector quotient = add_high(_mm512_setzero_si512(), v, w.quotient);
    const Vector twice = add_low(p.two_q, u, all(2));
    u = add_low(add_low(u, v, w.value), quotient, p.minus_q);
    v = _mm512_sub_epi64(twice, u);
  }
  MC_AVX512_INLINE void butterfly(Vector& u, Vector& v, Factor w) const {
    u = correct(_mm512_and_si512(u, p.low52), p.two_q);
    first_butterfly(u, v, w);
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
  MC_AVX512_INLINE void first_butterfly(Vector& u, Vector& v, Factor w) const { butterfly(u, v, w); }
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

/// Of a pass: rows, as many as its radix, and columns of eight residues side by side, so that it has at least eight
/// butterflies under way. Register k * kColumns + c: row k, column c.
template <int kRadix>
struct Block {
  static constexpr int kColumns = kRadix == 16 ? 1 : 2;
  static constexpr int kRegisters = kRadix * kColumns;
};

/// log2(kRadix) stages; w[s + k]: group k of the stage with s groups.
template <int kRadix, bool kEnter, class Arithmetic>
MC_AVX512_INLINE void forward_stages(Vector* x, const Factor* w, const Arithmetic& arithmetic) {
  constexpr int kColumns = Block<kRadix>::kColumns;
  constexpr int kButterflies = Block<kRadix>::kRegisters / 2;
  if constexpr (kEnter) {  // apart from the others: a choice inside their loops would keep x in memory
#pragma GCC unroll 8
    for (int i = 0; i < kButterflies; ++i) arithmetic.first_butterfly(x[i], x[i + kButterflies], w[1]);
  }
  if constexpr (kEnter && kRadix == 2) return;
#pragma GCC unroll 4
  for (int s = kEnter ? 2 : 1; s < kRadix; s *= 2) {
    const int half = kRadix / (2 * s) * kColumns;
#pragma GCC unroll 8
    for (int i = 0; i < kButterflies; ++i) {
      const int u = i / half * 2 * half + i % half;
      arithmetic.butterfly(x[u], x[u + half], w[s + i / half]);
    }
  }
}

/// log2(kRadix) stages over one part of `size` residues, group `group` of its first stage (of all groups counted from
/// the number of groups on, as roots are).
template <int kRadix, bool kEnter, class Arithmetic>
MC_AVX512 void forward_pass(u64* out, const u64* in, std::size_t size, std::size_t group, Roots roots,
                            const Arithmetic& arithmetic) {
  constexpr int kColumns = Block<kRadix>::kColumns;
  constexpr int kRegisters = Block<kRadix>::kRegisters;
  const std::size_t step = size / kRadix;
  Factor w[kRadix];
  load_roots<kRadix>(w, roots, group);
  for (std::size_t at = 0; at < step; at += kColumns * kLanes) {
    const auto place = [=](int i) {
      return static_cast<std::size_t>(i / kColumns) * step + at + static_cast<std::size_t>(i % kColumns) * kLanes;
    };
    Vector x[kRegisters];
#pragma GCC unroll 16
    for (int i = 0; i < kRegisters; ++i) {
      x[i] = load(in + place(i));
      if (kEnter) x[i] = arithmetic.enter(x[i]);
    }
    forward_stages<kRadix, kEnter>(x, w, arithmetic);
#pragma GCC unroll 16
    for (int i = 0; i < kRegisters; ++i) store(out + place(i), x[i]);
  }
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

/// The last seven stages of a leaf, group `group` of the stage of half 64.
template <class Arithmetic>
MC_AVX512_INLINE void forward_leaf(u64* x, std::size_t group, Roots roots, const u64* packed,
                                   const Arithmetic& arithmetic) {
  Vector v[kLeafRows];
#pragma GCC unroll 16
  for (int k = 0; k < kLeafRows; ++k) v[k] = load(x + 8 * k);
  Factor w[kLeafRows];
  load_roots<kLeafRows>(w, roots, group);
  forward_stages<kLeafRows, false>(v, w, arithmetic);
  forward_in_registers<kLeafRows / 2>(v, packed, arithmetic);
#pragma GCC unroll 16
  for (int k = 0; k < kLeafRows; ++k) store(x + 8 * k, v[k]);
}

/// Stages of the next pass: down to leaves all that are left of a part, at most four; down to parts at most three,
/// for sixteen rows that far apart would share a set of the first-level cache.
int stages_of_pass(std::size_t size, std::size_t part) {
  if (size <= part) return std::countr_zero(size / kLeaf);
  const int stages = std::countr_zero(size / part);
  return stages <= 3 ? stages : 2;
}

template <bool kEnter, class Arithmetic>
MC_AVX512 void forward_some_stages(int stages, u64* x, const u64* in, std::size_t size, std::size_t group, Roots roots,
                                   const Arithmetic& arithmetic) {
  if (stages == 4) {
    forward_pass<16, kEnter>(x, in, size, group, roots, arithmetic);
  } else if (stages == 3) {
    forward_pass<8, kEnter>(x, in, size, group, roots, arithmetic);
  } else if (stages == 2) {
    forward_pass<4, kEnter>(x, in, size, group, roots, arithmetic);
  } else {
    forward_pass<2, kEnter>(x, in, size, group, roots, arithmetic);
  }
}

/// The stages that reach across parts of `part` residues, if there are any.
template <bool kEnter, class Arithmetic>
MC_AVX512 void forward_across(u64* x, const u64* in, std::size_t size, std::size_t group, std::size_t part, Roots roots,
                              const Arithmetic& arithmetic) {
  const int stages = stages_of_pass(size, part);
  const std::size_t parts = std::size_t{1} << stages;
  const std::size_t step = size / parts;
  forward_some_stages<kEnter>(stages, x, in, size, group, roots, arithmetic);
  for (std::size_t k = 0; step > part && k < parts; ++k) {
    forward_across<false>(x + k * step, x + k * step, step, group * parts + k, part, roots, arithmetic);
  }
}

/// All stages of one part that is larger than a leaf; `position` is where it begins in the limb.
template <bool kEnter, class Arithmetic>
MC_AVX512 void forward_part(u64* x, const u64* in, std::size_t size, std::size_t group, std::size_t position,
                            Roots roots, const Arithmetic& arithmetic, Asking& asking) {
  const int stages = stages_of_pass(size, size);
  const std::size_t leaves = std::size_t{1} << stages;
  forward_some_stages<kEnter>(stages, x, in, size, group, roots, arithmetic);
  for (std::size_t k = 0; k < leaves; ++k) {
    asking.go_on();
    forward_leaf(x + k * kLeaf, group * leaves + k, roots, roots.packed + 2 * (position + k * kLeaf), arithmetic);
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
    const std::size_t size = ntt_part_size(tables.degree);
    const Roots roots = forward_roots(tables);
    Asking asking({}, 1);
    if (size == tables.degree) {
      forward_part<true>(out, in, size, 1, 0, roots, arithmetic, asking);
      return;
    }
    forward_across<true>(out, in, tables.degree, 1, size, roots, arithmetic);
    for (std::size_t at = 0; at < tables.degree; at += size) {
      forward_part<false>(out + at, out + at, size, (tables.degree + at) / size, at, roots, arithmetic, asking);
    }
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
    Asking asking(ahead, size / kLeaf);
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
  } else if (width <= 2) {
    work(tables, ForwardWide<false>{p, reduction, all(least)});
  } else {
    work(tables, ForwardWide<true>{p, reduction, all(least)});
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
  if (tables.degree < 64) return;  // transformed without
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

}  // namespace mc::fhe::avx512

#endif
