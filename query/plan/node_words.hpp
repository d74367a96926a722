// SPDX-License-Identifier: Apache-2.0
// Whom a node of a plan counts, in the words of the question: "sex = 'F' AND 40 <= age < 60".
#pragma once

#include <string>

#include "query/plan/plan.hpp"

namespace mc::query {

/// Of a combination that no condition of one column is, its formula over handles (node_text).
std::string node_words(const Plan& plan, NodeId node);

}  // namespace mc::query
