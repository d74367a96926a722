// SPDX-License-Identifier: Apache-2.0
#include "client/key_file.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/file.hpp"
#include "base/random.hpp"

namespace mc::client {
namespace {

constexpr std::size_t kKeyFileBytesMax = 128;

/// Three digits.
std::string to_octal(unsigned mode) {
  return {static_cast<char>('0' + (mode >> 6 & 7)), static_cast<char>('0' + (mode >> 3 & 7)),
          static_cast<char>('0' + (mode & 7))};
}

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

Result<governance::Wallet> load_private_wallet(const std::filesystem::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return fail(errno == ENOENT ? Code::kNotFound : Code::kIo,
                path.string() + ": cannot open: " + std::strerror(errno));
  }
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(Code::kRefused, path.string() + ": others may read this key (mode 0" + to_octal(info.st_mode & 0777) +
                                    "); `chmod 600 " + path.string() + "` and try again");
  }
  auto wallet = load_wallet(path);
  if (!wallet && wallet.error().code == Code::kInvalidArgument) return fail(wallet.error().within(path.string()));
  return wallet;
}

}  // namespace mc::client
