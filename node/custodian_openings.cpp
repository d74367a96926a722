// SPDX-License-Identifier: Apache-2.0
#include "node/custodian_openings.hpp"

#include "node/keygen_setup.hpp"
#include "protocol/refusal.hpp"

namespace mc::node {
namespace {

constexpr std::string_view kVerdictsFile = "uploads.opened";

/// Who asks too much is told so as by the other calls of a custodian.
HttpResponse refusal_of(const Error& error) {
  const bool is_limited = protocol::reason_of(error) == protocol::refusal_name(protocol::Refusal::kRateLimited);
  if (!is_limited) return HttpResponse::error(error);
  const bool is_busy = error.code == Code::kUnavailable;
  return too_many_calls(error, is_busy ? std::chrono::seconds(1) : kReleaseCallsWindow);
}

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

void add_opening_routes(OpeningDesk* desk, Epoch epoch, Router& router) {
  if (desk == nullptr) return;
  router.add("POST", "/v1/openings/share", [desk, epoch](const HttpRequest& request) -> Result<HttpResponse> {
    MC_TRY(const client::OpeningCall call, client::decode_opening_call(epoch, request.body));
    const auto said = desk->share(call);
    return said ? HttpResponse::binary(client::encode_opening_share(*said)) : refusal_of(said.error());
  });
  router.add(
      "POST", "/v1/openings/judge",
      [desk, epoch](const HttpRequest& request) -> Result<HttpResponse> {
        MC_TRY(const client::OpeningCall call, client::decode_opening_call(epoch, request.body));
        const auto stand = desk->judge(call);
        return stand ? HttpResponse::binary(client::encode_opening_stand(*stand)) : refusal_of(stand.error());
      },
      client::kOpeningBytesMax);
  router.get("/v1/openings/{manifest}", [desk](const HttpRequest& request) -> Result<HttpResponse> {
    MC_TRY(const Hash256 manifest, hash_from_hex(request.parameter("manifest")));
    MC_TRY(const client::OpeningStand stand, desk->stand(manifest));
    return HttpResponse::binary(client::encode_opening_stand(stand));
  });
}

}  // namespace mc::node
