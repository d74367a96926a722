// SPDX-License-Identifier: Apache-2.0
#include "protocol/opening_verdict.hpp"

#include <algorithm>
#include <set>

namespace mc::protocol {
namespace {

constexpr std::string_view kSignatureDomain = "medcommons/opening-verdict/v1";
constexpr std::string_view kFormat = "medcommons/opening-verdict/1";

void write_signed(Writer& writer, const OpeningVerdict& verdict) {
  writer.text(kFormat);
  writer.hash(verdict.commons);
  writer.u32(verdict.epoch.value);
  writer.u8(verdict.custodian.value);
  writer.hash(verdict.manifest);
  writer.u8(verdict.passed ? 1 : 0);
}

Hash256 digest_of(const OpeningVerdict& verdict) {
  Writer writer;
  write_signed(writer, verdict);
  return sha256(writer.bytes());
}

bool is_of(const KeygenSetup& committee, const Hash256& manifest, const OpeningVerdict& verdict) {
  return verdict.commons == committee.commons && verdict.epoch == committee.epoch && verdict.manifest == manifest &&
         committee.shape.is_custodian(verdict.custodian) &&
         verify_opening_verdict(committee.identities[verdict.custodian.value], verdict);
}

}  // namespace

void sign_opening_verdict(const CustodianSigner& identity, OpeningVerdict& verdict) {
  verdict.signature = identity.sign(kSignatureDomain, digest_of(verdict));
}

bool verify_opening_verdict(const PublicIdentity& identity, const OpeningVerdict& verdict) {
  return verify_signature(identity, kSignatureDomain, digest_of(verdict), verdict.signature);
}

Bytes encode_opening_verdict(const OpeningVerdict& verdict) {
  Writer writer;
  write_signed(writer, verdict);
  writer.raw(verdict.signature);
  return std::move(writer).bytes();
}

Result<OpeningVerdict> decode_opening_verdict(ByteView bytes) {
  Reader reader(bytes, "verdict on an opened upload");
  MC_TRY(const std::string format, reader.text(64));
  if (format != kFormat) return fail(reader.error("is not " + std::string(kFormat)));
  OpeningVerdict verdict;
  MC_TRY(verdict.commons, reader.hash());
  MC_TRY(const std::uint32_t epoch, reader.u32());
  verdict.epoch = Epoch(epoch);
  MC_TRY(const std::uint8_t custodian, reader.u8());
  verdict.custodian = CustodianId(custodian);
  MC_TRY(verdict.manifest, reader.hash());
  MC_TRY(const std::uint8_t passed, reader.u8());
  if (passed > 1) return fail(reader.error("no such verdict: " + std::to_string(passed)));
  verdict.passed = passed == 1;
  MC_TRY(verdict.signature, read_signature(reader));
  MC_TRY_STATUS(reader.finish());
  return verdict;
}

JointVerdict joint_opening_verdict(const KeygenSetup& committee, const Hash256& manifest,
                                   std::span<const OpeningVerdict> said) {
  std::set<CustodianId> passed, refused;
  for (const OpeningVerdict& verdict : said) {
    if (is_of(committee, manifest, verdict)) (verdict.passed ? passed : refused).insert(verdict.custodian);
  }
  const auto alone = [](const std::set<CustodianId>& some, const std::set<CustodianId>& others) {
    return std::ranges::count_if(some, [&](CustodianId custodian) { return !others.contains(custodian); });
  };
  if (alone(refused, passed) >= committee.shape.threshold()) return JointVerdict::kRefused;
  if (alone(passed, refused) >= committee.shape.threshold()) return JointVerdict::kPassed;
  return JointVerdict::kNone;
}

}  // namespace mc::protocol
