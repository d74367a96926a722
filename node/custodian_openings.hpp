// SPDX-License-Identifier: Apache-2.0
// A custodian's opening desk beside its verifier, its keys and its routes; null where the commons opens no columns.
#pragma once

#include <chrono>
#include <functional>
#include <string_view>

#include "client/commons_document.hpp"
#include "node/chain_pace.hpp"
#include "node/http_router.hpp"
#include "node/opening_desk.hpp"
#include "node/verifier.hpp"

namespace mc::node {

/// Keeps a reference to `verifier`. `write_down`: OpeningDesk::Setting's.
Result<std::unique_ptr<OpeningDesk>> open_opening_desk(const client::CommonsDocument& document,
                                                       const std::filesystem::path& folder, const Verifier& verifier,
                                                       std::function<Status(const Hash256& manifest)> write_down);

/// With the custodian's keys, once they are there.
Status begin_openings(OpeningDesk* desk, const client::CommonsDocument& document, const protocol::ReleaseState& state,
                      const SecretKey256& identity, const governance::CommonsChain& chain);

/// Told of an upload about which somebody asked too much, once a minute at most: before that somebody is told.
using OpeningRefused = std::function<Status(const Hash256& manifest, std::string_view reason)>;

/// POST /v1/openings/share and /judge, GET /v1/openings/{manifest}.
void add_opening_routes(OpeningDesk* desk, Epoch epoch, OpeningRefused refused, Router& router,
                        std::function<std::chrono::seconds()> now = clock_now);

}  // namespace mc::node
