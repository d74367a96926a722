// SPDX-License-Identifier: Apache-2.0
// A custodian: makes its pieces of the collective key with the others, and releases shares of results that the chain
// authorised and that its own verifier recomputed. It believes neither store nor compute node nor requester (R7), its
// release keys move on with the chain's days (R11), and whatever it says is in its journal first.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <set>
#include <thread>

#include "client/ask_again.hpp"
#include "client/count_calls.hpp"
#include "client/custodian_health.hpp"
#include "client/release_request.hpp"
#include "client/researcher.hpp"
#include "node/chain_pace.hpp"
#include "node/count_verdict.hpp"
#include "node/custodian_keying.hpp"
#include "node/custodian_migration.hpp"
#include "node/custodian_openings.hpp"
#include "node/farewell.hpp"
#include "node/ledger_mark.hpp"
#include "node/limits.hpp"
#include "node/logging.hpp"
#include "node/process_secrets.hpp"
#include "node/rate_limit.hpp"
#include "node/release_facts.hpp"
#include "node/release_journal.hpp"
#include "node/role.hpp"
#include "node/run_desk.hpp"
#include "node/upload_watch.hpp"
#include "node/verdict_courier.hpp"
#include "node/verifier.hpp"
#include "protocol/refresh_party.hpp"
#include "protocol/release_party.hpp"
#include "protocol/run.hpp"
#include "query/release/policy.hpp"

namespace mc::node {
namespace {

constexpr std::size_t kReleaseCallBytesMax = std::size_t{1} << 20;
constexpr std::chrono::milliseconds kRetryPause{200};

tl::unexpected<Error> given_up() {
  return fail(Code::kRefused, std::string(query::reason_name(query::ReleaseReason::kReleaseVoid)) +
                                  ": this custodian has given this release up on chain; authorise it anew");
}

class CustodianRole {
 public:
  static Result<std::unique_ptr<CustodianRole>> open(const RoleConfig& config) {
    MC_TRY(const protocol::Unlock unlock, client::read_unlock(config.unlock, "passphrase of " + config.name));
    MC_TRY(client::SecretFolder secrets, client::SecretFolder::open(config.folder, unlock));
    MC_TRY(client::CommonsDocument document, role_document(config));
    MC_TRY(Verifier verifier, Verifier::create(document, http_transports(), config.folder));
    MC_TRY(std::unique_ptr<ReleaseJournal> journal, ReleaseJournal::open(config.folder / "releases.journal"));
    std::unique_ptr<CustodianRole> role(
        new CustodianRole(config, std::move(secrets), std::move(document), std::move(verifier), std::move(journal)));
    MC_TRY(role->ledger_, open_ledger(role->secrets_));
    MC_TRY(role->guarded_, open_guarded_desk(role->secrets_));
    const auto write_down = [r = role.get()](const Hash256& upload) { return r->write_down(kColumnsOpened, upload); };
    MC_TRY(role->openings_, open_opening_desk(role->document_, config.folder, role->verifier_, write_down));
    // The ledger's lock says that no other process writes here.
    MC_TRY_STATUS(role->secrets_.erase_unfinished());
    role->work_ = std::jthread([raw = role.get()](const std::stop_token& stop) {
      raw->become_ready(stop);
      raw->follow_chain(stop);
    });
    role->migration_ = std::jthread([raw = role.get()](const std::stop_token& stop) { raw->follow_committees(stop); });
    return role;
  }

  Router routes() {
    Router router;
    router.get("/v1/health", [this](const HttpRequest&) { return health(); });
    router.add_long(
        "POST", "/v1/releases", [this](const HttpRequest& r) { return release(r); }, kReleaseCallBytesMax);
    router.get("/v1/counts/key", [this](const HttpRequest&) { return count_key(); });
    router.add_long(
        "POST", "/v1/counts", [this](const HttpRequest& r) { return open_counts(r); }, kReleaseCallBytesMax);
    router.add_long(
        "POST", "/v1/counts/verdict", [this](const HttpRequest& r) { return judge_counts(r); }, client::kCountBytesMax);
    router.add(
        "POST", "/v1/sigmas", [this](const HttpRequest& r) { return sigmas(r); }, client::kSigmasCallBytesMax);
    router.add_long(
        "POST", "/v1/runs", [this](const HttpRequest& r) { return start_run(r); },
        kReleaseCallBytesMax + client::kSealedParametersBytesMax);
    router.add(
        "POST", "/v1/runs/step", [this](const HttpRequest& r) { return step_run(r); }, client::kRunBytesMax);
    const auto refused = [this](const Hash256& upload, std::string_view why) { return write_down(why, upload, false); };
    add_opening_routes(openings_.get(), document_.epoch, refused, router);
    return router;
  }

