// SPDX-License-Identifier: Apache-2.0
// What custodians found in the uploads that they opened (node/opening_desk), carried over a change of committees
// through the store (docs/design/0053): each tells its own verdicts, signed, and hears of those who were asked before
// it what they say of uploads that were sealed for them. Of the store nothing is believed but that it may keep things
// back.
#pragma once

#include <functional>

#include "client/commons_document.hpp"
#include "client/store_client.hpp"
#include "node/opening_desk.hpp"
#include "node/verifier.hpp"

namespace mc::node {

/// Whatever the store has not been told since this process began.
///   errors  the store's; what was told is not told again
Status tell_verdicts(OpeningDesk& desk, client::StoreClient& store);

/// Seats and identities of a commons' earlier committee, by its place in the document, as the chain has them.
using EarlierCommittees = std::function<Result<protocol::KeygenSetup>(std::size_t index)>;

/// What earlier committees say of those of `uploads` that were sealed for them and on which the desk has no verdict. It
/// hears nothing of what came through a move that too few took part in: one of them alone could have made its key, and
/// what is carried by it, anything (R8).
///   errors  the store's and the chain's
Status hear_verdicts(OpeningDesk& desk, const Verifier::Uploads& uploads, const client::CommonsDocument& document,
                     const EarlierCommittees& committees, client::StoreClient& store);

/// A custodian's courier between its desk and its store. It is sent before the custodian takes part in a move: whoever
/// comes next relies on what was told.
class VerdictCourier {
 public:
  /// Keeps references. `desk`: null where the commons opens no columns; then nothing is carried.
  VerdictCourier(OpeningDesk* desk, const Verifier& verifier, const client::CommonsDocument& document)
      : desk_(desk), verifier_(verifier), document_(document) {}

  /// Tells and hears what is new. What goes wrong stands in the log, once, and is tried again the next time.
  void carry();

 private:
  Status try_to_carry();
  OpeningDesk* desk_;
  const Verifier& verifier_;
  const client::CommonsDocument& document_;
  std::string last_error_;
};

}  // namespace mc::node
