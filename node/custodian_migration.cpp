// SPDX-License-Identifier: Apache-2.0
#include "node/custodian_migration.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "node/custodian_keying.hpp"
#include "node/logging.hpp"
#include "node/role.hpp"
#include "protocol/release_state.hpp"

namespace mc::node {
namespace {

constexpr std::chrono::milliseconds kPollPause{50};

/// The epoch of a committee that follows ours and whose time has come.
Result<std::optional<Epoch>> due_epoch(const MigrationJob& job) {
  const std::optional<Epoch> none;
  MC_TRY(const FinalChain final, final_chain(job.document, job.chain));
  MC_TRY(std::optional<Epoch> next, final.commons.pending_epoch());
  MC_TRY(const Epoch in_office, final.commons.current_epoch());
  // Whoever activated it before the data moved has harmed nobody: they move now.
  if (!next && in_office.value > job.document.epoch.value) next = in_office;
  if (!next || next->value <= job.document.epoch.value) return none;
  MC_TRY(const governance::CommitteeStatus status, final.commons.committee_status(*next));
  MC_TRY(const std::uint64_t timelock_s, final.commons.committee_timelock_s());
  if (final.block.time_s < status.approved_s + timelock_s) return none;
  const auto key = final.commons.epoch_key(*next);
  if (!key && key.error().code == Code::kUnavailable) return none;
  if (!key) return fail(key.error());
  return next;
}

Result<client::CommonsDocument> next_document(const MigrationJob& job, Epoch epoch, client::StoreClient& store) {
  MC_TRY(const Bytes bytes, store.committee_document(epoch.value));
  MC_TRY(client::CommonsDocument next, client::commons_document_from_json(text_of(bytes)));
  MC_TRY_STATUS(client::check_successor(job.document, next));
  // Chain and confirmations are ours, not those of whoever wrote it.
  next.chain_url = job.document.chain_url;
  next.store_url = job.document.store_url;
  return next;
}

Status post(const protocol::ApprovedMigration& approved, const std::vector<protocol::BoardMessage>& messages,
            client::StoreClient& store) {
  for (const protocol::BoardMessage& message : messages) {
    MC_TRY_STATUS(
        store.put_board_message(approved.ceremony(), message.slot.name(), protocol::encode_board_message(message)));
  }
  return {};
}

Result<std::size_t> fetch_wanted(const protocol::ApprovedMigration& approved, protocol::MigrationParty& party,
                                 client::StoreClient& store) {
  const std::vector<protocol::BoardSlot> wanted = party.wanted();
  if (wanted.empty()) return std::size_t{0};
  MC_TRY(const std::vector<std::string> present, store.board_slots(approved.ceremony()));
  const std::size_t body_bytes_max = protocol::board_body_bytes_max(*approved.from().params, approved.from().shape);
  std::size_t received = 0;
  for (const protocol::BoardSlot& slot : wanted) {
    if (std::ranges::find(present, slot.name()) == present.end()) continue;
    MC_TRY(const Bytes bytes, store.board_message(approved.ceremony(), slot.name()));
    MC_TRY(protocol::BoardMessage message, protocol::decode_board_message(bytes, body_bytes_max));
    MC_TRY_STATUS(party.receive(std::move(message)));
    ++received;
  }
  return received;
}

Status walk(const MigrationJob& job, const protocol::ApprovedMigration& approved, client::StoreClient& store,
            const std::stop_token& stop) {
  MC_TRY(const SecretBytes content, job.secrets.read(std::string(kReleaseKeysSecret)));
  MC_TRY(const protocol::ReleaseState state, protocol::decode_release_state(content));
  MC_TRY(const SecretKey256 identity, job.secrets.secret(std::string(kIdentitySecret)));
  MC_TRY(protocol::MigrationParty party,
         protocol::MigrationParty::create(approved, job.custodian, protocol::CustodianSigner(identity), state));
  MC_TRY_STATUS(job.before_speaking(approved.ceremony()));
  while (true) {
    if (stop.stop_requested()) return fail(Code::kUnavailable, "the migration was interrupted");
    MC_TRY(const std::vector<protocol::BoardMessage> messages, party.advance());
    MC_TRY_STATUS(post(approved, messages, store));
    if (party.finished()) return {};
    MC_TRY(const std::size_t received, fetch_wanted(approved, party, store));
    if (received == 0 && messages.empty()) std::this_thread::sleep_for(kPollPause);
  }
}

}  // namespace

Result<std::optional<Epoch>> take_part_in_migration(const MigrationJob& job, const std::stop_token& stop) {
  MC_TRY(const std::optional<Epoch> due, due_epoch(job));
  if (!due) return due;
  const std::unique_ptr<client::Transport> transport = job.connect(job.document.store_url, "the store");
  client::StoreClient store(*transport);
  MC_TRY(const client::CommonsDocument next, next_document(job, *due, store));
  MC_TRY(const protocol::ApprovedMigration approved, approved_migration(next, job.chain, boards_of(store)));
  if (!approved.takes_part(job.custodian)) return std::optional<Epoch>{};
  if (!approved.lies_are_noticed()) {
    log_warning("with " + std::to_string(approved.participants().size()) +
                " participants a lie about the switching key may go unnoticed");
  }
  MC_TRY_STATUS(walk(job, approved, store, stop));
  log_info("switching key to epoch " + std::to_string(due->value) + " is complete");
  return due;
}

}  // namespace mc::node
