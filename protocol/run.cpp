// SPDX-License-Identifier: Apache-2.0
#include "protocol/run.hpp"

namespace mc::protocol {

Hash256 run_commitment(const Authorisation& authorisation) {
  return Sha256("medcommons/run/v2")
      .update_u64(authorisation.chain_id)
      .update(authorisation.study.view())
      .update_u64(authorisation.release_number)
      .update_u64(authorisation.epoch.value)
      .update(authorisation.plan.view())
      .update(authorisation.data_root.view())
      .update(authorisation.consent_root.view())
      .update(authorisation.mask.view())
      .update(authorisation.parameters.view())
      .finish();
}

bool is_run(const Authorisation& authorisation) {
  return authorisation.sigma_log2.empty() && authorisation.result == run_commitment(authorisation);
}

}  // namespace mc::protocol
