// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/migration.hpp"

#include "fhe/ckks/encryptor.hpp"
#include "fhe/ckks/key_switching.hpp"
#include "fhe/ring/sampling.hpp"
#include "fhe/threshold/share_header.hpp"

namespace mc::fhe {
namespace {

constexpr std::string_view kMagic = "MCMS";

Basis basis_qp(const Params& params) {
  return {params.top_level().value, true};
}

std::vector<const NttPoly*> halves(const MigrationKey& key, NttPoly SwitchingDigit::*half) {
  std::vector<const NttPoly*> pointers;
  for (const SwitchingDigit& digit : key.digits) pointers.push_back(&(digit.*half));
  return pointers;
}

void write_digits(Writer& writer, const std::vector<SwitchingDigit>& digits, const Params& params) {
  MC_CHECK(digits.size() == params.digit_count(params.top_level()));
  writer.reserve(2 * digits.size() * packed_poly_bytes(basis_qp(params), params.ring()));
  for (const auto& [b, a] : digits) {
    write_poly(writer, b, params.ring());
    write_poly(writer, a, params.ring());
  }
}

Result<std::vector<SwitchingDigit>> read_digits(Reader& reader, const Params& params) {
  std::vector<SwitchingDigit> digits;
  for (std::uint32_t i = 0; i < params.digit_count(params.top_level()); ++i) {
    MC_TRY(NttPoly b, read_poly(reader, basis_qp(params), params.ring()));
    MC_TRY(NttPoly a, read_poly(reader, basis_qp(params), params.ring()));
    digits.push_back({std::move(b), std::move(a)});
  }
  return digits;
}

}  // namespace

MigrationTarget::MigrationTarget(const Params& params, const WidePublicKey& next)
    : epoch_(next.epoch),
      b_(next.b),
      a_(expand_public_key_half(params, next.seed)),
      digests_{hash_poly(params, b_), hash_poly(params, a_)} {
  MC_CHECK(b_.basis() == basis_qp(params));
}

MigrationShare make_migration_share(const Params& params, const PieceSeed& seed, const SecretPoly& secret,
                                    const MigrationTarget& target) {
  MC_CHECK(target.epoch().value > seed.epoch.value);
  const Ring& ring = params.ring();
  MigrationShare share;
  for (std::uint32_t digit = 0; digit < params.digit_count(params.top_level()); ++digit) {
    const auto name = [&](std::string_view protocol, std::string_view sigma) {
      return DrawName{.protocol = protocol,
                      .index = digit,
                      .basis = basis_qp(params),
                      .sigma = sigma,
                      .multiplicands = target.digests()};
    };
    KeyStream stream = piece_stream(params, seed, name("migration/u", "ternary"));
    const SecretPoly u(ring.to_ntt(sample_ternary(ring, basis_qp(params), stream)));
    SecretPoly b = piece_error(params, seed, {name("migration/e0", "3.2")});
    SecretPoly a = piece_error(params, seed, {name("migration/e1", "3.2")});
    ring.multiply_add(b.expose_mutable(), target.b(), u.expose());
    ring.multiply_add(a.expose_mutable(), target.a(), u.expose());
    add_gadget_product(params, digit, secret.expose(), b.expose_mutable());
    share.digits.push_back({std::move(b.expose_mutable()), std::move(a.expose_mutable())});
  }
  return share;
}

void add_share(const Params& params, MigrationShare& sum, MigrationShare share) {
  if (sum.digits.empty()) {
    sum = std::move(share);
    return;
  }
  MC_CHECK(sum.digits.size() == share.digits.size());
  for (std::size_t i = 0; i < share.digits.size(); ++i) {
    params.ring().add(sum.digits[i].b, share.digits[i].b);
    params.ring().add(sum.digits[i].a, share.digits[i].a);
  }
}

MigrationKey finish_migration_key(MigrationShare&& sum, Epoch from, Epoch to) {
  MC_CHECK(to.value > from.value);
  return {from, to, std::move(sum.digits)};
}

Bytes encode_share(const Params& params, Epoch from, PieceId piece, Epoch to, const MigrationShare& share) {
  Writer writer;
  write_share_header(writer, kMagic, params, from, piece);
  writer.u32(to.value);
  write_digits(writer, share.digits, params);
  return std::move(writer).bytes();
}

Result<MigrationShare> decode_migration_share(const Params& params, Epoch from, PieceId piece, Epoch to,
                                              ByteView bytes) {
  const std::string what = "migration share, " + piece_text(piece);
  Reader reader(bytes, what);
  MC_TRY_STATUS(read_share_header(reader, kMagic, params, from, piece));
  MC_TRY(const std::uint32_t epoch, reader.u32());
  if (epoch != to.value) {
    return fail(Code::kInvalidArgument, what + ": it leads to key epoch " + std::to_string(epoch) +
                                            ", expected epoch " + std::to_string(to.value));
  }
  MC_TRY(std::vector<SwitchingDigit> digits, read_digits(reader, params));
  MC_TRY_STATUS(reader.finish());
  return MigrationShare{std::move(digits)};
}

void write_migration_key(Writer& writer, const MigrationKey& key, const Params& params) {
  writer.hash(params.id());
  writer.u32(key.from.value);
  writer.u32(key.to.value);
  write_digits(writer, key.digits, params);
}

Result<MigrationKey> read_migration_key(Reader& reader, const Params& params) {
  MC_TRY(const Hash256 id, reader.hash());
  if (id != params.id()) {
    return fail(reader.error("made for the parameters " + id.hex() + ", not for " + params.spec().name + " (" +
                             params.id().hex() + ")"));
  }
  MC_TRY(const std::uint32_t from, reader.u32());
  MC_TRY(const std::uint32_t to, reader.u32());
  if (to <= from) {
    return fail(reader.error("it leads from key epoch " + std::to_string(from) + " to epoch " + std::to_string(to)));
  }
  MC_TRY(std::vector<SwitchingDigit> digits, read_digits(reader, params));
  return MigrationKey{Epoch(from), Epoch(to), std::move(digits)};
}

Hash256 hash_migration_key(const Params& params, const MigrationKey& key) {
  Writer writer;
  write_migration_key(writer, key, params);
  return sha256(writer.bytes());
}

Migration::Migration(ParamsPtr params, const MigrationKey& key)
    : params_(std::move(params)),
      from_(key.from),
      to_(key.to),
      key_(*params_, halves(key, &SwitchingDigit::b), halves(key, &SwitchingDigit::a)) {}

Result<Ciphertext> Migration::carry(const Ciphertext& ct, const Workers* workers) const {
  if (ct.epoch != from_) {
    return fail(Code::kInvalidArgument, "a ciphertext of key epoch " + std::to_string(ct.epoch.value) +
                                            ", the migration is from epoch " + std::to_string(from_.value));
  }
  if (ct.parts.size() != 2 || ct.level().value > params_->top_level().value ||
      ct.parts[0].basis() != ct.parts[1].basis() || ct.parts[0].degree() != params_->ring().degree()) {
    return fail(Code::kInvalidArgument, "a ciphertext of " + std::to_string(ct.parts.size()) +
                                            " parts that is not two over the chain of " + params_->spec().name);
  }
  const Switched wanted{{{&key_, nullptr}}, [&](std::size_t part, std::size_t limb, Residues which, std::uint64_t*) {
                          return part == 0 ? ct.parts[0].limb(limb).data() + which.first : nullptr;
                        }};
  auto switched = switch_key(*params_, ct.parts[1], {&wanted, 1}, 0, workers);
  return Ciphertext{std::move(switched[0]), ct.scale, to_};
}

}  // namespace mc::fhe
