// SPDX-License-Identifier: Apache-2.0
#include "query/parse/other_names.hpp"

#include <algorithm>
#include <array>

namespace mc::query {
namespace {

struct Spelling {
  std::string_view other;
  std::string_view ours;
};
/// What other systems and people call our aggregates.
constexpr std::array<Spelling, 46> kOtherSpellings{{
    {"mean", "avg"},
    {"average", "avg"},
    {"variance", "var_samp"},
    {"var", "var_samp"},
    {"s2", "var_samp"},
    {"stddev", "stddev_samp"},
    {"stdev", "stddev_samp"},
    {"std", "stddev_samp"},
    {"sd", "stddev_samp"},
    {"cov", "covar_samp"},
    {"covar", "covar_samp"},
    {"covariance", "covar_samp"},
    {"cor", "corr"},
    {"correlation", "corr"},
    {"n", "count"},
    {"total", "sum"},
    {"hist", "histogram"},
    {"percentile", "quantile"},
    {"percentile_cont", "quantile"},
    {"approx_quantile", "quantile"},
    {"quantiles", "quantile"},
    {"chisq", "chisq_test"},
    {"chi2_test", "chisq_test"},
    {"chi_square_test", "chisq_test"},
    {"oddsratio", "odds_ratio"},
    {"t_test", "ttest"},
    {"student_t_test", "ttest"},
    {"welch_test", "ttest"},
    {"varp", "var_pop"},
    {"stddevp", "stddev_pop"},
    {"slope", "regr_slope"},
    {"lm", "linear_regression"},
    {"linreg", "linear_regression"},
    {"ols", "linear_regression"},
    {"glm", "logistic_regression"},
    {"logreg", "logistic_regression"},
    {"logit", "logistic_regression"},
    {"survfit", "kaplan_meier"},
    {"km", "kaplan_meier"},
    {"coxph", "cox"},
    {"roc", "auc"},
    {"auroc", "auc"},
    {"c_statistic", "auc"},
    {"prop_test", "risk_difference"},
    {"relative_risk", "risk_ratio"},
    {"rr", "risk_ratio"},
}};
constexpr std::string_view kNoRanks =
    "ranks compare persons with each other; auc(group, x, 10, 20, …) is Mann and Whitney's statistic of the bins "
    "between "
    "those edges, ttest compares means";
constexpr std::array<Spelling, 14> kNotOffered{{
    {"min", "a minimum is one person's value; ask for quantile(x, 0.05), or count(*) WHERE x < …"},
    {"max", "a maximum is one person's value; ask for quantile(x, 0.95), or count(*) WHERE x > …"},
    {"mode", "count(*) with GROUP BY says how often each category occurs, histogram each bin"},
    {"rank", "single records are never released"},
    {"first", "single records are never released; of a person's events there is first(series)"},
    {"last", "single records are never released; of a person's events there is latest(series)"},
    {"string_agg", "single records are never released"},
    {"array_agg", "single records are never released"},
    {"wilcox_test", kNoRanks},
    {"mann_whitney", kNoRanks},
    {"kruskal_test", "ranks compare persons with each other; linear_regression('y ~ group') compares means, with F"},
    {"anova", "linear_regression('y ~ group') has F and p of a one-way analysis of variance"},
    {"aov", "linear_regression('y ~ group') has F and p of a one-way analysis of variance"},
    {"fisher_test", "chisq_test compares categories, odds_ratio two of each with an interval"},
}};

template <std::size_t N>
std::string_view found_in(const std::array<Spelling, N>& table, std::string_view name) {
  const auto found = std::ranges::find(table, name, &Spelling::other);
  return found == table.end() ? std::string_view() : found->ours;
}

}  // namespace

std::string_view our_name_of(std::string_view name) {
  return found_in(kOtherSpellings, name);
}

std::string_view instead_of(std::string_view name) {
  return found_in(kNotOffered, name);
}

}  // namespace mc::query
