// SPDX-License-Identifier: Apache-2.0
// Numbers that cannot be swapped by accident.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace mc {

/// A number of its own kind: `using SlotIndex = Strong<struct SlotIndexTag, std::uint32_t>;`
template <class Tag, class T = std::uint32_t>
struct Strong {
  T value{};

  constexpr Strong() = default;
  constexpr explicit Strong(T v) : value(v) {}
  friend constexpr auto operator<=>(const Strong&, const Strong&) = default;
};

/// One of the n custodians of a commons, counted from 0.
using CustodianId = Strong<struct CustodianIdTag, std::uint8_t>;

/// Key epoch: raised by one whenever the committee or its key changes.
using Epoch = Strong<struct EpochTag, std::uint32_t>;

}  // namespace mc

template <class Tag, class T>
struct std::hash<mc::Strong<Tag, T>> {
  std::size_t operator()(const mc::Strong<Tag, T>& s) const noexcept { return std::hash<T>{}(s.value); }
};
