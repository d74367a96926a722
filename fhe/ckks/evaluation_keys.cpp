// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/evaluation_keys.hpp"

#include <algorithm>
#include <array>

namespace mc::fhe {
namespace {

constexpr std::size_t kLineWords = 8;  // of a cache line
constexpr std::string_view kRelinKey = "a relinearisation key";
constexpr std::string_view kGaloisKey = "a Galois key";

Status check_epoch(Epoch key, Epoch keys) {
  if (key == keys) return {};
  return fail(Code::kInvalidArgument,
              "a key of epoch " + std::to_string(key.value) + " among keys of epoch " + std::to_string(keys.value));
}

Status check_digits(const Params& params, std::string_view what, const std::vector<const NttPoly*>& polys) {
  const std::uint32_t wanted = params.digit_count(params.top_level());
  if (polys.size() != wanted) {
    return fail(Code::kInvalidArgument, std::string(what) + " of " + std::to_string(polys.size()) +
                                            " digits, the parameter set " + params.spec().name + " has " +
                                            std::to_string(wanted));
  }
  const Basis basis{params.top_level().value, true};
  const bool fit = std::ranges::all_of(
      polys, [&](const NttPoly* poly) { return poly->basis() == basis && poly->degree() == params.ring().degree(); });
  if (fit) return {};
  return fail(Code::kInvalidArgument,
              std::string(what) + " is not over the modulus of parameter set " + params.spec().name);
}

std::vector<const NttPoly*> pointers_to(const std::vector<NttPoly>& polys) {
  std::vector<const NttPoly*> pointers;
  for (const NttPoly& poly : polys) pointers.push_back(&poly);
  return pointers;
}

struct Halves {
  std::vector<const NttPoly*> b, a;
};

Halves halves_of(const std::vector<SwitchingDigit>& digits) {
  Halves halves;
  for (const SwitchingDigit& digit : digits) {
    halves.b.push_back(&digit.b);
    halves.a.push_back(&digit.a);
  }
  return halves;
}

}  // namespace

void PreparedKey::lay_out(const Params& params, std::span<const std::vector<const NttPoly*>> halves) {
  const Ring& ring = params.ring();
  std::size_t words = 0;
  for (std::size_t place = 0; place < halves[0].front()->limb_count(); ++place) {
    const std::size_t bits =
        ring.kernels().packs_keys ? KeyRows::packed_bits(ring.modulus_at(place)) : KeyRows::kPlainBits;
    rows_.push_back({words, bits});
    const std::size_t rows =
        KeyRows::words_for(ring.degree(), digit_count_, halves.size() * KeyRows::bytes_per_half(bits));
    words += rows / kLineWords * kLineWords + kLineWords;
  }
  words_ = AlignedWords(words);
  for (std::size_t place = 0; place < rows_.size(); ++place) {
    auto* out = reinterpret_cast<std::byte*>(words_.data() + rows_[place].first_word);
    for (std::size_t i = 0; i < ring.degree(); i += KeyRows::kLanes) {
      for (std::size_t digit = 0; digit < digit_count_; ++digit) {
        for (const std::vector<const NttPoly*>& half : halves) {
          write_half(out, half[digit]->limb(place).data() + i, rows_[place].bits);
          out += KeyRows::bytes_per_half(rows_[place].bits);
        }
      }
    }
  }
}

PreparedKey::PreparedKey(const Params& params, const std::vector<const NttPoly*>& b,
                         const std::vector<const NttPoly*>& a)
    : digit_count_(b.size()) {
  MC_CHECK(b.size() == a.size() && digit_count_ == params.digit_count(params.top_level()));
  lay_out(params, std::array{b, a});
}

PreparedKey::PreparedKey(const Params& params, const std::vector<const NttPoly*>& b, const Hash256& seed)
    : digit_count_(b.size()) {
  MC_CHECK(digit_count_ == params.digit_count(params.top_level()));
  const Ring& ring = params.ring();
  if (!ring.kernels().makes_uniform_halves) {
    const std::vector<NttPoly> a = expand_uniform_halves(params, seed);
    lay_out(params, std::array{b, pointers_to(a)});
    return;
  }
  lay_out(params, std::array{b});
  const PublicKey128 key = uniform_half_key(seed);
  aes_ = std::make_unique<const Aes128>(key);
  AlignedWords made(ring.degree());
  for (std::size_t place = 0; place < rows_.size(); ++place) {
    std::vector<ReplacedResidue>& replaced = replaced_.emplace_back();
    for (std::size_t digit = 0; digit < digit_count_; ++digit) {
      make_uniform_half(made, key, digit, place, ring.modulus_at(place), &replaced);
    }
  }
  for (std::size_t place = 0; place < rows_.size(); ++place) {
    uniform_.push_back({aes_->round_keys().data(), place, replaced_[place]});
  }
}

Status EvaluationKeys::add(const RelinKey& key) {
  MC_TRY_STATUS(check_epoch(key.epoch, shape_.epoch));
  const std::vector<const NttPoly*> b = pointers_to(key.b);
  MC_TRY_STATUS(check_digits(*params_, kRelinKey, b));
  keep_relin(PreparedKey(*params_, b, key.seed));
  return {};
}

Status EvaluationKeys::add_relin(const std::vector<SwitchingDigit>& digits, Epoch epoch) {
  MC_TRY_STATUS(check_epoch(epoch, shape_.epoch));
  const auto [b, a] = halves_of(digits);
  MC_TRY_STATUS(check_digits(*params_, kRelinKey, b));
  MC_TRY_STATUS(check_digits(*params_, kRelinKey, a));
  keep_relin(PreparedKey(*params_, b, a));
  return {};
}

void EvaluationKeys::keep_relin(PreparedKey key) {
  relin_ = std::make_unique<const PreparedKey>(std::move(key));
  shape_.relin = true;
}

Status EvaluationKeys::add(const GaloisKey& key) {
  MC_TRY_STATUS(check_epoch(key.epoch, shape_.epoch));
  const std::vector<const NttPoly*> b = pointers_to(key.b);
  MC_TRY_STATUS(check_galois(key.galois_element, b));
  keep_galois(key.galois_element, PreparedKey(*params_, b, key.seed));
  return {};
}

Status EvaluationKeys::add_galois(std::uint64_t galois_element, const std::vector<SwitchingDigit>& digits,
                                  Epoch epoch) {
  MC_TRY_STATUS(check_epoch(epoch, shape_.epoch));
  const auto [b, a] = halves_of(digits);
  MC_TRY_STATUS(check_galois(galois_element, b));
  MC_TRY_STATUS(check_digits(*params_, kGaloisKey, a));
  keep_galois(galois_element, PreparedKey(*params_, b, a));
  return {};
}

Status EvaluationKeys::check_galois(std::uint64_t galois_element, const std::vector<const NttPoly*>& b) const {
  const std::size_t order = 2 * params_->ring().degree();
  if (galois_element % 2 == 0 || galois_element >= order) {
    return fail(Code::kInvalidArgument, "the Galois element " + std::to_string(galois_element) +
                                            " is not odd and below 2N = " + std::to_string(order));
  }
  if (galois_.contains(galois_element)) {
    return fail(Code::kConflict, "there is a key for Galois element " + std::to_string(galois_element) + " already");
  }
  return check_digits(*params_, kGaloisKey, b);
}

void EvaluationKeys::keep_galois(std::uint64_t galois_element, PreparedKey key) {
  galois_.emplace(galois_element,
                  Galois{std::move(key), AutomorphismTable::of(galois_element, params_->ring().degree())});
  shape_.add_galois(galois_element);
}

const EvaluationKeys::Galois* EvaluationKeys::galois(std::uint64_t galois_element) const {
  const auto found = galois_.find(galois_element);
  return found == galois_.end() ? nullptr : &found->second;
}

std::uint64_t galois_element_of_rotation(std::int64_t steps, std::size_t degree) {
  const auto slots = static_cast<std::int64_t>(degree / 2);
  const std::uint64_t mask = 2 * degree - 1;
  std::uint64_t element = 1;
  std::uint64_t power = 5;
  for (auto rest = static_cast<std::uint64_t>((steps % slots + slots) % slots); rest != 0; rest >>= 1) {
    if (rest & 1) element = element * power & mask;
    power = power * power & mask;
  }
  return element;
}

std::uint64_t galois_element_of_conjugation(std::size_t degree) {
  return 2 * degree - 1;
}

}  // namespace mc::fhe
