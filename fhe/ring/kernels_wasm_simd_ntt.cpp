// SPDX-License-Identifier: Apache-2.0
// The WebAssembly transforms, one stage a pass; forward, parts of ntt_part_size residues are finished one after another
// in the first-level cache. The stages of half 2 and 1 happen on four residues inside two registers.
//
// Two arithmetics each way; |x| < 2^51 is all that a product asks of its operand. Narrow, for primes that are small
// against that: no or few corrections. Wide, for any prime below 2^50: values are kept below 2q.
#if defined(__wasm_simd128__)

#include <algorithm>
#include <bit>

#include "fhe/ring/vector_wasm.hpp"

namespace mc::fhe::wasm {
namespace {

constexpr std::size_t kLeaf = 4;

/// Views of packed roots: all the centred values, then all their quotients by q.
struct Roots {
  const u64* values;
  const u64* quotients;
  /// One root in both lanes.
  [[nodiscard]] Factor at(std::size_t i) const {
    return {wasm_v128_load64_splat(values + i), wasm_v128_load64_splat(quotients + i)};
  }
  /// Two neighbours.
  [[nodiscard]] Factor pair_at(std::size_t i) const { return {load(values + i), load(quotients + i)}; }
};

Roots roots_in(const AlignedWords& packed, std::size_t degree) {
  return {packed.data(), packed.data() + degree};
}

Vector first_lanes(Vector a, Vector b) {
  return wasm_i64x2_shuffle(a, b, 0, 2);
}
Vector second_lanes(Vector a, Vector b) {
  return wasm_i64x2_shuffle(a, b, 1, 3);
}

// ---- Forward: (u, v) -> (u + w v, u - w v). A stage adds less than 3/4 q.

/// Wide: every second stage brings u to q/2 first. Values then are below 5/4 q after that stage and, for a product of
/// an operand so small is below 2/3 q, below 2q after the next.
template <bool kShrink>
void forward_butterfly(Vector& u, Vector& v, Factor w, const Prime& p) {
  const Vector product = multiply_lazy(v, w, p);
  if (kShrink) u = shrink(u, p);
  v = subtract(u, product);
  u = add(u, product);
}

/// The first stage, which reads `in` minus `shift`.
template <bool kShrink>
void forward_first_stage(u64* out, const u64* in, u64 shift, std::size_t half, Roots roots, Prime p) {
  const Factor w = roots.at(1);
  const Vector minus = all(shift);
  for (std::size_t i = 0; i < half; i += kLanes) {
    Vector u = subtract(load(in + i), minus);
    Vector v = subtract(load(in + half + i), minus);
    forward_butterfly<kShrink>(u, v, w, p);
    store(out + i, u);
    store(out + half + i, v);
  }
}

/// One stage of `groups` groups, the first of them with root `first_root`.
template <bool kShrink>
void forward_stage(u64* x, std::size_t first_root, std::size_t groups, std::size_t half, Roots roots, Prime p) {
  for (std::size_t group = 0; group < groups; ++group) {
    const Factor w = roots.at(first_root + group);
    u64* const upper = x + 2 * group * half;
    u64* const lower = upper + half;
    for (std::size_t i = 0; i < half; i += kLanes) {
      Vector u = load(upper + i), v = load(lower + i);
      forward_butterfly<kShrink>(u, v, w, p);
      store(upper + i, u);
      store(lower + i, v);
    }
  }
}

/// Half 2 and 1 of `size` residues, and what `leave` makes of the results; `first_root` that of half 2. The first of
/// the two stages shrinks when kShrinkFirst, the second when kShrinkSecond.
template <bool kShrinkFirst, bool kShrinkSecond, class Leave>
void forward_leaves(u64* x, std::size_t size, std::size_t first_root, Roots roots, Prime p, const Leave& leave) {
  for (std::size_t leaf = 0; leaf < size / kLeaf; ++leaf) {
    u64* const at = x + kLeaf * leaf;
    Vector u = load(at), v = load(at + 2);
    forward_butterfly<kShrinkFirst>(u, v, roots.at(first_root + leaf), p);
    Vector even = first_lanes(u, v), odd = second_lanes(u, v);
    forward_butterfly<kShrinkSecond>(even, odd, roots.pair_at(2 * (first_root + leaf)), p);
    store(at, first_lanes(even, odd));
    store(at + 2, second_lanes(even, odd));
  }
  // A loop of its own: chained to the two stages it would be too long for a processor to overlap with the next
  // residues.
  for (std::size_t i = 0; i < size; i += kLanes) store(x + i, leave(load(x + i)));
}

/// Stages from `half` down to, but without, `half_end` of the part that begins at residue `position`. The first stage
/// of the whole transform shrinks, and from there every second one.
template <bool kWide>
void forward_stages(u64* x, std::size_t size, std::size_t position, std::size_t half, std::size_t half_end,
                    const NttTables& tables, Roots roots, const Prime& p) {
  for (; half > half_end; half /= 2) {
    const std::size_t all_groups = tables.degree / (2 * half);
    const std::size_t first_root = all_groups + position / (2 * half);
    const std::size_t groups = size / (2 * half);
    if (kWide && std::countr_zero(all_groups) % 2 == 0) {
      forward_stage<true>(x, first_root, groups, half, roots, p);
    } else {
      forward_stage<false>(x, first_root, groups, half, roots, p);
    }
  }
}

/// The stages that reach across parts, at least the first one.
template <bool kWide>
void forward_across(u64* out, const u64* in, u64 shift, const NttTables& tables, const Prime& p) {
  const Roots roots = roots_in(tables.packed, tables.degree);
  const std::size_t degree = tables.degree;
  forward_first_stage<kWide>(out, in, shift, degree / 2, roots, p);
  forward_stages<kWide>(out, degree, 0, degree / 4, ntt_part_size(degree) / 2, tables, roots, p);
}

template <bool kWide, class Leave>
void forward_part(u64* part, std::size_t index, const NttTables& tables, const Prime& p, const Leave& leave) {
  const Roots roots = roots_in(tables.packed, tables.degree);
  const std::size_t size = ntt_part_size(tables.degree);
  const std::size_t position = index * size;
  forward_stages<kWide>(part, size, position, std::min(size / 2, tables.degree / 4), kLeaf / 2, tables, roots, p);
  const std::size_t first_root = (tables.degree + position) / kLeaf;
  if (!kWide) {
    forward_leaves<false, false>(part, size, first_root, roots, p, leave);
  } else if (std::countr_zero(tables.degree / kLeaf) % 2 == 0) {
    forward_leaves<true, false>(part, size, first_root, roots, p, leave);
  } else {
    forward_leaves<false, true>(part, size, first_root, roots, p, leave);
  }
}

/// Whether the values stay below 2^51 - q in all stages of a transform that starts below `entry`, uncorrected.
bool stays_narrow(const NttTables& tables, u64 entry) {
  const auto stages = static_cast<u64>(std::countr_zero(tables.degree));
  return entry + stages * (tables.modulus.q / 4 * 3 + 3) + tables.modulus.q < u64{1} << 51;
}

bool is_narrow(Shifted range, const NttTables& tables) {
  return stays_narrow(tables, std::max(range.shift, range.below - range.shift));
}

void end_part(u64* part, std::size_t index, bool lazy, Shifted range, const NttTables& tables) {
  const Modulus& m = tables.modulus;
  const Prime p = prime_of(m);
  const auto canonical = [p](Vector x) { return lift(shrink(x, p), p.q); };
  if (!is_narrow(range, tables)) {
    forward_part<true>(part, index, tables, p, canonical);
  } else if (lazy && m.bits <= 46) {
    const Vector multiple = all(((u64{1} << 51) / m.q) * m.q);  // in (2^51 - q, 2^51]: the sum is in [0, 2^52)
    forward_part<false>(part, index, tables, p, [multiple](Vector x) { return add(x, multiple); });
  } else {
    forward_part<false>(part, index, tables, p, canonical);
  }
}

// ---- Inverse: (u, v) -> (u + v, (u - v) w). Sums double, so that they are what needs correcting.

enum class Correction {
  kNone,
  kShrink,  // narrow, every fourth stage: from q or less, sums reach 16 q <= 2^51
  kFold     // wide: |u + v| <= 2q back to q, in every stage
};

template <Correction kCorrection>
void inverse_butterfly(Vector& u, Vector& v, Factor w, const Prime& p) {
  const Vector difference = subtract(u, v);
  u = add(u, v);
  if (kCorrection == Correction::kShrink) u = shrink(u, p);
  if (kCorrection == Correction::kFold) u = subtract(lift(u, p.two_q), p.q);
  v = multiply_lazy(difference, w, p);
}

template <Correction kCorrection>
void inverse_leaves(u64* out, const u64* in, std::size_t degree, Roots roots, Prime p) {
  for (std::size_t leaf = 0; leaf < degree / kLeaf; ++leaf) {
    const std::size_t root = degree / kLeaf + leaf;
    const Vector first = load(in + kLeaf * leaf), second = load(in + kLeaf * leaf + 2);
    Vector even = first_lanes(first, second), odd = second_lanes(first, second);
    inverse_butterfly<kCorrection>(even, odd, roots.pair_at(2 * root), p);
    Vector u = first_lanes(even, odd), v = second_lanes(even, odd);
    inverse_butterfly<kCorrection>(u, v, roots.at(root), p);
    store(out + kLeaf * leaf, u);
    store(out + kLeaf * leaf + 2, v);
  }
}

template <Correction kCorrection>
void inverse_stage(u64* x, std::size_t groups, std::size_t half, Roots roots, Prime p) {
  for (std::size_t group = 0; group < groups; ++group) {
    const Factor w = roots.at(groups + group);
    u64* const upper = x + 2 * group * half;
    u64* const lower = upper + half;
    for (std::size_t i = 0; i < half; i += kLanes) {
      Vector u = load(upper + i), v = load(lower + i);
      inverse_butterfly<kCorrection>(u, v, w, p);
      store(upper + i, u);
      store(lower + i, v);
    }
  }
}

/// The last stage, which also divides by N and adds the shift.
void inverse_last_stage(u64* x, u64 shift, const NttTables& tables, Prime p) {
  const Modulus& m = tables.modulus;
  const Factor first = factor_of(tables.inverse_degree.value, m);
  const Factor second = factor_of(tables.inverse_degree_last_root.value, m);
  const Vector addend = all(shift);
  u64* const lower = x + tables.degree / 2;
  for (std::size_t i = 0; i < tables.degree / 2; i += kLanes) {
    const Vector u = load(x + i), v = load(lower + i);
    const Vector sum = multiply_lazy(add(u, v), first, p);
    const Vector difference = multiply_lazy(subtract(u, v), second, p);
    store(x + i, correct(add(lift(sum, p.q), addend), p.q));
    store(lower + i, correct(add(lift(difference, p.q), addend), p.q));
  }
}

}  // namespace

void pack_roots(NttTables& tables) {
  const Modulus& m = tables.modulus;
  const auto pack = [&](AlignedWords& packed, const AlignedWords& roots) {
    packed.resize(2 * tables.degree);
    for (std::size_t i = 0; i < tables.degree; ++i) {
      const std::int64_t value = centred(roots[i], m);
      packed[i] = static_cast<u64>(value);
      packed[tables.degree + i] = std::bit_cast<u64>(static_cast<double>(value) / static_cast<double>(m.q));
    }
  };
  pack(tables.packed, tables.roots);
  pack(tables.packed_inverse, tables.inverse_roots);
}

void begin_ntt_shifted(u64* out, const u64* in, Shifted range, const NttTables& tables) {
  const Prime p = prime_of(tables.modulus);
  if (is_narrow(range, tables)) {
    forward_across<false>(out, in, range.shift, tables, p);
  } else {
    forward_across<true>(out, in, range.shift, tables, p);
  }
}

void end_ntt(u64* part, std::size_t index, Shifted range, const NttTables& tables, Ahead) {
  end_part(part, index, false, range, tables);
}

void end_ntt_lazy(u64* part, std::size_t index, Shifted range, const NttTables& tables, Ahead) {
  end_part(part, index, true, range, tables);
}

void forward_ntt_shifted(u64* out, const u64* in, Shifted range, const NttTables& tables) {
  begin_ntt_shifted(out, in, range, tables);
  const std::size_t size = ntt_part_size(tables.degree);
  for (std::size_t i = 0; i < tables.degree / size; ++i) end_ntt(out + i * size, i, range, tables, {});
}

void forward_ntt_shifted_lazy(u64* out, const u64* in, Shifted range, const NttTables& tables) {
  begin_ntt_shifted(out, in, range, tables);
  const std::size_t size = ntt_part_size(tables.degree);
  for (std::size_t i = 0; i < tables.degree / size; ++i) end_ntt_lazy(out + i * size, i, range, tables, {});
}

void forward_ntt(u64* x, const NttTables& tables) {
  forward_ntt_shifted(x, x, {tables.modulus.q, 0}, tables);
}

void inverse_ntt(u64* out, const u64* in, u64 shift, const NttTables& tables) {
  const Prime p = prime_of(tables.modulus);
  const Roots roots = roots_in(tables.packed_inverse, tables.degree);
  const bool narrow = tables.modulus.bits <= 47;
  if (narrow) {
    inverse_leaves<Correction::kNone>(out, in, tables.degree, roots, p);
  } else {
    inverse_leaves<Correction::kFold>(out, in, tables.degree, roots, p);
  }
  int stage = 2;
  for (std::size_t half = kLeaf; half < tables.degree / 2; half *= 2, ++stage) {
    const std::size_t groups = tables.degree / (2 * half);
    if (!narrow) {
      inverse_stage<Correction::kFold>(out, groups, half, roots, p);
    } else if (stage % 4 == 3) {
      inverse_stage<Correction::kShrink>(out, groups, half, roots, p);
    } else {
      inverse_stage<Correction::kNone>(out, groups, half, roots, p);
    }
  }
  inverse_last_stage(out, shift, tables, p);
}

}  // namespace mc::fhe::wasm

#endif
