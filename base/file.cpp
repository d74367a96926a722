// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/codec.hpp"
#include "base/descriptor.hpp"

namespace mc {
namespace {

tl::unexpected<Error> io_error(const std::filesystem::path& path, std::string_view action) {
  const Code code = errno == ENOENT ? Code::kNotFound : Code::kIo;
  return fail(code, path.string() + ": cannot " + std::string(action) + ": " + std::strerror(errno));
}

}  // namespace

Result<Bytes> read_file(const std::filesystem::path& path, std::size_t size_max) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return io_error(path, "open");
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return io_error(path, "inspect");
  if (S_ISDIR(info.st_mode)) return fail(Code::kInvalidArgument, path.string() + ": is a folder, a file is needed");
  Bytes bytes;
  std::size_t size = 0;
  while (true) {
    // Grows with what was read, not with what the file system claims.
    if (size == bytes.size()) bytes.resize(std::min(size_max + 1, std::max<std::size_t>(2 * size, 64 * 1024)));
    const ssize_t got = ::read(file.get(), bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_error(path, "read");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    if (size > size_max) {
      return fail(Code::kLimit, path.string() + ": larger than the limit of " + std::to_string(size_max) + " bytes");
    }
  }
  bytes.resize(size);
  return bytes;
}

Result<std::string> read_text_file(const std::filesystem::path& path, std::size_t size_max) {
  MC_TRY(const Bytes bytes, read_file(path, size_max));
  if (!is_utf8(bytes)) return fail(Code::kParse, path.string() + ": is not UTF-8 text");
  std::string_view text = text_of(bytes);
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return std::string(text);
}

Status sync_folder(const std::filesystem::path& folder) {
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0) return io_error(folder, "open");
  // Some file systems cannot sync a folder and say EINVAL; they keep names durable by themselves or not at all.
  if (::fsync(directory.get()) != 0 && errno != EINVAL) return io_error(folder, "sync");
  return {};
}

Status write_file_atomically(const std::filesystem::path& path, ByteView bytes, FileSecrecy secrecy) {
  std::string beside = path.string() + ".XXXXXX";
  {
    const Descriptor file(::mkostemp(beside.data(), O_CLOEXEC));
    if (file.get() < 0) return io_error(path, "create");
    const auto abandon = [&](std::string_view action) {
      auto error = io_error(path, action);
      ::unlink(beside.c_str());
      return error;
    };
    if (::fchmod(file.get(), secrecy == FileSecrecy::kOwnerOnly ? 0600 : 0644) != 0) return abandon("set the mode of");
    std::size_t written = 0;
    while (written < bytes.size()) {
      const ssize_t put = ::write(file.get(), bytes.data() + written, bytes.size() - written);
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return abandon("write");
      written += static_cast<std::size_t>(put);
    }
    if (::fsync(file.get()) != 0) return abandon("sync");
    if (::rename(beside.c_str(), path.c_str()) != 0) return abandon("replace");
  }
  return sync_folder(path.has_parent_path() ? path.parent_path() : ".");
}

}  // namespace mc
