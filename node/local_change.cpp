// SPDX-License-Identifier: Apache-2.0
#include "node/local_change.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/file.hpp"
#include "client/key_file.hpp"
#include "client/store_client.hpp"
#include "node/chain_wait.hpp"
#include "node/local_chain.hpp"
#include "node/local_members.hpp"
#include "node/local_processes.hpp"
#include "node/process.hpp"
#include "node/role.hpp"

namespace mc::node {
namespace {

constexpr std::chrono::seconds kStepTimeout{300};
constexpr std::chrono::milliseconds kPause{500};
constexpr std::chrono::seconds kFarewellTimeout{20};
/// A timelock that runs longer is not waited for.
constexpr std::uint64_t kTimelockWaitSecondsMax = 600;
/// A chain whose newest block is older makes blocks, and with them time, only when there is a transaction.
constexpr std::uint64_t kIdleSeconds = 30;

std::string epoch_text(Epoch epoch) {
  return "epoch " + std::to_string(epoch.value);
}

class Change {
 public:
  Change(const ChangeSpec& spec, LocalPaths paths, LocalRecord record, client::CommonsDocument document,
         const LocalProgress& progress)
      : spec_(spec),
        paths_(std::move(paths)),
        record_(std::move(record)),
        document_(std::move(document)),
        chain_(document_),
        progress_(progress) {}

  static Result<std::unique_ptr<Change>> open(const ChangeSpec& spec, const LocalProgress& progress) {
    MC_TRY(LocalPaths paths, local_paths(spec.dir));
    MC_TRY(LocalRecord record, read_local_record(paths));
    MC_TRY(client::CommonsDocument document, local_document(paths));
    return std::make_unique<Change>(spec, std::move(paths), std::move(record), std::move(document), progress);
  }

  Result<FolderLock> lock() const { return FolderLock::acquire(paths_.lock()); }

  Result<Epoch> propose(const std::string& member_name) {
    MC_TRY_STATUS(settle_document());
    MC_TRY(const governance::CommitteeStatus status, commons().committee_status(next_.epoch));
    if (status.state != governance::CommitteeState::kNone) return next_.epoch;
    std::optional<governance::Wallet> wallet;
    MC_TRY(std::vector<LocalMember> members, voting_members(paths_, record_, commons()));
    const auto wanted = std::ranges::find_if(
        members, [&](const LocalMember& member) { return member_name.empty() || member.name == member_name; });
    if (wanted == members.end()) return fail(Code::kNotFound, "there is no local member '" + member_name + "'");
    MC_TRY_STATUS(commons().propose_committee(wanted->wallet, committee_));
    say("committee " + std::to_string(next_.threshold) + " of " + std::to_string(next_.custodians.size()) +
        " proposed for " + epoch_text(next_.epoch) + " by " + wanted->name);
    return next_.epoch;
  }

  Status run() {
    if (const auto next = next_local_document(paths_); next && next->epoch == document_.epoch) {
      next_ = *next;
      return begin_anew();  // interrupted at the very last step
    }
    MC_TRY_STATUS(propose({}));
    MC_TRY_STATUS(approve());
    MC_TRY_STATUS(generate_keys());
    MC_TRY_STATUS(wait_for_timelock());
    MC_TRY_STATUS(carry());
    MC_TRY_STATUS(activate());
    return take_office();
  }

 private:
  [[nodiscard]] const governance::CommonsChain& commons() const { return chain_.commons(); }
  void say(const std::string& line) const {
    if (progress_) progress_(line);
  }

