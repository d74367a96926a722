// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/plaintext_proof_core.hpp"

#include <algorithm>
#include <cmath>

#include "fhe/ring/kernels.hpp"
#include "fhe/ring/sampling.hpp"
#include "fhe/threshold/monomial_challenge.hpp"
#include "fhe/threshold/piece.hpp"
#include "fhe/threshold/wide_gaussian.hpp"

namespace mc::fhe {
namespace {

constexpr std::uint32_t kCiphertextsMax = 256;
constexpr std::uint32_t kRepetitionsMax = 16;
constexpr std::uint64_t kTriesMax = 10'000;  // honest secrets take five at most
// Squares of how many times longer masks are than what they hide, at least. Errors and messages multiply (R15): the
// product is least for so many tries when a message's is about half of an error's, of which there are two, u and e.
constexpr std::uint64_t kErrorMaskSquare = 160;
constexpr std::uint64_t kMessageMaskSquare = 75;
// Fewer ciphertexts have the masks of so many: they leave no more room than a full batch, and take fewer tries.
constexpr std::uint32_t kErrorsMaskedAtLeast = 16;
// What an honest prover keeps of the limits, so that no verifier rounds her out.
constexpr double kHonestPart = 0.9999;
constexpr std::size_t kGroup = 4;  // ciphertexts that a verifier holds at a time

/// Masks, and responses while they are secret.
struct SecretResponses {
  SecretWideIntegers u, e, f;
};

/// u and e of a ciphertext in one word for each coefficient, e 2^16 + u, so that a challenge moves both at once. Sums
/// of 256 of them stay below 2^15 in magnitude, each.
using SecretPairs = std::vector<std::int32_t, WipingAllocator<std::int32_t>>;
static_assert(kCiphertextsMax * kErrorMax < 1 << 15);

/// Challenges times secrets.
struct Shifts {
  SecretPairs ue;
  SecretWideIntegers f;
};

Error refusal(const std::string& reason) {
  return Error{Code::kRefused, "proof of plaintext knowledge: " + reason};
}

/// p r_u + rest; `rest` is wiped with what it becomes.
NttPoly image(const Ring& ring, const NttPoly& p, const SecretPoly& r_u, CoeffPoly&& rest) {
  NttPoly w = p;
  ring.multiply(w, r_u.expose());
  const SecretPoly addend(ring.to_ntt(std::move(rest)));
  ring.add(w, addend.expose());
  return w;
}

std::span<const i128> repetition(std::span<const i128> all, std::size_t v, std::size_t degree) {
  return all.subspan(v * degree, degree);
}

/// What one try draws: masks, then the toss.
KeyStream stream_of_try(const SecretKey256& masks_key, std::uint64_t attempt) {
  Writer context;
  context.u64(attempt);
  return KeyStream(derive_key(masks_key, "medcommons/plaintext-proof/try/3", context.bytes()));
}

SecretResponses draw_masks(const PlaintextClaim& claim, KeyStream& stream) {
  const Ring& ring = claim.params.ring();
  const auto draw = [&](const ResponseKind& kind) {
    SecretWideIntegers masks(claim.shape.repetitions * ring.degree());
    draw_wide_gaussians(ring, masks, kind.spread_log2, stream);
    return masks;
  };
  SecretResponses masks;
  masks.u = draw(claim.shape.u);
  masks.e = draw(claim.shape.e);
  masks.f = draw(claim.shape.f);
  return masks;
}

Hash256 commit(const PlaintextClaim& claim, const SecretResponses& masks) {
  const Ring& ring = claim.params.ring();
  const Basis basis = claim.key.p0.basis();
  const std::size_t degree = ring.degree();
  PlaintextTranscript transcript(claim);
  for (std::size_t v = 0; v < claim.shape.repetitions; ++v) {
    const SecretPoly y_u(ring.to_ntt(ring.from_wide(repetition(masks.u, v, degree), basis)));
    transcript.take(image(ring, claim.key.p0, y_u, ring.from_wide(repetition(masks.f, v, degree), basis)),
                    image(ring, claim.key.p1, y_u, ring.from_wide(repetition(masks.e, v, degree), basis)));
  }
  return transcript.challenge();
}

std::vector<SecretPairs> pairs_of(std::span<const EncryptionWitness> witnesses) {
  std::vector<SecretPairs> pairs;
  for (const EncryptionWitness& witness : witnesses) {
    SecretPairs& ue = pairs.emplace_back(witness.u.size());
    for (std::size_t k = 0; k < ue.size(); ++k) ue[k] = witness.e[k] * 65'536 + witness.u[k];
  }
  return pairs;
}

/// `ue` is pairs_of(witnesses).
Shifts shifts_of(const PlaintextClaim& claim, const Hash256& challenge, std::span<const EncryptionWitness> witnesses,
                 std::span<const SecretPairs> ue) {
  const std::size_t degree = claim.params.ring().degree();
  const std::size_t count = claim.shape.repetitions * degree;
  Shifts shifts{SecretPairs(count), SecretWideIntegers(count)};
  const auto challenges = expand_monomials(challenge, claim.shape.repetitions * witnesses.size(), degree);
  for (std::size_t v = 0; v < claim.shape.repetitions; ++v) {
    const auto ue_sum = std::span(shifts.ue).subspan(v * degree, degree);
    const auto f_sum = std::span(shifts.f).subspan(v * degree, degree);
    for (std::size_t i = 0; i < witnesses.size(); ++i) {
      const MonomialChallenge c = challenges[v * witnesses.size() + i];
      add_monomial_product(ue_sum, c, std::span<const std::int32_t>(ue[i]));
      add_monomial_product(f_sum, c, std::span<const i128>(witnesses[i].f));
    }
  }
  return shifts;
}

/// Adds what is hidden to the masks. Whether what comes out may be seen: one toss, whose outcome is public, after all
/// was looked at. A challenge under which the secrets are longer than rejection is for is not answered.
bool respond(const PlaintextProofShape& shape, SecretResponses& masks, const Shifts& shifts, KeyStream& stream) {
  SecretPairs u_shift(masks.u.size()), e_shift(masks.e.size());
  for (std::size_t k = 0; k < masks.u.size(); ++k) {
    u_shift[k] = static_cast<std::int16_t>(shifts.ue[k]);
    e_shift[k] = (shifts.ue[k] - u_shift[k]) / 65'536;
    masks.u[k] += u_shift[k];
    masks.e[k] += e_shift[k];
    masks.f[k] += shifts.f[k];
  }
  const ShiftedGaussian u = compare_to_shifted<std::int32_t>(masks.u, u_shift, shape.u.spread_log2);
  const ShiftedGaussian e = compare_to_shifted<std::int32_t>(masks.e, e_shift, shape.e.spread_log2);
  const ShiftedGaussian f = compare_to_shifted<i128>(masks.f, shifts.f, shape.f.spread_log2);
  const bool kept = static_cast<bool>(static_cast<int>(u.shift_square <= shape.u.shift_square) &
                                      static_cast<int>(e.shift_square <= shape.e.shift_square) &
                                      static_cast<int>(f.shift_square <= shape.f.shift_square));
  const bool tossed = toss_exponential(u.log_ratio + e.log_ratio + f.log_ratio - shape.log_tries, stream);
  return static_cast<bool>(static_cast<int>(kept) & static_cast<int>(tossed));
}

/// Whether all that is published is as short as Gaussians are.
bool allows(const PlaintextProofShape& shape, std::size_t degree, const PlaintextProof& proof, double part) {
  const ResponseLimits limits(degree);
  for (std::size_t v = 0; v < shape.repetitions; ++v) {
    if (!limits.allow(repetition(proof.u, v, degree), shape.u.spread_log2, part) ||
        !limits.allow(repetition(proof.e, v, degree), shape.e.spread_log2, part) ||
        !limits.allow(repetition(proof.f, v, degree), shape.f.spread_log2, part)) {
      return false;
    }
  }
  return true;
}

/// sum_i c_v,i ct_i for all v, both parts. Residues are below 2^50 and no more than 2^8 of them meet, so sums are taken
/// in 64-bit words that wrap below zero, and reduced at the end.
class ChallengeSums {
 public:
  explicit ChallengeSums(const PlaintextClaim& claim)
      : ring_(claim.params.ring()),
        basis_(claim.key.p0.basis()),
        repetitions_(claim.shape.repetitions),
        ciphertexts_(claim.shape.ciphertexts),
        sums_(2 * basis_.q_limbs * repetitions_ * ring_.degree()) {}

