// SPDX-License-Identifier: Apache-2.0
#include "node/anvil.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

#include "base/file.hpp"
#include "node/http_client.hpp"
#include "node/http_server.hpp"
#include "node/limits.hpp"
#include "node/logging.hpp"
#include "node/process.hpp"
#include "node/process_spawn.hpp"

namespace mc::node {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kStartTimeout{30'000};
constexpr milliseconds kStopGrace{2'000};
/// Anvil mines at once, but after it has answered. A transaction that is not mined by then waits for an earlier nonce.
constexpr milliseconds kMiningTimeout{1'000};
/// free_port and anvil's bind are two moments; somebody else may take the port in between.
constexpr int kPortTries = 3;
constexpr std::array<std::string_view, 3> kPublicMethods{"eth_", "net_", "web3_"};
constexpr std::string_view kSendingMethods = "eth_send";

bool is_native_program(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error) || ::access(path.c_str(), X_OK) != 0) return false;
  std::array<char, 4> magic{};
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool is_elf = file >= 0 && ::read(file, magic.data(), magic.size()) == 4 &&
                      std::string_view(magic.data(), 4) ==
                          "\x7f"
                          "ELF";
  if (file >= 0) ::close(file);
  return is_elf;
}

/// npm's package is a JavaScript wrapper; the program itself lies in a sibling package named after the platform.
std::optional<std::filesystem::path> native_beside_wrapper(const std::filesystem::path& node_modules) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(node_modules / "@foundry-rs", error)) {
    const std::filesystem::path program = entry.path() / "bin" / "anvil";
    if (entry.path().filename().string().starts_with("anvil-") && is_native_program(program)) return program;
  }
  return std::nullopt;
}

std::optional<std::filesystem::path> anvil_on_path() {
  const char* folders = std::getenv("PATH");
  std::string_view left = folders != nullptr ? folders : "";
  while (!left.empty()) {
    const std::filesystem::path folder = left.substr(0, left.find(':'));
    left.remove_prefix(std::min(left.size(), folder.native().size() + 1));
    if (is_native_program(folder / "anvil")) return folder / "anvil";
    // A global npm installation: bin/anvil is a link into lib/node_modules/@foundry-rs/anvil/.
    std::error_code error;
    const auto wrapper = std::filesystem::canonical(folder / "anvil", error);
    if (!error) {
      if (auto program = native_beside_wrapper(wrapper.parent_path().parent_path().parent_path())) return program;
    }
  }
  return std::nullopt;
}

