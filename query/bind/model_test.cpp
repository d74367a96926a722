// SPDX-License-Identifier: Apache-2.0
#include "query/bind/model.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "query/bind/bound_query.hpp"
#include "query/parse/parser.hpp"
#include "query/testing/clinic.hpp"

namespace mc::query {
namespace {

Result<BoundModel> bound_model(const std::string& item, const std::string& where = "") {
  MC_TRY(const Query query, parse("SELECT " + item + " FROM clinic" + where));
  MC_TRY(BoundQuery result, bind(query, testing::clinic_schema(), "clinic"));
  return std::move(*result.items.front().model);
}

std::string design_names(const std::string& formula, const std::string& options = "", const std::string& where = "") {
  const auto model = bound_model("linear_regression('" + formula + "'" + options + ")", where);
  if (!model) return std::string(code_name(model.error().code)) + " " + model.error().message;
  std::string text;
  for (const DesignColumn& column : model->design) text += (text.empty() ? "" : " ") + column.name;
  return text;
}

TEST(Design, ColumnsAreThoseOfRsModelMatrix) {
  // colnames(model.matrix(formula, clinic)) of R 4.2
  const std::pair<const char*, const char*> cases[] = {
      {"bmi ~ age + sex", "(Intercept) age sexM"},
      {"bmi ~ smoker - 1", "smokernever smokerformer smokercurrent"},
      {"bmi ~ sex + smoker - 1", "sexF sexM smokerformer smokercurrent"},
      {"bmi ~ age + smoker - 1", "age smokernever smokerformer smokercurrent"},
      {"bmi ~ sex*smoker", "(Intercept) sexM smokerformer smokercurrent sexM:smokerformer sexM:smokercurrent"},
      {"bmi ~ sex:smoker",
       "(Intercept) sexF:smokernever sexM:smokernever sexF:smokerformer sexM:smokerformer sexF:smokercurrent "
       "sexM:smokercurrent"},
      {"bmi ~ sex + sex:smoker",
       "(Intercept) sexM sexF:smokerformer sexM:smokerformer sexF:smokercurrent sexM:smokercurrent"},
      {"bmi ~ smoker:age", "(Intercept) smokernever:age smokerformer:age smokercurrent:age"},
      {"bmi ~ smoker + smoker:age",
       "(Intercept) smokerformer smokercurrent smokernever:age smokerformer:age smokercurrent:age"},
      {"bmi ~ sex:smoker - 1",
       "sexF:smokernever sexM:smokernever sexF:smokerformer sexM:smokerformer sexF:smokercurrent sexM:smokercurrent"},
      {"bmi ~ age*sex*smoker",
       "(Intercept) age sexM smokerformer smokercurrent age:sexM age:smokerformer age:smokercurrent sexM:smokerformer "
       "sexM:smokercurrent age:sexM:smokerformer age:sexM:smokercurrent"},
      {"bmi ~ factor(nyha)", "(Intercept) factor(nyha)2 factor(nyha)3 factor(nyha)4"},
      {"bmi ~ age:nyha + I(age^2) + `Blood pressure`", "(Intercept) I(age^2) `Blood pressure` age:nyha"},
      {"bmi ~ 1", "(Intercept)"},
      {"bmi ~ age + age:sex + sex:smoker",
       "(Intercept) age age:sexM sexF:smokerformer sexM:smokerformer sexF:smokercurrent sexM:smokercurrent"},
      {"bmi ~ sex:age + smoker:age - 1", "sexF:age sexM:age age:smokerformer age:smokercurrent"},
      {"bmi ~ diabetes + factor(death)", "(Intercept) diabetes factor(death)1"},
  };
  for (const auto& [formula, expected] : cases) EXPECT_EQ(design_names(formula), expected) << formula;
  EXPECT_EQ(design_names("bmi ~ age + smoker + diabetes", ", missing => 'indicator'"),
            "(Intercept) age smokerformer smokercurrent diabetes missing(smoker) missing(diabetes)");
}

// colnames(model.matrix(formula, clinic)) of R 4.2
TEST(Design, ProductsPowersAndOrderAreNamedAsInR) {
  EXPECT_EQ(design_names("bmi ~ I(age * diabetes) + poly(age, 2, raw=TRUE)"),
            "(Intercept) I(age * diabetes) poly(age, 2, raw = TRUE)1 poly(age, 2, raw = TRUE)2");
  EXPECT_EQ(design_names("bmi ~ age*sex - age"), "(Intercept) sexM age:sexF age:sexM");
  EXPECT_EQ(design_names("bmi ~ age:sex + sex - 1"), "sexF sexM age:sexF age:sexM");
  EXPECT_EQ(design_names("bmi ~ I(age * sex)"),
            "invalid_argument 1:41: what I() multiplies must be a number, and sex is text with categories");
  const BoundModel product = bound_model("linear_regression('bmi ~ I(age^2 * diabetes)')").value_or_stop();
  ASSERT_EQ(product.design.back().factors.size(), 2u);
  EXPECT_EQ(product.design.back().factors[0].power, 2u);
  EXPECT_EQ(product.design.back().factors[1].power, 1u);
}

TEST(Design, ADotStandsForAllOtherColumns) {
  const std::string all = design_names("bmi ~ .");
  EXPECT_EQ(all.find("bmi"), std::string::npos);
  for (const data::Column& column : testing::clinic_schema().columns) {
    if (!column.is_sealed() || column.name == "bmi") continue;
    const std::string name = column.name.find(' ') == std::string::npos ? column.name : "`" + column.name + "`";
    EXPECT_NE(all.find(" " + name), std::string::npos) << column.name;
  }
  EXPECT_EQ(design_names("bmi ~ . - age").find(" age"), std::string::npos);
  EXPECT_NE(design_names("bmi ~ . + age:sex").find(" age:sexM"), std::string::npos);
  const std::string shown = bound_model("linear_regression('bmi ~ . - age')").value_or_stop().formula;
  EXPECT_EQ(shown.find("."), std::string::npos) << shown;  // which columns it was is said
}

TEST(Survival, MaxitOfAModelThatIsCountedDoesNoHarm) {
  data::Schema schema = testing::clinic_schema();
  schema.columns[0].times = {30, 60, 90};
  const Query query = parse("SELECT cox('Surv(age, death) ~ sex', maxit => 20) FROM clinic").value_or_stop();
  EXPECT_TRUE(bind(query, schema, "clinic").has_value());
}

// colnames(model.matrix(formula, clinic)) of R 4.2
TEST(Design, AnotherReferenceIsNamedAsInR) {
  EXPECT_EQ(design_names("age ~ relevel(sex, ref = \"M\")"), "(Intercept) relevel(sex, ref = \"M\")F");
  EXPECT_EQ(design_names("age ~ relevel(smoker, ref = ''current'')"),
            "(Intercept) relevel(smoker, ref = \"current\")never relevel(smoker, ref = \"current\")former");
  EXPECT_EQ(design_names("age ~ relevel(factor(nyha), ref = \"3\") - 1", "", " WHERE nyha <> 4"),
            "relevel(factor(nyha), ref = \"3\")3 relevel(factor(nyha), ref = \"3\")1 relevel(factor(nyha), ref = "
            "\"3\")2");
  EXPECT_EQ(design_names("age ~ relevel(sex, ref = \"X\")"), "not_found 1:41: sex is never X, but F, M");
  EXPECT_EQ(design_names("age ~ relevel(nyha, ref = \"2\")"),
            "invalid_argument 1:41: relevel() needs a factor, and nyha is a number; relevel(factor(nyha), ref = \"2\") "
            "would be one");
}

TEST(Design, FactorCutsAMeasurementAtItsDeclaredEdges) {
  EXPECT_EQ(design_names("age ~ factor(bmi)"),
            "(Intercept) factor(bmi)[18.5,25) factor(bmi)[25,30) factor(bmi)[30,60]");
  EXPECT_EQ(design_names("age ~ sex:factor(bmi) - 1", "", " WHERE bmi < 25"),
            "sexF:factor(bmi)[10,18.5) sexM:factor(bmi)[10,18.5) sexF:factor(bmi)[18.5,25) "
            "sexM:factor(bmi)[18.5,25)");
}

// colnames(model.matrix(formula, clinic)) of R 4.2
TEST(Design, AComparisonIsALogicalAsInR) {
  EXPECT_EQ(design_names("bmi ~ age + I(age > 50)"), "(Intercept) age I(age > 50)TRUE");
  EXPECT_EQ(design_names("bmi ~ I(age > 50) - 1"), "I(age > 50)FALSE I(age > 50)TRUE");
  EXPECT_EQ(design_names("bmi ~ sex * I(age>50 & age<=70)"),
            "(Intercept) sexM I(age > 50 & age <= 70)TRUE sexM:I(age > 50 & age <= 70)TRUE");
  EXPECT_EQ(design_names("bmi ~ age:I(nyha >= 3)"), "(Intercept) age:I(nyha >= 3)FALSE age:I(nyha >= 3)TRUE");
  EXPECT_EQ(design_names("age ~ I(sex == \"F\") + I(diabetes == 1)"),
            "(Intercept) I(sex == \"F\")TRUE I(diabetes == 1)TRUE");
  EXPECT_NE(design_names("bmi ~ . - age + I(age > 50)").find(" I(age > 50)TRUE"), std::string::npos);
}

/// Of the last column of the design, the values of `column` for which it is 1.
std::string met_values(const std::string& formula, std::uint32_t column, const std::vector<double>& values) {
  const Query query = parse("SELECT linear_regression('" + formula + "') FROM clinic").value_or_stop();
  const BoundQuery whole = bind(query, testing::clinic_schema(), "clinic").value_or_stop();
  const DesignColumn& last = whole.items[0].model->design.back();
  EXPECT_EQ(last.factors.size(), 1u);
  EXPECT_EQ(last.factors[0].column, column);
  std::string text;
  for (const double value : values) {
    std::size_t cell = 0;
    for (const Cut& cut : whole.domains[column].cuts) cell += cut.above ? value > cut.value : value >= cut.value;
    text += last.factors[0].cells->has(cell) ? "1" : "0";
  }
  EXPECT_FALSE(last.factors[0].cells->has_null());
  return text;
}

TEST(Design, AComparisonIsTrueOfTheValuesThatMeetAllOfIt) {
  EXPECT_EQ(met_values("bmi ~ I(age > 50)", 0, {49, 50, 51}), "001");
  EXPECT_EQ(met_values("bmi ~ I(age >= 50)", 0, {49, 50, 51}), "011");
  EXPECT_EQ(met_values("bmi ~ I(age == 50)", 0, {49, 50, 51}), "010");
  EXPECT_EQ(met_values("bmi ~ I(age > 50 & age <= 70)", 0, {50, 51, 70, 71}), "0110");
  EXPECT_EQ(met_values("age ~ I(bmi > 25)", 1, {24.9, 25, 25.1}), "001");
  // A threshold of WHERE, or of another term, divides the column too.
  EXPECT_EQ(met_values("bmi ~ I(age < 70) + I(age < 50)", 0, {49, 50, 70}), "100");
}

TEST(Design, WhoLacksWhatIsComparedIsLeftOut) {
  EXPECT_EQ(bound_model("linear_regression('age ~ I(bmi > 25)')").value_or_stop().complete,
            std::vector<std::uint32_t>{1});
  EXPECT_EQ(design_names("age ~ I(bmi > 25)", ", missing => 'indicator'"), "(Intercept) I(bmi > 25)TRUE missing(bmi)");
  const BoundModel both =
      bound_model("linear_regression('age ~ I(bmi > 25) - 1', missing => 'indicator')").value_or_stop();
  EXPECT_FALSE(both.design[0].factors[0].cells->has_null()) << "who has no bmi is not FALSE, but missing";
}

TEST(Design, AComparisonThatTellsNobodyApartIsRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"bmi ~ I(age > 120)", "1:35: I(age > 120) is FALSE of everybody whom the dictionary allows"},
      {"bmi ~ I(age >= 0)", "1:35: I(age >= 0) is TRUE of everybody whom the dictionary allows"},
      {"bmi ~ I(age > 60 & age < 50)", "1:35: I(age > 60 & age < 50) is FALSE of everybody whom the dictionary allows"},
      {"age ~ I(bmi > 27)",
       "1:41: bmi has no declared edge there; the declared edges are 18.5, 25, 30; other thresholds need a step in the "
       "dictionary"},
      {"age ~ I(sex > \"F\")",
       "1:42: sex is text without an order: it is compared with a category in quotes, by == or !="},
      {"age ~ I(sex == 1)",
       "1:42: sex is text without an order: it is compared with a category in quotes, by == or !="},
      {"age ~ I(sex == \"X\")", "1:43: sex has no category 'X'; its categories are F, M"},
      {"age ~ I(age > 50)", "1:35: age stands on both sides of ~"},
      {"bmi ~ I(agee > 50)", "1:35: unknown column agee (did you mean age?)"},
  };
  for (const auto& [formula, expected] : cases) {
    const auto model = bound_model("linear_regression('" + std::string(formula) + "')");
    EXPECT_EQ(model ? "" : model.error().message, expected) << formula;
  }
  const auto under = bound_model("linear_regression('bmi ~ I(age > 50)')", " WHERE age > 60");
  EXPECT_EQ(under ? "" : under.error().message,
            "1:35: I(age > 50) is TRUE of everybody whom the dictionary and this WHERE allow");
  std::string many = "bmi ~ I(age > 42)";
  for (int i = 43; i < 59; ++i) many += " + I(age > " + std::to_string(i) + ")";
  const auto too_many = bound_model("linear_regression('" + many + "')");
  EXPECT_EQ(too_many ? "" : too_many.error().message.substr(0, 38), "the query compares with 17 thresholds ");
}

