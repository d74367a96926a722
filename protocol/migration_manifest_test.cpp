// SPDX-License-Identifier: Apache-2.0
#include "protocol/migration_manifest.hpp"

#include <gtest/gtest.h>

#include "protocol/testing/migration.hpp"

namespace mc::protocol {
namespace {

using testing::numbered_hash;
using testing::numbered_identity;
using testing::numbered_key;
using testing::small_params;

/// An old commons' blobs, carried to a new key.
class MigratedData : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    testing::Migrations committees;
    const ApprovedMigration approved = committees.approved();
    key_ = std::make_unique<fhe::MigrationKey>(committees.run(approved).value_or_stop());
    old_key_ = std::make_unique<fhe::PublicKey>(
        fhe::narrow_public_key(*small_params(), committees.from.parties_[0].keys().public_key));
    ceremony_ = approved.ceremony();
  }
  static void TearDownTestSuite() {
    key_.reset();
    old_key_.reset();
  }

  MigratedData() {
    const fhe::Encoder encoder(params_);
    for (std::uint32_t block = 0; block < 3; ++block) {
      const data::SealedHeader header =
          data::fresh_header(*params_, numbered_hash(5), "commons", Epoch(1), {}, {512 * block, 4}, "age/value", block);
      KeyStream stream(numbered_key(block));
      const Bytes blob =
          data::seal_block(header, std::vector<double>{0.1, 0.2, 0.3, 0.4}, *params_, encoder, *old_key_, stream)
              .value_or_stop()
              .bytes;
      blobs_.emplace(sha256(blob), blob);
    }
    MigrationManifest manifest{ceremony_, Epoch(1), Epoch(2), fhe::hash_migration_key(*params_, *key_), {}, {}, {}};
    for (const auto& [name, bytes] : blobs_) {
      manifest.blobs.push_back({name, sha256(carry_blob(bytes, name, migration_, *params_).value_or_stop())});
      audit_.live.insert(name);
    }
    manifest_ = sign_migration_manifest(numbered_identity(3), std::move(manifest));
    audit_.ceremony = ceremony_;
    audit_.key = manifest_.key;
  }

  std::string refusal(const MigrationManifest& manifest) const {
    const Status verified =
        verify_migration_manifest(manifest, audit_, migration_, *params_, [&](const Hash256& name) -> Result<Bytes> {
          const auto found = blobs_.find(name);
          if (found == blobs_.end()) return fail(Code::kNotFound, "no such blob");
          return found->second;
        });
    return verified ? "" : verified.error().message;
  }
  std::string refusal_signed(MigrationManifest manifest) const {
    return refusal(sign_migration_manifest(numbered_identity(3), std::move(manifest)));
  }

  static std::unique_ptr<fhe::MigrationKey> key_;
  static std::unique_ptr<fhe::PublicKey> old_key_;
  static Hash256 ceremony_;
  fhe::ParamsPtr params_ = small_params();
  fhe::Migration migration_{params_, *key_};
  std::map<Hash256, Bytes> blobs_;
  MigrationManifest manifest_;
  MigrationAudit audit_;
};

std::unique_ptr<fhe::MigrationKey> MigratedData::key_;
std::unique_ptr<fhe::PublicKey> MigratedData::old_key_;
Hash256 MigratedData::ceremony_;

TEST_F(MigratedData, ABlobKeepsItsHeaderButForTheEpoch) {
  const auto& [name, bytes] = *blobs_.begin();
  const Bytes carried = carry_blob(bytes, name, migration_, *params_).value_or_stop();
  const data::SealedHeader before = data::read_sealed_header(bytes).value_or_stop();
  data::SealedHeader after = data::read_sealed_header(carried).value_or_stop();
  EXPECT_EQ(after.epoch, Epoch(2));
  after.epoch = Epoch(1);
  EXPECT_EQ(after, before);
  EXPECT_EQ(carried.size(), bytes.size());
  EXPECT_EQ(carry_blob(bytes, numbered_hash(1), migration_, *params_).error().code, Code::kCorrupt);
  EXPECT_EQ(carry_blob(carried, sha256(carried), migration_, *params_).error().code, Code::kInvalidArgument)
      << "once is enough";
}

