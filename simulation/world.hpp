// SPDX-License-Identifier: Apache-2.0
// Time and the wire of a simulation. What happens is a queue of events in simulated time; what is sent may be lost,
// repeated, delayed (hence reordered), cut or flipped, as the dice say. One thread, no clock, no socket.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "base/result.hpp"
#include "simulation/chance.hpp"

namespace mc::simulation {

/// How badly the wire and the machines behave. Rates in one of a thousand.
struct Faults {
  std::uint32_t drop = 0;         // of every message
  std::uint32_t duplicate = 0;    // delivered twice, each with a delay of its own
  std::uint32_t damage = 0;       // cut short or one bit flipped
  std::uint32_t crash = 0;        // of every turn of a custodian
  std::uint32_t crashes_max = 0;  // of one custodian in one ceremony
  std::uint64_t delay_max = 1;    // ticks
  /// Rates drawn from the seed: from a quiet network to one that loses a third.
  static Faults drawn(Chance& chance);
};

/// What befell, counted.
struct Incidents {
  std::uint64_t sent = 0, dropped = 0, duplicated = 0, damaged = 0, crashed = 0;
};

/// Not thread-safe, not movable: events refer to it.
class World {
 public:
  World(std::uint64_t seed, const Faults& faults, std::function<void(const std::string&)> on_event);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Runs `event` so many ticks from now.
  void after(std::uint64_t ticks, std::function<void()> event);
  /// Sends bytes: `deliver` gets what arrives, once, twice or never.
  void send(const Bytes& message, std::function<void(Bytes)> deliver);
  /// Whether a process with so many crashes behind it crashes now.
  bool crashes_now(std::uint32_t crashes_before);

  /// Runs events in order until `done`, until nothing is left to happen, or until `ticks_max` more ticks have passed.
  /// True when done.
  bool run_until(const std::function<bool()>& done, std::uint64_t ticks_max);

  /// Drops what has not happened yet: a ceremony calls it before it dies, for its events refer to it.
  void forget_events() { events_ = {}; }

  /// A line of the story; all lines together are what trace() digests.
  void note(const std::string& line);
  [[nodiscard]] Hash256 trace() const { return trace_; }
  [[nodiscard]] std::uint64_t now() const { return now_; }
  [[nodiscard]] const Incidents& incidents() const { return incidents_; }
  Chance& chance() { return chance_; }
  [[nodiscard]] const Faults& faults() const { return faults_; }

 private:
  struct Event {
    std::uint64_t at = 0, order = 0;
    std::function<void()> action;
    friend bool operator>(const Event& a, const Event& b) { return a.at != b.at ? a.at > b.at : a.order > b.order; }
  };
  void deliver_once(Bytes message, const std::function<void(Bytes)>& deliver);

  Faults faults_;
  Chance chance_;
  std::function<void(const std::string&)> on_event_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t now_ = 0, order_ = 0;
  Incidents incidents_;
  Hash256 trace_;
};

}  // namespace mc::simulation
