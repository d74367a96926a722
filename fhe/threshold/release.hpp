// SPDX-License-Identifier: Apache-2.0
// Extract, then switch (R13): of an answer ciphertext only coefficient 0 is opened, the mean of its slots. Each piece
// computes coefficient 0 of c_1 s_M, floods it, and encrypts all answers as coefficients of one polynomial under the
// requester's key. The other N-1 coefficients of the product never exist. Pure functions; thread-safe.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "fhe/ckks/encoder.hpp"
#include "fhe/threshold/piece.hpp"
#include "fhe/threshold/requester_key.hpp"

namespace mc::fhe {

/// Answers carried by one polynomial, and by one release.
inline constexpr std::size_t kAnswersPerPolynomial = 256;
inline constexpr std::size_t kAnswersMax = 4096;

/// kInvalidArgument unless the answer has two parts at kReleaseLevel: "answer 3 has level 4, releases need 2".
Status check_answer(const Ciphertext& answer, std::size_t index);

/// Digest of what a release or a refresh multiplies by the secret: c_1, and nothing else of the ciphertext (R5).
/// Computed by each custodian from its own result, once for all of its pieces.
Hash256 multiplicand_digest(const Params& params, const Ciphertext& answer);

/// What all pieces of one custodian share in one release. Sizes agree (MC_CHECK); answers passed check_answer.
struct ReleaseJob {
  std::span<const Ciphertext> answers;
  std::span<const Hash256> multiplicands;    // multiplicand_digest of every answer
  std::span<const std::uint8_t> sigma_log2;  // flooding of every answer
  const RequesterKey* requester = nullptr;   // verified by the caller
  const NttPoly* requester_p1 = nullptr;     // requester_p1 of its context
  Hash256 requester_key_hash;                // hash_requester_key(*requester), computed by the caller
  Hash256 authorisation;                     // enters the encryption, never the noise (R5)
};

/// One piece's share: the encryption under the requester's key of (coefficient 0 of c_1j s_M) + flooding, for every j.
struct ReleaseShare {
  struct Polynomial {
    std::vector<std::uint64_t> head;  // limb-major: the answer coefficients of u p0 + e0 + m, and no others
    NttPoly c1;                       // u p1 + e1
    friend bool operator==(const Polynomial&, const Polynomial&) = default;
  };
  std::vector<Polynomial> polynomials;
  friend bool operator==(const ReleaseShare&, const ReleaseShare&) = default;
};

/// What one piece says about one answer: coefficient 0 of c_1 s_M, plus flooding. Residues over the release basis; as
/// secret as the answer until they are encrypted.
struct OpenedCoefficient {
  std::array<std::uint64_t, kReleaseBasis.q_limbs> residues{};
  friend bool operator==(const OpenedCoefficient&, const OpenedCoefficient&) = default;
};

/// Wiped when they die.
using OpenedCoefficients = std::vector<OpenedCoefficient, WipingAllocator<OpenedCoefficient>>;

/// Extracts and floods one answer. `seed` yields the noise, a function of it, the multiplicand and sigma alone (R5);
/// `secret` is piece_secret over kReleaseBasis. `multiplicand`: multiplicand_digest of the answer.
///   noise   a discrete Gaussian, sigma 2^sigma_log2
OpenedCoefficient open_coefficient(const Params& params, const PieceSeed& seed, const SecretPoly& secret,
                                   const Ciphertext& answer, const Hash256& multiplicand, std::uint8_t sigma_log2);

/// Encrypts what was opened, one coefficient for every answer of the job, under the requester's key. All randomness is
/// a function of `seed`, the job and the opened values: it never meets two plaintexts. Does not read job.answers.
ReleaseShare encrypt_opened(const Params& params, const PieceSeed& seed, std::span<const OpenedCoefficient> opened,
                            const ReleaseJob& job);

/// open_coefficient of every answer, then encrypt_opened. `secret`: piece_secret over kReleaseBasis.
///   noise   per answer a discrete Gaussian, sigma 2^sigma_log2, a function of the seed, c_1 and sigma alone
///   source  R5, R13; Mouchet et al., ePrint 2020/304, protocol 4 restricted to coefficient 0
///   cost    printed by protocol/figures_test
ReleaseShare make_release_share(const Params& params, const PieceSeed& seed, const SecretPoly& secret,
                                const ReleaseJob& job);

/// Bytes: magic, parameter id, epoch, piece, answer count, then per polynomial head and c1, packed. About 206 KB for up
/// to 64 answers at N = 2^14.
Bytes encode_release_share(const Params& params, Epoch epoch, PieceId piece, const ReleaseShare& share);
/// `answers`: how many the share must carry. Errors name piece and byte.
Result<ReleaseShare> decode_release_share(const Params& params, Epoch epoch, PieceId piece, std::size_t answers,
                                          ByteView bytes);
[[nodiscard]] std::size_t release_share_bytes(const Params& params, std::size_t answers);

/// The public rest of an answer: scale, and coefficient 0 of c_0 per limb.
struct AnswerHead {
  Scale scale;
  std::vector<std::uint64_t> constant;
  friend bool operator==(const AnswerHead&, const AnswerHead&) = default;
};
AnswerHead answer_head(const Params& params, const Ciphertext& answer);

/// The requester's end (R9): decrypts every piece's share with z, sums them, adds the heads: mean * scale + noise per
/// answer, residues over the release basis. Shares: one per piece of the committee, each with heads.size() answers.
std::vector<std::vector<std::uint64_t>> open_answers(const Params& params, const SecretPoly& z,
                                                     std::span<const AnswerHead> heads,
                                                     std::span<const ReleaseShare> shares);

/// open_answers, decoded: the mean of all slots of every answer.
Result<std::vector<double>> open_means(const Params& params, const Encoder& encoder, const SecretPoly& z,
                                       std::span<const AnswerHead> heads, std::span<const ReleaseShare> shares);

}  // namespace mc::fhe
