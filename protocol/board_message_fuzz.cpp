// SPDX-License-Identifier: Apache-2.0
// Board messages, slot names, bodies and public identities from untrusted bytes.
#include <algorithm>

#include "base/check.hpp"
#include "protocol/board_message.hpp"
#include "protocol/keygen_bodies.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc;
  using namespace mc::protocol;
  const ByteView bytes(data, size);
  if (const auto message = decode_board_message(bytes, 1024)) {
    MC_CHECK(std::ranges::equal(encode_board_message(*message), bytes));
    (void)verify_board_message(PublicIdentity{}, *message);
  }
  if (const auto slot = board_slot_from_name(text_of(bytes))) MC_CHECK(slot->name() == text_of(bytes));
  if (const auto identity = decode_public_identity(bytes)) {
    MC_CHECK(std::ranges::equal(encode_public_identity(*identity), bytes));
  }
  if (const auto hashes = decode_hash_list(bytes, 3, "hash list")) {
    MC_CHECK(std::ranges::equal(encode_hash_list(*hashes), bytes));
  }
  return 0;
}
