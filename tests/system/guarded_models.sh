#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# guarded_models.sh PROGRAM: models in a commons of private records: linear regression, survival curves and hazard ratios with noise that
# their intervals contain, and what the rules do not show of them (docs/design/0036-models-in-guarded-commons.md).
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"

# 1,600 persons: sbp = 100 + age / 2 + 6 in arm b, and events that come half as often in arm b; a third arm has five persons.
awk 'BEGIN {
  srand(11); print "arm,age,time,event,sbp"
  for (i = 0; i < 1600; ++i) {
    arm = i % 2 ? "a" : "b"; age = 40 + int(40 * rand()); hazard = i % 2 ? 0.04 : 0.02
    t = -log(1 - rand()) / hazard; c = 10 + 40 * rand(); time = int((t < c ? t : c) + 1); if (time > 50) time = 50
    noise = rand() + rand() + rand() + rand() - 2
    printf "%s,%d,%d,%d,%d\n", arm, age, time, t < c, 100 + age / 2 + (i % 2 ? 0 : 6) + 12 * noise
  }
  for (i = 0; i < 5; ++i) print "c,60,20,1,120"
}' >trial.csv
works "$medcommons" schema infer trial.csv --times time:5 -o schema.json
works "$medcommons" local up --dir one --schema schema.json --cohort a=trial.csv --auto-approve --privacy guarded --disclosure opensafely --budget 20
ask() { works "$medcommons" ask --dir one --quiet --json "$@"; }
two="arm IN ('a', 'b')"

ask --rho 0.4 "SELECT linear_regression('sbp ~ age + arm') FROM commons WHERE $two"
check "a linear model: slopes near the truth" jq -e '.rows[0][0].coefficients | map({(.term): .}) | add |
  ((.age.estimate - 0.5 | fabs) < 4 * .age.std_error) and ((.armb.estimate - 6 | fabs) < 4 * .armb.std_error)' works.out
check "errors contain the noise" jq -e '.rows[0][0].coefficients | length == 3 and all(.noise_sd > 0 and .std_error > .noise_sd)' works.out
check "which is near the truth" jq -e '.rows[0][0].coefficients[2].std_error < 4' works.out
check "counts of multiples" jq -e '.rows[0][0].n % 5 == 0 and .n % 5 == 0' works.out
check "within what it may cost" jq -e '.guarded.rho > 0 and .guarded.rho <= 0.4' works.out
check "and what contains the noise is said" jq -e '[.notices[] | select(test("contain the noise"))] | length == 1' works.out
refused 'fewer than 8 persons.*its counts cost rho 0\.[0-9]*, which stays spent' "$medcommons" ask --dir one --quiet --rho 0.2 "SELECT linear_regression('sbp ~ age + arm') FROM commons"

