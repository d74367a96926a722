// SPDX-License-Identifier: Apache-2.0
#include "client/custodian_health.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace mc::client {
namespace {

constexpr std::size_t kHealthBytesMax = 64 * 1024;
constexpr double kSecondsMax = 1e9;

std::size_t count_in(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::size_t>() : 0;
}

}  // namespace

std::optional<double> CustodianHealth::seconds_left() const {
  if (unchecked() == 0) return 0;
  if (uploads.checked == 0) return std::nullopt;
  return uploads.seconds * static_cast<double>(unchecked()) / static_cast<double>(uploads.checked);
}

std::string custodian_health_json(const CustodianHealth& health, std::uint8_t custodian) {
  nlohmann::ordered_json json = {{"role", "custodian"},
                                 {"custodian", custodian},
                                 {"state", health.state},
                                 {"uploads",
                                  {{"ciphertexts", health.uploads.ciphertexts},
                                   {"checked", health.uploads.checked},
                                   {"seconds", health.uploads.seconds}}}};
  if (health.openings) {
    json["openings"] = {{"columns", health.openings->columns},
                        {"opened", health.openings->opened},
                        {"refused", health.openings->refused}};
  }
  return json.dump();
}

Result<CustodianHealth> custodian_health_from_json(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return fail(Code::kCorrupt, "what a custodian says of itself is no JSON object");
  CustodianHealth health;
  if (const auto state = json.find("state"); state != json.end() && state->is_string()) health.state = *state;
  if (const auto uploads = json.find("uploads"); uploads != json.end() && uploads->is_object()) {
    health.uploads.ciphertexts = count_in(*uploads, "ciphertexts");
    health.uploads.checked = std::min(count_in(*uploads, "checked"), health.uploads.ciphertexts);
    const auto seconds = uploads->find("seconds");
    if (seconds != uploads->end() && seconds->is_number()) {
      health.uploads.seconds = std::clamp(seconds->get<double>(), 0.0, kSecondsMax);
    }
  }
  if (const auto openings = json.find("openings"); openings != json.end() && openings->is_object()) {
    OpenedColumns& opened = health.openings.emplace();
    opened.columns = count_in(*openings, "columns");
    opened.opened = std::min(count_in(*openings, "opened"), opened.columns);
    const auto refused = openings->find("refused");
    if (refused != openings->end() && refused->is_string()) opened.refused = *refused;
  }
  return health;
}

OpenedColumns opened_columns(std::span<const CustodianHealth> custodians) {
  OpenedColumns slowest;
  for (const CustodianHealth& health : custodians) {
    if (!health.openings) continue;
    const OpenedColumns& one = *health.openings;
    const bool is_slower =
        slowest.columns == 0 || one.columns == 0 || one.columns - one.opened > slowest.columns - slowest.opened;
    if (slowest.refused.empty() && (is_slower || !one.refused.empty())) slowest = one;
    if (slowest.columns == 0) return slowest;  // it has not checked a proof yet
  }
  return slowest;
}

Result<CustodianHealth> ask_health(Transport& custodian) {
  MC_TRY(const Bytes reply, custodian.get("/v1/health", kHealthBytesMax));
  return custodian_health_from_json(text_of(reply));
}

std::vector<CustodianHealth> ask_custodians(const CommonsDocument& document, const TransportFactory& connect) {
  std::vector<CustodianHealth> answered;
  for (std::size_t i = 0; i < document.custodians.size(); ++i) {
    const auto custodian = connect(document.custodians[i].url, "custodian " + std::to_string(i));
    if (auto health = ask_health(*custodian)) answered.push_back(std::move(*health));
  }
  return answered;
}

UploadsAwaited uploads_awaited(std::span<const CustodianHealth> custodians) {
  UploadsAwaited slowest{0, 0.0};
  for (const CustodianHealth& health : custodians) {
    slowest.ciphertexts = std::max(slowest.ciphertexts, health.unchecked());
    const std::optional<double> seconds = health.seconds_left();
    slowest.seconds = slowest.seconds && seconds ? std::optional(std::max(*slowest.seconds, *seconds)) : std::nullopt;
  }
  return slowest;
}

}  // namespace mc::client