 private:
  CustodianRole(const RoleConfig& config, client::SecretFolder secrets, client::CommonsDocument document,
                Verifier verifier, std::unique_ptr<ReleaseJournal> journal)
      : config_(config),
        secrets_(std::move(secrets)),
        document_(std::move(document)),
        chain_(document_),
        verifier_(std::move(verifier)),
        journal_(std::move(journal)),
        chain_pace_(config.chain_days_ahead) {}

  /// Key generation if there are no pieces yet, then the public key; tries again when others are not there yet.
  void become_ready(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const Status ready = prepare(stop);
      if (ready) {
        set_state("ready");
        log_info("ready to release");
        return;
      }
      const bool final = ready.error().code != Code::kUnavailable;
      set_state((final ? "stopped: " : "waiting: ") + ready.error().message);
      if (final) {
        log_error(ready.error().message);
        return;
      }
      std::this_thread::sleep_for(kRetryPause);
    }
  }

  /// Reads the chain's time though nobody asks: keys of days that are over must go.
  void follow_chain(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any woken;
    std::unique_lock lock(mutex);
    while (!woken.wait_for(lock, stop, kChainTimePause, [&] { return stop.stop_requested(); })) {
      const std::lock_guard one_at_a_time(release_mutex_);
      if (!party_) return;
      const Status observed = observe_chain_time();
      if (observed || observed.error().code == Code::kUnavailable) continue;
      log_error(observed.error().message);
      if (protocol::reason_of(observed.error()) == last_time_refusal_) continue;
      last_time_refusal_ = protocol::reason_of(observed.error());
      if (const auto kept = journal_->append(entry_of({}, last_time_refusal_)); !kept) log_error(kept.error().message);
    }
  }

  /// Waits for a committee that follows this one, hands the data over to it (R12), and takes its leave.
  void follow_committees(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any woken;
    std::unique_lock lock(mutex);
    std::optional<Epoch> done;
    std::string last_error;
    VerdictCourier courier(openings_.get(), verifier_, document_);
    while (!woken.wait_for(lock, stop, kCommitteePause, [&] { return stop.stop_requested(); })) {
      courier.carry();
      if (!has_keys() || relieved_) continue;
      const ChainLink chain(document_);
      if (const Status left = take_leave(chain.commons()); !left && left.error().code != Code::kUnavailable) {
        log_warning("last word of a relieved custodian: " + left.error().message);
      }
      if (done) continue;
      const MigrationJob job{
          secrets_,          CustodianId(config_.custodian),
          document_,         chain.commons(),
          http_transports(), [this](const Hash256& ceremony) { return write_down("migration", ceremony); }};
      const auto moved = take_part_in_migration(job, stop);
      if (moved) {
        done = *moved;
        continue;
      }
      if (moved.error().message != last_error) log_warning("migration: " + moved.error().message);
      last_error = moved.error().message;
    }
  }
  Status take_leave(const governance::CommonsChain& chain) {
    MC_TRY(const governance::Wallet wallet, secrets_.wallet(std::string(kWalletSecret)));
    const std::lock_guard one_at_a_time(release_mutex_);
    MC_TRY(relieved_,
           say_farewell({document_, config_.custodian, chain, wallet, *ledger_, *journal_, entry_of({}, kGivenUp)}));
    return {};
  }
  bool has_keys() {
    const std::lock_guard one_at_a_time(release_mutex_);
    return party_.has_value();
  }
  /// What is no call's, by its hash: a ceremony, an upload.
  Status write_down(std::string_view reason, const Hash256& what, bool once = true) {
    const std::lock_guard one_at_a_time(release_mutex_);
    if (once && written_.contains(what)) return {};
    JournalEntry entry = entry_of({}, reason);
    entry.authorisation = what;
    MC_TRY_STATUS(write_down(entry));
    if (once) written_.insert(what);
    return {};
  }

