// SPDX-License-Identifier: Apache-2.0
#include "node/local_commons.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/file.hpp"
#include "client/key_file.hpp"
#include "client/researcher.hpp"
#include "data/packing/owner_records.hpp"
#include "governance/finality.hpp"
#include "node/http_client.hpp"
#include "node/keygen_setup.hpp"
#include "node/local_members.hpp"
#include "node/local_processes.hpp"
#include "node/process.hpp"
#include "node/process_secrets.hpp"
#include "node/role.hpp"
#include "protocol/member_box.hpp"

namespace mc::node {
namespace {

constexpr std::chrono::seconds kKeyingTimeout{300};
constexpr std::chrono::milliseconds kChildStopGrace{10'000};
constexpr int kChildPortTries = 30;
constexpr std::chrono::milliseconds kPortPause{100};
/// On a foreign chain the founder keeps so many endowments for members, keys and custodians to come.
constexpr std::size_t kNewcomers = 5;
constexpr std::size_t kHealthBytesMax = 64 * 1024;
constexpr std::string_view kFounderBalanceWei = "0x1b1ae4d6e2ef500000";  // 500 ether, on the embedded chain

std::filesystem::path own_program() {
  return std::filesystem::read_symlink("/proc/self/exe");
}

class Founding {
 public:
  Founding(const LocalSpec& spec, LocalPaths paths, const LocalProgress& progress)
      : spec_(spec), paths_(std::move(paths)), progress_(progress) {}

  Status run() {
    std::error_code error;
    std::filesystem::create_directories(paths_.run(), error);
    if (error) return fail(Code::kIo, paths_.root.string() + ": cannot create: " + error.message());
    MC_TRY(const FolderLock lock, FolderLock::acquire(paths_.lock()));
    MC_TRY_STATUS(settle_record());
    MC_TRY_STATUS(choose_ports());
    MC_TRY_STATUS(start_chain());
    MC_TRY_STATUS(found_on_chain());
    payer_.reset();
    MC_TRY_STATUS(start_local_role(paths_, {"store", "store", record_.store_port}, paths_.document(), progress_));
    for (std::size_t i = 0; i < record_.custodians; ++i) {
      const Seat seat{"custodian", custodian_name(record_.epoch, i), record_.custodian_ports[i]};
      MC_TRY_STATUS(start_local_custodian(paths_, seat, paths_.document(), i,
                                          {spec_.custodian_passphrase_file, spec_.chain_days_ahead}, progress_));
    }
    MC_TRY_STATUS(start_local_role(paths_, {"compute", "compute", record_.compute_port}, paths_.document(), progress_));
    MC_TRY_STATUS(wait_for_keys());
    if (!record_.ready) {
      for (const LocalCohort& cohort : record_.cohorts) MC_TRY_STATUS(upload(cohort));
      record_.ready = true;
      MC_TRY_STATUS(write_local_record(paths_, record_));
    }
    say("the commons '" + record_.dataset + "' is up");
    return {};
  }

 private:
  void say(const std::string& line) const {
    if (progress_) progress_(line);
  }

  /// Checks the committee and reads every cohort once, so that what cannot be is refused before anything is founded.
  Result<LocalRecord> wished_record() const {
    MC_TRY([[maybe_unused]] const fhe::CommitteeShape shape,
           fhe::CommitteeShape::create(spec_.custodians, spec_.threshold));
    LocalRecord wished;
    wished.dataset = spec_.dataset;
    wished.profile = spec_.profile;
    wished.custodians = spec_.custodians;
    wished.threshold = spec_.threshold;
    wished.rotations = spec_.rotations;
    wished.conjugation = spec_.conjugation;
    wished.id_column = spec_.id_column;
    wished.auto_approve = spec_.auto_approve;
    wished.disclosure = spec_.disclosure;
    wished.owners_trusted = spec_.owners_trusted;
    wished.rho_micro = spec_.rho_micro;
    wished.schema = data::schema_hash(spec_.schema);
    for (const auto& [name, file] : spec_.cohorts) {
      const auto events = spec_.events.find(name);
      const std::vector<data::EventPath> paths =
          events == spec_.events.end() ? std::vector<data::EventPath>{} : events->second;
      MC_TRY(const data::OwnerRecords records, data::read_owner_records(file, paths, spec_.id_column, spec_.schema));
      MC_TRY(const Bytes bytes, read_file(file, data::kCsvFileBytesMax));
      LocalCohort cohort{name, std::filesystem::absolute(file), sha256(bytes), records.persons.front()};
      for (const data::EventPath& path : paths) {
        MC_TRY(const Bytes content, read_file(path.file, data::kCsvFileBytesMax));
        cohort.events.push_back({path.name, std::filesystem::absolute(path.file), sha256(content)});
      }
      if (const auto rules = spec_.rules.find(name); rules != spec_.rules.end()) cohort.rules = rules->second;
      wished.cohorts.push_back(std::move(cohort));
    }
    return wished;
  }

  Status settle_record() {
    MC_TRY(LocalRecord wished, wished_record());
    auto existing = read_local_record(paths_);
    if (!existing && existing.error().code != Code::kNotFound) return fail(existing.error());
    if (existing) {
      const std::string difference = existing->difference(wished);
      if (!difference.empty()) {
        return fail(Code::kConflict,
                    paths_.root.string() + " holds another commons: " + difference +
                        "; use another --dir, or end it with `medcommons local down` and remove the folder");
      }
    }
    // Until the document is written, which names them for ever, the terms of a founding may change.
    const bool open = existing && existing->chain && !std::filesystem::exists(paths_.document());
    if (open && spec_.chain.confirmations) existing->chain->confirmations = *spec_.chain.confirmations;
    MC_TRY(wished.chain, settle_chain(existing ? &*existing : nullptr, spec_.chain));
    const bool moved = existing && existing->chain && existing->chain->url != wished.chain->url;
    if (existing) {
      const std::optional<ForeignChain> chain = std::move(wished.chain);
      record_ = std::move(*existing);
      record_.chain = chain;
      record_.auto_approve = spec_.auto_approve;
    } else {
      record_ = std::move(wished);
    }
    MC_TRY_STATUS(meet_foreign_chain());
    if (moved) MC_TRY_STATUS(follow_chain());
    return write_local_record(paths_, record_);
  }

  /// Before anything is written: somebody answers, it is the right chain, and there is enough to found with.
  Status meet_foreign_chain() {
    if (!record_.chain) return {};
    if (spec_.chain.key_file) {
      MC_TRY_STATUS(forbid_core_dumps());
      MC_TRY(payer_, client::load_private_wallet(*spec_.chain.key_file));
    }
    const auto document = load_document(paths_.document());
    if (!document && document.error().code != Code::kNotFound) return fail(document.error());
    MC_TRY(met_id_, meet_chain(record_.chain_url(), spec_.chain.chain_id, document ? &*document : nullptr));
    say("chain " + std::to_string(met_id_) + " answers at " + record_.chain_url());
    if (document) return {};
    HttpRpc rpc(record_.chain_url());
    governance::Chain chain(rpc);
    governance::Wei held = 0;
    if (std::filesystem::exists(paths_.founder())) {
      MC_TRY(const governance::Wallet founder, client::load_wallet(paths_.founder()));
      MC_TRY(held, chain.balance(founder.address()));
    }
    MC_TRY(const governance::Wei needed, founding_cost(chain, account_count(), record_.endowment()));
    if (payer_) return check_payer(chain, *payer_, held, needed);
    if (held >= needed) return {};
    return fail(Code::kInvalidArgument, "founding on chain " + std::to_string(met_id_) + " takes about " +
                                            ether_text(needed) +
                                            ": --chain-key FILE names the key of an account there that has them");
  }

  /// What was met is what is signed for: `chain` remembers what its node says here.
  Status check_same_chain(governance::Chain& chain) const {
    if (!record_.chain) return {};
    MC_TRY(const std::uint64_t id, chain.chain_id());
    if (id == met_id_) return {};
    return fail(Code::kConflict, record_.chain_url() + " said that it is chain " + std::to_string(met_id_) +
                                     " and now that it is chain " + std::to_string(id) + ": nothing was signed");
  }

  /// Everybody the founding endows: two members a cohort, two researchers, the officers, the store, the custodians; and
  /// those who come later.
  [[nodiscard]] std::size_t account_count() const {
    return 2 * record_.cohorts.size() + 2 + kEthicsBoardNames.size() + 1 + 1 + record_.custodians + kNewcomers;
  }

  /// The same chain is asked at another node from now on.
  Status follow_chain() {
    MC_TRY_STATUS(local_down_in(paths_, record_, progress_));
    for (const std::filesystem::path& path : {paths_.document(), paths_.next_document()}) {
      auto document = load_document(path);
      if (!document && document.error().code == Code::kNotFound) continue;
      MC_TRY_STATUS(document);
      document->chain_url = record_.chain_url();
      MC_TRY_STATUS(write_file_atomically(path, view_of(client::to_json(*document))));
    }
    return {};
  }

  /// Ports stay what they were while they are ours or free. When one was taken meanwhile, everybody moves: the document
  /// names all of them.
  Status choose_ports() {
    bool keep = record_.store_port != 0 && record_.custodian_ports.size() == record_.custodians;
    if (keep) {
      for (const Seat& seat : seats(record_)) {
        if (!living_process(paths_.pid(seat.name)) && !port_becomes_free(seat.port)) keep = false;
      }
    }
    if (keep) return {};
    MC_TRY_STATUS(local_down_in(paths_, record_, progress_));
    std::vector<std::uint16_t> ports;
    while (ports.size() < 3 + record_.custodians) {
      MC_TRY(ReservedPort reserved, ReservedPort::take());
      ports.push_back(reserved.port());
      reserved_.push_back(std::move(reserved));
    }
    record_.chain_port = ports[0];
    record_.store_port = ports[1];
    record_.compute_port = ports[2];
    record_.custodian_ports.assign(ports.begin() + 3, ports.end());
    MC_TRY_STATUS(write_local_record(paths_, record_));
    if (auto document = load_document(paths_.document())) {
      fill_urls(*document);
      MC_TRY_STATUS(write_file_atomically(paths_.document(), view_of(client::to_json(*document))));
    }
    return {};
  }

  void fill_urls(client::CommonsDocument& document) const {
    document.chain_url = record_.chain_url();
    document.store_url = loopback_url(record_.store_port);
    document.compute_url = loopback_url(record_.compute_port);
    for (std::size_t i = 0; i < std::min(document.custodians.size(), record_.custodian_ports.size()); ++i) {
      document.custodians[i].url = loopback_url(record_.custodian_ports[i]);
    }
  }

  Status start_chain() {
    if (record_.chain) return {};
    const std::string url = record_.chain_url();
    const auto answers = [url] {
      HttpRpc rpc(url);
      governance::Chain chain(rpc);
      return chain.block_number().has_value();
    };
    return start_local_process(paths_, {"chain", "chain", record_.chain_port}, {}, answers, progress_);
  }

  /// The embedded chain's first account is rich and unlocked; the founder's own key is not.
  Status fund(HttpRpc& rpc, const governance::Address& founder) const {
    MC_TRY(const std::string listed, rpc.post(R"({"jsonrpc":"2.0","id":1,"method":"eth_accounts","params":[]})"));
    const auto accounts = nlohmann::json::parse(listed, nullptr, false);
    if (!accounts.is_object() || !accounts.contains("result") || !accounts["result"].is_array() ||
        accounts["result"].empty() || !accounts["result"][0].is_string()) {
      return fail(Code::kUnavailable, "the embedded chain names no funded account");
    }
    const nlohmann::json transfer = {
        {"jsonrpc", "2.0"},
        {"id", 2},
        {"method", "eth_sendTransaction"},
        {"params", {{{"from", accounts["result"][0]}, {"to", founder.text()}, {"value", kFounderBalanceWei}}}}};
    MC_TRY(const std::string sent, rpc.post(transfer.dump()));
    const auto reply = nlohmann::json::parse(sent, nullptr, false);
    if (!reply.is_object() || reply.contains("error")) {
      return fail(Code::kUnavailable, "the embedded chain did not fund the founder's account");
    }
    return {};
  }

  Status found_on_chain() {
    HttpRpc rpc(record_.chain_url());
    governance::Chain chain(rpc);
    MC_TRY_STATUS(check_same_chain(chain));
    auto document = load_document(paths_.document());
    if (document && record_.chain) return top_up(governance::CommonsChain(chain, document->deployment));
    if (document) {
      const Status there = governance::CommonsChain(chain, document->deployment).verify_deployment();
      if (there) return {};
      // A commons that was ready has owners' and patients' signatures bound to these contracts.
      if (record_.ready) {
        return fail(Code::kConflict, "the chain in " + (paths_.root / "chain").string() +
                                         " has lost this commons' contracts: " + there.error().message +
                                         "; restore the chain folder, or remove the folder and found it anew");
      }
    } else if (document.error().code != Code::kNotFound) {
      return fail(document.error());
    }
    MC_TRY(client::CommonsDocument fresh, fresh_document());
    MC_TRY(const governance::FoundingSpec founding, founding_spec(fresh));
    MC_TRY(const governance::Wallet founder, client::load_or_create_wallet(paths_.founder()));
    MC_TRY_STATUS(record_.chain ? fill_founder(chain, founder.address()) : fund(rpc, founder.address()));
    MC_TRY(fresh.deployment, governance::deploy_all(chain, founder, founding));
    MC_TRY_STATUS(publish_box_keys(governance::CommonsChain(chain, fresh.deployment)));
    MC_TRY_STATUS(write_file_atomically(paths_.document(), view_of(client::to_json(fresh))));
    say("contracts deployed, " + std::to_string(founding.members.size()) + " members in three chambers, committee " +
        std::to_string(record_.threshold) + " of " + std::to_string(record_.custodians) + " registered");
    return {};
  }

  Result<client::CommonsDocument> fresh_document() const {
    client::CommonsDocument fresh;
    fresh.dataset = record_.dataset;
    fresh.profile = record_.profile;
    fresh.schema = spec_.schema;
    fresh.exact = record_.disclosure.empty();
    fresh.disclosure = record_.disclosure;
    fresh.owners_trusted = record_.owners_trusted;
    fresh.threshold = record_.threshold;
    fresh.rotations = record_.rotations;
    fresh.conjugation = record_.conjugation;
    if (record_.chain) fresh.confirmations = record_.chain->confirmations;
    MC_TRY(const fhe::ParamsPtr params, fhe::Params::named(fresh.profile));
    MC_TRY([[maybe_unused]] const std::vector<std::uint64_t> elements, galois_elements(fresh, *params));
    fresh.custodians.resize(record_.custodians);
    fill_urls(fresh);
    return fresh;
  }

  /// Of the paying account, what the founder's lacks for the founding.
  Status fill_founder(governance::Chain& chain, const governance::Address& founder) const {
    if (!payer_) return {};  // it was seen to have enough
    MC_TRY(const governance::Wei needed, founding_cost(chain, account_count(), record_.endowment()));
    MC_TRY(const governance::Wei sent, fill(chain, *payer_, founder, needed));
    if (sent != 0) say(payer_->address().text() + " pays " + ether_text(sent) + " to the founder " + founder.text());
    return {};
  }

  /// The last step of a founding. The document names these contracts for ever, so it is written when they are final.
  Status publish_box_keys(const governance::CommonsChain& commons) const {
    MC_TRY(const std::vector<LocalMember> members, founding_members(paths_, record_));
    std::vector<governance::Call> calls;
    std::vector<governance::Address> accounts;
    for (const LocalMember& member : members) {
      calls.push_back(commons.publishing_box_key(member.wallet, protocol::member_box_key(member.box_secret)));
      accounts.push_back(member.wallet.address());
    }
    MC_TRY(const std::vector<governance::Receipt> sent, commons.chain().send_all(calls));
    if (!record_.chain) return {};
    say("the founding becomes final: " + std::to_string(record_.chain->confirmations) + " blocks on top of it");
    const auto is_founded = [&](const governance::CommonsChain& final) -> Result<bool> {
      MC_TRY(const bool sealed, final.founding_sealed());
      MC_TRY(const std::vector<Hash256> keys, final.box_keys(accounts));
      return sealed && std::ranges::none_of(keys, [](const Hash256& key) { return key.is_zero(); });
    };
    MC_TRY_STATUS(governance::wait_until_final(commons, record_.chain->confirmations, sent.back(), "the founding",
                                               is_founded, governance::finality_timeout(record_.chain->confirmations)));
    return commons.verify_deployment();
  }

  /// Of a commons that is founded: whoever has spent most of her endowment gets it anew, when somebody pays.
  Status top_up(const governance::CommonsChain& commons) const {
    if (!payer_) return {};
    std::vector<governance::Address> accounts;
    MC_TRY(const std::vector<LocalMember> members, local_members(paths_, record_));
    for (const LocalMember& member : members) accounts.push_back(member.wallet.address());
    MC_TRY(const std::vector<LocalMember> officers, local_officers(paths_));
    for (const LocalMember& officer : officers) accounts.push_back(officer.wallet.address());
    MC_TRY(const governance::Wallet store, client::load_wallet(paths_.role("store") / "wallet.key"));
    accounts.push_back(store.address());
    MC_TRY(const governance::Committee committee, commons.committee(record_.epoch));
    for (const governance::CustodianSeat& seat : committee.custodians) accounts.push_back(seat.account);
    governance::Chain& chain = commons.chain();
    MC_TRY(governance::Wei needed, founding_cost(chain, kNewcomers, record_.endowment()));
    for (const governance::Address& account : accounts) {
      MC_TRY(const governance::Wei balance, chain.balance(account));
      if (balance < record_.endowment() / 2) needed += record_.endowment() - balance;
    }
    MC_TRY(const governance::Wallet founder, client::load_wallet(paths_.founder()));
    MC_TRY(const governance::Wei sent, fill(chain, *payer_, founder.address(), needed));
    if (sent != 0) say(payer_->address().text() + " pays " + ether_text(sent) + " to the founder's account");
    return endow_from_founder(chain, paths_, record_, accounts, record_.endowment());
  }

  /// Makes every key that is missing, and says who belongs to the commons.
  Result<governance::FoundingSpec> founding_spec(client::CommonsDocument& document) const {
    governance::FoundingSpec spec;
    MC_TRY(const std::vector<LocalMember> members, founding_members(paths_, record_));
    for (const LocalMember& member : members) spec.members.push_back({member.wallet.address(), member.chamber});
    MC_TRY(const std::vector<LocalMember> officers, local_officers(paths_));
    for (const LocalMember& officer : officers) {
      (officer.name == kAuditorName ? spec.auditors : spec.ethics_board).push_back(officer.wallet.address());
    }
    MC_TRY(const governance::Wallet store, client::load_or_create_wallet(paths_.role("store") / "wallet.key"));
    spec.node_operators = {store.address()};
    governance::Committee committee;
    committee.epoch = document.epoch;
    committee.threshold = static_cast<std::uint8_t>(record_.threshold);
    for (std::size_t i = 0; i < record_.custodians; ++i) {
      MC_TRY(LocalCustodian custodian, make_custodian(paths_, custodian_name(document.epoch, i), document.epoch,
                                                      spec_.custodian_passphrase_file));
      document.custodians[i].identity = std::move(custodian.identity);
      committee.custodians.push_back(custodian.seat);
    }
    spec.committee = committee;
    MC_TRY(const fhe::ParamsPtr params, fhe::Params::named(document.profile));
    spec.datasets = {{governance::dataset_id(document.dataset), static_cast<std::uint32_t>(params->slot_count()),
                      document.exact, record_.rho_micro}};
    spec.voting_period_s = spec_.voting_period_s;
    spec.committee_timelock_s = spec_.committee_timelock_s;
    spec.study_timelock_s = spec_.study_timelock_s;
    spec.endowment = record_.endowment();
    return spec;
  }

  Status wait_for_keys() {
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < record_.custodians;) {
      const std::string state = health_of(loopback_url(record_.custodian_ports[i]));
      if (state == "ready") {
        ++i;
        continue;
      }
      if (state.starts_with("stopped"))
        return fail(Code::kConflict, custodian_name(record_.epoch, i) + " has " + state);
      if (!living_process(paths_.pid(custodian_name(record_.epoch, i)))) {
        return fail(Code::kUnavailable, custodian_name(record_.epoch, i) + " has ended: " +
                                            last_log_lines(paths_.log(custodian_name(record_.epoch, i))));
      }
      if (std::chrono::steady_clock::now() - start > kKeyingTimeout) {
        return fail(Code::kUnavailable,
                    "key generation is not finished: " + custodian_name(record_.epoch, i) + " is " + state);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    say(fmt::format("key generation finished in {:.1f} s: {} custodians, nobody holds the whole secret", seconds,
                    record_.custodians));
    return {};
  }

  /// The owner's own client process; its lines go where ours go.
  Status upload(const LocalCohort& cohort) const {
    const std::string program = own_program().string();
    std::vector<std::string> arguments = {program, "upload", "--dir", paths_.root.string(), "--owner", cohort.name};
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_t pid = 0;
    if (::posix_spawn(&pid, program.c_str(), nullptr, nullptr, argv.data(), environ) != 0) {
      return fail(Code::kIo, "cannot start the client process of " + cohort.name);
    }
    int result = 0;
    while (::waitpid(pid, &result, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(result) || WEXITSTATUS(result) != 0) {
      return fail(Code::kUnavailable,
                  "the upload of " + cohort.name + " did not finish; run `local up` again to go on");
    }
    return {};
  }

  /// A process that was killed keeps its port until the kernel has taken its memory apart.
  static bool port_becomes_free(std::uint16_t port) {
    HttpServerConfig config;
    config.port = port;
    for (int i = 0; i < kChildPortTries; ++i) {
      if (HttpServer::start(Router(), config)) return true;
      std::this_thread::sleep_for(kPortPause);
    }
    return false;
  }

 public:
  static Status local_down_in(const LocalPaths& paths, const LocalRecord& record, const LocalProgress& progress) {
    std::vector<Seat> all = seats(record);
    if (const auto next = load_document(paths.next_document())) {
      for (std::size_t i = 0; i < next->custodians.size(); ++i) {
        all.push_back({"custodian", custodian_name(next->epoch, i), 0});
      }
    }
    // The chain goes last: the others may still be sending something to it.
    std::ranges::stable_partition(all, [](const Seat& seat) { return seat.role != "chain"; });
    for (const Seat& seat : all) {
      const auto process = living_process(paths.pid(seat.name));
      if (!process) continue;
      MC_TRY_STATUS(stop_process(*process, kChildStopGrace));
      if (progress) progress(seat.name + " stopped");
    }
    return {};
  }

 private:
  const LocalSpec& spec_;
  LocalPaths paths_;
  const LocalProgress& progress_;
  LocalRecord record_;
  std::vector<ReservedPort> reserved_;       // until the processes listen there
  std::uint64_t met_id_ = 0;                 // of a foreign chain
  std::optional<governance::Wallet> payer_;  // of a foreign chain, until everything there is paid
};

}  // namespace

Status local_up(const LocalSpec& spec, const LocalProgress& progress) {
  MC_TRY(LocalPaths paths, local_paths(spec.dir));
  return Founding(spec, std::move(paths), progress).run();
}

Status local_down(const std::filesystem::path& dir, const LocalProgress& progress) {
  MC_TRY(const LocalPaths paths, local_paths(dir));
  MC_TRY(const LocalRecord record, read_local_record(paths));
  MC_TRY(const FolderLock lock, FolderLock::acquire(paths.lock()));
  return Founding::local_down_in(paths, record, progress);
}

Result<std::vector<LocalProcess>> local_status(const std::filesystem::path& dir) {
  MC_TRY(const LocalPaths paths, local_paths(dir));
  MC_TRY(const LocalRecord record, read_local_record(paths));
  std::vector<LocalProcess> processes;
  const auto chain_health = [](const std::string& url) {
    HttpRpc rpc(url);
    return governance::Chain(rpc).block_number() ? "ready" : "silent";
  };
  if (record.chain) processes.push_back({"chain", "chain", 0, record.chain->url, chain_health(record.chain->url)});
  for (const Seat& seat : seats(record)) {
    LocalProcess process{seat.role, seat.name, 0, loopback_url(seat.port), "down"};
    if (const auto living = living_process(paths.pid(seat.name))) {
      process.pid = living->pid;
      const std::string state = seat.role == "chain" ? chain_health(process.url) : health_of(process.url);
      process.health = state.empty() ? "silent" : state;
    }
    processes.push_back(std::move(process));
  }
  return processes;
}

Result<client::CommonsDocument> local_document(const LocalPaths& paths) {
  MC_TRY(const LocalRecord record, read_local_record(paths));
  if (!record.ready) {
    return fail(Code::kUnavailable,
                "the commons in " + paths.root.string() + " is not fully founded; run `medcommons local up` again");
  }
  return load_document(paths.document());
}

Result<std::uint64_t> stored_bytes(const client::CommonsDocument& document) {
  HttpClient client(document.store_url, "the store");
  MC_TRY(const Bytes reply, client.get("/v1/health", kHealthBytesMax));
  const auto json = nlohmann::json::parse(text_of(reply), nullptr, false);
  if (!json.is_object() || !json.contains("bytes") || !json["bytes"].is_number_unsigned()) {
    return fail(Code::kCorrupt, "the store's health report has no byte count");
  }
  return json["bytes"].get<std::uint64_t>();
}

}  // namespace mc::node
