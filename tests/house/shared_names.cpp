// SPDX-License-Identifier: Apache-2.0
#include "tests/house/shared_names.hpp"

#include <algorithm>
#include <cctype>
#include <map>

namespace mc::house {
namespace {

bool is_of_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::string without_template_arguments(std::string_view line) {
  std::string rest;
  int depth = 0;
  for (const char c : line) {
    if (c == '<') ++depth;
    if (depth == 0) rest += c;
    if (c == '>') depth = std::max(0, depth - 1);
  }
  return rest;
}

bool begins_with_any(std::string_view line, const std::vector<std::string_view>& beginnings) {
  return std::ranges::any_of(beginnings, [&](std::string_view beginning) { return line.starts_with(beginning); });
}

// The first word without what follows its letters.
std::string name_at_the_front(std::string_view text) {
  return {text.begin(), std::ranges::find_if_not(text, is_of_name)};
}

}  // namespace

std::string declared_name(std::string_view line) {
  if (line.empty() || std::isalpha(static_cast<unsigned char>(line.front())) == 0) return "";
  if (begins_with_any(line, {"TEST", "INSTANTIATE_TEST", "namespace", "template", "static_assert"})) return "";
  const std::vector<std::string> words = words_of(line);
  if (words[0] == "using") return words.size() > 2 && words[2] == "=" ? words[1] : "";
  if (words[0] == "struct" || words[0] == "class" || words[0] == "enum") {
    const std::size_t at = words.size() > 2 && (words[1] == "class" || words[1] == "struct") ? 2 : 1;
    return words.size() > at ? name_at_the_front(words[at]) : "";
  }
  const std::string plain = without_template_arguments(line);
  std::string before = plain.substr(0, plain.find_first_of("(={;["));
  while (!before.empty() && before.back() == ' ') before.pop_back();
  const auto first = std::find_if_not(before.rbegin(), before.rend(), is_of_name).base();
  const bool is_alone = first == before.begin();  // as in a macro's call
  return is_alone || *(first - 1) == ':' || before.size() == plain.size() ? "" : std::string(first, before.end());
}

std::vector<Finding> check_shared_names(const std::vector<SourceFile>& files) {
  std::vector<Finding> findings;
  std::map<std::string, std::string> homes;  // by room and name
  for (const SourceFile& file : files) {
    const std::string room = file.path.substr(0, file.path.find('/'));
    if (!file.path.ends_with("_test.cpp") || room == "tests") continue;
    const std::string code = code_only(file.text);
    const std::vector<std::string_view> lines = lines_of(code);
    bool is_inside = false;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const std::string_view line = lines[i].substr(0, lines[i].find('\n'));
      if (line.starts_with("#define"))
        findings.push_back({file.path, i + 1, "a macro reaches the next files of a group"});
      if (line.starts_with("namespace {")) is_inside = true;
      if (line.starts_with("}  ")) is_inside = false;  // what was a comment: the end of a namespace
      const std::string name = is_inside ? declared_name(line) : "";
      if (name.empty()) continue;
      const auto [home, is_new] = homes.emplace(room + " " + name, file.path);
      if (is_new || home->second == file.path) continue;
      findings.push_back({file.path, i + 1,
                          name + " is also in " + home->second +
                              ": one home for it in a folder testing/, or two names for two things"});
    }
  }
  return findings;
}

}  // namespace mc::house
