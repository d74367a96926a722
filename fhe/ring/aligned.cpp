// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/aligned.hpp"

#include <mutex>
#include <new>
#include <unordered_map>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace mc::fhe {
namespace {

constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kKeptFrom = std::size_t{16} << 10;  // smaller ones are quick to get anew

// Under the address sanitizer every block is a fresh one, so that a use after its end is seen.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kKeepBlocks = false;
#else
constexpr bool kKeepBlocks = true;
#endif

struct Kept {
  std::mutex mutex;
  std::unordered_map<std::size_t, std::vector<void*>> blocks;  // by size
  std::size_t bytes = 0;
};

/// Never destroyed: polynomials of static lifetime may outlive any other static object.
Kept& kept() {
  static Kept* const instance = new Kept;
  return *instance;
}

std::align_val_t alignment_of(std::size_t bytes) {
  return std::align_val_t{bytes >= kHugePage ? kHugePage : kCacheLine};
}

}  // namespace

void* take_block(std::size_t bytes) {
  if (kKeepBlocks && bytes >= kKeptFrom) {
    Kept& store = kept();
    const std::lock_guard lock(store.mutex);
    const auto found = store.blocks.find(bytes);
    if (found != store.blocks.end() && !found->second.empty()) {
      void* const block = found->second.back();
      found->second.pop_back();
      store.bytes -= bytes;
      return block;
    }
  }
  void* const block = ::operator new(bytes, alignment_of(bytes));
#if defined(__linux__)
  if (bytes >= kHugePage) madvise(block, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);  // a wish, not a need
#endif
  return block;
}

void give_block(void* block, std::size_t bytes) noexcept {
  if (kKeepBlocks && bytes >= kKeptFrom) {
    Kept& store = kept();
    const std::lock_guard lock(store.mutex);
    if (store.bytes + bytes <= kKeptBytesMax) {
      try {
        store.blocks[bytes].push_back(block);
        store.bytes += bytes;
        return;
      } catch (const std::bad_alloc&) {
        // No room to remember it: give it back to the system.
      }
    }
  }
  ::operator delete(block, alignment_of(bytes));
}

}  // namespace mc::fhe