  Status prepare(const std::stop_token& stop) {
    MC_TRY(protocol::ReleaseState state,
           obtain_release_state({secrets_, CustodianId(config_.custodian), document_, chain_.commons(),
                                 http_transports(), [this](const std::string& state) { set_state(state); },
                                 [this](std::uint64_t time_s) {
                                   return check_not_ahead(time_s, clock_now(), config_.chain_days_ahead);
                                 }},
                                stop));
    MC_TRY(const SecretKey256 identity, secrets_.secret(std::string(kIdentitySecret)));
    MC_TRY(fhe::PublicKey collective, verifier_.public_key(chain_.commons()));
    MC_TRY(protocol::ReleaseParty party,
           protocol::ReleaseParty::create(verifier_.params(), std::move(state), protocol::CustodianSigner(identity),
                                          std::move(collective)));
    MC_TRY_STATUS(begin_openings(openings_.get(), document_, party.state(), identity, chain_.commons()));
    const std::lock_guard one_at_a_time(release_mutex_);
    MC_TRY(protocol::RefreshParty refresh_party,
           protocol::RefreshParty::create(verifier_.params(), party.state(), protocol::CustodianSigner(identity)));
    party_.emplace(std::move(party));
    counts_identity_.emplace(protocol::count_identity(identity));
    refresh_party_.emplace(std::move(refresh_party));
    std::vector<ByteView> secrets = party_->secret_memory();
    secrets.push_back(secrets_.secret_memory());
    const Status locked = lock_memory(secrets);
    if (!locked) log_warning(locked.error().message);
    const Status observed = observe_chain_time();
    if (!observed) {
      party_.reset();
      return observed;
    }
    return {};
  }

  /// REQUIRES release_mutex_ and party_.
  Status observe_chain_time() {
    MC_TRY(const FinalChain final, final_chain(document_, chain_.commons()));
    return observe_time(final.block.time_s);
  }
  Status observe_time(std::uint64_t final_time_s) {
    const fhe::Window before = party_->newest_window();
    Status observed = chain_pace_.check(final_time_s, clock_now());
    if (observed) {
      observed = party_->observe_time(final_time_s, [this](const protocol::ReleaseState& next) {
        return secrets_.write(std::string(kReleaseKeysSecret), protocol::encode_release_state(next));
      });
    }
    // Whoever looks for custodians before she spends a release must see it; `local up` starts a stopped one again.
    set_state(observed ? "ready" : "stopped: " + observed.error().message);
    MC_TRY_STATUS(observed);
    if (party_->newest_window() != before) {
      log_info("release keys moved from " + fhe::window_text(before) + " to " +
               fhe::window_text(party_->newest_window()) + "; earlier ones are erased");
    }
    chain_time_s_ = final_time_s;
    last_time_refusal_.clear();
    return {};
  }

  void set_state(const std::string& state) {
    const std::lock_guard lock(mutex_);
    state_ = state;
  }
  [[nodiscard]] std::string state() const {
    const std::lock_guard lock(mutex_);
    return state_;
  }

  [[nodiscard]] tl::unexpected<Error> not_ready() const {
    return protocol::refuse(protocol::Refusal::kNotReady, Code::kUnavailable,
                            "this custodian is not ready: " + state());
  }

  Result<HttpResponse> health() {
    client::CustodianHealth health{relieved_ ? "relieved" : state(), verifier_.uploads_progress(), {}};
    if (openings_) health.openings = openings_->progress(*verifier_.proven_uploads());
    return HttpResponse::json(client::custodian_health_json(health, config_.custodian));
  }

