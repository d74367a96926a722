// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/plaintext_proof_core.hpp"

#include <algorithm>
#include <bit>

#include "fhe/ring/kernels.hpp"
#include "fhe/ring/sampling.hpp"
#include "fhe/threshold/monomial_challenge.hpp"
#include "fhe/threshold/piece.hpp"

namespace mc::fhe {
namespace {

static_assert(std::endian::native == std::endian::little, "masks are read from the stream as little-endian words");

constexpr std::uint32_t kCiphertextsMax = 256;
constexpr std::uint32_t kRepetitionsMax = 16;
constexpr std::uint32_t kSlackLog2 = 2;
constexpr std::uint64_t kTriesMax = 10'000;  // honest secrets take two
constexpr std::size_t kGroup = 4;            // ciphertexts that a verifier holds at a time

/// Responses while they are secret.
struct SecretResponses {
  SecretWideIntegers u, e, f;
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

SecretWideIntegers draw_masks(const ResponseRange& range, std::size_t count, KeyStream& stream) {
  SecretWideIntegers masks(count);
  stream.fill({reinterpret_cast<std::uint8_t*>(masks.data()), count * sizeof(i128)});
  const u128 below = (u128{1} << range.bits()) - 1;
  for (i128& y : masks) y = static_cast<i128>(static_cast<u128>(y) & below) - range.bound();
  return masks;
}

SecretResponses draw_masks(const PlaintextClaim& claim, const SecretKey256& masks_key, std::uint64_t attempt) {
  Writer context;
  context.u64(attempt);
  KeyStream stream(derive_key(masks_key, "medcommons/plaintext-proof/try/1", context.bytes()));
  const std::size_t count = claim.shape.repetitions * claim.params.ring().degree();
  SecretResponses masks;
  masks.u = draw_masks(claim.shape.u, count, stream);
  masks.e = draw_masks(claim.shape.e, count, stream);
  masks.f = draw_masks(claim.shape.f, count, stream);
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

/// The challenges times the secrets.
SecretResponses products(const PlaintextClaim& claim, const Hash256& challenge,
                         std::span<const EncryptionWitness> witnesses) {
  const std::size_t degree = claim.params.ring().degree();
  const std::size_t count = claim.shape.repetitions * degree;
  SecretResponses responses{SecretWideIntegers(count), SecretWideIntegers(count), SecretWideIntegers(count)};
  const auto challenges = expand_monomials(challenge, claim.shape.repetitions * witnesses.size(), degree);
  for (std::size_t v = 0; v < claim.shape.repetitions; ++v) {
    const auto of = [&](SecretWideIntegers& all) { return std::span(all).subspan(v * degree, degree); };
    for (std::size_t i = 0; i < witnesses.size(); ++i) {
      const MonomialChallenge c = challenges[v * witnesses.size() + i];
      add_monomial_product(of(responses.u), c, std::span<const std::int8_t>(witnesses[i].u));
      add_monomial_product(of(responses.e), c, std::span<const std::int8_t>(witnesses[i].e));
      add_monomial_product(of(responses.f), c, std::span<const i128>(witnesses[i].f));
    }
  }
  return responses;
}

/// Whether challenges times secrets keep to what a margin is for: a response beside a larger one would lean towards it.
/// All are looked at, without a branch. A margin below zero is for everything.
bool keeps(const ResponseRange& range, std::span<const i128> products) {
  if (range.margin < 0) return true;
  bool good = true;
  for (const i128 p : products)
    good &= static_cast<bool>(static_cast<int>(p <= range.margin) & static_cast<int>(-p <= range.margin));
  return good;
}

bool keeps(const PlaintextProofShape& shape, const SecretResponses& products) {
  const bool u_good = keeps(shape.u, products.u);
  const bool e_good = keeps(shape.e, products.e);
  const bool f_good = keeps(shape.f, products.f);
  return u_good & e_good & f_good;
}

void add(SecretWideIntegers& a, const SecretWideIntegers& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
}

bool accepts(const PlaintextProofShape& shape, std::span<const i128> u, std::span<const i128> e,
             std::span<const i128> f) {
  const bool u_good = all_accepted(shape.u, u);
  const bool e_good = all_accepted(shape.e, e);
  const bool f_good = all_accepted(shape.f, f);
  return u_good & e_good & f_good;
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
std::uint32_t root_above(std::uint32_t square) {
  std::uint32_t root = 0;
  while (root * root < square) ++root;
  return root;
}

ResponseRange range_of(u128 margin, std::size_t degree, std::uint32_t repetitions) {
  const u128 wanted = (margin * degree * repetitions) << kSlackLog2;
  ResponseRange range{0, static_cast<i128>(margin)};
  while ((u128{1} << range.mask_log2) < wanted) ++range.mask_log2;
  MC_CHECK(range.mask_log2 < 126);
  return range;
}

}  // namespace

PlaintextProofShape PlaintextProofShape::of(std::size_t degree, std::uint32_t repetitions, std::uint32_t ciphertexts) {
  MC_CHECK(repetitions >= 1 && repetitions <= kRepetitionsMax);
  MC_CHECK(ciphertexts >= 1 && ciphertexts <= kCiphertextsMax);
  const auto range = [&](u128 margin) { return range_of(margin, degree, repetitions); };
  // Sums of k independent signed draws pass sqrt(-2 k V ln p) with probability 2 p, V their variance, for both are
  // sub-Gaussian: ternary ones, V = 2/3, and errors, V = 3.2^2. Messages are sealed slots below 2, so that the squares
  // of all coefficients of one are below 2^186: of k that are shifted at random more than twelve hardly meet (Bennett).
  const std::uint32_t k = ciphertexts;
  return {repetitions, k, range(std::min(k, root_above(81 * k))),
          range(std::min(static_cast<std::uint32_t>(kErrorMax) * k, root_above(1225 * k))),
          range(u128{std::min(k, 12U)} << kWitnessMessageLog2)};
}

PlaintextTranscript::PlaintextTranscript(const PlaintextClaim& claim)
    : params_(claim.params), hash_("medcommons/plaintext-proof/1") {
  hash_.update(claim.statement.view()).update_u64(claim.shape.repetitions).update_u64(claim.shape.ciphertexts);
}

void PlaintextTranscript::take(const NttPoly& w0, const NttPoly& w1) {
  hash_.update(hash_poly(params_, w0).view()).update(hash_poly(params_, w1).view());
}

PlaintextProof prove_claim(const PlaintextClaim& claim, std::span<const EncryptionWitness> witnesses,
                           const SecretKey256& secret) {
  MC_CHECK(witnesses.size() == claim.shape.ciphertexts);
  const SecretKey256 masks_key = derive_key(secret, "medcommons/plaintext-proof/masks/1", claim.statement.view());
  for (std::uint64_t attempt = 0;; ++attempt) {
    MC_CHECK(attempt < kTriesMax);
    SecretResponses responses = draw_masks(claim, masks_key, attempt);
    const Hash256 challenge = commit(claim, responses);
    const SecretResponses hidden = products(claim, challenge, witnesses);
    if (!keeps(claim.shape, hidden)) continue;
    add(responses.u, hidden.u);
    add(responses.e, hidden.e);
    add(responses.f, hidden.f);
    if (!accepts(claim.shape, responses.u, responses.e, responses.f)) continue;
    return {claim.shape.ciphertexts,
            challenge,
            {responses.u.begin(), responses.u.end()},
            {responses.e.begin(), responses.e.end()},
            {responses.f.begin(), responses.f.end()}};
  }
}

Status verify_claim(const PlaintextClaim& claim, const PlaintextProof& proof, const CiphertextSource& source) {
  const Ring& ring = claim.params.ring();
  const Basis basis = claim.key.p0.basis();
  const std::size_t degree = ring.degree();
  const std::size_t repetitions = claim.shape.repetitions, count = claim.shape.ciphertexts;
  MC_CHECK(proof.u.size() == repetitions * degree && proof.e.size() == proof.u.size() &&
           proof.f.size() == proof.u.size());
  if (!accepts(claim.shape, proof.u, proof.e, proof.f)) return fail(refusal("a response is out of bounds"));
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
