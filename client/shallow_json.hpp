// SPDX-License-Identifier: Apache-2.0
// JSON that strangers wrote: as deep as its format needs and no deeper, so that no reader of it runs out of stack.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace mc::client {

/// The text as JSON, or a discarded value when it is none or has more than `depth_max` containers within each other.
inline nlohmann::ordered_json shallow_json(std::string_view text, int depth_max) {
  using Json = nlohmann::ordered_json;
  bool deep = false;
  const auto shallow = [&](int depth, Json::parse_event_t, Json&) {
    deep = deep || depth > depth_max;
    return !deep;
  };
  Json json = Json::parse(text, shallow, false);
  return deep ? Json(Json::value_t::discarded) : json;
}

}  // namespace mc::client
