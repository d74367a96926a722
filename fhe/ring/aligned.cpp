// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/aligned.hpp"

#include <array>
#include <cstddef>
#include <cstring>
#include <mutex>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>
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

// From here on blocks come from the operating system itself and go back to it. A heap keeps what is given back in
// another order than it was taken, and one heap for every thread: of the 2.5 GiB of a process that had trained a model
// 1.5 GiB were such. Messages stay in the heap: they are written once, and new pages would cost more than that.
#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__)
constexpr std::size_t kMappedFrom = std::size_t{128} << 10;

std::size_t whole_pages(std::size_t bytes) {
  static const std::size_t page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

void unmap(void* place, std::size_t bytes) noexcept {
  // It fails where a process has too many mappings to split one: then the pages go back and the addresses are lost.
  if (bytes != 0 && ::munmap(place, bytes) != 0) ::madvise(place, bytes, MADV_DONTNEED);
}

void* new_block(std::size_t bytes) {
  if (bytes < kMappedFrom) return ::operator new (bytes, std::align_val_t{kCacheLine});
  if (bytes > std::size_t{1} << 48) throw std::bad_alloc();  // no machine has so much; rounding up must not wrap
  const std::size_t size = whole_pages(bytes);
  const std::size_t spare = bytes >= kHugePage ? kHugePage : 0;
  void* const place = ::mmap(nullptr, size + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) throw std::bad_alloc();
  if (spare == 0) return place;
  auto* const bottom = static_cast<std::byte*>(place);
  const std::size_t before = (kHugePage - reinterpret_cast<std::uintptr_t>(bottom) % kHugePage) % kHugePage;
  unmap(bottom, before);
  unmap(bottom + before + size, spare - before);
  ::madvise(bottom + before, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);  // a wish, not a need
  return bottom + before;
}

void delete_block(void* block, std::size_t bytes) noexcept {
  if (bytes < kMappedFrom) return ::operator delete (block, std::align_val_t{kCacheLine});
  unmap(block, whole_pages(bytes));
}
#else
std::align_val_t alignment_of(std::size_t bytes) {
  return std::align_val_t{bytes >= kHugePage ? kHugePage : kCacheLine};
}
void* new_block(std::size_t bytes) {
  return ::operator new(bytes, alignment_of(bytes));
}
void delete_block(void* block, std::size_t bytes) noexcept {
  ::operator delete(block, alignment_of(bytes));
}
#endif

/// Makes room for `bytes` more by giving back blocks of the sizes that were not asked for the longest.
void make_room(Kept& store, std::size_t bytes) {
  while (store.bytes + bytes > kKeptBytesMax) {
    Shelf* oldest = nullptr;
    for (Shelf& shelf : store.shelves) {
      if (shelf.first != nullptr && (oldest == nullptr || shelf.last_use < oldest->last_use)) oldest = &shelf;
    }
    if (oldest == nullptr) return;
    delete_block(oldest->take(), oldest->block_bytes);
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
  return new_block(bytes);
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
  delete_block(block, bytes);
}

}  // namespace mc::fhe
