// SPDX-License-Identifier: Apache-2.0
// Whole files: read with a limit, written so that a crash leaves the old or the new content and never half of it.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/bytes.hpp"

namespace mc {

/// The file's bytes; kNotFound, kIo, or kLimit when it is larger than `size_max`.
Result<Bytes> read_file(const std::filesystem::path& path, std::size_t size_max);

/// The file's text; like read_file, and kParse when it is not UTF-8 (a leading byte order mark is dropped).
Result<std::string> read_text_file(const std::filesystem::path& path, std::size_t size_max);

enum class FileSecrecy { kPublic, kOwnerOnly };

/// Makes names in the folder durable: a file that was created or renamed in it is still there after a power cut.
Status sync_folder(const std::filesystem::path& folder);

/// Writes beside, syncs, renames, syncs the folder. kOwnerOnly files have mode 0600.
Status write_file_atomically(const std::filesystem::path& path, ByteView bytes,
                             FileSecrecy secrecy = FileSecrecy::kPublic);

}  // namespace mc
