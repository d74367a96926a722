// SPDX-License-Identifier: Apache-2.0
#include "client/evidence_file.hpp"

#include <algorithm>

#include "base/file.hpp"
#include "client/ask_again.hpp"
#include "client/researcher.hpp"
#include "protocol/share_message.hpp"

namespace mc::client {
namespace {

constexpr std::size_t kEvidenceBytesMax = std::size_t{1} << 20;
constexpr std::size_t kReplyBytesMax = std::size_t{1} << 20;  // heads and hashes, no shares

std::filesystem::path call_path(std::filesystem::path evidence_file) {
  return evidence_file.replace_extension(".call");
}

// What one custodian says of the release now.
Result<protocol::Statement> ask_one(const CommonsDocument& document, const TransportFactory& connect,
                                    const fhe::Params& params, ByteView call, CustodianId custodian) {
  const std::string peer = "custodian " + std::to_string(custodian.value);
  const std::unique_ptr<Transport> transport = connect(document.custodians[custodian.value].url, peer);
  MC_TRY(const Bytes reply, post_until_executed(*transport, "/v1/releases", call, kReplyBytesMax));
  MC_TRY(const protocol::ShareMessage message, protocol::decode_share_message(params, reply));
  if (message.custodian != custodian) {
    return fail(Code::kRefused, peer + " answers as custodian " + std::to_string(message.custodian.value));
  }
  return protocol::statement_of(message);
}

}  // namespace

Result<std::filesystem::path> keep_evidence(const std::filesystem::path& folder, const protocol::Evidence& evidence) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(Code::kIo, folder.string() + ": cannot be made: " + error.message());
  const std::filesystem::path path = folder / (evidence.subject.hex().substr(0, 16) + ".evidence");
  MC_TRY_STATUS(write_file_atomically(path, protocol::encode_evidence(evidence)));
  return path;
}

Status keep_call(const std::filesystem::path& evidence_file, ReleaseCall call) {
  call.bytes_for.clear();
  return write_file_atomically(call_path(evidence_file), encode_release_call(call));
}

Result<ReleaseCall> read_call(const std::filesystem::path& evidence_file) {
  MC_TRY(const Bytes bytes, read_file(call_path(evidence_file), kEvidenceBytesMax));
  return decode_release_call(bytes);
}

Result<protocol::Evidence> read_evidence(std::span<const std::filesystem::path> files) {
  if (files.empty()) return fail(Code::kInvalidArgument, "no file of evidence is named");
  protocol::Evidence joined;
  for (std::size_t i = 0; i < files.size(); ++i) {
    MC_TRY(const Bytes bytes, read_file(files[i], kEvidenceBytesMax));
    auto read = protocol::decode_evidence(bytes);
    if (!read) return fail(read.error().within(files[i].string()));
    if (i == 0) {
      joined = std::move(*read);
      continue;
    }
    if (read->kind != joined.kind || read->epoch != joined.epoch || read->subject != joined.subject) {
      return fail(Code::kInvalidArgument, files[i].string() + " is about " + read->subject.hex() + ", " +
                                              files[0].string() + " about " + joined.subject.hex());
    }
    joined.statements.insert(joined.statements.end(), read->statements.begin(), read->statements.end());
    joined.complaints.insert(joined.complaints.end(), read->complaints.begin(), read->complaints.end());
  }
  return joined;
}

Result<protocol::Finding> check_evidence(const CommonsDocument& document, const governance::CommonsChain& chain,
                                         const protocol::Evidence& evidence) {
  if (evidence.epoch != document.epoch) {
    return fail(Code::kInvalidArgument, "the evidence is of key epoch " + std::to_string(evidence.epoch.value) +
                                            ", the commons is in epoch " + std::to_string(document.epoch.value));
  }
  MC_TRY(const fhe::CommitteeShape shape, committee_shape(document));
  MC_TRY(const std::vector<protocol::PublicIdentity> identities, committee_identities(document, chain));
  return protocol::examine(shape, identities, evidence);
}

Result<LateAudit> ask_absent(const CommonsDocument& document, const governance::CommonsChain& chain,
                             const TransportFactory& connect, const ReleaseCall& call,
                             const protocol::Evidence& evidence) {
  const Hash256 authorised = protocol::hash_authorisation(call.authorisation);
  if (evidence.kind != protocol::Statement::Kind::kRelease || evidence.subject != authorised) {
    return fail(Code::kInvalidArgument,
                "the evidence is about " + evidence.subject.hex() + ", the call about " + authorised.hex());
  }
  MC_TRY([[maybe_unused]] const protocol::Finding finding, check_evidence(document, chain, evidence));
  MC_TRY(const fhe::CommitteeShape shape, committee_shape(document));
  MC_TRY(const std::vector<protocol::PublicIdentity> identities, committee_identities(document, chain));
  MC_TRY(const fhe::ParamsPtr params, fhe::Params::named(document.profile));
  const Bytes body = encode_release_call(call);
  LateAudit audit;
  std::vector<protocol::Statement> late;
  for (std::uint8_t i = 0; i < shape.custodians(); ++i) {
    const CustodianId custodian(i);
    if (std::ranges::find(evidence.statements, custodian, &protocol::Statement::custodian) !=
        evidence.statements.end()) {
      continue;
    }
    auto statement = ask_one(document, connect, *params, body, custodian);
    if (statement && statement->subject != evidence.subject) {
      statement = fail(Code::kRefused, "custodian " + std::to_string(i) + " answers for another authorisation");
    }
    if (statement) {
      late.push_back(std::move(*statement));
    } else {
      audit.notes.push_back(statement.error().within("custodian " + std::to_string(i)).message);
    }
  }
  MC_TRY(audit.verdict, protocol::audit_late(shape, identities, evidence.statements, late));
  audit.joined = evidence;
  audit.joined.statements.insert(audit.joined.statements.end(), late.begin(), late.end());
  return audit;
}

}  // namespace mc::client
