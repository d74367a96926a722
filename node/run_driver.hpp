// SPDX-License-Identifier: Apache-2.0
// The compute node's part in a run: it carries the custodians' shares between them until they are done. It computes
// nothing and can learn nothing; it can only fail to carry (protocol/run.hpp).
#pragma once

#include <functional>

#include "client/commons_document.hpp"
#include "client/run_messages.hpp"
#include "client/transport.hpp"

namespace mc::node {

struct DrivenRun {
  client::RunReceipt receipt;
  std::vector<CustodianId> custodians;  // who took part to the end
  std::uint64_t bytes_carried = 0;
  std::vector<std::string> notes;  // custodians that dropped out, and why
};

/// Drives one run to its end. A reply that comes damaged is asked for once more before its custodian drops out.
///   identities  by custodian id, from the chain
///   call    with the run's authorisation; bytes_for is chosen here
///   told    how many refreshes have been carried, after each
///   errors  kUnavailable naming custodians when too few are left; the first refusal of a custodian otherwise; kRefused
///           when their results differ
Result<DrivenRun> drive_run(const client::CommonsDocument& document, const fhe::CommitteeShape& shape,
                            std::span<const protocol::PublicIdentity> identities, const client::ReleaseCall& call,
                            const client::TransportFactory& connect,
                            const std::function<void(std::uint32_t)>& told = {});

}  // namespace mc::node
