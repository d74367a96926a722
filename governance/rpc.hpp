// SPDX-License-Identifier: Apache-2.0
// An EVM chain behind JSON-RPC: reading, and sending signed transactions until they are part of it. The transport is
// handed in, so no socket is opened here. Everything the other side says is untrusted until it has been parsed
// strictly. A Chain may be used by several threads; wallets may be used by several processes at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "governance/address.hpp"
#include "governance/rlp.hpp"
#include "governance/wallet.hpp"

namespace mc::governance {

/// How a JSON-RPC request reaches the chain. One request, one reply; implementations state their thread-safety.
class RpcTransport {
 public:
  virtual ~RpcTransport() = default;
  /// The reply's body; kUnavailable when nobody answers.
  virtual Result<std::string> post(std::string_view json) = 0;
};

struct ChainLimits {
  std::size_t reply_bytes_max = 32u << 20;
  std::uint32_t receipt_timeout_ms = 60'000;
  std::uint32_t receipt_poll_ms_max = 250;
  int nonce_tries = 8;
  Wei fee_per_gas_max = 10'000'000'000'000;  // 10,000 gwei: a lying node cannot make a wallet burn its balance as fees
};

struct Block {
  std::uint64_t number = 0;
  Hash256 hash;
  std::uint64_t time_s = 0;  // since 1970-01-01, as the chain states it
  Wei base_fee = 0;
};

struct Log {
  Address address;
  std::vector<Hash256> topics;
  Bytes data;
  std::uint64_t block = 0;
  Hash256 transaction;
};

struct LogFilter {
  Address address;
  std::optional<Hash256> topic;  // the event's signature hash
  std::uint64_t from_block = 0;
  std::optional<std::uint64_t> to_block;  // latest when absent
};

/// A transaction as its sender signed it.
struct SentTransaction {
  Address from;
  std::optional<Address> to;  // none: it makes a contract
  Bytes input;
};

struct Receipt {
  Hash256 transaction;
  std::uint64_t block = 0;
  std::uint64_t gas_used = 0;
  bool succeeded = false;           // always true in what send_and_wait returns
  std::optional<Address> contract;  // the new contract, when one was made
  std::vector<Log> logs;
};

/// The first event with this signature, as Solidity writes it, that a contract wrote and that has a topic besides it;
/// nullptr when there is none. Points into the receipt.
const Log* find_event(const Receipt& receipt, const Address& contract, std::string_view signature);

/// One call of a contract, or a transfer, that somebody wants to send.
struct Call {
  const Wallet* wallet = nullptr;  // of who sends and pays; outlives the sending
  Address to;
  Bytes data;
  Wei value = 0;
};

/// Turns the bytes a contract reverted with into our error; see revert.hpp for ours.
using RevertDecoder = std::function<Error(ByteView data)>;

class Chain {
 public:
  /// Keeps a reference to `transport`. `decode_revert` defaults to the errors of the three contracts.
  explicit Chain(RpcTransport& transport, ChainLimits limits = {}, RevertDecoder decode_revert = {});

  /// Asked once and then remembered, so that a node cannot have one wallet sign for two chains.
  Result<std::uint64_t> chain_id();
  Result<std::uint64_t> block_number();
  Result<Block> latest_block();
  /// kNotFound when the chain is not that long.
  Result<Block> block(std::uint64_t number);
  Result<Wei> balance(const Address& account);
  /// The code at an address; empty when there is none.
  Result<Bytes> code(const Address& account);
  /// Runs a view at the latest block, or at `at_block`.
  ///   errors  the contract's own refusal as decode_revert words it; kUnavailable, kCorrupt for a broken reply
  Result<Bytes> call(const Address& to, ByteView data, std::optional<std::uint64_t> at_block = {});
  Result<std::vector<Log>> logs(const LogFilter& filter);
  /// kNotFound when the chain does not know it.
  Result<SentTransaction> transaction(const Hash256& hash);

  /// Signs, sends, and waits until the transaction is in a block.
  ///   errors  the contract's refusal (nothing is sent when it can be foreseen); kUnavailable when no receipt came
  ///           in time, in which case the sentence names the transaction, which may still be mined
  Result<Receipt> send_and_wait(const Wallet& wallet, const Address& to, ByteView data, Wei value = 0);
  /// Sends calls of which none needs what another one does, and waits for all: a few blocks for many of them.
  ///   errors  as send_and_wait, the first one; the others may be in a block all the same
  Result<std::vector<Receipt>> send_all(std::span<const Call> calls);
  /// What a unit of gas may cost in a transaction that is sent now: twice the base fee, and the tip.
  ///   errors  kLimit above fee_per_gas_max
  Result<Wei> fee_per_gas();
  /// Makes a contract from creation code with its encoded arguments appended.
  Result<Address> deploy(const Wallet& wallet, ByteView creation_code);

 private:
  struct Order;  // what is to be sent, without nonce and fees
  struct Reply;  // a result, or the chain's complaint
  Result<Reply> ask(std::string_view method, const nlohmann::json& parameters);
  /// Like ask, where a complaint is an error.
  Result<nlohmann::json> ask_for(std::string_view method, const nlohmann::json& parameters);
  Error complaint(std::string_view method, const Reply& reply) const;
  Result<Block> block_tagged(const std::string& tag);
  Result<Receipt> send(const Order& order);
  Result<std::uint64_t> estimate_gas(const Order& order);
  struct Submitted {
    Hash256 transaction;
    std::uint64_t nonce = 0;
  };
  struct Fees {
    Wei tip = 0, most = 0;  // per gas
  };
  Result<Fees> fees();
  Result<Submitted> submit(const Order& order, std::uint64_t gas_limit);
  Result<Receipt> wait_for(const Submitted& submitted, const Address& sender);
  /// "; its number is 7 and the account's next one 5: …" when transactions before it are missing, else empty.
  std::string gap_before(const Submitted& submitted, const Address& sender);
  Error why_reverted(const Order& order, const Receipt& receipt);

  RpcTransport& transport_;
  ChainLimits limits_;
  RevertDecoder decode_revert_;
  std::atomic<std::uint64_t> request_id_{0};
  std::atomic<std::uint64_t> chain_id_{0};  // 0 = not asked yet
  std::mutex nonce_mutex_;
};

}  // namespace mc::governance
