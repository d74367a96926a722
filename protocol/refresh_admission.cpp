// SPDX-License-Identifier: Apache-2.0
#include "protocol/refresh_admission.hpp"

namespace mc::protocol {
namespace {

using Extraction = fhe::RefreshMap::Extraction;

Extraction other(Extraction extraction) {
  return extraction == Extraction::kConstants ? Extraction::kPolynomials : Extraction::kConstants;
}

std::string mask_text(Extraction extraction, std::uint8_t bits) {
  return "a mask of " + std::to_string(bits) + " bits on " +
         (extraction == Extraction::kConstants ? "coefficient 0" : "all coefficients");
}

}  // namespace

Hash256 refresh_ledger_key(Extraction extraction, const Hash256& multiplicand) {
  return Sha256("medcommons/refresh/ledger/v1")
      .update_u64(static_cast<std::uint64_t>(extraction))
      .update(multiplicand.view())
      .finish();
}

Result<std::size_t> admit_refresh(AnswerLedger& ledger, const Hash256& subject, const fhe::RefreshMap& map,
                                  std::span<const Hash256> multiplicands, std::uint64_t openings_max) {
  MC_CHECK(multiplicands.size() == map.mask_log2.size());
  std::vector<LedgerEntry> fresh;
  std::map<Hash256, std::uint8_t> in_request;
  for (std::size_t i = 0; i < multiplicands.size(); ++i) {
    const std::uint8_t bits = map.mask_log2[i];
    const auto otherwise = [&](Extraction known, std::uint8_t known_bits) {
      return fail(Code::kRefused, "value " + std::to_string(i) + " asks for " + mask_text(map.extraction, bits) +
                                      ", the same ciphertext was opened with " + mask_text(known, known_bits) +
                                      " (one mask per ciphertext)");
    };
    const auto [seen, is_new] = in_request.emplace(multiplicands[i], bits);
    if (!is_new) {
      if (seen->second != bits) return otherwise(map.extraction, seen->second);
      continue;
    }
    MC_TRY(const auto opened_otherwise, ledger.find(refresh_ledger_key(other(map.extraction), multiplicands[i])));
    if (opened_otherwise) return otherwise(other(map.extraction), opened_otherwise->sigma_log2);
    const Hash256 key = refresh_ledger_key(map.extraction, multiplicands[i]);
    MC_TRY(const auto known, ledger.find(key));
    if (known) {
      if (known->sigma_log2 != bits) return otherwise(map.extraction, known->sigma_log2);
      continue;
    }
    LedgerEntry entry;
    entry.multiplicand = key;
    entry.sigma_log2 = bits;
    entry.authorisation = subject;
    fresh.push_back(std::move(entry));
  }
  const std::uint64_t open = ledger.size();
  if (open > openings_max || fresh.size() > openings_max - open) {
    return fail(Code::kLimit, "this key epoch has opened " + std::to_string(open) + " ciphertexts, " +
                                  std::to_string(fresh.size()) + " more would pass the limit of " +
                                  std::to_string(openings_max));
  }
  if (!fresh.empty()) MC_TRY_STATUS(ledger.append(fresh));
  return fresh.size();
}

}  // namespace mc::protocol