TEST(Design, CategoriesThatWhereExcludesAreNoLevels) {
  const std::string where = " WHERE smoker <> 'never' AND age >= 40";
  EXPECT_EQ(design_names("bmi ~ smoker + sex", "", where), "(Intercept) smokercurrent sexM");
  EXPECT_EQ(design_names("bmi ~ smoker - 1", ", missing => 'indicator'", where), "smokerformer smokercurrent");
  EXPECT_EQ(design_names("bmi ~ age + sex", "", " WHERE sex = 'F'"),
            "invalid_argument 1:39: a factor needs two categories, and sex has 1 under this WHERE");
  EXPECT_TRUE(bound_model("linear_regression('age ~ smoker')", where).value_or_stop().complete.empty());
}

TEST(Design, EveryErrorPointsIntoTheFormula) {
  const std::pair<const char*, const char*> cases[] = {
      {"bmj ~ age", "not_found 1:27: unknown column bmj (did you mean bmi?)"},
      {"bmi ~ age + sexx", "not_found 1:39: unknown column sexx (did you mean sex?)"},
      {"bmi ~ note",
       "invalid_argument 1:33: note is text without declared categories: it is not sealed and cannot be asked for"},
      {"sex ~ age",
       "invalid_argument 1:27: the response of linear_regression must be a number, and sex is text with categories"},
      {"bmi ~ age + bmi", "invalid_argument 1:39: bmi stands on both sides of ~"},
      {"bmi ~ factor(`Blood pressure`)",
       "invalid_argument 1:40: factor() needs a column with categories, and Blood pressure is a measurement without "
       "declared edges to cut it at; the dictionary can declare some, or list its values as categories when they are "
       "few (256 at most), before owners seal"},
      {"bmi ~ I(sex^2)",
       "invalid_argument 1:35: what I() takes a power of must be a number, and sex is text with categories"},
      {"bmi ~ offset(sex)", "invalid_argument 1:40: an offset must be a number, and sex is text with categories"},
  };
  for (const auto& [formula, expected] : cases) EXPECT_EQ(design_names(formula), expected);
  EXPECT_EQ(design_names("bmi ~ age", ", weights => sex"),
            "invalid_argument 1:50: a weight must be a number, and sex is text with categories");
  const auto refusal = [](const std::string& item) { return bound_model(item).error().message; };
  EXPECT_EQ(refusal("logistic_regression('bmi ~ age')"),
            "1:29: the response of logistic_regression must be a 0/1 column, have two categories, or be compared with "
            "one of them as in bmi == 1, and bmi is a measurement");
  EXPECT_EQ(refusal("logistic_regression('smoker ~ age')"),
            "1:29: the response of logistic_regression must be a 0/1 column, have two categories, or be compared with "
            "one of them as in smoker == 1, and smoker is one of never, former, current");
  EXPECT_EQ(refusal("logistic_regression('smoker == \"often\" ~ age')"),
            "1:40: smoker is never often, but never, former, current");
  EXPECT_EQ(refusal("linear_regression('smoker == \"never\" ~ age')"),
            "1:38: linear_regression is of a number; whether a person is of a category is for logistic_regression");
  EXPECT_EQ(
      refusal("cox('Surv(age, death) ~ sex')"),
      "1:18: cox needs declared times, and the dictionary declares none for age; `medcommons schema infer --times "
      "age:30` declares one every 30 units");
  EXPECT_EQ(refusal("cox('Surv(sex, death) ~ age')"),
            "1:18: the time of cox must be a number, and sex is text with categories");
}

