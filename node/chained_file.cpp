// SPDX-License-Identifier: Apache-2.0
#include "node/chained_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/codec.hpp"
#include "base/file.hpp"

namespace mc::node {
namespace {

// One record: its size and head, its bytes, its seal. The head is the SHA-256 of the seal before it and the size, the
// seal that of the head and the bytes.
constexpr std::size_t kSizeBytes = 4;
constexpr std::size_t kHashBytes = 32;

tl::unexpected<Error> io_error(const std::filesystem::path& path, std::string_view action) {
  return fail(Code::kIo, path.string() + ": cannot " + std::string(action) + ": " + std::strerror(errno));
}

}  // namespace

Hash256 ChainedFile::record_head(std::uint32_t size) const {
  return Sha256(format_).update(seal_.bytes).update_u64(size).finish();
}

Hash256 ChainedFile::record_seal(const Hash256& head, ByteView record) const {
  return Sha256(format_).update(head.bytes).update(record).finish();
}

Result<std::unique_ptr<ChainedFile>> ChainedFile::open(const std::filesystem::path& path, std::string_view format,
                                                       Limits limits, const OnRecord& on_record,
                                                       const FileMark& reached) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return io_error(path, "open");
  std::unique_ptr<ChainedFile> file(new ChainedFile(path, format, limits, descriptor));
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    return fail(Code::kConflict, path.string() + ": another process has it open");
  }
  // The file's own name must outlive a power cut too: an empty file would forget every record.
  MC_TRY_STATUS(sync_folder(path.has_parent_path() ? path.parent_path() : "."));
  MC_TRY_STATUS(file->load(on_record, reached));
  return file;
}

ChainedFile::~ChainedFile() {
  ::close(descriptor_);
}

Status ChainedFile::load(const OnRecord& on_record, const FileMark& reached) {
  MC_TRY(const Bytes bytes, read_file(path_, limits_.file_bytes_max));
  Reader reader(bytes, "chained file");
  bool found = reached == mark();
  for (std::size_t number = 0; reader.left() >= kSizeBytes + kHashBytes; ++number) {
    const std::string name = path_.string() + ": record " + std::to_string(number);
    MC_TRY(const std::uint32_t size, reader.u32());
    MC_TRY(const Hash256 head, reader.hash());
    if (head != record_head(size) || size > limits_.record_bytes_max) {
      return fail(Code::kCorrupt, name + " is damaged");
    }
    // A record that does not reach its end was never acknowledged.
    if (reader.left() < size + kHashBytes) break;
    MC_TRY(const ByteView record, reader.raw(size));
    MC_TRY(const Hash256 seal, reader.hash());
    if (seal != record_seal(head, record)) return fail(Code::kCorrupt, name + " is damaged");
    const Status taken = on_record(record);
    if (!taken) return fail(taken.error().within(name));
    seal_ = seal;
    end_ = reader.position();
    found = found || reached == mark();
  }
  // Before anything is cut: whoever looks for what is missing finds the file as it was.
  if (!found) {
    return fail(Code::kNotFound, path_.string() + ": records are missing: it had come to " +
                                     std::to_string(reached.bytes) + " bytes with seal " + reached.seal.hex() +
                                     ", here are " + std::to_string(end_) + " bytes that do not hold that record");
  }
  if (::ftruncate(descriptor_, static_cast<off_t>(end_)) != 0) return io_error(path_, "cut the unfinished end of");
  return {};
}

Status ChainedFile::append(ByteView record) {
  MC_CHECK(record.size() <= limits_.record_bytes_max);
  if (failed_) return fail(Code::kIo, path_.string() + ": an earlier write failed; start the process again");
  const auto size = static_cast<std::uint32_t>(record.size());
  const Hash256 head = record_head(size);
  const Hash256 seal = record_seal(head, record);
  Writer writer;
  writer.u32(size);
  writer.hash(head);
  writer.raw(record);
  writer.hash(seal);
  if (end_ + writer.bytes().size() > limits_.file_bytes_max) {
    return fail(Code::kLimit, path_.string() + ": has " + std::to_string(end_) + " bytes, the limit is " +
                                  std::to_string(limits_.file_bytes_max));
  }
  const Status written = write_at_end(writer.bytes());
  if (!written) {
    failed_ = true;
    return written;
  }
  end_ += writer.bytes().size();
  seal_ = seal;
  return {};
}

Status ChainedFile::write_at_end(ByteView bytes) const {
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t put =
        ::pwrite(descriptor_, bytes.data() + written, bytes.size() - written, static_cast<off_t>(end_ + written));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return io_error(path_, "append to");
    written += static_cast<std::size_t>(put);
  }
  if (::fdatasync(descriptor_) != 0) return io_error(path_, "sync");
  return {};
}

}  // namespace mc::node
