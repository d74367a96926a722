// SPDX-License-Identifier: Apache-2.0
#include "protocol/evidence.hpp"

#include <algorithm>
#include <set>

namespace mc::protocol {
namespace {

constexpr std::string_view kEvidenceMagic = "MCEV";
constexpr std::size_t kStatementsMax = 256;
constexpr std::size_t kComplaintsMax = 4096;

std::vector<CustodianId> sorted(const std::set<CustodianId>& custodians) {
  return {custodians.begin(), custodians.end()};
}

// The first statement of each custodian, by custodian, and who signed several different ones.
struct Spoken {
  std::vector<Statement> first;
  std::set<CustodianId> equivocators;
};

Spoken spoken_in(std::span<const Statement> statements) {
  std::map<CustodianId, const Statement*> first;
  Spoken spoken;
  for (const Statement& statement : statements) {
    const auto [seen, is_new] = first.emplace(statement.custodian, &statement);
    if (!is_new && statement_digest(*seen->second) != statement_digest(statement)) {
      spoken.equivocators.insert(statement.custodian);
    }
  }
  for (const auto& [custodian, statement] : first) spoken.first.push_back(*statement);
  return spoken;
}

Status check_all(const fhe::CommitteeShape& shape, std::span<const PublicIdentity> identities,
                 std::span<const Statement> statements) {
  for (const Statement& statement : statements) {
    MC_TRY_STATUS(check_statement(shape, identities, statement, "statement"));
  }
  return {};
}

}  // namespace

Evidence evidence_of(std::span<const Statement> statements, std::span<const Delivery> deliveries) {
  MC_CHECK(!statements.empty());
  Evidence evidence{statements[0].kind, statements[0].epoch, statements[0].subject, {}, {}};
  for (const Statement& statement : statements) {
    MC_CHECK(statement.kind == evidence.kind && statement.epoch == evidence.epoch &&
             statement.subject == evidence.subject);
    evidence.statements.push_back(statement);
    for (const Delivery& delivery : deliveries) {
      if (delivery.from != statement.custodian) continue;
      for (const PieceBytes& entry : delivery.bytes) {
        const PieceHash received{entry.piece, hash_share(entry.bytes)};
        if (std::ranges::find(statement.hashes, received) == statement.hashes.end()) {
          evidence.complaints.push_back({statement.custodian, entry.piece, received.hash});
        }
      }
    }
  }
  return evidence;
}

Bytes encode_evidence(const Evidence& evidence) {
  Writer writer;
  writer.raw(view_of(kEvidenceMagic));
  writer.u8(static_cast<std::uint8_t>(evidence.kind));
  writer.u32(evidence.epoch.value);
  writer.hash(evidence.subject);
  writer.u32(static_cast<std::uint32_t>(evidence.statements.size()));
  for (const Statement& statement : evidence.statements) write_statement(writer, statement);
  writer.u32(static_cast<std::uint32_t>(evidence.complaints.size()));
  for (const Evidence::Complaint& complaint : evidence.complaints) {
    writer.u8(complaint.custodian.value);
    writer.u64(complaint.piece.value);
    writer.hash(complaint.received);
  }
  return std::move(writer).bytes();
}

Result<Evidence> decode_evidence(ByteView bytes) {
  Reader reader(bytes, "evidence");
  MC_TRY(const ByteView magic, reader.raw(kEvidenceMagic.size()));
  if (!std::ranges::equal(magic, view_of(kEvidenceMagic))) return fail(reader.error("not evidence"));
  Evidence evidence;
  MC_TRY(const std::uint8_t kind, reader.u8());
  evidence.kind = static_cast<Statement::Kind>(kind);
  if (evidence.kind != Statement::Kind::kRelease && evidence.kind != Statement::Kind::kRefresh) {
    return fail(reader.error("no such kind of statement: " + std::to_string(kind)));
  }
  MC_TRY(evidence.epoch.value, reader.u32());
  MC_TRY(evidence.subject, reader.hash());
  MC_TRY(const std::uint32_t statements, reader.count(kStatementsMax, 1 + 32 + 4 + 64));
  for (std::uint32_t i = 0; i < statements; ++i) {
    MC_TRY(Statement statement, read_statement(reader, evidence.kind, evidence.epoch, evidence.subject));
    evidence.statements.push_back(std::move(statement));
  }
  MC_TRY(const std::uint32_t complaints, reader.count(kComplaintsMax, 1 + 8 + 32));
  for (std::uint32_t i = 0; i < complaints; ++i) {
    Evidence::Complaint complaint;
    MC_TRY(complaint.custodian.value, reader.u8());
    MC_TRY(complaint.piece.value, reader.u64());
    MC_TRY(complaint.received, reader.hash());
    evidence.complaints.push_back(complaint);
  }
  MC_TRY_STATUS(reader.finish());
  return evidence;
}

std::string Finding::text() const {
  std::string text;
  if (!equivocators.empty()) text += custodians_text(equivocators) + " signed two different statements\n";
  for (const Dispute& dispute : verdict.disputes) text += dispute.text() + "\n";
  for (const Evidence::Complaint& complaint : complaints) {
    text += "bytes of the " + fhe::piece_text(complaint.piece) + " that came from " +
            custodians_text({&complaint.custodian, 1}) +
            " are not those it signed (they travel unsigned: this names nobody, ask again)\n";
  }
  switch (kind) {
    case Kind::kLiars:
      return text + "named: " + custodians_text(liars) + "\n";
    case Kind::kDispute:
      return text + "dispute: the statements do not suffice to say who lies\n";
    case Kind::kNothing:
      return text + "nothing: no statement contradicts another\n";
  }
  MC_CHECK(false && "every Kind has a text");
}

Result<Finding> examine(const fhe::CommitteeShape& shape, std::span<const PublicIdentity> identities,
                        const Evidence& evidence) {
  for (const Statement& statement : evidence.statements) {
    MC_CHECK(statement.kind == evidence.kind && statement.epoch == evidence.epoch &&
             statement.subject == evidence.subject);
  }
  MC_TRY_STATUS(check_all(shape, identities, evidence.statements));
  Spoken spoken = spoken_in(evidence.statements);
  const std::set<CustodianId>& equivocators = spoken.equivocators;
  std::vector<Statement>& single = spoken.first;
  std::erase_if(single, [&](const Statement& statement) { return equivocators.contains(statement.custodian); });
  MC_TRY(Comparison comparison, compare(shape, single));
  Finding finding;
  finding.verdict = std::move(comparison.verdict);
  finding.equivocators = sorted(equivocators);
  std::set<CustodianId> liars = equivocators;
  liars.insert(finding.verdict.liars.begin(), finding.verdict.liars.end());
  finding.liars = sorted(liars);
  for (const Evidence::Complaint& complaint : evidence.complaints) {
    const auto about = std::ranges::find(single, complaint.custodian, &Statement::custodian);
    if (about == single.end()) continue;
    const auto signed_hash = std::ranges::find(about->hashes, complaint.piece, &PieceHash::piece);
    if (signed_hash != about->hashes.end() && signed_hash->hash != complaint.received) {
      finding.complaints.push_back(complaint);
    }
  }
  finding.kind = !finding.liars.empty()                              ? Finding::Kind::kLiars
                 : finding.verdict.assurance == Assurance::kDisputed ? Finding::Kind::kDispute
                                                                     : Finding::Kind::kNothing;
  return finding;
}

Result<Verdict> audit_late(const fhe::CommitteeShape& shape, std::span<const PublicIdentity> identities,
                           std::span<const Statement> earlier, std::span<const Statement> late) {
  MC_TRY_STATUS(check_all(shape, identities, earlier));
  MC_TRY_STATUS(check_all(shape, identities, late));
  // A liar must not be able to prevent the audit by signing something else as well.
  Spoken spoken = spoken_in(earlier);
  std::vector<Statement>& all = spoken.first;
  MC_TRY(const Comparison before, compare(shape, all));
  MC_TRY_STATUS(check_all_pieces_answered(shape, before.verdict.answered));
  all.insert(all.end(), late.begin(), late.end());
  MC_TRY(Comparison now, compare(shape, all));
  // Settled now, and yet not what was opened: those who were absent have outvoted a lie.
  const bool opened_the_truth = before.verdict.assurance != Assurance::kDisputed && now.agreed == before.agreed &&
                                now.public_part == before.public_part;
  if (!opened_the_truth) now.verdict.assurance = Assurance::kDisputed;
  for (const CustodianId equivocator : spoken.equivocators) {
    if (std::ranges::find(now.verdict.liars, equivocator) == now.verdict.liars.end()) {
      now.verdict.liars.push_back(equivocator);
    }
  }
  return std::move(now.verdict);
}

}  // namespace mc::protocol
