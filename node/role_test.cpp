// SPDX-License-Identifier: Apache-2.0
#include "node/role.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "base/testing/temporary_folder.hpp"
#include "client/testing/served_commons.hpp"

namespace mc::node {
namespace {

using ::testing::HasSubstr;

// The roles themselves are started, asked, killed and lied to by tests/system.

TEST(LoadDocument, ReadsWhatWasFounded) {
  const mc::testing::TemporaryFolder folder;
  const client::CommonsDocument document = client::testing::small_document();
  ASSERT_TRUE(write_file_atomically(folder / "commons.json", view_of(client::to_json(document))));
  EXPECT_EQ(load_document(folder / "commons.json").value(), document);
}

TEST(LoadDocument, ErrorsNameTheFileAndThePlaceInIt) {
  const mc::testing::TemporaryFolder folder;
  const std::filesystem::path path = folder / "commons.json";
  EXPECT_EQ(load_document(path).error().code, Code::kNotFound);
  ASSERT_TRUE(write_file_atomically(path, view_of("{}")));
  const auto refused = load_document(path);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr(path.string() + ": commons document: "));
  ASSERT_TRUE(write_file_atomically(path, Bytes{0xff, 0xfe}));
  EXPECT_EQ(load_document(path).error().code, Code::kParse);
}

TEST(RoleDocument, NamesTheChainNodeOfTheRolesOperatorWhereThereIsOne) {
  const mc::testing::TemporaryFolder folder;
  const client::CommonsDocument founded = client::testing::small_document();
  RoleConfig config;
  config.document = folder / "commons.json";
  ASSERT_TRUE(write_file_atomically(config.document, view_of(client::to_json(founded))));
  EXPECT_EQ(role_document(config).value(), founded);
  config.chain_url = "http://127.0.0.1:8545";
  client::CommonsDocument own = founded;
  own.chain_url = config.chain_url;
  EXPECT_EQ(role_document(config).value(), own) << "and nothing else differs";
}

// A chain's node that says whatever it likes of its height.
class Teller : public governance::RpcTransport {
 public:
  Result<std::string> post(std::string_view text) override {
    const auto request = nlohmann::json::parse(text);
    nlohmann::json reply = {{"jsonrpc", "2.0"}, {"id", request["id"]}, {"result", nullptr}};
    if (request["method"] == "eth_chainId") reply["result"] = "0x7a69";
    if (request["method"] == "eth_getBlockByNumber") {
      const std::string tag = request["params"][0];
      const std::uint64_t number = tag == "latest" ? told : std::stoull(tag, nullptr, 16);
      if (number <= real || tag == "latest") reply["result"] = block(number + shift);
    }
    return reply.dump();
  }
  std::uint64_t told = 0, real = 0, shift = 0;

 private:
  static nlohmann::json block(std::uint64_t number) {
    char quantity[20];
    std::snprintf(quantity, sizeof quantity, "0x%llx", static_cast<unsigned long long>(number));
    return {
        {"number", quantity}, {"hash", "0x" + std::string(64, '1')}, {"timestamp", "0x64"}, {"baseFeePerGas", "0x7"}};
  }
};

TEST(FinalChain, IsTheHeadLessTheConfirmationsAndALieAboutTheHeightIsAnError) {
  Teller teller;
  governance::Chain chain(teller);
  client::CommonsDocument document = client::testing::small_document();
  document.deployment.chain_id = 31337;
  document.confirmations = 12;
  const governance::CommonsChain commons(chain, document.deployment);
  teller.told = teller.real = 100;
  EXPECT_EQ(final_chain(document, commons).value().block.number, 88U);
  teller.told = teller.real = 5;
  EXPECT_EQ(final_chain(document, commons).value().block.number, 0U) << "a young chain";
  teller.told = 1000;
  teller.real = 100;
  EXPECT_EQ(final_chain(document, commons).error().code, Code::kNotFound) << "a head that nothing leads to";
  teller.told = 100;
  teller.shift = 1;
  const auto shifted = final_chain(document, commons);
  ASSERT_FALSE(shifted);
  EXPECT_THAT(shifted.error().message, HasSubstr("another block than was asked for"));
  document.deployment.chain_id = 5;
  const governance::CommonsChain elsewhere(chain, document.deployment);
  EXPECT_THAT(final_chain(document, elsewhere).error().message, HasSubstr("lives on chain 5"));
}

TEST(HttpTransports, SpeakToTheAddressTheyWereMadeFor) {
  const auto transport = http_transports()("http://127.0.0.1:1", "custodian 2");
  EXPECT_EQ(transport->url(), "http://127.0.0.1:1");
  const auto refused = transport->get("/v1/health", 100);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("custodian 2"));
}

}  // namespace
}  // namespace mc::node
