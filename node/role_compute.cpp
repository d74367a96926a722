// SPDX-License-Identifier: Apache-2.0
// The compute node: takes a query of an approved study, executes its plan on ciphertext, and says what came out as a
// hash and a receipt. It holds no key; its result is only a hint of what the custodians will find themselves (R7).
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "client/recompute.hpp"
#include "client/release_request.hpp"
#include "client/researcher.hpp"
#include "node/forced_parameters.hpp"
#include "node/logging.hpp"
#include "node/opening_driver.hpp"
#include "node/process_memory.hpp"
#include "node/role.hpp"
#include "node/run_driver.hpp"
#include "node/run_progress.hpp"
#include "node/upload_watch.hpp"
#include "node/verifier.hpp"
#include "protocol/refusal.hpp"
#include "query/plan/compile.hpp"

namespace mc::node {
namespace {

constexpr std::size_t kRunCallBytesMax = (std::size_t{1} << 20) + client::kSealedParametersBytesMax;

class ComputeRole {
 public:
  static Result<std::unique_ptr<ComputeRole>> open(const RoleConfig& config) {
    MC_TRY(client::CommonsDocument document, role_document(config));
    MC_TRY(Verifier verifier, Verifier::create(document, http_transports()));
    return std::unique_ptr<ComputeRole>(new ComputeRole(std::move(document), std::move(verifier)));
  }

  Router routes() {
    Router router;
    router.get("/v1/health", [](const HttpRequest&) -> Result<HttpResponse> {
      return HttpResponse::json(R"({"role":"compute","state":"ready"})");
    });
    router.add_long(
        "POST", "/v1/queries", [this](const HttpRequest& r) { return run(r); }, client::kQueryCallBytesMax);
    router.add_long(
        "POST", "/v1/runs", [this](const HttpRequest& r) { return drive(r); }, kRunCallBytesMax);
    router.get("/v1/runs/{run}", [this](const HttpRequest& r) { return progress(r); });
    return router;
  }

 private:
  ComputeRole(client::CommonsDocument document, Verifier verifier)
      : document_(std::move(document)), chain_(document_), verifier_(std::move(verifier)) {}

  Result<HttpResponse> run(const HttpRequest& request) {
    MC_TRY(const client::QueryCall call, client::decode_query_call(request.body));
    const Hash256& study_id = call.study;
    MC_TRY(const query::Plan plan, verifier_.compile(call.sql));
    MC_TRY(const governance::Study study, chain_.commons().study(study_id));
    if (study.state != governance::StudyState::kActive || !study.allows(query::plan_hash(plan))) {
      return fail(Code::kRefused, "study " + study_id.hex() + " is " +
                                      std::string(governance::study_state_name(study.state)) +
                                      " and does not approve plan " + query::plan_hash(plan).hex());
    }
    MC_TRY(const governance::Block now, chain_.chain().latest_block());
    const auto start = std::chrono::steady_clock::now();
    std::vector<fhe::Ciphertext> numbers;
    if (!plan.parameters.empty()) {
      auto forced = forced_.find({study_id, query::plan_hash(plan), call.parameters});
      if (!forced) return fail(Code::kNotFound, "the plan's parameters were not forced through this node; ask again");
      numbers = std::move(*forced);
    }
    MC_TRY(const Verified verified,
           verifier_.run(plan, chain_.commons(), study_id, study.asked(), now.time_s, call.part, numbers));
    client::QueryReceipt receipt;
    receipt.plan = query::plan_hash(plan);
    receipt.data_root = verified.view.data_root;
    receipt.consent_root = verified.view.consent_root;
    receipt.mask = verified.view.mask;
    receipt.result = verified.result->result;
    receipt.sigma_log2 = verified.result->sigma_log2;
    receipt.multiplicands = verified.result->multiplicands;
    receipt.bytes_read = verified.result->bytes_read;
    receipt.execute_ms = static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count());
    log_info("plan " + receipt.plan.hex() + " executed in " + std::to_string(receipt.execute_ms) + " ms");
    return HttpResponse::binary(client::encode_query_receipt(receipt));
  }

  /// A plan that needs refreshes: the custodians compute, this node carries their shares between them.
  Result<HttpResponse> drive(const HttpRequest& request) {
    MC_TRY(const client::ReleaseCall call, client::decode_release_call(request.body));
    MC_TRY(const fhe::CommitteeShape shape, client::committee_shape(document_));
    const auto start = std::chrono::steady_clock::now();
    const std::unique_ptr<RunProgress::Entry> entry = progress_.begin(protocol::hash_authorisation(call.authorisation));
    if (!entry) {
      return protocol::refuse(protocol::Refusal::kBeingExecuted, Code::kUnavailable,
                              "this run is under way here; ask again in a moment");
    }
    MC_TRY(const std::vector<protocol::PublicIdentity> identities,
           client::committee_identities(document_, chain_.commons()));
    MC_TRY(DrivenRun run, drive_run(document_, shape, identities, call, http_transports(),
                                    [&entry](std::uint32_t refreshes) { entry->at(refreshes); }));
    return_free_memory();  // of the messages that were carried
    if (!run.receipt.numbers.empty()) MC_TRY_STATUS(remember(call, run.receipt.numbers));
    run.receipt.numbers.clear();  // the requester has no use for them
    client::QueryReceipt& receipt = run.receipt.query;
    receipt.plan = call.authorisation.plan;
    receipt.data_root = call.authorisation.data_root;
    receipt.consent_root = call.authorisation.consent_root;
    receipt.mask = call.authorisation.mask;
    const auto elapsed =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count();
    log_info("plan " + receipt.plan.hex() + " run by " + std::to_string(run.custodians.size()) + " custodians with " +
             std::to_string(run.receipt.refreshes) + " refreshes in " + std::to_string(elapsed) + " ms, " +
             std::to_string(run.bytes_carried) + " bytes carried");
    return HttpResponse::binary(client::encode_run_receipt(run.receipt));
  }

  Result<HttpResponse> progress(const HttpRequest& request) const {
    MC_TRY(const Hash256 run, hash_from_hex(request.parameter("run")));
    if (const auto refreshes = progress_.of(run)) {
      return HttpResponse::json("{\"refreshes\":" + std::to_string(*refreshes) + "}");
    }
    return fail(Code::kNotFound, "no run " + run.hex() + " is under way here");
  }

  /// What the custodians forced: all of them said the same result.
  Status remember(const client::ReleaseCall& call, std::span<const Bytes> numbers) {
    std::vector<fhe::Ciphertext> forced;
    for (const Bytes& bytes : numbers) {
      Reader reader(bytes, "forced number");
      MC_TRY(fhe::Ciphertext number, fhe::read_ciphertext(reader, *verifier_.params()));
      MC_TRY_STATUS(reader.finish());
      number.epoch = document_.epoch;
      forced.push_back(std::move(number));
    }
    forced_.remember(ForcedFor::of(call.authorisation), std::move(forced));
    return {};
  }

  const client::CommonsDocument document_;
  ChainLink chain_;
  Verifier verifier_;
  ForcedParameters forced_;
  RunProgress progress_;
  UploadWatch uploads_{document_, verifier_};  // these last: they end before what they use
  OpeningWatch openings_{document_, verifier_, http_transports()};
};

}  // namespace

Status run_compute(const RoleConfig& config) {
  set_log_name(config.name);
  MC_TRY(ShutdownSignal signal, ShutdownSignal::install());
  MC_TRY(const std::unique_ptr<ComputeRole> role, ComputeRole::open(config));
  return serve_until_stopped(role->routes(), config, signal);
}

}  // namespace mc::node