  /// What is said leaves only when it stands in the journal.
  Result<HttpResponse> release(const HttpRequest& request) {
    const auto call = client::decode_release_call(request.body);
    if (!call) return malformed(call.error());
    const auto start = std::chrono::steady_clock::now();
    auto checked = check(*call);
    // One answer at a time: keys, ledger and journal are shared. What takes long lies behind us.
    const std::lock_guard one_at_a_time(release_mutex_);
    auto message = checked ? answer(*call, *checked) : Result<protocol::ShareMessage>(fail(checked.error()));
    if (!message) {
      give_up_if_for_good(*call, message.error());
      return say_refused("release", *call, message.error());
    }
    const auto elapsed =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count();
    log_info("released " + std::to_string(message->heads.size()) + " answers of study " +
             call->authorisation.study.hex() + ", release " + std::to_string(call->authorisation.release_number) +
             ", in " + std::to_string(elapsed) + " ms");
    JournalEntry entry = entry_of(*call, kGranted);
    entry.shares = message->hashes;
    return say(entry, HttpResponse::binary(protocol::encode_share_message(*message)));
  }

  /// REQUIRES release_mutex_. Where chain, data or consent have moved on so that an authorisation can never be
  /// answered.
  void give_up_if_for_good(const client::ReleaseCall& call, const Error& error) {
    if (document_.exact || !is_for_good(protocol::reason_of(error))) return;
    const auto wallet = secrets_.wallet(std::string(kWalletSecret));
    const Status said = wallet ? give_up({document_, config_.custodian, chain_.commons(), *wallet, *ledger_, *journal_,
                                          entry_of(call, kGivenUp)},
                                         call.authorisation)
                               : Status(fail(wallet.error()));
    if (!said) log_warning("a release that cannot be answered was not given up: " + said.error().message);
  }

  /// Whatever must be known before an answer, with the time that had been seen when it was begun. Several at once.
  struct Checked {
    CheckedRelease release;
    std::uint64_t begun_s = 0;
  };
  Result<Checked> check(const client::ReleaseCall& call) {
    Checked checked;
    bool again = false;
    {
      const std::lock_guard one_at_a_time(release_mutex_);
      if (!party_) return not_ready();
      MC_TRY_STATUS(observe_chain_time());
      checked.begun_s = chain_time_s_;
      const Hash256 authorisation = protocol::hash_authorisation(call.authorisation);
      if (journal_->has_given_up(authorisation)) return given_up();
      MC_TRY(const std::optional<fhe::Window> answered, ledger_->answered_in(authorisation));
      again = answered.has_value();
    }
    MC_TRY_STATUS(check_not_refused(call.authorisation));
    MC_TRY(checked.release,
           check_release(call, document_, chain_.commons(), verifier_, own_runs(), *guarded_, openings_.get(), again));
    return checked;
  }

  /// The chain keeps this custodian's word longer than a journal that was put away.
  Status check_not_refused(const protocol::Authorisation& a) const {
    if (document_.exact) return {};
    MC_TRY(const std::uint64_t refused, chain_.commons().refusals(a.study, a.release_number));
    return (refused >> config_.custodian & 1) == 0 ? Status{} : given_up();
  }

  /// REQUIRES release_mutex_. Another call may have read a later block meanwhile; then this one's is earlier than the
  /// newest, and yet no chain that went back.
  Status observe_time_of(const Checked& found) {
    const std::uint64_t time_s = found.release.final_time_s;
    const bool overtaken = time_s >= found.begun_s && time_s < chain_time_s_;
    return overtaken ? Status{} : observe_time(time_s);
  }

  /// REQUIRES release_mutex_.
  Result<protocol::ShareMessage> answer(const client::ReleaseCall& call, const Checked& found) {
    const CheckedRelease& checked = found.release;
    MC_TRY_STATUS(observe_time_of(found));
    if (journal_->has_given_up(protocol::hash_authorisation(call.authorisation))) return given_up();
    const protocol::OwnResults results(*verifier_.params(), checked.result->answers);
    protocol::OwnView own{results, checked.result->noise_bound_log2, &checked.requester_key, checked.authorised_s,
                          checked.first_opened_s};
    if (checked.plan.training) own.hint_flooding_log2 = client::kHintFloodingLog2;
    return party_->answer({call.authorisation, call.bytes_for}, own, *ledger_);
  }

