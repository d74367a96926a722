// SPDX-License-Identifier: Apache-2.0
// Options that say where a custodian's passphrase or key comes from. A passphrase itself is never an option: arguments
// and environments can be read by others.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "client/secret_folder.hpp"

namespace mc::cli {

struct UnlockOptions {
  std::string key_file, passphrase_file;
  int passphrase_fd = -1;
};

/// Adds --PREFIXkey-file, --PREFIXpassphrase-file and --PREFIXpassphrase-fd, one of which may be given.
void add_unlock_options(CLI::App& verb, UnlockOptions& options, const std::string& prefix);

/// What was chosen; the terminal when nothing was.
client::UnlockSource unlock_source(const UnlockOptions& options);

}  // namespace mc::cli
