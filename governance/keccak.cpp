// SPDX-License-Identifier: Apache-2.0
#include "governance/keccak.hpp"

#include <cryptopp/keccak.h>

namespace mc::governance {

Hash256 keccak256(ByteView bytes) {
  CryptoPP::Keccak_256 state;
  state.Update(bytes.data(), bytes.size());
  Hash256 digest;
  state.Final(digest.bytes.data());
  return digest;
}

}  // namespace mc::governance
