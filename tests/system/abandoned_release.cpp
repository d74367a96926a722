// SPDX-License-Identifier: Apache-2.0
// abandoned_release DIR STUDY RHO COUNTS: what is left of a client that ended right after it had recorded a release:
// the chain has debited RHO, of which the counts cost COUNTS (both in millionths), and no custodian was ever asked.
#include <cstdio>
#include <cstdlib>

#include "base/random.hpp"
#include "client/researcher.hpp"
#include "node/local_commons.hpp"
#include "node/local_members.hpp"
#include "node/role.hpp"

namespace mc {
namespace {

Status run(const std::filesystem::path& dir, const std::string& study, std::uint64_t rho, std::uint64_t counts) {
  const node::LocalPaths paths{std::filesystem::absolute(dir)};
  MC_TRY(const client::CommonsDocument document, node::local_document(paths));
  MC_TRY(const client::ResearcherKeys keys,
         client::load_or_create_researcher_keys(paths.researcher(std::string(node::kResearcherName))));
  MC_TRY(const Hash256 id, hash_from_hex(study));
  const node::ChainLink link(document);
  MC_TRY(const governance::Study found, link.commons().study(id));
  MC_TRY(const std::uint32_t used, link.commons().releases_used(id));
  MC_TRY(const governance::ConsentRoot root, link.commons().consent_root(found.proposal.dataset));
  std::array<std::uint8_t, 32> nobodys{};
  fresh_bytes(nobodys);
  const std::vector<Hash256> multiplicands = {sha256(nobodys)};
  const governance::Authorisation authorisation{.study = id,
                                                .release_number = used + 1,
                                                .plan = found.proposal.plans.front(),
                                                .data_root = sha256(view_of("data root")),
                                                .consent_root = root.root,
                                                .mask = sha256(view_of("mask")),
                                                .result = sha256(view_of("result")),
                                                .requester_key = found.proposal.requester_key,
                                                .sigmas = sha256(view_of("sigmas")),
                                                .rho_micro = rho,
                                                .rho_counts_micro = counts,
                                                .hash = multiplicands.front()};
  MC_TRY_STATUS(link.commons().authorise(keys.wallet, authorisation, multiplicands));
  return {};
}

}  // namespace
}  // namespace mc

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "abandoned_release DIR STUDY RHO COUNTS\n");
    return 2;
  }
  const mc::Status status =
      mc::run(argv[1], argv[2], std::strtoull(argv[3], nullptr, 10), std::strtoull(argv[4], nullptr, 10));
  if (status) return 0;
  std::fprintf(stderr, "abandoned_release: %s\n", status.error().message.c_str());
  return 1;
}
