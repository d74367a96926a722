// SPDX-License-Identifier: Apache-2.0
// What whoever asks has to know of columns that are opened once, with noise (docs/design/0047): whether the question
// waits for it, and how far the custodians are.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "client/commons_document.hpp"
#include "client/custodian_health.hpp"

namespace mc::client {

/// Whether this commons answers such a plan only when every uploaded column has been opened.
bool waits_for_opened_columns(const CommonsDocument& document, const query::Plan& plan);

/// As EXPLAIN says it: one line, empty where the question does not wait.
std::string opened_columns_text(const CommonsDocument& document, const query::Plan& plan, const OpenedColumns& opened);

/// Waits until the custodians that answer have opened every column, where the question needs it: custodians refuse
/// before, and a release that they refuse is used.
///   told    when it begins to wait, and how far they are
///   errors  kRefused naming the upload that they refuse; kUnavailable when nothing has moved for `patience`
Status await_opened_columns(const CommonsDocument& document, const query::Plan& plan, const TransportFactory& connect,
                            const std::function<void(const std::string&)>& told,
                            std::chrono::milliseconds pause = std::chrono::seconds(1),
                            std::chrono::milliseconds patience = std::chrono::minutes(1));

}  // namespace mc::client
