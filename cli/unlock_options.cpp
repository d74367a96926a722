// SPDX-License-Identifier: Apache-2.0
#include "cli/unlock_options.hpp"

namespace mc::cli {

void add_unlock_options(CLI::App& verb, UnlockOptions& options, const std::string& prefix) {
  const std::string of = prefix.empty() ? "the custodian's secrets" : "them from now on";
  CLI::Option* key = verb.add_option("--" + prefix + "key-file", options.key_file,
                                     "file with a 256-bit key (64 hexadecimal digits) that opens " + of);
  CLI::Option* file = verb.add_option("--" + prefix + "passphrase-file", options.passphrase_file,
                                      "file whose first line is the passphrase (default: asked for without echo)");
  CLI::Option* descriptor =
      verb.add_option("--" + prefix + "passphrase-fd", options.passphrase_fd, "number of an open file with it");
  key->excludes(file)->excludes(descriptor);
  file->excludes(descriptor);
}

client::UnlockSource unlock_source(const UnlockOptions& options) {
  using Kind = client::UnlockSource::Kind;
  if (!options.key_file.empty()) return {Kind::kKeyFile, options.key_file, -1};
  if (!options.passphrase_file.empty()) return {Kind::kPassphraseFile, options.passphrase_file, -1};
  if (options.passphrase_fd >= 0) return {Kind::kDescriptor, {}, options.passphrase_fd};
  return {};
}

}  // namespace mc::cli
