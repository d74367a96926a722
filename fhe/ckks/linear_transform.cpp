// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/linear_transform.hpp"

#include <algorithm>
#include <cstring>
#include <set>

#include "fhe/ring/division.hpp"

namespace mc::fhe {
namespace {

constexpr std::size_t kLanes = 8;        // Kernels::key_product's interleaving
constexpr std::size_t kPartSize = 1024;  // residues of all baby steps that meet all giant steps in the cache

std::int64_t modulo(std::int64_t k, std::int64_t slots) {
  return (k % slots + slots) % slots;
}

/// What a split costs, in passes over one limb that comes from memory. A transform is worth two to three of them
/// (measured for N = 2^14 and 2^15); the lower figure prefers equal numbers of both steps, which need fewer keys.
struct Cost {
  explicit Cost(const Params& params, Level level) {
    const std::uint64_t limbs = level.value + params.p().size();
    const std::uint64_t digits = params.digit_count(level);
    const std::uint64_t transforms = digits * limbs                      // decomposition
                                     + params.p().size() + level.value;  // division by P
    baby = (2 * digits + 3) * limbs;
    giant = baby + 2 * transforms;
    product = limbs;
  }
  std::uint64_t baby, giant, product;
};

struct Split {
  std::int64_t stride;
  std::set<std::int64_t> babies, giants;
};

Split split_by(std::span<const std::int64_t> diagonals, std::int64_t stride) {
  Split split{stride, {}, {}};
  for (const std::int64_t k : diagonals) {
    split.babies.insert(k % stride);
    split.giants.insert(k - k % stride);
  }
  return split;
}

std::uint64_t cost_of(const Split& split, const Cost& cost) {
  const auto moving = [](const std::set<std::int64_t>& steps) { return steps.size() - steps.count(0); };
  return moving(split.babies) * cost.baby + moving(split.giants) * cost.giant +
         split.babies.size() * split.giants.size() * cost.product;
}

/// Strides 2^i and 3 * 2^i: which other one is a little better hardly matters, and N/2 is among them (no giant step).
Split cheapest_split(std::span<const std::int64_t> diagonals, std::int64_t slots, const Cost& cost) {
  Split best = split_by(diagonals, slots);
  for (std::int64_t power = 1; power < slots; power *= 2) {
    for (const std::int64_t stride : {power, 3 * power}) {
      if (stride >= slots) continue;
      Split split = split_by(diagonals, stride);
      if (cost_of(split, cost) < cost_of(best, cost)) best = std::move(split);
    }
  }
  return best;
}

/// rows b, a become column `index` of `width` pairs, as Kernels::key_product reads them.
void interleave(std::uint64_t* out, const std::uint64_t* b, const std::uint64_t* a, std::size_t index,
                std::size_t width, std::size_t count) {
  out += 2 * kLanes * index;
  for (std::size_t i = 0; i < count; i += kLanes, out += 2 * kLanes * width) {
    std::memcpy(out, b + i, kLanes * sizeof *out);
    std::memcpy(out + kLanes, a + i, kLanes * sizeof *out);
  }
}

/// P times the rotations of x modulo one prime of Q_l P, without any division: column r of the result is baby step r.
/// P x itself is zero modulo the primes of P.
void lay_out_rotations(std::uint64_t* out, const Ring& ring, const Ciphertext& x,
                       std::span<const EvaluationKeys::Galois* const> babies, std::size_t limb,
                       const ProductOfDigits& product) {
  const Kernels& kernels = ring.kernels();
  const std::size_t degree = ring.degree();
  const Basis wide{x.parts[0].basis().q_limbs, true};
  const std::size_t place = ring.place_of(wide, limb);
  const Modulus& m = ring.modulus_at(place);
  const bool special = limb >= wide.q_limbs;
  AlignedWords scaled(degree, 0), b(degree), a(degree);  // P c_0, and one rotation
  if (!special) {
    kernels.multiply_scalar_add(scaled.data(), x.parts[0].limb(limb).data(), ring.special_product_modulo(place), degree,
                                m);
  }
  for (std::size_t r = 0; r < babies.size(); ++r) {
    if (babies[r] != nullptr) {
      product({&babies[r]->key, &babies[r]->automorphism}, false, b.data(), a.data());
      if (!special) kernels.permute(b.data(), scaled.data(), babies[r]->automorphism, true, {0, degree}, m);
    } else {
      b = scaled;
      std::ranges::fill(a, 0);
      if (!special) {
        kernels.multiply_scalar_add(a.data(), x.parts[1].limb(limb).data(), ring.special_product_modulo(place), degree,
                                    m);
      }
    }
    interleave(out, b.data(), a.data(), r, babies.size(), degree);
  }
}

/// The values of a diagonal where its giant step's inner sum needs them: slot j + giant of the sum is rotated to slot
/// j.
std::vector<double> turned(std::span<const double> values, std::int64_t giant, std::size_t slots) {
  std::vector<double> result(slots);
  for (std::size_t j = 0; j < values.size(); ++j) result[(j + static_cast<std::size_t>(giant)) % slots] = values[j];
  return result;
}

std::size_t index_of(const std::vector<std::int64_t>& steps, std::int64_t step) {
  return static_cast<std::size_t>(std::ranges::lower_bound(steps, step) - steps.begin());
}

}  // namespace

std::vector<std::int64_t> LinearTransformPlan::rotations() const {
  std::set<std::int64_t> steps(baby_steps.begin(), baby_steps.end());
  steps.insert(giant_steps.begin(), giant_steps.end());
  steps.erase(0);
  return {steps.begin(), steps.end()};
}

Result<Shape> LinearTransformPlan::applied(const Shape& x, const KeyShape& keys) const {
  if (x.parts != 2) {
    return fail(Code::kInvalidArgument,
                "linear transform: a ciphertext of " + std::to_string(x.parts) + " parts, not 2");
  }
  if (x.level != level) {
    return fail(Code::kInvalidArgument, "linear transform: planned for level " + std::to_string(level.value) +
                                            ", the ciphertext has " + std::to_string(x.level.value));
  }
  for (const std::int64_t steps : rotations()) {
    const Result<Shape> moved = rotated(x, steps, keys);
    if (!moved) return fail(moved.error().within("linear transform"));
  }
  MC_TRY(const Shape product, product_with_plain(x, {level, diagonal_scale()}));
  return rescaled(product, primes);
}

Result<LinearTransformPlan> LinearTransform::plan(ParamsPtr params, std::span<const std::int64_t> diagonals,
                                                  Level level, std::uint32_t primes) {
  const auto slots = static_cast<std::int64_t>(params->slot_count());
  if (diagonals.empty()) return fail(Code::kInvalidArgument, "a linear transform without a diagonal");
  if (level > params->top_level()) {
    return fail(Code::kInvalidArgument, "linear transform: level " + std::to_string(level.value) + " of a chain of " +
                                            std::to_string(params->top_level().value));
  }
  if (primes == 0) return fail(Code::kInvalidArgument, "linear transform: diagonals at the scale of no prime");
  if (level.value <= primes) {
    return fail(Code::kLimit, "level " + std::to_string(level.value) + " left, a linear transform by " +
                                  std::to_string(primes) + (primes == 1 ? " prime" : " primes") + " needs " +
                                  std::to_string(std::uint64_t{primes} + 1));
  }
  std::map<std::int64_t, std::int64_t> normal;
  for (const std::int64_t k : diagonals) {
    const auto [at, fresh] = normal.emplace(modulo(k, slots), k);
    if (!fresh) {
      return fail(Code::kInvalidArgument, "linear transform: diagonals " + std::to_string(at->second) + " and " +
                                              std::to_string(k) + " are the same modulo " + std::to_string(slots));
    }
  }
  LinearTransformPlan plan;
  for (const auto& [k, given] : normal) plan.diagonals.push_back(k);
  const Split split = cheapest_split(plan.diagonals, slots, Cost(*params, level));
  plan.params = std::move(params);
  plan.level = level;
  plan.primes = primes;
  plan.stride = split.stride;
  plan.baby_steps.assign(split.babies.begin(), split.babies.end());
  plan.giant_steps.assign(split.giants.begin(), split.giants.end());
  return plan;
}

Result<LinearTransform> LinearTransform::encode(const Encoder& encoder, LinearTransformPlan plan,
                                                const Diagonals& diagonals) {
  if (encoder.params().id() != plan.params->id()) {
    return fail(Code::kInvalidArgument, "linear transform: planned for parameter set " + plan.params->spec().name +
                                            ", the encoder has " + encoder.params().spec().name);
  }
  const auto slots = static_cast<std::int64_t>(plan.params->slot_count());
  const bool mask = plan.rotations().empty();
  LinearTransform transform(std::move(plan));
  const LinearTransformPlan& p = transform.plan_;
  transform.plaintexts_.resize(p.giant_steps.size() * p.baby_steps.size());
  std::set<std::int64_t> missing(p.diagonals.begin(), p.diagonals.end());
  for (const auto& [given, values] : diagonals) {
    const std::int64_t k = modulo(given, slots);
    const std::string name = "linear transform: diagonal " + std::to_string(given);
    if (missing.erase(k) == 0) return fail(Code::kInvalidArgument, name + " is not in the plan or is given twice");
    if (values.size() > p.params->slot_count()) {
      return fail(Code::kInvalidArgument,
                  name + " has " + std::to_string(values.size()) + " values for " + std::to_string(slots) + " slots");
    }
    const bool zero = std::ranges::all_of(values, [](double value) { return value == 0; });
    if (zero && !mask) continue;
    const std::int64_t giant = k - k % p.stride;
    auto encoded = encoder.encode_wide(turned(values, giant, p.params->slot_count()), p.level, p.diagonal_scale());
    if (!encoded) return fail(encoded.error().within(name));
    if (mask) encoded->keep_limbs(p.level.value);
    const std::size_t row = index_of(p.giant_steps, giant);
    transform.plaintexts_[row * p.baby_steps.size() + index_of(p.baby_steps, k - giant)] = std::move(*encoded);
  }
  if (!missing.empty()) {
    return fail(Code::kInvalidArgument,
                "linear transform: there are no values for diagonal " + std::to_string(*missing.begin()));
  }
  return transform;
}

bool LinearTransform::is_zero(std::size_t giant) const {
  for (std::size_t baby = 0; baby < plan_.baby_steps.size(); ++baby) {
    if (!plaintext(giant, baby).empty()) return false;
  }
  return true;
}

auto LinearTransform::keys_for(const Evaluator& evaluator, std::span<const std::int64_t> steps)
    -> std::vector<Rotation> {
  std::vector<Rotation> keys;
  for (const std::int64_t step : steps) {
    const std::uint64_t element = galois_element_of_rotation(step, evaluator.params().ring().degree());
    keys.push_back(step == 0 ? nullptr : evaluator.keys()->galois(element));
  }
  return keys;
}

Result<Ciphertext> LinearTransform::apply(const Evaluator& evaluator, const Ciphertext& x) const {
  const Ring& ring = plan_.params->ring();
  if (evaluator.params().id() != plan_.params->id()) {
    return fail(Code::kInvalidArgument, "linear transform: planned for parameter set " + plan_.params->spec().name +
                                            ", the evaluator has " + evaluator.params().spec().name);
  }
  MC_TRY(const Shape shape, plan_.applied(shape_of(x), evaluator.keys()->shape()));
  if (plan_.rotations().empty()) {
    MC_TRY(Ciphertext masked, evaluator.multiply_plain(x, Plaintext{plaintexts_[0], plan_.diagonal_scale()}));
    MC_TRY_STATUS(evaluator.rescale_inplace(masked, plan_.primes));
    return masked;
  }
  WidePair total = outer_sum(inner_sums(x, keys_for(evaluator, plan_.baby_steps), evaluator.workers()),
                             keys_for(evaluator, plan_.giant_steps), evaluator.workers());
  Ciphertext y{{}, shape.scale, shape.epoch};
  y.parts.push_back(std::move(total.b));
  y.parts.push_back(std::move(total.a));
  divide_by_last_primes(ring, y.parts, ring.p_count(), evaluator.workers());
  divide_by_last_primes(ring, y.parts, plan_.primes, evaluator.workers());
  return y;
}

/// Per giant step the sum over baby steps, over Q_l P; unset where the matrix is zero. Prime by prime: the rotations of
/// x modulo one prime are laid out like the rows of a key, so that a giant step's sum is one Kernels::key_product with
/// the diagonals as digits, reduced once however many baby steps there are.
std::vector<WidePair> LinearTransform::inner_sums(const Ciphertext& x, std::span<const Rotation> babies,
                                                  const Workers* workers) const {
  const Ring& ring = plan_.params->ring();
  const std::size_t degree = ring.degree();
  const std::size_t part = std::min(degree, kPartSize);
  const std::vector<std::uint64_t> zero(part);
  std::vector<WidePair> sums(plan_.giant_steps.size());
  for (std::size_t g = 0; g < sums.size(); ++g) {
    if (!is_zero(g)) sums[g] = make_wide_pair(*plan_.params, plan_.level);
  }
  switch_key_limbs(*plan_.params, x.parts[1], workers, [&](std::size_t limb, const ProductOfDigits& product) {
    AlignedWords rotations(2 * degree * babies.size());
    lay_out_rotations(rotations.data(), ring, x, babies, limb, product);
    std::vector<const std::uint64_t*> diagonals(babies.size());
    for (std::size_t from = 0; from < degree; from += part) {
      for (std::size_t g = 0; g < sums.size(); ++g) {
        if (sums[g].b.empty()) continue;
        for (std::size_t r = 0; r < babies.size(); ++r) {
          diagonals[r] = plaintext(g, r).empty() ? zero.data() : plaintext(g, r).limb(limb).data() + from;
        }
        ring.kernels().key_product(sums[g].b.limb(limb).data() + from, sums[g].a.limb(limb).data() + from,
                                   diagonals.data(), babies.size(),
                                   {rotations.data() + 2 * from * babies.size(), babies.size()}, nullptr, false,
                                   {0, part}, ring.modulus(sums[g].b.basis(), limb));
      }
    }
  });
  return sums;
}

/// The sum of the inner sums' rotations by the giant steps, over Q_l P. The second part of each is divided by P to be
/// switched; the first only moves.
WidePair LinearTransform::outer_sum(std::vector<WidePair> inner, std::span<const Rotation> giants,
                                    const Workers* workers) const {
  const Ring& ring = plan_.params->ring();
  const Basis wide{plan_.level.value, true};
  std::vector<NttPoly> seconds;
  std::vector<std::size_t> moving;
  WidePair total;
  for (std::size_t g = 0; g < inner.size(); ++g) {
    if (inner[g].b.empty()) continue;
    if (giants[g] == nullptr) {
      total = std::move(inner[g]);
      continue;
    }
    moving.push_back(g);
    seconds.push_back(std::move(inner[g].a));
  }
  if (total.b.empty()) total = {ring.make<Domain::kNtt>(wide), ring.make<Domain::kNtt>(wide)};
  divide_by_last_primes(ring, seconds, ring.p_count(), workers);
  for (std::size_t i = 0; i < moving.size(); ++i) {
    const WidePair& sum = inner[moving[i]];
    const EvaluationKeys::Galois& giant = *giants[moving[i]];
    switch_key_limbs(*plan_.params, seconds[i], workers, [&](std::size_t limb, const ProductOfDigits& product) {
      product({&giant.key, &giant.automorphism}, true, total.b.limb(limb).data(), total.a.limb(limb).data());
      ring.kernels().permute(total.b.limb(limb).data(), sum.b.limb(limb).data(), giant.automorphism, true,
                             {0, ring.degree()}, ring.modulus(wide, limb));
    });
  }
  return total;
}

}  // namespace mc::fhe
