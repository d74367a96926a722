// SPDX-License-Identifier: Apache-2.0
#include "node/release_facts.hpp"

#include <algorithm>

#include "client/earlier_consents.hpp"
#include "client/owner_rules.hpp"
#include "client/personal_answer.hpp"
#include "node/role.hpp"
#include "protocol/refusal.hpp"
#include "protocol/run.hpp"
#include "query/plan/compile.hpp"
#include "query/release/guarded.hpp"
#include "query/release/policy.hpp"
#include "query/release/privacy.hpp"
#include "query/release/untrusted_owners.hpp"

namespace mc::node {
namespace {

Status decide(const query::ReleaseFacts& facts) {
  const query::ReleaseDecision decision = query::decide_release(facts);
  if (decision.granted()) return {};
  return fail(Code::kRefused, std::string(query::reason_name(decision.reason)) + ": " + decision.sentence);
}

/// The chain's side: study, purpose, releases, the recorded authorisation. One block for all of it. Returns the study;
/// its state is kNone when there is none.
Result<governance::Study> read_chain(const client::ReleaseCall& call, const client::CommonsDocument& document,
                                     const governance::CommonsChain& chain, std::uint64_t final_block,
                                     query::ReleaseFacts& facts) {
  const protocol::Authorisation& claimed = call.authorisation;
  auto study = chain.study(claimed.study);
  if (!study && study.error().code != Code::kNotFound) return fail(study.error());
  if (!study) study = governance::Study{};
  if (study->state != governance::StudyState::kNone) {
    facts.study.exists = true;
    // The chain calls a study expired from its last second on: then that is the reason, not what it was before.
    const bool over = study->state == governance::StudyState::kExpired;
    facts.study.active = over || study->state == governance::StudyState::kActive;
    facts.study.expires_at = over ? std::min(study->proposal.expiry_s, facts.now) : study->proposal.expiry_s;
    const bool same = study->proposal.dataset == governance::dataset_id(document.dataset);
    facts.study.dataset = same ? document.dataset : study->proposal.dataset.hex();
    facts.study.purpose = governance::data_use_text(study->proposal.use);
    facts.study.plans_allowed = study->proposal.plans;
    facts.study.requester_key = study->proposal.requester_key;
    // This very authorisation has been counted when it was recorded.
    MC_TRY(const std::uint32_t used, chain.releases_used(claimed.study));
    const std::uint32_t before = used > 0 && claimed.release_number <= used ? used - 1 : used;
    facts.study.releases_left = before < study->proposal.releases_max ? study->proposal.releases_max - before : 0;
  }
  const auto recorded = chain.authorisation(claimed.study, claimed.release_number);
  if (!recorded && recorded.error().code != Code::kNotFound) return fail(recorded.error());
  facts.authorisation_hash = protocol::hash_authorisation(claimed);
  if (!recorded) return study;
  facts.authorisation_on_chain = true;
  facts.authorisation_final = recorded->block <= final_block;
  // Hash and fields are both on chain; they must tell the same story.
  const bool agrees =
      recorded->authorisation == client::chain_record(claimed) && claimed.chain_id == document.deployment.chain_id;
  facts.authorisation_hash_on_chain = agrees ? recorded->authorisation.hash : Hash256{};
  return study;
}

query::AuthorisationClaims claims_of(const protocol::Authorisation& authorisation) {
  query::AuthorisationClaims claims;
  claims.data_root = authorisation.data_root;
  claims.consent_root = authorisation.consent_root;
  claims.mask = authorisation.mask;
  claims.result = authorisation.result;
  claims.requester_key = authorisation.requester_key;
  claims.plan = authorisation.plan;
  claims.epoch = authorisation.epoch.value;
  claims.sigma_log2.assign(authorisation.sigma_log2.begin(), authorisation.sigma_log2.end());
  return claims;
}

/// A store that gives other bytes or does not answer says nothing about the owner.
Status check_uploads(Verifier& verifier, const client::DatasetView& view, const governance::CommonsChain& chain,
                     query::ReleaseFacts& facts) {
  const Status status = verifier.check_uploads(view, chain);
  facts.uploads_proven = status.has_value();
  if (status) return {};
  if (status.error().code != Code::kRefused && status.error().code != Code::kNotFound) return fail(status.error());
  facts.unproven_upload = status.error().message;
  return {};
}

/// What this custodian computed itself: now, or, of a plan that needs refreshes, in a run that has ended.
/// REQUIRES that the authorisation's plan, data, consent and mask have been found to be this custodian's own.
Result<std::shared_ptr<const client::Recomputed>> own_result(const query::Plan& plan, const client::DatasetView& view,
                                                             const governance::CommonsChain& chain,
                                                             const client::ReleaseCall& call, Verifier& verifier,
                                                             const OwnRuns& own_runs,
                                                             std::span<const fhe::Ciphertext> numbers, bool again) {
  const protocol::Authorisation& a = call.authorisation;
  if (!plan.is_run()) {
    return verifier.execute(plan, view, chain, a.study, client::part_of(call), numbers, again);
  }
  OwnRuns::Part part;
  if (const query::PlanPart wanted = client::part_of(call); wanted.kind != query::PlanPart::Kind::kWhole) {
    part = [&plan, wanted, slots = verifier.params()->slot_count()](const client::Recomputed& run) {
      return client::part_of_run(run, plan, wanted, slots);
    };
  }
  if (auto found = own_runs.finished(a, part)) return found;
  return protocol::refuse(protocol::Refusal::kResultDiffers, Code::kRefused,
                          "this custodian has computed no run of this study, plan, data and consent with the result " +
                              a.result.hex() + "; ask again, so that the compute node runs it with this custodian");
}

/// What a guarded commons asks before anything is computed (R18). A run that forces parameters is of no part.
Status check_part(const client::ReleaseCall& call, const client::CommonsDocument& document, const query::Plan& plan,
                  bool is_run) {
  const query::PlanPart part = client::part_of(call);
  Status fits = query::check_part(plan, part);
  if (fits && !document.exact && !is_run && part.kind == query::PlanPart::Kind::kWhole) {
    fits = fail(Code::kInvalidArgument, "a release of a guarded commons says which groups it shows");
  }
  if (fits && document.exact && part.kind != query::PlanPart::Kind::kWhole) {
    fits = fail(Code::kInvalidArgument, "a release of an exact commons shows all groups");
  }
  if (fits) return {};
  return protocol::refuse(protocol::Refusal::kMalformedRequest, fits.error().code, fits.error().message);
}

/// What can be said before the consent is known.
Result<query::GuardedFacts> guarded_facts(const client::ReleaseCall& call, const client::CommonsDocument& document,
                                          const query::Plan& plan, const governance::CommonsChain& chain) {
  query::GuardedFacts facts;
  facts.opens_counts = call.authorisation.opens_counts;
  facts.names_counts = !call.authorisation.counts.is_zero();
  facts.rho_nano = call.authorisation.rho_nano;
  MC_TRY(const governance::Dataset founded, chain.dataset(governance::dataset_id(document.dataset)));
  if (founded.exact != document.exact) {
    facts.not_offered = "the chain has founded this data set as " + std::string(founded.exact ? "exact" : "guarded") +
                        ", this custodian's document says otherwise";
  }
  const Status offered = client::check_offered(document, plan);
  if (!offered) facts.not_offered = offered.error().message;
  if (document.exact) {
    facts.counts_known = !call.authorisation.counts.is_zero();  // there are none to name
    return facts;
  }
  MC_TRY(facts.voided, chain.is_voided(call.authorisation.study, call.authorisation.release_number));
  return facts;
}

/// What committees before this one were asked under belongs to what was asked before (R18).
Status recall_earlier(const client::CommonsDocument& document, const governance::CommonsChain& chain,
                      GuardedDesk& desk) {
  if (desk.knows_earlier()) return {};
  std::vector<client::ConsentSnapshot> earlier;
  if (!document.earlier.empty()) {
    const auto transport = http_transports()(document.store_url, "the store");
    client::StoreClient store(*transport);
    MC_TRY(earlier, client::earlier_consents(document, chain, store));
  }
  return desk.take_earlier(earlier);
}

/// Against the consents that were asked under, and the counts that were opened.
void judge_guarded(const client::ReleaseCall& call, const query::Plan& plan, const client::DatasetView& view,
                   const query::RulesInForce& rules, const GuardedDesk& desk, query::GuardedFacts& facts) {
  const Status different = desk.check_consent(view.owners, rules);
  if (!different) facts.consent_too_similar = different.error().message;
  facts.never_enough = query::broken_by_consents(rules, view.owners);
  if (facts.opens_counts) return;
  const auto known = desk.known(call.authorisation.counts);
  facts.counts_known = known && known->are_for(call.authorisation.study, plan, view);
  if (!facts.counts_known) return;
  if (known->verdict.refused) {
    facts.refused = query::BrokenRule{known->verdict.rule, known->verdict.sentence};
    return;
  }
  facts.shows_hidden = shows_hidden(call, known->verdict);
}

/// The cost of what has not been paid for: an answer whose ciphertext was opened as a count, with this sigma, says
/// nothing new (R5).
std::uint64_t rho_needed(const client::ReleaseCall& call, const client::Recomputed& result, const GuardedDesk& desk) {
  const auto known = desk.known(call.authorisation.counts);
  std::vector<std::uint32_t> unpaid;
  std::vector<std::uint8_t> sigmas;
  for (std::uint32_t i = 0; i < result.multiplicands.size() && i < call.authorisation.sigma_log2.size(); ++i) {
    if (known && std::ranges::find(known->of.multiplicands, result.multiplicands[i]) != known->of.multiplicands.end()) {
      continue;
    }
    unpaid.push_back(i);
    sigmas.push_back(call.authorisation.sigma_log2[i]);
  }
  return query::rho_cost_nano(result.sensitivities.of(unpaid), sigmas);
}

}  // namespace

Result<CheckedRelease> check_release(const client::ReleaseCall& call, const client::CommonsDocument& document,
                                     const governance::CommonsChain& chain, Verifier& verifier, const OwnRuns& own_runs,
                                     GuardedDesk& desk, const OpeningDesk* openings, bool again) {
  CheckedRelease out;
  query::ReleaseFacts facts;
  MC_TRY(const FinalChain final, final_chain(document, chain));
  const governance::CommonsChain& at_final = final.commons;
  MC_TRY(const Epoch in_office, at_final.current_epoch());
  if (in_office != document.epoch) {
    return protocol::refuse(protocol::Refusal::kStaleEpoch, Code::kRefused,
                            "the committee in office is of key epoch " + std::to_string(in_office.value) +
                                ", this custodian's is of epoch " + std::to_string(document.epoch.value));
  }
  facts.now = out.final_time_s = final.block.time_s;
  facts.dataset = document.dataset;
  facts.epoch = document.epoch.value;
  facts.privacy = document.exact ? query::PrivacyMode::kExact : query::PrivacyMode::kGuarded;
  facts.schema = data::schema_hash(document.schema);
  facts.claims = claims_of(call.authorisation);
  MC_TRY(const governance::Study study, read_chain(call, document, at_final, final.block.number, facts));
  facts.purposes_consented = {facts.study.purpose};

  MC_TRY(const query::Plan plan, verifier.compile(call.sql));
  facts.plan = query::plan_hash(plan);
  facts.plan_dataset = plan.dataset;
  facts.plan_schema = plan.schema_hash;
  facts.plan_recompiles = query::check_recompiles(plan, document.schema, verifier.budget()).has_value();
  const bool forces = !plan.parameters.empty();
  const bool is_run = plan.has_run() && protocol::is_run(call.authorisation);
  facts.is_run = is_run;
  facts.parameters.wanted = forces;
  facts.parameters.named = !call.authorisation.parameters.is_zero();
  MC_TRY_STATUS(check_part(call, document, plan, is_run));
  MC_TRY(facts.guarded, guarded_facts(call, document, plan, at_final));

  if (facts.study.exists) {
    const Hash256& claimed_key = call.authorisation.requester_key;
    if (claimed_key != facts.study.requester_key) {
      return protocol::refuse(protocol::Refusal::kRequesterKeyDiffers, Code::kRefused,
                              "the authorisation is for requester key " + claimed_key.hex() +
                                  ", the study has registered " + facts.study.requester_key.hex());
    }
    MC_TRY(const Bytes key_bytes, verifier.document(claimed_key));
    auto key = fhe::decode_requester_key(*verifier.params(), key_bytes);
    if (!key) {
      return protocol::refuse(protocol::Refusal::kRequesterKeyUnproven, key.error().code, key.error().message);
    }
    out.requester_key = std::move(*key);
    facts.requester_key = fhe::hash_requester_key(*verifier.params(), out.requester_key);
    MC_TRY(const fhe::PublicKey collective, verifier.public_key(at_final));
    // Of a plan about one record the account is looked at below, when it is known whose it has to be.
    const fhe::RequesterContext context{document.deployment.chain_id, call.authorisation.study,
                                        plan.person ? out.requester_key.context.requester : study.requester.bytes};
    facts.requester_key_proven =
        fhe::verify_requester_key(*verifier.params(), out.requester_key, context, collective).has_value();
  }

  // What still has to be recomputed is taken as claimed for a first decision, so that a call without approval, without
  // authorisation or with a spent study costs no execution.
  query::ReleaseFacts provisional = facts;
  provisional.data_root = facts.claims.data_root;
  provisional.consent_root = provisional.consent_root_on_chain = facts.claims.consent_root;
  provisional.mask = facts.claims.mask;
  provisional.result = facts.claims.result;
  provisional.uploads_proven = true;
  provisional.answers_as_planned = true;
  provisional.multiplicands_exact = true;
  provisional.sigma_log2_required = facts.claims.sigma_log2;
  provisional.guarded.counts_known = provisional.guarded.counts_known || !document.exact;
  MC_TRY_STATUS(decide(provisional));

  MC_TRY(const client::DatasetView view, verifier.look(at_final, study.asked(), facts.now, plan.person));
  facts.data_root = view.data_root;
  facts.consent_root = view.consent_root;
  MC_TRY(const governance::ConsentRoot root, at_final.consent_root(governance::dataset_id(document.dataset)));
  facts.consent_root_on_chain = root.root;
  facts.mask = view.mask;
  if (plan.person) {
    facts.not_the_persons = client::not_the_persons(document, call.authorisation.study, out.requester_key,
                                                    facts.requester_key, view, *plan.person);
  }
  provisional.not_the_persons = facts.not_the_persons;
  provisional.data_root = facts.data_root;
  provisional.consent_root = facts.consent_root;
  provisional.consent_root_on_chain = facts.consent_root_on_chain;
  provisional.mask = facts.mask;
  MC_TRY(out.rules, client::rules_in_force(document, study.proposal, view));
  if (!document.exact) {
    MC_TRY_STATUS(recall_earlier(document, at_final, desk));
    judge_guarded(call, plan, view, out.rules, desk, facts.guarded);
  }
  provisional.guarded = facts.guarded;
  MC_TRY_STATUS(decide(provisional));

  std::optional<std::vector<fhe::Ciphertext>> numbers;
  if (forces && is_run) {
    auto sealed = proven_parameters(call.parameters, call.authorisation, study.requester, document, at_final, verifier);
    if (!sealed && sealed.error().code != Code::kRefused) return fail(sealed.error());
    if (sealed) {
      out.sealed = std::move(*sealed);
    } else {
      facts.parameters.unproven = sealed.error().message;
    }
  } else if (forces) {
    numbers = own_runs.forced.find(ForcedFor::of(call.authorisation));
    facts.parameters.forced = numbers.has_value();
  }
  provisional.parameters = facts.parameters;
  MC_TRY_STATUS(decide(provisional));

  MC_TRY_STATUS(check_uploads(verifier, view, at_final, facts));
  provisional.uploads_proven = facts.uploads_proven;
  provisional.unproven_upload = facts.unproven_upload;
  if (document.opens_columns() && query::needs_opened_columns(plan)) {
    MC_CHECK(openings != nullptr);
    const Status opened = openings->check(view);
    if (!opened) facts.unopened_columns = provisional.unopened_columns = opened.error().message;
  }
  MC_TRY_STATUS(decide(provisional));

  if (is_run) {
    // Of fields that have just been found to be those recomputed here.
    client::Recomputed commitment;
    commitment.result = protocol::run_commitment(call.authorisation);
    commitment.multiplicands = {commitment.result};
    out.result = std::make_shared<const client::Recomputed>(std::move(commitment));
  } else {
    MC_TRY(
        out.result,
        own_result(plan, view, at_final, call, verifier, own_runs,
                   numbers ? std::span<const fhe::Ciphertext>(*numbers) : std::span<const fhe::Ciphertext>{}, again));
    if (!document.exact) facts.guarded.rho_needed_nano = rho_needed(call, *out.result, desk);
  }
  facts.result = out.result->result;
  const std::size_t planned =
      plan.training ? plan.answer_count() : query::released_by(plan, client::part_of(call)).size();
  facts.answers_as_planned = is_run || out.result->answers.size() == planned;
  for (std::size_t i = 0; facts.answers_as_planned && i < out.result->answers.size(); ++i) {
    const fhe::Ciphertext& answer = out.result->answers[i];
    facts.answers_as_planned = answer.parts.size() == 2 && answer.level() == out.result->bounds[i].level &&
                               answer.scale == out.result->bounds[i].scale;
  }
  facts.sigma_log2_required.assign(out.result->sigma_log2.begin(), out.result->sigma_log2.end());
  MC_TRY(const governance::RecordedAuthorisation recorded,
         at_final.authorisation(call.authorisation.study, call.authorisation.release_number));
  MC_TRY(facts.multiplicands_exact, at_final.authorised_exactly(recorded, out.result->multiplicands));
  MC_TRY_STATUS(decide(facts));
  out.authorised_s = recorded.time_s;
  MC_TRY(out.first_opened_s, at_final.first_opened(out.result->multiplicands));
  out.plan = plan;
  out.view = view;
  return out;
}

}  // namespace mc::node
