// SPDX-License-Identifier: Apache-2.0
#include "simulation/world.hpp"

#include <algorithm>

namespace mc::simulation {

Faults Faults::drawn(Chance& chance) {
  Faults faults;
  faults.drop = static_cast<std::uint32_t>(chance.below(334));
  faults.duplicate = static_cast<std::uint32_t>(chance.below(200));
  faults.damage = static_cast<std::uint32_t>(chance.below(60));
  faults.crash = static_cast<std::uint32_t>(chance.below(80));
  faults.crashes_max = 2;
  faults.delay_max = 1 + chance.below(40);
  return faults;
}

World::World(std::uint64_t seed, const Faults& faults, std::function<void(const std::string&)> on_event)
    : faults_(faults), chance_(seed, "world"), on_event_(std::move(on_event)) {}

void World::after(std::uint64_t ticks, std::function<void()> event) {
  events_.push({now_ + ticks, order_++, std::move(event)});
}

void World::deliver_once(Bytes message, const std::function<void(Bytes)>& deliver) {
  if (!message.empty() && chance_.per_mille(faults_.damage)) {
    ++incidents_.damaged;
    if (chance_.below(2) == 0) {
      message.resize(chance_.below(message.size()));
    } else {
      message[chance_.below(message.size())] ^= static_cast<std::uint8_t>(1u << chance_.below(8));
    }
  }
  after(1 + chance_.below(faults_.delay_max),
        [deliver, message = std::move(message)]() mutable { deliver(std::move(message)); });
}

void World::send(const Bytes& message, std::function<void(Bytes)> deliver) {
  ++incidents_.sent;
  if (chance_.per_mille(faults_.drop)) {
    ++incidents_.dropped;
    return;
  }
  if (chance_.per_mille(faults_.duplicate)) {
    ++incidents_.duplicated;
    deliver_once(message, deliver);
  }
  deliver_once(message, deliver);
}

bool World::crashes_now(std::uint32_t crashes_before) {
  if (crashes_before >= faults_.crashes_max || !chance_.per_mille(faults_.crash)) return false;
  ++incidents_.crashed;
  return true;
}

bool World::run_until(const std::function<bool()>& done, std::uint64_t ticks_max) {
  const std::uint64_t end = now_ + ticks_max;
  while (!done()) {
    if (events_.empty() || events_.top().at > end) return false;
    // The queue hands out const references only; the event is done with once it is popped.
    Event event = std::move(const_cast<Event&>(events_.top()));
    events_.pop();
    now_ = std::max(now_, event.at);
    event.action();
  }
  return true;
}

void World::note(const std::string& line) {
  trace_ = Sha256("medcommons/simulation/trace/v1")
               .update(trace_.view())
               .update_u64(now_)
               .update_sized(view_of(line))
               .finish();
  if (on_event_) on_event_("tick " + std::to_string(now_) + ": " + line);
}

}  // namespace mc::simulation
