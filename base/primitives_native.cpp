// SPDX-License-Identifier: Apache-2.0
#if !defined(__wasm__)

#include <openssl/evp.h>
#include <sodium.h>

#include <algorithm>

#include "base/hash.hpp"
#include "base/primitives.hpp"
#include "base/random.hpp"

namespace mc {
namespace {

void require_sodium() {
  static const bool ready = sodium_init() >= 0;
  MC_CHECK(ready);
}

}  // namespace

void wipe(void* memory, std::size_t size) noexcept {
  sodium_memzero(memory, size);
}

bool equal_secret(ByteView a, ByteView b) noexcept {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

void fresh_bytes(std::span<std::uint8_t> out) {
  require_sodium();
  if (out.empty()) return;  // libsodium takes no null pointer
  randombytes_buf(out.data(), out.size());
}

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  MC_CHECK(state_->context != nullptr);
  MC_CHECK(EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1);
}

Sha256::Sha256(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

Sha256& Sha256::update(ByteView bytes) {
  MC_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
  return *this;
}

Hash256 Sha256::finish() {
  Hash256 digest;
  unsigned int size = 0;
  MC_CHECK(EVP_DigestFinal_ex(state_->context, digest.bytes.data(), &size) == 1 && size == 32);
  return digest;
}

namespace primitives {

// OpenSSL's ChaCha20 is twice as fast as libsodium's where there is AVX-512.
void chacha20(std::span<std::uint8_t> out, std::uint64_t first_block, const SecretKey256& key) {
  std::ranges::fill(out, std::uint8_t{0});
  EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
  MC_CHECK(context != nullptr && out.size() % kChaChaBlockBytes == 0);
  while (!out.empty()) {
    // One call does not cross a multiple of 2^32 blocks, nor what an int can say.
    const std::uint64_t until_wrap = (std::uint64_t{1} << 32) - (first_block & 0xFFFFFFFF);
    const std::size_t blocks =
        static_cast<std::size_t>(std::min<std::uint64_t>({out.size() / kChaChaBlockBytes, until_wrap, 1u << 24}));
    std::array<std::uint8_t, 16> counter{};
    for (std::size_t i = 0; i < 8; ++i) counter[i] = static_cast<std::uint8_t>(first_block >> (8 * i));
    const std::size_t bytes = blocks * kChaChaBlockBytes;
    int written = 0;
    MC_CHECK(EVP_EncryptInit_ex(context, EVP_chacha20(), nullptr, key.expose().data(), counter.data()) == 1);
    MC_CHECK(EVP_EncryptUpdate(context, out.data(), &written, out.data(), static_cast<int>(bytes)) == 1);
    MC_CHECK(written == static_cast<int>(bytes));
    out = out.subspan(bytes);
    first_block += blocks;
  }
  EVP_CIPHER_CTX_free(context);  // wipes the key schedule
}

SecretKey256 keyed_blake2b(const SecretKey256& key, std::initializer_list<ByteView> parts) {
  require_sodium();
  crypto_generichash_state state;
  const auto secret = key.expose();
  MC_CHECK(crypto_generichash_init(&state, secret.data(), secret.size(), 32) == 0);
  for (const ByteView part : parts) crypto_generichash_update(&state, part.data(), part.size());
  SecretKey256 digest;
  crypto_generichash_final(&state, digest.expose_mutable().data(), 32);
  wipe(&state, sizeof state);
  return digest;
}

void aes128_blocks(std::span<std::uint64_t> out, std::uint64_t first_block, std::uint64_t upper,
                   const PublicKey128& key) {
  MC_CHECK(out.size() % 2 == 0 && out.size_bytes() < std::size_t{1} << 30);
  if (out.empty()) return;
  for (std::size_t i = 0; i < out.size(); i += 2) {
    out[i] = first_block + i / 2;
    out[i + 1] = upper;
  }
  EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
  MC_CHECK(context != nullptr);
  auto* const bytes = reinterpret_cast<std::uint8_t*>(out.data());
  const int size = static_cast<int>(out.size_bytes());
  int written = 0;
  MC_CHECK(EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), nullptr, key.data(), nullptr) == 1);
  MC_CHECK(EVP_CIPHER_CTX_set_padding(context, 0) == 1);
  MC_CHECK(EVP_EncryptUpdate(context, bytes, &written, bytes, size) == 1 && written == size);
  EVP_CIPHER_CTX_free(context);
}

}  // namespace primitives
}  // namespace mc

#endif
