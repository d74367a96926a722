// SPDX-License-Identifier: Apache-2.0
#include "base/chacha20.hpp"

#include <openssl/evp.h>

#include <algorithm>

#include "base/check.hpp"

namespace mc {

// OpenSSL's ChaCha20 is twice as fast as libsodium's where there is AVX-512.
void chacha20_blocks(std::span<std::uint8_t> out, std::uint64_t first_block, const SecretKey256& key) {
  MC_CHECK(out.size() % kChaCha20BlockBytes == 0);
  std::ranges::fill(out, std::uint8_t{0});
  EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
  MC_CHECK(context != nullptr);
  while (!out.empty()) {
    // One call does not cross a multiple of 2^32 blocks, nor what an int can say.
    const std::uint64_t until_wrap = (std::uint64_t{1} << 32) - (first_block & 0xFFFFFFFF);
    const std::size_t blocks =
        static_cast<std::size_t>(std::min<std::uint64_t>({out.size() / kChaCha20BlockBytes, until_wrap, 1u << 24}));
    std::array<std::uint8_t, 16> counter{};
    for (std::size_t i = 0; i < 8; ++i) counter[i] = static_cast<std::uint8_t>(first_block >> (8 * i));
    const std::size_t bytes = blocks * kChaCha20BlockBytes;
    int written = 0;
    MC_CHECK(EVP_EncryptInit_ex(context, EVP_chacha20(), nullptr, key.expose().data(), counter.data()) == 1);
    MC_CHECK(EVP_EncryptUpdate(context, out.data(), &written, out.data(), static_cast<int>(bytes)) == 1);
    MC_CHECK(written == static_cast<int>(bytes));
    out = out.subspan(bytes);
    first_block += blocks;
  }
  EVP_CIPHER_CTX_free(context);  // wipes the key schedule
}

}  // namespace mc
