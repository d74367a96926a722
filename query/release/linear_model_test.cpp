// SPDX-License-Identifier: Apache-2.0
// Linear regressions of a made-up clinic and of open data, from the file through plan and finish, against R.
#include "query/release/linear_model.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <optional>
#include <random>

#include "base/file.hpp"
#include "query/bind/bound_query.hpp"
#include "query/parse/parser.hpp"
#include "query/testing/clinic.hpp"
#include "query/testing/clinic_in_the_clear.hpp"
#include "query/testing/models.hpp"
#include "query/testing/open_data.hpp"

namespace mc::query {
namespace {

using testing::kModelsFolder;
using testing::models_clinic;

using Json = nlohmann::json;

ResultTable answer(const std::string& sql, const data::Cohort& cohort, const std::string& dataset) {
  const Plan plan = compile(sql, cohort.schema(), dataset, limb_budget("standard").value_or_stop()).value_or_stop();
  EXPECT_EQ(read_plan(canonical_bytes(plan)).value_or_stop(), plan) << sql;
  return testing::run_in_the_clear(plan, cohort);
}

Json object_in(const Value& value) {
  return Json::parse(std::get<ModelCell>(value)->json);
}

Json asked_of_clinic(const std::string& sql) {
  return object_in(answer(sql, models_clinic(), "clinic").rows[0][0]);
}

/// To six digits and one more, relative to the number itself or to `unit`, whichever is larger.
void expect_same_json(const Json& ours, const Json& theirs, const std::string& what, double unit = 0) {
  if (theirs.is_null()) {
    EXPECT_TRUE(ours.is_null()) << what << ": " << ours;
    return;
  }
  ASSERT_TRUE(ours.is_number()) << what;
  const double number = theirs.get<double>();
  EXPECT_NEAR(ours.get<double>(), number, 1e-7 * std::max(std::abs(number), unit)) << what;
}

void expect_models_agree(const Json& ours, const Json& theirs) {
  EXPECT_EQ(ours["n"], theirs["n"]);
  EXPECT_EQ(ours["n_missing"], theirs["n_missing"]);
  for (const char* name : {"rank", "df_residual", "sigma", "r_squared", "adj_r_squared"}) {
    if (theirs.contains(name)) expect_same_json(ours[name], theirs[name], name, 1);
  }
  if (theirs.contains("f")) {
    ASSERT_EQ(ours["f"].is_null(), theirs["f"].is_null());
    for (const auto& [name, value] : theirs["f"].items()) expect_same_json(ours["f"][name], value, "f " + name);
  }
  std::map<std::string, Json> named;
  for (const Json& one : ours["coefficients"]) named[one["term"]] = one;
  for (const Json& one : theirs["coefficients"]) {
    const std::string term = one["term"];
    ASSERT_TRUE(named.contains(term)) << term;
    const double unit = one.contains("std_error") && one["std_error"].is_number() ? one["std_error"].get<double>() : 0;
    for (const auto& [name, value] : one.items()) {
      if (name == "term") continue;
      expect_same_json(named[term][name], value, term + " " + name, name == "estimate" ? unit : 0);
    }
    named.erase(term);
  }
  // R leaves out levels that nobody has; here they are columns of which nothing is known.
  for (const auto& [term, one] : named) EXPECT_TRUE(one["estimate"].is_null()) << term;
}

// R, with arm's level A in the dictionary and not in the records: the coefficients of lm(y ~ arm) are 2 and 3.
TEST(LinearRegression, AReferenceThatNobodyHasGivesWayToTheNextLevel) {
  PlanModel model;
  model.formula = "y ~ arm";
  model.terms = {"(Intercept)", "armB", "armC"};
  model.intercept = true;
  model.basis = 4;
  model.columns = {{{0, 1.0}}, {{1, 1.0}}, {{2, 1.0}}};
  model.response = {{3, 1.0}};
  // Two persons in B with 1 and 3, three in C with 2, 4 and 9.
  ModelSums sums{.n = {5, 0}, .left_out = {0, 0}, .pairs = {}};
  for (const double sum : {5, 2, 3, 19, 2, 0, 4, 3, 15, 111}) sums.pairs.push_back({sum, 0});
  const LinearFit fit = fit_linear(model, sums);
  EXPECT_NEAR(fit.coefficients[0].estimate->value, 2, 1e-12);
  EXPECT_TRUE(fit.coefficients[1].aliased);
  EXPECT_NEAR(fit.coefficients[2].estimate->value, 3, 1e-12);
  ASSERT_EQ(fit.references.size(), 1u);
  EXPECT_EQ(fit.references[0].instead, "B");
}

TEST(LinearRegression, AgreesWithRsLmOnEveryKindOfModel) {
  const Json reference = Json::parse(read_text_file(kModelsFolder + "linear.json", 1 << 20).value_or_stop());
  ASSERT_GE(reference["models"].size(), 24u);
  const data::Cohort cohort = models_clinic();
  for (const Json& theirs : reference["models"]) {
    SCOPED_TRACE(theirs["item"].get<std::string>());
    const Json ours = object_in(answer(theirs["item"], cohort, "clinic").rows[0][0]);
    expect_models_agree(ours, theirs);
    EXPECT_GE(ours["digits"].get<int>(), 6);
  }
}

TEST(LinearRegression, ColumnsThatDependOnOthersAreNamed) {
  const auto aliased = [](const std::string& formula) {
    return asked_of_clinic("SELECT linear_regression('" + formula + "') FROM clinic")["aliased"];
  };
  EXPECT_EQ(aliased("sbp ~ sex + female + age"), Json::array({"female"}));
  EXPECT_EQ(aliased("sbp ~ female + sex + age"), Json::array({"sexM"}));
  EXPECT_EQ(aliased("sbp ~ constant + age"), Json::array({"constant"}));
  EXPECT_EQ(aliased("sbp ~ constant + age - 1"), Json::array());
  EXPECT_EQ(aliased("age ~ smoker"), Json::array({"smokerpipe"}));
  EXPECT_EQ(aliased("age ~ death + factor(death)"), Json::array({"factor(death)1"}));
  EXPECT_EQ(aliased("age ~ nyha + factor(nyha)"), Json::array({"factor(nyha)4"}));
}

TEST(LinearRegression, PowersOfANarrowColumnFarFromZeroKeepTheirHighestTerm) {
  // x = 2001 + x' with x' in [-1, 1]: of x^4 the coefficient of x'^4 is 6e-14 of the constant.
  PlanModel model;
  model.terms = {"(Intercept)", "x", "I(x^2)", "I(x^3)", "I(x^4)"};
  model.intercept = true;
  model.basis = 6;
  const double c = 2001;
  model.columns = {{{0, 1}},
                   {{0, c}, {1, 1}},
                   {{0, c * c}, {1, 2 * c}, {2, 1}},
                   {{0, c * c * c}, {1, 3 * c * c}, {2, 3 * c}, {3, 1}},
                   {{0, c * c * c * c}, {1, 4 * c * c * c}, {2, 6 * c * c}, {3, 4 * c}, {4, 1}}};
  model.response = {{5, 1}};
  Measured sums[6][6] = {};
  constexpr int kPersons = 41;
  for (int person = 0; person < kPersons; ++person) {
    const double x = person / 20.0 - 1;
    const double values[] = {1, x, x * x, x * x * x, x * x * x * x, 3 * x * x * x * x + 0.1 * std::sin(7.0 * person)};
    for (int i = 0; i < 6; ++i) {
      for (int j = i; j < 6; ++j) sums[i][j].value += values[i] * values[j];
    }
  }
  ModelSums given{{kPersons, 0}, {}, {}};
  for (int i = 0; i < 6; ++i) {
    for (int j = i; j < 6; ++j) given.pairs.push_back({sums[i][j].value, 1e-10});
  }
  const LinearFit fit = fit_linear(model, given);
  EXPECT_EQ(fit.rank, 5u);
  EXPECT_NEAR(fit.coefficients[4].estimate->value, 3, 0.3);
  EXPECT_LT(fit.coefficients[4].estimate->error, 1e-5);
}

TEST(LinearRegression, OfNobodyEverythingIsNull) {
  const std::string where = " FROM clinic WHERE smoker = 'pipe'";
  const Json model = asked_of_clinic("SELECT linear_regression('age ~ sex')" + where);
  EXPECT_EQ(model["n"], 0);
  EXPECT_EQ(model["coefficients"].size(), 2u);
  for (const Json& one : model["coefficients"]) EXPECT_TRUE(one["estimate"].is_null());
  for (const char* name : {"sigma", "r_squared", "adj_r_squared", "f"}) EXPECT_TRUE(model[name].is_null()) << name;
  const Json ridge = asked_of_clinic("SELECT linear_regression('age ~ sex', ridge => 1)" + where);
  for (const Json& one : ridge["coefficients"]) EXPECT_TRUE(one["estimate"].is_null());
}

/// Least squares of the persons' y on x and 1, from the sums as a plan would release them.
LinearFit line(const std::vector<double>& x, const std::vector<double>& y, double error) {
  PlanModel model;
  model.terms = {"(Intercept)", "x"};
  model.intercept = true;
  model.basis = 3;
  model.columns = {{{0, 1}}, {{1, 1}}};
  model.response = {{2, 1}};
  double sums[6] = {};
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double person[] = {1, x[i], x[i] * x[i], y[i], x[i] * y[i], y[i] * y[i]};
    for (int k = 0; k < 6; ++k) sums[k] += person[k];
  }
  ModelSums given{{static_cast<double>(x.size()), 0}, {}, {}};
  for (const int k : {0, 1, 3, 2, 4, 5}) given.pairs.push_back({sums[k], error});
  return fit_linear(model, given);
}

TEST(LinearRegression, APerfectFitHasCoefficientsButNoTest) {
  const LinearFit fit = line({0, 0.25, 0.5, 1}, {0, 0.5, 1, 2}, 1e-10);
  EXPECT_NEAR(fit.coefficients[1].estimate->value, 2, 1e-8);
  EXPECT_NEAR(fit.sigma->value, 0, 1e-4);
  EXPECT_FALSE(fit.coefficients[1].t);
  EXPECT_FALSE(fit.f);
}

TEST(LinearRegression, TwoPersonsLeaveNoDegreeOfFreedom) {
  const LinearFit fit = line({0, 1}, {1, 3}, 1e-10);
  EXPECT_EQ(fit.df, 0);
  EXPECT_NEAR(fit.coefficients[1].estimate->value, 2, 1e-8);
  EXPECT_FALSE(fit.coefficients[1].std_error);
  EXPECT_FALSE(fit.sigma);
  EXPECT_TRUE(line({0.5}, {1}, 1e-10).coefficients[1].aliased);
}

TEST(LinearRegression, TheBoundHoldsWhereverTheSumsLieWithinTheirs) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<double> x, y;
    const double narrow = std::exp2(-4 * std::abs(uniform(random)));
    for (int i = 0; i < 50; ++i) {
      x.push_back(0.5 + 0.5 * narrow * uniform(random));
      y.push_back(0.3 * x.back() + 0.2 * uniform(random));
    }
    const double error = 1e-7;
    const LinearFit truth = line(x, y, 0);
    LinearFit wrong = line(x, y, error);
    // The sums as they may have been opened: off by up to their bound.
    PlanModel model;
    model.terms = {"(Intercept)", "x"};
    model.intercept = true;
    model.basis = 3;
    model.columns = {{{0, 1}}, {{1, 1}}};
    model.response = {{2, 1}};
    ModelSums given{{50, 0}, {}, {}};
    double sums[6] = {};
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double person[] = {1, x[i], y[i], x[i] * x[i], x[i] * y[i], y[i] * y[i]};
      for (int k = 0; k < 6; ++k) sums[k] += person[k];
    }
    for (const double sum : sums) given.pairs.push_back({sum + error * (random() % 2 == 0 ? 1 : -1), error});
    wrong = fit_linear(model, given);
    for (int k = 0; k < 2; ++k) {
      const Coefficient& a = truth.coefficients[k];
      const Coefficient& b = wrong.coefficients[k];
      ASSERT_TRUE(a.estimate && b.estimate && a.std_error && b.std_error && b.p_value && b.low);
      EXPECT_LE(std::abs(a.estimate->value - b.estimate->value), b.estimate->error) << trial;
      EXPECT_LE(std::abs(a.std_error->value - b.std_error->value), b.std_error->error) << trial;
      EXPECT_LE(std::abs(a.t->value - b.t->value), b.t->error) << trial;
      EXPECT_LE(std::abs(a.p_value->value - b.p_value->value), b.p_value->error) << trial;
      EXPECT_LE(std::abs(a.low->value - b.low->value), b.low->error) << trial;
      EXPECT_LT(b.estimate->error, 1e-2) << trial;
    }
    EXPECT_LE(std::abs(truth.r_squared->value - wrong.r_squared->value), wrong.r_squared->error) << trial;
    EXPECT_LE(std::abs(truth.f->value - wrong.f->value), wrong.f->error) << trial;
  }
}

