// SPDX-License-Identifier: Apache-2.0
// The AVX2 transforms. Three stages go by in one pass over memory (radix 8), depth first, so that parts of 2048
// residues stay in the first-level cache; the last five stages happen on 32 residues inside registers. Between passes
// values are signed doubles, congruent to what they stand for and kept from 2^52 by reductions that are planned
// beforehand from bounds: none at all in the forward transform for primes of up to 48 bits, two at 2^14 residues for 50
// bits.
#if defined(__x86_64__)

#include <algorithm>
#include <array>
#include <bit>

#include "fhe/ring/ntt_plain.hpp"
#include "fhe/ring/vector_avx2.hpp"

namespace mc::fhe::avx2 {
namespace {

constexpr std::size_t kLeaf = 32;  // residues of the innermost pass
constexpr int kLeafStages = 5;

// ---- Packed roots, as doubles: value and ratio of root i at words 2i and 2i + 1 for the stages outside leaves (i
// below N/32); then for each leaf value and ratio of the roots of its stages of half 16, 8 and 4 (one, two and four),
// numbered as in a radix-8 pass from 1 on; for each eight residues of the stage of half 2 four values and four ratios,
// as lanes need them; and likewise for half 1.
constexpr std::size_t kLeafWords = 80;
constexpr std::size_t kHalf2 = 16, kHalf1 = 48;

void pack(AlignedWords& packed, const AlignedWords& roots, const NttTables& tables) {
  const std::size_t leaves = tables.degree / kLeaf;
  packed.assign(2 * leaves + kLeafWords * leaves, 0);
  const auto put = [&](std::size_t at, std::size_t root, std::size_t ratio_distance) {
    const Ratio ratio = Ratio::of(roots[root], tables.modulus);
    packed[at] = std::bit_cast<u64>(ratio.value);
    packed[at + ratio_distance] = std::bit_cast<u64>(ratio.ratio);
  };
  for (std::size_t i = 1; i < leaves; ++i) put(2 * i, i, 1);
  for (std::size_t leaf = 0; leaf < leaves; ++leaf) {
    const std::size_t start = 2 * leaves + kLeafWords * leaf;
    const std::size_t group = leaves + leaf;  // of the stage of half 16
    for (std::size_t k = 1; k < 8; ++k) {
      const std::size_t s = std::bit_floor(k);
      put(start + 2 * k, group * s + (k - s), 1);
    }
    for (std::size_t eight = 0; eight < 4; ++eight) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        put(start + kHalf2 + 8 * eight + lane, 8 * group + 2 * eight + lane / 2, kLanes);
        put(start + kHalf1 + 8 * eight + lane, 16 * group + 4 * eight + lane, kLanes);
      }
    }
  }
}

/// A view of packed roots.
struct Roots {
  const u64* of_passes;
  const u64* of_leaves;
  Roots(const AlignedWords& packed, std::size_t degree)
      : of_passes(packed.data()), of_leaves(packed.data() + 2 * (degree / kLeaf)) {}
};

MC_AVX2_INLINE Factor spread(const u64* root) {
  return {all(std::bit_cast<double>(root[0])), all(std::bit_cast<double>(root[1]))};
}

/// w[s + k] for s = 1, 2, … below the radix: the root of group k of the stage that has s groups inside this part.
template <int kRadix>
MC_AVX2_INLINE void load_roots(Factor* w, Roots roots, std::size_t group) {
#pragma GCC unroll 8
  for (unsigned k = 1; k < static_cast<unsigned>(kRadix); ++k) {
    const unsigned s = std::bit_floor(k);
    w[k] = spread(roots.of_passes + 2 * (group * s + (k - s)));
  }
}
/// The same for the radix-8 part of a leaf.
MC_AVX2_INLINE void load_leaf_roots(Factor* w, const u64* leaf) {
#pragma GCC unroll 8
  for (int k = 1; k < 8; ++k) w[k] = spread(leaf + 2 * k);
}
MC_AVX2_INLINE Factor packed_at(const u64* roots) {
  return {load(roots), load(roots + kLanes)};
}

// Inside eight residues (two registers) the pairs of a stage are brought to the same lanes of two registers: halves for
// half 2, then every second lane for half 1.
MC_AVX2_INLINE void swap_halves(Vector& a, Vector& b) {
  const Vector low = _mm256_permute2f128_pd(a, b, 0x20);
  b = _mm256_permute2f128_pd(a, b, 0x31);
  a = low;
}
MC_AVX2_INLINE void swap_lanes(Vector& a, Vector& b) {
  const Vector even = _mm256_unpacklo_pd(a, b);
  b = _mm256_unpackhi_pd(a, b);
  a = even;
}

