// SPDX-License-Identifier: Apache-2.0
#include "node/farewell.hpp"

#include <algorithm>
#include <array>

namespace mc::node {

Result<std::vector<OpenRelease>> open_releases(const governance::CommonsChain& chain, const Hash256& dataset,
                                               Epoch epoch, std::uint8_t seat) {
  std::vector<OpenRelease> out;
  MC_TRY(const std::vector<governance::Study> studies, chain.studies());
  for (const governance::Study& study : studies) {
    if (study.proposal.dataset != dataset) continue;
    MC_TRY(const std::uint32_t used, chain.releases_used(study.id));
    for (std::uint32_t number = 1; number <= used; ++number) {
      MC_TRY(const governance::RecordedAuthorisation recorded, chain.authorisation(study.id, number));
      const governance::Authorisation& a = recorded.authorisation;
      if (recorded.epoch != epoch || a.rho_micro == a.rho_counts_micro) continue;
      MC_TRY(const std::uint64_t refused, chain.refusals(study.id, number));
      if ((refused >> seat & 1) == 0) out.push_back({study.id, number, a.hash});
    }
  }
  return out;
}

bool is_for_good(std::string_view reason) {
  constexpr std::array<std::string_view, 5> kForGood = {"consent_root_differs", "data_root_differs", "mask_differs",
                                                        "study_expired", "consent_too_similar"};
  return std::ranges::find(kForGood, reason) != kForGood.end();
}

Status give_up(const Farewell& farewell, const protocol::Authorisation& authorisation) {
  const Hash256 hash = protocol::hash_authorisation(authorisation);
  MC_TRY(const std::optional<fhe::Window> answered, farewell.ledger.answered_in(hash));
  if (answered || farewell.journal.has_answered(hash) || farewell.journal.has_given_up(hash)) return {};
  MC_TRY(const FinalChain final, final_chain(farewell.document, farewell.chain));
  MC_TRY(const governance::RecordedAuthorisation recorded,
         final.commons.authorisation(authorisation.study, authorisation.release_number));
  if (recorded.authorisation.hash != hash || recorded.block > final.block.number) return {};
  MC_TRY_STATUS(farewell.journal.append(farewell.entry));
  MC_TRY([[maybe_unused]] const governance::Receipt receipt,
         farewell.chain.refuse(farewell.wallet, authorisation.study, authorisation.release_number));
  return {};
}

Result<bool> say_farewell(const Farewell& farewell) {
  MC_TRY(const FinalChain final, final_chain(farewell.document, farewell.chain));
  MC_TRY(const Epoch in_office, final.commons.current_epoch());
  if (in_office.value <= farewell.document.epoch.value) return false;
  if (farewell.document.exact) return true;
  MC_TRY(const std::vector<OpenRelease> open,
         open_releases(final.commons, governance::dataset_id(farewell.document.dataset), farewell.document.epoch,
                       farewell.seat));
  for (const OpenRelease& release : open) {
    MC_TRY(const std::optional<fhe::Window> answered, farewell.ledger.answered_in(release.authorisation));
    if (answered || farewell.journal.has_answered(release.authorisation)) continue;
    if (!farewell.journal.has_given_up(release.authorisation)) {
      JournalEntry entry = farewell.entry;
      entry.study = release.study;
      entry.release_number = release.release_number;
      entry.authorisation = release.authorisation;
      MC_TRY_STATUS(farewell.journal.append(entry));
    }
    const auto said = farewell.chain.refuse(farewell.wallet, release.study, release.release_number);
    // Said already, in a block that is not final yet.
    if (!said && said.error().code != Code::kConflict) return fail(said.error());
  }
  return true;
}

}  // namespace mc::node
