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
    std::uint32_t place = 0;  // what find() says of the key; no part of the tree's hashes
  };

  /// Builds from any order of leaves with different keys; kConflict when two keys are equal.
  static Result<ConsentTree> build(std::vector<Leaf> leaves);

  /// Inserts, or replaces the value of, one key. `place` is a new key's; a known one keeps its own.
  ///   cost  one hash per inner node on the way: about log2(leaves) for keys that are digests, 256 at most
  void set(const Hash256& key, const Hash256& value, std::uint32_t place = 0);
  [[nodiscard]] std::size_t size() const { return leaves_.size(); }
  /// The top node's hash; zero for the empty tree.
  [[nodiscard]] Hash256 root() const;
  /// The place that came with the key; nothing when it has no leaf.
  [[nodiscard]] std::optional<std::uint32_t> find(const Hash256& key) const;
  /// kNotFound when the key has no leaf.
  Result<ConsentProof> prove(const Hash256& key) const;
  /// What the tree holds in memory: some 112 bytes a leaf.
  [[nodiscard]] std::size_t memory_bytes() const {
    return leaves_.capacity() * sizeof(StoredLeaf) + inners_.capacity() * sizeof(Inner);
  }

 private:
  /// The inner node of that number or, below 0, the leaf number ~side.
  using Side = std::int32_t;
  struct StoredLeaf {
    Hash256 hash;
    Hash256 key;
    std::uint32_t place = 0;
  };
  struct Inner {
    Hash256 hash;
    Side left = 0;  // whose bit is 0
    Side right = 0;
    std::uint8_t bit = 0;
  };
  [[nodiscard]] static bool is_leaf(Side side) { return side < 0; }
  [[nodiscard]] const StoredLeaf& leaf(Side side) const { return leaves_[static_cast<std::size_t>(~side)]; }
  StoredLeaf& leaf(Side side) { return leaves_[static_cast<std::size_t>(~side)]; }
  [[nodiscard]] const Inner& inner(Side side) const { return inners_[static_cast<std::size_t>(side)]; }
  Inner& inner(Side side) { return inners_[static_cast<std::size_t>(side)]; }
  [[nodiscard]] const Hash256& hash_of(Side side) const { return is_leaf(side) ? leaf(side).hash : inner(side).hash; }
  /// The side of an inner node that the key lies on.
  static Side& child(Inner& inner, const Hash256& key);
  Side build_range(std::span<const Leaf> leaves);
  Side add_leaf(const Leaf& leaf);
  Side add_inner(std::uint8_t bit, Side left, Side right);
  void rehash(Inner& inner) const;
  /// The leaf that the key's bits lead to; the tree is not empty. `path` receives the inner nodes, top first.
  Side descend(const Hash256& key, std::vector<Side>& path) const;

  // Apart, for an inner node has no key: a million persons are a quarter less.
  std::vector<StoredLeaf> leaves_;
  std::vector<Inner> inners_;
  Side top_ = 0;  // of a tree with leaves
};

/// The root of every tree that holds (key, value) at the end of this path; nothing when the bits do not fall.
/// A proof holds when this is the root.
std::optional<Hash256> consent_proof_root(const Hash256& key, const Hash256& value, const ConsentProof& proof);

}  // namespace mc::governance