// Four pairs of registers side by side: a leaf is too short to wait for one after another.
template <void (*kSwap)(Vector&, Vector&)>
MC_AVX2_INLINE void swap_all(Vector* x) {
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k) kSwap(x[2 * k], x[2 * k + 1]);
}
template <void (*kButterfly)(Vector&, Vector&, Factor, const Prime&)>
MC_AVX2_INLINE void butterflies(Vector* x, const u64* roots, const Prime& p) {
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k) kButterfly(x[2 * k], x[2 * k + 1], packed_at(roots + 8 * k), p);
}

/// Stages of the next pass over a part: three, unless that would leave too few for the leaves.
int stages_of_pass(std::size_t size) {
  const int rest = (std::countr_zero(size) - kLeafStages) % 3;
  if (rest == 0) return 3;
  return rest == 1 && size > 2 * kLeaf ? 2 : rest;
}

// ---- The forward transform: (u, v) -> (u + w v, u - w v).

MC_AVX2_INLINE void forward_butterfly(Vector& u, Vector& v, Factor w, const Prime& p) {
  const Vector product = multiply_constant(v, w, p);
  v = _mm256_sub_pd(u, product);
  u = _mm256_add_pd(u, product);
}

template <int kRadix>
MC_AVX2_INLINE void forward_stages(Vector* x, const Factor* w, const Prime& p) {
#pragma GCC unroll 4
  for (int s = 1; s < kRadix; s *= 2) {
    const int half = kRadix / (2 * s);
#pragma GCC unroll 8
    for (int k = 0; k < kRadix / 2; ++k) {
      const int u = k / half * 2 * half + k % half;
      forward_butterfly(x[u], x[u + half], w[s + k / half], p);
    }
  }
}

constexpr u64 kOperandMax = u64{1} << 52;  // of a product

/// Which passes reduce what they read, the leaves' being the last, and what bounds values at the end.
struct Plan {
  std::array<bool, 8> reduce{};
  u64 bound = 0;
};

/// For operands of at most `bound` <= 2^50. A stage adds a product (multiply_constant) to each bound. Operands of a
/// pass have to stay below kOperandMax, which its results may pass by q (below 2^53: still exact). From q/2 + 1 on,
/// five stages always fit, and so do the first pass's three from 2^50 on.
Plan plan_for(const Modulus& m, std::size_t degree, u64 bound) {
  Plan plan;
  std::size_t pass = 0;
  for (std::size_t size = degree; size >= kLeaf; ++pass) {
    const int stages = size == kLeaf ? kLeafStages : stages_of_pass(size);
    const auto after = [&](u64 start, int count) {
      for (int s = 0; s < count; ++s) start += m.q / 2 + static_cast<u64>(u128{start} * m.q >> 55) + 2;
      return start;
    };
    plan.reduce[pass] = after(bound, stages - 1) > kOperandMax;
    plan.bound = bound = after(plan.reduce[pass] ? m.q / 2 + 1 : bound, stages);
    size >>= stages;
  }
  return plan;
}

/// How a pass takes what it reads.
enum class Entry { kWords, kDoubles, kReduced };

/// A transform under way. `base`: 2^52 plus the shift. `lift`: 2^52 plus a multiple of q that leaves nothing negative.
struct Forward {
  Prime p;
  Vector base, lift;
  Roots roots;
};

template <int kRadix, Entry kEntry>
MC_AVX2 void forward_pass(u64* out, const u64* in, std::size_t size, std::size_t group, const Forward& f) {
  const std::size_t step = size / kRadix;
  const Prime p = f.p;
  Factor w[kRadix];
  load_roots<kRadix>(w, f.roots, group);
  for (std::size_t i = 0; i < step; i += kLanes) {
    Vector x[kRadix];
#pragma GCC unroll 8
    for (int k = 0; k < kRadix; ++k) {
      const u64* const from = in + static_cast<std::size_t>(k) * step + i;
      x[k] = kEntry == Entry::kWords ? integers_above(load_words(from), f.base) : load(from);
      if (kEntry == Entry::kReduced) x[k] = reduce(x[k], p);
    }
    forward_stages<kRadix>(x, w, p);
#pragma GCC unroll 8
    for (int k = 0; k < kRadix; ++k) store(out + static_cast<std::size_t>(k) * step + i, x[k]);
  }
}

