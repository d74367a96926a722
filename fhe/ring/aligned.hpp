// SPDX-License-Identifier: Apache-2.0
// Memory that starts on a cache line: a 64-byte vector load then never touches two lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

namespace mc::fhe {

template <class T>
struct CacheLineAllocator {
  using value_type = T;
  static constexpr std::align_val_t kAlignment{64};
  CacheLineAllocator() = default;
  template <class U>
  CacheLineAllocator(const CacheLineAllocator<U>&) noexcept {}
  T* allocate(std::size_t count) { return static_cast<T*>(::operator new(count * sizeof(T), kAlignment)); }
  void deallocate(T* memory, std::size_t) noexcept { ::operator delete(memory, kAlignment); }
  friend bool operator==(const CacheLineAllocator&, const CacheLineAllocator&) { return true; }
};

using AlignedWords = std::vector<std::uint64_t, CacheLineAllocator<std::uint64_t>>;

}  // namespace mc::fhe
