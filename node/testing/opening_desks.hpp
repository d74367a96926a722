// SPDX-License-Identifier: Apache-2.0
// For tests: custodians' desks for an upload of three columns, and whoever carries between them, without a
// network.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>

#include "base/testing/temporary_folder.hpp"
#include "node/opening_desk.hpp"
#include "protocol/testing/commons.hpp"

namespace mc::node::testing {

using client::OpeningStand;
using protocol::testing::Commons;
using protocol::testing::numbered_hash;
using protocol::testing::numbered_key;

class OpeningDesks : public ::testing::Test {
 protected:
  /// So many custodians, two of whom open.
  explicit OpeningDesks(std::uint32_t custodians = 3) : commons(custodians, 2) {}
  [[nodiscard]] std::uint32_t count() const { return commons.committee.shape.custodians(); }

  void SetUp() override {
    manifest.epoch = commons.committee.epoch;
    for (std::uint32_t i = 0; i < 3; ++i) manifest.entries.push_back({"age/value", i, numbered_hash(100 + i), 1});
    columns = {sealed(0.5), sealed(-1), sealed(1)};
    name = data::manifest_hash(manifest);
    for (std::uint32_t c = 0; c < count(); ++c) desks.push_back(open(c));
    for (std::uint32_t c = 0; c < count(); ++c) begin(c);
  }

  [[nodiscard]] fhe::Ciphertext sealed(double value) const {
    KeyStream stream(numbered_key(static_cast<std::uint64_t>(1000 * (value + 100))));
    const auto plain =
        commons.encoder
            .encode_constant(value, commons.params->top_level(), fhe::Scale::power_of_two(fhe::kSealScaleLog2))
            .value_or_stop();
    fhe::Ciphertext ct = fhe::encrypt(*commons.params, commons.committee.public_key, plain, stream).value_or_stop();
    ct.epoch = commons.committee.epoch;
    return ct;
  }
  std::unique_ptr<OpeningDesk> open(std::uint32_t custodian) {
    return OpeningDesk::open({commons.params,
                              commons.committee.epoch,
                              folder / ("openings-" + std::to_string(custodian)),
                              [this](const Hash256& hash) -> std::shared_ptr<const data::Manifest> {
                                if (const auto found = others.find(hash); found != others.end()) {
                                  return std::make_shared<const data::Manifest>(found->second);
                                }
                                return hash == name ? std::make_shared<const data::Manifest>(manifest) : nullptr;
                              },
                              [this](const data::Manifest&, const data::ManifestEntry& entry) {
                                ++fetched;
                                return Result<fhe::Ciphertext>(columns.at(entry.block));
                              },
                              [this](const Hash256& hash) {
                                const std::lock_guard guard(writing);
                                written.push_back(hash);
                                return may_write ? Status() : Status(fail(Code::kIo, "the journal is full"));
                              },
                              [this] { return now; },
                              {kAgainPerUpload, 2 * kAgainPerUpload, kProvokedWindow, 4, "upload"}})
        .value_or_stop();
  }
  void begin(std::uint32_t c) {
    desks[c]->begin(protocol::OpeningParty::create(commons.params, commons.state(c),
                                                   protocol::CustodianSigner(numbered_key(5000 + c)))
                        .value_or_stop(),
                    committee());
  }
  [[nodiscard]] protocol::KeygenSetup committee() const {
    return {numbered_hash(1), commons.committee.shape, commons.committee.epoch, commons.params, commons.identities, {}};
  }
  [[nodiscard]] client::OpeningCall call(std::uint32_t entry, std::uint32_t custodian) const {
    return {name, entry, commons.committee.shape.pieces_of(Commons::id(custodian)), {}};
  }
  /// All of them say something of a column, and each hears the others.
  std::vector<Result<OpeningStand>> carry(std::uint32_t entry) {
    std::vector<client::RunMessage> said;
    for (std::uint32_t c = 0; c < count(); ++c) said.push_back(desks[c]->share(call(entry, c)).value_or_stop());
    std::vector<Result<OpeningStand>> stands;
    for (std::uint32_t c = 0; c < count(); ++c) {
      client::OpeningCall judged{name, entry, {}, said};
      judged.messages.erase(judged.messages.begin() + c);
      stands.push_back(desks[c]->judge(judged));
    }
    return stands;
  }
  [[nodiscard]] client::DatasetView view() const {
    client::DatasetView found;
    found.owners = {{"mallory", {}, {}}};
    found.manifests = {manifest};
    found.epoch = commons.committee.epoch;
    return found;
  }
  [[nodiscard]] client::OpenedColumns progress(std::uint32_t c) const { return desks[c]->progress({{name, manifest}}); }

  mc::testing::TemporaryFolder folder;
  Commons commons;
  data::Manifest manifest;
  std::vector<fhe::Ciphertext> columns;
  Hash256 name;
  std::map<Hash256, data::Manifest> others;  // uploads whose proofs have been checked, too
  std::vector<std::unique_ptr<OpeningDesk>> desks;
  std::mutex writing;  // desks are asked from threads of their own
  std::vector<Hash256> written;
  bool may_write = true;
  std::atomic<int> fetched = 0;
  static constexpr std::uint32_t kAgainPerUpload = 20;
  std::chrono::seconds now{1'000};
};

}  // namespace mc::node::testing