  /// Ciphertexts `first`, `first` + 1, …: a few together, so that a sum comes into the cache once for all of them.
  void add(std::span<const Ciphertext> group, std::size_t first, std::span<const MonomialChallenge> challenges) {
    const std::size_t degree = ring_.degree();
    AlignedWords coefficients(group.size() * degree);
    for (std::size_t part = 0; part < 2; ++part) {
      for (std::size_t limb = 0; limb < basis_.q_limbs; ++limb) {
        for (std::size_t i = 0; i < group.size(); ++i) {
          ring_.kernels().inverse_ntt(coefficients.data() + i * degree, group[i].parts[part].limb(limb).data(), 0,
                                      ring_.ntt_tables(basis_, limb));
        }
        for (std::size_t v = 0; v < repetitions_; ++v) {
          for (std::size_t i = 0; i < group.size(); ++i) {
            add_monomial_product(sum(part, limb, v), challenges[v * ciphertexts_ + first + i],
                                 std::span<const std::uint64_t>(coefficients.data() + i * degree, degree));
          }
        }
      }
    }
  }

  /// poly -= the sum.
  void subtract_from(CoeffPoly& poly, std::size_t part, std::size_t v) {
    for (std::size_t limb = 0; limb < basis_.q_limbs; ++limb) {
      const Modulus& m = ring_.modulus(basis_, limb);
      const std::uint64_t offset = ciphertexts_ * m.q;
      const auto sums = sum(part, limb, v);
      const auto out = poly.limb(limb);
      for (std::size_t k = 0; k < out.size(); ++k) out[k] = m.subtract(out[k], m.reduce_word(sums[k] + offset));
    }
  }

