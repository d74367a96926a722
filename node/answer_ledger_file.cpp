// SPDX-License-Identifier: Apache-2.0
#include "node/answer_ledger_file.hpp"

#include "base/codec.hpp"

namespace mc::node {
namespace {

constexpr std::string_view kFormat = "medcommons/answer-ledger/3";
constexpr std::size_t kEntriesMax = fhe::kAnswersMax;
constexpr std::size_t kOpenedBytesMax = protocol::kBoxBytes + fhe::kPiecesMax * 8 * fhe::kReleaseBasis.q_limbs;
constexpr std::size_t kEntryBytesMin = 32 + 1 + 32 + 1 + 4;
constexpr ChainedFile::Limits kLimits{4 + kEntriesMax * (kEntryBytesMin + kOpenedBytesMax), std::size_t{256} << 20};

Bytes encode_entries(std::span<const protocol::LedgerEntry> entries) {
  Writer writer;
  writer.u32(static_cast<std::uint32_t>(entries.size()));
  for (const protocol::LedgerEntry& entry : entries) {
    writer.hash(entry.multiplicand);
    writer.u8(entry.sigma_log2);
    writer.hash(entry.authorisation);
    writer.u8(static_cast<std::uint8_t>(entry.opening));
    writer.sized(entry.opened);
  }
  return std::move(writer).bytes();
}

}  // namespace

Result<std::unique_ptr<FileLedger>> FileLedger::open(const std::filesystem::path& path) {
  std::unique_ptr<FileLedger> ledger(new FileLedger());
  MC_TRY(ledger->file_, ChainedFile::open(path, kFormat, kLimits,
                                          [raw = ledger.get()](ByteView record) { return raw->take(record); }));
  return ledger;
}

Status FileLedger::take(ByteView record) {
  Reader reader(record, "answer ledger");
  MC_TRY(const std::uint32_t count, reader.count(kEntriesMax, kEntryBytesMin));
  for (std::uint32_t i = 0; i < count; ++i) {
    protocol::LedgerEntry entry;
    MC_TRY(entry.multiplicand, reader.hash());
    MC_TRY(entry.sigma_log2, reader.u8());
    MC_TRY(entry.authorisation, reader.hash());
    MC_TRY(const std::uint8_t opening, reader.u8());
    if (opening < 1 || opening > 3) return fail(reader.error("opening " + std::to_string(opening) + " is unknown"));
    entry.opening = static_cast<protocol::Opening>(opening);
    MC_TRY(const ByteView opened, reader.sized(kOpenedBytesMax));
    entry.opened.assign(opened.begin(), opened.end());
    entries_.emplace(entry.multiplicand, entry);
  }
  return reader.finish();
}

Result<std::optional<protocol::LedgerEntry>> FileLedger::find(const Hash256& multiplicand) const {
  const auto found = entries_.find(multiplicand);
  if (found == entries_.end()) return std::optional<protocol::LedgerEntry>{};
  return std::optional<protocol::LedgerEntry>{found->second};
}

Status FileLedger::append(std::span<const protocol::LedgerEntry> entries) {
  if (entries.empty()) return {};
  MC_TRY_STATUS(file_->append(encode_entries(entries)));
  for (const protocol::LedgerEntry& entry : entries) entries_.emplace(entry.multiplicand, entry);
  return {};
}

}  // namespace mc::node
