// SPDX-License-Identifier: Apache-2.0
#include "simulation/disk.hpp"

namespace mc::simulation {

std::string_view death_name(Death death) {
  switch (death) {
    case Death::kBeforeAWrite:
      return "before it has written";
    case Death::kAfterAWrite:
      return "in the moment in which it has written";
    case Death::kBeforeSpeaking:
      return "between writing and speaking";
  }
  MC_CHECK(false && "every Death has a name");
}

template <class Write>
Status Disk::write(const Write& write_down) {
  if (death_ == Death::kBeforeAWrite) return fail(Code::kIo, "the process died before it wrote");
  MC_TRY_STATUS(write_down());
  if (death_ == Death::kAfterAWrite) return fail(Code::kIo, "the process died when it had written");
  return {};
}

Status Disk::store_keys(const protocol::ReleaseState& state) {
  return write([&]() -> Status {
    keys_ = protocol::encode_release_state(state);
    return {};
  });
}

void Disk::lose_ledger() {
  has_lost_ = true;
  forgotten_ += ledger_.size();
  ledger_ = {};
  const protocol::ReleaseState state = keys().value_or_stop();
  keys_ = protocol::encode_release_state(protocol::advanced(state, fhe::Window(state.newest.value + 2)));
}

Status Disk::record(std::span<const protocol::LedgerEntry> entries,
                    const std::optional<protocol::AnsweredIn>& answered) {
  return write([&] {
    for (const protocol::LedgerEntry& entry : entries) {
      const protocol::LedgerEntry& first = ever_opened_.emplace(entry.multiplicand, entry).first->second;
      opened_twice_ = opened_twice_ || first.sigma_log2 != entry.sigma_log2 || first.opening != entry.opening;
    }
    return ledger_.record(entries, answered);
  });
}

}  // namespace mc::simulation