  /// The document of the committee on its way: the one there is, or a new one with fresh keys.
  Status settle_document() {
    if (auto existing = next_local_document(paths_)) {
      MC_TRY(const governance::CommitteeStatus status, commons().committee_status(existing->epoch));
      using enum governance::CommitteeState;
      const bool dead = status.state == kRejected || status.state == kVetoed;
      if (!dead && (existing->custodians.size() != spec_.custodians || existing->threshold != spec_.threshold)) {
        return fail(Code::kConflict, "a committee " + std::to_string(existing->threshold) + " of " +
                                         std::to_string(existing->custodians.size()) + " for " +
                                         epoch_text(existing->epoch) + " is on its way");
      }
      if (!dead) {
        next_ = std::move(*existing);
        return name_seats();
      }
    } else if (existing.error().code != Code::kNotFound) {
      return fail(existing.error());
    }
    MC_TRY([[maybe_unused]] const fhe::CommitteeShape shape,
           fhe::CommitteeShape::create(spec_.custodians, spec_.threshold));
    next_ = document_;
    MC_TRY(const Epoch last, commons().last_epoch());
    next_.epoch = Epoch(last.value + 1);
    next_.threshold = spec_.threshold;
    client::EarlierCommittee before{document_.epoch, document_.threshold, {}, {}};
    for (std::size_t i = 0; i < document_.custodians.size(); ++i) {
      before.identities.push_back(document_.custodians[i].identity);
      if (std::ranges::find(spec_.without, i) == spec_.without.end()) {
        before.participants.push_back(static_cast<std::uint8_t>(i));
      }
    }
    if (before.participants.size() < document_.threshold) {
      return fail(Code::kInvalidArgument, "without those " + std::to_string(before.participants.size()) +
                                              " custodians are left, the switching key needs " +
                                              std::to_string(document_.threshold));
    }
    next_.earlier.push_back(std::move(before));
    next_.custodians.assign(spec_.custodians, {});
    for (client::CustodianEntry& entry : next_.custodians) {
      MC_TRY(ReservedPort reserved, ReservedPort::take());
      entry.url = loopback_url(reserved.port());
      reserved_.push_back(std::move(reserved));
    }
    MC_TRY_STATUS(name_seats());
    return write_file_atomically(paths_.next_document(), view_of(client::to_json(next_)));
  }

  /// Keys of the next custodians, made where they are missing, and what the chain is to know of them.
  Status name_seats() {
    MC_TRY(const governance::CommitteeStatus status, commons().committee_status(next_.epoch));
    if (status.state != governance::CommitteeState::kNone) {
      MC_TRY(committee_, commons().committee(next_.epoch));
      return {};
    }
    committee_ = {next_.epoch, static_cast<std::uint8_t>(next_.threshold), {}};
    for (std::size_t i = 0; i < next_.custodians.size(); ++i) {
      MC_TRY(LocalCustodian custodian,
             make_custodian(paths_, custodian_name(next_.epoch, i), next_.epoch, spec_.custodian_passphrase_file));
      next_.custodians[i].identity = std::move(custodian.identity);
      committee_.custodians.push_back(custodian.seat);
    }
    return {};
  }

  Status approve() {
    using enum governance::CommitteeState;
    MC_TRY(governance::CommitteeStatus status, commons().committee_status(next_.epoch));
    if (status.state == kProposed) {
      MC_TRY(const std::vector<LocalMember> members, voting_members(paths_, record_, commons()));
      for (const LocalMember& member : members) {
        if (status.can_decide) break;
        MC_TRY(const bool voted, commons().has_voted_on_committee(next_.epoch, member.wallet.address()));
        if (voted) continue;
        MC_TRY_STATUS(commons().vote_committee(member.wallet, next_.epoch, true));
        MC_TRY(status, commons().committee_status(next_.epoch));
      }
      MC_TRY(const governance::CommitteeState decided, commons().decide_committee(members.front().wallet, next_.epoch));
      say("the chambers have voted: " + epoch_text(next_.epoch) + " is " +
          std::string(governance::committee_state_name(decided)));
      MC_TRY(status, commons().committee_status(next_.epoch));
    }
    if (status.state == kApproved || status.state == kActive) return {};
    return fail(Code::kRefused, "the committee of " + epoch_text(next_.epoch) + " is " +
                                    std::string(governance::committee_state_name(status.state)));
  }

