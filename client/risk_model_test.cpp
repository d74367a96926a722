// SPDX-License-Identifier: Apache-2.0
#include "client/risk_model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mc::client {
namespace {

using ::testing::HasSubstr;

std::string error_of(std::string_view json, const std::string& name = "heart") {
  const auto model = risk_model_from(json, name);
  return model ? "" : model.error().message;
}

CommonsDocument document_of() {
  CommonsDocument document;
  document.dataset = "clinic";
  data::Column age;
  age.name = "age";
  age.type = data::ColumnType::kInteger;
  age.required = true;
  age.maximum = 120;
  data::Column sex;
  sex.name = "sex";
  sex.type = data::ColumnType::kString;
  sex.required = true;
  sex.categories = {"F", "M"};
  document.schema.columns = {age, sex};
  document.profile = "test_insecure";
  return document;
}

/// A store that has what it is given and may exchange it.
class Shelf final : public Transport {
 public:
  std::map<std::string, std::string> models;
  [[nodiscard]] std::string url() const override { return "http://shelf"; }
  Result<Bytes> get(const std::string& path, std::size_t) override {
    ++calls;
    const std::string name = path.substr(path.rfind('/') + 1);
    if (const auto found = models.find(name); found != models.end()) {
      return Bytes(found->second.begin(), found->second.end());
    }
    return fail(Code::kNotFound, "this commons has no model " + name);
  }
  Result<Bytes> post(const std::string&, ByteView, std::string_view, std::size_t) override {
    return fail(Code::kUnsupported, "nothing is posted here");
  }
  Result<Bytes> put(const std::string&, ByteView, std::string_view, std::size_t) override { return Bytes{}; }
  int calls = 0;
};

class Borrowed final : public Transport {
 public:
  explicit Borrowed(Shelf& shelf) : shelf_(shelf) {}
  [[nodiscard]] std::string url() const override { return shelf_.url(); }
  Result<Bytes> get(const std::string& path, std::size_t most) override { return shelf_.get(path, most); }
  Result<Bytes> post(const std::string& path, ByteView body, std::string_view type, std::size_t most) override {
    return shelf_.post(path, body, type, most);
  }
  Result<Bytes> put(const std::string& path, ByteView body, std::string_view type, std::size_t most) override {
    return shelf_.put(path, body, type, most);
  }

 private:
  Shelf& shelf_;
};

TEST(RiskModel, AnAnswersModelBecomesAnEquation) {
  const char* answer = R"json({"columns": ["m"], "plan_hash": "abcd", "rows": [[{
    "model": "logistic_regression", "formula": "death ~ age * sex", "coefficients": [
      {"term": "(Intercept)", "estimate": -3.25, "p": 0.1}, {"term": "age", "estimate": 0.0125},
      {"term": "sexM", "estimate": null}, {"term": "age:sexM", "estimate": -0.5}]}]]})json";
  const RiskModel model = risk_model_from(answer, "heart").value_or_stop();
  EXPECT_EQ(model.equation, "-3.25 + 0.0125 * age - 0.5 * age:sexM");
  EXPECT_TRUE(model.is_logit);
  EXPECT_EQ(model.formula, "death ~ age * sex");
  EXPECT_EQ(model.source, "plan abcd");
}

TEST(RiskModel, AModelThatHasNotConvergedIsRefused) {
  const auto answer = [](const char* converged) {
    return std::string(R"({"rows": [[{"model": "logistic_regression", "converged": )") + converged +
           R"(, "coefficients": [{"term": "age", "estimate": 0.5}]}]]})";
  };
  EXPECT_EQ(error_of(answer("true")), "");
  EXPECT_THAT(error_of(answer("false")), HasSubstr("has not converged"));
}

TEST(RiskModel, APublishedEquationSaysItsLinkItself) {
  const RiskModel points =
      risk_model_from(R"({"equation": "2*sexM+1.50*age", "source": "Lancet"})", "p").value_or_stop();
  EXPECT_EQ(points.equation, "2 * sexM + 1.5 * age");
  EXPECT_FALSE(points.is_logit);
  EXPECT_EQ(points.source, "Lancet");
  EXPECT_TRUE(risk_model_from(R"({"equation": "1*age", "link": "logit"})", "p").value_or_stop().is_logit);
  const char* terms = R"({"model": "linear_regression", "coefficients": [{"term": "age", "estimate": 2}]})";
  EXPECT_FALSE(risk_model_from(terms, "p").value_or_stop().is_logit);
}

