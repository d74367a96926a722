// SPDX-License-Identifier: Apache-2.0
// Checks what owners publish as it appears on chain (R21), so that no question has to wait for it. The checks are those
// that every question makes, and their verdicts are kept in one place: what this watch has not come to is checked then.
#pragma once

#include <thread>

#include "client/commons_document.hpp"
#include "node/verifier.hpp"

namespace mc::node {

class UploadWatch {
 public:
  /// Begins at once, in a thread of its own. Keeps a reference to `verifier`.
  UploadWatch(client::CommonsDocument document, Verifier& verifier);

 private:
  std::jthread thread_;  // ends when the proof that is being checked has been
};

}  // namespace mc::node