/// The last five stages. kLazy: any representatives below 2^52, otherwise canonical.
template <Entry kEntry, bool kLazy>
MC_AVX2 void forward_leaf(u64* at, const u64* roots, const Forward& f) {
  const Prime p = f.p;
  Factor w[8];
  load_leaf_roots(w, roots);
  Vector x[8];
#pragma GCC unroll 8
  for (std::size_t k = 0; k < 8; ++k) {
    x[k] = load(at + kLanes * k);
    if (kEntry == Entry::kReduced) x[k] = reduce(x[k], p);
  }
  forward_stages<8>(x, w, p);
  swap_all<swap_halves>(x);
  butterflies<forward_butterfly>(x, roots + kHalf2, p);
  swap_all<swap_lanes>(x);
  butterflies<forward_butterfly>(x, roots + kHalf1, p);
  swap_all<swap_lanes>(x);
  swap_all<swap_halves>(x);
#pragma GCC unroll 8
  for (std::size_t k = 0; k < 8; ++k) {
    store_words(at + kLanes * k, kLazy ? words_above(_mm256_add_pd(x[k], f.lift)) : residues(reduce(x[k], p), p));
  }
}

template <Entry kEntry>
void forward_pass_of(int stages, u64* out, const u64* in, std::size_t size, std::size_t group, const Forward& f) {
  (stages == 3   ? forward_pass<8, kEntry>
   : stages == 2 ? forward_pass<4, kEntry>
                 : forward_pass<2, kEntry>)(out, in, size, group, f);
}

/// The stages of one part of `size` residues, group `group` of its first stage (of all groups counted from the number
/// of groups on, as roots are), at `position` of all residues, down to parts of `until` residues, which are left as
/// they are. The first part of a limb reads words from `in`, the others doubles in place. `reduce`: the plan from here
/// on.
template <bool kLazy>
void forward_part(u64* x, const u64* in, std::size_t size, std::size_t group, std::size_t position, std::size_t until,
                  const bool* reduce, const Forward& f) {
  if (size == until) return;
  if (size == kLeaf) {
    const u64* const roots = f.roots.of_leaves + position / kLeaf * kLeafWords;
    (*reduce ? forward_leaf<Entry::kReduced, kLazy> : forward_leaf<Entry::kDoubles, kLazy>)(x, roots, f);
    return;
  }
  const int stages = stages_of_pass(size);
  (group == 1 ? forward_pass_of<Entry::kWords>
   : *reduce  ? forward_pass_of<Entry::kReduced>
              : forward_pass_of<Entry::kDoubles>)(stages, x, in, size, group, f);
  const std::size_t parts = std::size_t{1} << stages;
  const std::size_t step = size / parts;
  for (std::size_t k = 0; k < parts; ++k) {
    u64* const part = x + k * step;
    forward_part<kLazy>(part, part, step, group * parts + k, position + k * step, until, reduce + 1, f);
  }
}

Plan plan_for(Shifted range, const NttTables& tables) {
  return plan_for(tables.modulus, tables.degree, std::max(range.shift, range.below - range.shift));
}

/// Where lazy values are handed out, q < 2^46, the bound is below 2^50 + 11q at 2^17 residues: lifted values are below
/// 2^52.
MC_AVX2_INLINE Forward forward_of(const Plan& plan, Shifted range, const NttTables& tables) {
  const Modulus& m = tables.modulus;
  const u64 lift = (plan.bound / m.q + 1) * m.q;
  return {prime_of(m), all(kTwo52 + static_cast<double>(range.shift)), all(kTwo52 + static_cast<double>(lift)),
          Roots(tables.packed, tables.degree)};
}

template <bool kLazy>
MC_AVX2 void forward_all(u64* out, const u64* in, Shifted range, const NttTables& tables, std::size_t until = 0) {
  const Plan plan = plan_for(range, tables);
  const Forward f = forward_of(plan, range, tables);
  forward_part<kLazy>(out, in, tables.degree, 1, 0, until, plan.reduce.data(), f);
}

/// What is left of one part after forward_all until parts of its size.
template <bool kLazy>
MC_AVX2 void forward_rest(u64* part, std::size_t index, std::size_t size, Shifted range, const NttTables& tables) {
  const Plan plan = plan_for(range, tables);
  const Forward f = forward_of(plan, range, tables);
  const bool* reduce = plan.reduce.data();
  for (std::size_t above = tables.degree; above > size; above >>= stages_of_pass(above)) ++reduce;
  forward_part<kLazy>(part, part, size, tables.degree / size + index, index * size, 0, reduce, f);
}

