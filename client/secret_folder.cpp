// SPDX-License-Identifier: Apache-2.0
#include "client/secret_folder.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/descriptor.hpp"
#include "base/file.hpp"
#include "base/random.hpp"
#include "client/key_file.hpp"

namespace mc::client {
namespace {

constexpr std::string_view kLockName = "folder.lock";
constexpr std::size_t kLockBytesMax = 4'096;
constexpr std::size_t kSecretBytesMax = 64 * 1024;
constexpr std::size_t kPassphraseBytesMax = 4'096;

/// The first line, without its end. Byte by byte: what follows may belong to somebody else.
Result<protocol::Unlock> read_line(int descriptor, const std::string& name) {
  SecretBytes text;
  std::uint8_t byte = 0;
  while (true) {
    const ssize_t got = ::read(descriptor, &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(Code::kIo, name + ": cannot read: " + std::strerror(errno));
    if (got == 0 || byte == '\n') break;
    if (text.size() == kPassphraseBytesMax) {
      return fail(Code::kLimit, name + ": a passphrase has at most " + std::to_string(kPassphraseBytesMax) + " bytes");
    }
    text.push_back(byte);
  }
  wipe(&byte, 1);
  if (!text.empty() && text.back() == '\r') text.pop_back();
  if (text.empty()) return fail(Code::kInvalidArgument, name + ": holds no passphrase");
  return protocol::Unlock(protocol::Passphrase{std::move(text)});
}

Result<protocol::Unlock> ask_terminal(const std::string& prompt) {
  const Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC));
  termios before{};
  if (terminal.get() < 0 || ::tcgetattr(terminal.get(), &before) != 0) {
    return fail(Code::kUnavailable,
                "there is no terminal to ask for the passphrase; name a key file, a passphrase "
                "file or an open file with it");
  }
  termios silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  silent.c_lflag |= ECHONL;
  const std::string text = prompt + ": ";
  (void)!::write(terminal.get(), text.data(), text.size());
  ::tcsetattr(terminal.get(), TCSAFLUSH, &silent);
  auto line = read_line(terminal.get(), "the terminal");
  ::tcsetattr(terminal.get(), TCSAFLUSH, &before);
  return line;
}

Result<SecretKey256> key_of(SecretBytes content, const std::filesystem::path& path) {
  if (content.size() != 32) {
    return fail(Code::kCorrupt, path.string() + ": holds " + std::to_string(content.size()) + " bytes, a key has 32");
  }
  return SecretKey256(std::span(content).first<32>());
}

/// Where the disk writes in place, the old bytes are gone; where it does not, they are still encrypted.
Status overwrite(const Descriptor& target, const std::filesystem::path& path) {
  const off_t size = ::lseek(target.get(), 0, SEEK_END);
  const Bytes zeros(size > 0 ? static_cast<std::size_t>(size) : 0);
  if (::pwrite(target.get(), zeros.data(), zeros.size(), 0) != size || ::fsync(target.get()) != 0) {
    return fail(Code::kIo, path.string() + ": cannot overwrite: " + std::strerror(errno));
  }
  return {};
}

/// Fine when there is none.
Status overwrite_and_remove(const std::filesystem::path& path) {
  {
    const Descriptor target(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (target.get() < 0) {
      if (errno == ENOENT) return {};
      return fail(Code::kIo, path.string() + ": cannot open: " + std::strerror(errno));
    }
    MC_TRY_STATUS(overwrite(target, path));
  }
  if (::unlink(path.c_str()) != 0) return fail(Code::kIo, path.string() + ": cannot remove: " + std::strerror(errno));
  return {};
}

/// "NAME.sealed.XXXXXX", which write_file_atomically renames when it is whole.
bool is_unfinished(const std::filesystem::path& path) {
  return path.extension().string().size() == 7 && path.stem().extension() == ".sealed";
}

bool has_sealed_files(const std::filesystem::path& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".sealed") return true;
  }
  return false;
}

}  // namespace

Result<protocol::Unlock> read_unlock(const UnlockSource& source, const std::string& prompt) {
  switch (source.kind) {
    case UnlockSource::Kind::kKeyFile: {
      MC_TRY(SecretKey256 key, load_secret(source.file));
      return protocol::Unlock(protocol::UnlockKey{std::move(key)});
    }
    case UnlockSource::Kind::kPassphraseFile: {
      const Descriptor file(::open(source.file.c_str(), O_RDONLY | O_CLOEXEC));
      if (file.get() < 0) {
        return fail(errno == ENOENT ? Code::kNotFound : Code::kIo,
                    source.file.string() + ": cannot open: " + std::strerror(errno));
      }
      return read_line(file.get(), source.file.string());
    }
    case UnlockSource::Kind::kDescriptor:
      return read_line(source.descriptor, "open file " + std::to_string(source.descriptor));
    case UnlockSource::Kind::kTerminal:
      return ask_terminal(prompt);
  }
  MC_CHECK(false && "every source is read");
}