TEST(Design, AnOutcomeIsTheSecondOfTwoCategoriesOrTheOneThatIsWritten) {
  const auto cells = [](const std::string& response) {
    const CellSet outcome = bound_model("logistic_regression('" + response + " ~ age')").value_or_stop().outcome;
    std::string text;
    for (std::size_t i = 0; i < outcome.value_cells(); ++i) text += outcome.has(i) ? "1" : "0";
    return text + (outcome.has_null() ? "1" : "0");
  };
  EXPECT_EQ(cells("death"), "010");
  EXPECT_EQ(cells("death == 0"), "100");
  EXPECT_EQ(cells("sex"), "010");  // of F and M, as R takes a factor's second level
  EXPECT_EQ(cells("sex == \"F\""), "100");
  EXPECT_EQ(cells("smoker == ''former''"), "0100");
  EXPECT_EQ(cells("nyha == 4"), "00010");
  // Of several categories the second of the two that WHERE leaves, as after droplevels.
  const auto left = bound_model("logistic_regression('smoker ~ age')", " WHERE smoker <> 'never'");
  ASSERT_TRUE(left) << left.error().message;
  EXPECT_TRUE(left->outcome.has(2) && !left->outcome.has(1) && !left->outcome.has(0));
}

TEST(Design, OnlyColumnsThatMayBeMissingMustBeComplete) {
  const data::Schema schema = testing::clinic_schema();
  const auto complete = [&](const std::string& item) {
    std::string text;
    for (const std::uint32_t column : bound_model(item).value_or_stop().complete) {
      text += (text.empty() ? "" : " ") + schema.columns[column].name;
    }
    return text;
  };
  EXPECT_EQ(complete("linear_regression('age ~ sex')"), "");
  EXPECT_EQ(complete("linear_regression('bmi ~ age + smoker:nyha')"), "bmi smoker nyha");
  EXPECT_EQ(complete("linear_regression('bmi ~ age + smoker:nyha', missing => 'indicator')"), "bmi");
  EXPECT_EQ(complete("linear_regression('age ~ 1 + offset(bmi)', weights => diabetes)"), "bmi diabetes");
}