  Result<HttpResponse> count_key() {
    const std::lock_guard one_at_a_time(release_mutex_);
    if (!counts_identity_) return not_ready();
    return HttpResponse::binary(protocol::encode_count_key(
        protocol::make_count_key(*counts_identity_, CustodianId(config_.custodian), document_.epoch)));
  }

  /// Counts are opened to the custodians whose keys are given, checked like a release, and journalled before they
  /// leave.
  Result<HttpResponse> open_counts(const HttpRequest& request) {
    const auto counts = client::decode_counts_call(request.body);
    if (!counts) return malformed(counts.error());
    const client::ReleaseCall& call = counts->call;
    if (!call.authorisation.opens_counts) {
      return malformed({Code::kInvalidArgument, "the authorisation is a release's, it opens no counts"});
    }
    auto checked = check(call);
    const std::lock_guard one_at_a_time(release_mutex_);
    auto message = checked ? counts_message(*counts, *checked) : Result<protocol::CountMessage>(fail(checked.error()));
    if (!message) return say_refused("counts", call, message.error());
    JournalEntry entry = entry_of(call, kCountsOpened);
    entry.shares = message->hashes;
    return say(entry, HttpResponse::binary(protocol::encode_count_message(*message)));
  }

  /// REQUIRES release_mutex_.
  Result<protocol::CountMessage> counts_message(const client::CountsCall& call, const Checked& found) {
    const CheckedRelease& checked = found.release;
    MC_TRY_STATUS(observe_time_of(found));
    MC_TRY(const std::vector<protocol::PublicIdentity> identities,
           client::committee_identities(document_, chain_.commons()));
    MC_TRY_STATUS(protocol::check_count_keys(identities, document_.epoch, call.keys));
    const Status admitted = guarded_->admit_consent(checked.view.owners, checked.rules);
    if (!admitted) {
      return fail(admitted.error().code == Code::kRefused ? admitted.error().within("consent_too_similar")
                                                          : admitted.error());
    }
    const protocol::OwnResults results(*verifier_.params(), checked.result->answers);
    const protocol::OwnView own{results, checked.result->noise_bound_log2, &checked.requester_key, checked.authorised_s,
                                checked.first_opened_s};
    MC_TRY(const protocol::OpenedCounts opened, party_->open_counts({call.call.authorisation, {}}, own, *ledger_));
    const protocol::Authorisation& a = call.call.authorisation;
    guarded_->await({opened.head.authorisation, a.study, checked.plan, a.data_root, a.consent_root, a.mask,
                     checked.result->multiplicands, checked.result->bounds, a.sigma_log2, checked.rules});
    return protocol::make_count_message(*counts_identity_, opened.head, opened.pieces, call.keys);
  }

  Result<HttpResponse> sigmas(const HttpRequest& request) {
    MC_TRY(const std::vector<Hash256> multiplicands, client::decode_sigmas_call(request.body));
    const std::lock_guard one_at_a_time(release_mutex_);
    MC_TRY(Bytes known, protocol::released_with(*ledger_, multiplicands));
    return HttpResponse::binary(std::move(known));
  }

  /// Which groups may be shown. What the counts are stays here.
  Result<HttpResponse> judge_counts(const HttpRequest& request) {
    MC_TRY(const client::VerdictCall call, client::decode_verdict_call(*verifier_.params(), request.body));
    const std::optional<AwaitedCounts> awaited = guarded_->awaited(call.authorisation);
    if (!awaited) {
      return fail(Code::kNotFound, "counts_unknown: this custodian awaits no counts of authorisation " +
                                       call.authorisation.hex() + "; ask it to open them again");
    }
    const protocol::CustodianIdentity* identity = nullptr;  // once there, it stays; whoever brings junk locks nothing
    {
      const std::lock_guard one_at_a_time(release_mutex_);
      if (!counts_identity_) return not_ready();
      identity = &*counts_identity_;
    }
    const CountReader reader{document_, chain_.commons(), verifier_, *identity, CustodianId(config_.custodian)};
    MC_TRY(const query::GuardedVerdict verdict, mc::node::judge_counts(reader, call, *awaited, *guarded_));
    return HttpResponse::binary(client::encode_verdict(verdict));
  }

