// SPDX-License-Identifier: Apache-2.0
// A custodian's secrets on its own disk: every file NAME.sealed is encrypted (protocol/sealed_secret.hpp), and
// folder.lock says how to open them. A wrong passphrase, a cut or a changed file is one sentence, and nothing is
// written. Files are replaced whole: a crash leaves the old content or the new.
#pragma once

#include <filesystem>

#include "governance/wallet.hpp"
#include "protocol/sealed_secret.hpp"

namespace mc::client {

/// Where a passphrase or key comes from. Never from an argument or the environment, which other users can read.
struct UnlockSource {
  enum class Kind : std::uint8_t {
    kKeyFile,         // 64 hexadecimal digits in a file outside the folder
    kPassphraseFile,  // its first line
    kDescriptor,      // the first line of an open file of this process
    kTerminal,        // asked for, without echo
  };
  Kind kind = Kind::kTerminal;
  std::filesystem::path file;
  int descriptor = -1;
};

/// Reads it. For the terminal, `prompt` is what is asked.
///   errors  kNotFound, kIo; kCorrupt for a key file that is none; kUnavailable when there is no terminal
Result<protocol::Unlock> read_unlock(const UnlockSource& source, const std::string& prompt);

class SecretFolder {
 public:
  /// Opens the folder; founds it when it has no lock. A folder that has sealed files but no lock is refused: a new lock
  /// would make them unreadable for ever.
  static Result<SecretFolder> open_or_create(const std::filesystem::path& folder, const protocol::Unlock& unlock,
                                             protocol::PassphraseCost cost = {});
  /// kNotFound without a lock; kRefused with "FOLDER/folder.lock: the passphrase is wrong, …".
  static Result<SecretFolder> open(const std::filesystem::path& folder, const protocol::Unlock& unlock);
  /// Closes the lock anew with another passphrase or key. The files stay; an old copy of the lock still opens with the
  /// old one.
  static Status rekey(const std::filesystem::path& folder, const protocol::Unlock& from, const protocol::Unlock& to,
                      protocol::PassphraseCost cost = {});

  [[nodiscard]] const std::filesystem::path& path() const { return folder_; }
  /// Where the folder key lies, to be locked into memory.
  [[nodiscard]] ByteView secret_memory() const { return key_.expose(); }
  /// kNotFound; kCorrupt naming the file.
  [[nodiscard]] Result<SecretBytes> read(const std::string& name) const;
  /// Replaces the file whole, then overwrites what was there before.
  Status write(const std::string& name, ByteView content) const;
  /// Overwrites, then removes. Fine when there is none.
  Status erase(const std::string& name) const;
  /// Erases what writes that a power cut interrupted have left beside the secrets: keys of days that are over may be in
  /// it. For the process that owns the folder: a write of another one at this moment would fail.
  Status erase_unfinished() const;
  /// A 256-bit secret.
  [[nodiscard]] Result<SecretKey256> secret(const std::string& name) const;
  [[nodiscard]] Result<SecretKey256> secret_or_create(const std::string& name) const;
  [[nodiscard]] Result<governance::Wallet> wallet(const std::string& name) const;

 private:
  SecretFolder(std::filesystem::path folder, SecretKey256 key) : folder_(std::move(folder)), key_(std::move(key)) {}
  [[nodiscard]] std::filesystem::path file(const std::string& name) const { return folder_ / (name + ".sealed"); }

  std::filesystem::path folder_;
  SecretKey256 key_;
};

}  // namespace mc::client
