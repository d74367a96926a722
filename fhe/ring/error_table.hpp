// SPDX-License-Identifier: Apache-2.0
// Cumulative table of the discrete Gaussian of RLWE errors.
#pragma once

#include <array>
#include <cstdint>

namespace mc::fhe {

/// floor(2^127 * P(|x| <= k)) for k = 0 … 40, x a discrete Gaussian of sigma 3.2 cut at 41, in words (high, low).
/// What is cut off weighs 2^-121. sampling_test recomputes the table.
struct ErrorThreshold {
  std::uint64_t high, low;
};
inline constexpr std::array<ErrorThreshold, 41> kErrorThresholds{{
    {0x0ff52b4064a1f258, 0x29df05b2074b38de}, {0x2e5a25d4026fff6d, 0xccddfad06fdfe16a},
    {0x489ae2682e3db9bb, 0x023135944c9227ac}, {0x5d2bc20de6f95105, 0xe12ad8177d81bcff},
    {0x6bc8694a862fcdce, 0x85ebd2a3b04ab1e0}, {0x7532d898e9d195d9, 0xeb582f25814fd03d},
    {0x7ab396c980f5facb, 0x7e61a468e3da974d}, {0x7d9e4e8f6717ea70, 0x489385672e72a306},
    {0x7f054956150a592b, 0x2439c858b79cb75f}, {0x7fa1ce99f8dbf691, 0x3ddf9e0124ebb99f},
    {0x7fdfb3f00a8f3398, 0x1403b4a1d9ac8a1e}, {0x7ff5e6f7c97d68d8, 0x97531809587feac6},
    {0x7ffd1f95b372bd35, 0xcf2b62c6803ffae9}, {0x7fff40f7f7aedc63, 0xd873b1311c890d08},
    {0x7fffd2e62d057ef0, 0x547e4f4e753d546c}, {0x7ffff6503aaa2874, 0xc30c66c37dd87cb6},
    {0x7ffffe1bab99a743, 0xe6c7bd718e5edc97}, {0x7fffffaa0140ce52, 0x8b3e56d5d7ee46d5},
    {0x7ffffff21f8a3a77, 0x628cabae19fafb6f}, {0x7ffffffdf72301f4, 0x1652de72ddbc2c57},
    {0x7fffffffba9fd472, 0x4f2c8265095130f3}, {0x7ffffffff79b78ce, 0x5f9d1c867902f106},
    {0x7fffffffff13f6f9, 0x61c54c2989db9c86}, {0x7fffffffffe87489, 0xa3b1900627bfc55c},
    {0x7ffffffffffdde23, 0xe29f768eb47d3c74}, {0x7fffffffffffd31f, 0xd9c536b74d56aa24},
    {0x7ffffffffffffca6, 0xb994e9be34b49893}, {0x7fffffffffffffc5, 0xf006d5abc817d5e2},
    {0x7ffffffffffffffc, 0x6e58825669dfeb60}, {0x7fffffffffffffff, 0xcd08f44cfba829ff},
    {0x7fffffffffffffff, 0xfd6b947ecbc32d71}, {0x7fffffffffffffff, 0xffe1aa9e185b9caa},
    {0x7fffffffffffffff, 0xfffebc6070bda7fa}, {0x7fffffffffffffff, 0xfffff3c358840651},
    {0x7fffffffffffffff, 0xffffff9487d94535}, {0x7fffffffffffffff, 0xfffffffca7b58c84},
    {0x7fffffffffffffff, 0xffffffffe7d24db6}, {0x7fffffffffffffff, 0xffffffffff617236},
    {0x7fffffffffffffff, 0xfffffffffffc50c9}, {0x7fffffffffffffff, 0xffffffffffffec1f},
    {0x7fffffffffffffff, 0xffffffffffffffa0},
}};

}  // namespace mc::fhe
