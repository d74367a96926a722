// SPDX-License-Identifier: Apache-2.0
#include "governance/rpc.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/random.hpp"
#include "governance/json_fields.hpp"
#include "governance/keccak.hpp"
#include "governance/revert.hpp"
#include "governance/transaction.hpp"

namespace mc::governance {

using nlohmann::json;

const Log* find_event(const Receipt& receipt, const Address& contract, std::string_view signature) {
  const Hash256 event = keccak256(signature);
  const auto found = std::ranges::find_if(receipt.logs, [&](const Log& log) {
    return log.address == contract && log.topics.size() >= 2 && log.topics[0] == event;
  });
  return found == receipt.logs.end() ? nullptr : &*found;
}

struct Chain::Order {
  const Wallet& wallet;
  std::optional<Address> to;
  ByteView data;
  Wei value = 0;

  // As eth_call and eth_estimateGas want it. Creation code travels as data without a receiver.
  [[nodiscard]] json as_json() const {
    json out = {{"from", bytes_text(wallet.address().view())}, {"data", bytes_text(data)}};
    if (to) out["to"] = bytes_text(to->view());
    if (value != 0) out["value"] = quantity_text(value);
    return out;
  }
};

struct Chain::Reply {
  json result;
  bool complained = false;
  std::string message;
  std::optional<Bytes> revert_data;
};

namespace {

constexpr std::size_t kMessageCharactersMax = 300;

// What the other side calls the reason goes to a person's terminal: printable characters only, and not a book.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kMessageCharactersMax)) out.push_back(c >= ' ' && c <= '~' ? c : '?');
  return out;
}

Result<Log> log_of(const json& value) {
  Log log;
  MC_TRY(log.address, json_address(json_member(value, "address"), "a log's address"));
  const json& topics = json_member(value, "topics");
  if (!topics.is_array() || topics.size() > 4)
    return fail(Code::kCorrupt, "a log of the chain's reply has no list of at most 4 topics");
  for (const json& topic : topics) {
    MC_TRY(const Hash256 hash, json_hash(topic, "a log's topic"));
    log.topics.push_back(hash);
  }
  MC_TRY(log.data, json_bytes(json_member(value, "data"), "a log's data"));
  MC_TRY(log.block, json_u64(json_member(value, "blockNumber"), "a log's block"));
  MC_TRY(log.transaction, json_hash(json_member(value, "transactionHash"), "a log's transaction"));
  return log;
}

Result<std::vector<Log>> logs_of(const json& value) {
  if (!value.is_array()) return fail(Code::kCorrupt, "the chain's reply has no list of logs");
  std::vector<Log> out;
  for (const json& item : value) {
    MC_TRY(Log log, log_of(item));
    out.push_back(std::move(log));
  }
  return out;
}

Result<Receipt> receipt_of(const json& value, const Hash256& transaction) {
  Receipt receipt;
  MC_TRY(receipt.transaction, json_hash(json_member(value, "transactionHash"), "a receipt's transaction"));
  if (receipt.transaction != transaction)
    return fail(Code::kCorrupt, "the chain answered with another transaction's receipt");
  MC_TRY(receipt.block, json_u64(json_member(value, "blockNumber"), "a receipt's block"));
  MC_TRY(receipt.gas_used, json_u64(json_member(value, "gasUsed"), "a receipt's gas"));
  MC_TRY(const std::uint64_t status, json_u64(json_member(value, "status"), "a receipt's status"));
  receipt.succeeded = status == 1;
  if (const json& contract = json_member(value, "contractAddress"); !contract.is_null()) {
    MC_TRY(receipt.contract, json_address(contract, "a receipt's contract"));
  }
  MC_TRY(receipt.logs, logs_of(json_member(value, "logs")));
  return receipt;
}

// Nodes of different makes agree on the words, not on their capitals. `words` are small letters.
bool says(std::string message, std::string_view words) {
  std::ranges::transform(message, message.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return message.find(words) != std::string::npos;
}

// What a contract reverted with, as most nodes give it, or one object deeper.
Result<Bytes> revert_data_of(const json& error) {
  const json& data = json_member(error, "data");
  return json_bytes(data.is_object() ? json_member(data, "data") : data, "an error's data");
}

// Two processes that ask the same of the same wallet at the same moment would sign the same bytes, the chain would
// count them once, and both would believe that theirs was done. A little unused gas makes every transaction its
// sender's own.
std::uint64_t fresh_distinction() {
  std::array<std::uint8_t, 2> bytes{};
  fresh_bytes(bytes);
  return bytes[0] + 256u * bytes[1];
}

// Somebody used this nonce first: another process with the same wallet, or an earlier try of ours.
bool nonce_was_taken(const std::string& message) {
  return says(message, "nonce too low") || says(message, "replacement transaction underpriced");
}

}  // namespace

Chain::Chain(RpcTransport& transport, ChainLimits limits, RevertDecoder decode_revert)
    : transport_(transport), limits_(limits), decode_revert_(decode_revert ? std::move(decode_revert) : revert_error) {}

Result<Chain::Reply> Chain::ask(std::string_view method, const json& parameters) {
  const std::uint64_t id = ++request_id_;
  const json request = {{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", parameters}};
  MC_TRY(const std::string text, transport_.post(request.dump()));
  if (text.size() > limits_.reply_bytes_max) {
    return fail(Code::kLimit, "the chain's reply to " + std::string(method) + " has " + std::to_string(text.size()) +
                                  " bytes, the limit is " + std::to_string(limits_.reply_bytes_max));
  }
  json parsed = json::parse(text, nullptr, false);
  if (!parsed.is_object() || json_member(parsed, "id") != json(id)) {
    return fail(Code::kCorrupt, "the chain's reply to " + std::string(method) + " is not a JSON-RPC reply to it");
  }
  Reply reply;
  const json& error = json_member(parsed, "error");
  if (error.is_null()) {
    const auto result = parsed.find("result");
    if (result == parsed.end()) {
      return fail(Code::kCorrupt, "the chain's reply to " + std::string(method) + " has neither result nor error");
    }
    reply.result = std::move(*result);
    return reply;
  }
  reply.complained = true;
  if (const auto* message = json_member(error, "message").get_ptr<const std::string*>()) reply.message = *message;
  if (Result<Bytes> data = revert_data_of(error)) reply.revert_data = std::move(*data);
  return reply;
}

Error Chain::complaint(std::string_view method, const Reply& reply) const {
  if (reply.revert_data && !reply.revert_data->empty()) return decode_revert_(*reply.revert_data);
  const Code code = says(reply.message, "revert") ? Code::kRefused : Code::kUnavailable;
  return {code, "the chain refused " + std::string(method) + ": " + printable(reply.message)};
}

Result<json> Chain::ask_for(std::string_view method, const json& parameters) {
  MC_TRY(Reply reply, ask(method, parameters));
  if (reply.complained) return fail(complaint(method, reply));
  return std::move(reply.result);
}

Result<std::uint64_t> Chain::chain_id() {
  if (const std::uint64_t known = chain_id_) return known;
  MC_TRY(const json result, ask_for("eth_chainId", json::array()));
  MC_TRY(const std::uint64_t told, json_u64(result, "chain id"));
  if (told == 0) return fail(Code::kCorrupt, "the chain says that its id is 0");
  std::uint64_t unknown = 0;
  if (!chain_id_.compare_exchange_strong(unknown, told) && unknown != told) {
    return fail(Code::kCorrupt,
                "the chain says that its id is " + std::to_string(told) + " and said " + std::to_string(unknown));
  }
  return told;
}

Result<std::uint64_t> Chain::block_number() {
  MC_TRY(const json result, ask_for("eth_blockNumber", json::array()));
  return json_u64(result, "block number");
}

Result<Block> Chain::block_tagged(const std::string& tag) {
  MC_TRY(const json result, ask_for("eth_getBlockByNumber", {tag, false}));
  if (result.is_null()) return fail(Code::kNotFound, "the chain has no block " + tag);
  Block block;
  MC_TRY(block.number, json_u64(json_member(result, "number"), "a block's number"));
  MC_TRY(block.hash, json_hash(json_member(result, "hash"), "a block's hash"));
  MC_TRY(block.time_s, json_u64(json_member(result, "timestamp"), "a block's time"));
  MC_TRY(block.base_fee, json_quantity(json_member(result, "baseFeePerGas"), "a block's base fee"));
  return block;
}

Result<Block> Chain::latest_block() {
  return block_tagged("latest");
}

Result<Block> Chain::block(std::uint64_t number) {
  MC_TRY(const Block block, block_tagged(quantity_text(number)));
  if (block.number != number) return fail(Code::kCorrupt, "the chain answered with another block than was asked for");
  return block;
}

Result<Wei> Chain::balance(const Address& account) {
  MC_TRY(const json result, ask_for("eth_getBalance", {bytes_text(account.view()), "latest"}));
  return json_quantity(result, "balance");
}

Result<Bytes> Chain::code(const Address& account) {
  MC_TRY(const json result, ask_for("eth_getCode", {bytes_text(account.view()), "latest"}));
  return json_bytes(result, "code");
}

Result<Bytes> Chain::call(const Address& to, ByteView data, std::optional<std::uint64_t> at_block) {
  const json order = {{"to", bytes_text(to.view())}, {"data", bytes_text(data)}};
  MC_TRY(const json result, ask_for("eth_call", {order, at_block ? quantity_text(*at_block) : "latest"}));
  return json_bytes(result, "result of a call");
}

Result<std::vector<Log>> Chain::logs(const LogFilter& filter) {
  json order = {{"address", bytes_text(filter.address.view())},
                {"fromBlock", quantity_text(filter.from_block)},
                {"toBlock", filter.to_block ? quantity_text(*filter.to_block) : "latest"}};
  if (filter.topic) order["topics"] = json::array({bytes_text(filter.topic->view())});
  MC_TRY(const json result, ask_for("eth_getLogs", json::array({order})));
  return logs_of(result);
}

Result<SentTransaction> Chain::transaction(const Hash256& hash) {
  MC_TRY(const json result, ask_for("eth_getTransactionByHash", json::array({bytes_text(hash.view())})));
  if (result.is_null()) return fail(Code::kNotFound, "the chain does not know transaction 0x" + hash.hex());
  MC_TRY(const Hash256 own, json_hash(json_member(result, "hash"), "a transaction's hash"));
  if (own != hash) return fail(Code::kCorrupt, "the chain answered with another transaction");
  SentTransaction out;
  MC_TRY(out.from, json_address(json_member(result, "from"), "a transaction's sender"));
  if (const json& to = json_member(result, "to"); !to.is_null()) {
    MC_TRY(out.to, json_address(to, "a transaction's recipient"));
  }
  MC_TRY(out.input, json_bytes(json_member(result, "input"), "a transaction's input"));
  return out;
}

Result<Receipt> Chain::send_and_wait(const Wallet& wallet, const Address& to, ByteView data, Wei value) {
  return send({wallet, to, data, value});
}

Result<std::vector<Receipt>> Chain::send_all(std::span<const Call> calls) {
  const auto order_of = [](const Call& call) { return Order{*call.wallet, call.to, call.data, call.value}; };
  std::vector<Submitted> sent;
  std::optional<Error> first;
  for (const Call& call : calls) {
    const auto gas_limit = estimate_gas(order_of(call));
    auto submitted = gas_limit ? submit(order_of(call), *gas_limit) : fail(gas_limit.error());
    if (!submitted) first = std::move(submitted).error();
    if (first) break;
    sent.push_back(*submitted);
  }
  // Whatever came of the rest: what was sent is waited for, so that nobody goes on while it may still happen.
  std::vector<Receipt> receipts;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    auto receipt = wait_for(sent[i], calls[i].wallet->address());
    if (receipt && !receipt->succeeded) receipt = fail(why_reverted(order_of(calls[i]), *receipt));
    if (!receipt && !first) first = std::move(receipt).error();
    if (receipt) receipts.push_back(std::move(*receipt));
  }
  if (first) return fail(std::move(*first));
  return receipts;
}

Result<Address> Chain::deploy(const Wallet& wallet, ByteView creation_code) {
  MC_TRY(const Receipt receipt, send({wallet, std::nullopt, creation_code, 0}));
  if (!receipt.contract) return fail(Code::kCorrupt, "the chain's receipt of a deployment names no contract");
  return *receipt.contract;
}

Result<Receipt> Chain::send(const Order& order) {
  MC_TRY(const std::uint64_t gas_limit, estimate_gas(order));
  MC_TRY(const Submitted submitted, submit(order, gas_limit));
  MC_TRY(Receipt receipt, wait_for(submitted, order.wallet.address()));
  if (!receipt.succeeded) return fail(why_reverted(order, receipt));
  return receipt;
}

Result<std::uint64_t> Chain::estimate_gas(const Order& order) {
  MC_TRY(const json result, ask_for("eth_estimateGas", json::array({order.as_json()})));
  MC_TRY(const std::uint64_t estimate, json_u64(result, "gas estimate"));
  if (estimate > UINT64_MAX / 2)
    return fail(Code::kCorrupt, "the chain's gas estimate of " + std::to_string(estimate) + " is absurd");
  // Another transaction may be mined between the estimate and ours and make ours dearer.
  return estimate + estimate / 4;
}

Result<Chain::Fees> Chain::fees() {
  MC_TRY(const json tip, ask_for("eth_maxPriorityFeePerGas", json::array()));
  Fees out;
  MC_TRY(out.tip, json_quantity(tip, "priority fee"));
  MC_TRY(const Block head, latest_block());
  // The base fee rises by at most an eighth a block: this holds for five full blocks.
  out.most = 2 * head.base_fee + out.tip;
  if (out.tip > limits_.fee_per_gas_max || out.most > limits_.fee_per_gas_max) {
    return fail(Code::kLimit, "the chain asks for more gas fee than the limit of " +
                                  std::to_string(static_cast<std::uint64_t>(limits_.fee_per_gas_max / 1'000'000'000)) +
                                  " gwei");
  }
  return out;
}

Result<Wei> Chain::fee_per_gas() {
  MC_TRY(const Fees now, fees());
  return now.most;
}

Result<Chain::Submitted> Chain::submit(const Order& order, std::uint64_t gas_limit) {
  MC_TRY(const std::uint64_t id, chain_id());
  MC_TRY(const Fees now, fees());
  Transaction transaction{.chain_id = id,
                          .nonce = 0,
                          .max_priority_fee_per_gas = now.tip,
                          .max_fee_per_gas = now.most,
                          .gas_limit = gas_limit + fresh_distinction(),
                          .to = order.to,
                          .value = order.value,
                          .data = Bytes(order.data.begin(), order.data.end())};
  const std::lock_guard lock(nonce_mutex_);
  for (int tried = 0; tried < limits_.nonce_tries; ++tried) {
    MC_TRY(const json count,
           ask_for("eth_getTransactionCount", {bytes_text(order.wallet.address().view()), "pending"}));
    MC_TRY(transaction.nonce, json_u64(count, "transaction count"));
    const SignedTransaction made = sign_transaction(transaction, order.wallet);
    MC_TRY(const Reply reply, ask("eth_sendRawTransaction", json::array({bytes_text(made.raw)})));
    if (!reply.complained || says(reply.message, "already known") || says(reply.message, "already imported") ||
        says(reply.message, "known transaction"))
      return Submitted{made.hash, transaction.nonce};
    if (!nonce_was_taken(reply.message)) return fail(complaint("eth_sendRawTransaction", reply));
  }
  return fail(Code::kUnavailable, "the account " + order.wallet.address().text() +
                                      " is used by somebody else at the same time: " +
                                      std::to_string(limits_.nonce_tries) + " transactions in a row came too late");
}

// A chain takes an account's transactions in the order of their numbers: one that was lost, or that another process
// with the same key never sent, holds up all that come after it.
std::string Chain::gap_before(const Submitted& submitted, const Address& sender) {
  const auto count = ask_for("eth_getTransactionCount", {bytes_text(sender.view()), "latest"});
  if (!count) return {};
  const auto next = json_u64(*count, "transaction count");
  if (!next || *next >= submitted.nonce) return {};
  return "; its number is " + std::to_string(submitted.nonce) + " and the account's next one is " +
         std::to_string(*next) + ": the chain waits for the transactions between";
}

Result<Receipt> Chain::wait_for(const Submitted& submitted, const Address& sender) {
  const Hash256& transaction = submitted.transaction;
  using std::chrono::milliseconds;
  const auto deadline = std::chrono::steady_clock::now() + milliseconds(limits_.receipt_timeout_ms);
  for (std::uint32_t pause_ms = 2;; pause_ms = std::min(2 * pause_ms, limits_.receipt_poll_ms_max)) {
    MC_TRY(const json result, ask_for("eth_getTransactionReceipt", json::array({bytes_text(transaction.view())})));
    if (!result.is_null()) return receipt_of(result, transaction);
    if (std::chrono::steady_clock::now() >= deadline) {
      return fail(Code::kUnavailable, "the transaction 0x" + transaction.hex() + " was in no block after " +
                                          std::to_string(limits_.receipt_timeout_ms) + " ms; it may still be mined" +
                                          gap_before(submitted, sender));
    }
    std::this_thread::sleep_for(milliseconds(pause_ms));
  }
}

// The receipt says only that it failed: the same call again, on the state that the block left, usually says why.
Error Chain::why_reverted(const Order& order, const Receipt& receipt) {
  const Result<Reply> reply = ask("eth_call", {order.as_json(), quantity_text(receipt.block)});
  if (reply && reply->complained) return complaint("eth_call", *reply);
  return {Code::kRefused, "the transaction 0x" + receipt.transaction.hex() + " was reverted in block " +
                              std::to_string(receipt.block) + " and the chain does not say why"};
}

}  // namespace mc::governance
