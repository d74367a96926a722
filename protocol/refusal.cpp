// SPDX-License-Identifier: Apache-2.0
#include "protocol/refusal.hpp"

#include <algorithm>
#include <array>

namespace mc::protocol {
namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, 23> kNames{
    "malformed_request",     "not_ready",
    "wrong_epoch",           "answer_shape_differs",
    "result_differs",        "flooding_too_small",
    "requester_key_differs", "requester_key_unproven",
    "second_sigma",          "releases_exhausted",
    "piece_not_held",        "multiplicand_unrecorded",
    "window_closed",         "chain_time_backwards",
    "chain_time_jump",       "rate_limited",
    "stale_epoch",           "refresh_map_invalid",
    "no_headroom",           "mask_too_narrow",
    "inputs_differ",         "node_busy",
    "being_executed",
};

}  // namespace

std::string_view refusal_name(Refusal refusal) {
  const auto index = static_cast<std::size_t>(refusal);
  MC_CHECK(index < kNames.size());
  return kNames[index];
}

tl::unexpected<Error> refuse(Refusal refusal, Code code, const std::string& sentence) {
  return fail(code, std::string(refusal_name(refusal)) + ": " + sentence);
}

std::string_view reason_of(const Error& error) {
  const std::string_view message = error.message;
  const std::string_view word = message.substr(0, std::min(message.find(": "), message.size()));
  const bool is_reason = word.size() < message.size() && word.find('_') != std::string_view::npos &&
                         std::ranges::all_of(word, [](char c) { return c == '_' || (c >= 'a' && c <= 'z'); });
  return is_reason ? word : code_name(error.code);
}

}  // namespace mc::protocol
