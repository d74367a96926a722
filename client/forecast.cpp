// SPDX-License-Identifier: Apache-2.0
#include "client/forecast.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "client/guarded_question.hpp"
#include "client/recompute.hpp"
#include "client/researcher.hpp"
#include "query/plan/limb_budget.hpp"
#include "query/release/digits.hpp"
#include "query/release/privacy.hpp"

namespace mc::client {
namespace {

/// Of the worst sum, relative to the number of persons.
int digits_of(const Recomputed& bounds, std::uint32_t pieces, std::size_t slot_count, std::uint64_t persons) {
  int digits = query::kDigitsMax;
  for (std::size_t i = 0; i < bounds.bounds.size(); ++i) {
    const double error = query::sum_error_bound(bounds.bounds[i], bounds.sigma_log2[i], pieces, slot_count);
    digits = std::min(digits, query::certain_digits(error, static_cast<double>(persons)));
  }
  return digits;
}

Status foresee_noise(const query::Plan& plan, const DatasetView& view, const fhe::Params& params, std::uint32_t pieces,
                     std::uint64_t rho_nano, Forecast& out) {
  const query::PlanPart everything = query::all_groups(plan);
  MC_TRY(const GuardedNoise noise, guarded_noise(plan, view, params, pieces, rho_nano));
  MC_TRY(const Recomputed bounds, release_bounds(plan, view, params, pieces, everything));
  const std::vector<query::MomentId> released = query::released_by(plan, everything);
  const std::vector<query::MomentId> counts = query::count_moments(plan);
  for (std::size_t i = 0; i < released.size(); ++i) {
    if (std::ranges::find(counts, released[i]) == counts.end()) continue;
    const std::uint8_t sigma = std::max(noise.sigma_log2.at(released[i]), bounds.sigma_log2[i]);
    out.count_deviation =
        std::max(out.count_deviation, query::sigma_total(bounds.bounds[i], sigma, pieces, params.slot_count()));
  }
  out.rho_nano = noise.rho_nano;
  return {};
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, value < 10 ? "%.1f" : "%.0f", value);
  return text;
}

}  // namespace

query::DataExtent extent_of(const DatasetView& view, std::size_t slot_count) {
  query::DataExtent extent;
  const std::vector<std::uint32_t> blocks = query::blocks_with_consent(view.owners, slot_count);
  extent.blocks = blocks.size();
  for (const query::OwnerSlots& owner : view.owners) {
    for (const std::uint32_t block : blocks) {
      extent.owner_blocks += query::mask_values(owner, block, slot_count).empty() ? 0 : 1;
    }
  }
  return extent;
}

Result<Forecast> foresee(const query::Plan& plan, const DatasetView& view, const CommonsDocument& document,
                         const fhe::ParamsPtr& params, std::uint64_t rho_nano, const Workplace& place) {
  Forecast out;
  out.persons = view.consenting();
  out.extent = extent_of(view, params->slot_count());
  out.extent.owners_apart = !document.exact;
  if (out.extent.blocks == 0) {
    return fail(Code::kRefused, "nobody's record may be used for this purpose: there is nothing to compute on");
  }
  MC_TRY(const query::LimbBudget budget, limb_budget_of(document));
  out.work = query::work_of(plan, out.extent, budget.masked_level(plan.depth));
  out.seconds =
      estimate_seconds(out.work, plan.has_run(), !document.exact, measure_units(params, out.work.level), place);
  const auto pieces = static_cast<std::uint32_t>(place.pieces);
  if (!document.exact) {
    MC_TRY_STATUS(foresee_noise(plan, view, *params, pieces, rho_nano, out));
  } else if (!plan.training) {
    MC_TRY(const Recomputed bounds, release_bounds(plan, view, *params, pieces));
    out.digits = digits_of(bounds, pieces, params->slot_count(), out.persons);
  }
  return out;
}

std::string forecast_text(const Forecast& forecast, const CommonsDocument& document, bool is_run,
                          const UploadsAwaited& awaited) {
  std::string text = "here and now\n  " + std::to_string(forecast.persons) + " persons consent, in " +
                     std::to_string(forecast.extent.blocks) +
                     (forecast.extent.blocks == 1 ? " block of slots\n" : " blocks of slots\n");
  text += "  about " + number(forecast.seconds) + " s from question to answer, on this machine as busy as it is";
  if (is_run) {
    text += ": " + number(forecast.work.steps) + " refreshes of " + number(forecast.work.refreshed) +
            " polynomials, by every custodian";
  }
  text += "\n";
  if (awaited.ciphertexts != 0) {
    text += "  before that custodians check the proofs of what was uploaded, " + std::to_string(awaited.ciphertexts) +
            " ciphertexts still" + (awaited.seconds ? ", about " + number(*awaited.seconds) + " s" : "") + "\n";
  }
  if (forecast.digits) {
    text += "  digits: at least " + std::to_string(*forecast.digits) +
            " of a sum as large as the number of persons, whatever the noise (argument S)\n";
  }
  if (document.exact) return text + "  privacy: no noise and no budget; founded as exact\n";
  char rho[32];
  std::snprintf(rho, sizeof rho, "%.6g", static_cast<double>(forecast.rho_nano) * 1e-9);
  return text + "  privacy: debits rho " + rho +
         " of zero-concentrated differential privacy (R19), for which a count " +
         "carries noise with standard deviation " + number(forecast.count_deviation) + " persons\n";
}

}  // namespace mc::client
