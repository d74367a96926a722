// SPDX-License-Identifier: Apache-2.0
#if defined(__wasm__)

#include <cstring>

#include "base/hash.hpp"
#include "base/primitives.hpp"
#include "base/random.hpp"

// What the host imports into the module, and all it does for us. Pointers are into the module's memory; the host reads
// and writes only what it is told and keeps nothing. docs/wasm.md describes them.
extern "C" {
[[clang::import_module("mc_host"), clang::import_name("random")]] void mc_host_random(std::uint8_t* out,
                                                                                      std::size_t size);
[[clang::import_module("mc_host"), clang::import_name("chacha20")]] void mc_host_chacha20(std::uint8_t* out,
                                                                                          std::size_t size,
                                                                                          std::uint32_t first_block,
                                                                                          const std::uint8_t* key);
[[clang::import_module("mc_host"), clang::import_name("blake2b")]] void mc_host_blake2b(std::uint8_t* out,
                                                                                        const std::uint8_t* key,
                                                                                        const std::uint8_t* message,
                                                                                        std::size_t size);
[[clang::import_module("mc_host"), clang::import_name("sha256")]] void mc_host_sha256(std::uint8_t* out,
                                                                                      const std::uint8_t* message,
                                                                                      std::size_t size);
}

namespace mc {

void wipe(void* memory, std::size_t size) noexcept {
  std::memset(memory, 0, size);
  // The optimiser has to assume that the assembler text reads the memory.
  __asm__ volatile("" : : "r"(memory) : "memory");
}

bool equal_secret(ByteView a, ByteView b) noexcept {
  if (a.size() != b.size()) return false;
  volatile std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
  return difference == 0;
}

void fresh_bytes(std::span<std::uint8_t> out) {
  mc_host_random(out.data(), out.size());
}

/// Collects the message: the host hashes it in one call, so that it need not keep a state for us.
struct Sha256::State {
  SecretBytes message;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

Sha256& Sha256::update(ByteView bytes) {
  state_->message.insert(state_->message.end(), bytes.begin(), bytes.end());
  return *this;
}

Hash256 Sha256::finish() {
  Hash256 digest;
  mc_host_sha256(digest.bytes.data(), state_->message.data(), state_->message.size());
  return digest;
}

namespace primitives {

void chacha20(std::span<std::uint8_t> out, std::uint64_t first_block, const SecretKey256& key) {
  MC_CHECK(out.size() % kChaChaBlockBytes == 0);
  // What the host offers counts in 32 bits: 256 GiB of one key's stream.
  MC_CHECK(first_block + out.size() / kChaChaBlockBytes < std::uint64_t{1} << 32);
  mc_host_chacha20(out.data(), out.size(), static_cast<std::uint32_t>(first_block), key.expose().data());
}

SecretKey256 keyed_blake2b(const SecretKey256& key, std::initializer_list<ByteView> parts) {
  SecretBytes message;
  for (const ByteView part : parts) message.insert(message.end(), part.begin(), part.end());
  SecretKey256 digest;
  mc_host_blake2b(digest.expose_mutable().data(), key.expose().data(), message.data(), message.size());
  return digest;
}

void aes128_blocks(std::span<std::uint64_t> out, std::uint64_t first_block, std::uint64_t upper,
                   const PublicKey128& key) {
  MC_CHECK(out.size() % 2 == 0);
  const Aes128 aes(key);
  for (std::size_t i = 0; i < out.size(); i += 2) {
    out[i] = first_block + i / 2;
    out[i + 1] = upper;
    aes.encrypt(reinterpret_cast<std::uint8_t*>(&out[i]));
  }
}

}  // namespace primitives
}  // namespace mc

#endif
