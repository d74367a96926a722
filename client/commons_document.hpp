// SPDX-License-Identifier: Apache-2.0
// The founding document of a commons: what everyone who takes part must know, and nothing that is secret. Every process
// and client starts from it; what it says about committee and contracts is checked against the chain before use.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/strong.hpp"
#include "data/schema/schema.hpp"
#include "governance/commons_chain.hpp"
#include "query/plan/limb_budget.hpp"
#include "query/plan/plan.hpp"

namespace mc::client {

inline constexpr std::size_t kDocumentBytesMax = std::size_t{16} << 20;
inline constexpr std::uint32_t kConfirmationsMax = 1'000'000;

struct CustodianEntry {
  std::string url;  // empty until the process has told its port
  Bytes identity;   // protocol::encode of its public identity; its hash is on chain
  friend bool operator==(const CustodianEntry&, const CustodianEntry&) = default;
};

/// A committee that the commons had before, and how the data left it (R12).
struct EarlierCommittee {
  Epoch epoch{1};
  std::uint32_t threshold = 2;
  std::vector<Bytes> identities;           // as in CustodianEntry
  std::vector<std::uint8_t> participants;  // of its custodians, who made the switching key to the next committee
  friend bool operator==(const EarlierCommittee&, const EarlierCommittee&) = default;
};

struct CommonsDocument {
  std::string dataset;  // the table name in FROM
  std::string profile = "standard";
  data::Schema schema;
  bool exact = true;           // R16: public, synthetic or test data
  bool owners_trusted = true;  // with the key: otherwise query::check_untrusted_owners holds (docs/design/0042)
  std::string disclosure;      // of a guarded commons: query::disclosure_preset's name, its least demands (R18)
  std::uint32_t purpose = 42;  // DUO code that owners attest at upload (GRU)
  Epoch epoch{1};
  std::uint32_t threshold = 2;
  std::vector<CustodianEntry> custodians;
  std::vector<EarlierCommittee> earlier;  // oldest first; empty until a committee changes
  std::vector<std::uint32_t> rotations;   // steps to the left that the committee makes keys for, ascending
  bool conjugation = false;               // and one for the conjugation; the profiles of today need none of them
  governance::Deployment deployment;
  std::uint32_t confirmations = 0;  // blocks on top before a fact counts as final
  std::string chain_url;
  std::string store_url;
  std::string compute_url;
  /// Whether custodians open every uploaded column once, with noise, before what multiplies three of them is answered
  /// (docs/design/0047).
  [[nodiscard]] bool opens_columns() const { return exact && !owners_trusted; }
  friend bool operator==(const CommonsDocument&, const CommonsDocument&) = default;
};

/// The commons as it was with its earlier committee number `index`, without custodians' addresses. REQUIRES index <
/// document.earlier.size().
CommonsDocument at_earlier(const CommonsDocument& document, std::size_t index);

/// kRefused unless `next` is this very commons with the committee after this one: only the committee, addresses of
/// processes, and the list of earlier committees differ, and that ends with this one.
Status check_successor(const CommonsDocument& now, const CommonsDocument& next);

/// Of the commons' profile; a guarded one trains no models, and comparisons start as its owners are trusted. Everybody
/// compiles with it (R7).
Result<query::LimbBudget> limb_budget_of(const CommonsDocument& document);

/// kUnsupported unless this commons, as it was founded, answers such a plan: check_exact or check_guarded, and
/// check_untrusted_owners.
Status check_offered(const CommonsDocument& document, const query::Plan& plan);

std::string to_json(const CommonsDocument& document);
/// kParse with the path of what is wrong; kUnsupported for a profile this program does not have.
Result<CommonsDocument> commons_document_from_json(std::string_view text);

}  // namespace mc::client
