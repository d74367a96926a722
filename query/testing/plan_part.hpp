// SPDX-License-Identifier: Apache-2.0
// For tests: the bytes of a part of a plan, and what its decoder makes of them when they are cut off or damaged.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "base/codec.hpp"

namespace mc::query::testing {

template <auto write, class Part>
Bytes written(const Part& part) {
  Writer writer;
  write(writer, part);
  return std::move(writer).bytes();
}

template <auto read>
auto reread(const Bytes& bytes) {
  Reader reader(bytes, "plan");
  return read(reader);
}

template <auto read>
void expect_truncations_refused(const Bytes& bytes) {
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(reread<read>(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)))) << size;
  }
}

/// What is read in spite of a damaged byte has these bytes as its one encoding. REQUIRES no zeros among doubles: -0 is
/// written as 0.
template <auto read, auto write>
void expect_damage_refused_or_kept(const Bytes& bytes) {
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const std::uint8_t flip : {0x01, 0x02, 0x40, 0x80}) {
      Bytes damaged = bytes;
      damaged[at] ^= flip;
      Reader reader(damaged, "plan");
      const auto read_back = read(reader);
      if (!read_back) continue;
      const Bytes again = written<write>(*read_back);
      EXPECT_TRUE(std::ranges::equal(again, ByteView(damaged).first(reader.position()))) << "byte " << at;
    }
  }
}

}  // namespace mc::query::testing
