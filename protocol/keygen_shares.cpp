// SPDX-License-Identifier: Apache-2.0
#include "protocol/keygen_shares.hpp"

#include <algorithm>

#include "protocol/keygen_record.hpp"

namespace mc::protocol {

KeygenShares::KeygenShares(const KeygenSetup& setup, CustodianId self, std::vector<fhe::PieceSeed> seeds,
                           const Hash256& common_seed, std::size_t kept_bytes_max)
    : setup_(&setup),
      self_(self),
      seeds_(std::move(seeds)),
      common_(fhe::expand_common_random(*setup.params, common_seed)),
      kept_bytes_max_(kept_bytes_max) {
  for (const fhe::PieceSeed& seed : seeds_) secrets_.push_back(fhe::piece_secret(*setup.params, seed));
}

template <class Share>
Bytes KeygenShares::encode(const Share& share, std::size_t piece) const {
  return fhe::encode_share(*setup_->params, setup_->epoch, seeds_[piece].piece, share);
}

Bytes KeygenShares::encode(const fhe::GaloisShare& share, std::size_t piece, std::uint64_t element) const {
  return fhe::encode_share(*setup_->params, setup_->epoch, seeds_[piece].piece, element, share);
}

void KeygenShares::keep(const BoardSlot& slot, Bytes bytes, const Hash256& hash) {
  if (setup_->shape.lowest_holder(fhe::PieceId(slot.subject)) != self_) return;
  const bool fits = kept_bytes_ + bytes.size() <= kept_bytes_max_;
  if (fits) kept_bytes_ += bytes.size();
  to_reveal_.push_back({slot, fits ? std::move(bytes) : Bytes{}, hash});
}

template <class Share>
Hash256 KeygenShares::commit(const Share& share, std::size_t piece, const BoardSlot& slot) {
  Bytes bytes = encode(share, piece);
  const Hash256 hash = sha256(bytes);
  keep(slot, std::move(bytes), hash);
  return hash;
}

std::vector<Hash256> KeygenShares::make_round_one(fhe::PublicKeyShare& public_sum, fhe::RelinShareOne& relin_sum) {
  const fhe::Params& params = *setup_->params;
  const std::size_t stride = shares_per_piece(*setup_);
  std::vector<Hash256> hashes(stride * seeds_.size());
  for (std::size_t p = 0; p < seeds_.size(); ++p) {
    fhe::PublicKeyShare public_share = fhe::make_public_key_share(params, seeds_[p], secrets_[p], common_);
    hashes[p * stride] = commit(public_share, p, slot_of(Round::kShareReveal, p, kPublicKeyItem));
    fhe::add_share(params, public_sum, std::move(public_share));
    fhe::RelinShareOne relin_share = fhe::make_relin_share_one(params, seeds_[p], secrets_[p], common_);
    hashes[p * stride + 1] = commit(relin_share, p, slot_of(Round::kShareReveal, p, kRelinItem));
    fhe::add_share(params, relin_sum, std::move(relin_share));
  }
  // Only hashed now: one element's shares at a time are made again when they are revealed.
  for (std::size_t k = 0; k < setup_->galois_elements.size(); ++k) {
    const fhe::GaloisCommon common = fhe::expand_galois_common(params, common_.seed, setup_->galois_elements[k]);
    for (std::size_t p = 0; p < seeds_.size(); ++p) {
      const fhe::GaloisShare share = fhe::make_galois_share(params, seeds_[p], secrets_[p], common);
      hashes[p * stride + 2 + k] = sha256(encode(share, p, common.galois_element));
    }
  }
  return hashes;
}

void KeygenShares::finish_round_one() {
  MC_CHECK(to_reveal_.empty());
  common_.relin.clear();
}

std::vector<Hash256> KeygenShares::make_round_two(const fhe::RelinAggregate& aggregate, fhe::RelinShareTwo& sum) {
  MC_CHECK(to_reveal_.empty());
  aggregate_ = &aggregate;
  std::vector<Hash256> hashes;
  for (std::size_t p = 0; p < seeds_.size(); ++p) {
    fhe::RelinShareTwo share = fhe::make_relin_share_two(*setup_->params, seeds_[p], secrets_[p], common_, aggregate);
    hashes.push_back(commit(share, p, slot_of(Round::kRelinReveal, p)));
    fhe::add_share(*setup_->params, sum, std::move(share));
  }
  return hashes;
}

void KeygenShares::finish_round_two() {
  MC_CHECK(to_reveal_.empty());
  aggregate_ = nullptr;
}

void KeygenShares::make_galois(const fhe::GaloisCommon& common, std::uint32_t item, fhe::GaloisShare& sum) {
  MC_CHECK(to_reveal_.empty());
  galois_ = &common;
  for (std::size_t p = 0; p < seeds_.size(); ++p) {
    fhe::GaloisShare share = fhe::make_galois_share(*setup_->params, seeds_[p], secrets_[p], common);
    if (setup_->shape.lowest_holder(seeds_[p].piece) == self_) {
      Bytes bytes = encode(share, p, common.galois_element);
      const Hash256 hash = sha256(bytes);
      keep(slot_of(Round::kGaloisReveal, p, item), std::move(bytes), hash);
    }
    fhe::add_share(*setup_->params, sum, std::move(share));
  }
}

Bytes KeygenShares::make_again(const BoardSlot& slot) const {
  const fhe::Params& params = *setup_->params;
  const auto found = std::ranges::find(seeds_, fhe::PieceId(slot.subject), &fhe::PieceSeed::piece);
  const auto p = static_cast<std::size_t>(found - seeds_.begin());
  switch (slot.round) {
    case Round::kShareReveal:
      return slot.item == kPublicKeyItem
                 ? encode(fhe::make_public_key_share(params, seeds_[p], secrets_[p], common_), p)
                 : encode(fhe::make_relin_share_one(params, seeds_[p], secrets_[p], common_), p);
    case Round::kRelinReveal:
      return encode(fhe::make_relin_share_two(params, seeds_[p], secrets_[p], common_, *aggregate_), p);
    default:
      return encode(fhe::make_galois_share(params, seeds_[p], secrets_[p], *galois_), p, galois_->galois_element);
  }
}

std::optional<KeygenShares::Reveal> KeygenShares::next_reveal() {
  if (to_reveal_.empty()) return std::nullopt;
  Reveal reveal = std::move(to_reveal_.front());
  to_reveal_.pop_front();
  if (reveal.bytes.empty()) {
    reveal.bytes = make_again(reveal.slot);
    MC_CHECK(sha256(reveal.bytes) == reveal.hash);
  } else {
    kept_bytes_ -= reveal.bytes.size();
  }
  return reveal;
}

}  // namespace mc::protocol
