// SPDX-License-Identifier: Apache-2.0
#include "protocol/custodian_secrets.hpp"

#include <algorithm>

namespace mc::protocol {
namespace {

constexpr std::string_view kMagic = "MCCS";

}  // namespace

Status check_custodian_secrets(const fhe::Params& params, const CustodianSecrets& secrets) {
  const std::string name = "custodian " + std::to_string(secrets.custodian.value);
  if (secrets.params_id != params.id()) {
    return fail(Code::kConflict, "the secrets of " + name + " are for parameter set " + secrets.params_id.hex() +
                                     ", the commons uses " + params.spec().name + " (" + params.id().hex() + ")");
  }
  const std::vector<fhe::PieceId> expected = secrets.shape.pieces_of(secrets.custodian);
  const bool complete =
      std::ranges::equal(secrets.seeds, expected, {}, &fhe::PieceSeed::piece) &&
      std::ranges::all_of(secrets.seeds, [&](const auto& seed) { return seed.epoch == secrets.epoch; });
  if (!complete) {
    return fail(Code::kConflict, "the secrets of " + name + " are not the pieces that a " + secrets.shape.text() +
                                     " committee gives it in epoch " + std::to_string(secrets.epoch.value));
  }
  return {};
}

SecretBytes encode_custodian_secrets(const CustodianSecrets& secrets) {
  // The public part through a Writer, the seeds straight into memory that is wiped.
  Writer head;
  head.raw(view_of(kMagic));
  fhe::write_shape(head, secrets.shape);
  head.u8(secrets.custodian.value);
  head.u32(secrets.epoch.value);
  head.hash(secrets.params_id);
  head.hash(secrets.key_commitment);
  head.u32(static_cast<std::uint32_t>(secrets.seeds.size()));
  SecretBytes bytes(head.bytes().begin(), head.bytes().end());
  for (const fhe::PieceSeed& seed : secrets.seeds) {
    bytes.insert(bytes.end(), seed.key.expose().begin(), seed.key.expose().end());
  }
  const Hash256 digest = sha256(bytes);
  bytes.insert(bytes.end(), digest.bytes.begin(), digest.bytes.end());
  return bytes;
}

Result<CustodianSecrets> decode_custodian_secrets(ByteView bytes) {
  Reader reader(bytes, "custodian secrets");
  MC_TRY(const ByteView magic, reader.raw(kMagic.size()));
  if (!std::ranges::equal(magic, view_of(kMagic))) return fail(reader.error("not a file of custodian secrets"));
  MC_TRY(fhe::CommitteeShape shape, fhe::read_shape(reader));
  CustodianSecrets secrets{std::move(shape), {}, {}, {}, {}, {}};
  MC_TRY(const std::uint8_t custodian, reader.u8());
  secrets.custodian = CustodianId(custodian);
  if (!secrets.shape.is_custodian(secrets.custodian)) {
    return fail(
        reader.error("custodian " + std::to_string(custodian) + " of a " + secrets.shape.text() + " committee"));
  }
  MC_TRY(const std::uint32_t epoch, reader.u32());
  secrets.epoch = Epoch(epoch);
  MC_TRY(secrets.params_id, reader.hash());
  MC_TRY(secrets.key_commitment, reader.hash());
  const std::vector<fhe::PieceId> pieces = secrets.shape.pieces_of(secrets.custodian);
  MC_TRY(const std::uint32_t count, reader.count(fhe::kPiecesMax, 32));
  if (count != pieces.size()) {
    return fail(reader.error(std::to_string(count) + " seeds where a custodian of a " + secrets.shape.text() +
                             " committee holds " + std::to_string(pieces.size())));
  }
  for (const fhe::PieceId piece : pieces) {
    MC_TRY(const ByteView seed, reader.raw(32));
    secrets.seeds.push_back({piece, secrets.epoch, SecretKey256(seed.first<32>())});
  }
  const std::size_t covered = reader.position();
  MC_TRY(const Hash256 digest, reader.hash());
  MC_TRY_STATUS(reader.finish());
  if (digest != sha256(bytes.first(covered))) return fail(reader.error("the bytes do not have their checksum"));
  return secrets;
}

}  // namespace mc::protocol
