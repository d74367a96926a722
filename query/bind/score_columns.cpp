// SPDX-License-Identifier: Apache-2.0
#include "query/bind/score_columns.hpp"

#include <algorithm>

#include "data/record/number.hpp"
#include "data/schema/step.hpp"
#include "query/bind/logit.hpp"
#include "query/parse/score_calls.hpp"

namespace mc::query {
namespace {

class ScoreColumns {
 public:
  ScoreColumns(const Query& query, const data::Schema& schema, bool proven)
      : schema_(schema), domains_(domains_of(schema)), proven_(proven) {
    out_.query = query;
    out_.schema = schema;
  }

  Result<ScoredQuery> run() {
    for (SelectItem& item : out_.query.items) {
      const bool of_score = std::ranges::any_of(item.arguments, [](const Identifier& one) { return bool(one.score); });
      if (of_score) item.alias = output_name(item);
      std::optional<std::uint32_t>& sealed = out_.sealed_of_item.emplace_back();
      if (item.arguments.size() == 1) {
        MC_TRY(sealed, sealed_score_of(item.statistic, item.arguments.front()));
      }
      if (sealed) item.arguments.clear();
    }
    for (Identifier* column : scores_of(out_.query)) {
      MC_TRY(column->name, column_of(*column));
    }
    for (SelectItem& item : out_.query.items) {
      std::vector<double>& risks = out_.edges_as_risks.emplace_back();
      MC_TRY_STATUS(settle_edges(item, risks));
    }
    if (out_.query.where) MC_TRY_STATUS(settle_thresholds(*out_.query.where));
    return std::move(out_);
  }

 private:
  /// Which sealed score a sum or a mean is of; nothing where it is of another column.
  Result<std::optional<std::uint32_t>> sealed_score_of(Statistic statistic, const Identifier& called) {
    const bool is_offered = statistic == Statistic::kSum || statistic == Statistic::kAverage;
    if (!is_offered || !called.score || called.score->as_risk || called.score->equation.empty()) return std::nullopt;
    const ScoreCall& score = *called.score;
    MC_TRY(const ScoreEquation shape, parse_equation(score.equation, called.at));
    if (!shape.sealed_scale) return std::nullopt;
    if (score.model.empty()) {
      return fail_at(Code::kInvalidArgument, called.at,
                     "a sealed equation needs the name under which its coefficients are given: risk_score('name', '" +
                         score.equation + "')");
    }
    for (std::uint32_t i = 0; i < out_.sealed.size(); ++i) {
      if (out_.sealed[i].model != score.model) continue;
      if (out_.sealed[i].equation == score.equation) return i;
      return fail_at(Code::kInvalidArgument, called.at, "the model " + score.model + " stands with two equations");
    }
    MC_TRY(SealedScore bound, bind_sealed_score(shape, score.model, called.at, schema_, domains_));
    out_.sealed.push_back(std::move(bound));
    return static_cast<std::uint32_t>(out_.sealed.size() - 1);
  }

  /// The name of the score's column, which is added when it is not there yet.
  Result<std::string> column_of(const Identifier& called) {
    const ScoreCall& score = *called.score;
    if (score.equation.empty()) {
      return fail_at(Code::kNotFound, called.at,
                     "the model " + score.model + " is only named: `ask` and `explain --dir` look it up, elsewhere " +
                         "its equation is written behind its name");
    }
    for (const BoundScore& known : out_.scores) {
      if (known.equation == score.equation && (score.model.empty() || known.name == name_of(score))) return known.name;
      if (!score.model.empty() && known.name == name_of(score)) {
        return fail_at(Code::kInvalidArgument, called.at, "the model " + score.model + " stands with two equations");
      }
    }
    const std::string name = name_of(score);
    if (schema_.find(name) != nullptr) {
      return fail_at(Code::kInvalidArgument, called.at, name + " is also a column of the dictionary");
    }
    MC_TRY(const ScoreEquation equation, parse_equation(score.equation, called.at));
    if (equation.sealed_scale) {
      return fail_at(Code::kUnsupported, called.at,
                     "not offered: the coefficients of " + name + " are sealed, and a sealed score is not compared; " +
                         "sum and avg of its risk_score are offered");
    }
    MC_TRY(BoundScore bound, bind_score(equation, name, called.at, schema_, domains_, proven_));
    bound.column = static_cast<std::uint32_t>(out_.schema.columns.size());
    out_.schema.columns.push_back(score_column(bound));
    out_.scores.push_back(std::move(bound));
    return name;
  }

  std::string name_of(const ScoreCall& score) const {
    return score.model.empty() ? "risk_score(" + std::to_string(out_.scores.size() + 1) + ")"
                               : "risk_score('" + score.model + "')";
  }

  const data::Column& column_named(const std::string& name) const { return *out_.schema.find(name); }

  static Status check_risk(const Position& at, double risk) {
    if (risk >= 0 && risk <= 1) return {};
    return fail_at(Code::kInvalidArgument, at, data::number_text(risk) + " is no risk: risks are from 0 to 1");
  }

  /// Edges of an item of risks, the usual ones where it gives none.
  Status settle_edges(SelectItem& item, std::vector<double>& risks) const {
    if (item.arguments.empty() || !item.arguments.back().score || !item.arguments.back().score->as_risk) return {};
    const Identifier& score = item.arguments.back();
    if (!takes_edges(item.statistic)) {
      if (!reads_values(item.statistic)) return {};
      return fail_at(Code::kInvalidArgument, score.at,
                     std::string(aggregate_name(item.statistic)) +
                         " needs values, and of a risk only thresholds are computed: take risk_score, or calibration "
                         "and histogram of predicted_risk");
    }
    if (item.edges.empty()) item.edges = usual_risks(column_named(score.name));
    risks = item.edges;
    for (double& edge : item.edges) {
      if (edge <= 0 || edge >= 1) {
        return fail_at(Code::kInvalidArgument, item.at,
                       "the edge " + data::number_text(edge) + " is not between 0 and 1, as risks are");
      }
      edge = logit(edge);
    }
    return {};
  }

  /// Those between which somebody can be.
  static std::vector<double> usual_risks(const data::Column& column) {
    std::vector<double> risks;
    const double step = column.resolution();
    double before = data::first_multiple(step, column.minimum, false);
    const double last = data::first_multiple(step, column.maximum, false);
    for (const double risk : kUsualRisks) {
      const double score = logit(risk);
      if (score <= column.minimum || score >= column.maximum) continue;
      const double first = data::first_multiple(step, score, false);
      if (first <= before || first > last) continue;
      before = first;
      risks.push_back(risk);
    }
    return risks;
  }

  Status settle_thresholds(Predicate& predicate) const {
    for (Predicate& child : predicate.children) MC_TRY_STATUS(settle_thresholds(child));
    if (!predicate.column.score || !predicate.column.score->as_risk) return {};
    const data::Column& column = column_named(predicate.column.name);
    for (Literal& literal : predicate.literals) {
      if (!literal.is_number()) continue;
      const double risk = literal.number();
      MC_TRY_STATUS(check_risk(literal.at, risk));
      // Nobody has the risk 0 or 1.
      literal.value = risk == 0 ? column.minimum - 1 : risk == 1 ? column.maximum + 1 : logit(risk);
    }
    return {};
  }

  const data::Schema& schema_;
  std::vector<Domain> domains_;  // of the dictionary's columns
  bool proven_;
  ScoredQuery out_;
};

}  // namespace

Result<ScoredQuery> with_score_columns(const Query& query, const data::Schema& schema, bool proven) {
  return ScoreColumns(query, schema, proven).run();
}

}  // namespace mc::query