  /// The first call of a run. That it was granted, or refused, stands in the journal before anything leaves.
  Result<HttpResponse> start_run(const HttpRequest& request) {
    const auto call = client::decode_release_call(request.body);
    if (!call) return malformed(call.error());
    auto checked = check_run(*call);
    {
      const std::lock_guard one_at_a_time(release_mutex_);
      if (!checked) return say_refused("run", *call, checked.error());
      MC_TRY_STATUS(write_down(entry_of(*call, kRunBegun)));
    }
    MC_TRY(const client::RunReply reply, runs_.start(*call, std::move(*checked)));
    return HttpResponse::binary(client::encode_run_reply(reply));
  }

  Result<HttpResponse> step_run(const HttpRequest& request) {
    MC_TRY(client::RunStepCall call, client::decode_run_step_call(document_.epoch, request.body));
    MC_TRY(const client::RunReply reply, runs_.step(std::move(call)));
    return HttpResponse::binary(client::encode_run_reply(reply));
  }

  Result<CheckedRelease> check_run(const client::ReleaseCall& call) {
    {
      const std::lock_guard one_at_a_time(release_mutex_);
      if (!party_) return not_ready();
      MC_TRY_STATUS(observe_chain_time());
    }
    if (!protocol::is_run(call.authorisation)) {
      return protocol::refuse(protocol::Refusal::kMalformedRequest, Code::kInvalidArgument,
                              "the authorisation is a release's, not a run's");
    }
    return check_release(call, document_, chain_.commons(), verifier_, own_runs(), *guarded_, openings_.get());
  }

  [[nodiscard]] OwnRuns own_runs() const {
    return {[this](const auto& release, const auto& part) { return runs_.finished(release, part); }, runs_.forced()};
  }

  Result<RunSetting> run_setting(const client::ReleaseCall& call, CheckedRelease checked) {
    MC_TRY(const fhe::CommitteeShape shape, client::committee_shape(document_));
    RunSetting setting{verifier_.params(),
                       shape,
                       {},
                       CustodianId(config_.custodian),
                       document_.epoch,
                       protocol::hash_authorisation(call.authorisation),
                       RunOf::of(call.authorisation),
                       {},
                       !document_.exact || checked.sealed,
                       {},
                       {}};
    MC_TRY(setting.identities, client::committee_identities(document_, chain_.commons()));
    if (checked.sealed) setting.forces = ForcedFor::of(call.authorisation);
    setting.compute = [this, plan = std::move(checked.plan), view = std::move(checked.view),
                       sealed = std::move(checked.sealed)](query::Refresher& refresher) {
      return sealed ? verifier_.force(plan, sealed->ciphertext, chain_.commons(), refresher)
                    : verifier_.run_refreshed(plan, view, chain_.commons(), refresher);
    };
    setting.answer = [this, call, authorised_s = checked.authorised_s](const protocol::RefreshWork& work,
                                                                       const query::RefreshStep& step) {
      return answer_refresh(call, work, step, authorised_s);
    };
    return setting;
  }

  /// All masks of a run are drawn with the release key of the day on which the chain recorded its authorisation (R11).
  /// In the journal before anybody can ask for it.
  Result<protocol::RefreshMessage> answer_refresh(const client::ReleaseCall& call, const protocol::RefreshWork& work,
                                                  const query::RefreshStep& step, std::uint64_t authorised_s) {
    const std::lock_guard one_at_a_time(release_mutex_);
    if (!party_ || !refresh_party_) return not_ready();
    const std::vector<std::uint64_t> times(step.inputs.size(), authorised_s);
    std::vector<fhe::PieceId> pieces;
    for (const protocol::ReleaseState::Piece& piece : party_->state().pieces) pieces.push_back(piece.newest.piece);
    const protocol::RefreshView own{step.inputs, step.value_log2, times, &work};
    MC_TRY(protocol::RefreshMessage message,
           refresh_party_->answer(work.request(), pieces, own, party_->state(), *ledger_));
    JournalEntry entry = entry_of(call, kRefreshed);
    entry.shares = message.statement.hashes;
    MC_TRY_STATUS(write_down(entry));
    return message;
  }

