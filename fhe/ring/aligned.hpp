// SPDX-License-Identifier: Apache-2.0
// Memory of polynomials: on cache lines, so that a 64-byte vector load never touches two; on huge pages where the
// kernel gives them; kept for the next polynomial of the same size, so that a computation in its steady state asks the
// operating system for nothing; and beyond that the system's again at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/check.hpp"

namespace mc::fhe {

/// A block that starts on a cache line. Blocks given back are kept, up to kKeptBytesMax in all, for the next request of
/// exactly their size. Contents are whatever was there. Thread-safe.
void* take_block(std::size_t bytes);
void give_block(void* block, std::size_t bytes) noexcept;

inline constexpr std::size_t kKeptBytesMax = std::size_t{256} << 20;

/// Elements are left as they are by a constructor or resize that names no value: whoever makes a vector without a value
/// writes all of it.
template <class T>
struct CacheLineAllocator {
  using value_type = T;
  CacheLineAllocator() = default;
  template <class U>
  CacheLineAllocator(const CacheLineAllocator<U>&) noexcept {}
  T* allocate(std::size_t count) { return static_cast<T*>(take_block(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t count) noexcept { give_block(memory, count * sizeof(T)); }
  template <class U>
  void construct(U* place) noexcept {
    ::new (static_cast<void*>(place)) U;
  }
  template <class U, class... Arguments>
  void construct(U* place, Arguments&&... arguments) {
    ::new (static_cast<void*>(place)) U(std::forward<Arguments>(arguments)...);
  }
  friend bool operator==(const CacheLineAllocator&, const CacheLineAllocator&) { return true; }
};

using AlignedWords = std::vector<std::uint64_t, CacheLineAllocator<std::uint64_t>>;

/// `from` to the beginning of `to`, which has room for it and does not overlap.
inline void copy_words(std::span<const std::uint64_t> from, std::span<std::uint64_t> to) {
  MC_DCHECK(from.size() <= to.size());
  if (!from.empty()) std::memcpy(to.data(), from.data(), from.size_bytes());
}

}  // namespace mc::fhe
