// SPDX-License-Identifier: Apache-2.0
// The parameters of one question, sealed by its researcher (R21, R23): from a file of hers to one ciphertext with its
// proof, and the check that every custodian makes before any of it is opened under masks.
#pragma once

#include <string_view>

#include "client/commons_document.hpp"
#include "fhe/threshold/plaintext_proof.hpp"
#include "governance/wallet.hpp"
#include "query/plan/plan.hpp"

namespace mc::client {

/// Sealed for one plan of one study: anywhere else the proof does not hold.
struct SealedParameters {
  Hash256 study, plan;
  fhe::Ciphertext ciphertext;  // its coefficients are bits (query/parameters); of the epoch that it says
  fhe::PlaintextProof proof;
};

inline constexpr std::size_t kSealedParametersBytesMax = std::size_t{8} << 20;
inline constexpr std::size_t kParameterFileBytesMax = std::size_t{64} << 10;

/// docs/formats_committee.md describes the bytes. Their SHA-256 is what an authorisation binds.
Bytes encode_sealed_parameters(const fhe::Params& params, const SealedParameters& sealed);
Result<SealedParameters> decode_sealed_parameters(const fhe::Params& params, ByteView bytes);

/// One bit after another, of all parameters; wiped when they die.
using ParameterBits = SecretBytes;

/// Reads a researcher's file: a JSON object with a number from -1 to 1 for every weight, an array of categories for
/// every list, a number for every threshold, and for every sealed model an object with its equation, as `model add
/// --sealed` writes it.
///   errors  kParse, kNotFound, kInvalidArgument naming the parameter, never its value
Result<ParameterBits> read_parameters_file(const query::Plan& plan, const data::Schema& schema, std::string_view json);

/// What a proof is about: the study's requester, the study and the plan, in this commons and epoch.
fhe::PlaintextStatement parameter_statement(const CommonsDocument& document, const fhe::Params& params,
                                            const governance::Address& requester, const SealedParameters& sealed);

struct SealingJob {
  const CommonsDocument& document;
  const fhe::Params& params;
  const fhe::PublicKey& key;      // the collective one
  const SecretKey256& secret;     // the researcher's own
  governance::Address requester;  // who proposed the study
  Hash256 study, plan;
};
/// Seals and proves. The same bits for the same plan, key and study give the same bytes.
Result<SealedParameters> seal_parameters(const SealingJob& job, std::span<const std::uint8_t> bits);

/// kRefused unless they are for this study and plan, of the commons' epoch, and the proof holds.
Status check_sealed_parameters(const CommonsDocument& document, const fhe::Params& params, const fhe::PublicKey& key,
                               const governance::Address& requester, const Hash256& study, const Hash256& plan,
                               const SealedParameters& sealed);

}  // namespace mc::client