TEST(RiskModel, WhatIsNoModelIsRefusedWithAReason) {
  EXPECT_THAT(error_of("[1]"), HasSubstr("JSON object"));
  EXPECT_THAT(error_of("{"), HasSubstr("JSON object"));
  EXPECT_THAT(error_of("{}"), HasSubstr("an equation, or coefficients"));
  EXPECT_THAT(error_of(R"({"rows": [[3]]})"), HasSubstr("holds no model"));
  EXPECT_THAT(error_of(R"({"coefficients": []})"), HasSubstr("no list of term and estimate"));
  EXPECT_THAT(error_of(R"({"coefficients": [{"term": "age"}]})"), HasSubstr("no term or no estimate"));
  EXPECT_THAT(error_of(R"({"coefficients": [{"term": "age", "estimate": "1"}]})"), HasSubstr("no number"));
  EXPECT_THAT(error_of(R"({"equation": "1 * age", "link": "probit"})"), HasSubstr("logit or identity"));
  EXPECT_THAT(error_of(R"({"equation": "age"})"), HasSubstr("a number is expected"));
  EXPECT_THAT(error_of(R"json({"formula": "y ~ x + offset(o)", "equation": "1 * x"})json"), HasSubstr("offset"));
  EXPECT_THAT(error_of(R"({"equation": "1 * age"})", "two words"), HasSubstr("no name of a model"));
  EXPECT_THAT(error_of(R"({"coefficients": [{"term": "age", "estimate": 1}, {"term": "age", "estimate": 1}]})"),
              HasSubstr("stands twice"));
  const std::string two = R"({"rows": [[{"coefficients": []}, {"coefficients": []}]]})";
  EXPECT_THAT(error_of(two), HasSubstr("several models"));
}

TEST(RiskModel, TheDictionaryDecidesWhatTermsMean) {
  const CommonsDocument document = document_of();
  RiskModel model{"heart", "0.5 * age + 1 * sexM", true, "", ""};
  EXPECT_EQ(check_risk_model(model, document.schema).value_or_stop().step, 0.5);
  model.equation = "1 * weight";
  EXPECT_THAT(check_risk_model(model, document.schema).error().message,
              HasSubstr("model heart: 1:1: unknown term weight"));
}

TEST(RiskModel, OfASealedModelTheCommonsKeepsTheShape) {
  const CommonsDocument document = document_of();
  const RiskModel plain{"heart", "-3.1875 + 0.0625 * age + 0.4 * sexM", true, "death ~ age + sex", "Lancet"};
  const SealedModel sealed = sealed_risk_model(plain, document.schema).value_or_stop();
  EXPECT_EQ(nlohmann::json::parse(sealed.coefficients), (nlohmann::json{{"heart", {{"equation", plain.equation}}}}));
  RiskModel shape = plain;
  shape.equation = "4 * [$ + $ * age + $ * sexM]";
  EXPECT_EQ(sealed.shape, shape);
  const governance::Wallet member = governance::Wallet::fresh();
  const std::string text = signed_risk_model(sealed.shape, document, member);
  EXPECT_EQ(published_risk_model(text, document).value_or_stop().model, shape);
  for (const char* coefficient : {"3.18", "0.06", "0.4"}) EXPECT_EQ(text.find(coefficient), std::string::npos);
  EXPECT_EQ(check_risk_model(shape, document.schema).value_or_stop().sealed_weights, 3U);
  EXPECT_FALSE(sealed_risk_model(shape, document.schema));
  EXPECT_FALSE(sealed_risk_model({"heart", "1 * weight", true, "", ""}, document.schema));
  EXPECT_THAT(sealed_risk_model({"heart", "0 * age", true, "", ""}, document.schema).error().message,
              HasSubstr("gives everybody the score 0"));
}