/// A polynomial at a person's standardised values.
double value_at(const ModelBasis& basis, const Expansion& expansion, const std::vector<double>& standardised,
                const std::vector<std::size_t>& cells) {
  double sum = 0;
  for (const BasisTerm& term : expansion) {
    double product = term.coefficient;
    const Monomial& monomial = basis.monomials[term.index];
    for (const auto& [column, power] : monomial.powers) product *= std::pow(standardised[column], power);
    for (const auto& [column, set] : monomial.cells) product *= set.has(cells[column]) ? 1 : 0;
    sum += product;
  }
  return sum;
}

TEST(ModelBasis, ExpansionsAreTheColumnsInTheRecordsUnits) {
  const data::Schema schema = testing::clinic_schema();
  std::vector<Domain> domains;
  for (std::uint32_t i = 0; i < 8; ++i) domains.push_back(domain_of(schema, i));
  domains.emplace_back();
  const BoundModel model =
      bound_model("linear_regression('bmi ~ age:nyha + I(age^3) + smoker:age:death + offset(nyha)')").value_or_stop();
  const ModelBasis basis = basis_of(model, schema, domains);
  // 1, age .. age^3, nyha, age:nyha, and per smoker level 1 and age among the dead; bmi.
  EXPECT_EQ(basis.monomials.size(), 13u);
  const double age = 71, bmi = 33, nyha = 3;
  std::vector<double> standardised(9, 0);
  std::vector<std::size_t> cells(9, 0);
  standardised[0] = (age - schema.columns[0].centre()) / schema.columns[0].half_width();
  standardised[1] = (bmi - schema.columns[1].centre()) / schema.columns[1].half_width();
  standardised[4] = (nyha - schema.columns[4].centre()) / schema.columns[4].half_width();
  cells[3] = 2;  // current
  cells[6] = 1;  // dead
  std::vector<double> values;
  for (const Expansion& column : basis.columns) values.push_back(value_at(basis, column, standardised, cells));
  const std::vector<double> expected{1, age * age * age, age * nyha, 0, 0, age};
  ASSERT_EQ(values.size(), expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], expected[i], 1e-9 * (1 + expected[i])) << i;
  EXPECT_NEAR(value_at(basis, basis.response, standardised, cells), bmi - nyha, 1e-12);
}

TEST(ModelBasis, AModelWithItsMainEffectsHasNoMoreMonomialsThanColumns) {
  const data::Schema schema = testing::clinic_schema();
  std::vector<Domain> domains;
  for (std::uint32_t i = 0; i < 8; ++i) domains.push_back(domain_of(schema, i));
  domains.emplace_back();
  const BoundModel model = bound_model("linear_regression('bmi ~ age*nyha*smoker + I(age^2)')").value_or_stop();
  EXPECT_EQ(basis_of(model, schema, domains).monomials.size(), model.design.size() + 1);  // and the response
}

}  // namespace
}  // namespace mc::query
