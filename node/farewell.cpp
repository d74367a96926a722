// SPDX-License-Identifier: Apache-2.0
#include "node/farewell.hpp"

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
