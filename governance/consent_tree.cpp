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
  tree.nodes_.reserve(2 * leaves.size() - 1);
  tree.top_ = tree.build_range(leaves);
  return tree;
}

// Sorted keys: the first and the last differ at the range's highest differing bit, which parts it in two.
std::int32_t ConsentTree::build_range(std::span<const Leaf> leaves) {
  if (leaves.size() == 1) return add_leaf(leaves[0]);
  const auto bit = first_difference(leaves.front().key, leaves.back().key);
  MC_CHECK(bit.has_value());
  const auto middle =
      std::partition_point(leaves.begin(), leaves.end(), [&](const Leaf& leaf) { return !bit_of(leaf.key, *bit); });
  const auto left_count = static_cast<std::size_t>(middle - leaves.begin());
  const std::int32_t left = build_range(leaves.first(left_count));
  const std::int32_t right = build_range(leaves.subspan(left_count));
  return add_inner(*bit, left, right);
}

std::int32_t ConsentTree::add_leaf(const Leaf& leaf) {
  nodes_.push_back(Node{.hash = leaf_hash(leaf.key, leaf.value), .key = leaf.key});
  ++leaf_count_;
  return static_cast<std::int32_t>(nodes_.size()) - 1;
}

std::int32_t ConsentTree::add_inner(std::uint8_t bit, std::int32_t left, std::int32_t right) {
  Node inner{.hash = {}, .key = {}, .left = left, .right = right, .bit = bit};
  rehash(inner);
  nodes_.push_back(inner);
  return static_cast<std::int32_t>(nodes_.size()) - 1;
}

void ConsentTree::rehash(Node& inner) const {
  inner.hash = node_hash(inner.bit, node(inner.left).hash, node(inner.right).hash);
}

std::int32_t& ConsentTree::child(Node& inner, const Hash256& key) {
  return bit_of(key, inner.bit) ? inner.right : inner.left;
}

std::int32_t ConsentTree::descend(const Hash256& key, std::vector<std::int32_t>& path) const {
  std::int32_t at = top_;
  while (!node(at).is_leaf()) {
    path.push_back(at);
    at = bit_of(key, node(at).bit) ? node(at).right : node(at).left;
  }
  return at;
}

void ConsentTree::set(const Hash256& key, const Hash256& value) {
  if (top_ == kNobody) {
    top_ = add_leaf({key, value});
    return;
  }
  std::vector<std::int32_t> path;
  const std::int32_t nearest = descend(key, path);
  const auto bit = first_difference(key, node(nearest).key);
  if (!bit) {
    node(nearest).hash = leaf_hash(key, value);
  } else {
    // The new inner node stands above the first node of the path that decides a later bit.
    while (!path.empty() && node(path.back()).bit > *bit) path.pop_back();
    const std::int32_t below = path.empty() ? top_ : child(node(path.back()), key);
    const std::int32_t leaf = add_leaf({key, value});
    const std::int32_t inner = bit_of(key, *bit) ? add_inner(*bit, below, leaf) : add_inner(*bit, leaf, below);
    (path.empty() ? top_ : child(node(path.back()), key)) = inner;
  }
  for (auto at = path.rbegin(); at != path.rend(); ++at) rehash(node(*at));
}

Hash256 ConsentTree::root() const {
  return top_ == kNobody ? Hash256{} : node(top_).hash;
}

Result<ConsentProof> ConsentTree::prove(const Hash256& key) const {
  std::vector<std::int32_t> path;
  if (top_ == kNobody || node(descend(key, path)).key != key) {
    return fail(Code::kNotFound, "the consent tree has no leaf " + key.hex());
  }
  ConsentProof proof;
  for (auto at = path.rbegin(); at != path.rend(); ++at) {
    const Node& inner = node(*at);
    const std::int32_t sibling = bit_of(key, inner.bit) ? inner.left : inner.right;
    proof.steps.push_back({inner.bit, node(sibling).hash});
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
