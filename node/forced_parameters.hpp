// SPDX-License-Identifier: Apache-2.0
// The numbers of sealed parameters that a run has forced (R23), until a question needs them: ciphertexts, public, and
// lost when the process ends; the run is then done again. Thread-safe.
#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/hash.hpp"
#include "client/sealed_parameters.hpp"
#include "node/verifier.hpp"
#include "protocol/authorisation.hpp"

namespace mc::node {

/// What numbers are of: they serve one plan of one study.
struct ForcedFor {
  Hash256 study, plan, parameters;
  static ForcedFor of(const protocol::Authorisation& authorisation) {
    return {authorisation.study, authorisation.plan, authorisation.parameters};
  }
  friend bool operator==(const ForcedFor&, const ForcedFor&) = default;
};

class ForcedParameters {
 public:
  static constexpr std::size_t kRemembered = 4;  // a list of many categories is many ciphertexts

  void remember(const ForcedFor& of, std::vector<fhe::Ciphertext> numbers);
  [[nodiscard]] std::optional<std::vector<fhe::Ciphertext>> find(const ForcedFor& of) const;

 private:
  struct Entry {
    ForcedFor of;
    std::vector<fhe::Ciphertext> numbers;
  };
  mutable std::mutex mutex_;
  std::deque<Entry> entries_;
};

/// What was sealed, as a run's call hands it over: of the bytes that its authorisation names, for its study and plan,
/// and with a proof that holds.
///   errors  kRefused with what is wrong; what chain and store say
Result<client::SealedParameters> proven_parameters(ByteView bytes, const protocol::Authorisation& authorisation,
                                                   const governance::Address& requester,
                                                   const client::CommonsDocument& document,
                                                   const governance::CommonsChain& chain, Verifier& verifier);

}  // namespace mc::node
