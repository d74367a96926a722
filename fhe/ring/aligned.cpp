// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/aligned.hpp"

#include <array>
#include <cstring>
#include <mutex>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace mc::fhe {
namespace {

constexpr std::size_t kCacheLine = 64;
#if defined(__linux__)
constexpr std::size_t kHugePage = std::size_t{2} << 20;
#endif
constexpr std::size_t kKeptFrom = std::size_t{16} << 10;  // smaller ones are quick to get anew

// Under the address sanitizer every block is a fresh one, so that a use after its end is seen.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kKeepBlocks = false;
#else
constexpr bool kKeepBlocks = true;
#endif

#if defined(__wasm__)
struct Mutex {  // one thread
  void lock() {}
  void unlock() {}
};
#else
using Mutex = std::mutex;
#endif

/// Blocks of one size, a chain through their first words: to keep a block asks for no memory, so it cannot fail.
struct Shelf {
  std::size_t block_bytes = 0;
  void* first = nullptr;
  std::uint64_t last_use = 0;

  void* take() {
    void* const block = first;
    std::memcpy(&first, block, sizeof first);
    return block;
  }
  void put(void* block) {
    std::memcpy(block, &first, sizeof first);
    first = block;
  }
};

struct Kept {
  Mutex mutex;
  std::array<Shelf, 64> shelves;  // a computation has a few sizes
  std::size_t bytes = 0;
  std::uint64_t uses = 0;

  /// The shelf of these blocks; or an empty one, the longest unused; null when others fill them all.
  Shelf* shelf_for(std::size_t block_bytes) {
    Shelf* unused = nullptr;
    for (Shelf& shelf : shelves) {
      if (shelf.block_bytes == block_bytes) return &shelf;
      if (shelf.first == nullptr && (unused == nullptr || shelf.last_use < unused->last_use)) unused = &shelf;
    }
    if (unused != nullptr) *unused = {block_bytes, nullptr, 0};
    return unused;
  }
};

/// Never destroyed: polynomials of static lifetime may outlive any other static object.
Kept& kept() {
  static Kept* const instance = new Kept;
  return *instance;
}

std::align_val_t alignment_of([[maybe_unused]] std::size_t bytes) {
#if defined(__linux__)
  if (bytes >= kHugePage) return std::align_val_t{kHugePage};
#endif
  return std::align_val_t{kCacheLine};
}

/// Makes room for `bytes` more by giving back blocks of the sizes that were not asked for the longest.
void make_room(Kept& store, std::size_t bytes) {
  while (store.bytes + bytes > kKeptBytesMax) {
    Shelf* oldest = nullptr;
    for (Shelf& shelf : store.shelves) {
      if (shelf.first != nullptr && (oldest == nullptr || shelf.last_use < oldest->last_use)) oldest = &shelf;
    }
    if (oldest == nullptr) return;
    ::operator delete(oldest->take(), alignment_of(oldest->block_bytes));
    store.bytes -= oldest->block_bytes;
  }
}

}  // namespace

void* take_block(std::size_t bytes) {
  if (kKeepBlocks && bytes >= kKeptFrom) {
    Kept& store = kept();
    const std::lock_guard<Mutex> lock(store.mutex);
    if (Shelf* const shelf = store.shelf_for(bytes); shelf != nullptr) {
      shelf->last_use = ++store.uses;
      if (shelf->first != nullptr) {
        store.bytes -= bytes;
        return shelf->take();
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
    const std::lock_guard<Mutex> lock(store.mutex);
    if (Shelf* const shelf = store.shelf_for(bytes); shelf != nullptr) {
      shelf->last_use = ++store.uses;
      make_room(store, bytes);
      shelf->put(block);
      store.bytes += bytes;
      return;
    }
  }
  ::operator delete(block, alignment_of(bytes));
}

}  // namespace mc::fhe
