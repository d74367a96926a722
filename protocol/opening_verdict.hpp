// SPDX-License-Identifier: Apache-2.0
// What a custodian tells later committees of an upload all of whose columns it has judged (opening_party.hpp,
// docs/design/0053): signed, and about one manifest, whose hash names owner, epoch and every sealed column. What a
// column carries is a fact about its plaintext, and moving it to another key changes no slot by more than 2^-40 half
// widths, so nobody has to open it again. A later committee believes what t of its custodians say alike, one of whom is
// honest. Pure functions.
#pragma once

#include <span>

#include "protocol/keygen_setup.hpp"
#include "protocol/statement.hpp"

namespace mc::protocol {

struct OpeningVerdict {
  Hash256 commons;          // KeygenSetup::commons
  Epoch epoch{};            // of the committee that judged: the upload was sealed for its key
  CustodianId custodian{};  // of that committee
  Hash256 manifest;
  bool passed = false;  // otherwise a value lies beyond what noise makes of any within its range
  Signature signature{};
  friend bool operator==(const OpeningVerdict&, const OpeningVerdict&) = default;
};

/// Deterministic: who says the same again says the same bytes.
void sign_opening_verdict(const CustodianSigner& identity, OpeningVerdict& verdict);
bool verify_opening_verdict(const PublicIdentity& identity, const OpeningVerdict& verdict);

inline constexpr std::size_t kOpeningVerdictBytesMax = 256;
Bytes encode_opening_verdict(const OpeningVerdict& verdict);
/// Errors name the byte.
Result<OpeningVerdict> decode_opening_verdict(ByteView bytes);

/// What a committee has said of an upload.
enum class JointVerdict : std::uint8_t { kNone, kPassed, kRefused };
/// Counts custodians of `committee` that signed for its commons, its epoch and this manifest; what is anything else
/// counts for nothing, and so does a custodian that says both. A verdict is what t say alike; refusal where t say
/// either.
///   range   `said`: in any order, with whatever a store puts among them
JointVerdict joint_opening_verdict(const KeygenSetup& committee, const Hash256& manifest,
                                   std::span<const OpeningVerdict> said);

}  // namespace mc::protocol