/// Lazy values of larger primes have to be canonical (kernels.hpp).
bool may_be_lazy(const Modulus& m) {
  return m.bits <= 46;
}

// ---- The inverse transform: the passes backwards, with (u, v) -> (u + v, (u - v) w). Sums double their bound,
// products end below r = 5q/8. After a pass over values below B value 0 is below 8B, 1 below 4r, 2 and 3 below 2r, the
// others below r.
//
// - Narrow, q < 2^47: value 0 alone is reduced; B = 4r = 2.5q, and operands are below 8B = 20q < 2^52. Leaves start at
//   q: operands below 16q, results below 32q.
// - Wide, q < 2^50: values 0 to 3 are reduced, so that B = r, and value 0 and 4, sums of two stages, before they enter
//   the third; operands are below 4r = 2.5q < 2^52.

MC_AVX2_INLINE void inverse_butterfly(Vector& u, Vector& v, Factor w, const Prime& p) {
  const Vector difference = _mm256_sub_pd(u, v);
  u = _mm256_add_pd(u, v);
  v = multiply_constant(difference, w, p);
}

/// What the last stage does besides: divide by N, add the shift.
struct Closing {
  Factor sum, difference;
  Words shift;
};

MC_AVX2_INLINE Vector close(Vector product, const Closing& closing, const Prime& p) {
  return _mm256_castsi256_pd(residues_plus(product, closing.shift, p));
}

/// The stages of half 1, 2, … kRadix/2 of x. kLast: the last of them closes the transform.
template <int kRadix, bool kWide, bool kLast>
MC_AVX2_INLINE void inverse_stages(Vector* x, const Factor* w, const Prime& p, const Closing& closing) {
#pragma GCC unroll 4
  for (int s = kRadix / 2; s >= (kLast ? 2 : 1); s /= 2) {
    const int half = kRadix / (2 * s);
    if (kWide && half == 4) {
      x[0] = reduce(x[0], p);
      x[4] = reduce(x[4], p);
    }
#pragma GCC unroll 8
    for (int k = 0; k < kRadix / 2; ++k) {
      const int u = k / half * 2 * half + k % half;
      inverse_butterfly(x[u], x[u + half], w[s + k / half], p);
    }
  }
  if (kLast) {
    if (kWide && kRadix == 8) {
      x[0] = reduce(x[0], p);
      x[4] = reduce(x[4], p);
    }
#pragma GCC unroll 8
    for (int k = 0; k < kRadix / 2; ++k) {
      const Vector sum = _mm256_add_pd(x[k], x[k + kRadix / 2]);
      const Vector difference = _mm256_sub_pd(x[k], x[k + kRadix / 2]);
      x[k] = close(multiply_constant(sum, closing.sum, p), closing, p);
      x[k + kRadix / 2] = close(multiply_constant(difference, closing.difference, p), closing, p);
    }
  } else {
#pragma GCC unroll 4
    for (int k = 0; k < (kWide ? kRadix / 2 : 1); ++k) x[k] = reduce(x[k], p);
  }
}

template <int kRadix, bool kWide, bool kLast>
MC_AVX2 void inverse_pass(u64* x, std::size_t size, std::size_t group, const Prime& prime, Roots roots,
                          const Closing& closing) {
  const std::size_t step = size / kRadix;
  const Prime p = prime;
  Factor w[kRadix];
  load_roots<kRadix>(w, roots, group);
  for (std::size_t i = 0; i < step; i += kLanes) {
    Vector v[kRadix];
#pragma GCC unroll 8
    for (int k = 0; k < kRadix; ++k) v[k] = load(x + static_cast<std::size_t>(k) * step + i);
    inverse_stages<kRadix, kWide, kLast>(v, w, p, closing);
#pragma GCC unroll 8
    for (int k = 0; k < kRadix; ++k) store(x + static_cast<std::size_t>(k) * step + i, v[k]);
  }
}

/// The first five stages, canonical residues in. In wide arithmetic sums of the first two, below 4q, are reduced.
template <bool kWide>
MC_AVX2 void inverse_leaf(u64* out, const u64* in, const u64* roots, const Prime& prime, const Closing& closing) {
  const Prime p = prime;
  Vector x[8];
#pragma GCC unroll 8
  for (std::size_t k = 0; k < 8; ++k) x[k] = integers(load_words(in + kLanes * k));
  swap_all<swap_halves>(x);
  swap_all<swap_lanes>(x);
  butterflies<inverse_butterfly>(x, roots + kHalf1, p);
  swap_all<swap_lanes>(x);
  butterflies<inverse_butterfly>(x, roots + kHalf2, p);
  if (kWide) {
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) x[2 * k] = reduce(x[2 * k], p);
  }
  swap_all<swap_halves>(x);
  Factor w[8];
  load_leaf_roots(w, roots);
  inverse_stages<8, kWide, false>(x, w, p, closing);
