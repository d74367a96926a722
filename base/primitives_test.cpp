// SPDX-License-Identifier: Apache-2.0
#include "base/primitives.hpp"

#include <gtest/gtest.h>

namespace mc {
namespace {

SecretKey256 counting_key() {
  SecretKey256 key;
  for (std::size_t i = 0; i < 32; ++i) key.expose_mutable()[i] = static_cast<std::uint8_t>(i);
  return key;
}

// RFC 8439, appendix A.1, test vector 3: key 0…01, block 1.
TEST(Primitives, ChaCha20StartsAtAnyBlock) {
  SecretKey256 key;
  key.expose_mutable()[31] = 1;
  Bytes block(64, 0xAA);
  primitives::chacha20(block, 1, key);
  EXPECT_EQ(to_hex(block),
            "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a"
            "8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0");
  Bytes both(128);
  primitives::chacha20(both, 0, key);
  EXPECT_EQ(Bytes(both.begin() + 64, both.end()), block);
}

// The same digest by an independent implementation: python3 -c "import hashlib;
// print(hashlib.blake2b(bytes(range(256)), key=bytes(range(32)), digest_size=32).hexdigest())".
TEST(Primitives, KeyedBlake2bDoesNotDependOnTheBordersOfItsParts) {
  Bytes message(256);
  for (std::size_t i = 0; i < message.size(); ++i) message[i] = static_cast<std::uint8_t>(i);
  const ByteView view(message);
  const std::string whole = to_hex(primitives::keyed_blake2b(counting_key(), {view}).expose());
  EXPECT_EQ(whole, "b42be36ea26392f67d1d3706ffa72b6c61c2ff38e1fabd9a49e154d54b967d83");
  for (const std::size_t cut : {0, 1, 127, 128, 129, 256}) {
    EXPECT_EQ(to_hex(primitives::keyed_blake2b(counting_key(), {view.first(cut), view.subspan(cut)}).expose()), whole);
  }
}

}  // namespace
}  // namespace mc
