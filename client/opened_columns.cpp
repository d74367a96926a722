// SPDX-License-Identifier: Apache-2.0
#include "client/opened_columns.hpp"

#include <thread>

#include "query/release/untrusted_owners.hpp"

namespace mc::client {
namespace {

std::string so_many(const OpenedColumns& opened) {
  return std::to_string(opened.opened) + " of " + std::to_string(opened.columns);
}

/// Of all custodians, proofs included: they come first.
std::size_t done_by(std::span<const CustodianHealth> custodians) {
  std::size_t done = 0;
  for (const CustodianHealth& health : custodians) {
    done += health.uploads.checked + (health.openings ? health.openings->columns + health.openings->opened : 0);
  }
  return done;
}

}  // namespace

bool waits_for_opened_columns(const CommonsDocument& document, const query::Plan& plan) {
  return document.opens_columns() && query::needs_opened_columns(plan);
}

std::string opened_columns_text(const CommonsDocument& document, const query::Plan& plan, const OpenedColumns& opened) {
  if (!waits_for_opened_columns(document, plan)) return "";
  const std::string factors = std::to_string(query::sealed_factors(plan));
  if (!opened.refused.empty()) return "  owners: the custodians refuse an upload: " + opened.refused + "\n";
  return "  owners: it multiplies " + factors +
         " conditions and values of a person, so every column is opened once before, with noise (" +
         (opened.columns == 0 ? std::string("nobody says how many are") : so_many(opened) + " are") + ")\n";
}

Status await_opened_columns(const CommonsDocument& document, const query::Plan& plan, const TransportFactory& connect,
                            const std::function<void(const std::string&)>& told, std::chrono::milliseconds pause,
                            std::chrono::milliseconds patience) {
  if (!waits_for_opened_columns(document, plan)) return {};
  std::size_t done = 0;
  auto moved = std::chrono::steady_clock::now();
  bool has_told = false;
  while (true) {
    const std::vector<CustodianHealth> custodians = ask_custodians(document, connect);
    const OpenedColumns opened = opened_columns(custodians);
    if (!opened.refused.empty()) {
      return fail(Code::kRefused, "the custodians refuse an upload: " + opened.refused + std::string(kUntilRemoved));
    }
    // Whoever asks is told elsewhere that too few custodians answer.
    if (opened.are_all() || custodians.empty()) return {};
    const auto now = std::chrono::steady_clock::now();
    if (const std::size_t now_done = done_by(custodians); now_done != done) {
      done = now_done;
      moved = now;
    }
    if (now - moved >= patience) {
      return fail(Code::kUnavailable, "the custodians have opened " + so_many(opened) +
                                          " columns and open no more: the compute node carries what they say, and 2t-1 "
                                          "of them have to take part; ask again when they do");
    }
    if (told && !has_told) told("the custodians open every column once, with noise: " + so_many(opened) + " so far");
    has_told = true;
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace mc::client
