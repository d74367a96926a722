// SPDX-License-Identifier: Apache-2.0
#include "protocol/authorisation.hpp"

#include <algorithm>
#include <array>

#include "fhe/threshold/release.hpp"

namespace mc::protocol {
namespace {

constexpr std::string_view kMagic = "MCAU";

}  // namespace

Bytes encode_authorisation(const Authorisation& a) {
  Writer writer;
  writer.raw(view_of(kMagic));
  writer.u64(a.chain_id);
  writer.hash(a.study);
  writer.u32(a.release_number);
  writer.u32(a.epoch.value);
  writer.hash(a.plan);
  writer.hash(a.data_root);
  writer.hash(a.consent_root);
  writer.hash(a.mask);
  writer.hash(a.result);
  writer.hash(a.requester_key);
  writer.sized(a.sigma_log2);
  writer.u64(a.rho_nano);
  writer.u8(a.opens_counts ? 1 : 0);
  writer.hash(a.counts);
  writer.hash(a.parameters);
  return std::move(writer).bytes();
}

Result<Authorisation> decode_authorisation(ByteView bytes) {
  Reader reader(bytes, "authorisation");
  MC_TRY(const ByteView magic, reader.raw(kMagic.size()));
  if (!std::ranges::equal(magic, view_of(kMagic))) return fail(reader.error("not an authorisation"));
  Authorisation a;
  MC_TRY(a.chain_id, reader.u64());
  MC_TRY(a.study, reader.hash());
  MC_TRY(a.release_number, reader.u32());
  MC_TRY(const std::uint32_t epoch, reader.u32());
  a.epoch = Epoch(epoch);
  for (Hash256* field : {&a.plan, &a.data_root, &a.consent_root, &a.mask, &a.result, &a.requester_key}) {
    MC_TRY(*field, reader.hash());
  }
  MC_TRY(const ByteView sigmas, reader.sized(fhe::kAnswersMax));
  a.sigma_log2.assign(sigmas.begin(), sigmas.end());
  MC_TRY(a.rho_nano, reader.u64());
  MC_TRY(const std::uint8_t opens_counts, reader.u8());
  if (opens_counts > 1) return fail(reader.error("neither counts nor a release"));
  a.opens_counts = opens_counts == 1;
  MC_TRY(a.counts, reader.hash());
  MC_TRY(a.parameters, reader.hash());
  MC_TRY_STATUS(reader.finish());
  return a;
}

Hash256 hash_authorisation(const Authorisation& authorisation) {
  return sha256(encode_authorisation(authorisation));
}

namespace {

/// The level is the basis of the parts, which is hashed with their residues.
void take_result(Sha256& hash, Epoch epoch, const fhe::Scale& scale, std::span<const Hash256> parts) {
  Writer head;
  head.u32(epoch.value);
  head.u32(static_cast<std::uint32_t>(parts.size()));
  fhe::write_scale(head, scale);
  hash.update_sized(head.bytes());
  for (const Hash256& part : parts) hash.update(part.view());
}

constexpr std::string_view kResultsDomain = "medcommons/results/v2";

}  // namespace

Hash256 hash_results(const fhe::Params& params, std::span<const fhe::Ciphertext> results,
                     std::span<const Hash256> multiplicands, const Workers* workers) {
  MC_CHECK(results.size() == multiplicands.size());
  std::vector<std::vector<Hash256>> parts(results.size());
  run_on(workers, results.size(), [&](std::size_t i) {
    for (std::size_t part = 0; part < results[i].parts.size(); ++part) {
      parts[i].push_back(part == 1 ? multiplicands[i] : fhe::hash_poly(params, results[i].parts[part]));
    }
  });
  Sha256 hash(kResultsDomain);
  hash.update_u64(results.size());
  for (std::size_t i = 0; i < results.size(); ++i) take_result(hash, results[i].epoch, results[i].scale, parts[i]);
  return hash.finish();
}

Hash256 hash_results(Epoch epoch, std::span<const fhe::Scale> scales, std::span<const Hash256> heads,
                     std::span<const Hash256> multiplicands) {
  MC_CHECK(scales.size() == heads.size() && scales.size() == multiplicands.size());
  Sha256 hash(kResultsDomain);
  hash.update_u64(scales.size());
  for (std::size_t i = 0; i < scales.size(); ++i) {
    take_result(hash, epoch, scales[i], std::array{heads[i], multiplicands[i]});
  }
  return hash.finish();
}

std::vector<Hash256> head_digests(const fhe::Params& params, std::span<const fhe::Ciphertext> results,
                                  const Workers* workers) {
  std::vector<Hash256> digests(results.size());
  run_on(workers, results.size(), [&](std::size_t i) {
    if (!results[i].parts.empty()) digests[i] = fhe::hash_poly(params, results[i].parts[0]);
  });
  return digests;
}

Hash256 hash_results(const fhe::Params& params, std::span<const fhe::Ciphertext> results) {
  return hash_results(params, results, multiplicand_digests(params, results));
}

std::vector<Hash256> multiplicand_digests(const fhe::Params& params, std::span<const fhe::Ciphertext> results,
                                          const Workers* workers) {
  std::vector<Hash256> digests(results.size());
  run_on(workers, results.size(), [&](std::size_t i) {
    if (results[i].parts.size() >= 2) digests[i] = fhe::multiplicand_digest(params, results[i]);
  });
  return digests;
}

}  // namespace mc::protocol
