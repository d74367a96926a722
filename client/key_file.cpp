// SPDX-License-Identifier: Apache-2.0
#include "client/key_file.hpp"

#include "base/file.hpp"
#include "base/random.hpp"

namespace mc::client {
namespace {

constexpr std::size_t kKeyFileBytesMax = 128;

}  // namespace

Result<SecretKey256> load_secret(const std::filesystem::path& path) {
  MC_TRY(Bytes file, read_file(path, kKeyFileBytesMax));
  std::string_view text = text_of(file);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  auto bytes = from_hex(text);
  wipe(file.data(), file.size());
  if (!bytes || bytes->size() != 32) {
    if (bytes) wipe(bytes->data(), bytes->size());
    return fail(Code::kCorrupt, path.string() + ": is not a key file (64 hexadecimal digits)");
  }
  SecretKey256 secret{std::span<const std::uint8_t, 32>(bytes->data(), 32)};
  wipe(bytes->data(), bytes->size());
  return secret;
}

Result<SecretKey256> load_or_create_secret(const std::filesystem::path& path) {
  auto existing = load_secret(path);
  if (existing || existing.error().code != Code::kNotFound) return existing;
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (error) return fail(Code::kIo, path.parent_path().string() + ": cannot create: " + error.message());
  SecretKey256 secret = fresh_key();
  std::string text = to_hex(secret.expose()) + "\n";
  const Status written = write_file_atomically(path, view_of(text), FileSecrecy::kOwnerOnly);
  wipe(text.data(), text.size());
  if (!written) return fail(written.error());
  return secret;
}

Result<governance::Wallet> load_or_create_wallet(const std::filesystem::path& path) {
  MC_TRY(SecretKey256 secret, load_or_create_secret(path));
  return governance::Wallet::create(std::move(secret));
}

Result<governance::Wallet> load_wallet(const std::filesystem::path& path) {
  MC_TRY(SecretKey256 secret, load_secret(path));
  return governance::Wallet::create(std::move(secret));
}

}  // namespace mc::client
