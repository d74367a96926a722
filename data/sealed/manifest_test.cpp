// SPDX-License-Identifier: Apache-2.0
#include "data/sealed/manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mc::data {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kSlots = 512;

Schema small_schema() {
  Schema schema;
  schema.missing_values = {"", "NA"};
  schema.columns = {{.name = "age", .type = ColumnType::kInteger, .required = true, .minimum = 0, .maximum = 100},
                    {.name = "bmi", .type = ColumnType::kNumber, .minimum = 10, .maximum = 50}};
  return schema;
}

// present, age/value, bmi/value, bmi/valid in blocks 0 and 1.
Manifest small_manifest() {
  const Schema schema = small_schema();
  Manifest manifest{.dataset = "commons",
                    .owner = {9},
                    .schema = schema_hash(schema),
                    .params_id = sha256(view_of("params")),
                    .epoch = Epoch(1),
                    .range = {500, 20},
                    .entries = {},
                    .proofs = {{sha256(view_of("proof")), 3000}}};
  for (const Feature& feature : sealed_features(schema)) {
    for (const std::uint32_t block : {0u, 1u}) {
      const std::string name = handle(schema, feature);
      manifest.entries.push_back({name, block, sha256(view_of(name + std::to_string(block))), 1000});
    }
  }
  return manifest;
}

TEST(Manifest, ReadsBackAndHashesItsBytes) {
  const Manifest manifest = small_manifest();
  const Bytes bytes = encode_manifest(manifest);
  EXPECT_EQ(decode_manifest(bytes).value_or_stop(), manifest);
  EXPECT_EQ(manifest_hash(manifest), sha256(bytes));
  EXPECT_EQ(manifest.total_bytes(), 11000u);
  EXPECT_EQ(manifest.find("bmi/valid", 1)->block, 1u);
  EXPECT_EQ(manifest.find("bmi/valid", 2), nullptr);
}

TEST(Manifest, ACompleteOneIsAccepted) {
  EXPECT_TRUE(check_manifest(small_manifest(), small_schema(), kSlots).has_value());
}

TEST(Manifest, WhatIsMissingForeignOrOutOfPlaceIsNamed) {
  const auto message = [](auto change) {
    Manifest manifest = small_manifest();
    change(manifest);
    const auto status = check_manifest(manifest, small_schema(), kSlots);
    return status ? std::string("accepted") : status.error().message;
  };
  EXPECT_EQ(message([](Manifest& m) { m.entries.pop_back(); }), "manifest: bmi/valid, block 1 is missing");
  EXPECT_EQ(message([](Manifest& m) {
              m.entries.push_back({"age/valid", 0, {}, 1});
            }),
            "manifest: age/valid, block 0 does not belong to this schema and range");
  EXPECT_EQ(message([](Manifest& m) { std::swap(m.entries[0], m.entries[1]); }),
            "manifest: entry 1 is present, block 1, wanted present, block 0");
  EXPECT_EQ(message([](Manifest& m) {
              m.range = {512, 20};
            }),
            "manifest: entry 1 is present, block 0, wanted present, block 1");
  EXPECT_EQ(message([](Manifest& m) {
              m.range = {500, 1000};
            }),
            "manifest: entry 3 is age/value, block 0, wanted present, block 2");
  EXPECT_THAT(message([](Manifest& m) { m.schema = {}; }), HasSubstr("manifest: schema 0000"));
}

TEST(Manifest, EveryTruncationAndEveryRepetitionIsRefused) {
  const Bytes bytes = encode_manifest(small_manifest());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_manifest(ByteView(bytes).first(size)).has_value()) << size;
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_FALSE(decode_manifest(longer).has_value());
  Manifest twice = small_manifest();
  twice.entries.push_back(twice.entries.front());
  EXPECT_EQ(decode_manifest(encode_manifest(twice)).error().message, "manifest: present, block 0 comes twice");
}

