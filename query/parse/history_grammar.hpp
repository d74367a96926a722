// SPDX-License-Identifier: Apache-2.0
// Histories as PEGTL rules, for queries and for formulas: latest(hba1c), n_events(admission, 0, 365). They are columns
// of the dictionary, so they stand wherever a column does. Included by parser.cpp and formula.cpp only.
#pragma once

#include <string>
#include <tao/pegtl.hpp>

#include "data/schema/history.hpp"

namespace mc::query::history_grammar {

namespace peg = tao::pegtl;

struct gap : peg::star<peg::space> {};
/// Any byte of a character beyond ASCII: names are written in the language of the clinic.
struct beyond_ascii : peg::range<static_cast<char>(0x80), static_cast<char>(0xFF)> {};
struct word_other : peg::sor<peg::alnum, peg::one<'_'>> {};
// The longer of two words first: first_time begins as first does.
struct word : peg::seq<peg::sor<TAO_PEGTL_ISTRING("latest"), TAO_PEGTL_ISTRING("first_time"),
                                TAO_PEGTL_ISTRING("first"), TAO_PEGTL_ISTRING("highest"), TAO_PEGTL_ISTRING("lowest"),
                                TAO_PEGTL_ISTRING("n_events"), TAO_PEGTL_ISTRING("had"), TAO_PEGTL_ISTRING("time_to")>,
                       peg::not_at<word_other>> {};
// Looking ahead makes no node of the tree, so it looks for the word and not for the function.
struct ahead : peg::seq<word, gap, peg::one<'('>> {};
struct function : word {};
struct start : peg::seq<function, gap, peg::one<'('>> {};
struct series : peg::seq<peg::sor<peg::alpha, peg::one<'_'>>, peg::star<word_other>> {};
struct digits : peg::plus<peg::digit> {};
struct sign : peg::opt<peg::one<'+', '-'>> {};
struct time : peg::seq<sign, digits, peg::opt<peg::one<'.'>, peg::star<peg::digit>>,
                       peg::opt<peg::one<'e', 'E'>, sign, digits>, peg::not_at<word_other>> {};
struct next_time : peg::seq<gap, peg::one<','>, gap, time> {};
struct end : peg::seq<gap, peg::one<')'>> {};
struct history : peg::if_must<start, gap, series, peg::opt<next_time, peg::opt<next_time>>, end> {};

inline constexpr const char* kSeriesSentence =
    "a series of events is expected in the parentheses, as in latest(hba1c) or had(mi, 0, 365)";
inline constexpr const char* kEndSentence =
    "a history takes a series and at most two times, as in latest(hba1c, 365) or had(mi, 0, 365)";

/// The history that a node with function, series and times as its children says, in its one spelling.
template <class SyntaxNode>
Result<std::string> name_of(const SyntaxNode& node) {
  std::string text;
  for (const auto& child : node.children) {
    text += child->string() + (text.empty() ? "(" : ",");
  }
  text.back() = ')';
  MC_TRY(const data::History history, data::history_from_text(text));
  return data::history_text(history);
}

}  // namespace mc::query::history_grammar
