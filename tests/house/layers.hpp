// SPDX-License-Identifier: Apache-2.0
// The one way arrows point between folders: script/layers.txt against the includes of the source.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/house/source_tree.hpp"

namespace mc::house {

struct Room {
  int storey = 0;  // the whole number
  int order = 0;   // after the point, 0 without one
  std::string folder;
};

struct LayerRules {
  struct Only {
    std::string header;  // prefix of an include in angle brackets
    std::vector<std::string> folders;
  };
  struct Never {
    std::string from;
    std::string to;
  };
  std::vector<Room> rooms;
  std::vector<Only> only;
  std::vector<Never> never;
};

/// Reads the text of layers.txt; a line that cannot be read becomes a finding, never a silent gap.
LayerRules read_layer_rules(std::string_view text, std::vector<Finding>& findings);

/// Every include that breaks a rule, and every C++ file of a room folder that is in no room. Folders above all rooms
/// (tests, bench) are free.
std::vector<Finding> check_layers(const LayerRules& rules, const std::vector<SourceFile>& files);

}  // namespace mc::house
