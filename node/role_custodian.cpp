// SPDX-License-Identifier: Apache-2.0
// A custodian: makes its pieces of the collective key with the others, and releases shares of results that the chain
// authorised and that its own verifier recomputed. It believes neither store nor compute node nor requester (R7).
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/file.hpp"
#include "client/key_file.hpp"
#include "client/release_request.hpp"
#include "node/answer_ledger_file.hpp"
#include "node/custodian_keying.hpp"
#include "node/logging.hpp"
#include "node/release_facts.hpp"
#include "node/role.hpp"
#include "node/verifier.hpp"
#include "protocol/release_party.hpp"

namespace mc::node {
namespace {

constexpr std::size_t kReleaseCallBytesMax = std::size_t{1} << 20;

class CustodianRole {
 public:
  static Result<std::unique_ptr<CustodianRole>> open(const RoleConfig& config) {
    MC_TRY(client::CommonsDocument document, load_document(config.document));
    MC_TRY(Verifier verifier, Verifier::create(document, http_transports()));
    MC_TRY(std::unique_ptr<FileLedger> ledger, FileLedger::open(config.folder / "answers.ledger"));
    std::unique_ptr<CustodianRole> role(
        new CustodianRole(config, std::move(document), std::move(verifier), std::move(ledger)));
    role->keying_ = std::jthread([raw = role.get()](const std::stop_token& stop) { raw->become_ready(stop); });
    return role;
  }

  Router routes() {
    Router router;
    router.get("/v1/health", [this](const HttpRequest&) { return health(); });
    router.add(
        "POST", "/v1/releases", [this](const HttpRequest& r) { return release(r); }, kReleaseCallBytesMax);
    return router;
  }

 private:
  CustodianRole(const RoleConfig& config, client::CommonsDocument document, Verifier verifier,
                std::unique_ptr<FileLedger> ledger)
      : config_(config),
        document_(std::move(document)),
        chain_(document_),
        verifier_(std::move(verifier)),
        ledger_(std::move(ledger)) {}

  /// Key generation if there are no pieces yet, then the public key; tries again when others are not there yet.
  void become_ready(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      auto party = prepare(stop);
      if (party) {
        const std::lock_guard lock(mutex_);
        party_.emplace(std::move(*party));
        state_ = "ready";
        log_info("ready to release");
        return;
      }
      const bool final = party.error().code != Code::kUnavailable;
      set_state((final ? "stopped: " : "waiting: ") + party.error().message);
      if (final) {
        log_error(party.error().message);
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
  }

  Result<protocol::ReleaseParty> prepare(const std::stop_token& stop) {
    MC_TRY(protocol::CustodianSecrets secrets,
           obtain_secrets({config_.folder, CustodianId(config_.custodian), document_, chain_.commons(),
                           http_transports(), [this](const std::string& state) { set_state(state); }},
                          stop));
    MC_TRY(const SecretKey256 identity_secret, client::load_secret(config_.folder / "identity.key"));
    MC_TRY(fhe::PublicKey collective, verifier_.public_key(chain_.commons()));
    return protocol::ReleaseParty::create(verifier_.params(), std::move(secrets),
                                          protocol::CustodianIdentity(identity_secret), std::move(collective));
  }

  void set_state(const std::string& state) {
    const std::lock_guard lock(mutex_);
    state_ = state;
  }

  Result<HttpResponse> health() {
    const std::lock_guard lock(mutex_);
    const nlohmann::ordered_json json = {{"role", "custodian"}, {"custodian", config_.custodian}, {"state", state_}};
    return HttpResponse::json(json.dump());
  }

  Result<HttpResponse> release(const HttpRequest& request) {
    MC_TRY(const client::ReleaseCall call, client::decode_release_call(request.body));
    {
      const std::lock_guard lock(mutex_);
      if (!party_) return fail(Code::kUnavailable, "this custodian is not ready: " + state_);
    }
    // One release at a time: ledger and memory are shared.
    const std::lock_guard one_at_a_time(release_mutex_);
    const auto start = std::chrono::steady_clock::now();
    auto checked = check_release(call, document_, chain_.commons(), verifier_);
    if (!checked) {
      log_warning("release refused: " + checked.error().message);
      return fail(checked.error());
    }
    const protocol::ReleaseRequest release_request{call.authorisation, call.bytes_for};
    const protocol::OwnView own{checked->result.answers, checked->result.noise_bound_log2, &checked->requester_key};
    MC_TRY(const protocol::ShareMessage message, party_->answer(release_request, own, *ledger_));
    const auto elapsed =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count();
    log_info("released " + std::to_string(checked->result.answers.size()) + " answers of study " +
             call.authorisation.study.hex() + ", release " + std::to_string(call.authorisation.release_number) +
             ", in " + std::to_string(elapsed) + " ms");
    return HttpResponse::binary(protocol::encode_share_message(message));
  }

  const RoleConfig config_;
  const client::CommonsDocument document_;
  ChainLink chain_;
  Verifier verifier_;
  std::unique_ptr<FileLedger> ledger_;
  std::mutex release_mutex_;
  std::mutex mutex_;
  std::string state_ = "starting";
  std::optional<protocol::ReleaseParty> party_;
  std::jthread keying_;  // last: ends before what it uses
};

}  // namespace

Status run_custodian(const RoleConfig& config) {
  set_log_name(config.name);
  MC_TRY(ShutdownSignal signal, ShutdownSignal::install());
  MC_TRY(const std::unique_ptr<CustodianRole> role, CustodianRole::open(config));
  return serve_until_stopped(role->routes(), config, signal);
}

}  // namespace mc::node
