// SPDX-License-Identifier: Apache-2.0
// Releases of a simulated committee to a simulated requester.
#pragma once

#include "protocol/combine.hpp"
#include "protocol/release_party.hpp"
#include "simulation/questioning.hpp"

namespace mc::simulation {

/// How a questioning came out.
struct Ending {
  bool opened = false;  // otherwise disputed, or too few were within reach
  std::string text;
};

/// A requester of one committee, for as many releases as are wanted. `committee`, `collective` and `world` outlive it.
class Releases {
 public:
  Releases(Committee& committee, const fhe::PublicKey& collective, World& world);

  /// One release of `answers` values while the custodians in `dead` do not answer at all.
  ///   promises  check_verdict; with nobody lying and t custodians alive it opens right
  ///   errors    kConflict: a broken promise
  Result<Ending> release(std::size_t answers, const std::set<CustodianId>& dead);

  /// The values that were opened and verified last, asked for once more some days later: out comes the very same noisy
  /// value, of those who opened it then, or nothing.
  ///   errors  as release
  Result<Ending> repeat(std::uint64_t days, const std::set<CustodianId>& dead);

  /// The values that were opened and verified last, asked for on the same day with twice the noise, which would average
  /// with the first: nothing comes out, also where a custodian has lost its ledger since (R5).
  ///   errors  as release
  Result<Ending> ask_otherwise(const std::set<CustodianId>& dead);

 private:
  class Ceremony;
  struct OpenedBefore {
    std::vector<fhe::Ciphertext> results;
    std::vector<double> means;
  };
  Result<Ending> ask(Ceremony& ceremony, const std::set<CustodianId>& dead, const std::string& what);
  Committee& committee_;
  const fhe::PublicKey& collective_;
  World& world_;
  fhe::RequesterContext requester_;
  SecretKey256 secret_;
  fhe::RequesterKey key_;
  std::uint32_t releases_ = 0;
  std::optional<OpenedBefore> before_;
};

}  // namespace mc::simulation
