// SPDX-License-Identifier: Apache-2.0
#include "node/answer_ledger_file.hpp"

#include "base/codec.hpp"

namespace mc::node {
namespace {

constexpr std::string_view kFormat = "medcommons/answer-ledger/4";
constexpr std::size_t kEntriesMax = fhe::kAnswersMax;
constexpr std::size_t kOpenedBytesMax = protocol::kBoxBytes + fhe::kPiecesMax * 8 * fhe::kReleaseBasis.q_limbs;
constexpr std::size_t kEntryBytesMin = 32 + 1 + 32 + 1 + 4;
constexpr std::size_t kAnsweredBytes = 1 + 32 + 4;
constexpr ChainedFile::Limits kLimits{4 + kEntriesMax * (kEntryBytesMin + kOpenedBytesMax) + kAnsweredBytes,
                                      std::size_t{256} << 20};

Bytes encode_record(std::span<const protocol::LedgerEntry> entries,
                    const std::optional<protocol::AnsweredIn>& answered) {
  Writer writer;
  writer.u32(static_cast<std::uint32_t>(entries.size()));
  for (const protocol::LedgerEntry& entry : entries) {
    writer.hash(entry.multiplicand);
    writer.u8(entry.sigma_log2);
    writer.hash(entry.authorisation);
    writer.u8(static_cast<std::uint8_t>(entry.opening));
    writer.sized(entry.opened);
  }
  writer.u8(answered ? 1 : 0);
  if (answered) {
    writer.hash(answered->authorisation);
    writer.u32(answered->window.value);
  }
  return std::move(writer).bytes();
}

}  // namespace

Result<std::unique_ptr<FileLedger>> FileLedger::open(const std::filesystem::path& path, const LedgerMark& mark,
                                                     KeepMark keep) {
  std::unique_ptr<FileLedger> ledger(new FileLedger(mark.forgotten, std::move(keep)));
  MC_TRY(ledger->file_, ChainedFile::open(
                            path, kFormat, kLimits, [raw = ledger.get()](ByteView record) { return raw->take(record); },
                            mark.reached));
  if (ledger->mark() != mark) MC_TRY_STATUS(ledger->keep_(ledger->mark()));
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
    if (opening < 1 || opening > 5) return fail(reader.error("opening " + std::to_string(opening) + " is unknown"));
    entry.opening = static_cast<protocol::Opening>(opening);
    MC_TRY(const ByteView opened, reader.sized(kOpenedBytesMax));
    entry.opened.assign(opened.begin(), opened.end());
    remember(entry);
  }
  MC_TRY(const std::uint8_t answered, reader.u8());
  if (answered > 1) return fail(reader.error("a flag is " + std::to_string(answered)));
  if (answered == 1) {
    MC_TRY(const Hash256 authorisation, reader.hash());
    MC_TRY(const std::uint32_t window, reader.u32());
    answered_.emplace(authorisation, fhe::Window(window));
  }
  return reader.finish();
}

void FileLedger::remember(const protocol::LedgerEntry& entry) {
  const bool is_new = entries_.emplace(entry.multiplicand, entry).second;
  if (is_new && entry.opening == protocol::Opening::kRelease) ++released_;
}

Status FileLedger::check_whole() const {
  if (!unmarked_) return {};
  return fail(Code::kIo, "the answer ledger's mark could not be stored; start the process again");
}

Result<std::optional<protocol::LedgerEntry>> FileLedger::find(const Hash256& multiplicand) const {
  MC_TRY_STATUS(check_whole());
  const auto found = entries_.find(multiplicand);
  return found == entries_.end() ? std::nullopt : std::optional(found->second);
}

Result<std::optional<fhe::Window>> FileLedger::answered_in(const Hash256& authorisation) const {
  MC_TRY_STATUS(check_whole());
  const auto found = answered_.find(authorisation);
  return found == answered_.end() ? std::nullopt : std::optional(found->second);
}

Status FileLedger::record(std::span<const protocol::LedgerEntry> entries,
                          const std::optional<protocol::AnsweredIn>& answered) {
  if (entries.empty() && !answered) return {};
  MC_TRY_STATUS(check_whole());
  MC_TRY_STATUS(file_->append(encode_record(entries, answered)));
  for (const protocol::LedgerEntry& entry : entries) remember(entry);
  if (answered) answered_.emplace(answered->authorisation, answered->window);
  unmarked_ = true;
  MC_TRY_STATUS(keep_(mark()));
  unmarked_ = false;
  return {};
}

}  // namespace mc::node
