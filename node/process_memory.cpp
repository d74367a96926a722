// SPDX-License-Identifier: Apache-2.0
#include "node/process_memory.hpp"

#include <cstdlib>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace mc::node {

void share_heaps() {
#if defined(__GLIBC__)
  ::mallopt(M_ARENA_MAX, kHeapsMax);
  ::mallopt(M_MMAP_THRESHOLD, kMessageBytesKept);
  ::mallopt(M_TRIM_THRESHOLD, kHeapSpareBytes);
#endif
}

void return_free_memory() {
#if defined(__GLIBC__)
  ::malloc_trim(0);
#endif
}

}  // namespace mc::node