km="SELECT kaplan_meier('Surv(time, event) ~ arm') FROM commons WHERE $two"
ask --rho 0.4 "$km"
check "two curves" jq -e '[.rows[0][0].strata[].name] == ["arm=a", "arm=b", "arm=c"][:2]' works.out
check "that fall and stay within 0 and 1" jq -e 'all(.rows[0][0].strata[].survival; . == (sort | reverse) and all(. >= 0 and . <= 1))' works.out
check "near exp(-0.04 t)" jq -e '.rows[0][0].strata[0] | [.time, .survival, .std_error] | transpose | all(((.[1] - (-0.04 * .[0] | exp)) | fabs) < 5 * .[2] + 0.01)' works.out
check "with noise in the errors" jq -e 'all(.rows[0][0].strata[]; (.noise_sd | max) > 0 and ([.std_error, .noise_sd] | transpose | all(.[0] >= .[1])))' works.out
check "counts of multiples there too" jq -e 'all(.rows[0][0].strata[] | .n, .events, .n_risk[], .n_event[]; . % 5 == 0)' works.out
last=$(jq '[.rows[0][0].strata[].time | max] | max' works.out)
check "told while enough are followed" jq -ne "$last >= 20 and $last < 50"
check "and it says so" jq -e '[.notices[] | select(test("declared times, up to [0-9]+, .*: beyond them fewer than 8 persons may be followed of arm="))] | length == 1' works.out
first=$(jq -c .rows works.out)
ask --rho 0.4 "$km"
equal "asked again the answer is the same" "$(jq -c .rows works.out)" "$first"
# The third arm is left out, and nothing is there to subtract the others from.
ask --rho 0.4 "SELECT kaplan_meier('Surv(time, event) ~ arm') FROM commons"
check "two curves of three arms" jq -e '[.rows[0][0].strata[].name] == ["arm=a", "arm=b"] and .rows[0][0].n == .n and .rows[0][0].n_missing == 0' works.out
check "and it says so" jq -e '.guarded.left_out == ["kaplan_meier('"'Surv(time, event) ~ arm'"') is told without arm=c"] and ([.notices[] | select(test("arm=c, as if WHERE had excluded it"))] | length == 1)' works.out
check "persons of those who are told of" jq -e '(.n - 1600 | fabs) < 60 and ((.n - ([.rows[0][0].strata[].n] | add)) | fabs) <= 10' works.out
ask --rho 0.4 "SELECT chisq_test(arm, event) FROM commons"
check "a table without its rare row" jq -e '.rows[0] | .[1] == 1 and .[2] < 0.01 and .[3] > 100 and .[7] == null and .[8] == null' works.out
refused 'fewer than 8 persons.*said of event = 0 AND arm = .c.' "$medcommons" ask --dir one --quiet --rho 0.5 "SELECT count(*), chisq_test(arm, event) FROM commons"

ask --rho 0.5 "SELECT cox('Surv(time, event) ~ arm') FROM commons WHERE $two"
check "its noise stands beside it" jq -e '.rows[0][0].coefficients[0].noise_sd > 0 and (.guarded | .pieces == 3 and ((.count_noise_sd_of_piece * (3 | sqrt) - .count_noise_sd) | fabs) < 1e-9)' works.out
check "the hazard is halved" jq -e '.rows[0][0].coefficients[0] | (.estimate - (0.5 | log) | fabs) < 4 * .std_error and .noise_sd > 0 and .std_error < 0.4' works.out

# Who has the event and who has not is counted in every combination of arm and age.
ask --rho 0.4 "SELECT logistic_regression('event ~ arm + factor(age)') FROM commons WHERE $two"
odds() { awk -F, -v arm="$1" 'NR > 1 && $1 == arm { $4 == 1 ? ++with : ++without } END { print log(with / without) }' trial.csv; }
check "odds of an event by arm, near the records'" jq -e ".rows[0][0].coefficients | map(select(.term == \"armb\"))[0] |
  (.estimate - ($(odds b) - $(odds a)) | fabs) < 4 * .noise_sd + 0.1 and .std_error > .noise_sd and .noise_sd > 0" works.out
check "it converged, and says no deviance" jq -e '.rows[0][0] | .converged and .deviance == null and .wald.p < 0.01 and .n % 5 == 0' works.out
check "within what it may cost" jq -e '.guarded.rho > 0 and .guarded.rho <= 0.4' works.out
ask --rho 1.5 "SELECT arm, logistic_regression('event ~ factor(age)') FROM commons WHERE $two GROUP BY arm"
check "one for each arm" jq -e '[.rows[] | .[1].coefficients | length > 2] == [true, true]' works.out
refused 'said of arm=c \(with the outcome\); arm=c \(without it\); without them it has no two combinations' "$medcommons" ask --dir one --quiet --rho 0.2 "SELECT logistic_regression('event ~ arm') FROM commons WHERE arm IN ('b', 'c')"
ask --rho 0.4 "SELECT logistic_regression('event ~ arm') FROM commons"
check "a model without it" jq -e '.rows[0][0] | .aliased == ["armc"] and (.coefficients | map(select(.term == "armb"))[0].estimate) < 0' works.out
check "named too" jq -e '.guarded.left_out[0] | test("without arm=c$")' works.out
refused 'factor\(age\) cuts it at its declared edges' "$medcommons" ask --dir one --quiet "SELECT logistic_regression('event ~ age') FROM commons"
works "$medcommons" explain --dir one "SELECT logistic_regression('event ~ arm + factor(age)') FROM commons"
check "explain says what is counted" grep -q 'who has the outcome and who has not in .* combinations of categories' works.out
works "$medcommons" ask --dir one --quiet --rho 0.5 "SELECT cox('Surv(time, event) ~ arm') FROM commons WHERE $two"
check "for people too" grep -Eq '^ +coef .* noise$' works.out
check "with what each piece drew" grep -Eq '^noise in a count of persons, at most: [0-9.]+, of which [0-9.]+ by each of 3 pieces of the key$' works.out
refused 'trained' "$medcommons" ask --dir one --quiet "SELECT cox('Surv(time, event) ~ age') FROM commons"

