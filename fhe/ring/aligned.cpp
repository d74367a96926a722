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

struct BlocksOfSize {
  std::vector<void*> blocks;
  std::uint64_t last_use = 0;
};

struct Kept {
  std::mutex mutex;
  std::unordered_map<std::size_t, BlocksOfSize> by_size;
  std::size_t bytes = 0;
  std::uint64_t uses = 0;
};

/// Never destroyed: polynomials of static lifetime may outlive any other static object.
Kept& kept() {
  static Kept* const instance = new Kept;
  return *instance;
}

std::align_val_t alignment_of(std::size_t bytes) {
  return std::align_val_t{bytes >= kHugePage ? kHugePage : kCacheLine};
}

/// Makes room for `bytes` more by giving back blocks of the sizes that were not asked for the longest.
void make_room(Kept& store, std::size_t bytes) {
  while (store.bytes + bytes > kKeptBytesMax) {
    auto oldest = store.by_size.end();
    for (auto entry = store.by_size.begin(); entry != store.by_size.end(); ++entry) {
      if (entry->second.blocks.empty()) continue;
      if (oldest == store.by_size.end() || entry->second.last_use < oldest->second.last_use) oldest = entry;
    }
    if (oldest == store.by_size.end()) return;
    ::operator delete(oldest->second.blocks.back(), alignment_of(oldest->first));
    oldest->second.blocks.pop_back();
    store.bytes -= oldest->first;
  }
}

}  // namespace

void* take_block(std::size_t bytes) {
  if (kKeepBlocks && bytes >= kKeptFrom) {
    Kept& store = kept();
    const std::lock_guard lock(store.mutex);
    const auto found = store.by_size.find(bytes);
    if (found != store.by_size.end()) {
      found->second.last_use = ++store.uses;
      if (!found->second.blocks.empty()) {
        void* const block = found->second.blocks.back();
        found->second.blocks.pop_back();
        store.bytes -= bytes;
        return block;
      }
    }
  }
  void* const block = ::operator new(bytes, alignment_of(bytes));
#if defined(__linux__)
  if (bytes >= kHugePage) madvise(block, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);  // a wish, not a need
#endif
  return block;
}

void give_block(void* block, std::size_t bytes) noexcept {
  if (kKeepBlocks && bytes >= kKeptFrom && bytes <= kKeptBytesMax) {
    Kept& store = kept();
    const std::lock_guard lock(store.mutex);
    try {
      BlocksOfSize& same_size = store.by_size[bytes];
      same_size.last_use = ++store.uses;
      same_size.blocks.reserve(same_size.blocks.size() + 1);
      make_room(store, bytes);
      same_size.blocks.push_back(block);
      store.bytes += bytes;
      return;
    } catch (const std::bad_alloc&) {
      // No room to remember it: give it back to the system.
    }
  }
  ::operator delete(block, alignment_of(bytes));
}

}  // namespace mc::fhe