TEST(RiskModel, AnAlteredModelIsNotItsMembers) {
  const CommonsDocument document = document_of();
  const governance::Wallet member = governance::Wallet::fresh();
  const RiskModel model{"heart", "-1 + 0.5 * age", true, "death ~ age", "plan 1"};
  const std::string text = signed_risk_model(model, document, member);
  const PublishedModel read = published_risk_model(text, document).value_or_stop();
  EXPECT_EQ(read.model, model);
  EXPECT_EQ(read.member, member.address());
  for (const auto& [key, value] : std::map<std::string, std::string>{{"equation", "-1 + 0.6 * age"},
                                                                     {"link", "identity"},
                                                                     {"name", "lung"},
                                                                     {"formula", "x"},
                                                                     {"source", "plan 2"}}) {
    nlohmann::ordered_json json = nlohmann::ordered_json::parse(text);
    json[key] = value;
    const auto altered = published_risk_model(json.dump(), document);
    ASSERT_FALSE(altered) << key;
    EXPECT_EQ(altered.error().code, Code::kRefused) << key;
  }
  CommonsDocument elsewhere = document;
  elsewhere.dataset = "trial";
  EXPECT_FALSE(published_risk_model(text, elsewhere));
}

TEST(RiskModel, APlanHoldsTheEquationOfTheModelItNames) {
  const CommonsDocument document = document_of();
  const governance::Wallet member = governance::Wallet::fresh();
  Shelf shelf;
  shelf.models["heart"] = signed_risk_model({"heart", "-1 + 0.5 * age", true, "", ""}, document, member);
  shelf.models["lung"] = shelf.models["heart"];
  const TransportFactory connect = [&](const std::string&, const std::string&) {
    return std::make_unique<Borrowed>(shelf);
  };
  const query::Plan plan =
      plan_with_models("SELECT count(*) FROM clinic WHERE predicted_risk('heart') > 0.2", document, connect)
          .value_or_stop();
  EXPECT_EQ(plan.sql, "SELECT count(*) FROM clinic WHERE predicted_risk('heart', '-1 + 0.5 * age') > 0.2");
  const auto unknown = plan_with_models("SELECT avg(risk_score('liver')) FROM clinic", document, connect);
  EXPECT_THAT(unknown.error().message, HasSubstr("1:12: this commons has no model liver"));
  const auto exchanged = plan_with_models("SELECT avg(risk_score('lung')) FROM clinic", document, connect);
  EXPECT_THAT(exchanged.error().message, HasSubstr("the store gave the model heart for lung"));
  shelf.calls = 0;
  ASSERT_TRUE(plan_with_models("SELECT avg(risk_score('own', '1 * age')) FROM clinic", document, connect));
  EXPECT_EQ(shelf.calls, 0) << "an equation that is written out is not looked up";
}

TEST(RiskModel, AStudyAllowsTheQuestionsThatAModelPerGroupIsAskedAs) {
  CommonsDocument document = document_of();
  data::Column death = document.schema.columns.front();
  death.name = "death";
  death.maximum = 1;
  death.categories = {"0", "1"};
  document.schema.columns.push_back(death);
  Shelf shelf;
  shelf.models["heart"] =
      signed_risk_model({"heart", "-1 + 0.5 * age", true, "", ""}, document, governance::Wallet::fresh());
  const TransportFactory connect = [&](const std::string&, const std::string&) {
    return std::make_unique<Borrowed>(shelf);
  };
  const std::string plain = "SELECT sex, count(*) FROM clinic GROUP BY sex";
  EXPECT_EQ(questions_of(plain, document, connect).value_or_stop(), std::vector<std::string>{plain});
  const std::string grouped =
      "SELECT sex, logistic_regression('death ~ age') FROM clinic WHERE predicted_risk('heart') > 0.2 GROUP BY sex";
  const std::vector<std::string> questions = questions_of(grouped, document, connect).value_or_stop();
  ASSERT_EQ(questions.size(), 2u);
  EXPECT_EQ(questions[1],
            "SELECT logistic_regression('death ~ age') FROM clinic WHERE predicted_risk('heart', '-1 + 0.5 * age') > "
            "0.2 AND sex = 'M'");
  EXPECT_FALSE(questions_of("SELECT agee FROM clinic GROUP BY sex", document, connect));
  document.exact = false;  // where nothing is trained
  EXPECT_EQ(questions_of(grouped, document, connect).value_or_stop(), std::vector<std::string>{grouped});
}

}  // namespace
}  // namespace mc::client
