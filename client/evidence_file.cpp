// SPDX-License-Identifier: Apache-2.0
#include "client/evidence_file.hpp"

#include "base/file.hpp"
#include "client/researcher.hpp"

namespace mc::client {
namespace {

constexpr std::size_t kEvidenceBytesMax = std::size_t{1} << 20;

}  // namespace

Result<std::filesystem::path> keep_evidence(const std::filesystem::path& folder, const protocol::Evidence& evidence) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(Code::kIo, folder.string() + ": cannot be made: " + error.message());
  const std::filesystem::path path = folder / (evidence.subject.hex().substr(0, 16) + ".evidence");
  MC_TRY_STATUS(write_file_atomically(path, protocol::encode_evidence(evidence)));
  return path;
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

}  // namespace mc::client
