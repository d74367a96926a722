// SPDX-License-Identifier: Apache-2.0
#include "node/role.hpp"

#include "base/file.hpp"
#include "node/http_client.hpp"
#include "node/logging.hpp"

namespace mc::node {

Result<client::CommonsDocument> load_document(const std::filesystem::path& path) {
  MC_TRY(const std::string text, read_text_file(path, client::kDocumentBytesMax));
  auto document = client::commons_document_from_json(text);
  if (!document) return fail(document.error().within(path.string()));
  return document;
}

Result<client::CommonsDocument> role_document(const RoleConfig& config) {
  MC_TRY(client::CommonsDocument document, load_document(config.document));
  if (!config.chain_url.empty()) document.chain_url = config.chain_url;
  return document;
}

Result<FinalChain> final_chain(const client::CommonsDocument& document, const governance::CommonsChain& chain) {
  MC_TRY_STATUS(chain.verify_chain_id());
  MC_TRY(const governance::Block head, chain.chain().latest_block());
  const std::uint64_t number = head.number >= document.confirmations ? head.number - document.confirmations : 0;
  if (number == head.number) return FinalChain{chain.at_block(number), head};
  MC_TRY(const governance::Block block, chain.chain().block(number));
  return FinalChain{chain.at_block(number), block};
}

client::TransportFactory http_transports() {
  return [](const std::string& url, const std::string& peer) -> std::unique_ptr<client::Transport> {
    return std::make_unique<HttpClient>(url, peer);
  };
}

Status serve_until_stopped(Router router, const RoleConfig& config, ShutdownSignal& signal) {
  HttpServerConfig server_config;
  server_config.port = config.port;
  server_config.on_access = [](const HttpAccess& access) {
    // Polling and transfers of single blobs would drown everything else; refusals are always worth a line.
    if (access.status < 400 && access.milliseconds < 1000) return;
    log_info(access.method + " " + access.route + " " + std::to_string(access.status) + " in " +
             std::to_string(static_cast<long>(access.milliseconds)) + " ms");
  };
  MC_TRY(const std::unique_ptr<HttpServer> server, HttpServer::start(std::move(router), server_config));
  log_info("listening at " + server->url());
  signal.wait();
  log_info("stopping");
  server->stop();
  return {};
}

}  // namespace mc::node
