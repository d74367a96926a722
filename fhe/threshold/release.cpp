// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/release.hpp"

#include <algorithm>

#include "fhe/ring/sampling.hpp"
#include "fhe/threshold/flooding.hpp"
#include "fhe/threshold/share_header.hpp"

namespace mc::fhe {
namespace {

constexpr std::string_view kShareMagic = "MCRS";

std::size_t polynomial_count(std::size_t answers) {
  return (answers + kAnswersPerPolynomial - 1) / kAnswersPerPolynomial;
}
// Answers in polynomial `index`.
std::size_t answers_in(std::size_t answers, std::size_t index) {
  return std::min(answers - index * kAnswersPerPolynomial, kAnswersPerPolynomial);
}

// The flooding of one answer: a function of the piece, its c_1 and sigma, and of nothing else (R5). The same c_1 in
// another batch, for another study, gets the same noise.
i128 flooding_of(const Params& params, const PieceSeed& seed, const Hash256& multiplicand, std::uint8_t sigma_log2) {
  const std::string sigma = "2^" + std::to_string(sigma_log2);
  KeyStream stream = piece_stream(params, seed,
                                  {.protocol = "release/flooding",
                                   .basis = kReleaseBasis,
                                   .sigma = sigma,
                                   .coefficients = "0",
                                   .multiplicands = {&multiplicand, 1}});
  return sample_flooding(sigma_log2, stream);
}

// Everything that decides a share: its plaintext too, so that encryption randomness never meets two of them, whatever
// went wrong before. The digest is as secret as the plaintext and enters key derivation alone.
Hash256 hash_job(const ReleaseJob& job, std::span<const OpenedCoefficient> opened) {
  Sha256 hash("medcommons/release/job/v2");
  hash.update(job.authorisation.view()).update(job.requester_key_hash.view()).update_u64(job.multiplicands.size());
  for (const Hash256& multiplicand : job.multiplicands) hash.update(multiplicand.view());
  hash.update(job.sigma_log2);
  for (const OpenedCoefficient& one : opened) {
    for (const std::uint64_t residue : one.residues) hash.update_u64(residue);
  }
  return hash.finish();
}

// Of e_0 only the coefficients that travel are drawn.
struct EncryptionDraw {
  SecretPoly u, e1;
  SecretIntegers e0;
};

EncryptionDraw draw_encryption(const Params& params, const PieceSeed& seed, const Hash256& job, std::uint32_t index,
                               std::size_t answers) {
  const Ring& ring = params.ring();
  const auto stream = [&](std::string_view protocol, std::string_view sigma) {
    return piece_stream(
        params, seed,
        {.protocol = protocol, .index = index, .basis = kReleaseBasis, .sigma = sigma, .multiplicands = {&job, 1}});
  };
  KeyStream u = stream("release/encryption/u", "ternary");
  KeyStream e0 = stream("release/encryption/e0", "3.2");
  KeyStream e1 = stream("release/encryption/e1", "3.2");
  return {SecretPoly(ring.to_ntt(sample_ternary(ring, kReleaseBasis, u))),
          SecretPoly(ring.to_ntt(sample_error(ring, kReleaseBasis, e1))), sample_error_head(ring, answers, e0)};
}

// The encryption of up to 256 opened values as the first coefficients of one polynomial.
ReleaseShare::Polynomial encrypt_values(const Params& params, const EncryptionDraw& draw, const ReleaseJob& job,
                                        std::span<const OpenedCoefficient> opened) {
  const Ring& ring = params.ring();
  ReleaseShare::Polynomial polynomial;
  polynomial.c1 = *job.requester_p1;
  ring.multiply(polynomial.c1, draw.u.expose());
  ring.add(polynomial.c1, draw.e1.expose());
  NttPoly product = job.requester->p0;
  ring.multiply(product, draw.u.expose());
  CoeffPoly c0 = ring.to_coeff(std::move(product));
  polynomial.head.resize(kReleaseBasis.q_limbs * opened.size());
  for (std::uint32_t limb = 0; limb < kReleaseBasis.q_limbs; ++limb) {
    const Modulus& m = ring.modulus(kReleaseBasis, limb);
    for (std::size_t j = 0; j < opened.size(); ++j) {
      const std::uint64_t masked = m.add(c0.limb(limb)[j], residue_of(draw.e0[j], m));
      polynomial.head[limb * opened.size() + j] = m.add(masked, opened[j].residues[limb]);
    }
  }
  wipe(c0);  // its other coefficients would say what u was multiplied with, and are nobody's business
  return polynomial;
}

}  // namespace

Status check_answer(const Ciphertext& answer, std::size_t index) {
  if (answer.parts.size() != 2) {
    return fail(Code::kInvalidArgument, "answer " + std::to_string(index) + " has " +
                                            std::to_string(answer.parts.size()) + " parts, releases need 2");
  }
  if (answer.level() != kReleaseLevel || answer.parts[1].basis() != kReleaseBasis) {
    return fail(Code::kInvalidArgument, "answer " + std::to_string(index) + " has level " +
                                            std::to_string(answer.level().value) + ", releases need " +
                                            std::to_string(kReleaseLevel.value));
  }
  return {};
}

Hash256 multiplicand_digest(const Params& params, const Ciphertext& answer) {
  return hash_poly(params, answer.parts[1]);
}

OpenedCoefficient open_coefficient(const Params& params, const PieceSeed& seed, const SecretPoly& secret,
                                   const Ciphertext& answer, const Hash256& multiplicand, std::uint8_t sigma_log2) {
  MC_CHECK(secret.expose().basis() == kReleaseBasis);
  auto product_zero = params.ring().product_coefficient_zero(answer.parts[1], secret.expose());
  i128 noise = flooding_of(params, seed, multiplicand, sigma_log2);
  OpenedCoefficient opened;
  for (std::uint32_t limb = 0; limb < kReleaseBasis.q_limbs; ++limb) {
    const Modulus& m = params.ring().modulus(kReleaseBasis, limb);
    opened.residues[limb] = m.add(product_zero[limb], residue_of(noise, m));
  }
  // Either of them takes the other out of what is opened, also after the day's key is gone (R11).
  wipe(product_zero.data(), product_zero.size() * sizeof(std::uint64_t));
  wipe(&noise, sizeof(noise));
  return opened;
}

ReleaseShare encrypt_opened(const Params& params, const PieceSeed& seed, std::span<const OpenedCoefficient> opened,
                            const ReleaseJob& job) {
  const std::size_t answers = opened.size();
  MC_CHECK(answers >= 1 && answers <= kAnswersMax);
  MC_CHECK(job.multiplicands.size() == answers && job.sigma_log2.size() == answers);
  MC_CHECK(job.requester != nullptr && job.requester_p1 != nullptr);
  const Hash256 job_hash = hash_job(job, opened);
  ReleaseShare share;
  for (std::uint32_t index = 0; index < polynomial_count(answers); ++index) {
    const auto values = opened.subspan(index * kAnswersPerPolynomial, answers_in(answers, index));
    const EncryptionDraw draw = draw_encryption(params, seed, job_hash, index, values.size());
    share.polynomials.push_back(encrypt_values(params, draw, job, values));
  }
  return share;
}

ReleaseShare make_release_share(const Params& params, const PieceSeed& seed, const SecretPoly& secret,
                                const ReleaseJob& job) {
  MC_CHECK(job.multiplicands.size() == job.answers.size() && job.sigma_log2.size() == job.answers.size());
  OpenedCoefficients opened;
  for (std::size_t j = 0; j < job.answers.size(); ++j) {
    opened.push_back(open_coefficient(params, seed, secret, job.answers[j], job.multiplicands[j], job.sigma_log2[j]));
  }
  return encrypt_opened(params, seed, opened, job);
}

Bytes encode_release_share(const Params& params, Epoch epoch, PieceId piece, const ReleaseShare& share) {
  Writer writer;
  write_share_header(writer, kShareMagic, params, epoch, piece);
  std::size_t answers = 0;
  for (const auto& polynomial : share.polynomials) answers += polynomial.head.size() / kReleaseBasis.q_limbs;
  writer.u32(static_cast<std::uint32_t>(answers));
  for (const auto& polynomial : share.polynomials) {
    for (const std::uint64_t residue : polynomial.head) writer.u64(residue);
    write_poly(writer, polynomial.c1, params.ring());
  }
  return std::move(writer).bytes();
}

Result<ReleaseShare> decode_release_share(const Params& params, Epoch epoch, PieceId piece, std::size_t answers,
                                          ByteView bytes) {
  MC_CHECK(answers >= 1 && answers <= kAnswersMax);
  const std::string what = "release share, " + piece_text(piece);
  Reader reader(bytes, what);
  MC_TRY_STATUS(read_share_header(reader, kShareMagic, params, epoch, piece));
  MC_TRY(const std::uint32_t found, reader.u32());
  if (found != answers) {
    return fail(reader.error(std::to_string(found) + " answers in the share, expected " + std::to_string(answers)));
  }
  ReleaseShare share;
  for (std::size_t index = 0; index < polynomial_count(answers); ++index) {
    ReleaseShare::Polynomial polynomial;
    const std::size_t count = answers_in(answers, index);
    for (std::uint32_t limb = 0; limb < kReleaseBasis.q_limbs; ++limb) {
      for (std::size_t j = 0; j < count; ++j) {
        MC_TRY(const std::uint64_t residue, reader.u64());
        if (residue >= params.q()[limb]) return fail(reader.error("a residue is not below its prime"));
        polynomial.head.push_back(residue);
      }
    }
    MC_TRY(polynomial.c1, read_poly(reader, kReleaseBasis, params.ring()));
    share.polynomials.push_back(std::move(polynomial));
  }
  MC_TRY_STATUS(reader.finish());
  return share;
}

std::size_t release_share_bytes(const Params& params, std::size_t answers) {
  return kShareHeaderBytes + 4 + 8 * kReleaseBasis.q_limbs * answers +
         polynomial_count(answers) * packed_poly_bytes(kReleaseBasis, params.ring());
}

AnswerHead answer_head(const Params& params, const Ciphertext& answer) {
  return {answer.scale, params.ring().coefficient_zero(answer.parts[0])};
}

std::vector<std::vector<std::uint64_t>> open_answers(const Params& params, const SecretPoly& z,
                                                     std::span<const AnswerHead> heads,
                                                     std::span<const ReleaseShare> shares) {
  const Ring& ring = params.ring();
  std::vector<std::vector<std::uint64_t>> opened;
  for (const AnswerHead& head : heads) {
    MC_CHECK(head.constant.size() == kReleaseBasis.q_limbs);
    opened.push_back(head.constant);
  }
  for (const ReleaseShare& share : shares) {
    MC_CHECK(share.polynomials.size() == polynomial_count(heads.size()));
    for (std::size_t index = 0; index < share.polynomials.size(); ++index) {
      const ReleaseShare::Polynomial& polynomial = share.polynomials[index];
      const std::size_t count = answers_in(heads.size(), index);
      MC_CHECK(polynomial.head.size() == kReleaseBasis.q_limbs * count);
      NttPoly product = polynomial.c1;
      ring.multiply(product, z.expose());
      const CoeffPoly mask = ring.to_coeff(std::move(product));
      for (std::uint32_t limb = 0; limb < kReleaseBasis.q_limbs; ++limb) {
        const Modulus& m = ring.modulus(kReleaseBasis, limb);
        for (std::size_t j = 0; j < count; ++j) {
          std::uint64_t& sum = opened[index * kAnswersPerPolynomial + j][limb];
          sum = m.add(sum, m.add(polynomial.head[limb * count + j], mask.limb(limb)[j]));
        }
      }
    }
  }
  return opened;
}

Result<std::vector<double>> open_means(const Params& params, const Encoder& encoder, const SecretPoly& z,
                                       std::span<const AnswerHead> heads, std::span<const ReleaseShare> shares) {
  std::vector<double> means;
  const auto opened = open_answers(params, z, heads, shares);
  for (std::size_t j = 0; j < heads.size(); ++j) {
    MC_TRY(const double mean, encoder.decode_mean(opened[j], heads[j].scale));
    means.push_back(mean);
  }
  return means;
}

}  // namespace mc::fhe
