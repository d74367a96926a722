// SPDX-License-Identifier: Apache-2.0
// What a custodian says of itself to whoever asks (GET /v1/health): whether it can answer, and how far it has come with
// the proofs of what was uploaded, which every answer waits for (R21).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "client/transport.hpp"
#include "client/upload_proof.hpp"

namespace mc::client {

/// Of the columns of a commons that opens them once, with noise (docs/design/0047).
struct OpenedColumns {
  std::size_t columns = 0, opened = 0;  // of uploads whose proofs have been checked
  std::string refused;                  // a sentence: an upload with a value beyond what noise makes of any in range
  [[nodiscard]] bool are_all() const { return columns != 0 && opened == columns && refused.empty(); }
  friend bool operator==(const OpenedColumns&, const OpenedColumns&) = default;
};

struct CustodianHealth {
  std::string state;  // "ready", or what it waits for
  ProofProgress::Reading uploads;
  std::optional<OpenedColumns> openings = {};  // of a commons that opens columns

  [[nodiscard]] bool is_ready() const { return state == "ready"; }
  [[nodiscard]] std::size_t unchecked() const { return uploads.ciphertexts - uploads.checked; }
  /// Until every upload is checked, if it goes on as fast as so far; nothing while it has not checked any.
  [[nodiscard]] std::optional<double> seconds_left() const;
};

std::string custodian_health_json(const CustodianHealth& health, std::uint8_t custodian);

/// What is not there counts as not ready, and as nothing to check.
///   errors  kCorrupt: no JSON object
Result<CustodianHealth> custodian_health_from_json(std::string_view text);

/// Asks one custodian.
///   errors  the connection's; custodian_health_from_json's
Result<CustodianHealth> ask_health(Transport& custodian);
/// What those of a commons say that answer. Others have nothing to say of it: whoever asks a question is told that they
/// are missing.
std::vector<CustodianHealth> ask_custodians(const CommonsDocument& document, const TransportFactory& connect);

/// Of the custodian that has most columns still to open, or refuses an upload; nothing opened where nobody speaks of
/// it.
OpenedColumns opened_columns(std::span<const CustodianHealth> custodians);

/// Of the custodian that is slowest; those that do not answer are left out.
struct UploadsAwaited {
  std::size_t ciphertexts = 0;    // not checked yet
  std::optional<double> seconds;  // nothing: nobody can say yet
};
UploadsAwaited uploads_awaited(std::span<const CustodianHealth> custodians);

}  // namespace mc::client
