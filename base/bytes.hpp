// SPDX-License-Identifier: Apache-2.0
// Byte strings, and byte strings that are wiped when they die.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace mc {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView view_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view text_of(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Overwrites memory in a way the optimiser keeps.
void wipe(void* memory, std::size_t size) noexcept;

/// Allocator that wipes what it gives back; with it a std::vector never leaves a secret behind, growth included.
template <class T>
struct WipingAllocator {
  using value_type = T;
  WipingAllocator() = default;
  template <class U>
  WipingAllocator(const WipingAllocator<U>&) noexcept {}
  T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
  void deallocate(T* memory, std::size_t count) noexcept {
    wipe(memory, count * sizeof(T));
    std::allocator<T>().deallocate(memory, count);
  }
  friend bool operator==(const WipingAllocator&, const WipingAllocator&) { return true; }
};

/// Secret bytes on the heap: wiped on destruction. Compare only with equal_secret.
using SecretBytes = std::vector<std::uint8_t, WipingAllocator<std::uint8_t>>;

/// A 256-bit secret: wiped on destruction, copied only by name.
class SecretKey256 {
 public:
  SecretKey256() = default;
  explicit SecretKey256(std::span<const std::uint8_t, 32> bytes);
  SecretKey256(SecretKey256&& other) noexcept;
  SecretKey256& operator=(SecretKey256&& other) noexcept;
  SecretKey256(const SecretKey256&) = delete;
  SecretKey256& operator=(const SecretKey256&) = delete;
  ~SecretKey256();

  [[nodiscard]] SecretKey256 copy() const;
  [[nodiscard]] std::span<const std::uint8_t, 32> expose() const { return bytes_; }
  [[nodiscard]] std::span<std::uint8_t, 32> expose_mutable() { return bytes_; }

 private:
  std::array<std::uint8_t, 32> bytes_{};
};

/// Equality in time that depends on the sizes only.
bool equal_secret(ByteView a, ByteView b) noexcept;

/// Lower-case hexadecimal, no prefix.
std::string to_hex(ByteView bytes);

/// Bytes of hexadecimal text, with or without "0x"; kParse names the first bad character.
Result<Bytes> from_hex(std::string_view text);

}  // namespace mc