/// A design column for one person of the clinic, straight from its definition; nothing when a value is missing.
std::optional<double> design_value(const data::Schema& schema, const std::vector<Domain>& domains,
                                   const DesignColumn& column, const testing::Patient& patient) {
  double product = 1;
  for (const DesignFactor& factor : column.factors) {
    const testing::Cell& cell = patient[factor.column];
    if (std::holds_alternative<std::monostate>(cell)) return std::nullopt;
    if (!factor.cells) {
      product *= std::pow(std::get<double>(cell), factor.power);
      continue;
    }
    const std::vector<std::string>& categories = schema.columns[factor.column].categories;
    std::size_t level = 0;
    while (schema.columns[factor.column].is_numeric() ? std::stod(categories[level]) != std::get<double>(cell)
                                                      : categories[level] != std::get<std::string>(cell)) {
      ++level;
    }
    EXPECT_LT(level, domains[factor.column].value_cells);
    product *= factor.cells->has(level) ? 1 : 0;
  }
  return product;
}

std::string random_formula(std::mt19937_64& random) {
  const std::vector<std::string> variables{"age", "sex", "smoker", "nyha", "death", "factor(nyha)", "factor(diabetes)"};
  std::string formula = random() % 2 == 0 ? "bmi ~ " : "`Blood pressure` ~ ";
  const std::size_t terms = 1 + random() % 3;
  for (std::size_t i = 0; i < terms; ++i) {
    formula += (i == 0 ? "" : " + ") + variables[random() % variables.size()];
    if (random() % 3 == 0) formula += (random() % 2 == 0 ? ":" : "*") + variables[random() % variables.size()];
  }
  return formula + (random() % 4 == 0 ? " - 1" : "");
}

