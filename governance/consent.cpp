// SPDX-License-Identifier: Apache-2.0
#include "governance/consent.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "base/random.hpp"

namespace mc::governance {
namespace {

// The first four bytes of each format: what it is, and its version.
constexpr std::uint32_t kStatementMagic = 0x3453434d;    // "MCS4"
constexpr std::uint32_t kAttestationMagic = 0x3241434d;  // "MCA2"
constexpr std::size_t kLeafBytes = 32 + 4 + 20 + 1 + 12;

Result<bool> read_flag(Reader& reader, std::string_view what) {
  MC_TRY(const std::uint8_t value, reader.u8());
  if (value > 1) return fail(reader.error(std::string(what) + " is " + std::to_string(value) + ", it must be 0 or 1"));
  return value == 1;
}

Status expect_magic(Reader& reader, std::uint32_t magic) {
  MC_TRY(const std::uint32_t found, reader.u32());
  if (found != magic) return fail(reader.error("it does not begin with its format's mark"));
  return {};
}

void write_use(Writer& writer, const DataUse& use) {
  writer.u32(use.purpose);
  writer.u32(use.disease);
  writer.u32(use.modifiers);
}

Result<DataUse> read_use(Reader& reader) {
  DataUse use;
  MC_TRY(use.purpose, reader.u32());
  MC_TRY(use.disease, reader.u32());
  MC_TRY(use.modifiers, reader.u32());
  return use;
}

}  // namespace

std::string_view consent_action_name(ConsentAction action) {
  if (action == ConsentAction::kGrant) return "grant";
  return action == ConsentAction::kDelegate ? "delegate" : "revoke";
}

Status check_statement(const ConsentStatement& statement) {
  MC_TRY_STATUS(check_data_use(statement.use));
  const bool grants = statement.action == ConsentAction::kGrant;
  const bool delegates = statement.action == ConsentAction::kDelegate && !statement.delegate.is_zero();
  if (statement.action != ConsentAction::kDelegate && !statement.delegate.is_zero()) {
    return fail(Code::kInvalidArgument,
                "only a delegation names a delegate, this statement names " + statement.delegate.text());
  }
  if (!grants && statement.use != unconditional(statement.use)) {
    return fail(Code::kInvalidArgument, "only a grant has conditions (modifiers, limits), this is no grant");
  }
  if (delegates && statement.expiry_s == 0) {
    return fail(Code::kInvalidArgument, "a delegation ends at some time, this one names none");
  }
  if (!grants && !delegates && statement.expiry_s != 0) {
    return fail(Code::kInvalidArgument,
                "a revocation does not expire, this one ends at " + std::to_string(statement.expiry_s));
  }
  return {};
}

Hash256 person_commitment(const SecretKey256& patient_seed, const Hash256& dataset, const Address& owner,
                          std::string_view row_id) {
  Writer context;
  context.hash(dataset);
  context.text(row_id);
  const SecretKey256 salt = derive_key(patient_seed, "medcommons/person-salt/1", context.bytes());
  return Sha256("medcommons/person/1")
      .update(dataset.view())
      .update(owner.view())
      .update(salt.expose())
      .update_sized(view_of(row_id))
      .finish();
}

Hash256 consent_digest(const Eip712Domain& domain, const ConsentStatement& statement) {
  const Hash256 struct_hash =
      Eip712Struct(
          "ConsentStatement(bytes32 dataset,address owner,bytes32 person,string action,uint32 purpose,uint32 disease,"
          "uint32 modifiers,string countries,bytes32[] studies,address[] users,address[] institutions,uint64 "
          "moratorium,"
          "address delegate,uint64 sequence,uint64 expiry)")
          .hash(statement.dataset)
          .address(statement.owner)
          .hash(statement.person)
          // The word, not a number: it is what a wallet shows to the patient.
          .text(consent_action_name(statement.action))
          .uint(statement.use.purpose)
          .uint(statement.use.disease)
          .uint(statement.use.modifiers)
          .text(countries_text(statement.use.limits.countries))
          .hashes(statement.use.limits.studies)
          .addresses(statement.use.limits.users)
          .addresses(statement.use.limits.institutions)
          .uint(statement.use.limits.moratorium_s)
          .address(statement.delegate)
          .uint(statement.sequence)
          .uint(statement.expiry_s)
          .hash();
  return eip712_digest(domain, struct_hash);
}

SignedConsentStatement sign_consent(const Eip712Domain& domain, const ConsentStatement& statement,
                                    const Wallet& patient) {
  return {statement, patient.sign(consent_digest(domain, statement))};
}

Bytes encode(const SignedConsentStatement& signed_statement) {
  const ConsentStatement& statement = signed_statement.statement;
  Writer writer;
  writer.u32(kStatementMagic);
  writer.hash(statement.dataset);
  writer.raw(statement.owner.view());
  writer.hash(statement.person);
  writer.u8(static_cast<std::uint8_t>(statement.action));
  write_use(writer, statement.use);
  write_limits(writer, statement.use.limits);
  writer.u64(statement.sequence);
  writer.u64(statement.expiry_s);
  writer.raw(statement.delegate.view());
  writer.raw(signed_statement.signature.bytes());
  MC_CHECK(writer.bytes().size() <= kStatementBytesMax);
  return std::move(writer).bytes();
}

Result<SignedConsentStatement> decode_consent_statement(ByteView bytes) {
  Reader reader(bytes, "consent statement");
  SignedConsentStatement out;
  ConsentStatement& statement = out.statement;
  MC_TRY_STATUS(expect_magic(reader, kStatementMagic));
  MC_TRY(statement.dataset, reader.hash());
  MC_TRY(statement.owner, read_address(reader));
  MC_TRY(statement.person, reader.hash());
  MC_TRY(const std::uint8_t action, reader.u8());
  if (action > static_cast<std::uint8_t>(ConsentAction::kDelegate)) {
    return fail(reader.error("its action is " + std::to_string(action) + ", it must be 0, 1 or 2"));
  }
  statement.action = static_cast<ConsentAction>(action);
  MC_TRY(statement.use, read_use(reader));
  MC_TRY_STATUS(read_limits(reader, statement.use.limits));
  MC_TRY(statement.sequence, reader.u64());
  MC_TRY(statement.expiry_s, reader.u64());
  MC_TRY(statement.delegate, read_address(reader));
  MC_TRY(const ByteView signature, reader.raw(65));
  MC_TRY(out.signature, signature_from_bytes(signature));
  MC_TRY_STATUS(reader.finish());
  MC_TRY_STATUS(check_statement(statement));
  return out;
}

Bytes encode(const ConsentAttestation& attestation) {
  Writer writer;
  writer.u32(kAttestationMagic);
  writer.hash(attestation.dataset);
  writer.raw(attestation.owner.view());
  writer.u32(static_cast<std::uint32_t>(attestation.leaves.size()));
  for (const InitialLeaf& leaf : attestation.leaves) {
    writer.hash(leaf.person);
    writer.u32(leaf.row);
    writer.raw(leaf.patient.view());
    writer.u8(leaf.granted ? 1 : 0);
    write_use(writer, leaf.use);
  }
  return std::move(writer).bytes();
}

Result<ConsentAttestation> decode_consent_attestation(ByteView bytes) {
  Reader reader(bytes, "consent attestation");
  ConsentAttestation out;
  MC_TRY_STATUS(expect_magic(reader, kAttestationMagic));
  MC_TRY(out.dataset, reader.hash());
  MC_TRY(out.owner, read_address(reader));
  MC_TRY(const std::uint32_t count, reader.count(kAttestationLeavesMax, kLeafBytes));
  out.leaves.resize(count);
  for (InitialLeaf& leaf : out.leaves) {
    MC_TRY(leaf.person, reader.hash());
    MC_TRY(leaf.row, reader.u32());
    MC_TRY(leaf.patient, read_address(reader));
    MC_TRY(leaf.granted, read_flag(reader, "a leaf's consent"));
    MC_TRY(leaf.use, read_use(reader));
  }
  MC_TRY_STATUS(reader.finish());
  if (Status valid = validate(out); !valid) return fail(std::move(valid).error());
  return out;
}

Status validate(const ConsentAttestation& attestation) {
  if (attestation.leaves.size() > kAttestationLeavesMax) {
    return fail(Code::kLimit, "a consent attestation has " + std::to_string(attestation.leaves.size()) +
                                  " leaves, the limit is " + std::to_string(kAttestationLeavesMax));
  }
  std::vector<Hash256> persons;
  persons.reserve(attestation.leaves.size());
  const InitialLeaf* before = nullptr;
  for (const InitialLeaf& leaf : attestation.leaves) {
    const std::string place = "consent attestation, row " + std::to_string(leaf.row);
    if (before != nullptr && leaf.row <= before->row) {
      return fail(Code::kInvalidArgument,
                  place + " comes after row " + std::to_string(before->row) + ": rows must rise");
    }
    if (leaf.patient.is_zero()) return fail(Code::kInvalidArgument, place + ": the patient's address is zero");
    if (Status known = check_data_use(leaf.use); !known) return fail(known.error().within(place));
    if (leaf.use.limits != UseLimits{}) {
      return fail(Code::kInvalidArgument, place + ": an owner attests no limits, " + limits_text(leaf.use.limits));
    }
    persons.push_back(leaf.person);
    before = &leaf;
  }
  std::sort(persons.begin(), persons.end());
  if (const auto twice = std::adjacent_find(persons.begin(), persons.end()); twice != persons.end()) {
    return fail(Code::kInvalidArgument, "consent attestation: person " + twice->hex() + " occurs twice");
  }
  return {};
}

Hash256 attestation_hash(const ConsentAttestation& attestation) {
  return sha256(encode(attestation));
}

}  // namespace mc::governance
