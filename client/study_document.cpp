// SPDX-License-Identifier: Apache-2.0
#include "client/study_document.hpp"

#include <nlohmann/json.hpp>

#include "client/shallow_json.hpp"
#include "protocol/member_box.hpp"

namespace mc::client {
namespace {

constexpr std::string_view kStudyFormat = "medcommons/study/2";
constexpr int kStudyDepthMax = 8;

using Json = nlohmann::ordered_json;

Error wrong(std::string_view key, std::string_view reason) {
  return {Code::kParse, "study description, " + std::string(key) + ": " + std::string(reason)};
}

Result<std::string> text_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return fail(wrong(key, "it is no text"));
  return found->get<std::string>();
}

}  // namespace

Result<std::string> study_document_json(const StudyRequest& request, std::string_view dataset,
                                        const std::vector<query::Plan>& plans, std::span<const Hash256> member_keys) {
  Json questions = Json::array();
  for (const query::Plan& plan : plans) {
    questions.push_back({{"sql", plan.sql}, {"plan", query::plan_hash(plan).hex()}});
  }
  for (const Hash256& plan : request.plans) questions.push_back({{"plan", plan.hex()}});
  Json json = {{"format", kStudyFormat},
               {"title", request.title},
               {"dataset", dataset},
               {"questions", questions},
               {"use", governance::data_use_text(request.use)},
               {"standard", request.standard},
               {"code", request.code},
               {"releases_max", request.releases_max},
               {"rho_micro", request.rho_micro},
               {"minimum_cohort", request.minimum_cohort},
               {"suppress_below", request.suppress_below}};
  if (!request.sensitive.empty()) {
    Json sensitive = Json::object();
    for (const auto& [heading, text] : request.sensitive) sensitive[heading] = text;
    const std::string content = sensitive.dump(-1, ' ', false, Json::error_handler_t::replace);
    MC_TRY(const Bytes box, protocol::seal_to_members(view_of(content), member_keys));
    json["sensitive"] = to_hex(box);
  }
  std::string text = json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  if (text.size() > kStudyDocumentBytesMax) {
    return fail(Code::kLimit, "the description of the study has " + std::to_string(text.size()) +
                                  " bytes, a store keeps at most " + std::to_string(kStudyDocumentBytesMax));
  }
  return text;
}

Result<StudyDocument> study_document_from_json(std::string_view text) {
  const Json json =
      text.size() > kStudyDocumentBytesMax ? Json(Json::value_t::discarded) : shallow_json(text, kStudyDepthMax);
  if (!json.is_object()) return fail(wrong("the text", "it is no JSON object"));
  MC_TRY(const std::string format, text_at(json, "format"));
  if (format != kStudyFormat) return fail(wrong("format", "it is not " + std::string(kStudyFormat)));
  StudyDocument out;
  MC_TRY(out.title, text_at(json, "title"));
  MC_TRY(out.standard, text_at(json, "standard"));
  MC_TRY(out.code, text_at(json, "code"));
  const auto questions = json.find("questions");
  if (questions == json.end() || !questions->is_array()) return fail(wrong("questions", "it is no list"));
  for (const Json& question : *questions) {
    if (!question.is_object()) return fail(wrong("questions", "one of them is no object"));
    if (!question.contains("sql")) continue;  // allowed by hash
    MC_TRY(out.questions.emplace_back(), text_at(question, "sql"));
  }
  if (json.contains("sensitive")) {
    MC_TRY(const std::string box, text_at(json, "sensitive"));
    MC_TRY(out.sensitive, from_hex(box));
  }
  return out;
}

Result<std::vector<std::pair<std::string, std::string>>> open_sensitive(const StudyDocument& document,
                                                                        const SecretKey256& box_secret) {
  if (document.sensitive.empty()) return fail(Code::kNotFound, "the study has no sensitive part");
  MC_TRY(const SecretBytes content, protocol::open_as_member(document.sensitive, box_secret));
  const Json json = shallow_json(text_of(content), kStudyDepthMax);
  if (!json.is_object()) return fail(wrong("sensitive", "it is no JSON object"));
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [heading, text] : json.items()) {
    if (!text.is_string()) return fail(wrong("sensitive", "one of its entries is no text"));
    out.emplace_back(heading, text.get<std::string>());
  }
  return out;
}

}  // namespace mc::client
