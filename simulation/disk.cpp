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

Status Disk::record(std::span<const protocol::LedgerEntry> entries,
                    const std::optional<protocol::AnsweredIn>& answered) {
  return write([&] { return ledger_.record(entries, answered); });
}

}  // namespace mc::simulation
