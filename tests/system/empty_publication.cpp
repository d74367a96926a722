// SPDX-License-Identifier: Apache-2.0
// empty_publication DIR MEMBER: what a member does who wants to stop the commons: she reserves a slot and publishes two
// names of documents that nobody has ever seen.
#include <cstdio>

#include "base/random.hpp"
#include "node/local_commons.hpp"
#include "node/local_members.hpp"
#include "node/role.hpp"

namespace mc {
namespace {

Hash256 nobodys() {
  Hash256 name;
  fresh_bytes(name.bytes);
  return name;
}

Status run(const std::filesystem::path& dir, const std::string& name) {
  const node::LocalPaths paths{std::filesystem::absolute(dir)};
  MC_TRY(const client::CommonsDocument document, node::local_document(paths));
  MC_TRY(const node::LocalRecord record, node::read_local_record(paths));
  MC_TRY(const node::LocalMember member, node::local_member(paths, record, name));
  const node::ChainLink link(document);
  const Hash256 dataset = governance::dataset_id(document.dataset);
  MC_TRY_STATUS(link.commons().reserve_slots(member.wallet, dataset, 1));
  MC_TRY_STATUS(link.commons().publish_data(member.wallet, dataset, nobodys(), nobodys()));
  return {};
}

}  // namespace
}  // namespace mc

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "empty_publication DIR MEMBER\n");
    return 2;
  }
  const mc::Status status = mc::run(argv[1], argv[2]);
  if (status) return 0;
  std::fprintf(stderr, "empty_publication: %s\n", status.error().message.c_str());
  return 1;
}
