// SPDX-License-Identifier: Apache-2.0
// For tests: the public side of a commons in memory. A chain that answers the reading calls of the ledger, and a store
// that keeps what it is given; both can be made to lie. Nothing here checks anything: that is the client's work.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/commons_document.hpp"
#include "client/store_client.hpp"
#include "governance/abi.hpp"
#include "governance/consent_state.hpp"

namespace mc::client::testing {

/// The chain's ledger as it would be read. Transactions are refused.
class ServedLedger final : public governance::RpcTransport {
 public:
  std::vector<governance::SlotRange> ranges;
  std::set<governance::Address> removed;  // owners who belong to no chamber any more
  std::optional<Hash256> consent_root;
  std::vector<governance::ChainRevocation> revocations;
  std::vector<Hash256> key_commitments;
  governance::Committee committee;
  std::uint64_t time_s = 1'800'000'000;

  Result<std::string> post(std::string_view text) override {
    using nlohmann::json;
    const json request = json::parse(text);
    json reply = {{"jsonrpc", "2.0"}, {"id", request["id"]}};
    const std::string method = request["method"];
    if (method == "eth_call") {
      const Bytes data = from_hex(request["params"][0]["data"].get<std::string>()).value_or_stop();
      reply["result"] = "0x" + to_hex(answer(data));
    } else if (method == "eth_getBlockByNumber") {
      reply["result"] = {{"number", "0x10"},
                         {"hash", "0x" + std::string(64, '1')},
                         {"timestamp", hexadecimal(time_s)},
                         {"baseFeePerGas", "0x1"}};
    } else if (method == "eth_chainId") {
      reply["result"] = "0x7a69";
    } else {
      reply["error"] = {{"code", -32601}, {"message", "this chain takes no transactions"}};
    }
    return reply.dump();
  }

 private:
  static std::string hexadecimal(std::uint64_t number) {
    std::string digits;
    for (; number != 0; number /= 16) digits.insert(digits.begin(), "0123456789abcdef"[number % 16]);
    return "0x" + (digits.empty() ? "0" : digits);
  }

  static bool calls(ByteView data, std::string_view signature) {
    const auto wanted = governance::selector(signature);
    return data.size() >= 4 && std::equal(wanted.begin(), wanted.end(), data.begin());
  }

  Bytes answer(ByteView data) const {
    using governance::AbiWriter;
    if (calls(data, "slotRanges(bytes32,uint256,uint256)")) {
      // An array of static tuples: offset, count, and the words of each.
      Bytes bytes = AbiWriter().uint(32).uint(ranges.size()).encode();
      for (const governance::SlotRange& range : ranges) {
        const Bytes words = AbiWriter()
                                .address(range.owner)
                                .uint(range.begin)
                                .uint(range.count)
                                .hash(range.manifest)
                                .hash(range.attestation)
                                .encode();
        bytes.insert(bytes.end(), words.begin(), words.end());
      }
      return bytes;
    }
    if (calls(data, "rangesTakePart(bytes32,uint256,uint256)")) {
      Bytes bytes = AbiWriter().uint(32).uint(ranges.size()).encode();
      for (const governance::SlotRange& range : ranges) {
        const Bytes word = AbiWriter().boolean(!removed.contains(range.owner)).encode();
        bytes.insert(bytes.end(), word.begin(), word.end());
      }
      return bytes;
    }
    if (calls(data, "revocations(bytes32,uint256,uint256)")) {
      Bytes bytes = AbiWriter().uint(32).uint(revocations.size()).encode();
      for (const governance::ChainRevocation& revocation : revocations) {
        const Bytes words = AbiWriter()
                                .address(revocation.owner)
                                .hash(revocation.person)
                                .address(revocation.sender)
                                .uint(revocation.sequence)
                                .uint(revocation.time_s)
                                .encode();
        bytes.insert(bytes.end(), words.begin(), words.end());
      }
      return bytes;
    }
    if (calls(data, "currentConsentRoot(bytes32)") && consent_root) {
      return AbiWriter().hash(*consent_root).uint(15).uint(time_s).encode();
    }
    if (calls(data, "committee(uint32)")) {
      std::vector<governance::Address> accounts;
      std::vector<Hash256> identities;
      for (const governance::CustodianSeat& seat : committee.custodians) {
        accounts.push_back(seat.account);
        identities.push_back(seat.identity);
      }
      return AbiWriter().uint(committee.threshold).addresses(accounts).hashes(identities).encode();
    }
    if (calls(data, "keyCommitments(uint32)")) return AbiWriter().hashes(key_commitments).encode();
    return {};
  }
};

/// What a store keeps; several connections may use it at once.
struct ServedStore {
  std::mutex mutex;
  std::map<std::string, Bytes> blobs;  // by hexadecimal name
  std::vector<Bytes> statements;
  std::map<std::string, Bytes> keys;  // by epoch
  std::uint64_t puts = 0;
  std::function<void(ByteView)> on_statement;
  bool endless_statements = false;
};

class ServedTransport final : public Transport {
 public:
  explicit ServedTransport(ServedStore& store) : store_(store) {}

