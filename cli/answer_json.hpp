// SPDX-License-Identifier: Apache-2.0
// An answer as JSON and as a table for people.
#pragma once

#include <string>

#include "client/commons_document.hpp"
#include "client/researcher.hpp"

namespace mc::cli {

/// {"columns":[…],"rows":[[…]],"groups":[…],"n":…,"digits":…,"plan_hash":"…","study":"…","release":…,"assurance":"…",
///  "argument":"S","timing_ms":{…},"bytes":{…},"notices":[…]}
std::string answer_json(const client::Answer& answer, const client::CommonsDocument& document, bool auto_approved);

/// Table, then what a reader must know to judge it.
std::string answer_text(const client::Answer& answer, const client::CommonsDocument& document, bool auto_approved);

}  // namespace mc::cli
