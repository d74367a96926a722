// SPDX-License-Identifier: Apache-2.0
#include "node/role.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
