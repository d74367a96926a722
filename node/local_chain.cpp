// SPDX-License-Identifier: Apache-2.0
#include "node/local_chain.hpp"

#include <algorithm>

#include "client/key_file.hpp"
#include "governance/commons_chain.hpp"
#include "node/rpc_http.hpp"

namespace mc::node {
namespace {

using governance::Wei;

constexpr Wei kWeiPerEther = Wei{1'000'000'000} * 1'000'000'000U;
constexpr Wei kWeiShown = kWeiPerEther / 1'000'000;
/// A founding takes about 15.5 million, and a quarter more for each cohort; nodes want the limits covered, which are a
/// quarter higher, and the base fee may rise meanwhile.
constexpr std::uint64_t kFoundingGas = 40'000'000;
constexpr std::uint64_t kTransferGas = 120'000;  // with what send_and_wait adds to it

/// Rounded up, for what is needed.
std::string needed_text(Wei wei) {
  return ether_text(wei + kWeiShown - 1);
}

}  // namespace

Result<std::optional<ForeignChain>> settle_chain(const LocalRecord* founded, const ForeignChainWish& wish) {
  const bool foreign = founded != nullptr ? founded->chain.has_value() : wish.url.has_value();
  if (!foreign) {
    if (founded != nullptr && wish.url) {
      return fail(Code::kConflict, "this commons is on the chain that it brought along, not on " + *wish.url +
                                       "; a commons stays on its chain: use another --dir");
    }
    if (wish.key_file || wish.confirmations || wish.endowment_gwei || wish.chain_id) {
      return fail(Code::kInvalidArgument,
                  "--chain-id, --chain-key, --chain-confirmations and --chain-endowment belong to --chain-url");
    }
    return std::optional<ForeignChain>();
  }
  ForeignChain chain =
      founded != nullptr ? *founded->chain : ForeignChain{"", kForeignConfirmations, kForeignEndowmentGwei};
  if (founded != nullptr && wish.confirmations && *wish.confirmations != chain.confirmations) {
    return fail(Code::kConflict, "this commons believes what " + std::to_string(chain.confirmations) +
                                     " blocks lie on, not " + std::to_string(*wish.confirmations) +
                                     ": everybody's document says so");
  }
  if (wish.url) chain.url = *wish.url;
  if (wish.confirmations) chain.confirmations = *wish.confirmations;
  if (wish.endowment_gwei) chain.endowment_gwei = *wish.endowment_gwei;
  return std::optional(std::move(chain));
}

Result<std::uint64_t> meet_chain(const std::string& url, const std::optional<std::uint64_t>& chain_id,
                                 const client::CommonsDocument* founded) {
  HttpRpc rpc(url);
  governance::Chain chain(rpc);
  const auto here = [&](const Error& error) {
    // Some sentences name the address already.
    return fail(error.message.find(url) != std::string::npos ? error : error.within(url));
  };
  const auto id = chain.chain_id();
  if (!id) return here(id.error());
  if (chain_id && *chain_id != *id) {
    return fail(Code::kConflict, url + " is chain " + std::to_string(*id) + ", --chain-id demands " +
                                     std::to_string(*chain_id) + ": nothing was signed");
  }
  if (founded == nullptr) return *id;
  const Status there = governance::CommonsChain(chain, founded->deployment).verify_deployment();
  if (!there) return here(there.error());
  return *id;
}

std::string ether_text(Wei wei) {
  const auto whole = static_cast<std::uint64_t>(wei / kWeiPerEther);
  std::string decimals =
      std::to_string(1'000'000 + static_cast<std::uint64_t>(wei % kWeiPerEther / kWeiShown)).substr(1);
  while (!decimals.empty() && decimals.back() == '0') decimals.pop_back();
  return std::to_string(whole) + (decimals.empty() ? "" : "." + decimals) + " ether";
}

Result<Wei> founding_cost(governance::Chain& chain, std::size_t accounts, Wei endowment) {
  MC_TRY(const Wei price, chain.fee_per_gas());
  return endowment * accounts + price * kFoundingGas;
}

Status check_payer(governance::Chain& chain, const governance::Wallet& payer, Wei held, Wei needed) {
  if (held >= needed) return {};
  MC_TRY(const std::uint64_t id, chain.chain_id());
  MC_TRY(const Wei price, chain.fee_per_gas());
  MC_TRY(const Wei balance, chain.balance(payer.address()));
  const Wei wanted = needed - held + price * kTransferGas;
  if (balance >= wanted) return {};
  return fail(Code::kRefused, "the account " + payer.address().text() + " has " + ether_text(balance) + " on chain " +
                                  std::to_string(id) + ", " + needed_text(wanted) +
                                  " are needed; --chain-endowment says how much of it is for each account");
}

Result<Wei> fill(governance::Chain& chain, const governance::Wallet& payer, const governance::Address& account,
                 Wei needed) {
  MC_TRY(const Wei held, chain.balance(account));
  if (held >= needed) return Wei{0};
  MC_TRY_STATUS(check_payer(chain, payer, held, needed));
  MC_TRY_STATUS(chain.send_and_wait(payer, account, {}, needed - held));
  return needed - held;
}

Status endow_from_founder(governance::Chain& chain, const LocalPaths& paths, const LocalRecord& record,
                          std::span<const governance::Address> accounts, Wei endowment) {
  MC_TRY(const governance::Wallet founder, client::load_wallet(paths.founder()));
  const Status endowed = governance::endow(chain, founder, accounts, endowment);
  if (endowed || !record.chain) return endowed;
  const auto left = chain.balance(founder.address());
  if (!left || *left >= endowment * accounts.size()) return endowed;
  return fail(Code::kRefused, "the founder's account " + founder.address().text() + " has " + ether_text(*left) +
                                  " left and should give each of " + std::to_string(accounts.size()) + " accounts " +
                                  ether_text(endowment) + "; `medcommons local up` with --chain-key FILE fills it");
}

}  // namespace mc::node
