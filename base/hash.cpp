// SPDX-License-Identifier: Apache-2.0
#include "base/hash.hpp"

#include <openssl/evp.h>

namespace mc {

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  MC_CHECK(state_->context != nullptr);
  MC_CHECK(EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1);
}

Sha256::Sha256(std::string_view domain) : Sha256() {
  update_sized(view_of(domain));
}

Sha256::Sha256(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

Sha256& Sha256::update(ByteView bytes) {
  MC_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
  return *this;
}

Sha256& Sha256::update_u64(std::uint64_t value) {
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
  return update(bytes);
}

Sha256& Sha256::update_sized(ByteView bytes) {
  update_u64(bytes.size());
  return update(bytes);
}

Hash256 Sha256::finish() {
  Hash256 digest;
  unsigned int size = 0;
  MC_CHECK(EVP_DigestFinal_ex(state_->context, digest.bytes.data(), &size) == 1 && size == 32);
  return digest;
}

Hash256 sha256(ByteView bytes) {
  return Sha256().update(bytes).finish();
}

Result<Hash256> hash_from_hex(std::string_view text) {
  MC_TRY(const Bytes bytes, from_hex(text));
  if (bytes.size() != 32) {
    return fail(Code::kParse, "a SHA-256 digest has 32 bytes, this one has " + std::to_string(bytes.size()));
  }
  Hash256 hash;
  std::copy(bytes.begin(), bytes.end(), hash.bytes.begin());
  return hash;
}

}  // namespace mc
