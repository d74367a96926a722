// SPDX-License-Identifier: Apache-2.0
// The ChaCha20 key stream. Source: Bernstein, ChaCha, a variant of Salsa20 (2008); RFC 8439 for the block function.
#pragma once

#include "base/bytes.hpp"

namespace mc {

inline constexpr std::size_t kChaCha20BlockBytes = 64;

/// The key stream's blocks from `first_block` on. RFC 8439's 32-bit counter and 96-bit nonce are here a 64-bit counter
/// and a zero nonce, as in the original cipher: the stream ends after 2^64 blocks, not after 256 GiB.
///   shape   out: whole blocks
void chacha20_blocks(std::span<std::uint8_t> out, std::uint64_t first_block, const SecretKey256& key);

}  // namespace mc