  Result<Bytes> get(const std::string& path, std::size_t size_max) override {
    const std::lock_guard lock(store_.mutex);
    MC_TRY(Bytes found, find(path));
    if (found.size() > size_max) return fail(Code::kLimit, "the reply is too large");
    return found;
  }
  Result<Bytes> post(const std::string& path, ByteView body, std::string_view, std::size_t) override {
    const std::lock_guard lock(store_.mutex);
    if (path == "/v1/consent/statements") {
      store_.statements.emplace_back(body.begin(), body.end());
      if (store_.on_statement) store_.on_statement(body);
    }
    return Bytes{};
  }
  Result<Bytes> put(const std::string& path, ByteView body, std::string_view, std::size_t) override {
    const std::lock_guard lock(store_.mutex);
    const std::size_t begin = path.find("/blobs/") + 7;
    store_.blobs[path.substr(begin, 64)] = Bytes(body.begin(), body.end());
    ++store_.puts;
    return Bytes{};
  }
  [[nodiscard]] std::string url() const override { return "memory:store"; }

 private:
  Result<Bytes> find(const std::string& path) const {
    static const std::string kBlobs = "/v1/blobs/", kStatements = "/v1/consent/statements?from=", kKeys = "/v1/keys/";
    if (path.starts_with(kStatements)) {
      const std::uint64_t from = std::stoull(path.substr(kStatements.size()));
      if (store_.endless_statements) return encode_list(std::vector<Bytes>(300'000));
      std::vector<Bytes> rest;
      for (std::uint64_t i = from; i < store_.statements.size(); ++i) rest.push_back(store_.statements[i]);
      return encode_list(rest);
    }
    if (path.ends_with("/presence")) {
      return Bytes{static_cast<std::uint8_t>(store_.blobs.contains(path.substr(kBlobs.size(), 64)) ? '1' : '0')};
    }
    const auto& shelf = path.starts_with(kKeys) ? store_.keys : store_.blobs;
    const auto found = shelf.find(path.substr(path.starts_with(kKeys) ? kKeys.size() : kBlobs.size()));
    if (found == shelf.end()) return fail(Code::kNotFound, "the store has no " + path);
    return found->second;
  }

  ServedStore& store_;
};

inline SecretKey256 numbered_secret(std::uint64_t number) {
  return SecretKey256(Sha256("client test").update_u64(number).finish().bytes);
}

inline governance::Wallet numbered_wallet(std::uint64_t number) {
  return governance::Wallet::create(numbered_secret(number)).value_or_stop();
}

inline governance::Address numbered_address(std::uint8_t number) {
  governance::Address address;
  address.bytes.fill(number);
  return address;
}

/// Two columns: one number, one category.
inline data::Schema small_schema() {
  data::Column age;
  age.name = "age";
  age.type = data::ColumnType::kInteger;
  age.required = true;
  age.minimum = 0;
  age.maximum = 120;
  data::Column sex;
  sex.name = "sex";
  sex.type = data::ColumnType::kString;
  sex.categories = {"F", "M"};
  data::Schema schema;
  schema.name = "small";
  schema.missing_values = {""};
  schema.columns = {age, sex};
  return schema;
}

inline CommonsDocument small_document() {
  CommonsDocument document;
  document.dataset = "commons";
  document.schema = small_schema();
  document.custodians = {{"http://127.0.0.1:1001", {1, 2}}, {"http://127.0.0.1:1002", {3, 4}}, {"", {}}};
  document.deployment = {31337, numbered_address(1), numbered_address(2), numbered_address(3)};
  document.confirmations = 2;
  document.chain_url = "http://127.0.0.1:1";
  document.store_url = "http://127.0.0.1:2";
  document.compute_url = "http://127.0.0.1:3";
  return document;
}

}  // namespace mc::client::testing
