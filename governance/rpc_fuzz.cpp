// SPDX-License-Identifier: Apache-2.0
// A node may answer anything: as the whole reply, or as the result of a well-formed one.
#include <cstddef>
#include <cstdint>
#include <string>

#include "governance/commons_chain.hpp"
#include "governance/rpc.hpp"

namespace {

using namespace mc::governance;

class Liar : public RpcTransport {
 public:
  Liar(std::string text, bool wrap) : text_(std::move(text)), wrap_(wrap) {}
  mc::Result<std::string> post(std::string_view) override {
    ++id_;
    return wrap_ ? R"({"jsonrpc":"2.0","id":)" + std::to_string(id_) + ",\"result\":" + text_ + "}" : text_;
  }

 private:
  std::string text_;
  bool wrap_;
  int id_ = 0;
};

void ask_everything(const std::string& text, bool wrap) {
  static const Wallet wallet = Wallet::fresh();
  const auto with = [&](auto question) {
    Liar liar(text, wrap);
    Chain chain(liar, {.receipt_timeout_ms = 0, .receipt_poll_ms_max = 1, .nonce_tries = 1});
    question(chain, CommonsChain(chain, Deployment{}));
  };
  with([](Chain& chain, const CommonsChain&) { (void)chain.latest_block(); });
  with([](Chain& chain, const CommonsChain&) { (void)chain.logs({}); });
  with([](Chain& chain, const CommonsChain&) { (void)chain.transaction({}); });
  with([](Chain&, const CommonsChain& commons) { (void)commons.authorised_exactly({}, {}); });
  with([](Chain& chain, const CommonsChain&) { (void)chain.send_and_wait(wallet, {}, {}); });
  with([](Chain&, const CommonsChain& commons) { (void)commons.study({}); });
  with([](Chain&, const CommonsChain& commons) { (void)commons.committee(mc::Epoch{1}); });
  with([](Chain&, const CommonsChain& commons) { (void)commons.slot_ranges({}); });
  with([](Chain&, const CommonsChain& commons) { (void)commons.published_ranges({}); });
  with([](Chain&, const CommonsChain& commons) { (void)commons.piece_commitments(mc::Epoch{1}); });
  with([](Chain&, const CommonsChain& commons) { (void)commons.authorisation({}, 1); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  ask_everything(text, false);
  ask_everything(text, true);
  return 0;
}
