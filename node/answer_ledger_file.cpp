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

// One batch: u32 count and its head, then per entry multiplicand, sigma, authorisation, opening, then its seal. The
// head is the SHA-256 of the seal before it and the count, the seal that of the head and the entries: a damaged count
// is told apart from an end that a crash cut short, and no batch can be taken out or moved.
constexpr std::size_t kCountBytes = 4;
constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kEntryBytes = kHashBytes + 1 + kHashBytes + 1;
constexpr std::string_view kFormat = "medcommons/answer-ledger/2";
constexpr std::uint32_t kBatchEntriesMax = 1 << 16;
constexpr std::size_t kLedgerBytesMax = std::size_t{256} << 20;

tl::unexpected<Error> io_error(const std::filesystem::path& path, std::string_view action) {
  return fail(Code::kIo, path.string() + ": cannot " + std::string(action) + ": " + std::strerror(errno));
}

Hash256 batch_head(const Hash256& seal_before, std::uint32_t count) {
  return Sha256(kFormat).update(seal_before.bytes).update_u64(count).finish();
}

Hash256 batch_seal(const Hash256& head, ByteView entries) {
  return Sha256(kFormat).update(head.bytes).update(entries).finish();
}

Bytes encode_entries(std::span<const protocol::LedgerEntry> entries) {
  Writer writer;
  for (const protocol::LedgerEntry& entry : entries) {
    writer.hash(entry.multiplicand);
    writer.u8(entry.sigma_log2);
    writer.hash(entry.authorisation);
    writer.u8(static_cast<std::uint8_t>(entry.opening));
  }
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
  // The file's own name must outlive a power cut too: an empty ledger would forget every answer.
  MC_TRY_STATUS(sync_folder(path.has_parent_path() ? path.parent_path() : "."));
  MC_TRY_STATUS(ledger->load());
  return ledger;
}

FileLedger::~FileLedger() {
  ::close(descriptor_);
}

Status FileLedger::load() {
  MC_TRY(const Bytes bytes, read_file(path_, kLedgerBytesMax));
  Reader reader(bytes, "answer ledger");
  const auto damaged = [&](std::size_t batch) {
    return fail(Code::kCorrupt, path_.string() + ": record " + std::to_string(batch) + " is damaged");
  };
  // A batch that does not reach its end was never acknowledged: the share it announced was never made.
  for (std::size_t batch = 0; reader.left() >= kCountBytes + kHashBytes; ++batch) {
    MC_TRY(const std::uint32_t count, reader.u32());
    MC_TRY(const Hash256 head, reader.hash());
    if (head != batch_head(seal_, count) || count > kBatchEntriesMax) return damaged(batch);
    if (reader.left() < count * kEntryBytes + kHashBytes) break;
    MC_TRY(const ByteView entries, reader.raw(count * kEntryBytes));
    MC_TRY(const Hash256 seal, reader.hash());
    if (seal != batch_seal(head, entries)) return damaged(batch);
    Reader fields(entries, "answer ledger");
    for (std::uint32_t i = 0; i < count; ++i) {
      protocol::LedgerEntry entry;
      MC_TRY(entry.multiplicand, fields.hash());
      MC_TRY(entry.sigma_log2, fields.u8());
      MC_TRY(entry.authorisation, fields.hash());
      MC_TRY(const std::uint8_t opening, fields.u8());
      entry.opening = static_cast<protocol::Opening>(opening);
      entries_.emplace(entry.multiplicand, entry);
    }
    seal_ = seal;
    end_ = reader.position();
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
  if (failed_) return fail(Code::kIo, path_.string() + ": an earlier write failed; start the custodian again");
  const auto count = static_cast<std::uint32_t>(entries.size());
  const Hash256 head = batch_head(seal_, count);
  const Bytes body = encode_entries(entries);
  const Hash256 seal = batch_seal(head, body);
  Writer batch;
  batch.u32(count);
  batch.hash(head);
  batch.raw(body);
  batch.hash(seal);
  const Status written = write_at_end(batch.bytes());
  if (!written) {
    // What is on disk is unknown now, and after a failed sync it stays unknown: only opening the file again tells.
    failed_ = true;
    return written;
  }
  end_ += batch.bytes().size();
  seal_ = seal;
  for (const protocol::LedgerEntry& entry : entries) entries_.emplace(entry.multiplicand, entry);
  return {};
}

Status FileLedger::write_at_end(ByteView bytes) const {
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