HttpResponse rpc_refusal(const Json& id, int code, std::string_view message) {
  const Json reply{{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", code}, {"message", message}}}};
  return HttpResponse::json(reply.dump(-1, ' ', false, Json::error_handler_t::replace));
}

/// The method that may not pass the door, or nothing. `calls` is one call or a batch.
std::optional<std::string> forbidden_method(const Json& calls) {
  if (calls.is_array()) {
    for (const Json& call : calls) {
      if (call.is_array()) return "(a batch inside a batch)";
      if (auto method = forbidden_method(call)) return method;
    }
    return std::nullopt;
  }
  const auto method = calls.is_object() ? calls.find("method") : calls.end();
  if (method == calls.end() || !method->is_string()) return "(none)";
  const std::string& name = method->get_ref<const std::string&>();
  const bool is_public = std::any_of(kPublicMethods.begin(), kPublicMethods.end(),
                                     [&](std::string_view prefix) { return name.starts_with(prefix); });
  return is_public ? std::nullopt : std::optional(name);
}

bool sends_transaction(const Json& calls) {
  if (calls.is_array()) return std::any_of(calls.begin(), calls.end(), sends_transaction);
  return calls.at("method").get_ref<const std::string&>().starts_with(kSendingMethods);
}

}  // namespace

Result<std::filesystem::path> find_anvil(const std::filesystem::path& project_root) {
  if (const char* named = std::getenv("MEDCOMMONS_ANVIL"); named != nullptr && *named != '\0') {
    if (is_native_program(named)) return std::filesystem::path(named);
    return fail(Code::kNotFound, fmt::format("MEDCOMMONS_ANVIL names {}, which is not a native program", named));
  }
  const std::filesystem::path node_modules = project_root / "contracts" / "node_modules";
  if (auto program = native_beside_wrapper(node_modules)) return std::move(*program);
  if (auto program = anvil_on_path()) return std::move(*program);
  return fail(
      Code::kNotFound,
      fmt::format("anvil is neither in {} nor on PATH; `npm ci` in contracts/ installs it, or set MEDCOMMONS_ANVIL",
                  node_modules.string()));
}

std::filesystem::path project_root() {
  std::error_code error;
  std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  while (!folder.empty() && !std::filesystem::is_directory(folder / "contracts", error)) {
    if (folder == folder.root_path()) return {};
    folder = folder.parent_path();
  }
  return folder;
}

/// Anvil, the one connection to it, and the server in front. Every call is made under one lock: the chain is serial
/// anyway, and no reader may pass a writer whose block is not on disk yet.
class AnvilChain::Door {
 public:
  explicit Door(AnvilSpec spec) : spec_(std::move(spec)), state_file_(spec_.directory / "state.gz") {}
  ~Door() { stop(); }

  Status open();
  void stop();
  [[nodiscard]] bool is_alive();
  [[nodiscard]] const HttpServer& server() const { return *server_; }

 private:
  Status start_anvil();
  Status start_anvil_on(std::uint16_t port);
  Status wait_until_it_answers();
  Status load_state();
  Status save_state();
  Result<Json> call(std::string_view method, Json parameters, std::size_t reply_bytes_max);
  Result<HttpResponse> answer(const HttpRequest& request);
  void wait_until_mined(const Json& reply);

  const AnvilSpec spec_;
  const std::filesystem::path state_file_;
  std::mutex anvil_lock_;
  std::optional<HttpClient> anvil_;
  std::mutex child_lock_;
  pid_t child_ = 0;
  std::unique_ptr<HttpServer> server_;
};

Status AnvilChain::Door::open() {
  std::error_code error;
  std::filesystem::create_directories(spec_.directory, error);
  if (error) return fail(Code::kIo, fmt::format("{}: cannot be made: {}", spec_.directory.string(), error.message()));
  MC_TRY_STATUS(start_anvil());
  MC_TRY_STATUS(load_state());
  Router router;
  router.add(
      "POST", "/", [this](const HttpRequest& request) { return answer(request); }, kRpcRequestBytesMax);
  HttpServerConfig config;
  config.port = spec_.port;
  MC_TRY(server_, HttpServer::start(std::move(router), std::move(config)));
  return {};
}

Status AnvilChain::Door::start_anvil() {
  Status status;
  for (int attempt = 0; attempt < kPortTries; ++attempt) {
    MC_TRY(const std::uint16_t port, free_port());
    status = start_anvil_on(port);
    if (status || is_alive()) return status;
  }
  return status;
}

Status AnvilChain::Door::start_anvil_on(std::uint16_t port) {
  SpawnRequest request;
  request.kind = ChildKind::kAttached;
  request.program = spec_.program;
  request.working_directory = spec_.directory;
  // No --state: anvil would write that file in place. Old states that do not fit its memory go into the folder too.
  request.arguments = {"--host",       "127.0.0.1",
                       "--port",       std::to_string(port),
                       "--chain-id",   std::to_string(spec_.chain_id),
                       "--accounts",   std::to_string(spec_.accounts),
                       "--mnemonic",   spec_.mnemonic,
                       "--cache-path", (std::filesystem::absolute(spec_.directory) / "cache").string(),
                       "--quiet"};
  MC_TRY(const pid_t child, spawn(request));
  {
    const std::lock_guard lock(child_lock_);
    child_ = child;
  }
  HttpClientLimits limits;
  limits.work_timeout = milliseconds(60'000);  // JSON-RPC posts
  anvil_.emplace(fmt::format("http://127.0.0.1:{}", port), "anvil", limits);
  return wait_until_it_answers();
}

Status AnvilChain::Door::wait_until_it_answers() {
  const auto deadline = Clock::now() + kStartTimeout;
  const std::string expected = fmt::format("{:#x}", spec_.chain_id);
  while (true) {
    const auto chain_id = call("eth_chainId", Json::array(), kRpcReplyBytesMax);
    if (chain_id && *chain_id == expected) return {};
    if (!is_alive())
      return fail(Code::kUnavailable, "anvil ended before it was ready; the lines above in this log say why");
    if (chain_id)
      return fail(Code::kConflict, fmt::format("what answers as anvil on {} is another chain", anvil_->url()));
    if (Clock::now() >= deadline) {
      return fail(Code::kUnavailable, fmt::format("anvil is not ready after {} ms", kStartTimeout.count()));
    }
    std::this_thread::sleep_for(milliseconds(10));
  }
}

Status AnvilChain::Door::load_state() {
  std::error_code error;
  if (!std::filesystem::exists(state_file_, error)) return {};
  MC_TRY(const Bytes state, read_file(state_file_, kChainStateBytesMax));
  const auto loaded = call("anvil_loadState", Json::array({"0x" + to_hex(state)}), kRpcReplyBytesMax);
  if (loaded && *loaded == true) return {};
  if (!loaded && loaded.error().code == Code::kUnavailable) return fail(loaded.error());
  return fail(Code::kCorrupt, fmt::format("{}: is not a state that anvil accepts{}", state_file_.string(),
                                          loaded ? "" : ": " + loaded.error().message));
}

Status AnvilChain::Door::save_state() {
  // As JSON the state is hexadecimal: twice the file.
  MC_TRY(const Json dumped, call("anvil_dumpState", Json::array(), 2 * kChainStateBytesMax + 1024));
  if (!dumped.is_string()) return fail(Code::kCorrupt, "anvil's state is not a string");
  MC_TRY(const Bytes state, from_hex(dumped.get_ref<const std::string&>()));
  return write_file_atomically(state_file_, state, FileSecrecy::kOwnerOnly);
}

Result<Json> AnvilChain::Door::call(std::string_view method, Json parameters, std::size_t reply_bytes_max) {
  const Json request{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", std::move(parameters)}};
  const std::string text = request.dump();
  MC_TRY(const Bytes body, anvil_->post("/", view_of(text), "application/json", reply_bytes_max));
  Json reply = Json::parse(body.begin(), body.end(), nullptr, false);
  if (reply.is_object() && reply.contains("result")) return std::move(reply["result"]);
  if (reply.is_object() && reply.contains("error") && reply["error"].is_object()) {
    return fail(Code::kRefused,
                fmt::format("{}: {}", method, reply["error"].value("message", "refused without a reason")));
  }
  return fail(Code::kCorrupt, fmt::format("{}: anvil's reply is not JSON-RPC", method));
}

void AnvilChain::Door::wait_until_mined(const Json& reply) {
  if (reply.is_array()) {
    for (const Json& part : reply) wait_until_mined(part);
    return;
  }
  const auto hash = reply.is_object() ? reply.find("result") : reply.end();
  if (hash == reply.end() || !hash->is_string()) return;  // an error, or a method that answers with the receipt itself
  const auto deadline = Clock::now() + kMiningTimeout;
  while (Clock::now() < deadline) {
    const auto receipt = call("eth_getTransactionReceipt", Json::array({*hash}), kRpcReplyBytesMax);
    if (!receipt || !receipt->is_null()) return;
    std::this_thread::sleep_for(milliseconds(1));
  }
}

Result<HttpResponse> AnvilChain::Door::answer(const HttpRequest& request) {
  const Json calls = Json::parse(request.body.begin(), request.body.end(), nullptr, false);
  if (calls.is_discarded()) return rpc_refusal(nullptr, -32700, "the request is not JSON");
  if (const auto method = forbidden_method(calls)) {
    const Json id = calls.is_object() && calls.contains("id") ? calls["id"] : Json();
    return rpc_refusal(id, -32601, fmt::format("the chain does not offer the method {}", *method));
  }
  const std::lock_guard lock(anvil_lock_);
  MC_TRY(Bytes reply, anvil_->post("/", request.body, "application/json", kRpcReplyBytesMax));
  if (sends_transaction(calls)) {
    wait_until_mined(Json::parse(reply.begin(), reply.end(), nullptr, false));
    if (auto status = save_state(); !status) {
      const Error error = std::move(status).error().within("the transaction is made, but the chain cannot save it");
      log_error(error.message);
      return fail(error);
    }
  }
  HttpResponse response;
  response.body = std::move(reply);
  return response;
}

bool AnvilChain::Door::is_alive() {
  const std::lock_guard lock(child_lock_);
  if (child_ == 0) return false;
  if (::waitpid(child_, nullptr, WNOHANG) == 0) return true;
  child_ = 0;
  return false;
}

void AnvilChain::Door::stop() {
  if (server_) server_->stop();
  // Not ended by its handle but by waitpid: it is our own child, so its pid cannot be anybody else's before we reap it.
  const auto deadline = Clock::now() + kStopGrace;
  {
    const std::lock_guard lock(child_lock_);
    if (child_ != 0) ::kill(child_, SIGTERM);
  }
  while (is_alive() && Clock::now() < deadline) std::this_thread::sleep_for(milliseconds(5));
  const std::lock_guard lock(child_lock_);
  if (child_ == 0) return;
  ::kill(child_, SIGKILL);
  while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
  child_ = 0;
}

Result<std::unique_ptr<AnvilChain>> AnvilChain::start(const AnvilSpec& spec) {
  auto door = std::make_unique<Door>(spec);
  MC_TRY_STATUS(door->open());
  return std::unique_ptr<AnvilChain>(new AnvilChain(std::move(door)));
}

AnvilChain::AnvilChain(std::unique_ptr<Door> door) : door_(std::move(door)) {}
AnvilChain::~AnvilChain() = default;

std::string AnvilChain::url() const {
  return door_->server().url();
}
std::uint16_t AnvilChain::port() const {
  return door_->server().port();
}
bool AnvilChain::is_alive() const {
  return door_->is_alive();
}
void AnvilChain::stop() {
  door_->stop();
}

}  // namespace mc::node
