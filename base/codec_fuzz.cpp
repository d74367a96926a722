// SPDX-License-Identifier: Apache-2.0
// The Reader under every order of reads: the first bytes choose what is read from the rest.
#include <algorithm>
#include <cstdlib>

#include "base/codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kChoices = 16;
  const mc::ByteView input(data, size);
  const mc::ByteView choices = input.first(std::min(size, kChoices));
  mc::Reader reader(input.subspan(choices.size()), "fuzz");
  for (const std::uint8_t choice : choices) {
    const std::size_t before = reader.left();
    switch (choice % 8) {
      case 0:
        (void)reader.u8();
        break;
      case 1:
        (void)reader.u16();
        break;
      case 2:
        (void)reader.u32();
        break;
      case 3:
        (void)reader.u64();
        break;
      case 4:
        (void)reader.hash();
        break;
      case 5:
        (void)reader.raw(choice);
        break;
      case 6: {
        const auto text = reader.text(choice);
        if (text && (text->size() > choice || !mc::is_utf8(mc::view_of(*text)))) std::abort();
        break;
      }
      default: {
        const auto count = reader.count(choice, 3);
        if (count && (*count > choice || *count * std::size_t{3} > reader.left())) std::abort();
      }
    }
    if (reader.left() > before) std::abort();
  }
  // Hexadecimal text and digests come from the same hands.
  const auto bytes = mc::from_hex(mc::text_of(input));
  if (bytes && mc::from_hex(mc::to_hex(*bytes)).value() != *bytes) std::abort();
  const auto hash = mc::hash_from_hex(mc::text_of(input));
  if (hash && mc::hash_from_hex(hash->hex()).value() != *hash) std::abort();
  return 0;
}
