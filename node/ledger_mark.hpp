// SPDX-License-Identifier: Apache-2.0
// How far a custodian's ledger, and the file of the consents it was asked under, have come, kept sealed beside its
// release keys: a file that is missing, or shorter than it was, is not an empty one. And what is left to do when one is
// gone for good.
#pragma once

#include "client/secret_folder.hpp"
#include "node/answer_ledger_file.hpp"
#include "node/guarded_desk.hpp"

namespace mc::node {

/// Names of the sealed marks and of their files in a custodian's folder.
inline constexpr std::string_view kLedgerMarkSecret = "ledger-mark";
inline constexpr std::string_view kLedgerFile = "answers.ledger";
inline constexpr std::string_view kConsentsMarkSecret = "consents-mark";
inline constexpr std::string_view kConsentsFile = "asked.consents";

Bytes encode_ledger_mark(const LedgerMark& mark);
/// kCorrupt with the byte.
Result<LedgerMark> decode_ledger_mark(ByteView bytes);

/// The ledger in a custodian's folder, and its mark from now on. `secrets` outlives it. A folder without release keys
/// has no ledger yet, and begins one.
///   errors  FileLedger::open's; kCorrupt when the folder has release keys and no mark
Result<std::unique_ptr<FileLedger>> open_ledger(const client::SecretFolder& secrets);

/// The desk with the consents in a custodian's folder, marked like the ledger.
///   errors  GuardedDesk::open's; kCorrupt when the folder has release keys and no mark
Result<std::unique_ptr<GuardedDesk>> open_guarded_desk(const client::SecretFolder& secrets);

/// What giving up lost answers cost.
struct Forgotten {
  std::uint64_t answers = 0;  // known to have been opened, of which nothing is known now; they stay counted
  fhe::Window silent_until;   // the custodian's first day again
};
/// For a ledger that is gone for good: takes what is left of the file for the ledger. Before that the release keys move
/// two days on, so that whatever was opened and is forgotten can never be opened with a second noise (R5). Run again
/// after an interruption it may cost days once more, and nothing else.
///   errors  kConflict when nothing is missing; kCorrupt when the file is damaged (move it away first) or the mark is
///           gone too; kNotFound without release keys
Result<Forgotten> forget_answers(const client::SecretFolder& secrets);

/// For asked consents that are gone for good: takes what is left of the file for them (R18). What differs by a few
/// persons from a consent that is forgotten, this custodian lets pass from now on; the others do not. Returns how many
/// consents are left.
///   errors  kConflict when nothing is missing; kCorrupt when the file is damaged (move it away first) or the mark is
///           gone too
Result<std::size_t> forget_consents(const client::SecretFolder& secrets);

}  // namespace mc::node