# Five factors: the first are multiplied in a run, of which counts and answer are parts (docs/design/0040). Asked again
# it has other noise, and all of it is paid for.
deep="SELECT arm, count(*), avg(sbp) FROM commons WHERE $two AND age >= 50 AND event = 1 AND time > 5 GROUP BY arm"
truth() { awk -F, -v arm="$1" 'NR > 1 && $1 == arm && $2 >= 50 && $4 == 1 && $3 > 5 { ++n; sum += $5 } END { print n, sum / n }' trial.csv; }
spent=0
for time in first second; do
  ask --rho 0.4 "$deep"
  equal "$time time: both arms" "$(jq -c '[.rows[][0]]' works.out)" '["a","b"]'
  sd=$(jq .guarded.count_noise_sd works.out)
  for row in 0 1; do
    read -r count mean < <(truth "$(jq -r ".rows[$row][0]" works.out)")
    check "counts near the truth" jq -e "(.rows[$row][1] - $count | fabs) < 6 * $sd + 5" works.out
    check "means too" jq -e "(.rows[$row][2] - $mean | fabs) < 6 * .guarded.noise_sd[$row][2] + 0.5" works.out
  done
  check "within what it may cost" jq -e '.guarded.rho > 0.1 and .guarded.rho <= 0.4' works.out
  spent=$(jq "$spent + .guarded.rho" works.out)
  [[ $time == first ]] && before=$(jq -c '[.guarded.noise_sd, .rows]' works.out)
done
check "the noise is another one" test "$(jq -c '[.guarded.noise_sd, .rows]' works.out)" != "$before"
works "$medcommons" study show --dir one --json --study "$(jq -r .study works.out)"
check "and both were debited" jq -e "(.budget.spent.rho - $spent | fabs) < 1e-5" works.out
# Eight were refused while proofs of uploads bounded less.
ask --rho 0.4 "SELECT stddev_samp(sbp) FROM commons WHERE $two AND age >= 45 AND event = 1 AND time > 5 AND sbp > 110 AND age < 75"
check "a deviation of many conditions, roughly" jq -e '.rows[0][0] > 3 and .rows[0][0] < 30' works.out
refused 'at most nine conditions and values' "$medcommons" ask --dir one --quiet "SELECT stddev_samp(sbp) FROM commons WHERE $two AND age >= 50 AND event = 1 AND time > 5 AND sbp > 110 AND (age < 70 OR time > 10) AND (age < 60 OR sbp > 120)"

# Thresholds that the dictionary does not declare, from a start that no owner leaves (docs/design/0046). With more rho than
# a study has by itself: it was proposed without what the run costs, so that the answer was refused once that was paid.
ask --rho 1.5 "SELECT count(*), avg(sbp) FROM commons WHERE $two AND age >= 53"
read -r count mean < <(awk -F, 'NR > 1 && $1 != "c" && $2 >= 53 { ++n; sum += $5 } END { print n, sum / n }' trial.csv)
check "a count beyond any threshold" jq -e "(.rows[0][0] - $count | fabs) < 6 * .guarded.count_noise_sd + 5" works.out
check "and a mean" jq -e "(.rows[0][1] - $mean | fabs) < 6 * .guarded.noise_sd[0][1] + 0.5" works.out
check "in more refreshes than a trusting start takes" jq -e '.refreshes > 30' works.out
works "$medcommons" explain --dir one "SELECT count(*) FROM commons WHERE age >= 53"
check "explain says why" grep -q 'no stage leaves \[-1, 1\], whatever an owner sealed' works.out
ask --rho 0.4 "SELECT histogram(age, 47, 59) FROM commons WHERE $two"
check "bins where the question cuts them" jq -e '.rows[0] | length == 3 and all(. > 100)' works.out

