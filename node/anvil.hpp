// SPDX-License-Identifier: Apache-2.0
// The embedded chain of a commons on one machine: anvil behind a door that makes what it acknowledges durable.
//
// Anvil rewrites its own state file in place, once a second: killed at the wrong moment it leaves half a file and never
// starts again. So anvil runs as a child without a state file, and every request passes through us: a transaction is
// answered only after the block it went into is on disk (written beside, synced, renamed), and no reader sees a block
// before that. Kill -9 of either process at any moment loses nothing that was acknowledged, and never corrupts.
// The door lets eth_, net_ and web3_ methods through: anvil's own powers (set a balance, impersonate, move the clock)
// stay behind it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.hpp"

namespace mc::node {

struct AnvilSpec {
  std::filesystem::path program;
  /// Holds state.gz, and with it everything the chain knows. Made when absent.
  std::filesystem::path directory;
  /// Of the door; 0: any free port.
  std::uint16_t port = 0;
  std::uint64_t chain_id = 31337;
  /// Funded accounts derived from `mnemonic` (m/44'/60'/0'/0/i), unlocked: whoever reaches the door may spend them.
  std::uint32_t accounts = 10;
  std::string mnemonic = "test test test test test test test test test test test junk";
};

/// The native program (never npm's wrapper script, whose pid is not the chain's): $MEDCOMMONS_ANVIL, then
/// `project_root`/contracts/node_modules, then PATH. kNotFound says where it looked and how to get it.
Result<std::filesystem::path> find_anvil(const std::filesystem::path& project_root);

/// The nearest folder above the running program that has a contracts/ in it; empty when there is none.
std::filesystem::path project_root();

class AnvilChain {
 public:
  /// Starts anvil, loads the state of `spec.directory` if there is one, and opens the door. Call it from a thread that
  /// lives as long as the chain (main): anvil is killed by the kernel when the thread that started it ends, so that it
  /// never outlives us.
  ///   errors  kNotFound for the program; kConflict when the port is taken; kCorrupt for a state anvil does not accept
  ///           (it stays on disk, untouched); kUnavailable when anvil dies or does not answer
  static Result<std::unique_ptr<AnvilChain>> start(const AnvilSpec& spec);

  AnvilChain(const AnvilChain&) = delete;
  AnvilChain& operator=(const AnvilChain&) = delete;
  /// Stops.
  ~AnvilChain();

  /// "http://127.0.0.1:40123", for every client of this chain.
  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::uint16_t port() const;
  /// False once anvil itself died: the role process should end then, and say so.
  [[nodiscard]] bool is_alive() const;
  /// Closes the door and ends anvil. Idempotent. Everything acknowledged is on disk already.
  void stop();

 private:
  class Door;
  explicit AnvilChain(std::unique_ptr<Door> door);
  std::unique_ptr<Door> door_;
};

}  // namespace mc::node
