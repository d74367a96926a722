// SPDX-License-Identifier: Apache-2.0
// A patient's end of a question that somebody asked for her.
#include "client/researcher.hpp"
#include "client/researcher_asking.hpp"
#include "query/release/noise.hpp"

namespace mc::client {
namespace {

/// Her record is one slot of one block; how many owners share it she need not know: the flooding, which she does know,
/// is 2^lambda times the noise that depends on it.
constexpr std::uint32_t kOwnersMax = 64;

}  // namespace

Result<Answer> Researcher::open_personal(ByteView sealed) const {
  Asking asking;
  const StopWatch watch;
  MC_TRY(asking.params, fhe::Params::named(document_.profile));
  MC_TRY(PersonalAnswer answer, decode_personal_answer(*asking.params, sealed));
  MC_TRY(asking.answer.plan, plan(answer.sql));
  if (!asking.answer.plan.person) return fail(Code::kInvalidArgument, "the sealed answer is about no single record");
  if (query::plan_hash(asking.answer.plan) != answer.authorisation.plan) {
    return fail(Code::kRefused, "the sealed answer's authorisation is for another question than it says");
  }
  asking.authorisation = std::move(answer.authorisation);
  asking.messages = std::move(answer.messages);
  asking.study.id = asking.answer.study = asking.authorisation.study;
  asking.study.requester = keys_.wallet.address();  // whose context her key has
  const fhe::RequesterKey key = fhe::make_requester_key(*asking.params, keys_.answer_secret,
                                                        requester_context(asking.study.id, keys_.wallet.address()));
  if (fhe::hash_requester_key(*asking.params, key) != asking.authorisation.requester_key) {
    return fail(Code::kRefused, "the answer is sealed for somebody else's key");
  }
  asking.answer.release_number = asking.authorisation.release_number;
  MC_TRY(asking.identities, committee_identities(document_, chain_));
  MC_TRY(const fhe::CommitteeShape shape, committee_shape(document_));
  query::NoiseSetting setting;
  setting.pieces = static_cast<std::uint32_t>(shape.pieces().size());
  setting.owners_per_block = kOwnersMax;
  setting.share = 1 / static_cast<double>(asking.params->slot_count());
  setting.fewest = 1;
  MC_TRY(asking.bounds.bounds, query::answer_bounds(asking.answer.plan, *asking.params, setting));
  if (asking.authorisation.sigma_log2.size() != asking.bounds.bounds.size()) {
    return fail(Code::kCorrupt, "the sealed answer has " + std::to_string(asking.authorisation.sigma_log2.size()) +
                                    " numbers, its question " + std::to_string(asking.bounds.bounds.size()));
  }
  MC_TRY_STATUS(open(asking));
  asking.answer.timing_ms["total"] = watch.ms();
  return std::move(asking.answer);
}

}  // namespace mc::client
