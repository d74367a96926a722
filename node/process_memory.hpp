// SPDX-License-Identifier: Apache-2.0
// How a role process keeps what it is given back. Polynomials are no part of this (fhe/ring/aligned.hpp); messages of
// up to tens of megabytes, database and small things are. The C library's own way is a heap for every thread, each of
// which keeps what it has had once.
#pragma once

namespace mc::node {

/// Heaps that serve all threads.
inline constexpr int kHeapsMax = 2;
/// Messages of a refresh are some megabytes and come a hundred times in a training. Up to here their pages stay with
/// the process from one to the next instead of being asked for anew, which was half of what a training spent in the
/// kernel.
inline constexpr int kMessageBytesKept = 32 << 20;  // the most that glibc takes from a heap
/// Free bytes at a heap's end before pages go back to the system at once.
inline constexpr int kHeapSpareBytes = 128 << 20;

/// Call at the start, before any thread. Nothing where the C library is another one than glibc.
void share_heaps();

/// Gives free pages of all heaps back to the system: at the end of long work, for it takes milliseconds.
void return_free_memory();

}  // namespace mc::node
