// SPDX-License-Identifier: Apache-2.0
#include "governance/consent_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/random.hpp"

namespace mc::governance {
namespace {

Hash256 number_hash(std::uint64_t value) {
  return Sha256().update_u64(value).finish();
}

std::vector<ConsentTree::Leaf> example_leaves(std::size_t count) {
  std::vector<ConsentTree::Leaf> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back({number_hash(i), number_hash(1'000'000 + i)});
  return out;
}

// The tree as its definition says, written again without any structure to keep.
Hash256 plain_root(std::map<Hash256, Hash256> leaves) {
  if (leaves.empty()) return {};
  if (leaves.size() == 1) {
    const auto& [key, value] = *leaves.begin();
    return Sha256("medcommons/consent-leaf/1").update(key.view()).update(value.view()).finish();
  }
  const auto bit = [](const Hash256& key, unsigned i) { return key.bytes[i / 8] >> (7 - i % 8) & 1; };
  for (unsigned i = 0;; ++i) {
    std::map<Hash256, Hash256> sides[2];
    for (const auto& [key, value] : leaves) sides[bit(key, i)].emplace(key, value);
    if (sides[0].empty() || sides[1].empty()) continue;
    const std::uint8_t bits[] = {static_cast<std::uint8_t>(i)};
    const Hash256 left = plain_root(sides[0]);
    const Hash256 right = plain_root(sides[1]);
    return Sha256("medcommons/consent-node/1").update(bits).update(left.view()).update(right.view()).finish();
  }
}

std::map<Hash256, Hash256> as_map(const std::vector<ConsentTree::Leaf>& leaves) {
  std::map<Hash256, Hash256> out;
  for (const auto& leaf : leaves) out[leaf.key] = leaf.value;
  return out;
}

TEST(ConsentTree, EmptyTreeHasTheZeroRoot) {
  EXPECT_TRUE(ConsentTree::build({}).value_or_stop().root().is_zero());
  EXPECT_FALSE(ConsentTree().prove(number_hash(1)));
}

TEST(ConsentTree, RootIsTheOneOfTheDefinition) {
  for (const std::size_t count : {1u, 2u, 3u, 17u, 200u}) {
    const auto leaves = example_leaves(count);
    EXPECT_EQ(ConsentTree::build(leaves).value_or_stop().root(), plain_root(as_map(leaves))) << count;
  }
}

TEST(ConsentTree, RootDoesNotDependOnTheOrderOfArrival) {
  auto leaves = example_leaves(150);
  const Hash256 root = ConsentTree::build(leaves).value_or_stop().root();
  KeyStream stream(SecretKey256(std::span<const std::uint8_t, 32>(number_hash(7).bytes)));
  for (int round = 0; round < 5; ++round) {
    for (std::size_t i = leaves.size(); i > 1; --i) std::swap(leaves[i - 1], leaves[stream.next_below(i)]);
    ConsentTree tree;
    for (const auto& leaf : leaves) tree.set(leaf.key, leaf.value);
    EXPECT_EQ(tree.root(), root);
    EXPECT_EQ(tree.size(), leaves.size());
  }
}

TEST(ConsentTree, SettingALeafAgainReplacesIt) {
  auto leaves = example_leaves(60);
  ConsentTree tree = ConsentTree::build(leaves).value_or_stop();
  leaves[41].value = number_hash(5);
  tree.set(leaves[41].key, leaves[41].value);
  EXPECT_EQ(tree.root(), ConsentTree::build(leaves).value_or_stop().root());
  EXPECT_EQ(tree.size(), leaves.size());
}

// An owner may choose keys as it likes: 257 keys that differ in one bit each make the deepest tree there is.
TEST(ConsentTree, KeysThatShareLongPrefixesAreHandled) {
  std::vector<ConsentTree::Leaf> leaves = {{Hash256{}, number_hash(0)}};
  for (unsigned bit = 0; bit < 256; ++bit) {
    Hash256 key;
    key.bytes[bit / 8] = static_cast<std::uint8_t>(0x80 >> (bit % 8));
    leaves.push_back({key, number_hash(bit + 1)});
  }
  const ConsentTree built = ConsentTree::build(leaves).value_or_stop();
  ConsentTree grown;
  for (const auto& leaf : leaves) grown.set(leaf.key, leaf.value);
  EXPECT_EQ(grown.root(), built.root());
  EXPECT_EQ(built.prove(leaves[0].key).value_or_stop().steps.size(), 256u);
  for (const auto& leaf : leaves) {
    EXPECT_EQ(consent_proof_root(leaf.key, leaf.value, built.prove(leaf.key).value_or_stop()), built.root());
  }
}

TEST(ConsentTree, KnowsThePlaceThatCameWithAKey) {
  std::vector<ConsentTree::Leaf> leaves = example_leaves(50);
  for (std::uint32_t i = 0; i < 50; ++i) leaves[i].place = 1000 + i;
  ConsentTree tree = ConsentTree::build({leaves.begin(), leaves.begin() + 30}).value_or_stop();
  for (std::size_t i = 30; i < 50; ++i) tree.set(leaves[i].key, leaves[i].value, leaves[i].place);
  tree.set(leaves[7].key, number_hash(5), 3);
  for (std::uint32_t i = 0; i < 50; ++i) EXPECT_EQ(tree.find(leaves[i].key), 1000 + i) << i;
  EXPECT_EQ(tree.find(number_hash(4'000'000)), std::nullopt);
  EXPECT_EQ(ConsentTree().find(leaves[0].key), std::nullopt);
}

TEST(ConsentTree, EqualKeysAreRefused) {
  auto leaves = example_leaves(3);
  leaves.push_back({leaves[1].key, number_hash(9)});
  EXPECT_EQ(ConsentTree::build(leaves).error().code, Code::kConflict);
}

TEST(ConsentProof, ShowsExactlyWhatTheTreeHolds) {
  const auto leaves = example_leaves(300);
  const ConsentTree tree = ConsentTree::build(leaves).value_or_stop();
  for (const auto& leaf : leaves) {
    const ConsentProof proof = tree.prove(leaf.key).value_or_stop();
    EXPECT_EQ(consent_proof_root(leaf.key, leaf.value, proof), tree.root());
    EXPECT_NE(consent_proof_root(leaf.key, number_hash(3), proof), tree.root());
    EXPECT_NE(consent_proof_root(number_hash(3'000'000), leaf.value, proof), tree.root());
  }
  EXPECT_EQ(tree.prove(number_hash(4'000'000)).error().code, Code::kNotFound);
}

TEST(ConsentProof, ATamperedPathDoesNotHold) {
  const auto leaves = example_leaves(64);
  const ConsentTree tree = ConsentTree::build(leaves).value_or_stop();
  const ConsentProof good = tree.prove(leaves[9].key).value_or_stop();
  for (std::size_t i = 0; i < good.steps.size(); ++i) {
    ConsentProof bad = good;
    bad.steps[i].sibling.bytes[31] ^= 1;
    EXPECT_NE(consent_proof_root(leaves[9].key, leaves[9].value, bad), tree.root());
    bad = good;
    bad.steps.erase(bad.steps.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_NE(consent_proof_root(leaves[9].key, leaves[9].value, bad), tree.root());
  }
  ConsentProof repeated = good;
  repeated.steps.push_back(repeated.steps.back());
  EXPECT_FALSE(consent_proof_root(leaves[9].key, leaves[9].value, repeated).has_value());
}

}  // namespace
}  // namespace mc::governance