 private:
  std::span<std::uint64_t> sum(std::size_t part, std::size_t limb, std::size_t v) {
    const std::size_t place = (part * basis_.q_limbs + limb) * repetitions_ + v;
    return std::span(sums_).subspan(place * ring_.degree(), ring_.degree());
  }

  const Ring& ring_;
  const Basis basis_;
  const std::size_t repetitions_, ciphertexts_;
  std::vector<std::uint64_t> sums_;
};

Status check_ciphertext(const Ciphertext& ct, const PublicKey& key, std::size_t index) {
  const bool fits = ct.parts.size() == 2 && ct.parts[0].basis() == key.p0.basis() &&
                    ct.parts[1].basis() == key.p0.basis() && ct.epoch == key.epoch;
  if (fits) return {};
  return fail(refusal("ciphertext " + std::to_string(index) + " has " + std::to_string(ct.parts.size()) +
                      " parts at level " + std::to_string(ct.level().value) + " of epoch " +
                      std::to_string(ct.epoch.value) + ", the key has two at level " +
                      std::to_string(key.p0.basis().q_limbs) + " of epoch " + std::to_string(key.epoch.value)));
}

/// The least integer whose square is at least `square`.
std::uint64_t root_above(std::uint64_t square) {
  auto root = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(square)));
  while (root * root < square) ++root;
  return root;
}

/// The least k with 4^k >= power.
std::uint32_t half_log2_above(u128 power) {
  std::uint32_t k = 0;
  while (u128{1} << (2 * k) < power) ++k;
  return k;
}

/// Messages are at most 1 long, in units of 2^kWitnessMessageLog2. All k of them may be alike, one coefficient each:
/// what meets at one place adds up. Sum by sum the squared length is a martingale with steps of at most twice the
/// length and a variance of 4 / N times its square (slots are at most 1), to which Freedman's inequality
/// applies (1975; docs/design/0039): at N = 2^14 and nine repetitions the excess is below 192 + 2.5 k but for 2^-64.
std::uint64_t message_square(std::uint64_t repetitions, std::uint64_t k) {
  const std::uint64_t likely = repetitions * k + 192 + 5 * k / 2;
  return std::max(std::min(repetitions * k * k, likely), repetitions * kLoneMessageSquare);
}

}  // namespace

PlaintextProofShape PlaintextProofShape::of(std::size_t degree, std::uint32_t repetitions, std::uint32_t ciphertexts) {
  MC_CHECK(repetitions >= 1 && repetitions <= kRepetitionsMax && degree >= 256);
  MC_CHECK(ciphertexts >= 1 && ciphertexts <= kCiphertextsMax);
  // Errors: D coordinates, each a sum of k discrete Gaussians of variance 3.2^2 = 10.24. Its squared length is below
  // 10.24 k (D + 2 sqrt(D t) + 2 t) but for exp(-t) (Hsu, Kakade, Zhang 2012), t = 44.4; ternary sums likewise with
  // 2 / 3.
  const std::uint64_t dimension = repetitions * degree;
  const std::uint64_t error_square = dimension + 14 * root_above(dimension) + 90;  // of one, in units of 10.24
  const std::uint64_t masked = std::max(ciphertexts, kErrorsMaskedAtLeast) * error_square;
  const std::uint64_t messages = message_square(repetitions, ciphertexts);
  PlaintextProofShape shape{repetitions, ciphertexts, {}, {}, {}, 0};
  // 8 4^spread >= 160 * 10.24 masked, and 8 4^spread >= 75 * 4^93 messages.
  shape.e.spread_log2 = half_log2_above(u128{kErrorMaskSquare * 32} * masked / 25 + 1);
  shape.u.spread_log2 = shape.e.spread_log2 - 2;
  shape.f.spread_log2 =
      kWitnessMessageLog2 + half_log2_above(u128{kMessageMaskSquare} * messages / kSpreadVariance + 1);
  const auto in_variances = [](double square, std::uint32_t spread_log2) {
    return std::ldexp(square, -2 * static_cast<int>(spread_log2)) / kSpreadVariance;
  };
  const auto errors = static_cast<double>(ciphertexts * error_square);
  shape.e.shift_square = in_variances(errors * kErrorSigma * kErrorSigma, shape.e.spread_log2);
  shape.u.shift_square = in_variances(errors * 2 / 3, shape.u.spread_log2);
  shape.f.shift_square =
      in_variances(static_cast<double>(messages) * (1 + 0x1p-30), shape.f.spread_log2 - kWitnessMessageLog2);
  shape.log_tries =
      log_rejection_constant(std::sqrt(shape.u.shift_square + shape.e.shift_square + shape.f.shift_square));
  return shape;
}

