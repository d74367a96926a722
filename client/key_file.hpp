// SPDX-License-Identifier: Apache-2.0
// Secrets of one person or institution on its own disk: one 256-bit secret per file, mode 0600, hexadecimal.
#pragma once

#include <filesystem>

#include "base/bytes.hpp"
#include "governance/wallet.hpp"

namespace mc::client {

/// The secret in the file; a fresh one is made and written when the file does not exist.
///   errors  kCorrupt when the file does not hold 64 hexadecimal digits; kIo
Result<SecretKey256> load_or_create_secret(const std::filesystem::path& path);

/// The secret in the file; kNotFound when there is none.
Result<SecretKey256> load_secret(const std::filesystem::path& path);

/// The wallet whose secret is in the file, made when absent.
Result<governance::Wallet> load_or_create_wallet(const std::filesystem::path& path);
Result<governance::Wallet> load_wallet(const std::filesystem::path& path);

/// The wallet of somebody whose key was made elsewhere and owns something: refused while others may read its file.
///   errors  kNotFound; kRefused "FILE: others may read this key (mode 0644); …"; those of load_wallet
Result<governance::Wallet> load_private_wallet(const std::filesystem::path& path);

}  // namespace mc::client
