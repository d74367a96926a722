// SPDX-License-Identifier: Apache-2.0
// What a commons on loopback remembers about itself in DIR/local.json: how it was founded, its ports, how far it came.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "base/result.hpp"
#include "base/strong.hpp"
#include "data/sealed/owner_rules.hpp"
#include "governance/rlp.hpp"

namespace mc::node {

/// A file of events that an owner brings beside its table.
struct LocalEvents {
  std::string name;            // as the dictionary calls it
  std::filesystem::path file;  // absolute
  Hash256 file_hash;           // at founding, as a cohort's
  friend bool operator==(const LocalEvents&, const LocalEvents&) = default;
};

struct LocalCohort {
  std::string name;            // of the owner
  std::filesystem::path file;  // absolute
  Hash256 file_hash;           // at founding: another file under the same name is another commons
  std::string first_person;    // its patient speaks for the patients' chamber
  std::vector<LocalEvents> events{};
  data::OwnerRules rules{};  // what it demands of answers
  friend bool operator==(const LocalCohort&, const LocalCohort&) = default;
};

/// A chain that was there before the commons: any EVM node that speaks JSON-RPC.
struct ForeignChain {
  std::string url;
  std::uint32_t confirmations = 0;   // blocks on top before a fact counts as final
  std::uint64_t endowment_gwei = 0;  // what each account of the commons gets for its transactions
  friend bool operator==(const ForeignChain&, const ForeignChain&) = default;
};

struct LocalRecord {
  std::string dataset = "commons";
  std::string profile = "standard";
  Epoch epoch{1};  // of the committee in office
  std::uint32_t custodians = 3;
  std::uint32_t threshold = 2;
  std::vector<std::uint32_t> rotations;  // that there are keys for
  bool conjugation = false;
  std::optional<std::string> id_column;
  bool auto_approve = false;
  std::string disclosure;       // query::disclosure_preset's name in a guarded commons; empty in an exact one
  bool owners_trusted = true;   // with the key
  std::uint64_t rho_micro = 0;  // what all answers of a guarded commons may cost
  Hash256 schema;
  std::vector<LocalCohort> cohorts;
  std::optional<ForeignChain> chain;  // none: the embedded one, on chain_port
  std::uint16_t chain_port = 0, store_port = 0, compute_port = 0;
  std::vector<std::uint16_t> custodian_ports;
  bool ready = false;  // every cohort is published
  friend bool operator==(const LocalRecord&, const LocalRecord&) = default;

  /// Where the chain answers.
  [[nodiscard]] std::string chain_url() const;
  /// What an account of the commons gets for its transactions.
  [[nodiscard]] governance::Wei endowment() const;
  /// Why `other` cannot be founded where this was; empty when it is the same commons.
  [[nodiscard]] std::string difference(const LocalRecord& other) const;
};

/// Where things lie in DIR.
struct LocalPaths {
  std::filesystem::path root;
  [[nodiscard]] std::filesystem::path record() const { return root / "local.json"; }
  [[nodiscard]] std::filesystem::path document() const { return root / "commons.json"; }
  /// The document of a committee that is on its way into office.
  [[nodiscard]] std::filesystem::path next_document() const { return root / "commons-next.json"; }
  /// The document as it was in an earlier epoch.
  [[nodiscard]] std::filesystem::path earlier_document(Epoch epoch) const {
    return root / ("commons-" + std::to_string(epoch.value) + ".json");
  }
  [[nodiscard]] std::filesystem::path run() const { return root / "run"; }
  [[nodiscard]] std::filesystem::path lock() const { return run() / "lock"; }
  [[nodiscard]] std::filesystem::path log(const std::string& name) const { return run() / (name + ".log"); }
  [[nodiscard]] std::filesystem::path pid(const std::string& name) const { return run() / (name + ".pid"); }
  [[nodiscard]] std::filesystem::path role(const std::string& name) const { return root / name; }
  [[nodiscard]] std::filesystem::path owner(const std::string& name) const { return root / "owners" / name; }
  [[nodiscard]] std::filesystem::path researcher(const std::string& name) const { return root / "researchers" / name; }
  [[nodiscard]] std::filesystem::path patient(const std::string& name) const { return root / "patients" / name; }
  [[nodiscard]] std::filesystem::path officer(const std::string& name) const { return root / "officers" / name; }
  /// Beside the custodians' folders, not in them: who copies a folder has not got its key.
  [[nodiscard]] std::filesystem::path custodian_key(const std::string& name) const {
    return root / "keys" / (name + ".key");
  }
  [[nodiscard]] std::filesystem::path founder() const { return root / "founder" / "wallet.key"; }
};

/// The paths of a commons in `dir`, absolute; kInvalidArgument when `dir` names nothing.
Result<LocalPaths> local_paths(const std::filesystem::path& dir);

Status write_local_record(const LocalPaths& paths, const LocalRecord& record);
/// kNotFound "DIR holds no commons" when there is none.
Result<LocalRecord> read_local_record(const LocalPaths& paths);

std::string loopback_url(std::uint16_t port);

/// "custodian-0" in the first epoch, "custodian-2-0" in the second.
std::string custodian_name(Epoch epoch, std::size_t index);

}  // namespace mc::node
