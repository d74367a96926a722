// SPDX-License-Identifier: Apache-2.0
// The cryptographic functions that this room takes from libraries. primitives_native.cpp has them from libsodium and
// OpenSSL; primitives_wasm.cpp from the page or program that loaded the WebAssembly module (wasm/host.mjs), for there
// are no such libraries in there; AES it has in base/aes.cpp. The same files hold wipe, equal_secret, fresh_bytes and
// the state of Sha256.
#pragma once

#include <initializer_list>

#include "base/aes.hpp"
#include "base/bytes.hpp"

namespace mc::primitives {

inline constexpr std::size_t kChaChaBlockBytes = 64;

/// Key stream of ChaCha20 from block `first_block` on, whole blocks. RFC 8439's 32-bit counter and 96-bit nonce are
/// here a 64-bit counter and a zero nonce, as in the original cipher.
void chacha20(std::span<std::uint8_t> out, std::uint64_t first_block, const SecretKey256& key);

/// BLAKE2b (RFC 7693) with a key and 32 bytes of digest, of the parts one after another.
SecretKey256 keyed_blake2b(const SecretKey256& key, std::initializer_list<ByteView> parts);

/// AES-128 of counters: two words, an even number in all, of every block LE64(first_block + i), LE64(upper). Public
/// keys alone (base/aes.hpp).
void aes128_blocks(std::span<std::uint64_t> out, std::uint64_t first_block, std::uint64_t upper,
                   const PublicKey128& key);

}  // namespace mc::primitives
