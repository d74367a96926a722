// SPDX-License-Identifier: Apache-2.0
// How a role process keeps what it is given back. Polynomials are no part of this (fhe/ring/aligned.hpp); messages of
// up to tens of megabytes, database and small things are. The C library's own way is a heap for every thread, each of
// which keeps what it has had once.
#pragma once

namespace mc::node {

/// Heaps that serve all threads.
inline constexpr int kHeapsMax = 2;

/// Call at the start, before any thread. Nothing where the C library is another one than glibc.
void share_heaps();

/// Gives free pages of all heaps back to the system: at the end of long work, for it takes milliseconds.
void return_free_memory();

}  // namespace mc::node
