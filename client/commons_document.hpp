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

namespace mc::client {

inline constexpr std::size_t kDocumentBytesMax = std::size_t{16} << 20;

struct CustodianEntry {
  std::string url;  // empty until the process has told its port
  Bytes identity;   // protocol::encode of its public identity; its hash is on chain
  friend bool operator==(const CustodianEntry&, const CustodianEntry&) = default;
};

struct CommonsDocument {
  std::string dataset;  // the table name in FROM
  std::string profile = "standard";
  data::Schema schema;
  bool exact = true;           // R16: public, synthetic or test data
  std::uint32_t purpose = 42;  // DUO code that owners attest at upload (GRU)
  Epoch epoch{1};
  std::uint32_t threshold = 2;
  std::vector<CustodianEntry> custodians;
  std::vector<std::uint32_t> rotations;  // steps to the left that the committee makes keys for, ascending
  bool conjugation = false;              // and one for the conjugation; the profiles of today need none of them
  governance::Deployment deployment;
  std::uint32_t confirmations = 0;  // blocks on top before a fact counts as final
  std::string chain_url;
  std::string store_url;
  std::string compute_url;
  friend bool operator==(const CommonsDocument&, const CommonsDocument&) = default;
};

std::string to_json(const CommonsDocument& document);
/// kParse with the path of what is wrong; kUnsupported for a profile this program does not have.
Result<CommonsDocument> commons_document_from_json(std::string_view text);

}  // namespace mc::client
