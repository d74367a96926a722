// SPDX-License-Identifier: Apache-2.0
// What Researcher does besides for a question with sealed parameters (R23): seal them, and have the custodians force
// them in a run before anything is asked of the data.
#include <array>

#include "client/ask_again.hpp"
#include "client/collective_keys.hpp"
#include "client/researcher_asking.hpp"
#include "client/run_messages.hpp"
#include "client/sealed_parameters.hpp"
#include "protocol/run.hpp"

namespace mc::client {
namespace {

constexpr std::size_t kReceiptBytesMax = std::size_t{1} << 20;
constexpr std::uint32_t kReleasesNeeded = 3;           // the run, the counts, the answer
constexpr std::uint32_t kReleasesNeededForPerson = 2;  // the run, the answer

}  // namespace

Status Researcher::take_parameters(Asking& asking, const std::optional<std::string>& file) const {
  const query::PlanParameters& parameters = asking.answer.plan.parameters;
  if (parameters.empty()) {
    if (!file) return {};
    return fail(Code::kInvalidArgument, "the query has no sealed parameters; they are written $name");
  }
  if (!file) {
    return fail(Code::kInvalidArgument, "the query has sealed parameters, $" + parameters.list.front().name +
                                            " among them: give their values in a file with --parameters");
  }
  MC_TRY(asking.bits, read_parameters_file(asking.answer.plan, document_.schema, *file));
  return {};
}

Status Researcher::seal(Asking& asking, Bytes& sealed) const {
  asking.begin("the researcher seals the parameters and proves that she knows them");
  const StopWatch watch;
  const std::unique_ptr<Transport> transport = connect_(document_.store_url, "the store");
  StoreClient store(*transport);
  MC_TRY(const CollectiveKeys keys, fetch_collective_keys(store, *asking.params, document_.epoch, chain_));
  const fhe::PublicKey key = fhe::narrow_public_key(*asking.params, keys.public_key);
  const SealingJob job{document_,
                       *asking.params,
                       key,
                       keys_.answer_secret,
                       asking.study.requester,
                       asking.study.id,
                       query::plan_hash(asking.answer.plan)};
  MC_TRY(const SealedParameters parameters, seal_parameters(job, asking.bits));
  sealed = encode_sealed_parameters(*asking.params, parameters);
  asking.parameters = sha256(sealed);
  asking.answer.timing_ms["seal_parameters"] = watch.ms();
  return {};
}

Status Researcher::force_parameters(Asking& asking) {
  if (asking.answer.plan.parameters.empty()) return {};
  MC_TRY(const std::uint32_t used, chain_.releases_used(asking.study.id));
  const std::uint32_t needed = document_.exact ? kReleasesNeededForPerson : kReleasesNeeded;
  if (asking.study.proposal.releases_max - used < needed) {
    return fail(Code::kRefused, "the study has " + std::to_string(asking.study.proposal.releases_max - used) +
                                    " releases left; a question with sealed parameters takes " +
                                    (document_.exact ? "two: a run that forces them and the answer"
                                                     : "three: a run that forces them, its counts and the answer"));
  }
  Bytes sealed;
  MC_TRY_STATUS(seal(asking, sealed));
  asking.begin("the custodians force the parameters: one number for every person, and nothing but bits");
  const StopWatch watch;
  MC_TRY(asking.authorisation, next_authorisation(asking));
  protocol::Authorisation& authorisation = asking.authorisation;
  authorisation.result = protocol::run_commitment(authorisation);
  // A guarded data set's chain counts whole millionths and takes nothing that is free.
  authorisation.rho_nano = document_.exact ? 0 : 1;
  const std::array multiplicands{authorisation.result};
  MC_TRY_STATUS(record(asking, multiplicands));
  if (!document_.exact) asking.answer.guarded.emplace().rho_nano = kRhoNanoOfRun;
  const std::unique_ptr<Transport> compute = connect_(document_.compute_url, "the compute node");
  const Bytes call = encode_release_call({authorisation, asking.answer.plan.sql, {}, {}, 0, std::move(sealed)});
  MC_TRY(const Bytes reply, post_until_executed(*compute, "/v1/runs", call, kReceiptBytesMax));
  MC_TRY(const RunReceipt receipt, decode_run_receipt(reply));
  asking.answer.refreshes = receipt.refreshes;
  asking.answer.timing_ms["force_parameters"] = watch.ms();
  asking.answer.bytes["parameters_sent"] = call.size();
  return {};
}

}  // namespace mc::client
