// SPDX-License-Identifier: Apache-2.0
#include "node/count_verdict.hpp"

#include "client/researcher.hpp"

namespace mc::node {

Result<query::GuardedVerdict> judge_counts(const CountReader& reader, const client::VerdictCall& call,
                                           const AwaitedCounts& awaited, GuardedDesk& desk) {
  MC_TRY(const fhe::CommitteeShape shape, client::committee_shape(reader.document));
  MC_TRY(const std::vector<protocol::PublicIdentity> identities,
         client::committee_identities(reader.document, reader.chain));
  const fhe::Params& params = *reader.verifier.params();
  const fhe::Encoder encoder(reader.verifier.params());
  const protocol::CountContext context{
      params, encoder, shape, identities, reader.document.epoch, call.authorisation, awaited.bounds.size()};
  auto means = protocol::open_counts(context, reader.identity, reader.custodian, call.messages);
  if (!means) {
    return fail(means.error().code == Code::kRefused ? means.error().within("counts_unverified") : means.error());
  }
  return desk.judge(call.authorisation, *means, static_cast<std::uint32_t>(shape.pieces().size()), params.slot_count());
}

}  // namespace mc::node
