// SPDX-License-Identifier: Apache-2.0
#include "node/model_shelf.hpp"

#include "client/risk_model.hpp"

namespace mc::node {
namespace {

constexpr std::string_view kArea = "risk-models";

}  // namespace

Status ModelShelf::check_room(const std::vector<data::BlobStore::Record>& shelf,
                              const governance::Address& member) const {
  std::size_t hers = 0;
  for (const auto& [name, text] : shelf) {
    MC_TRY(const client::PublishedModel kept, client::published_risk_model(text_of(text), document_));
    if (kept.member == member) ++hers;
  }
  if (hers < client::kRiskModelsPerMemberMax) return {};
  return fail(Code::kLimit, "this commons keeps " + std::to_string(hers) + " models of " + member.text() + " already");
}

Status ModelShelf::put(const std::string& name, std::string_view text) {
  MC_TRY(const client::PublishedModel published, client::published_risk_model(text, document_));
  if (published.model.name != name) {
    return fail(Code::kInvalidArgument, "the model " + published.model.name + " was sent as " + name);
  }
  MC_TRY_STATUS(client::check_risk_model(published.model, document_.schema).map([](const auto&) {}));
  MC_TRY(const governance::Chamber chamber, chain_.chamber_of(published.member));
  if (chamber == governance::Chamber::kNone) {
    return fail(Code::kRefused,
                "the model " + name + " is signed by " + published.member.text() + ", who is no member");
  }
  const std::lock_guard lock(mutex_);
  MC_TRY(const std::vector<data::BlobStore::Record> shelf, store_.scan(kArea));
  const bool is_new = store_.get_record(kArea, name).has_value() == false;
  if (is_new && shelf.size() >= client::kRiskModelsMax) {
    return fail(Code::kLimit, "this commons keeps " + std::to_string(shelf.size()) + " models already");
  }
  if (is_new) {
    MC_TRY_STATUS(check_room(shelf, published.member));
  }
  const Status kept = store_.create_record(kArea, name, view_of(text));
  if (kept || kept.error().code != Code::kConflict) return kept;
  return fail(Code::kConflict, "the name " + name + " is taken by another model: a name is given once");
}

Result<Bytes> ModelShelf::get(const std::string& name) const {
  auto text = store_.get_record(kArea, name);
  if (text || text.error().code != Code::kNotFound) return text;
  return fail(Code::kNotFound, "this commons has no model " + name + "; `medcommons model list` shows those it has");
}

Result<std::vector<Bytes>> ModelShelf::all() const {
  MC_TRY(std::vector<data::BlobStore::Record> records, store_.scan(kArea));
  std::vector<Bytes> texts;
  for (data::BlobStore::Record& record : records) texts.push_back(std::move(record.second));
  return texts;
}

}  // namespace mc::node
