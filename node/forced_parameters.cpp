// SPDX-License-Identifier: Apache-2.0
#include "node/forced_parameters.hpp"

#include <algorithm>

namespace mc::node {

void ForcedParameters::remember(const ForcedFor& of, std::vector<fhe::Ciphertext> numbers) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const Entry& entry) { return entry.of == of; });
  entries_.push_back({of, std::move(numbers)});
  if (entries_.size() > kRemembered) entries_.pop_front();
}

std::optional<std::vector<fhe::Ciphertext>> ForcedParameters::find(const ForcedFor& of) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(entries_, of, &Entry::of);
  return found == entries_.end() ? std::nullopt : std::optional(found->numbers);
}

Result<client::SealedParameters> proven_parameters(ByteView bytes, const protocol::Authorisation& authorisation,
                                                   const governance::Address& requester,
                                                   const client::CommonsDocument& document,
                                                   const governance::CommonsChain& chain, Verifier& verifier) {
  if (const Hash256 given = sha256(bytes); given != authorisation.parameters) {
    return fail(Code::kRefused, "the parameters handed over hash to " + given.hex() + ", the authorisation names " +
                                    authorisation.parameters.hex());
  }
  auto sealed = client::decode_sealed_parameters(*verifier.params(), bytes);
  if (!sealed) return fail(Code::kRefused, sealed.error().message);
  MC_TRY(const fhe::PublicKey key, verifier.public_key(chain));
  MC_TRY_STATUS(client::check_sealed_parameters(document, *verifier.params(), key, requester, authorisation.study,
                                                authorisation.plan, *sealed));
  return std::move(*sealed);
}

}  // namespace mc::node
