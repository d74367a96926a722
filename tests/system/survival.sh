#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016  # the dollars belong to jq
# survival.sh PROGRAM: Miller's leukaemia trial (survival::aml in R) in two hospitals, asked of a whole commons: the numbers are those that R
# prints for survfit, survdiff and coxph.
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"

cat >a.csv <<'END'
id,weeks,relapse,arm
a1,9,1,maintained
a2,13,1,maintained
a3,13,0,maintained
a4,18,1,maintained
a5,23,1,maintained
a6,28,0,maintained
a7,5,1,none
a8,5,1,none
a9,8,1,none
a10,8,1,none
a11,12,1,none
a12,16,0,none
END
cat >b.csv <<'END'
id,weeks,relapse,arm
b1,31,1,maintained
b2,34,1,maintained
b3,45,0,maintained
b4,48,1,maintained
b5,161,0,maintained
b6,23,1,none
b7,27,1,none
b8,30,1,none
b9,33,1,none
b10,43,1,none
b11,45,1,none
END
# A measurement that the trial did not have: the row's number times seven, modulo ten.
for part in a b; do awk -F, -v OFS=, 'NR == 1 { print $0, "score"; next } { print $0, (NR - 1) * 7 % 10 }' $part.csv >scored && mv scored $part.csv; done
works "$medcommons" schema infer a.csv b.csv --times weeks:observed -o schema.json
check "who declares observed times is told what that means" grep -q 'a schema is public' works.err
equal "observed times" "$(jq -c '[.fields[] | select(.name == "weeks") | .times[]]' schema.json)" \
  '[5,8,9,12,13,16,18,23,27,28,30,31,33,34,43,45,48,161]'
works "$medcommons" local up --dir one --schema schema.json --cohort a=a.csv --cohort b=b.csv --dataset trial --id id --privacy exact --auto-approve

works "$medcommons" ask --dir one --quiet --json --plot km.svg "SELECT kaplan_meier('Surv(weeks, relapse) ~ arm') FROM trial"
stratum() { jq -c ".rows[0][0].strata[$1] | $2" works.out; }
equal "strata" "$(jq -c '[.rows[0][0].strata[].name]' works.out)" '["arm=maintained","arm=none"]'
equal "times" "$(stratum 0 '[.time[] | floor]')" '[9,13,18,23,28,31,34,45,48,161]'
equal "at risk" "$(stratum 0 .n_risk)" '[11,10,8,7,6,5,4,3,2,1]'
equal "events" "$(stratum 0 .n_event)" '[1,1,1,1,0,1,1,0,1,0]'
equal "censored" "$(stratum 0 .n_censor)" '[0,1,0,0,1,0,0,1,0,1]'
equal "medians" "$(jq -c '[.rows[0][0].strata[] | .median, .median_low, .median_high | if . then floor else . end]' works.out)" '[31,18,null,23,8,null]'
check "survival as survfit prints it" jq -e '.rows[0][0].strata[0] | [.survival[8], .std_error[8], .lower[8], .upper[8]] as $own | [0.184, 0.1535, 0.0359, 0.944] as $r
  | all(range(4); ($own[.] - $r[.] | fabs) < 5e-4)' works.out
check "log-rank as survdiff prints it" jq -e '.rows[0][0].logrank | (.chisq - 3.396389 | fabs) < 1e-6 and .df == 1 and (.p - 0.0653393 | fabs) < 1e-7' works.out
check "every digit of a table of counts is certain" jq -e '.digits == 15' works.out
check "a picture with a curve per arm" [ "$(grep -c '<polyline' km.svg)" = 2 ]

works "$medcommons" ask --dir one --quiet --json "SELECT cox('Surv(weeks, relapse) ~ arm') AS hazard FROM trial"
check "hazards as coxph prints them" jq -e '.rows[0][0] | .converged and .n == 23 and .events == 18 and .coefficients[0].term == "armnone"
  and (.coefficients[0].estimate - 0.9155 | fabs) < 5e-5 and (.coefficients[0].std_error - 0.5119 | fabs) < 5e-5' works.out
works "$medcommons" ask --dir one --quiet "SELECT kaplan_meier('Surv(weeks, relapse) ~ 1'), cox('Surv(weeks, relapse) ~ arm', ties => 'breslow') FROM trial"
check "the plot has those at risk below" grep -Eq '^number at risk' works.out
check "and the table of hazards R's columns" grep -Eq 'coef +exp\(coef\) +se\(coef\)' works.out
works "$medcommons" ask --dir one --quiet --json "SELECT risk_difference(relapse, arm), count(*) FROM trial WHERE weeks > 9"
equal "a declared time is a condition" "$(jq -c '.rows[0][5]' works.out)" 18

# coxph(Surv(weeks, relapse) ~ arm + score) and the same with ties = "breslow", of R 4.2, survival 3.5-3.
efron='[0.93169061789,0.51156290891,0.09054274179,0.08788854637]'
breslow='[0.92195871293,0.51188887684,0.09168919768,0.08787492839]'
as_coxph() {
  [ -s works.out ] && jq -e --arg ties "$1" --argjson r "$2" --argjson wald "$3" '.argument == "H" and (.rows[0][0] | .converged and .n == 23 and .events == 18 and .ties == $ties
    and ([.coefficients[] | .term] == ["armnone", "score"]) and (.wald.chisq - $wald | fabs) < 2e-3 and .wald.df == 2
    and ([.coefficients[] | .estimate, .std_error] as $own | all(range(4); ($own[.] - $r[.] | fabs) < 1e-3 * $r[. - . % 2 + 1])))' works.out
}
works "$medcommons" ask --dir one --quiet --json "SELECT cox('Surv(weeks, relapse) ~ arm + score') FROM trial"
check "hazards of a measurement, trained on ciphertext, as coxph prints them" as_coxph efron "$efron" 4.32419588
check "every tied event is told apart" jq -e '.rows[0][0] | .ties_max == 256 and .ties_beyond == 0' works.out
works "$medcommons" ask --dir one --quiet --json "SELECT cox('Surv(weeks, relapse) ~ arm + score', ties => 'breslow', maxit => 8) FROM trial"
check "and with Breslow's ties" as_coxph breslow "$breslow" 4.271174161
works "$medcommons" explain --dir one "SELECT cox('Surv(weeks, relapse) ~ arm + score') FROM trial"
check "explain says what is trained" grep -q "Cox's model with Efron's ties" works.out
works "$medcommons" explain --dir one "SELECT cox('Surv(weeks, relapse) ~ arm + score', ties => 'breslow') FROM trial"
check "and whose ties" grep -q "Cox's model with Breslow's ties" works.out

works "$medcommons" explain --dir one "SELECT kaplan_meier('Surv(weeks, relapse) ~ arm') FROM trial"
check "explain says what is released" grep -q "the events and censorings after the time before each: S" works.out
refused 'unknown column weks \(did you mean weeks\?\)' "$medcommons" ask --dir one --json "SELECT kaplan_meier('Surv(weks, relapse) ~ arm') FROM trial"
refused "conf_type takes 'log', 'plain' or 'log-log'" "$medcommons" ask --dir one --json "SELECT kaplan_meier('Surv(weeks, relapse) ~ arm', conf_type => 'logit') FROM trial"
refused 'weeks stands on both sides of ~' "$medcommons" ask --dir one --json "SELECT cox('Surv(weeks, relapse) ~ weeks') FROM trial"
refused 'draws kaplan_meier, cox and calibration, and the question has none of them' "$medcommons" ask --dir one --json --plot x.svg "SELECT count(*) FROM trial"
