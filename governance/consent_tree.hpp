// SPDX-License-Identifier: Apache-2.0
// A sparse Merkle tree over 256-bit keys in compact form: empty subtrees vanish, so n leaves make n-1 inner nodes, each
// at the bit where its two sides first differ. The shape, and with it the root, is a function of the set of leaves
// alone, not of the order in which they came. An inner node's hash covers its bit, so a key leads to one place only.
//   leaf   SHA-256("medcommons/consent-leaf/1", key, value)
//   inner  SHA-256("medcommons/consent-node/1", bit, left, right)
// Not thread-safe for writing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/hash.hpp"

namespace mc::governance {

/// The siblings on the way from a leaf to the top, deepest first.
struct ConsentProof {
  struct Step {
    std::uint8_t bit = 0;  // 0 is the key's most significant bit
    Hash256 sibling;
    friend bool operator==(const Step&, const Step&) = default;
  };
  std::vector<Step> steps;  // bits fall strictly
  friend bool operator==(const ConsentProof&, const ConsentProof&) = default;
};

class ConsentTree {
 public:
  struct Leaf {
    Hash256 key;
    Hash256 value;
  };

  /// Builds from any order of leaves with different keys; kConflict when two keys are equal.
  static Result<ConsentTree> build(std::vector<Leaf> leaves);

  /// Inserts, or replaces the value of, one key.
  ///   cost  one hash per inner node on the way: about log2(leaves) for keys that are digests, 256 at most
  void set(const Hash256& key, const Hash256& value);
  [[nodiscard]] std::size_t size() const { return leaf_count_; }
  /// The top node's hash; zero for the empty tree.
  [[nodiscard]] Hash256 root() const;
  /// kNotFound when the key has no leaf.
  Result<ConsentProof> prove(const Hash256& key) const;

 private:
  static constexpr std::int32_t kNobody = -1;
  struct Node {
    Hash256 hash;
    Hash256 key;                  // leaf only
    std::int32_t left = kNobody;  // inner only: the side whose bit is 0
    std::int32_t right = kNobody;
    std::uint8_t bit = 0;
    [[nodiscard]] bool is_leaf() const { return left == kNobody; }
  };
  [[nodiscard]] const Node& node(std::int32_t at) const { return nodes_[static_cast<std::size_t>(at)]; }
  Node& node(std::int32_t at) { return nodes_[static_cast<std::size_t>(at)]; }
  /// The side of an inner node that the key lies on.
  static std::int32_t& child(Node& inner, const Hash256& key);
  std::int32_t build_range(std::span<const Leaf> leaves);
  std::int32_t add_leaf(const Leaf& leaf);
  std::int32_t add_inner(std::uint8_t bit, std::int32_t left, std::int32_t right);
  void rehash(Node& inner) const;
  /// The leaf that the key's bits lead to; the tree is not empty. `path` receives the inner nodes, top first.
  std::int32_t descend(const Hash256& key, std::vector<std::int32_t>& path) const;

  std::vector<Node> nodes_;
  std::int32_t top_ = kNobody;
  std::size_t leaf_count_ = 0;
};

/// The root of every tree that holds (key, value) at the end of this path; nothing when the bits do not fall.
/// A proof holds when this is the root.
std::optional<Hash256> consent_proof_root(const Hash256& key, const Hash256& value, const ConsentProof& proof);

}  // namespace mc::governance