Result<SecretFolder> SecretFolder::open(const std::filesystem::path& folder, const protocol::Unlock& unlock) {
  const std::filesystem::path lock = folder / kLockName;
  MC_TRY(const Bytes bytes, read_file(lock, kLockBytesMax));
  auto key = protocol::unlock_folder_key(bytes, unlock);
  if (!key) return fail(key.error().within(lock.string()));
  return SecretFolder(folder, std::move(*key));
}

Result<SecretFolder> SecretFolder::open_or_create(const std::filesystem::path& folder, const protocol::Unlock& unlock,
                                                  protocol::PassphraseCost cost) {
  auto existing = open(folder, unlock);
  if (existing || existing.error().code != Code::kNotFound) return existing;
  if (has_sealed_files(folder)) {
    return fail(Code::kCorrupt, (folder / kLockName).string() + ": is missing, and there are files that only it opens");
  }
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(Code::kIo, folder.string() + ": cannot create: " + error.message());
  SecretKey256 key = fresh_key();
  MC_TRY(const Bytes lock, protocol::lock_folder_key(key, unlock, cost));
  MC_TRY_STATUS(write_file_atomically(folder / kLockName, lock, FileSecrecy::kOwnerOnly));
  return SecretFolder(folder, std::move(key));
}

Status SecretFolder::rekey(const std::filesystem::path& folder, const protocol::Unlock& from,
                           const protocol::Unlock& to, protocol::PassphraseCost cost) {
  MC_TRY(const SecretFolder opened, open(folder, from));
  MC_TRY(const Bytes lock, protocol::lock_folder_key(opened.key_, to, cost));
  return write_file_atomically(folder / kLockName, lock, FileSecrecy::kOwnerOnly);
}

Result<SecretBytes> SecretFolder::read(const std::string& name) const {
  MC_TRY(const Bytes bytes, read_file(file(name), kSecretBytesMax));
  auto content = protocol::open_secret(key_, name, bytes);
  if (!content) return fail(content.error().within(file(name).string()));
  return content;
}

Status SecretFolder::write(const std::string& name, ByteView content) const {
  MC_CHECK(content.size() + 64 <= kSecretBytesMax);
  // The old content must not survive in blocks that the file system only gives back: keys of earlier days are in it.
  const Descriptor before(::open(file(name).c_str(), O_RDWR | O_CLOEXEC));
  if (before.get() < 0 && errno != ENOENT) {
    return fail(Code::kIo, file(name).string() + ": cannot open what is to be overwritten: " + std::strerror(errno));
  }
  MC_TRY_STATUS(write_file_atomically(file(name), protocol::seal_secret(key_, name, content), FileSecrecy::kOwnerOnly));
  return before.get() < 0 ? Status{} : overwrite(before, file(name));
}

Status SecretFolder::erase(const std::string& name) const {
  MC_TRY_STATUS(overwrite_and_remove(file(name)));
  return sync_folder(folder_);
}

Status SecretFolder::erase_unfinished() const {
  std::vector<std::filesystem::path> leftovers;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    if (is_unfinished(entry.path())) leftovers.push_back(entry.path());
  }
  if (error) return fail(Code::kIo, folder_.string() + ": cannot be read: " + error.message());
  for (const std::filesystem::path& path : leftovers) MC_TRY_STATUS(overwrite_and_remove(path));
  return leftovers.empty() ? Status{} : sync_folder(folder_);
}

Result<SecretKey256> SecretFolder::secret(const std::string& name) const {
  MC_TRY(SecretBytes content, read(name));
  return key_of(std::move(content), file(name));
}

Result<SecretKey256> SecretFolder::secret_or_create(const std::string& name) const {
  auto existing = secret(name);
  if (existing || existing.error().code != Code::kNotFound) return existing;
  SecretKey256 fresh = fresh_key();
  MC_TRY_STATUS(write(name, fresh.expose()));
  return fresh;
}

Result<governance::Wallet> SecretFolder::wallet(const std::string& name) const {
  MC_TRY(SecretKey256 key, secret(name));
  return governance::Wallet::create(std::move(key));
}

}  // namespace mc::client
