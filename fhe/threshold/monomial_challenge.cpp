// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/monomial_challenge.hpp"

#include "base/random.hpp"

namespace mc::fhe {

std::vector<MonomialChallenge> expand_monomials(const Hash256& digest, std::size_t count, std::size_t degree) {
  KeyStream stream = public_stream("medcommons/monomial-challenge/1", digest);
  std::vector<MonomialChallenge> challenges(count);
  for (MonomialChallenge& challenge : challenges) {
    challenge.choice = static_cast<std::uint32_t>(stream.next_below(2 * degree + 1));
  }
  return challenges;
}

}  // namespace mc::fhe
