// SPDX-License-Identifier: Apache-2.0
#include "node/release_journal.hpp"

#include <fmt/format.h>

#include "base/codec.hpp"

namespace mc::node {
namespace {

constexpr std::string_view kFormat = "medcommons/release-journal/1";
constexpr std::size_t kReasonBytesMax = 64;
constexpr std::size_t kRecordBytesMax = 4'096;

/// Whether something of value is said, and not only that nothing is.
bool is_said(const JournalEntry& entry) {
  return entry.reason == kGranted || entry.reason == kCountsOpened || entry.reason == kRunBegun ||
         entry.reason == kRefreshed || entry.reason == kColumnsOpened;
}

/// Equal for two entries that say the same, whenever.
Hash256 digest_of(const JournalEntry& entry) {
  Sha256 hash("medcommons/release-journal/said/v1");
  hash.update_sized(view_of(entry.reason)).update(entry.authorisation.view());
  for (const auto& share : entry.shares) hash.update_u64(share.piece.value).update(share.hash.view());
  return hash.finish();
}

}  // namespace

JournalEntry journal_entry(std::string_view reason, std::uint64_t time_s, std::uint64_t chain_time_s,
                           const protocol::Authorisation* authorisation) {
  JournalEntry entry;
  entry.time_s = time_s;
  entry.chain_time_s = chain_time_s;
  entry.reason = reason;
  if (authorisation == nullptr) return entry;
  entry.study = authorisation->study;
  entry.release_number = authorisation->release_number;
  entry.authorisation = protocol::hash_authorisation(*authorisation);
  return entry;
}

std::string journal_line(const JournalEntry& entry) {
  std::string line =
      fmt::format("{} chain {} {} study {} release {} authorisation {}", entry.time_s, entry.chain_time_s, entry.reason,
                  entry.study.hex(), entry.release_number, entry.authorisation.hex());
  for (const auto& share : entry.shares) line += fmt::format(" share {}:{}", share.piece.value, share.hash.hex());
  return line;
}

Bytes encode_journal_entry(const JournalEntry& entry) {
  Writer writer;
  writer.u64(entry.time_s);
  writer.u64(entry.chain_time_s);
  writer.text(std::string_view(entry.reason).substr(0, kReasonBytesMax));
  writer.hash(entry.study);
  writer.u32(entry.release_number);
  writer.hash(entry.authorisation);
  writer.u32(static_cast<std::uint32_t>(entry.shares.size()));
  for (const auto& share : entry.shares) {
    writer.u64(share.piece.value);
    writer.hash(share.hash);
  }
  return std::move(writer).bytes();
}

Result<JournalEntry> decode_journal_entry(ByteView bytes) {
  Reader reader(bytes, "journal entry");
  JournalEntry entry;
  MC_TRY(entry.time_s, reader.u64());
  MC_TRY(entry.chain_time_s, reader.u64());
  MC_TRY(entry.reason, reader.text(kReasonBytesMax));
  MC_TRY(entry.study, reader.hash());
  MC_TRY(entry.release_number, reader.u32());
  MC_TRY(entry.authorisation, reader.hash());
  MC_TRY(const std::uint32_t shares, reader.count(fhe::kPiecesMax, 8 + 32));
  for (std::uint32_t i = 0; i < shares; ++i) {
    MC_TRY(const std::uint64_t piece, reader.u64());
    MC_TRY(const Hash256 hash, reader.hash());
    entry.shares.push_back({fhe::PieceId(piece), hash});
  }
  MC_TRY_STATUS(reader.finish());
  return entry;
}

Result<std::unique_ptr<ReleaseJournal>> ReleaseJournal::open(const std::filesystem::path& path,
                                                             const std::function<void(const JournalEntry&)>& on_entry,
                                                             std::size_t bytes_max) {
  std::unique_ptr<ReleaseJournal> journal(new ReleaseJournal(bytes_max));
  MC_TRY(journal->file_, ChainedFile::open(path, kFormat, {kRecordBytesMax, bytes_max},
                                           [&, raw = journal.get()](ByteView record) -> Status {
                                             MC_TRY(const JournalEntry entry, decode_journal_entry(record));
                                             raw->note(entry);
                                             if (on_entry) on_entry(entry);
                                             return {};
                                           }));
  return journal;
}

Status ReleaseJournal::append(const JournalEntry& entry) {
  MC_TRY_STATUS(file_->append(encode_journal_entry(entry)));
  note(entry);
  return {};
}

void ReleaseJournal::note(const JournalEntry& entry) {
  if (is_said(entry)) said_.insert(digest_of(entry));
  if (entry.reason == kGranted || entry.reason == kCountsOpened) answered_.insert(entry.authorisation);
  if (entry.reason == kGivenUp) given_up_.insert(entry.authorisation);
}

bool ReleaseJournal::has_said(const JournalEntry& entry) const {
  return is_said(entry) && said_.contains(digest_of(entry));
}

bool ReleaseJournal::must_hold(const JournalEntry& entry) const {
  if (file_->bytes() < bytes_max_ - bytes_max_ / 8) return true;
  if (entry.reason == kGivenUp) return true;
  return is_said(entry) && !has_said(entry);
}

}  // namespace mc::node