  Status generate_keys() {
    std::vector<governance::Address> accounts;
    for (const governance::CustodianSeat& seat : committee_.custodians) accounts.push_back(seat.account);
    MC_TRY_STATUS(endow_from_founder(commons().chain(), paths_, record_, accounts, record_.endowment()));
    {
      const auto transport = http_transports()(document_.store_url, "the store");
      client::StoreClient store(*transport);
      MC_TRY_STATUS(store.put_committee_document(next_.epoch.value, view_of(client::to_json(next_))));
    }
    for (const Seat& seat : next_seats()) {
      MC_TRY_STATUS(start_local_custodian(paths_, seat, paths_.next_document(), index_of(seat),
                                          {.passphrase_file = spec_.custodian_passphrase_file}, progress_));
    }
    const auto ready = [&]() -> Result<bool> {
      for (const Seat& seat : next_seats()) {
        const std::string state = health_of(loopback_url(seat.port));
        if (state.starts_with("stopped")) return fail(Code::kConflict, seat.name + " has " + state);
        if (state != "ready") return false;
      }
      return true;
    };
    MC_TRY_STATUS(wait_for(ready, "the new custodians' keys"));
    say("the new custodians have made their keys; the old ones go on answering");
    return {};
  }

  std::vector<Seat> next_seats() const {
    std::vector<Seat> out;
    for (std::size_t i = 0; i < next_.custodians.size(); ++i) {
      const std::string& url = next_.custodians[i].url;
      const auto port = static_cast<std::uint16_t>(std::stoul(url.substr(url.rfind(':') + 1)));
      out.push_back({"custodian", custodian_name(next_.epoch, i), port});
    }
    return out;
  }
  std::size_t index_of(const Seat& seat) const {
    const std::vector<Seat> all = next_seats();
    return static_cast<std::size_t>(
        std::ranges::find_if(all, [&](const Seat& other) { return other.name == seat.name; }) - all.begin());
  }

  static Status wait_for(const std::function<Result<bool>()>& done, const std::string& what) {
    const auto start = std::chrono::steady_clock::now();
    while (true) {
      MC_TRY(const bool finished, done());
      if (finished) return {};
      if (std::chrono::steady_clock::now() - start > kStepTimeout) {
        return fail(Code::kUnavailable, what + " are not there yet; run this command again to go on");
      }
      std::this_thread::sleep_for(kPause);
    }
  }

  Status wait_for_timelock() {
    MC_TRY(const governance::CommitteeStatus status, commons().committee_status(next_.epoch));
    MC_TRY(const std::uint64_t timelock_s, commons().committee_timelock_s());
    const std::uint64_t until = status.approved_s + timelock_s;
    MC_TRY(const std::uint64_t now_s, chain_now_s(commons().chain()));
    if (now_s + kTimelockWaitSecondsMax < until) {
      return fail(Code::kUnavailable, "the timelock of " + std::to_string(timelock_s) + " s runs for another " +
                                          std::to_string(until - now_s) + " s; run this command again then");
    }
    if (now_s < until) say("waiting for the timelock: " + std::to_string(until - now_s) + " s");
    MC_TRY(const governance::Wallet founder, client::load_or_create_wallet(paths_.founder()));
    while (true) {
      MC_TRY(const governance::Block head, commons().chain().latest_block());
      if (head.time_s >= until) return {};
      std::this_thread::sleep_for(kPause);
      MC_TRY(const std::uint64_t clock_s, chain_now_s(commons().chain()));
      if (record_.chain && clock_s < head.time_s + kIdleSeconds) continue;
      MC_TRY_STATUS(commons().chain().send_and_wait(founder, founder.address(), {}, 0));
    }
  }

  Status carry() {
    MC_TRY(const governance::CommitteeStatus status, commons().committee_status(next_.epoch));
    if (status.state == governance::CommitteeState::kVetoed) {
      return fail(Code::kRefused, "the committee of " + epoch_text(next_.epoch) + " is vetoed");
    }
    const auto transport = http_transports()(document_.store_url, "the store");
    client::StoreClient store(*transport);
    const auto carried = [&]() -> Result<bool> {
      const Status done = store.carry(next_.epoch.value);
      if (done) return true;
      // Messages of the old custodians are still to come.
      if (done.error().code == Code::kNotFound || done.error().code == Code::kUnavailable) return false;
      return fail(done.error());
    };
    MC_TRY_STATUS(wait_for(carried, "the old custodians' shares of the switching key"));
    say("the old custodians have made the switching key; every sealed blob is carried over");
    return {};
  }

