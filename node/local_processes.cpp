// SPDX-License-Identifier: Apache-2.0
#include "node/local_processes.hpp"

#include <nlohmann/json.hpp>

#include "client/key_file.hpp"
#include "node/custodian_keying.hpp"
#include "node/http_client.hpp"
#include "node/process.hpp"
#include "protocol/identity.hpp"

namespace mc::node {
namespace {

constexpr std::chrono::seconds kStartTimeout{60};
constexpr std::chrono::milliseconds kStopGrace{10'000};
constexpr std::size_t kHealthBytesMax = 64 * 1024;

std::filesystem::path own_program() {
  return std::filesystem::read_symlink("/proc/self/exe");
}

Status start_with(const LocalPaths& paths, const Seat& seat, const std::vector<std::string>& more,
                  const std::function<void(const std::string&)>& say) {
  const std::string url = loopback_url(seat.port);
  // A role that stopped at a damaged file still says so over HTTP; now that it may be mended, it starts anew.
  if (health_of(url).starts_with("stopped")) MC_TRY_STATUS(stop_local_process(paths, seat.name));
  return start_local_process(
      paths, seat, more, [url] { return !health_of(url).empty(); }, say);
}

}  // namespace

std::vector<Seat> seats(const LocalRecord& record) {
  std::vector<Seat> all;
  if (!record.chain) all.push_back({"chain", "chain", record.chain_port});
  all.push_back({"store", "store", record.store_port});
  all.push_back({"compute", "compute", record.compute_port});
  for (std::size_t i = 0; i < record.custodian_ports.size(); ++i) {
    all.push_back({"custodian", custodian_name(record.epoch, i), record.custodian_ports[i]});
  }
  return all;
}

std::string health_of(const std::string& url) {
  HttpClientLimits limits;
  limits.connect_timeout = std::chrono::milliseconds(500);
  limits.read_timeout = std::chrono::milliseconds(3000);
  HttpClient client(url, "the process", limits);
  const auto reply = client.get("/v1/health", kHealthBytesMax);
  if (!reply) return {};
  const auto json = nlohmann::json::parse(text_of(*reply), nullptr, false);
  if (!json.is_object() || !json.contains("state") || !json["state"].is_string()) return {};
  return json["state"].get<std::string>();
}

client::UnlockSource custodian_unlock(const LocalPaths& paths, const std::string& name,
                                      const std::optional<std::filesystem::path>& passphrase_file) {
  if (passphrase_file) return {client::UnlockSource::Kind::kPassphraseFile, *passphrase_file, -1};
  return {client::UnlockSource::Kind::kKeyFile, paths.custodian_key(name), -1};
}

Result<LocalCustodian> make_custodian(const LocalPaths& paths, const std::string& name, Epoch epoch,
                                      const std::optional<std::filesystem::path>& passphrase_file) {
  if (!passphrase_file) {
    MC_TRY([[maybe_unused]] const SecretKey256 key, client::load_or_create_secret(paths.custodian_key(name)));
  }
  MC_TRY(const protocol::Unlock unlock,
         client::read_unlock(custodian_unlock(paths, name, passphrase_file), "passphrase of " + name));
  MC_TRY(const client::SecretFolder secrets, client::SecretFolder::open_or_create(paths.role(name), unlock));
  MC_TRY([[maybe_unused]] const SecretKey256 wallet_secret, secrets.secret_or_create(std::string(kWalletSecret)));
  MC_TRY(const governance::Wallet wallet, secrets.wallet(std::string(kWalletSecret)));
  MC_TRY(const SecretKey256 identity_secret, secrets.secret_or_create(std::string(kIdentitySecret)));
  MC_TRY(const SecretKey256 ceremony, secrets.secret_or_create(ceremony_secret_name(epoch)));
  const protocol::PublicIdentity identity = protocol::CustodianIdentity(identity_secret, ceremony).public_identity();
  return LocalCustodian{{wallet.address(), protocol::hash_public_identity(identity)},
                        protocol::encode_public_identity(identity)};
}

Status start_local_process(const LocalPaths& paths, const Seat& seat, const std::vector<std::string>& more,
                           const std::function<bool()>& ready, const std::function<void(const std::string&)>& say) {
  ProcessSpec spec;
  spec.name = seat.name;
  spec.program = own_program();
  spec.arguments = {
      "run",    seat.role, "--folder", paths.role(seat.name).string(), "--port", std::to_string(seat.port),
      "--name", seat.name};
  spec.arguments.insert(spec.arguments.end(), more.begin(), more.end());
  spec.log_file = paths.log(seat.name);
  spec.pid_file = paths.pid(seat.name);
  std::error_code error;
  std::filesystem::create_directories(paths.role(seat.name), error);
  if (error) return fail(Code::kIo, paths.role(seat.name).string() + ": cannot create: " + error.message());
  MC_TRY(const bool started, start_unless_it_answers(spec, ready, kStartTimeout));
  if (started && say) say(seat.name + " started at " + loopback_url(seat.port));
  return {};
}

Status stop_local_process(const LocalPaths& paths, const std::string& name) {
  const auto living = living_process(paths.pid(name));
  if (!living) return {};
  return stop_process(*living, kStopGrace);
}

Status start_local_role(const LocalPaths& paths, const Seat& seat, const std::filesystem::path& document,
                        const std::function<void(const std::string&)>& say) {
  return start_with(paths, seat, {"--commons", document.string()}, say);
}

Status start_local_custodian(const LocalPaths& paths, const Seat& seat, const std::filesystem::path& document,
                             std::size_t index, const CustodianStart& start,
                             const std::function<void(const std::string&)>& say) {
  const client::UnlockSource unlock = custodian_unlock(paths, seat.name, start.passphrase_file);
  const bool phrase = unlock.kind == client::UnlockSource::Kind::kPassphraseFile;
  return start_with(paths, seat,
                    {"--commons", document.string(), "--custodian", std::to_string(index),
                     phrase ? "--passphrase-file" : "--key-file", std::filesystem::absolute(unlock.file).string(),
                     "--chain-days-ahead", std::to_string(start.chain_days_ahead)},
                    say);
}

}  // namespace mc::node
