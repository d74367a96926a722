// SPDX-License-Identifier: Apache-2.0
#include "governance/consent_tree.hpp"

#include <algorithm>
#include <bit>
#include <optional>

namespace mc::governance {
namespace {

// Which side of a node with this bit the key lies on.
bool bit_of(const Hash256& key, unsigned bit) {
  return (key.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0;
}

// The first bit where two keys differ; nothing when they are equal.
std::optional<std::uint8_t> first_difference(const Hash256& a, const Hash256& b) {
  for (std::size_t i = 0; i < a.bytes.size(); ++i) {
    const auto difference = static_cast<std::uint8_t>(a.bytes[i] ^ b.bytes[i]);
    if (difference != 0)
      return static_cast<std::uint8_t>(8 * i + static_cast<std::size_t>(std::countl_zero(difference)));
  }
  return std::nullopt;
}

Hash256 leaf_hash(const Hash256& key, const Hash256& value) {
  return Sha256("medcommons/consent-leaf/1").update(key.view()).update(value.view()).finish();
}

Hash256 node_hash(std::uint8_t bit, const Hash256& left, const Hash256& right) {
  const std::uint8_t bits[] = {bit};
  return Sha256("medcommons/consent-node/1").update(bits).update(left.view()).update(right.view()).finish();
}

}  // namespace

Result<ConsentTree> ConsentTree::build(std::vector<Leaf> leaves) {
  std::sort(leaves.begin(), leaves.end(), [](const Leaf& a, const Leaf& b) { return a.key < b.key; });
  const auto twice =
      std::adjacent_find(leaves.begin(), leaves.end(), [](const Leaf& a, const Leaf& b) { return a.key == b.key; });
  if (twice != leaves.end()) return fail(Code::kConflict, "the consent tree has key " + twice->key.hex() + " already");
  ConsentTree tree;
  if (leaves.empty()) return tree;
  tree.leaves_.reserve(leaves.size());
  tree.inners_.reserve(leaves.size() - 1);
  tree.top_ = tree.build_range(leaves);
  return tree;
}

// Sorted keys: the first and the last differ at the range's highest differing bit, which parts it in two.
ConsentTree::Side ConsentTree::build_range(std::span<const Leaf> leaves) {
  if (leaves.size() == 1) return add_leaf(leaves[0]);
  const auto bit = first_difference(leaves.front().key, leaves.back().key);
  MC_CHECK(bit.has_value());
  const auto middle =
      std::partition_point(leaves.begin(), leaves.end(), [&](const Leaf& leaf) { return !bit_of(leaf.key, *bit); });
  const auto left_count = static_cast<std::size_t>(middle - leaves.begin());
  const Side left = build_range(leaves.first(left_count));
  const Side right = build_range(leaves.subspan(left_count));
  return add_inner(*bit, left, right);
}

ConsentTree::Side ConsentTree::add_leaf(const Leaf& leaf) {
  leaves_.push_back({leaf_hash(leaf.key, leaf.value), leaf.key, leaf.place});
  return ~(static_cast<Side>(leaves_.size()) - 1);
}

ConsentTree::Side ConsentTree::add_inner(std::uint8_t bit, Side left, Side right) {
  Inner node{.hash = {}, .left = left, .right = right, .bit = bit};
  rehash(node);
  inners_.push_back(node);
  return static_cast<Side>(inners_.size()) - 1;
}

void ConsentTree::rehash(Inner& inner) const {
  inner.hash = node_hash(inner.bit, hash_of(inner.left), hash_of(inner.right));
}

ConsentTree::Side& ConsentTree::child(Inner& inner, const Hash256& key) {
  return bit_of(key, inner.bit) ? inner.right : inner.left;
}

ConsentTree::Side ConsentTree::descend(const Hash256& key, std::vector<Side>& path) const {
  Side at = top_;
  while (!is_leaf(at)) {
    path.push_back(at);
    at = bit_of(key, inner(at).bit) ? inner(at).right : inner(at).left;
  }
  return at;
}

void ConsentTree::set(const Hash256& key, const Hash256& value, std::uint32_t place) {
  if (leaves_.empty()) {
    top_ = add_leaf({key, value, place});
    return;
  }
  std::vector<Side> path;
  const Side nearest = descend(key, path);
  const auto bit = first_difference(key, leaf(nearest).key);
  if (!bit) {
    leaf(nearest).hash = leaf_hash(key, value);
  } else {
    // The new inner node stands above the first node of the path that decides a later bit.
    while (!path.empty() && inner(path.back()).bit > *bit) path.pop_back();
    const Side below = path.empty() ? top_ : child(inner(path.back()), key);
    const Side added = add_leaf({key, value, place});
    const Side above = bit_of(key, *bit) ? add_inner(*bit, below, added) : add_inner(*bit, added, below);
    (path.empty() ? top_ : child(inner(path.back()), key)) = above;
  }
  for (auto at = path.rbegin(); at != path.rend(); ++at) rehash(inner(*at));
}

Hash256 ConsentTree::root() const {
  return leaves_.empty() ? Hash256{} : hash_of(top_);
}

std::optional<std::uint32_t> ConsentTree::find(const Hash256& key) const {
  if (leaves_.empty()) return std::nullopt;
  std::vector<Side> path;
  const StoredLeaf& nearest = leaf(descend(key, path));
  if (nearest.key != key) return std::nullopt;
  return nearest.place;
}

Result<ConsentProof> ConsentTree::prove(const Hash256& key) const {
  std::vector<Side> path;
  if (leaves_.empty() || leaf(descend(key, path)).key != key) {
    return fail(Code::kNotFound, "the consent tree has no leaf " + key.hex());
  }
  ConsentProof proof;
  for (auto at = path.rbegin(); at != path.rend(); ++at) {
    const Inner& node = inner(*at);
    proof.steps.push_back({node.bit, hash_of(bit_of(key, node.bit) ? node.left : node.right)});
  }
  return proof;
}

std::optional<Hash256> consent_proof_root(const Hash256& key, const Hash256& value, const ConsentProof& proof) {
  Hash256 hash = leaf_hash(key, value);
  unsigned below = 256;
  for (const ConsentProof::Step& step : proof.steps) {
    if (step.bit >= below) return std::nullopt;
    below = step.bit;
    hash = bit_of(key, step.bit) ? node_hash(step.bit, step.sibling, hash) : node_hash(step.bit, hash, step.sibling);
  }
  return hash;
}

}  // namespace mc::governance
