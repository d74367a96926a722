// SPDX-License-Identifier: Apache-2.0
#include "node/custodian_openings.hpp"

#include <memory>
#include <mutex>
#include <optional>

#include "node/keygen_setup.hpp"
#include "protocol/refusal.hpp"

namespace mc::node {
namespace {

constexpr std::string_view kVerdictsFile = "uploads.opened";

/// Who asks too much is told so as by the other calls of a custodian, and it stands in the journal once a minute: a
/// journal must not be filled from outside.
class Refusals {
 public:
  Refusals(OpeningRefused refused, std::function<std::chrono::seconds()> now)
      : refused_(std::move(refused)), now_(std::move(now)) {}

  Result<HttpResponse> reply(const Hash256& manifest, const Error& error) {
    const std::string_view reason = protocol::reason_of(error);
    if (reason != protocol::refusal_name(protocol::Refusal::kRateLimited)) return HttpResponse::error(error);
    if (is_first_in_a_minute()) {
      MC_TRY_STATUS(refused_(manifest, reason));
    }
    const bool is_busy = error.code == Code::kUnavailable;
    return too_many_calls(error, is_busy ? std::chrono::seconds(1) : kProvokedWindow);
  }

 private:
  bool is_first_in_a_minute() {
    const std::lock_guard lock(mutex_);
    const std::chrono::seconds now = now_();
    if (last_ && now >= *last_ && now - *last_ < kProvokedWindow) return false;
    last_ = now;
    return true;
  }

  const OpeningRefused refused_;
  const std::function<std::chrono::seconds()> now_;
  std::mutex mutex_;
  std::optional<std::chrono::seconds> last_;
};

}  // namespace

Result<std::unique_ptr<OpeningDesk>> open_opening_desk(const client::CommonsDocument& document,
                                                       const std::filesystem::path& folder, const Verifier& verifier,
                                                       std::function<Status(const Hash256& manifest)> write_down) {
  if (!document.opens_columns()) return nullptr;
  OpeningDesk::Setting setting;
  setting.params = verifier.params();
  setting.epoch = document.epoch;
  setting.file = folder / kVerdictsFile;
  setting.proven = [&verifier](const Hash256& name) -> std::shared_ptr<const data::Manifest> {
    const std::shared_ptr<const Verifier::Uploads> uploads = verifier.proven_uploads();
    const auto found = uploads->find(name);
    return found == uploads->end() ? nullptr : std::shared_ptr<const data::Manifest>(uploads, &found->second);
  };
  setting.fetch = [&verifier](const data::Manifest& manifest, const data::ManifestEntry& entry) {
    return verifier.sealed(manifest, entry);
  };
  setting.write_down = std::move(write_down);
  return OpeningDesk::open(std::move(setting));
}

Status begin_openings(OpeningDesk* desk, const client::CommonsDocument& document, const protocol::ReleaseState& state,
                      const SecretKey256& identity, const governance::CommonsChain& chain) {
  if (desk == nullptr) return {};
  MC_TRY(protocol::KeygenSetup committee, keygen_setup(document, chain));
  MC_TRY(protocol::OpeningParty party,
         protocol::OpeningParty::create(desk->params(), state, protocol::CustodianSigner(identity)));
  desk->begin(std::move(party), std::move(committee));
  return {};
}

void add_opening_routes(OpeningDesk* desk, Epoch epoch, OpeningRefused refused, Router& router,
                        std::function<std::chrono::seconds()> now) {
  if (desk == nullptr) return;
  const auto refusals = std::make_shared<Refusals>(std::move(refused), std::move(now));
  router.add("POST", "/v1/openings/share", [desk, epoch, refusals](const HttpRequest& request) -> Result<HttpResponse> {
    MC_TRY(const client::OpeningCall call, client::decode_opening_call(epoch, request.body));
    const auto said = desk->share(call);
    if (said) return HttpResponse::binary(client::encode_opening_share(*said));
    return refusals->reply(call.manifest, said.error());
  });
  router.add(
      "POST", "/v1/openings/judge",
      [desk, epoch, refusals](const HttpRequest& request) -> Result<HttpResponse> {
        MC_TRY(const client::OpeningCall call, client::decode_opening_call(epoch, request.body));
        const auto stand = desk->judge(call);
        if (stand) return HttpResponse::binary(client::encode_opening_stand(*stand));
        return refusals->reply(call.manifest, stand.error());
      },
      client::kOpeningBytesMax);
  router.get("/v1/openings/{manifest}", [desk](const HttpRequest& request) -> Result<HttpResponse> {
    MC_TRY(const Hash256 manifest, hash_from_hex(request.parameter("manifest")));
    MC_TRY(const client::OpeningStand stand, desk->stand(manifest));
    return HttpResponse::binary(client::encode_opening_stand(stand));
  });
}

}  // namespace mc::node
