// SPDX-License-Identifier: Apache-2.0
#include "client/researcher.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <ranges>
#include <thread>

#include "client/ask_again.hpp"
#include "client/custodian_health.hpp"
#include "client/evidence_file.hpp"
#include "client/forecast.hpp"
#include "client/key_file.hpp"
#include "client/opened_columns.hpp"
#include "client/researcher_asking.hpp"
#include "client/risk_model.hpp"
#include "client/run_messages.hpp"
#include "client/run_watch.hpp"
#include "client/share_reply.hpp"
#include "client/study_document.hpp"
#include "governance/finality.hpp"
#include "protocol/run.hpp"
#include "query/plan/compile.hpp"
#include "query/release/logistic_model.hpp"
#include "query/release/privacy.hpp"

namespace mc::client {
namespace {

constexpr std::size_t kReceiptBytesMax = std::size_t{1} << 20;

/// Where what is said to the members only is encrypted to: those of them who have published a key.
Result<std::vector<Hash256>> member_keys(const governance::CommonsChain& chain) {
  std::vector<governance::Address> accounts;
  for (const governance::Chamber chamber : governance::kChambers) {
    MC_TRY(const std::vector<governance::Address> members, chain.members(chamber));
    accounts.insert(accounts.end(), members.begin(), members.end());
  }
  MC_TRY(std::vector<Hash256> keys, chain.box_keys(accounts));
  std::erase_if(keys, [](const Hash256& key) { return key.is_zero(); });
  return keys;
}

/// Whether both accounts are or were keys of one member.
Result<bool> is_same_member(const governance::CommonsChain& chain, const governance::Address& a,
                            const governance::Address& b) {
  if (a == b) return true;
  MC_TRY(const governance::Address one, chain.identity_of(a));
  MC_TRY(const governance::Address other, chain.identity_of(b));
  return !one.is_zero() && one == other;
}

struct StudyIds {
  std::vector<Hash256> hers, of_others;
};

/// Every study, the newest first. Their records come many in a call, a study's plans in calls of its own: those of
/// others are read only when none of hers allows a question.
Result<StudyIds> newest_first(const governance::CommonsChain& chain, const governance::Address& account) {
  MC_TRY(const std::vector<governance::Study> all, chain.studies());
  StudyIds ids;
  std::map<governance::Address, bool> is_hers;
  for (const governance::Study& study : all | std::views::reverse) {
    if (!is_hers.contains(study.requester)) {
      MC_TRY(is_hers[study.requester], is_same_member(chain, study.requester, account));
    }
    (is_hers[study.requester] ? ids.hers : ids.of_others).push_back(study.id);
  }
  return ids;
}

}  // namespace

Result<ResearcherKeys> load_or_create_researcher_keys(const std::filesystem::path& folder) {
  MC_TRY(governance::Wallet wallet, load_or_create_wallet(folder / "wallet.key"));
  MC_TRY(SecretKey256 answer_secret, load_or_create_secret(folder / "answers.key"));
  return ResearcherKeys{std::move(wallet), std::move(answer_secret)};
}

Result<fhe::CommitteeShape> committee_shape(const CommonsDocument& document) {
  return fhe::CommitteeShape::create(static_cast<std::uint32_t>(document.custodians.size()), document.threshold);
}

Result<std::vector<protocol::PublicIdentity>> committee_identities(const CommonsDocument& document,
                                                                   const governance::CommonsChain& chain) {
  MC_TRY(const governance::Committee committee, chain.committee(document.epoch));
  if (committee.custodians.size() != document.custodians.size() || committee.threshold != document.threshold) {
    return fail(Code::kConflict, "the commons document names a committee of " + std::to_string(document.threshold) +
                                     " of " + std::to_string(document.custodians.size()) + ", the chain one of " +
                                     std::to_string(committee.threshold) + " of " +
                                     std::to_string(committee.custodians.size()));
  }
  std::vector<protocol::PublicIdentity> identities;
  for (std::size_t i = 0; i < document.custodians.size(); ++i) {
    MC_TRY(protocol::PublicIdentity identity, protocol::decode_public_identity(document.custodians[i].identity));
    if (protocol::hash_public_identity(identity) != committee.custodians[i].identity) {
      return fail(Code::kRefused,
                  "the identity of custodian " + std::to_string(i) + " is not the one registered on chain");
    }
    identities.push_back(identity);
  }
  return identities;
}

Researcher::Researcher(const CommonsDocument& document, const ResearcherKeys& keys, governance::CommonsChain chain,
                       TransportFactory connect)
    : document_(document), keys_(keys), chain_(chain), connect_(std::move(connect)) {}

Result<query::Plan> Researcher::plan(std::string_view sql) const {
  return plan_with_models(sql, document_, connect_);
}

fhe::RequesterContext Researcher::requester_context(const Hash256& study, const governance::Address& requester) const {
  return {document_.deployment.chain_id, study, requester.bytes};
}

Result<Hash256> Researcher::propose(const StudyRequest& request, const PersonalKey* personal) {
  if (request.sql.empty() && request.plans.empty()) {
    return fail(Code::kInvalidArgument, "a study needs at least one question");
  }
  if (!document_.exact && request.rho_micro == 0) {
    return fail(Code::kInvalidArgument,
                "a study of guarded data needs a privacy budget, and this one has rho 0: nothing could be released");
  }
  std::vector<query::Plan> plans;
  for (const std::string& sql : request.sql) {
    MC_TRY(const std::vector<std::string> questions, questions_of(sql, document_, connect_));
    for (const std::string& question : questions) {
      MC_TRY(query::Plan plan, this->plan(question));
      MC_TRY_STATUS(check_offered(document_, plan));  // before members vote on what would be refused
      plans.push_back(std::move(plan));
    }
  }
  MC_TRY(const fhe::ParamsPtr params, fhe::Params::named(document_.profile));
  MC_TRY(const Hash256 study, chain_.next_study_id(keys_.wallet.address()));
  fhe::RequesterKey key;
  if (personal == nullptr) {
    key = fhe::make_requester_key(*params, keys_.answer_secret, requester_context(study, keys_.wallet.address()));
  } else {
    if (personal->study != study) {
      return fail(Code::kConflict, "the patient made her key for study " + personal->study.hex() +
                                       ", the next of this researcher is " + study.hex() +
                                       ": `medcommons patient key` makes another");
    }
    MC_TRY(key, fhe::decode_requester_key(*params, personal->key));
  }
  const Bytes key_bytes = fhe::encode_requester_key(*params, key);
  std::vector<Hash256> readers;
  if (!request.sensitive.empty()) {
    MC_TRY(readers, member_keys(chain_));
  }
  MC_TRY(const std::string content, study_document_json(request, document_.dataset, plans, readers));
  MC_TRY(const governance::Block now, chain_.chain().latest_block());

  governance::StudyProposal proposal;
  proposal.content = sha256(view_of(content));
  proposal.dataset = governance::dataset_id(document_.dataset);
  proposal.use = request.use;
  proposal.plans = request.plans;
  for (const query::Plan& plan : plans) proposal.plans.push_back(query::plan_hash(plan));
  proposal.rho_micro = request.rho_micro;
  proposal.minimum_cohort = request.minimum_cohort;
  proposal.suppress_below = request.suppress_below;
  proposal.requester_key = fhe::hash_requester_key(*params, key);
  proposal.releases_max = request.releases_max;
  proposal.expiry_s = request.until_s != 0 ? request.until_s : now.time_s + request.lifetime_s;
  MC_TRY(const Hash256 id, chain_.propose(keys_.wallet, proposal, study));

  const std::unique_ptr<Transport> transport = connect_(document_.store_url, "the store");
  StoreClient store(*transport);
  MC_TRY_STATUS(store.put_study_document(id, proposal.content, view_of(content)));
  MC_TRY_STATUS(store.put_study_document(id, proposal.requester_key, key_bytes));
  return id;
}

/// Also under another key than the one she proposed it with.
Result<bool> Researcher::is_requester(const governance::Study& study) const {
  return is_same_member(chain_, study.requester, keys_.wallet.address());
}

Result<governance::Study> Researcher::study_for(const Hash256& plan_hash, const std::optional<Hash256>& wanted) const {
  StudyIds ids{{}, {}};
  if (wanted) {
    ids.hers = {*wanted};
  } else {
    MC_TRY(ids, newest_first(chain_, keys_.wallet.address()));
  }
  MC_TRY(const governance::Block now, chain_.chain().latest_block());
  std::string reason;
  const auto because = [&](std::string what) {
    if (reason.empty()) reason = std::move(what);
  };
  for (const Hash256& id : ids.hers) {
    MC_TRY(governance::Study study, chain_.study(id));
    if (!study.allows(plan_hash)) {
      if (wanted) because("study " + id.hex() + " does not allow it");
      continue;
    }
    MC_TRY(const bool hers, is_requester(study));
    if (!hers) {
      because("study " + id.hex() + " belongs to another researcher");
      continue;
    }
    if (study.state != governance::StudyState::kActive || now.time_s >= study.proposal.expiry_s) {
      because("study " + id.hex() + " is " + std::string(governance::study_state_name(study.state)) +
              ", not active: every chamber must have voted for it, and its timelock must be over");
      continue;
    }
    MC_TRY(const std::uint32_t used, chain_.releases_used(id));
    if (used >= study.proposal.releases_max) {
      because("study " + id.hex() + " has used its " + std::to_string(study.proposal.releases_max) + " releases");
      continue;
    }
    return study;
  }
  for (std::size_t i = 0; i < ids.of_others.size() && reason.empty(); ++i) {
    MC_TRY(const governance::Study study, chain_.study(ids.of_others[i]));
    if (study.allows(plan_hash)) because("study " + study.id.hex() + " belongs to another researcher");
  }
  because("no study allows it");
  return fail(Code::kRefused,
              "the query (plan " + plan_hash.hex() + ") is not approved: " + reason +
                  "; propose it with `medcommons study propose`, let the members vote, then `study execute`");
}

Result<Answer> Researcher::ask(std::string_view sql, const std::optional<Hash256>& study, const StepFunction& step,
                               std::uint64_t rho_nano, const std::optional<std::string>& parameters) {
  Asking asking;
  asking.step = step;
  const StopWatch planning;
  MC_TRY(asking.params, fhe::Params::named(document_.profile));
  MC_TRY(asking.answer.plan, plan(sql));
  MC_TRY_STATUS(check_offered(document_, asking.answer.plan));
  MC_TRY_STATUS(take_parameters(asking, parameters));
  asking.answer.timing_ms["plan"] = planning.ms();
  MC_TRY(asking.study, study_for(query::plan_hash(asking.answer.plan), study));
  asking.answer.study = asking.study.id;
  MC_TRY(asking.identities, committee_identities(document_, chain_));
  MC_TRY_STATUS(await_opened_columns(document_, asking.answer.plan, connect_, asking.step));
  if (document_.exact && asking.answer.plan.is_run()) {
    MC_TRY_STATUS(look(asking));
    MC_TRY_STATUS(foresee(asking));
    MC_TRY_STATUS(find_custodians(asking));
    MC_TRY_STATUS(authorise_run(asking));
    MC_TRY_STATUS(run(asking));
  } else if (document_.exact && !asking.answer.plan.parameters.empty()) {
    MC_TRY_STATUS(look(asking));
    MC_TRY_STATUS(find_custodians(asking));
    MC_TRY_STATUS(force_parameters(asking));
    MC_TRY_STATUS(send_query(asking));
    MC_TRY_STATUS(foresee(asking));
    MC_TRY_STATUS(check_receipt(asking));
  } else if (document_.exact) {
    MC_TRY_STATUS(send_query(asking));
    MC_TRY_STATUS(look(asking));
    MC_TRY_STATUS(foresee(asking));
    MC_TRY_STATUS(check_receipt(asking));
    MC_TRY_STATUS(find_custodians(asking));
  } else {
    MC_TRY_STATUS(look(asking));
    MC_TRY_STATUS(find_custodians(asking));
    MC_TRY_STATUS(prepare_guarded(asking, rho_nano));
    MC_TRY_STATUS(open_counts(asking, rho_nano));
    MC_TRY_STATUS(compute_part(asking));
  }
  MC_TRY_STATUS(authorise(asking));
  MC_TRY_STATUS(collect_shares(asking));
  if (asking.answer.plan.person) {
    asking.answer.sealed =
        encode_personal_answer({asking.answer.plan.sql, asking.authorisation, std::move(asking.messages)});
  } else {
    MC_TRY_STATUS(open(asking));
  }
  asking.answer.timing_ms["total"] = asking.total.ms();
  return std::move(asking.answer);
}

Status Researcher::send_query(Asking& asking) {
  asking.begin("the compute node executes the plan on ciphertext");
  const StopWatch watch;
  const Bytes body = encode_query_call({asking.answer.plan.sql, asking.study.id, asking.part, asking.parameters});
  const std::unique_ptr<Transport> compute = connect_(document_.compute_url, "the compute node");
  MC_TRY(const Bytes reply, post_until_executed(*compute, "/v1/queries", body, kReceiptBytesMax));
  MC_TRY(asking.receipt, decode_query_receipt(reply));
  asking.answer.timing_ms["execute"] += watch.ms();
  asking.answer.bytes["query_sent"] += body.size();
  asking.answer.bytes["sealed_read_by_compute"] += asking.receipt.bytes_read;
  return {};
}

Status Researcher::look(Asking& asking) {
  asking.begin("the researcher recomputes plan, data root and consent mask");
  const StopWatch watch;
  const std::unique_ptr<Transport> transport = connect_(document_.store_url, "the store");
  StoreClient store(*transport);
  PublicRecords records(document_, asking.params);
  MC_TRY(const governance::Block now, chain_.chain().latest_block());
  MC_TRY(asking.view, records.look(chain_, store, asking.study.asked(), now.time_s, asking.answer.plan.person));
  asking.answer.timing_ms["check"] = watch.ms();
  return take_rules(asking);
}

/// The noise that has to be expected, before anything is recorded.
Status Researcher::foresee(Asking& asking) {
  if (asking.answer.plan.training) return {};  // measured, not bounded (R16)
  MC_TRY(const fhe::CommitteeShape shape, committee_shape(document_));
  MC_TRY(asking.bounds, release_bounds(asking.answer.plan, asking.view, *asking.params,
                                       static_cast<std::uint32_t>(shape.pieces().size()), asking.part));
  return {};
}

Status Researcher::check_receipt(Asking& asking) {
  const DatasetView& view = asking.view;
  const QueryReceipt& receipt = asking.receipt;
  const auto differs = [](std::string_view what) {
    return fail(Code::kRefused,
                "the compute node used another " + std::string(what) + " than the researcher recomputed; ask again");
  };
  if (receipt.plan != query::plan_hash(asking.answer.plan)) return differs("plan");
  if (receipt.data_root != view.data_root) return differs("data root");
  if (receipt.consent_root != view.consent_root || receipt.mask != view.mask) return differs("consent mask");
  if (receipt.sigma_log2 != asking.bounds.sigma_log2) return differs("flooding noise");
  return document_.exact ? Status() : price_part(asking);
}

Result<protocol::Authorisation> Researcher::next_authorisation(const Asking& asking) const {
  MC_TRY(const std::uint32_t used, chain_.releases_used(asking.study.id));
  protocol::Authorisation authorisation;
  authorisation.chain_id = document_.deployment.chain_id;
  authorisation.study = asking.study.id;
  authorisation.release_number = used + 1;
  authorisation.epoch = document_.epoch;
  authorisation.plan = query::plan_hash(asking.answer.plan);
  authorisation.data_root = asking.view.data_root;
  authorisation.consent_root = asking.view.consent_root;
  authorisation.mask = asking.view.mask;
  authorisation.requester_key = asking.study.proposal.requester_key;
  authorisation.parameters = asking.parameters;
  return authorisation;
}

/// Custodians answer what is final, and a release that they refuse is used all the same.
Status Researcher::record(Asking& asking, std::span<const Hash256> multiplicands) {
  const governance::Authorisation wanted = chain_record(asking.authorisation);
  MC_TRY(const governance::Receipt recorded, chain_.authorise(keys_.wallet, wanted, multiplicands));
  if (document_.confirmations == 0) return {};
  asking.begin("the authorisation becomes final: " + std::to_string(document_.confirmations) + " blocks on top of it");
  const auto is_there = [&](const governance::CommonsChain& final) -> Result<bool> {
    const auto found = final.authorisation(wanted.study, wanted.release_number);
    return found && found->authorisation.hash == wanted.hash;
  };
  return governance::wait_until_final(chain_, document_.confirmations, recorded, "the authorisation", is_there,
                                      governance::finality_timeout(document_.confirmations));
}

Status Researcher::authorise_run(Asking& asking) {
  asking.begin("the run is authorised on chain");
  const StopWatch watch;
  MC_TRY(asking.authorisation, next_authorisation(asking));
  asking.authorisation.result = protocol::run_commitment(asking.authorisation);
  // A guarded data set's chain counts whole millionths and takes nothing that is free.
  asking.authorisation.rho_nano = document_.exact ? 0 : 1;
  const std::array multiplicands{asking.authorisation.result};
  MC_TRY_STATUS(record(asking, multiplicands));
  if (!document_.exact) asking.answer.guarded.emplace().rho_nano = kRhoNanoOfRun;
  asking.answer.timing_ms["authorise_run"] = watch.ms();
  return {};
}

Status Researcher::run(Asking& asking) {
  asking.begin("the custodians compute on ciphertext, each by itself, and refresh it together");
  const StopWatch watch;
  const std::unique_ptr<Transport> compute = connect_(document_.compute_url, "the compute node");
  const Bytes call = encode_release_call({asking.authorisation, asking.answer.plan.sql, {}, {}});
  MC_TRY(const query::LimbBudget budget, limb_budget_of(document_));
  const query::Plan& plan = asking.answer.plan;
  const query::PlanWork work =
      query::work_of(plan, extent_of(asking.view, asking.params->slot_count()), budget.masked_level(plan.depth));
  Result<Bytes> reply = [&] {
    const RunWatch watching(connect_(document_.compute_url, "the compute node"),
                            protocol::hash_authorisation(asking.authorisation), work.steps, asking.step);
    return post_until_executed(*compute, "/v1/runs", call, kReceiptBytesMax);
  }();
  if (!reply) return fail(std::move(reply).error());
  MC_TRY(const RunReceipt receipt, decode_run_receipt(*reply));
  const std::size_t answers = document_.exact ? plan.answer_count() : query::ever_released(plan).size();
  if (receipt.query.sigma_log2.size() != answers || (!document_.exact && receipt.heads.size() != answers)) {
    return fail(Code::kRefused, "the run has " + std::to_string(receipt.query.sigma_log2.size()) +
                                    " answers, the plan " + std::to_string(answers));
  }
  // Of a guarded commons that is looked at part by part.
  if (document_.exact && !plan.training && receipt.query.sigma_log2 != asking.bounds.sigma_log2) {
    return fail(Code::kRefused,
                "the custodians' run has another flooding noise than the researcher foresaw; ask again");
  }
  asking.receipt = receipt.query;
  if (!document_.exact) asking.run = receipt;
  asking.answer.timing_ms["execute"] = watch.ms();
  asking.answer.bytes["query_sent"] = call.size();
  asking.answer.bytes["sealed_read_by_compute"] = receipt.query.bytes_read;
  asking.answer.refreshes = receipt.refreshes;
  if (!receipt.verified) {
    asking.answer.notes.push_back(
        "too few custodians took part in the refreshes to see a lie; whoever was absent can still recompute them");
  }
  return {};
}

/// Before anything is recorded: an authorisation that too few custodians can serve would cost a release and bring
/// nothing.
Status Researcher::find_custodians(Asking& asking) {
  MC_TRY(const fhe::CommitteeShape shape, committee_shape(document_));
  std::string missing;
  for (std::uint8_t i = 0; i < shape.custodians(); ++i) {
    const std::string peer = "custodian " + std::to_string(i);
    const auto health = ask_health(*connect_(document_.custodians[i].url, peer));
    if (health && health->is_ready()) {
      asking.available.emplace_back(i);
    } else {
      asking.answer.notes.push_back(peer + (health ? " is not ready" : " does not answer"));
      missing += (missing.empty() ? "" : ", ") + std::to_string(i);
    }
  }
  if (protocol::choose_senders(shape, asking.available)) return {};
  return fail(Code::kUnavailable, "too few custodians answer: " + std::to_string(asking.available.size()) + " of " +
                                      std::to_string(shape.custodians()) + ", " + std::to_string(shape.threshold()) +
                                      " are needed; missing: " + missing);
}

Status Researcher::authorise(Asking& asking) {
  asking.begin("the authorisation is recorded on chain");
  const StopWatch watch;
  const QueryReceipt& receipt = asking.receipt;
  MC_TRY(asking.authorisation, next_authorisation(asking));
  protocol::Authorisation& authorisation = asking.authorisation;
  authorisation.result = receipt.result;
  authorisation.sigma_log2 = receipt.sigma_log2;
  if (!document_.exact) {
    authorisation.sigma_log2 = asking.part_noise.sigma_log2;
    authorisation.rho_nano = asking.part_noise.rho_nano;
    authorisation.opens_counts = asking.part.kind == query::PlanPart::Kind::kCounts;
    authorisation.counts = asking.counts;
    if (!asking.answer.guarded) asking.answer.guarded.emplace();
    asking.answer.guarded->rho_nano += (authorisation.rho_nano + 999) / 1000 * 1000;
  }
  MC_TRY_STATUS(record(asking, receipt.multiplicands));
  asking.answer.release_number = authorisation.release_number;
  asking.answer.timing_ms["authorise"] += watch.ms();
  return {};
}

Result<protocol::ShareMessage> Researcher::ask_custodian(const Asking& asking, const fhe::CommitteeShape& shape,
                                                         const protocol::Ask& ask, std::size_t& bytes) const {
  const std::unique_ptr<Transport> transport =
      connect_(document_.custodians[ask.custodian.value].url, "custodian " + std::to_string(ask.custodian.value));
  const query::PlanPart& part = asking.part;
  const ShareQuestion question{asking.params,          shape,      asking.identities, asking.authorisation,
                               asking.answer.plan.sql, part.shown, part.steps,        part.left_out};
  return fetch_share(*transport, question, ask, bytes);
}

Status Researcher::collect_shares(Asking& asking) {
  asking.begin("the custodians read the chain, recompute the result and release their shares");
  const StopWatch watch;
  MC_TRY(const fhe::CommitteeShape shape, committee_shape(document_));
  const protocol::Question question{protocol::Statement::Kind::kRelease, asking.authorisation.epoch,
                                    protocol::hash_authorisation(asking.authorisation)};
  MC_TRY(protocol::ShareCollector collector,
         protocol::ShareCollector::create(shape, asking.identities, question, asking.available));
  std::map<CustodianId, protocol::ShareMessage> first;  // the collector keeps what is compared, this keeps the heads
  while (!collector.settled()) {
    const std::vector<protocol::Ask> asks = collector.asks();
    std::vector<std::optional<Result<protocol::ShareMessage>>> replies(asks.size());
    std::vector<std::size_t> bytes(asks.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < asks.size(); ++i) {
      threads.emplace_back([&, i] { replies[i] = ask_custodian(asking, shape, asks[i], bytes[i]); });
    }
    for (std::thread& thread : threads) thread.join();
    for (std::size_t i = 0; i < asks.size(); ++i) {
      asking.answer.bytes["shares_received"] += bytes[i];
      const CustodianId from = asks[i].custodian;
      if (!*replies[i]) {
        collector.failed(from, replies[i]->error());
        continue;
      }
      protocol::ShareMessage& message = **replies[i];
      const Status received = collector.receive(from, protocol::statement_of(message), std::move(message.bytes));
      if (received) first.try_emplace(from, std::move(message));
      if (!received) asking.answer.notes.push_back(received.error().message);
    }
  }
  asking.equivocations = collector.equivocations();
  std::vector<CustodianId> answered;
  for (protocol::CollectedAnswer& answer : collector.answers()) {
    answered.push_back(answer.statement.custodian);
    asking.messages.push_back(first.at(answer.statement.custodian));
    asking.messages.back().bytes = std::move(answer.bytes);
  }
  std::optional<Error> refusal;
  std::string absences;
  for (const auto& [custodian, failure] : collector.failures()) {
    const Error error = failure.within("custodian " + std::to_string(custodian.value));
    if (error.code != Code::kUnavailable && !refusal) refusal = error;
    if (error.code == Code::kUnavailable) absences += "; " + error.message;
    asking.answer.notes.push_back(error.message);
  }
  if (const auto senders = protocol::choose_senders(shape, answered); !senders) {
    return fail(refusal ? *refusal : Error{senders.error().code, senders.error().message + absences});
  }
  asking.answer.timing_ms["release"] = watch.ms();
  return {};
}

/// Keeps what the custodians signed; ends a sentence about it.
std::string Researcher::kept_evidence(const Asking& asking) const {
  if (evidence_folder_.empty()) return "";
  std::vector<protocol::Statement> statements;
  std::vector<protocol::Delivery> deliveries;
  for (const protocol::ShareMessage& message : asking.messages) {
    statements.push_back(protocol::statement_of(message));
    deliveries.push_back({message.custodian, message.bytes});
  }
  for (const protocol::Equivocation& twice : asking.equivocations) statements.push_back(twice.second);
  const auto file = keep_evidence(evidence_folder_, protocol::evidence_of(statements, deliveries));
  if (!file) return "; their signed statements could not be kept: " + file.error().message;
  const query::PlanPart& part = asking.part;
  const ReleaseCall call{asking.authorisation, asking.answer.plan.sql, {}, part.shown, part.steps, {}, part.left_out};
  const Status kept = keep_call(*file, call);
  return "; their signed statements are in " + file->string() + (kept ? "" : "; " + kept.error().message);
}

Status Researcher::open_shares(Asking& asking) const {
  MC_TRY(const fhe::CommitteeShape shape, committee_shape(document_));
  const protocol::CombineContext context{
      asking.params,        shape,
      asking.identities,    &asking.authorisation,
      &keys_.answer_secret, requester_context(asking.study.id, asking.study.requester)};
  auto opened = protocol::combine(context, asking.messages);
  if (!opened) {
    Error error = opened.error();
    if (error.code == Code::kNotFound) error.message += kept_evidence(asking);  // bytes that are not those signed
    return fail(std::move(error));
  }
  asking.opened = std::move(*opened);
  asking.answer.verdict = asking.opened.verdict;
  if (asking.opened.verdict.assurance == protocol::Assurance::kDisputed) {
    std::string sentence = "the custodians contradict each other, nothing was opened:";
    for (const protocol::Dispute& dispute : asking.opened.verdict.disputes) sentence += " " + dispute.text();
    return fail(Code::kRefused, sentence + kept_evidence(asking));
  }
  if (!asking.opened.verdict.liars.empty()) {
    asking.answer.notes.push_back(protocol::custodians_text(asking.opened.verdict.liars) +
                                  " lied, the others outvoted the lie" + kept_evidence(asking));
  } else if (!asking.equivocations.empty()) {
    asking.answer.notes.push_back("a custodian signed two different answers" + kept_evidence(asking));
  } else if (asking.opened.verdict.assurance == protocol::Assurance::kUnverified) {
    asking.answer.notes.push_back(
        "too few custodians answered to see a lie; whoever was absent can still say the same" + kept_evidence(asking));
  }
  return {};
}

Status Researcher::open(Asking& asking) const {
  asking.begin("the researcher combines the shares and opens the answer");
  const StopWatch watch;
  MC_TRY(const fhe::CommitteeShape shape, committee_shape(document_));
  MC_TRY_STATUS(open_shares(asking));
  const std::size_t slots = asking.params->slot_count();
  const auto pieces = static_cast<std::uint32_t>(shape.pieces().size());
  if (asking.answer.plan.training) {
    query::TrainingReading reading{slots, pieces};
    for (std::size_t i = 0; i < asking.bounds.bounds.size(); ++i) {
      const std::uint8_t sigma = asking.authorisation.sigma_log2[i];
      reading.flooding_log2.push_back(sigma - asking.bounds.bounds[i].scale_log2);
      asking.answer.sigma_log2_max = std::max<std::uint32_t>(asking.answer.sigma_log2_max, sigma);
    }
    MC_TRY(asking.answer.table, query::finish_training(asking.answer.plan, asking.opened.means, reading));
    asking.answer.timing_ms["open"] = watch.ms();
    return {};
  }
  const std::vector<std::uint8_t>& sigmas = asking.authorisation.sigma_log2;
  std::vector<double> errors;
  for (std::size_t i = 0; i < asking.bounds.bounds.size(); ++i) {
    const double deviations = document_.exact ? query::kFloodingTail : query::kReadDeviations;
    errors.push_back(query::sum_error_within(asking.bounds.bounds[i], sigmas[i], pieces, slots, deviations));
    asking.answer.sigma_log2_max = std::max<std::uint32_t>(asking.answer.sigma_log2_max, sigmas[i]);
  }
  const query::Plan shown =
      document_.exact ? asking.answer.plan : query::groups_of(asking.answer.plan, asking.part).plan;
  MC_TRY(asking.answer.table, query::finish(shown, asking.opened.means, errors, slots));
  if (!document_.exact) MC_TRY_STATUS(report_guarded(asking, shown, errors, pieces));
  asking.answer.timing_ms["open"] = watch.ms();
  return {};
}

}  // namespace mc::client