  Status activate() {
    MC_TRY(const governance::CommitteeStatus status, commons().committee_status(next_.epoch));
    if (status.state == governance::CommitteeState::kActive) return {};
    MC_TRY(const governance::Wallet founder, client::load_or_create_wallet(paths_.founder()));
    MC_TRY_STATUS(commons().activate_committee(founder, next_.epoch));
    say("the committee of " + epoch_text(next_.epoch) + " is in office");
    return {};
  }

  /// An old custodian that lives says first, on chain, what it was asked and never answered: what nobody answered is
  /// given back (farewell.hpp). One that does not come to it is not waited for.
  void hear_farewells() {
    const auto give_up = std::chrono::steady_clock::now() + kFarewellTimeout;
    const auto speaks = [](const client::CustodianEntry& old) {
      const std::string state = health_of(old.url);
      return !state.empty() && !state.starts_with("stopped") && state != "relieved";
    };
    while (std::ranges::any_of(document_.custodians, speaks) && std::chrono::steady_clock::now() < give_up) {
      std::this_thread::sleep_for(kPause);
    }
  }

  /// Store and compute node begin anew with the new document; the old custodians end.
  Status take_office() {
    hear_farewells();
    MC_TRY_STATUS(write_file_atomically(paths_.earlier_document(document_.epoch), view_of(client::to_json(document_))));
    for (std::size_t i = 0; i < document_.custodians.size(); ++i) {
      MC_TRY_STATUS(stop_local_process(paths_, custodian_name(document_.epoch, i)));
    }
    record_.epoch = next_.epoch;
    record_.custodians = static_cast<std::uint32_t>(next_.custodians.size());
    record_.threshold = next_.threshold;
    record_.custodian_ports.clear();
    for (const Seat& seat : next_seats()) record_.custodian_ports.push_back(seat.port);
    MC_TRY_STATUS(write_local_record(paths_, record_));
    MC_TRY_STATUS(write_file_atomically(paths_.document(), view_of(client::to_json(next_))));
    return begin_anew();
  }

  Status begin_anew() {
    MC_TRY_STATUS(stop_local_process(paths_, "compute"));
    MC_TRY_STATUS(stop_local_process(paths_, "store"));
    for (const Seat& seat : seats(record_)) {
      if (seat.role != "compute" && seat.role != "store") continue;
      MC_TRY_STATUS(start_local_role(paths_, seat, paths_.document(), progress_));
    }
    std::error_code ignored;
    std::filesystem::remove(paths_.next_document(), ignored);
    say("the old custodians have ended; who kept their pieces can still open old copies of the data");
    return {};
  }

  const ChangeSpec& spec_;
  LocalPaths paths_;
  LocalRecord record_;
  client::CommonsDocument document_;
  ChainLink chain_;
  const LocalProgress& progress_;
  client::CommonsDocument next_;
  std::vector<ReservedPort> reserved_;  // until the next custodians listen there
  governance::Committee committee_;
};

}  // namespace

Result<client::CommonsDocument> next_local_document(const LocalPaths& paths) {
  return load_document(paths.next_document());
}

Result<Epoch> propose_local_committee(const ChangeSpec& spec, const std::string& member,
                                      const LocalProgress& progress) {
  MC_TRY(const std::unique_ptr<Change> change, Change::open(spec, progress));
  MC_TRY(const FolderLock lock, change->lock());
  return change->propose(member);
}

Status change_local_committee(const ChangeSpec& spec, const LocalProgress& progress) {
  MC_TRY(const std::unique_ptr<Change> change, Change::open(spec, progress));
  MC_TRY(const FolderLock lock, change->lock());
  return change->run();
}

}  // namespace mc::node
