// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/possession_proof.hpp"

#include <algorithm>

#include "fhe/ring/sampling.hpp"
#include "fhe/threshold/masked_response.hpp"

namespace mc::fhe {
namespace {

constexpr std::int64_t kSecretMax = 1;  // |z|

std::uint32_t weight_of(const Params& params) {
  const auto weight = challenge_weight(params.ring().log_n());
  MC_CHECK(weight.has_value());
  return *weight;
}

ResponseRange z_range(const Params& params) {
  return {5u + params.ring().log_n().value, static_cast<std::int64_t>(weight_of(params)) * kSecretMax};
}
ResponseRange e_range(const Params& params) {
  return {10u + params.ring().log_n().value, static_cast<std::int64_t>(weight_of(params)) * kErrorMax};
}

// A sparse challenge: distinct positions with signs.
struct Term {
  std::size_t position;
  std::int64_t sign;
};

std::vector<Term> expand_challenge(const Params& params, const Hash256& digest) {
  const std::size_t degree = params.ring().degree();
  KeyStream stream = public_stream("medcommons/possession/challenge/v1", digest);
  std::vector<Term> terms;
  std::vector<bool> taken(degree);
  while (terms.size() < weight_of(params)) {
    const std::size_t position = stream.next_below(degree);
    const std::int64_t sign = (stream.next_u64() & 1) != 0 ? 1 : -1;
    if (taken[position]) continue;
    taken[position] = true;
    terms.push_back({position, sign});
  }
  return terms;
}

NttPoly challenge_poly(const Params& params, std::span<const Term> terms) {
  std::vector<std::int64_t> coefficients(params.ring().degree());
  for (const Term& term : terms) coefficients[term.position] = term.sign;
  return params.ring().to_ntt(params.ring().from_signed(coefficients, kReleaseBasis));
}

// response += c * secret modulo X^N + 1. Branches on the public challenge only.
void add_challenge_times(std::span<const Term> terms, std::span<const std::int64_t> secret,
                         std::span<std::int64_t> response) {
  const std::size_t degree = secret.size();
  for (const Term& term : terms) {
    for (std::size_t i = 0; i + term.position < degree; ++i) response[i + term.position] += term.sign * secret[i];
    for (std::size_t i = degree - term.position; i < degree; ++i) {
      response[i + term.position - degree] -= term.sign * secret[i];  // X^N = -1
    }
  }
}

// -p1 a + b
NttPoly image(const Params& params, const NttPoly& p1, std::span<const std::int64_t> a,
              std::span<const std::int64_t> b) {
  const Ring& ring = params.ring();
  NttPoly result = ring.to_ntt(ring.from_signed(a, kReleaseBasis));
  ring.multiply(result, p1);
  ring.negate(result);
  SecretPoly second(ring.to_ntt(ring.from_signed(b, kReleaseBasis)));
  ring.add(result, second.expose());
  return result;
}

Hash256 challenge_digest(const Params& params, const PossessionStatement& statement, const NttPoly& w) {
  Writer writer;
  write_poly(writer, statement.p0, params.ring());
  write_poly(writer, w, params.ring());
  return Sha256("medcommons/possession/v1")
      .update(params.id().view())
      .update(statement.context.view())
      .update(writer.bytes())
      .finish();
}

SecretIntegers draw_mask(const ResponseRange& range, std::size_t count, KeyStream& stream) {
  SecretIntegers mask(count);
  const std::uint64_t modulus = std::uint64_t{2} << range.mask_log2;
  for (std::int64_t& y : mask)
    y = static_cast<std::int64_t>(stream.next_u64() & (modulus - 1)) - static_cast<std::int64_t>(range.bound());
  return mask;
}

}  // namespace

Result<std::uint32_t> challenge_weight(LogN log_n) {
  // The smallest weights (24 instead of 22 at 2^14) with log2 C(N, weight) + weight >= 256.
  switch (log_n.value) {
    case 10:
      return 36u;
    case 11:
      return 31u;
    case 12:
      return 27u;
    case 13:
      return 24u;
    case 14:
      return 24u;
    case 15:
      return 20u;
    case 16:
      return 19u;
    default:
      return fail(Code::kUnsupported,
                  "proof of possession: log N is " + std::to_string(log_n.value) + ", offered are 10 to 16");
  }
}

PossessionProof prove_possession(const Params& params, const PossessionStatement& statement,
                                 std::span<const std::int64_t> z, std::span<const std::int64_t> e,
                                 const SecretKey256& mask_key) {
  const std::size_t degree = params.ring().degree();
  KeyStream stream(mask_key.copy());
  while (true) {
    SecretIntegers z_response = draw_mask(z_range(params), degree, stream);
    SecretIntegers e_response = draw_mask(e_range(params), degree, stream);
    const NttPoly w = image(params, statement.p1, z_response, e_response);
    const Hash256 challenge = challenge_digest(params, statement, w);
    const std::vector<Term> terms = expand_challenge(params, challenge);
    add_challenge_times(terms, z, z_response);
    add_challenge_times(terms, e, e_response);
    const bool z_good = all_accepted<std::int64_t>(z_range(params), z_response);
    const bool e_good = all_accepted<std::int64_t>(e_range(params), e_response);
    if (!(z_good & e_good)) continue;
    return {challenge, {z_response.begin(), z_response.end()}, {e_response.begin(), e_response.end()}};
  }
}

Status verify_possession(const Params& params, const PossessionStatement& statement, const PossessionProof& proof) {
  const Ring& ring = params.ring();
  MC_CHECK(proof.z_response.size() == ring.degree() && proof.e_response.size() == ring.degree());
  const std::vector<std::int64_t> z_response(proof.z_response.begin(), proof.z_response.end());
  const std::vector<std::int64_t> e_response(proof.e_response.begin(), proof.e_response.end());
  if (!all_accepted<std::int64_t>(z_range(params), z_response) ||
      !all_accepted<std::int64_t>(e_range(params), e_response)) {
    return fail(Code::kRefused, "proof of possession of the requester key: a response is out of bounds");
  }
  // -p1 r_z + r_e - c p0 is w when p0 = -p1 z + e.
  NttPoly w = image(params, statement.p1, z_response, e_response);
  NttPoly shift = challenge_poly(params, expand_challenge(params, proof.challenge));
  ring.multiply(shift, statement.p0);
  ring.subtract(w, shift);
  if (challenge_digest(params, statement, w) != proof.challenge) {
    return fail(Code::kRefused, "proof of possession of the requester key does not verify");
  }
  return {};
}

void write_possession_proof(Writer& writer, const Params& params, const PossessionProof& proof) {
  writer.hash(proof.challenge);
  write_responses(writer, z_range(params), proof.z_response);
  write_responses(writer, e_range(params), proof.e_response);
}

Result<PossessionProof> read_possession_proof(Reader& reader, const Params& params) {
  MC_TRY([[maybe_unused]] const std::uint32_t weight, challenge_weight(params.ring().log_n()));
  PossessionProof proof;
  MC_TRY(proof.challenge, reader.hash());
  proof.z_response.resize(params.ring().degree());
  proof.e_response.resize(params.ring().degree());
  MC_TRY_STATUS(read_responses(reader, z_range(params), std::span(proof.z_response)));
  MC_TRY_STATUS(read_responses(reader, e_range(params), std::span(proof.e_response)));
  return proof;
}

}  // namespace mc::fhe
