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
constexpr std::array<Spelling, 59> kOtherSpellings{{
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
    {"chi2", "chisq_test"},
    {"chi_squared", "chisq_test"},
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
    {"rd", "risk_difference"},
    {"arr", "risk_difference"},
    {"risk_reduction", "risk_difference"},
    {"roc_auc", "auc"},
    {"kaplanmeier", "kaplan_meier"},
    {"cox_regression", "cox"},
    {"cox_ph", "cox"},
    {"logistic", "logistic_regression"},
    {"regression", "linear_regression"},
    {"linear_model", "linear_regression"},
    {"count_distinct", "count(DISTINCT category)"},
}};
constexpr std::string_view kNoRanks =
    "ranks compare persons with each other; auc(group, x, 10, 20, …) is Mann and Whitney's statistic of the bins "
    "between "
    "those edges, ttest compares means";
constexpr std::string_view kNoFisher = "chisq_test compares categories, odds_ratio two of each with an interval";
constexpr std::string_view kOfCox = "cox('Surv(time, event) ~ arm') has hazard ratios and their intervals";
constexpr std::string_view kOfCurves =
    "kaplan_meier('Surv(time, event) ~ arm') has survival at every time and the log-rank test";
constexpr std::array<Spelling, 32> kNotOffered{{
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
    {"fisher_test", kNoFisher},
    {"fisher", kNoFisher},
    {"fisher_exact", kNoFisher},
    {"wilcoxon", kNoRanks},
    {"wilcox", kNoRanks},
    {"spearman", "ranks compare persons with each other; corr(x, y) is Pearson's"},
    {"kendall", "ranks compare persons with each other; corr(x, y) is Pearson's"},
    {"hazard_ratio", kOfCox},
    {"hr", kOfCox},
    {"logrank", kOfCurves},
    {"log_rank", kOfCurves},
    {"survdiff", kOfCurves},
    {"survival", kOfCurves},
    {"nnt", "it is 1 over risk_difference(outcome, arm), and its limits are 1 over those of the interval"},
    {"iqr", "it is quantile(x, 0.75) - quantile(x, 0.25)"},
    {"sem", "the standard error of a mean is stddev_samp(x) over the root of count(x)"},
    {"std_error", "the standard error of a mean is stddev_samp(x) over the root of count(x)"},
    {"proportion", "avg(x) of a 0/1 column is the share of those who have it; GROUP BY says it of groups"},
    {"prevalence", "avg(x) of a 0/1 column is the share of those who have it; GROUP BY says it of groups"},
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