TEST(LinearRegression, ResidualsAreOrthogonalToEveryColumnOfRandomModels) {
  const data::Schema schema = testing::clinic_schema();
  std::size_t fitted = 0, with_aliases = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    std::mt19937_64 random(seed);
    const std::string sql = "SELECT linear_regression('" + random_formula(random) + "') FROM clinic";
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + sql);
    const auto plan = compile(sql, schema, "clinic", limb_budget("standard").value_or_stop());
    if (!plan) {
      ASSERT_EQ(plan.error().code, Code::kRefused) << plan.error().message;  // too many factors
      continue;
    }
    std::vector<testing::Patient> patients;
    for (std::size_t i = 0; i < 60; ++i) patients.push_back(testing::random_patient(schema, random));
    const Json ours = object_in(testing::run_in_the_clear(*plan, schema, patients).rows[0][0]);
    const BoundQuery bound = bind(parse(sql).value_or_stop(), schema, "clinic").value_or_stop();
    const BoundModel& model = *bound.items.front().model;
    std::vector<long double> products(model.design.size(), 0), sizes(model.design.size(), 0);
    std::size_t n = 0;
    long double rss = 0;
    for (const testing::Patient& patient : patients) {
      std::vector<double> row;
      for (const DesignColumn& column : model.design) {
        const auto value = design_value(schema, bound.domains, column, patient);
        if (value) row.push_back(*value);
      }
      const testing::Cell& response = patient[model.response];
      if (row.size() < model.design.size() || std::holds_alternative<std::monostate>(response)) continue;
      ++n;
      long double residual = std::get<double>(response);
      for (std::size_t j = 0; j < row.size(); ++j) {
        const Json& estimate = ours["coefficients"][j]["estimate"];
        if (!estimate.is_null()) residual -= estimate.get<double>() * row[j];
      }
      rss += residual * residual;
      for (std::size_t j = 0; j < row.size(); ++j) {
        products[j] += residual * row[j];
        sizes[j] += std::abs(residual * row[j]);
      }
    }
    ASSERT_EQ(ours["n"], n);
    if (n == 0) continue;
    for (std::size_t j = 0; j < products.size(); ++j) {
      EXPECT_LE(std::abs(products[j]), 1e-6 * sizes[j] + 1e-6) << model.design[j].name;
    }
    if (!ours["sigma"].is_null() && rss > 1e-6) {
      const double sigma = std::sqrt(static_cast<double>(rss) / ours["df_residual"].get<double>());
      EXPECT_NEAR(ours["sigma"].get<double>() / sigma, 1, 1e-6);
    }
    ++fitted;
    if (!ours["aliased"].empty()) ++with_aliases;
  }
  EXPECT_GT(fitted, 100u);
  EXPECT_GT(with_aliases, 5u);
}