PlaintextTranscript::PlaintextTranscript(const PlaintextClaim& claim)
    : params_(claim.params), hash_("medcommons/plaintext-proof/3") {
  hash_.update(claim.statement.view()).update_u64(claim.shape.repetitions).update_u64(claim.shape.ciphertexts);
}

void PlaintextTranscript::take(const NttPoly& w0, const NttPoly& w1) {
  hash_.update(hash_poly(params_, w0).view()).update(hash_poly(params_, w1).view());
}

PlaintextProof prove_claim(const PlaintextClaim& claim, std::span<const EncryptionWitness> witnesses,
                           const SecretKey256& secret) {
  MC_CHECK(witnesses.size() == claim.shape.ciphertexts);
  const SecretKey256 masks_key = derive_key(secret, "medcommons/plaintext-proof/masks/3", claim.statement.view());
  const std::vector<SecretPairs> ue = pairs_of(witnesses);
  for (std::uint64_t attempt = 0;; ++attempt) {
    MC_CHECK(attempt < kTriesMax);
    KeyStream stream = stream_of_try(masks_key, attempt);
    SecretResponses responses = draw_masks(claim, stream);
    const Hash256 challenge = commit(claim, responses);
    if (!respond(claim.shape, responses, shifts_of(claim, challenge, witnesses, ue), stream)) continue;
    // From here on responses are what anybody could draw.
    PlaintextProof proof{claim.shape.ciphertexts,
                         challenge,
                         {responses.u.begin(), responses.u.end()},
                         {responses.e.begin(), responses.e.end()},
                         {responses.f.begin(), responses.f.end()}};
    if (allows(claim.shape, claim.params.ring().degree(), proof, kHonestPart)) return proof;
  }
}

Status verify_claim(const PlaintextClaim& claim, const PlaintextProof& proof, const CiphertextSource& source) {
  const Ring& ring = claim.params.ring();
  const Basis basis = claim.key.p0.basis();
  const std::size_t degree = ring.degree();
  const std::size_t repetitions = claim.shape.repetitions, count = claim.shape.ciphertexts;
  MC_CHECK(proof.u.size() == repetitions * degree && proof.e.size() == proof.u.size() &&
           proof.f.size() == proof.u.size());
  if (!allows(claim.shape, degree, proof, 1)) return fail(refusal("a response is larger than an honest one"));
  const auto challenges = expand_monomials(proof.challenge, repetitions * count, degree);
  ChallengeSums sums(claim);
  for (std::size_t first = 0; first < count; first += kGroup) {
    std::vector<Ciphertext> group;
    for (std::size_t i = first; i < std::min<std::size_t>(first + kGroup, count); ++i) {
      MC_TRY(Ciphertext ct, source(i));
      MC_TRY_STATUS(check_ciphertext(ct, claim.key, i));
      group.push_back(std::move(ct));
    }
    sums.add(group, first, challenges);
  }
  PlaintextTranscript transcript(claim);
  for (std::size_t v = 0; v < repetitions; ++v) {
    const SecretPoly r_u(ring.to_ntt(ring.from_wide(repetition(proof.u, v, degree), basis)));
    CoeffPoly rest0 = ring.from_wide(repetition(proof.f, v, degree), basis);
    CoeffPoly rest1 = ring.from_wide(repetition(proof.e, v, degree), basis);
    sums.subtract_from(rest0, 0, v);
    sums.subtract_from(rest1, 1, v);
    transcript.take(image(ring, claim.key.p0, r_u, std::move(rest0)), image(ring, claim.key.p1, r_u, std::move(rest1)));
  }
  if (transcript.challenge() != proof.challenge) return fail(refusal("it does not verify"));
  return {};
}

}  // namespace mc::fhe
