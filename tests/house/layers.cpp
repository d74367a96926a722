// SPDX-License-Identifier: Apache-2.0
#include "tests/house/layers.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

namespace mc::house {
namespace {

struct Include {
  std::size_t line = 0;
  std::string target;
  bool angled = false;
};

std::vector<Include> includes_of(std::string_view text) {
  std::vector<Include> includes;
  std::size_t number = 0;
  for (std::string_view line : lines_of(text)) {
    ++number;
    const std::size_t first = line.find_first_not_of(" \t");
    if (first == std::string_view::npos || line[first] != '#') continue;
    const std::size_t keyword = line.find_first_not_of(" \t", first + 1);
    if (keyword == std::string_view::npos || !line.substr(keyword).starts_with("include")) continue;
    const std::size_t open = line.find_first_of("<\"", keyword);
    if (open == std::string_view::npos) continue;
    const std::size_t close = line.find(line[open] == '<' ? '>' : '"', open + 1);
    if (close == std::string_view::npos) continue;
    includes.push_back({number, std::string(line.substr(open + 1, close - open - 1)), line[open] == '<'});
  }
  return includes;
}

bool lies_in(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

std::string first_folder(std::string_view path) {
  return std::string(path.substr(0, path.find('/')));
}

const Room* room_of(const LayerRules& rules, std::string_view path) {
  for (const Room& room : rules.rooms) {
    if (lies_in(path, room.folder)) return &room;
  }
  return nullptr;
}

bool is_room_folder(const LayerRules& rules, std::string_view path) {
  const std::string folder = first_folder(path);
  return folder != path && std::any_of(rules.rooms.begin(), rules.rooms.end(),
                                       [&](const Room& room) { return first_folder(room.folder) == folder; });
}

bool is_test(std::string_view path) {
  return path.ends_with("_test.cpp") || path.ends_with("_fuzz.cpp");
}

bool is_for_tests(const Room& room) {
  return room.folder.ends_with("/testing");
}

bool may_include(std::string_view path, const Room& from, const Room& to) {
  if (is_test(path) && first_folder(from.folder) == first_folder(to.folder)) return true;
  if (is_for_tests(to) && !is_test(path) && !is_for_tests(from)) return false;
  if (from.folder == to.folder) return true;
  if (from.storey != to.storey) return from.storey > to.storey;
  return first_folder(from.folder) == first_folder(to.folder) && from.order > to.order;
}

void check_own_include(const LayerRules& rules, const SourceFile& file, const Room& room, const Include& include,
                       std::vector<Finding>& findings) {
  const Room* target = room_of(rules, include.target);
  if (target == nullptr) {
    findings.push_back({file.path, include.line,
                        "includes \"" + include.target +
                            "\", which is in no room of script/layers.txt (write the path from the root)"});
  } else if (!may_include(file.path, room, *target)) {
    findings.push_back(
        {file.path, include.line,
         "includes \"" + include.target + "\", but " + room.folder + " may not include " + target->folder});
  }
}

void check_library_include(const LayerRules& rules, const SourceFile& file, const Include& include,
                           std::vector<Finding>& findings) {
  if (is_test(file.path)) return;
  for (const LayerRules::Only& only : rules.only) {
    if (!include.target.starts_with(only.header)) continue;
    const bool allowed = std::any_of(only.folders.begin(), only.folders.end(),
                                     [&](const std::string& folder) { return lies_in(file.path, folder); });
    if (!allowed) {
      findings.push_back({file.path, include.line, "includes <" + include.target + ">, a library it may not know"});
    }
  }
}

using Graph = std::map<std::string, std::vector<Include>, std::less<>>;

// Walks every path of includes that starts at `from`; `seen` keeps it finite.
void check_never(const Graph& graph, const std::string& from, const LayerRules::Never& rule,
                 std::vector<Finding>& findings) {
  std::set<std::string> seen{from};
  std::vector<std::pair<std::string, std::size_t>> open{{from, 0}};  // file, line of the first step in `from`
  while (!open.empty()) {
    const auto [path, first_line] = open.back();
    open.pop_back();
    const auto node = graph.find(path);
    if (node == graph.end()) continue;
    for (const Include& include : node->second) {
      const std::size_t line = first_line == 0 ? include.line : first_line;
      if (lies_in(include.target, rule.to)) {
        findings.push_back({from, line,
                            "reaches \"" + include.target + "\" through " + path + ", but " + rule.from +
                                " must never reach " + rule.to});
        return;
      }
      if (seen.insert(include.target).second) open.emplace_back(include.target, line);
    }
  }
}

}  // namespace

LayerRules read_layer_rules(std::string_view text, std::vector<Finding>& findings) {
  LayerRules rules;
  std::size_t number = 0;
  for (std::string_view line : lines_of(text)) {
    ++number;
    const std::vector<std::string> words = words_of(line.substr(0, line.find('#')));
    if (words.empty()) continue;
    if (words[0] == "room" && words.size() == 3) {
      char* end = nullptr;
      const int storey = static_cast<int>(std::strtol(words[1].c_str(), &end, 10));
      const int order = *end == '.' ? std::atoi(end + 1) : 0;
      rules.rooms.push_back({storey, order, words[2]});
    } else if (words[0] == "only" && words.size() >= 3) {
      rules.only.push_back({words[1], {words.begin() + 2, words.end()}});
    } else if (words[0] == "never" && words.size() == 3) {
      rules.never.push_back({words[1], words[2]});
    } else {
      findings.push_back({"script/layers.txt", number, "cannot be read: " + std::string(line)});
    }
  }
  return rules;
}

std::vector<Finding> check_layers(const LayerRules& rules, const std::vector<SourceFile>& files) {
  std::vector<Finding> findings;
  Graph graph;
  for (const SourceFile& file : files) {
    if (!is_cpp(file.path) || !is_room_folder(rules, file.path)) continue;
    const Room* room = room_of(rules, file.path);
    if (room == nullptr) {
      findings.push_back({file.path, 0, "is in no room of script/layers.txt"});
      continue;
    }
    for (const Include& include : includes_of(file.text)) {
      if (include.angled) {
        check_library_include(rules, file, include, findings);
      } else {
        check_own_include(rules, file, *room, include, findings);
        graph[file.path].push_back(include);
      }
    }
  }
  for (const LayerRules::Never& rule : rules.never) {
    for (const auto& [path, includes] : graph) {
      if (lies_in(path, rule.from) && !is_test(path)) check_never(graph, path, rule, findings);
    }
  }
  return findings;
}

}  // namespace mc::house
