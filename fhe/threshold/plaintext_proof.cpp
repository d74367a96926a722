// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/plaintext_proof.hpp"

#include <cmath>

#include "fhe/ckks/encoder.hpp"
#include "fhe/threshold/piece.hpp"
#include "fhe/threshold/wide_gaussian.hpp"

namespace mc::fhe {
namespace {

constexpr std::string_view kMagic = "MCPP";
constexpr std::string_view kWhat = "proof of plaintext knowledge";
constexpr std::uint16_t kVersion = 3;
constexpr std::uint32_t kSoundnessBits = 130;

PlaintextProofShape shape_of(const Params& params, std::uint32_t ciphertexts) {
  const LogN log_n = params.ring().log_n();
  return PlaintextProofShape::of(params.ring().degree(), plaintext_proof_repetitions(log_n), ciphertexts);
}

std::size_t response_count(const Params& params, const PlaintextProofShape& shape) {
  return shape.repetitions * params.ring().degree();
}

bool offered(std::size_t ciphertexts) {
  return ciphertexts >= 1 && ciphertexts <= kPlaintextProofCiphertextsMax;
}

Result<Ciphertext> fresh_ciphertext(const Params& params, const CiphertextSource& source, std::size_t index) {
  MC_TRY(Ciphertext ct, source(index));
  const Scale wanted = Scale::power_of_two(kSealScaleLog2);
  if (ct.level() == params.top_level() && ct.scale == wanted) return ct;
  return fail(Code::kRefused, std::string(kWhat) + ": ciphertext " + std::to_string(index) + " has level " +
                                  std::to_string(ct.level().value) + " and scale " + ct.scale.text() +
                                  ", a fresh one has " + std::to_string(params.top_level().value) + " and " +
                                  wanted.text());
}

}  // namespace

std::uint32_t plaintext_proof_repetitions(LogN log_n) {
  const std::uint32_t bits = log_n.value + 1u;  // log2(2N + 1) is a little more
  return (kSoundnessBits + bits - 1) / bits;
}

std::uint32_t proven_message_log2(const Params& params, std::uint32_t ciphertexts) {
  // A difference of two responses times twice the inverse of a difference of two challenges, a sum of N monomials, in
  // one coefficient: at most the product of their lengths, 2 * 1.14 sqrt(8 N) 2^spread and sqrt(N).
  return shape_of(params, ciphertexts).f.spread_log2 + 3 + params.ring().log_n().value;
}

HiddenReach hidden_reach(const Params& params, std::uint32_t ciphertexts) {
  const PlaintextProofShape shape = shape_of(params, ciphertexts);
  const ResponseLimits limits(params.ring().degree());
  const double slot = std::sqrt(limits.slot_square() * kSpreadVariance);
  // Parseval: the squares of N / 2 slots add up to N / 2 times the squared length.
  const double slots = limits.length_square() / limits.slot_square() * static_cast<double>(params.ring().degree()) / 2;
  return {std::ldexp(slot, static_cast<int>(shape.e.spread_log2)),
          std::ldexp(slot, static_cast<int>(shape.f.spread_log2)), slots};
}

Hash256 hash_plaintext_statement(const Params& params, const PublicKey& key, const PlaintextStatement& statement) {
  Writer writer;
  writer.hash(params.id());
  writer.hash(hash_poly(params, key.p0));
  writer.hash(hash_poly(params, key.p1));
  writer.u8(static_cast<std::uint8_t>(statement.kind));
  writer.u64(statement.chain_id);
  writer.raw(statement.commons);
  writer.raw(statement.owner);
  writer.text(statement.dataset);
  writer.hash(statement.subject);
  writer.u64(statement.slot_begin);
  writer.u64(statement.slot_count);
  writer.u32(statement.epoch.value);
  writer.u32(static_cast<std::uint32_t>(statement.ciphertexts.size()));
  for (const Hash256& ciphertext : statement.ciphertexts) writer.hash(ciphertext);
  return Sha256("medcommons/plaintext-statement/1").update(writer.bytes()).finish();
}

PlaintextProof prove_plaintexts(const Params& params, const PublicKey& key, const PlaintextStatement& statement,
                                std::span<const EncryptionWitness> witnesses, const SecretKey256& secret) {
  MC_CHECK(offered(witnesses.size()) && witnesses.size() == statement.ciphertexts.size());
  const PlaintextClaim claim{params, key, hash_plaintext_statement(params, key, statement),
                             shape_of(params, static_cast<std::uint32_t>(witnesses.size()))};
  return prove_claim(claim, witnesses, secret);
}

Status verify_plaintexts(const Params& params, const PublicKey& key, const PlaintextStatement& statement,
                         const PlaintextProof& proof, const CiphertextSource& source) {
  if (!offered(statement.ciphertexts.size()) || proof.ciphertexts != statement.ciphertexts.size()) {
    return fail(Code::kRefused, std::string(kWhat) + ": it is about " + std::to_string(proof.ciphertexts) +
                                    " ciphertexts, wanted " + std::to_string(statement.ciphertexts.size()));
  }
  const Basis top{params.top_level().value, false};
  if (statement.epoch != key.epoch || key.p0.basis() != top || key.p1.basis() != top) {
    return fail(Code::kRefused, std::string(kWhat) + ": it is about key epoch " +
                                    std::to_string(statement.epoch.value) + ", the key is of epoch " +
                                    std::to_string(key.epoch.value));
  }
  const PlaintextClaim claim{params, key, hash_plaintext_statement(params, key, statement),
                             shape_of(params, proof.ciphertexts)};
  return verify_claim(claim, proof, [&](std::size_t i) { return fresh_ciphertext(params, source, i); });
}

Bytes encode_plaintext_proof(const Params& params, const PlaintextProof& proof) {
  const PlaintextProofShape shape = shape_of(params, proof.ciphertexts);
  Writer writer;
  writer.raw(view_of(kMagic));
  writer.u16(kVersion);
  writer.hash(params.id());
  writer.u32(proof.ciphertexts);
  writer.hash(proof.challenge);
  write_responses(writer, shape.u.range(), std::span(proof.u));
  write_responses(writer, shape.e.range(), std::span(proof.e));
  write_responses(writer, shape.f.range(), std::span(proof.f));
  return std::move(writer).bytes();
}

Result<PlaintextProof> decode_plaintext_proof(const Params& params, ByteView bytes) {
  if (bytes.size() > kPlaintextProofBytesMax) {
    return fail(Code::kLimit, std::string(kWhat) + ": " + std::to_string(bytes.size()) +
                                  " bytes are over the limit of " + std::to_string(kPlaintextProofBytesMax));
  }
  Reader reader(bytes, kWhat);
  MC_TRY(const ByteView magic, reader.raw(kMagic.size()));
  if (text_of(magic) != kMagic) return fail(reader.error("it does not begin with MCPP"));
  MC_TRY(const std::uint16_t version, reader.u16());
  if (version != kVersion) {
    return fail(Code::kUnsupported, std::string(kWhat) + ": version " + std::to_string(version) +
                                        ", this program reads version " + std::to_string(kVersion));
  }
  MC_TRY(const Hash256 params_id, reader.hash());
  if (params_id != params.id()) {
    return fail(Code::kConflict, std::string(kWhat) + ": unknown parameter set " + params_id.hex() + ", wanted " +
                                     params.spec().name + " (" + params.id().hex() + ")");
  }
  PlaintextProof proof;
  MC_TRY(proof.ciphertexts, reader.u32());
  if (!offered(proof.ciphertexts)) {
    return fail(Code::kLimit, std::string(kWhat) + ": it is about " + std::to_string(proof.ciphertexts) +
                                  " ciphertexts, 1 to " + std::to_string(kPlaintextProofCiphertextsMax) +
                                  " are allowed");
  }
  MC_TRY(proof.challenge, reader.hash());
  const PlaintextProofShape shape = shape_of(params, proof.ciphertexts);
  const std::size_t count = response_count(params, shape);
  const std::size_t wanted = count / 8 * (shape.u.range().bits() + shape.e.range().bits() + shape.f.range().bits());
  if (reader.left() != wanted) {  // before anything is allocated
    return fail(reader.error("responses take " + std::to_string(wanted) + " bytes, " + std::to_string(reader.left()) +
                             " follow"));
  }
  for (const auto& [responses, kind] : {std::pair{&proof.u, shape.u}, {&proof.e, shape.e}, {&proof.f, shape.f}}) {
    responses->resize(count);
    MC_TRY_STATUS(read_responses(reader, kind.range(), std::span(*responses)));
  }
  MC_TRY_STATUS(reader.finish());
  return proof;
}

}  // namespace mc::fhe