TEST(Manifest, HasAnEncodingOfItsOwnWithRulesAndThatOfOldWithoutAny) {
  Manifest manifest = small_manifest();
  const Bytes without = encode_manifest(manifest);
  EXPECT_EQ(without[4] + 256 * without[5], 2) << "owners who demand nothing publish what they always published";
  manifest.rules = {20, 10, 80};
  const Bytes bytes = encode_manifest(manifest);
  EXPECT_EQ(bytes[4] + 256 * bytes[5], 3);
  EXPECT_EQ(bytes.size(), without.size() + 12);
  EXPECT_EQ(decode_manifest(bytes).value_or_stop(), manifest);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_manifest(ByteView(bytes).first(size)).has_value()) << size;
}

// Attack: the store shows a manifest without its rules, or with others. Its name is its hash, and no other bytes decode
// to the same rules.
TEST(Manifest, RulesThatAreStrippedOrLoosenedChangeItsHashAndHaveNoSecondEncoding) {
  Manifest manifest = small_manifest();
  manifest.rules = {20, 10, 0};
  Manifest stripped = manifest, loosened = manifest;
  stripped.rules = {};
  loosened.rules.minimum_cohort = 19;
  EXPECT_NE(manifest_hash(stripped), manifest_hash(manifest));
  EXPECT_NE(manifest_hash(loosened), manifest_hash(manifest));
  // In front of the entries' count: magic, version, data set, owner, schema, parameters, epoch, range.
  const std::size_t place = 4 + 2 + 4 + manifest.dataset.size() + manifest.owner.size() + 32 + 32 + 4 + 8 + 8;
  Bytes empty = encode_manifest(manifest);
  std::fill_n(empty.begin() + static_cast<std::ptrdiff_t>(place), 12, std::uint8_t{0});
  EXPECT_THAT(decode_manifest(empty).error().message, HasSubstr("demand nothing"));
}

TEST(Manifest, AnAnnouncedCountIsNotAllocated) {
  Manifest manifest = small_manifest();
  manifest.entries.clear();
  manifest.proofs.clear();
  Bytes bytes = encode_manifest(manifest);
  for (const std::size_t end : {bytes.size() - 4, bytes.size()}) {  // of the entries' count, of the proofs'
    Bytes claimed = bytes;
    claimed[end - 2] = 0x0F;  // 983,040 in a file that has none
    EXPECT_EQ(decode_manifest(claimed).error().code, Code::kCorrupt);
    claimed[end - 1] = 0xFF;
    EXPECT_EQ(decode_manifest(claimed).error().code, Code::kLimit);
  }
}

TEST(Manifest, AsManyProofsAsItsEntriesNeedAreNamed) {
  Manifest manifest = small_manifest();
  const ManifestProof proof = manifest.proofs[0];
  manifest.proofs.clear();
  EXPECT_THAT(decode_manifest(encode_manifest(manifest)).error().message,
              HasSubstr("0 proofs of plaintext knowledge, its entries need 1"));
  manifest.proofs = {proof, proof};
  EXPECT_THAT(decode_manifest(encode_manifest(manifest)).error().message, HasSubstr("2 proofs"));
  manifest.proofs = {{proof.blob, 0}};
  EXPECT_EQ(decode_manifest(encode_manifest(manifest)).error().code, Code::kLimit);
  manifest.proofs = {{proof.blob, (8u << 20) + 1}};
  EXPECT_EQ(decode_manifest(encode_manifest(manifest)).error().code, Code::kLimit);

  manifest.proofs = {proof, proof};
  for (std::uint32_t block = 2; manifest.entries.size() < 200; ++block) {
    manifest.entries.push_back({"present", block, sha256(view_of(std::to_string(block))), 1000});
  }
  EXPECT_EQ(decode_manifest(encode_manifest(manifest)).value_or_stop(), manifest);
  EXPECT_EQ(manifest.proven_by(0).size(), 128u);
  EXPECT_EQ(manifest.proven_by(1).size(), 72u);
  EXPECT_EQ(manifest.proven_by(1)[0], manifest.entries[128]);
}

}  // namespace
}  // namespace mc::data
