// SPDX-License-Identifier: Apache-2.0
// The compression function of SHA-256 (FIPS 180-4, section 6.2.2) for sixteen leaves side by side, one in each 32-bit
// lane. OpenSSL's own, by the processor's instructions for one string, has each round wait for the one before.
#include "base/parallel_hash.hpp"

#if !defined(__x86_64__)

namespace mc {
HashLeaves avx512_hash_leaves() {
  return nullptr;
}
}  // namespace mc

#else

#include <immintrin.h>

#include <algorithm>
#include <cstring>

#define MC_LANES __attribute__((target("avx512f,avx512bw")))
#define MC_LANES_INLINE inline __attribute__((always_inline, target("avx512f,avx512bw")))

// g++ 12 takes the undefined pass-through operand inside its own intrinsics for an uninitialised variable.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

namespace mc {
namespace {

using Vector = __m512i;
constexpr std::size_t kLanes = 16, kWords = 16, kStateWords = 8, kRounds = 64, kBlockBytes = 64;

/// FIPS 180-4, sections 4.2.2 and 5.3.3.
constexpr std::uint32_t kRoundConstants[kRounds] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
constexpr std::uint32_t kInitial[kStateWords] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

MC_LANES_INLINE Vector add(Vector a, Vector b) {
  return _mm512_add_epi32(a, b);
}
MC_LANES_INLINE Vector exclusive_or(Vector a, Vector b, Vector c) {
  return _mm512_ternarylogic_epi32(a, b, c, 0x96);
}
MC_LANES_INLINE Vector choose(Vector e, Vector f, Vector g) {
  return _mm512_ternarylogic_epi32(e, f, g, 0xca);
}
MC_LANES_INLINE Vector majority(Vector a, Vector b, Vector c) {
  return _mm512_ternarylogic_epi32(a, b, c, 0xe8);
}
template <int kFirst, int kSecond, int kThird>
MC_LANES_INLINE Vector rotations(Vector x) {
  return exclusive_or(_mm512_ror_epi32(x, kFirst), _mm512_ror_epi32(x, kSecond), _mm512_ror_epi32(x, kThird));
}
template <int kFirst, int kSecond, int kShift>
MC_LANES_INLINE Vector rotations_and_shift(Vector x) {
  return exclusive_or(_mm512_ror_epi32(x, kFirst), _mm512_ror_epi32(x, kSecond), _mm512_srli_epi32(x, kShift));
}

/// Rows are lanes' blocks of sixteen words; after it row t holds word t of every lane.
MC_LANES_INLINE void transpose(Vector* rows) {
  Vector pairs[kWords], fours[kWords];
  for (std::size_t i = 0; i < kWords; i += 2) {
    pairs[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
    pairs[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
  }
  // fours[4 i + j] has in its quarter k word 4 k + j of the lanes 4 i to 4 i + 3.
  for (std::size_t i = 0; i < kWords; i += 4) {
    fours[i] = _mm512_unpacklo_epi64(pairs[i], pairs[i + 2]);
    fours[i + 1] = _mm512_unpackhi_epi64(pairs[i], pairs[i + 2]);
    fours[i + 2] = _mm512_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
    fours[i + 3] = _mm512_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
  }
  constexpr int kEven = 0x88, kOdd = 0xdd;
  for (std::size_t j = 0; j < 4; ++j) {
    const Vector even_low = _mm512_shuffle_i32x4(fours[j], fours[4 + j], kEven);
    const Vector odd_low = _mm512_shuffle_i32x4(fours[j], fours[4 + j], kOdd);
    const Vector even_high = _mm512_shuffle_i32x4(fours[8 + j], fours[12 + j], kEven);
    const Vector odd_high = _mm512_shuffle_i32x4(fours[8 + j], fours[12 + j], kOdd);
    rows[j] = _mm512_shuffle_i32x4(even_low, even_high, kEven);
    rows[4 + j] = _mm512_shuffle_i32x4(odd_low, odd_high, kEven);
    rows[8 + j] = _mm512_shuffle_i32x4(even_low, even_high, kOdd);
    rows[12 + j] = _mm512_shuffle_i32x4(odd_low, odd_high, kOdd);
  }
}

MC_LANES_INLINE Vector swap_bytes(Vector words) {
  return _mm512_shuffle_epi8(
      words, _mm512_broadcast_i32x4(_mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3)));
}

MC_LANES void compress(Vector* state, Vector* w) {
  Vector a = state[0], b = state[1], c = state[2], d = state[3];
  Vector e = state[4], f = state[5], g = state[6], h = state[7];
#pragma GCC unroll 64
  for (std::size_t t = 0; t < kRounds; ++t) {
    Vector& word = w[t % kWords];
    if (t >= kWords) {
      const Vector early = rotations_and_shift<7, 18, 3>(w[(t + 1) % kWords]);
      const Vector late = rotations_and_shift<17, 19, 10>(w[(t + 14) % kWords]);
      word = add(add(word, w[(t + 9) % kWords]), add(early, late));
    }
    const Vector constant = _mm512_set1_epi32(static_cast<int>(kRoundConstants[t]));
    const Vector first = add(add(h, add(word, constant)), add(rotations<6, 11, 25>(e), choose(e, f, g)));
    const Vector second = add(rotations<2, 13, 22>(a), majority(a, b, c));
    h = g;
    g = f;
    f = e;
    e = add(d, first);
    d = c;
    c = b;
    b = a;
    a = add(first, second);
  }
  const Vector out[kStateWords] = {a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < kStateWords; ++i) state[i] = add(state[i], out[i]);
}

MC_LANES void hash_lanes(const std::uint8_t* leaves, std::size_t count, Hash256* digests) {
  constexpr std::size_t kLeafBytes = ParallelHash::kLeafBytes;
  static_assert(kLeafBytes % kBlockBytes == 0);
  MC_CHECK(count >= 1 && count <= kLanes);
  Vector state[kStateWords], w[kWords];
  for (std::size_t i = 0; i < kStateWords; ++i) state[i] = _mm512_set1_epi32(static_cast<int>(kInitial[i]));
  for (std::size_t at = 0; at < kLeafBytes; at += kBlockBytes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {  // lanes without a leaf of their own repeat the last one
      w[lane] = swap_bytes(_mm512_loadu_si512(leaves + std::min(lane, count - 1) * kLeafBytes + at));
    }
    transpose(w);
    compress(state, w);
  }
  // The padding of a whole number of blocks: a one, zeros, and the length in bits.
  std::fill_n(w, kWords, _mm512_setzero_si512());
  w[0] = _mm512_set1_epi32(static_cast<int>(0x80000000));
  w[kWords - 1] = _mm512_set1_epi32(8 * static_cast<int>(kLeafBytes));
  compress(state, w);
  for (std::size_t i = 0; i < kStateWords; ++i) {
    std::uint32_t words[kLanes];
    _mm512_storeu_si512(words, swap_bytes(state[i]));
    for (std::size_t lane = 0; lane < count; ++lane) std::memcpy(&digests[lane].bytes[4 * i], &words[lane], 4);
  }
}

}  // namespace

HashLeaves avx512_hash_leaves() {
  const bool supported = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
  return supported ? hash_lanes : nullptr;
}

}  // namespace mc

#endif
