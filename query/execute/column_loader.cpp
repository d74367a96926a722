// SPDX-License-Identifier: Apache-2.0
#include "query/execute/column_loader.hpp"

#include "query/execute/block_pass.hpp"

namespace mc::query {

fhe::Level loaded_level(const fhe::Params& params, std::uint32_t primes) {
  return fhe::Level(params.top_level().value - primes);
}

namespace {

/// What a proof bounds is twice a ciphertext (R21): what is sealed may be half of the modulus besides, which a refresh
/// would take for a number. An even factor takes it away.
void make_even(fhe::Plaintext& half, const fhe::Ring& ring) {
  const fhe::NttPoly once = half.poly;
  ring.add(half.poly, once);
  half.scale = half.scale * fhe::Scale::power_of_two(1);
}

}  // namespace

Result<fhe::Ciphertext> ColumnLoader::load(const FeatureColumn& column, std::uint32_t block, const fhe::Scale& scale,
                                           double times, std::optional<std::size_t> only) const {
  const fhe::Level top(level_.value + primes_);
  const fhe::Scale half_mask_scale =
      scale * fhe::Scale::of_top_primes(top.value, primes_) / fhe::Scale::power_of_two(fhe::kSealScaleLog2 + 1);
  fhe::Ciphertext sum;
  for (std::size_t owner = 0; owner < owners_.size(); ++owner) {
    if (only && owner != *only) continue;
    const std::vector<double> consent = mask_values(owners_[owner], block, bench_.params.slot_count());
    if (consent.empty()) continue;
    std::map<double, fhe::Plaintext> masks;  // by factor
    for (const WeightedFeature& feature : column) {
      auto mask = masks.find(feature.factor);
      if (mask == masks.end()) {
        std::vector<double> values(consent);
        for (double& value : values) value *= feature.factor * times;
        MC_TRY(fhe::Plaintext encoded, bench_.encoder.encode(values, top, half_mask_scale));
        make_even(encoded, bench_.params.ring());
        mask = masks.emplace(feature.factor, std::move(encoded)).first;
      }
      MC_TRY(const fhe::Ciphertext sealed,
             fetch_sealed(vault_, owner, owners_[owner].owner, feature.handle, block, bench_.params));
      MC_TRY_STATUS(bench_.evaluator.multiply_plain_add(
          sum, sealed.level() == top ? sealed : restricted(sealed, top.value), mask->second));
    }
  }
  if (sum.parts.empty()) {
    return fail(Code::kRefused, "nobody in block " + std::to_string(block) + " consents: there is nothing to load");
  }
  MC_TRY_STATUS(bench_.evaluator.rescale_inplace(sum, primes_));
  return sum;
}

}  // namespace mc::query
