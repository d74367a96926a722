// SPDX-License-Identifier: Apache-2.0
// A commons on a chain that is there already: any EVM node that speaks JSON-RPC, and an account on it that pays.
// Nothing is asked of such a node but what the Ethereum JSON-RPC standard has; no time is moved, nothing is unlocked.
//
// Money goes one way: the paying account fills the founder's, once, and that one endows every account of the commons.
// The paying key signs that one transfer, is kept nowhere, and means nothing to the contracts.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "client/commons_document.hpp"
#include "governance/rpc.hpp"
#include "node/local_record.hpp"

namespace mc::node {

inline constexpr std::uint32_t kForeignConfirmations = 12;
inline constexpr std::uint64_t kForeignEndowmentGwei = 100'000'000;  // 0.1 ether

/// What somebody says of a foreign chain at `local up`: everything at the founding, nothing later.
struct ForeignChainWish {
  std::optional<std::string> url;
  std::optional<std::uint64_t> chain_id;  // that the node must say; without it, what it says is believed
  std::optional<std::filesystem::path> key_file;
  std::optional<std::uint32_t> confirmations;
  std::optional<std::uint64_t> endowment_gwei;
};

/// The chain of a commons: of `founded` (nullptr: none yet) with what is wished; none for the embedded one.
///   errors  kInvalidArgument for words that belong to --chain-url without it; kConflict when a founded commons is on
///           the embedded chain, or counts other blocks as final
Result<std::optional<ForeignChain>> settle_chain(const LocalRecord* founded, const ForeignChainWish& wish);

/// Whether somebody answers at `url`, says `chain_id` where one is demanded, and has the contracts of `founded`
/// (nullptr: none yet). Returns the chain's id.
///   errors  kUnavailable, kCorrupt; kConflict for another chain, or contracts of another commons; kNotFound without
///   any
Result<std::uint64_t> meet_chain(const std::string& url, const std::optional<std::uint64_t>& chain_id,
                                 const client::CommonsDocument* founded);

/// "0.25 ether", six decimals at most; less than that is not shown.
std::string ether_text(governance::Wei wei);

/// What the founder's account needs at the price of gas now: an endowment for each of `accounts`, and the gas of a
/// founding.
Result<governance::Wei> founding_cost(governance::Chain& chain, std::size_t accounts, governance::Wei endowment);

/// Whether `payer` can bring an account that has `held` to `needed`; sends nothing.
///   errors  kRefused "the account 0x… has 0.5 ether on chain 1337, … ether are needed"
Status check_payer(governance::Chain& chain, const governance::Wallet& payer, governance::Wei held,
                   governance::Wei needed);

/// Brings `account` to `needed` from the payer's, unless it holds that. Returns what was sent.
///   errors  those of check_payer; the chain's
Result<governance::Wei> fill(governance::Chain& chain, const governance::Wallet& payer,
                             const governance::Address& account, governance::Wei needed);

/// Fills accounts of a commons up to `endowment`, from the founder's account in its folder.
///   errors  kRefused when the founder's account has not enough, with what to do; the chain's
Status endow_from_founder(governance::Chain& chain, const LocalPaths& paths, const LocalRecord& record,
                          std::span<const governance::Address> accounts, governance::Wei endowment);

}  // namespace mc::node
