// SPDX-License-Identifier: Apache-2.0
// medcommons budget show | propose | vote | count | execute | veto | motions: what all answers from a guarded data set
// may cost in privacy together, and how the chambers change it.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/acting.hpp"
#include "cli/tallies.hpp"
#include "cli/verb.hpp"
#include "node/chain_wait.hpp"

namespace mc::cli {
namespace {

/// Of the (epsilon, delta) that a budget is shown as.
constexpr double kShownDelta = 1e-6;
constexpr double kRhoMax = 1000;

struct BudgetOptions {
  std::string dir, as;
  double rho = 0;
  std::uint64_t motion = UINT64_MAX;  // not given
  bool no = false;
};

double rho_of(std::uint64_t micro) {
  return static_cast<double>(micro) / 1e6;
}

std::string rho_text(std::uint64_t micro) {
  return fmt::format("rho {:g} (epsilon {:.3f} at delta {:g})", rho_of(micro), client::epsilon_of(micro, kShownDelta),
                     kShownDelta);
}

std::string state_text(const governance::TotalMotion& motion) {
  return motion.in_force ? "in force" : std::string(governance::total_state_name(motion.state));
}

nlohmann::ordered_json motion_json(const governance::TotalMotion& motion) {
  return {{"motion", motion.number},
          {"rho", rho_of(motion.rho_micro_max)},
          {"epsilon", client::epsilon_of(motion.rho_micro_max, kShownDelta)},
          {"delta", kShownDelta},
          {"state", std::string(governance::total_state_name(motion.state))},
          {"in_force", motion.in_force},
          {"proposer", motion.proposer.text()},
          {"voting_ends_at", motion.voting_ends_s},
          {"vetoes", motion.vetoes},
          {"board_size", motion.board_size},
          {"votes", tallies_json(motion.tallies)},
          {"can_decide", motion.can_decide}};
}

std::string motion_text(const governance::TotalMotion& motion) {
  std::string text = fmt::format("budget motion {}: all answers may cost {}\n  state        {}{}\n", motion.number,
                                 rho_text(motion.rho_micro_max), state_text(motion),
                                 motion.can_decide ? ", every chamber has decided: execute it" : "");
  text += tallies_text(motion.tallies);
  return text;
}

Status show_motion(const LocalSession& session, std::uint64_t number, bool json) {
  MC_TRY(const governance::TotalMotion motion, session.commons().total_motion(number));
  print(json ? motion_json(motion).dump(2) + "\n" : motion_text(motion));
  return {};
}

/// The data set's budget; kRefused for one that is exact.
Result<governance::Budget> budget_of(const LocalSession& session) {
  if (session.document.exact) {
    return fail(Code::kRefused, "data set " + session.document.dataset +
                                    " is exact: it has no privacy budget; see `medcommons local up --privacy guarded`");
  }
  return session.commons().spent_on(governance::dataset_id(session.document.dataset));
}

Status show(const BudgetOptions& options, bool json) {
  MC_TRY(const LocalSession session, open_session(options.dir));
  MC_TRY(const governance::Budget budget, budget_of(session));
  nlohmann::ordered_json object{{"dataset", session.document.dataset}, {"delta", kShownDelta}};
  std::string text = "data set " + session.document.dataset + "\n";
  for (const auto& [name, micro] :
       {std::pair("total", budget.total_micro), std::pair("spent", budget.spent_micro),
        std::pair("left", budget.left_micro()), std::pair("refunded", budget.refunded_micro)}) {
    object[name] = {{"rho", rho_of(micro)}, {"epsilon", client::epsilon_of(micro, kShownDelta)}};
    text += fmt::format("  {:<10} {}\n", name, rho_text(micro));
  }
  print(json ? object.dump(2) + "\n" : text);
  return {};
}

/// What could not be carried out as things stand is refused before the chambers vote on it.
Status propose(const BudgetOptions& options, bool json) {
  MC_TRY(const Acting by, acting(options.dir, options.as));
  if (!(options.rho > 0) || options.rho > kRhoMax) {
    return fail(Code::kInvalidArgument,
                fmt::format("--rho is above 0 and at most {:g}, not {:g}", kRhoMax, options.rho));
  }
  const auto micro = static_cast<std::uint64_t>(std::llround(options.rho * 1e6));
  MC_TRY(const governance::Budget now, budget_of(by.session));
  if (micro < now.spent_micro || micro == 0) {
    return fail(Code::kRefused, fmt::format("the budget cannot become rho {:g}: rho {:g} of it are spent", options.rho,
                                            rho_of(now.spent_micro)));
  }
  MC_TRY(const std::uint64_t number, by.session.commons().propose_total(
                                         by.member.wallet, governance::dataset_id(by.session.document.dataset), micro));
  return show_motion(by.session, number, json);
}

/// The named motion, or the newest one.
Result<std::uint64_t> chosen(const BudgetOptions& options, const governance::CommonsChain& chain) {
  if (options.motion != UINT64_MAX) return options.motion;
  MC_TRY(const std::uint64_t count, chain.total_count());
  if (count == 0) {
    return fail(Code::kNotFound, "no other budget was proposed yet; see `medcommons budget propose --help`");
  }
  return count - 1;
}

Status vote(const BudgetOptions& options, bool json) {
  MC_TRY(const Acting by, acting(options.dir, options.as));
  MC_TRY(const std::uint64_t number, chosen(options, by.session.commons()));
  MC_TRY_STATUS(by.session.commons().vote_total(by.member.wallet, number, !options.no));
  return show_motion(by.session, number, json);
}

Status count(const BudgetOptions& options, bool json) {
  MC_TRY(const Acting by, acting(options.dir, options.as));
  MC_TRY(const std::uint64_t number, chosen(options, by.session.commons()));
  MC_TRY_STATUS(by.session.commons().decide_total(by.member.wallet, number));
  return show_motion(by.session, number, json);
}

Status execute(const BudgetOptions& options, bool json) {
  MC_TRY(const Acting by, acting(options.dir, options.as));
  const governance::CommonsChain& commons = by.session.commons();
  MC_TRY(const std::uint64_t number, chosen(options, commons));
  MC_TRY(governance::TotalMotion motion, commons.total_motion(number));
  if (motion.state == governance::TotalState::kProposed) {
    MC_TRY_STATUS(commons.decide_total(by.member.wallet, number));
    MC_TRY(motion, commons.total_motion(number));
  }
  if (motion.state == governance::TotalState::kRejected) return show_motion(by.session, number, json);
  MC_TRY(const std::uint64_t timelock_s, commons.study_timelock_s());
  const node::Due due{motion.approved_s + timelock_s, "TotalTimelockRuns",
                      "budget motion " + std::to_string(number) + " is approved"};
  const auto carry_out = [&]() -> Status {
    MC_TRY_STATUS(commons.carry_out_total(by.member.wallet, number));
    return {};
  };
  MC_TRY_STATUS(node::do_when_due(commons.chain(), due, carry_out));
  return show_motion(by.session, number, json);
}

Status veto(const BudgetOptions& options, bool json) {
  MC_TRY(const Acting by, acting(options.dir, options.as));
  MC_TRY(const std::uint64_t number, chosen(options, by.session.commons()));
  MC_TRY_STATUS(by.session.commons().veto_total(by.member.wallet, number));
  return show_motion(by.session, number, json);
}

Status motions(const BudgetOptions& options, bool json) {
  MC_TRY(const LocalSession session, open_session(options.dir));
  MC_TRY(const std::uint64_t number_of_motions, session.commons().total_count());
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  std::string text;
  for (std::uint64_t number = 0; number < number_of_motions; ++number) {
    MC_TRY(const governance::TotalMotion motion, session.commons().total_motion(number));
    list.push_back(motion_json(motion));
    text += motion_text(motion);
  }
  print(json ? list.dump(2) + "\n" : text);
  return {};
}

}  // namespace

void add_budget_verbs(CLI::App& app, Invocation& invocation) {
  CLI::App* family = app.add_subcommand("budget", "What all answers may cost in privacy together: show, change");
  family->require_subcommand(1);
  auto options = std::make_shared<BudgetOptions>();
  const auto add = [&](const char* name, const char* what, Status (*action)(const BudgetOptions&, bool), bool acts) {
    return add_member_verb(*family, invocation, options, {name, what, action, acts});
  };
  const auto names_motion = [&](CLI::App* verb) {
    verb->add_option("--motion", options->motion, "its number (default: the newest)");
    return verb;
  };
  add("show", "What is spent and left of the data set's budget", show, false);
  add("motions", "Every change that was proposed", motions, false);
  add("propose", "Move another total, never below what is spent", propose, true)
      ->add_option("--rho", options->rho, "what all answers may cost, as rho of zero-concentrated privacy")
      ->required();
  names_motion(add("vote", "Vote on it: yes, or --no", vote, true))->add_flag("--no", options->no, "vote no");
  names_motion(add("count", "Count the votes, without waiting for the timelock", count, true));
  names_motion(add("execute", "Count the votes; when every chamber said yes and the timelock has elapsed, carry it out",
                   execute, true));
  names_motion(add("veto", "As a member of the ethics board: object; more than half of the board stop it", veto, true));
}

}  // namespace mc::cli
