// SPDX-License-Identifier: Apache-2.0
// A custodian's part in opening a sealed column once, with noise (docs/design/0047), and what each of them makes of all
// shares: a verdict on the column, for which it believes nobody. No socket, no clock, no disk.
#pragma once

#include <span>
#include <vector>

#include "fhe/threshold/column_opening.hpp"
#include "protocol/comparison.hpp"
#include "protocol/opening_verdict.hpp"
#include "protocol/release_state.hpp"

namespace mc::protocol {

/// A sealed column and the name of the bytes it came in. The caller has checked its owner's proof (R21).
struct SealedColumn {
  Hash256 blob;
  fhe::Ciphertext ciphertext;  // under the committee's key, at the top level
};

/// What a statement about a column is about: blob, key epoch and parameters.
Hash256 opening_subject(const fhe::Params& params, Epoch epoch, const Hash256& blob);

/// What a custodian says of a column: hashes of the shares of all its pieces, signed, and the bytes of some.
struct OpeningMessage {
  Statement statement;  // kind kOpening; subject: opening_subject; public part: fhe::opening_digest
  std::vector<PieceBytes> bytes;
  friend bool operator==(const OpeningMessage&, const OpeningMessage&) = default;
};

class OpeningParty {
 public:
  /// Of the state only what yields the pieces is kept: noise is drawn with the same keys on every day (R5).
  ///   errors  kConflict when state and parameters do not belong together
  static Result<OpeningParty> create(fhe::ParamsPtr params, const ReleaseState& state, CustodianSigner signer);

  /// With the bytes of all its pieces. Whoever asks again gets the same.
  [[nodiscard]] OpeningMessage open(const SealedColumn& column) const;

  /// For later committees, signed: what this custodian found of an upload, all of whose columns it has judged.
  ///   range   `commons`: KeygenSetup::commons
  [[nodiscard]] OpeningVerdict conclude(const Hash256& commons, const Hash256& manifest, bool passed) const;

  [[nodiscard]] Epoch epoch() const { return epoch_; }
  [[nodiscard]] CustodianId custodian() const { return custodian_; }

 private:
  struct Piece {
    fhe::PieceSeed key;
    fhe::SecretPoly secret;  // over the primes that are opened
  };
  OpeningParty(fhe::ParamsPtr params, const ReleaseState& state, CustodianSigner signer);

  fhe::ParamsPtr params_;
  CustodianId custodian_;
  Epoch epoch_;
  CustodianSigner signer_;
  std::vector<Piece> pieces_;
};

/// What one custodian judges by.
struct OpeningContext {
  fhe::ParamsPtr params;
  fhe::CommitteeShape shape;
  std::span<const PublicIdentity> identities;  // by custodian id, from the chain
  const SealedColumn* column = nullptr;        // as it is in the store, by its name
  const OpeningMessage* own = nullptr;         // of the same column
};

/// The verdict on a column: nothing, or kRefused for values that lie beyond what noise makes of any within its range.
///   errors  as long as there is no verdict. kUnavailable: fewer than 2t-1 custodians took part, so that a lie would
///           not be seen (R8); kRefused: a message that is not signed or about something else, or custodians who
///           contradict each other; kNotFound: bytes of a piece are missing
Result<Status> judge_opening(const OpeningContext& context, std::span<const OpeningMessage> others);

}  // namespace mc::protocol
