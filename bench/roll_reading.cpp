// SPDX-License-Identifier: Apache-2.0
// roll_reading URL MEMBERSHIP STUDIES: reads every member and every study of a commons as a client does that has seen
// nothing of it yet, and prints one JSON object. bench/roll_reading.mjs founds a large commons and runs it.
#include <fmt/format.h>

#include <chrono>

#include "governance/commons_chain.hpp"
#include "node/rpc_http.hpp"

namespace mc {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Status run(const std::string& url, const std::string& membership, const std::string& studies) {
  node::HttpRpc rpc(url);
  governance::Chain chain(rpc);
  governance::Deployment deployment;
  MC_TRY(deployment.chain_id, chain.chain_id());
  MC_TRY(deployment.membership, governance::address_from_text(membership));
  MC_TRY(deployment.studies, governance::address_from_text(studies));
  const governance::CommonsChain commons(chain, deployment);
  auto start = std::chrono::steady_clock::now();
  std::size_t members = 0;
  for (const governance::Chamber chamber : governance::kChambers) {
    MC_TRY(const auto accounts, commons.members(chamber));
    members += accounts.size();
  }
  const double members_s = seconds_since(start);
  start = std::chrono::steady_clock::now();
  MC_TRY(const auto all, commons.studies());
  const double studies_s = seconds_since(start);
  start = std::chrono::steady_clock::now();
  for (const governance::Study& study : all) {
    MC_TRY([[maybe_unused]] const auto whole, commons.study(study.id));
  }
  fmt::print(R"({{"members":{},"members_s":{:.3f},"studies":{},"studies_s":{:.3f},"each_study_whole_s":{:.3f}}})"
             "\n",
             members, members_s, all.size(), studies_s, seconds_since(start));
  return {};
}

}  // namespace
}  // namespace mc

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "roll_reading URL MEMBERSHIP STUDIES\n");
    return 2;
  }
  const mc::Status status = mc::run(argv[1], argv[2], argv[3]);
  if (!status) fmt::print(stderr, "roll_reading: {}\n", status.error().message);
  return status ? 0 : 1;
}
