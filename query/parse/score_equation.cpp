// SPDX-License-Identifier: Apache-2.0
#include "query/parse/score_equation.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "query/parse/spelling.hpp"

namespace mc::query {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// What a term may consist of without quotes: age, sexM, factor(nyha)3, I(age^2), age:sexM, and other scripts.
bool is_term_character(char c) {
  constexpr std::string_view kSigns = "_.:()^`";
  return is_letter(c) || is_digit(c) || kSigns.find(c) != std::string_view::npos ||
         (static_cast<unsigned char>(c) & 0x80) != 0;
}

class EquationParser {
 public:
  EquationParser(std::string_view text, const Position& at) : text_(text), at_(at) {}

  Result<ScoreEquation> run() {
    if (text_.size() > kEquationBytesMax) {
      return fail(Code::kLimit, at_.text() + ": the equation has " + std::to_string(text_.size()) + " bytes, " +
                                    std::to_string(kEquationBytesMax) + " are allowed");
    }
    bool has_intercept = false;
    for (bool first = true; first || rest_begins(); first = false) {
      MC_TRY(const double sign, read_sign(first));
      MC_TRY(const double number, read_number());
      skip_blanks();
      const bool multiplies = taken('*');
      skip_blanks();
      if (first && multiplies && taken('[')) {
        MC_TRY_STATUS(read_sealed(sign * number));
        return std::move(equation_);
      }
      if (!multiplies) {
        if (has_intercept) return error("the equation has a second number without a term");
        has_intercept = true;
        equation_.intercept = sign * number;
        continue;
      }
      MC_TRY(std::string term, read_term());
      MC_TRY_STATUS(add(sign * number, std::move(term)));
    }
    if (equation_.intercept == 0) equation_.intercept = 0;  // and not -0
    return std::move(equation_);
  }

 private:
  /// What stands between the brackets of a shape, and nothing behind them.
  Status read_sealed(double scale) {
    if (scale <= 0) return error("the scale of a sealed equation is " + number_sql(scale) + ", and has to be above 0");
    equation_.sealed_scale = scale;
    const auto dollar = [&] {
      skip_blanks();
      return taken('$');
    };
    if (!dollar()) return error("$ is expected after the [ of a sealed equation, found " + found());
    for (skip_blanks(); !taken(']'); skip_blanks()) {
      if (!taken('+') || !dollar()) return error("+ $ * and a term, or ], is expected, found " + found());
      skip_blanks();
      if (!taken('*')) return error("* is expected after the $ of a sealed coefficient, found " + found());
      MC_TRY(std::string term, read_term());
      MC_TRY_STATUS(add(0, std::move(term)));
    }
    if (!rest_begins()) return {};
    return error("nothing stands behind the ] of a sealed equation, found " + found());
  }

  tl::unexpected<Error> error(const std::string& message) const {
    return fail(Code::kParse, at_.text() + ": " + message);
  }
  std::string found() const {
    constexpr std::size_t kShown = 24;
    return place_ == text_.size() ? "the end" : std::string(text_.substr(place_, kShown));
  }

  void skip_blanks() {
    while (place_ < text_.size() && is_blank(text_[place_])) ++place_;
  }
  bool taken(char c) {
    if (place_ == text_.size() || text_[place_] != c) return false;
    ++place_;
    return true;
  }
  bool rest_begins() {
    skip_blanks();
    return place_ < text_.size();
  }

  Result<double> read_sign(bool first) {
    skip_blanks();
    if (taken('-')) return -1.0;
    if (taken('+') || first) return 1.0;
    return error("+ or - is expected between the terms of an equation, found " + found());
  }

  Result<double> read_number() {
    skip_blanks();
    double number = 0;
    const bool begins = place_ < text_.size() && (is_digit(text_[place_]) || text_[place_] == '.');
    const auto read = std::from_chars(text_.data() + place_, text_.data() + text_.size(), number);
    if (!begins || read.ec != std::errc{}) {
      return error("a number is expected in the equation, as in 0.013 * age, found " + found());
    }
    if (!(number <= kScoreCoefficientMax)) {
      return error("a coefficient of " + number_sql(number) + ", at most " + number_sql(kScoreCoefficientMax) +
                   " can be meant");
    }
    place_ = static_cast<std::size_t>(read.ptr - text_.data());
    return number;
  }

  Result<std::string> read_term() {
    skip_blanks();
    std::string term;
    if (taken('"')) {
      while (true) {
        if (place_ == text_.size()) return error("a quoted term of the equation does not end");
        const char c = text_[place_++];
        if (c == '"' && !taken('"')) break;
        term += c;
      }
    } else {
      while (place_ < text_.size() && is_term_character(text_[place_])) term += text_[place_++];
    }
    if (term.empty()) return error("a term is expected after *, found " + found());
    return term;
  }

  Status add(double coefficient, std::string term) {
    const auto same = [&](const EquationTerm& known) { return known.term == term; };
    if (std::ranges::any_of(equation_.terms, same)) return error("the term " + term + " stands twice in the equation");
    if (equation_.terms.size() == kEquationTermsMax) {
      return fail(Code::kLimit,
                  at_.text() + ": an equation has at most " + std::to_string(kEquationTermsMax) + " terms");
    }
    equation_.terms.push_back({coefficient == 0 ? 0 : coefficient, std::move(term)});
    return {};
  }

  std::string_view text_;
  Position at_;
  std::size_t place_ = 0;
  ScoreEquation equation_;
};

std::string term_text(const std::string& term) {
  return std::ranges::all_of(term, is_term_character) ? term : in_quotes(term, '"');
}

}  // namespace

Result<ScoreEquation> parse_equation(std::string_view text, const Position& at) {
  return EquationParser(text, at).run();
}

std::string equation_text(const ScoreEquation& equation) {
  std::string text;
  if (equation.sealed_scale) {
    text = number_sql(*equation.sealed_scale) + " * [$";
    for (const EquationTerm& one : equation.terms) text += " + $ * " + term_text(one.term);
    return text + "]";
  }
  if (equation.intercept != 0 || equation.terms.empty()) text = number_sql(equation.intercept);
  for (const EquationTerm& one : equation.terms) {
    const bool negative = one.coefficient < 0;
    text += text.empty() ? (negative ? "-" : "") : (negative ? " - " : " + ");
    text += number_sql(std::fabs(one.coefficient)) + " * " + term_text(one.term);
  }
  return text;
}

bool is_model_name(std::string_view text) {
  return !text.empty() && text.size() <= kModelNameBytesMax && is_letter(text.front()) &&
         std::ranges::all_of(text,
                             [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '.' || c == '-'; });
}

}  // namespace mc::query