TEST(LinearRegression, GroupsAreModelsOfTheirOwn) {
  const ResultTable table =
      answer("SELECT sex, linear_regression('age ~ nyha') FROM clinic GROUP BY sex", models_clinic(), "clinic");
  ASSERT_EQ(table.rows.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string sex = i == 0 ? "F" : "M";
    EXPECT_EQ(object_in(table.rows[i][1]),
              asked_of_clinic("SELECT linear_regression('age ~ nyha') FROM clinic WHERE sex = '" + sex + "'"));
  }
}

TEST(LinearRegression, AgreesWithTheReferenceOfEveryOpenDataSet) {
  std::size_t compared = 0;
  for (const char* name : {"burn1000", "cnsim", "heart_failure", "icu", "indo_rct", "ischemic_stroke_cta",
                           "nhanes_2009_10", "pima", "uci_cleveland13", "uci_heart_4site", "warfarin_iwpc", "wdbc"}) {
    if (!testing::has_open_data(name)) continue;
    const Json reference = testing::reference_of(name)["linear"];
    std::string formula = reference["outcome"].get<std::string>() + " ~ ";
    for (std::size_t i = 1; i < reference["terms"].size(); ++i) {
      formula += (i == 1 ? "" : " + ") + reference["terms"][i].get<std::string>();
    }
    const ResultTable table =
        answer("SELECT linear_regression('" + formula + "') FROM " + name, testing::open_cohort(name), name);
    const Json model = object_in(table.rows[0][0]);
    SCOPED_TRACE(std::string(name) + ": " + formula);
    EXPECT_EQ(model["n"], reference["n"]);
    EXPECT_GE(model["digits"].get<int>(), 6);
    const Json& raw = reference["coef_raw"];
    ASSERT_EQ(model["coefficients"].size(), raw["coef"].size());
    for (std::size_t i = 0; i < raw["coef"].size(); ++i) {
      const Json& one = model["coefficients"][i];
      expect_same_json(one["estimate"], raw["coef"][i], one["term"]);
      expect_same_json(one["std_error"], raw["se"][i], one["term"]);
      expect_same_json(one["t"], raw["t"][i], one["term"]);
    }
    expect_same_json(model["sigma"], reference["sigma"], "sigma");
    expect_same_json(model["r_squared"], reference["r2"], "r2");
    expect_same_json(model["adj_r_squared"], reference["adj_r2"], "adj_r2");
    expect_same_json(model["f"]["value"], reference["f_stat"], "f");
    ++compared;
  }
  RecordProperty("data_sets", static_cast<int>(compared));
  if (compared == 0) GTEST_SKIP() << "no open data set is here; MC_SHARED_DATA names their folder";
}

}  // namespace
}  // namespace mc::query
