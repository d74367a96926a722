// SPDX-License-Identifier: Apache-2.0
// A box for members comes from whoever proposes: its bytes are a sentence or what somebody sealed.
#include <cstddef>
#include <cstdint>

#include "protocol/member_box.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mc::SecretKey256 secret;
  (void)mc::protocol::open_as_member({data, size}, secret);
  return 0;
}