# Scores that are sums of columns, from a start as wide as all of them (docs/design/0050).
ask --rho 0.4 "SELECT count(*), avg(sbp) FROM commons WHERE $two AND risk_score('m', '0.1 * age + 0.5 * armb') > 5.75"
read -r count mean < <(awk -F, 'NR > 1 && $1 != "c" && $2 + ($1 == "b" ? 5 : 0) > 57.5 { ++n; sum += $5 } END { print n, sum / n }' trial.csv)
check "a count beyond a score" jq -e "(.rows[0][0] - $count | fabs) < 6 * .guarded.count_noise_sd + 5" works.out
check "and its mean" jq -e "(.rows[0][1] - $mean | fabs) < 6 * .guarded.noise_sd[0][1] + 0.5" works.out
ask --rho 0.5 "SELECT auc(event, risk_score('m', '0.1 * age - 1 * armb'), 3.5, 4.5, 5.5, 6.5) FROM commons WHERE $two"
area=$(awk -F, 'NR > 1 && $1 != "c" { s = $2 / 10 - ($1 == "b"); k = (s >= 3.5) + (s >= 4.5) + (s >= 5.5) + (s >= 6.5); $4 ? ++w[k] : ++o[k] }
  END { for (k = 0; k < 5; ++k) { pairs += w[k] * (below + o[k] / 2); below += o[k]; all += w[k] } print pairs / below / all }' trial.csv)
check "the area of a score, in an interval that knows the noise" jq -e ".rows[0] | (.[0] - $area | fabs) < 0.05 and .[1] < .[0] and .[0] < .[2] and .[2] - .[1] > 0.05" works.out
ask --rho 0.5 "SELECT calibration(event, predicted_risk('m', '-1 + 0.02 * age - 0.5 * armb'), 0.4, 0.5) FROM commons WHERE $two"
check "rates in bins of a risk" jq -e '.rows[0][0] | .scale == "risk" and (.bins | length == 3 and all(.noise_sd > 0 and .ci_low < .observed and .observed < .ci_high and .n % 5 == 0)) and (.n - 1600 | fabs) < 60' works.out
refused 'no score that multiplies columns' "$medcommons" ask --dir one --quiet "SELECT count(*) FROM commons WHERE risk_score('m', '0.1 * age:armb') > 5.25"
ask --rho 0.4 "SELECT avg(risk_score('m', '0.1 * age:armb')) FROM commons WHERE $two"
mean=$(awk -F, 'NR > 1 && $1 != "c" { ++n; sum += $1 == "b" ? $2 / 10 : 0 } END { print sum / n }' trial.csv)
check "whose mean is told" jq -e "(.rows[0][0] - $mean | fabs) < 6 * .guarded.noise_sd[0][0] + 0.05" works.out

# Tests: the noise is in their intervals.
ask --rho 0.4 "SELECT ttest(sbp, arm) FROM commons WHERE $two"
check "a t test finds six" jq -e '.rows[0] | .[0] < -3 and .[2] < 0.01 and .[3] < -6 and .[4] > -9 and .[4] < 0' works.out
check "and says that the noise is in it" jq -e '[.notices[] | select(test("p-values contain the noise"))] | length == 1' works.out
ask --rho 0.4 "SELECT risk_difference(event, arm), chisq_test(event, arm) FROM commons WHERE $two"
check "risks differ" jq -e '.rows[0] | .[1] < .[0] and .[0] < .[2] and .[2] < 0' works.out

# A table costs what one of its rows does.
ask --rho 0.05 "SELECT count(*) FROM commons WHERE $two"
one=$(jq .guarded.count_noise_sd works.out)
ask --rho 0.05 'SELECT histogram(age) FROM commons'
check "bins have the noise of two counts" jq -e ".guarded.count_noise_sd <= 2.01 * $one" works.out
works "$medcommons" local down --dir one
