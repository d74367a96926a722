// SPDX-License-Identifier: Apache-2.0
#include "node/ledger_mark.hpp"

#include "base/codec.hpp"
#include "node/custodian_keying.hpp"
#include "protocol/release_state.hpp"

namespace mc::node {
namespace {

constexpr std::string_view kMagic = "MCLM";

/// kNotFound when there is none.
Result<LedgerMark> read_mark(const client::SecretFolder& secrets, std::string_view name) {
  MC_TRY(const SecretBytes content, secrets.read(std::string(name)));
  auto mark = decode_ledger_mark(content);
  if (!mark) return fail(mark.error().within((secrets.path() / name).string()));
  return mark;
}

KeepMark keep_in(const client::SecretFolder& secrets, std::string_view name) {
  return
      [&secrets, name](const LedgerMark& mark) { return secrets.write(std::string(name), encode_ledger_mark(mark)); };
}

Error mark_missing(const client::SecretFolder& secrets, std::string_view name, std::string_view file) {
  return {Code::kCorrupt, (secrets.path() / name).string() + ".sealed is missing: without it nobody knows whether " +
                              std::string(file) + " is whole"};
}

/// The mark of a file; a new one in a folder that has no release keys yet. The mark is older than the first key: a
/// crash between the two leaves a mark without keys, never the reverse.
Result<LedgerMark> mark_of(const client::SecretFolder& secrets, std::string_view name, std::string_view file) {
  auto mark = read_mark(secrets, name);
  if (mark || mark.error().code != Code::kNotFound) return mark;
  const auto keys = secrets.read(std::string(kReleaseKeysSecret));
  if (keys || keys.error().code != Code::kNotFound) return fail(mark_missing(secrets, name, file));
  MC_TRY_STATUS(keep_in(secrets, name)(LedgerMark{}));
  return LedgerMark{};
}

/// What can be done about a file of which records are missing.
tl::unexpected<Error> with_advice(Error error) {
  if (error.code == Code::kNotFound) {
    error.message += "; put the file back as it was, or give up what is lost with `medcommons custodian forget`";
  }
  return fail(std::move(error));
}

GuardedDesk::KeepReached keep_reached_in(const client::SecretFolder& secrets) {
  return [keep = keep_in(secrets, kConsentsMarkSecret)](const FileMark& reached) { return keep({reached, 0, 0}); };
}

}  // namespace

Bytes encode_ledger_mark(const LedgerMark& mark) {
  Writer writer;
  writer.raw(view_of(kMagic));
  writer.u64(mark.reached.bytes);
  writer.hash(mark.reached.seal);
  writer.u64(mark.opened);
  writer.u64(mark.forgotten);
  return std::move(writer).bytes();
}

Result<LedgerMark> decode_ledger_mark(ByteView bytes) {
  Reader reader(bytes, "ledger mark");
  MC_TRY(const ByteView magic, reader.raw(kMagic.size()));
  if (!std::ranges::equal(magic, view_of(kMagic))) return fail(reader.error("not a ledger's mark"));
  LedgerMark mark;
  MC_TRY(mark.reached.bytes, reader.u64());
  MC_TRY(mark.reached.seal, reader.hash());
  MC_TRY(mark.opened, reader.u64());
  MC_TRY(mark.forgotten, reader.u64());
  if (mark.forgotten > mark.opened) {
    return fail(reader.error(std::to_string(mark.forgotten) + " answers are forgotten of " +
                             std::to_string(mark.opened) + " opened"));
  }
  MC_TRY_STATUS(reader.finish());
  return mark;
}

Result<std::unique_ptr<FileLedger>> open_ledger(const client::SecretFolder& secrets) {
  MC_TRY(const LedgerMark mark, mark_of(secrets, kLedgerMarkSecret, kLedgerFile));
  auto ledger = FileLedger::open(secrets.path() / kLedgerFile, mark, keep_in(secrets, kLedgerMarkSecret));
  if (ledger) return ledger;
  return with_advice(ledger.error());
}

Result<std::unique_ptr<GuardedDesk>> open_guarded_desk(const client::SecretFolder& secrets) {
  MC_TRY(const LedgerMark mark, mark_of(secrets, kConsentsMarkSecret, kConsentsFile));
  auto desk = GuardedDesk::open(secrets.path() / kConsentsFile, mark.reached, keep_reached_in(secrets));
  if (desk) return desk;
  return with_advice(desk.error());
}

Result<Forgotten> forget_answers(const client::SecretFolder& secrets) {
  auto mark = read_mark(secrets, kLedgerMarkSecret);
  if (!mark) {
    return fail(mark.error().code == Code::kNotFound ? mark_missing(secrets, kLedgerMarkSecret, kLedgerFile)
                                                     : mark.error());
  }
  const std::filesystem::path file = secrets.path() / kLedgerFile;
  const auto nobody_keeps = [](const LedgerMark&) { return Status{}; };
  LedgerMark left;
  {
    MC_TRY(const std::unique_ptr<FileLedger> damaged, FileLedger::open(file, {}, nobody_keeps));
    left = damaged->mark();
  }
  if (FileLedger::open(file, *mark, nobody_keeps)) {
    return fail(Code::kConflict, file.string() + ": nothing is missing, it holds all " + std::to_string(left.opened) +
                                     " answers that were opened");
  }
  MC_TRY(const SecretBytes content, secrets.read(std::string(kReleaseKeysSecret)));
  MC_TRY(const protocol::ReleaseState state, protocol::decode_release_state(content));
  const fhe::Window first(state.newest.value + 2);
  MC_TRY_STATUS(
      secrets.write(std::string(kReleaseKeysSecret), protocol::encode_release_state(protocol::advanced(state, first))));
  const LedgerMark now{left.reached, std::max(mark->opened, left.opened),
                       std::max(mark->opened, left.opened) - left.opened};
  MC_TRY_STATUS(keep_in(secrets, kLedgerMarkSecret)(now));
  return Forgotten{now.forgotten - std::min(now.forgotten, mark->forgotten), first};
}

Result<std::size_t> forget_consents(const client::SecretFolder& secrets) {
  auto mark = read_mark(secrets, kConsentsMarkSecret);
  if (!mark) {
    return fail(mark.error().code == Code::kNotFound ? mark_missing(secrets, kConsentsMarkSecret, kConsentsFile)
                                                     : mark.error());
  }
  const std::filesystem::path file = secrets.path() / kConsentsFile;
  if (const auto whole = GuardedDesk::open(file, mark->reached)) {
    return fail(Code::kConflict, file.string() + ": nothing is missing, it holds all consents that were asked under");
  }
  MC_TRY(const std::unique_ptr<GuardedDesk> left, GuardedDesk::open(file, {}, keep_reached_in(secrets)));
  if (left->size() == 0) MC_TRY_STATUS(keep_reached_in(secrets)({}));  // an empty file has nothing to keep
  return left->size();
}

}  // namespace mc::node
