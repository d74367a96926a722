// SPDX-License-Identifier: Apache-2.0
#include "node/answer_ledger_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/codec.hpp"
#include "base/file.hpp"

namespace mc::node {
namespace {

// One batch: u32 count, then per entry multiplicand, sigma, authorisation; then the SHA-256 of all of it.
constexpr std::size_t kEntryBytes = 32 + 1 + 32;
constexpr std::uint32_t kBatchEntriesMax = 1 << 16;
constexpr std::size_t kLedgerBytesMax = std::size_t{256} << 20;

tl::unexpected<Error> io_error(const std::filesystem::path& path, std::string_view action) {
  return fail(Code::kIo, path.string() + ": cannot " + std::string(action) + ": " + std::strerror(errno));
}

Bytes encode_batch(std::span<const protocol::LedgerEntry> entries) {
  Writer writer;
  writer.u32(static_cast<std::uint32_t>(entries.size()));
  for (const protocol::LedgerEntry& entry : entries) {
    writer.hash(entry.multiplicand);
    writer.u8(entry.sigma_log2);
    writer.hash(entry.authorisation);
  }
  const Hash256 seal = sha256(writer.bytes());
  writer.hash(seal);
  return std::move(writer).bytes();
}

}  // namespace

Result<std::unique_ptr<FileLedger>> FileLedger::open(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return io_error(path, "open");
  std::unique_ptr<FileLedger> ledger(new FileLedger(path, descriptor));
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    return fail(Code::kConflict, path.string() + ": another process has this ledger open");
  }
  MC_TRY_STATUS(ledger->load());
  return ledger;
}

FileLedger::~FileLedger() {
  ::close(descriptor_);
}

Status FileLedger::load() {
  MC_TRY(const Bytes bytes, read_file(path_, kLedgerBytesMax));
  Reader reader(bytes, "answer ledger");
  std::size_t batch = 0;
  while (reader.left() > 0) {
    const std::size_t start = reader.position();
    const auto count = reader.u32();
    const std::size_t body = count ? std::size_t{*count} * kEntryBytes : 0;
    // A batch that does not reach its end was never acknowledged: the share it announced was never made.
    if (!count || *count > kBatchEntriesMax || reader.left() < body + 32) {
      if (count && *count > kBatchEntriesMax) {
        return fail(Code::kCorrupt, path_.string() + ": record " + std::to_string(batch) + " is damaged");
      }
      break;
    }
    for (std::uint32_t i = 0; i < *count; ++i) {
      protocol::LedgerEntry entry;
      MC_TRY(entry.multiplicand, reader.hash());
      MC_TRY(entry.sigma_log2, reader.u8());
      MC_TRY(entry.authorisation, reader.hash());
      entries_.emplace(entry.multiplicand, entry);
    }
    const Hash256 seal = sha256(ByteView(bytes).subspan(start, 4 + body));
    MC_TRY(const Hash256 written, reader.hash());
    if (seal != written) {
      return fail(Code::kCorrupt, path_.string() + ": record " + std::to_string(batch) + " is damaged");
    }
    end_ = reader.position();
    ++batch;
  }
  if (::ftruncate(descriptor_, static_cast<off_t>(end_)) != 0) return io_error(path_, "cut the unfinished end of");
  return {};
}

Result<std::optional<protocol::LedgerEntry>> FileLedger::find(const Hash256& multiplicand) const {
  const auto found = entries_.find(multiplicand);
  if (found == entries_.end()) return std::optional<protocol::LedgerEntry>{};
  return std::optional<protocol::LedgerEntry>{found->second};
}

Status FileLedger::append(std::span<const protocol::LedgerEntry> entries) {
  if (entries.empty()) return {};
  MC_CHECK(entries.size() <= kBatchEntriesMax);
  const Bytes batch = encode_batch(entries);
  std::size_t written = 0;
  while (written < batch.size()) {
    const ssize_t put =
        ::pwrite(descriptor_, batch.data() + written, batch.size() - written, static_cast<off_t>(end_ + written));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return io_error(path_, "append to");
    written += static_cast<std::size_t>(put);
  }
  if (::fdatasync(descriptor_) != 0) return io_error(path_, "sync");
  end_ += batch.size();
  for (const protocol::LedgerEntry& entry : entries) entries_.emplace(entry.multiplicand, entry);
  return {};
}

}  // namespace mc::node