TEST_F(MigratedData, AnybodyCarriesTheBlobsOverAgainAndCompares) {
  EXPECT_EQ(refusal(manifest_), "");
  for (std::size_t i = 0; i < manifest_.blobs.size(); ++i) {
    MigrationManifest changed = manifest_;
    changed.blobs[i].after.bytes[0] ^= 1;
    EXPECT_NE(refusal_signed(changed).find("the blob " + changed.blobs[i].before.hex() + " becomes"),
              std::string::npos);
  }
}

TEST_F(MigratedData, WhatWasErasedDoesNotMigrateAndNothingElseStaysBehind) {
  const Hash256 erased = manifest_.blobs[1].before;
  audit_.live.erase(erased);
  EXPECT_NE(refusal(manifest_).find("the blob " + erased.hex() + " was erased"), std::string::npos)
      << refusal(manifest_);
  MigrationManifest without = manifest_;
  without.blobs.erase(without.blobs.begin() + 1);
  EXPECT_EQ(refusal_signed(without), "");
  EXPECT_TRUE(names_all(without, audit_.live));
  audit_.live.insert(erased);
  EXPECT_FALSE(names_all(without, audit_.live));
  EXPECT_TRUE(names_all(manifest_, audit_.live));
  EXPECT_TRUE(names_all(without, {}));
  EXPECT_NE(refusal_signed(without).find("the blob " + erased.hex() + " was left behind"), std::string::npos);
}

TEST_F(MigratedData, WhatLeftWithItsOwnerMayHaveBeenCarriedBeforeAndNeedNotBe) {
  const Hash256 gone = manifest_.blobs[1].before;
  audit_.live.erase(gone);
  audit_.left.insert(gone);
  EXPECT_EQ(refusal(manifest_), "");
  MigrationManifest without = manifest_;
  without.blobs.erase(without.blobs.begin() + 1);
  EXPECT_EQ(refusal_signed(without), "");
  MigrationManifest changed = manifest_;
  changed.blobs[1].after.bytes[0] ^= 1;
  EXPECT_NE(refusal_signed(changed).find("the blob " + gone.hex() + " becomes"), std::string::npos);
}

TEST_F(MigratedData, AnotherSignatureKeyCeremonyOrEpochIsRefused) {
  MigrationManifest changed = manifest_;
  changed.signature[7] ^= 1;
  EXPECT_NE(refusal(changed).find("signature"), std::string::npos);
  changed = manifest_;
  changed.signer = numbered_identity(4).public_identity();
  EXPECT_NE(refusal(changed).find("signature"), std::string::npos);
  changed = manifest_;
  changed.ceremony = numbered_hash(8);
  EXPECT_NE(refusal_signed(changed).find("belongs to ceremony"), std::string::npos);
  changed = manifest_;
  changed.key = numbered_hash(8);
  EXPECT_NE(refusal_signed(changed).find("it was made with the key"), std::string::npos);
  changed = manifest_;
  changed.to = Epoch(3);
  EXPECT_NE(refusal_signed(changed).find("to epoch 3"), std::string::npos);
}

TEST_F(MigratedData, ManifestsReadBackAndOtherBytesAreRefused) {
  const Bytes bytes = encode_migration_manifest(manifest_);
  EXPECT_EQ(decode_migration_manifest(bytes).value_or_stop(), manifest_);
  for (std::size_t size = 0; size < bytes.size(); size += 7) {
    EXPECT_FALSE(decode_migration_manifest(ByteView(bytes).first(size)).has_value()) << size;
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes changed = bytes;
    changed[i] ^= 1;
    const auto read = decode_migration_manifest(changed);
    EXPECT_FALSE(read.has_value() && verify_migration_signature(*read)) << "byte " << i;
  }
  MigrationManifest twice = manifest_;
  twice.blobs[1] = twice.blobs[0];
  EXPECT_FALSE(decode_migration_manifest(encode_migration_manifest(twice)).has_value());
  MigrationManifest backwards = manifest_;
  std::swap(backwards.from, backwards.to);
  EXPECT_FALSE(decode_migration_manifest(encode_migration_manifest(backwards)).has_value());
}

}  // namespace
}  // namespace mc::protocol
