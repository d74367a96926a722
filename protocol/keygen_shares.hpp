// SPDX-License-Identifier: Apache-2.0
// One custodian's own shares of a key generation: made from its seeds, hashed for the commitments, added up, and handed
// out for the pieces whose bytes it reveals. Shares are functions of the seeds and of what they multiply (R5), so what
// does not fit a budget of memory is not kept but made again.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "fhe/threshold/galois_keygen.hpp"
#include "protocol/keygen_setup.hpp"

namespace mc::protocol {

/// Bytes of shares kept between commitment and reveal. All shares of a 2-of-3 `standard` generation fit.
inline constexpr std::size_t kKeptShareBytesMax = std::size_t{64} << 20;

class KeygenShares {
 public:
  /// `setup` outlives the object. `seeds`: of shape.pieces_of(self), in that order.
  KeygenShares(const KeygenSetup& setup, CustodianId self, std::vector<fhe::PieceSeed> seeds,
               const Hash256& common_seed, std::size_t kept_bytes_max = kKeptShareBytesMax);

  /// Round 1: per piece the hashes of its public key share, its round-1 share and its shares of all Galois keys; adds
  /// the first two to the sums.
  std::vector<Hash256> make_round_one(fhe::PublicKeyShare& public_sum, fhe::RelinShareOne& relin_sum);
  /// Ends round 1, whose shares were all handed out: the key's common polynomials are let go.
  void finish_round_one();
  /// Round 2: per piece the hash of its share. `aggregate` is kept until the round is finished.
  std::vector<Hash256> make_round_two(const fhe::RelinAggregate& aggregate, fhe::RelinShareTwo& sum);
  /// The shares of one Galois element, once more, added up.
  void make_galois(const fhe::GaloisCommon& common, std::uint32_t item, fhe::GaloisShare& sum);
  /// Ends round 2: nothing is answered on its aggregate any more.
  void finish_round_two();

  struct Reveal {
    BoardSlot slot;
    Bytes bytes;
    Hash256 hash;
  };
  /// The next share of ours that the others wait for, of the round made last; empty when all were handed out.
  std::optional<Reveal> next_reveal();

  [[nodiscard]] const std::vector<fhe::PieceSeed>& seeds() const { return seeds_; }
  [[nodiscard]] const fhe::CommonRandom& common() const { return common_; }

 private:
  template <class Share>
  Hash256 commit(const Share& share, std::size_t piece, const BoardSlot& slot);
  template <class Share>
  [[nodiscard]] Bytes encode(const Share& share, std::size_t piece) const;
  [[nodiscard]] Bytes encode(const fhe::GaloisShare& share, std::size_t piece, std::uint64_t element) const;
  void keep(const BoardSlot& slot, Bytes bytes, const Hash256& hash);
  [[nodiscard]] Bytes make_again(const BoardSlot& slot) const;
  [[nodiscard]] BoardSlot slot_of(Round round, std::size_t piece, std::uint32_t item = 0) const {
    return {round, self_, seeds_[piece].piece.value, item};
  }

  const KeygenSetup* setup_;
  CustodianId self_;
  std::vector<fhe::PieceSeed> seeds_;
  std::vector<fhe::SecretPoly> secrets_;  // same order
  fhe::CommonRandom common_;
  const fhe::RelinAggregate* aggregate_ = nullptr;  // while its reveals last
  const fhe::GaloisCommon* galois_ = nullptr;       // while its reveals last
  std::size_t kept_bytes_max_;
  std::size_t kept_bytes_ = 0;
  std::deque<Reveal> to_reveal_;  // bytes empty where they are made again
};

}  // namespace mc::protocol
