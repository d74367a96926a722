// SPDX-License-Identifier: Apache-2.0
#include "protocol/answer_ledger.hpp"

#include "fhe/threshold/flooding.hpp"
#include "protocol/refusal.hpp"

namespace mc::protocol {
namespace {

constexpr std::size_t kOpenedBytes = 8 * fhe::kReleaseBasis.q_limbs;

Bytes opened_context(const Hash256& multiplicand, std::uint8_t sigma_log2) {
  Writer context;
  context.text("medcommons/ledger/opened/v1");
  context.hash(multiplicand);
  context.u8(sigma_log2);
  return std::move(context).bytes();
}

std::string opening_text(Opening opening, std::uint8_t log2) {
  switch (opening) {
    case Opening::kRelease:
      return "flooding 2^" + std::to_string(log2);
    case Opening::kRefreshConstant:
      return "a mask of " + std::to_string(log2) + " bits on coefficient 0";
    case Opening::kRefreshPolynomial:
      return "a mask of " + std::to_string(log2) + " bits on all coefficients";
    case Opening::kFloodedConstant:
      return "a mask and flooding 2^" + std::to_string(log2) + " on coefficient 0";
    case Opening::kFloodedPolynomial:
      return "a mask and flooding 2^" + std::to_string(log2) + " on all coefficients";
  }
  MC_CHECK(false && "every Opening has a text");
}

/// A multiplicand's first opening, and the one that is asked for now.
struct Manner {
  Opening opening{};
  std::uint8_t log2 = 0;
};

tl::unexpected<Error> second_sigma(std::size_t answer, Manner wanted, Manner known) {
  const bool both_release = known.opening == wanted.opening && wanted.opening == Opening::kRelease;
  return refuse(Refusal::kSecondSigma, Code::kRefused,
                "answer " + std::to_string(answer) + " asks for " + opening_text(wanted.opening, wanted.log2) +
                    ", the same ciphertext was opened with " +
                    (both_release ? "2^" + std::to_string(known.log2) : opening_text(known.opening, known.log2)) +
                    " (one sigma per ciphertext)");
}

Status check_room(std::string_view verb, std::uint64_t so_far, std::size_t fresh, std::uint64_t most) {
  if (so_far <= most && fresh <= most - so_far) return {};
  return refuse(Refusal::kReleasesExhausted, Code::kLimit,
                "this custodian has " + std::string(verb) + " " + std::to_string(so_far) +
                    " polynomials in this key epoch, " + std::to_string(fresh) + " more would pass the limit of " +
                    std::to_string(most));
}

}  // namespace

Result<std::optional<LedgerEntry>> MemoryLedger::find(const Hash256& multiplicand) const {
  const auto found = entries_.find(multiplicand);
  return found == entries_.end() ? std::nullopt : std::optional(found->second);
}

Result<std::optional<fhe::Window>> MemoryLedger::answered_in(const Hash256& authorisation) const {
  const auto found = answered_.find(authorisation);
  return found == answered_.end() ? std::nullopt : std::optional(found->second);
}

Status MemoryLedger::record(std::span<const LedgerEntry> entries, const std::optional<AnsweredIn>& answered) {
  for (const LedgerEntry& entry : entries) {
    const bool is_new = entries_.emplace(entry.multiplicand, entry).second;
    if (is_new && entry.opening == Opening::kRelease) ++released_;
  }
  if (answered) answered_.emplace(answered->authorisation, answered->window);
  return {};
}

Result<Admission> review(const AnswerLedger& ledger, Opening opening, std::span<const Hash256> multiplicands,
                         std::span<const std::uint8_t> sigma_log2, const OpeningsMax& most) {
  MC_CHECK(multiplicands.size() == sigma_log2.size());
  Admission admission;
  std::map<Hash256, std::uint8_t> in_request;
  for (std::size_t i = 0; i < multiplicands.size(); ++i) {
    const Manner wanted{opening, sigma_log2[i]};
    const auto [seen, is_new] = in_request.emplace(multiplicands[i], sigma_log2[i]);
    if (seen->second != sigma_log2[i]) return second_sigma(i, wanted, {opening, seen->second});
    MC_TRY(std::optional<LedgerEntry> known, ledger.find(multiplicands[i]));
    if (known && (known->opening != opening || known->sigma_log2 != sigma_log2[i])) {
      return second_sigma(i, wanted, {known->opening, known->sigma_log2});
    }
    if (!known && is_new) admission.fresh.push_back(i);
    admission.known.push_back(std::move(known));
  }
  const std::size_t fresh = admission.fresh.size();
  MC_TRY_STATUS(check_room("opened", ledger.size(), fresh, most.all));
  if (opening == Opening::kRelease) MC_TRY_STATUS(check_room("released", ledger.released(), fresh, most.released));
  return admission;
}

Result<Bytes> released_with(const AnswerLedger& ledger, std::span<const Hash256> multiplicands) {
  Bytes sigmas;
  for (const Hash256& multiplicand : multiplicands) {
    MC_TRY(const std::optional<LedgerEntry> known, ledger.find(multiplicand));
    sigmas.push_back(known && known->opening == Opening::kRelease ? known->sigma_log2 : kNeverReleased);
  }
  return sigmas;
}

OpeningsMax openings_max(const fhe::CommitteeShape& shape) {
  const std::uint64_t holders = shape.custodians() - shape.threshold() + 1;
  return {fhe::kReleasesPerEpochMax, fhe::kReleasesPerEpochMax / holders};
}

Bytes seal_opened(const SecretKey256& ledger_key, const Hash256& multiplicand, std::uint8_t sigma_log2,
                  std::span<const fhe::OpenedCoefficient> by_piece) {
  SecretBytes content;
  for (const fhe::OpenedCoefficient& opened : by_piece) {
    for (const std::uint64_t residue : opened.residues) {
      for (int i = 0; i < 8; ++i) content.push_back(static_cast<std::uint8_t>(residue >> (8 * i)));
    }
  }
  return seal_box(ledger_key, opened_context(multiplicand, sigma_log2), content);
}

Result<fhe::OpenedCoefficients> unseal_opened(const SecretKey256& ledger_key, const LedgerEntry& entry,
                                              std::size_t pieces) {
  const std::string what = "the answer ledger's entry " + entry.multiplicand.hex();
  const auto content = open_box(ledger_key, opened_context(entry.multiplicand, entry.sigma_log2), entry.opened);
  if (!content) return fail(content.error().within(what));
  if (content->size() != pieces * kOpenedBytes) {
    return fail(Code::kCorrupt, what + " holds " + std::to_string(content->size() / kOpenedBytes) +
                                    " pieces' values, this custodian has " + std::to_string(pieces) + " pieces");
  }
  Reader reader(*content, what);
  fhe::OpenedCoefficients by_piece(pieces);
  for (fhe::OpenedCoefficient& opened : by_piece) {
    for (std::uint64_t& residue : opened.residues) {
      MC_TRY(residue, reader.u64());
    }
  }
  return by_piece;
}

}  // namespace mc::protocol