#pragma GCC unroll 8
  for (std::size_t k = 0; k < 8; ++k) store(out + kLanes * k, x[k]);
}

template <bool kWide, bool kLast>
void inverse_part(u64* x, const u64* in, std::size_t size, std::size_t group, std::size_t position, const Prime& p,
                  Roots roots, const Closing& closing) {
  if (size == kLeaf) {
    inverse_leaf<kWide>(x, in, roots.of_leaves + position / kLeaf * kLeafWords, p, closing);
    return;
  }
  const int stages = stages_of_pass(size);
  const std::size_t parts = std::size_t{1} << stages;
  const std::size_t step = size / parts;
  for (std::size_t k = 0; k < parts; ++k) {
    const std::size_t at = k * step;
    inverse_part<kWide, false>(x + at, in + at, step, group * parts + k, position + at, p, roots, closing);
  }
  (stages == 3   ? inverse_pass<8, kWide, kLast>
   : stages == 2 ? inverse_pass<4, kWide, kLast>
                 : inverse_pass<2, kWide, kLast>)(x, size, group, p, roots, closing);
}

}  // namespace

void pack_roots(NttTables& tables) {
  if (tables.degree <= kLeaf) return;
  pack(tables.packed, tables.roots, tables);
  pack(tables.packed_inverse, tables.inverse_roots, tables);
}

void forward_ntt(u64* x, const NttTables& tables) {
  forward_ntt_shifted(x, x, {tables.modulus.q, 0}, tables);
}

void forward_ntt_shifted(u64* out, const u64* in, Shifted range, const NttTables& tables) {
  if (tables.degree <= kLeaf) {
    forward_ntt_plain(out, in, range, tables);
  } else {
    forward_all<false>(out, in, range, tables);
  }
}

void forward_ntt_shifted_lazy(u64* out, const u64* in, Shifted range, const NttTables& tables) {
  if (tables.degree <= kLeaf) {
    forward_ntt_plain(out, in, range, tables);
  } else {
    (may_be_lazy(tables.modulus) ? forward_all<true> : forward_all<false>)(out, in, range, tables, 0);
  }
}

// Where the whole limb is one part, beginning does nothing but bring it to its place.
void begin_ntt_shifted(u64* out, const u64* in, Shifted range, const NttTables& tables) {
  const std::size_t part = ntt_part_size(tables.degree);
  if (part < tables.degree) {
    forward_all<false>(out, in, range, tables, part);  // no leaf is reached: lazy or not is the same
  } else if (out != in) {
    std::copy_n(in, tables.degree, out);
  }
}

void end_ntt(u64* part, std::size_t index, Shifted range, const NttTables& tables, Ahead) {
  const std::size_t size = ntt_part_size(tables.degree);
  if (size < tables.degree) {
    forward_rest<false>(part, index, size, range, tables);
  } else {
    forward_ntt_shifted(part, part, range, tables);
  }
}

void end_ntt_lazy(u64* part, std::size_t index, Shifted range, const NttTables& tables, Ahead) {
  const std::size_t size = ntt_part_size(tables.degree);
  if (size == tables.degree) {
    forward_ntt_shifted_lazy(part, part, range, tables);
  } else {
    (may_be_lazy(tables.modulus) ? forward_rest<true> : forward_rest<false>)(part, index, size, range, tables);
  }
}

MC_AVX2 void inverse_ntt(u64* out, const u64* in, u64 shift, const NttTables& tables) {
  if (tables.degree <= kLeaf) {
    inverse_ntt_plain(out, in, shift, tables);
    return;
  }
  const Modulus& m = tables.modulus;
  const Prime p = prime_of(m);
  const Closing closing{factor_of(tables.inverse_degree.value, m), factor_of(tables.inverse_degree_last_root.value, m),
                        all_words(shift)};
  const Roots roots(tables.packed_inverse, tables.degree);
  (m.bits <= 47 ? inverse_part<false, true> : inverse_part<true, true>)(out, in, tables.degree, 1, 0, p, roots,
                                                                        closing);
}

}  // namespace mc::fhe::avx2

#endif
