// SPDX-License-Identifier: Apache-2.0
// The description of a study that members read before they vote. Its hash is on chain; its sensitive part is encrypted
// to those who were members when it was proposed (G3).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "client/study_file.hpp"
#include "query/plan/plan.hpp"

namespace mc::client {

inline constexpr std::size_t kStudyDocumentBytesMax = std::size_t{4} << 20;

/// Everything of the description that anybody may read, and the box for the members.
struct StudyDocument {
  std::string title, standard, code;
  std::vector<std::string> questions;
  Bytes sensitive;  // protocol/member_box.hpp; empty when there is nothing sensitive
};

/// The description, as JSON.
///   errors  protocol::seal_to_members' when there is something sensitive
Result<std::string> study_document_json(const StudyRequest& request, std::string_view dataset,
                                        const std::vector<query::Plan>& plans, std::span<const Hash256> member_keys);

/// kParse, kCorrupt with the path of what is wrong.
Result<StudyDocument> study_document_from_json(std::string_view text);

/// The sensitive part for one of the members, as heading and text.
///   errors  protocol::open_as_member's; kNotFound when there is none
Result<std::vector<std::pair<std::string, std::string>>> open_sensitive(const StudyDocument& document,
                                                                        const SecretKey256& box_secret);

}  // namespace mc::client