  Result<HttpResponse> malformed(const Error& error) {
    const auto refused = protocol::refuse(protocol::Refusal::kMalformedRequest, error.code, error.message);
    const std::lock_guard one_at_a_time(release_mutex_);
    return say_refused("call", {}, refused.value());
  }

  /// REQUIRES release_mutex_. So many refusals a minute stand in the journal, which must not be filled from outside; of
  /// those beyond the first. Whoever has to ask again is refused nothing.
  Result<HttpResponse> say_refused(const std::string& what, const std::optional<client::ReleaseCall>& call,
                                   const Error& error) {
    if (client::is_being_executed(error)) return HttpResponse::error(error);
    const auto excess = provoked_.count(call ? call->authorisation.study : Hash256{}, clock_now());
    if (!excess) {
      log_warning(what + " refused: " + error.message);
      return say(entry_of(call, protocol::reason_of(error)), HttpResponse::error(error));
    }
    const auto limited = protocol::refuse(protocol::Refusal::kRateLimited, Code::kLimit, provoked_.sentence(*excess));
    HttpResponse response = too_many_calls(limited.value(), excess->retry_after);
    if (!excess->first) return response;
    return say(entry_of(call, protocol::reason_of(limited.value())), std::move(response));
  }

  [[nodiscard]] JournalEntry entry_of(const std::optional<client::ReleaseCall>& call, std::string_view reason) const {
    return journal_entry(reason, static_cast<std::uint64_t>(clock_now().count()), chain_time_s_,
                         call ? &call->authorisation : nullptr);
  }

  /// REQUIRES release_mutex_. Before what it says leaves. Who has it said again adds so many lines a minute, and is
  /// answered beyond.
  Status write_down(const JournalEntry& entry) {
    if (journal_->has_said(entry) && provoked_.count(entry.study, clock_now())) return {};
    if (journal_->must_hold(entry)) return journal_->append(entry);
    log_warning("the journal is nearly full and takes first answers only; not in it: " + journal_line(entry));
    return {};
  }
  /// REQUIRES release_mutex_.
  Result<HttpResponse> say(const JournalEntry& entry, HttpResponse response) {
    MC_TRY_STATUS(write_down(entry));
    return response;
  }

  const RoleConfig config_;
  const client::SecretFolder secrets_;
  const client::CommonsDocument document_;
  ChainLink chain_;
  Verifier verifier_;
  RateLimit provoked_{{kProvokedPerStudyMax, kProvokedMax, kProvokedWindow, kProvokedStudiesMax}};
  mutable std::mutex mutex_;
  std::string state_ = "starting";
  std::mutex release_mutex_;  // of all that follows
  std::unique_ptr<FileLedger> ledger_;
  std::unique_ptr<ReleaseJournal> journal_;
  std::unique_ptr<GuardedDesk> guarded_;
  std::unique_ptr<OpeningDesk> openings_;
  std::optional<protocol::ReleaseParty> party_;
  std::optional<protocol::CustodianIdentity> counts_identity_;
  std::optional<protocol::RefreshParty> refresh_party_;
  ChainPace chain_pace_;
  std::uint64_t chain_time_s_ = 0;
  std::string last_time_refusal_;
  RunDesk runs_{[this](const client::ReleaseCall& call, CheckedRelease checked) {
    return run_setting(call, std::move(checked));
  }};
  std::atomic<bool> relieved_ = false;  // another committee is in office, and all is said
  std::set<Hash256> written_;           // ceremonies and uploads of which the journal says that we spoke
  std::jthread work_;                   // last: these end before what they use
  std::jthread migration_;
  UploadWatch uploads_{document_, verifier_};
};

}  // namespace

Status run_custodian(const RoleConfig& config) {
  set_log_name(config.name);
  MC_TRY_STATUS(forbid_core_dumps());
  MC_TRY(ShutdownSignal signal, ShutdownSignal::install());
  MC_TRY(const std::unique_ptr<CustodianRole> role, CustodianRole::open(config));
  return serve_until_stopped(role->routes(), config, signal);
}

}  // namespace mc::node
