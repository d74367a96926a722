// SPDX-License-Identifier: Apache-2.0
#include "protocol/answer_ledger.hpp"

namespace mc::protocol {
namespace {

std::string opening_text(Opening opening, std::uint8_t log2) {
  switch (opening) {
    case Opening::kRelease:
      return "flooding 2^" + std::to_string(log2);
    case Opening::kRefreshConstant:
      return "a mask of " + std::to_string(log2) + " bits on coefficient 0";
    case Opening::kRefreshPolynomial:
      return "a mask of " + std::to_string(log2) + " bits on all coefficients";
  }
  MC_CHECK(false && "every Opening has a text");
}

}  // namespace

Result<std::optional<LedgerEntry>> MemoryLedger::find(const Hash256& multiplicand) const {
  const auto found = entries_.find(multiplicand);
  return found == entries_.end() ? std::nullopt : std::optional(found->second);
}

Status MemoryLedger::append(std::span<const LedgerEntry> entries) {
  for (const LedgerEntry& entry : entries) entries_.emplace(entry.multiplicand, entry);
  return {};
}

Result<Admission> admit(AnswerLedger& ledger, Opening opening, const Hash256& authorisation,
                        std::span<const Hash256> multiplicands, std::span<const std::uint8_t> sigma_log2,
                        std::uint64_t releases_max) {
  MC_CHECK(multiplicands.size() == sigma_log2.size());
  const auto otherwise = [&](std::size_t answer, Opening known, std::uint8_t known_log2) {
    const std::string before = known == opening && opening == Opening::kRelease ? "2^" + std::to_string(known_log2)
                                                                                : opening_text(known, known_log2);
    return fail(Code::kRefused, "answer " + std::to_string(answer) + " asks for " +
                                    opening_text(opening, sigma_log2[answer]) +
                                    ", the same ciphertext was opened with " + before + " (one sigma per ciphertext)");
  };
  Admission admission;
  std::vector<LedgerEntry> fresh;
  std::map<Hash256, std::uint8_t> in_request;
  for (std::size_t i = 0; i < multiplicands.size(); ++i) {
    const auto [seen, is_new] = in_request.emplace(multiplicands[i], sigma_log2[i]);
    if (!is_new) {
      if (seen->second != sigma_log2[i]) return otherwise(i, opening, seen->second);
      ++admission.repeated;
      continue;
    }
    MC_TRY(const std::optional<LedgerEntry> known, ledger.find(multiplicands[i]));
    if (known) {
      if (known->opening != opening || known->sigma_log2 != sigma_log2[i]) {
        return otherwise(i, known->opening, known->sigma_log2);
      }
      ++admission.repeated;
      continue;
    }
    fresh.push_back({multiplicands[i], sigma_log2[i], authorisation, opening});
  }
  admission.fresh = fresh.size();
  const std::uint64_t open = ledger.size();
  if (open > releases_max || fresh.size() > releases_max - open) {
    return fail(Code::kLimit, "this key epoch has opened " + std::to_string(open) + " answers, " +
                                  std::to_string(fresh.size()) + " more would pass the limit of " +
                                  std::to_string(releases_max));
  }
  if (!fresh.empty()) MC_TRY_STATUS(ledger.append(fresh));
  return admission;
}

}  // namespace mc::protocol
