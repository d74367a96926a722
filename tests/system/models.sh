#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016  # the dollars belong to jq
# models.sh PROGRAM: models of a clinic in three parts, asked of a whole commons and compared with R (query/testing/models).
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"

clinic=$repository/query/testing/models
parts=(a b c)
for i in 0 1 2; do
  { head -n 1 "$clinic/clinic.csv"; tail -n +2 "$clinic/clinic.csv" | awk -v part="$i" 'int((NR - 1) / 80) == part'; } >"${parts[i]}.csv"
done
works "$medcommons" local up --dir one --schema "$clinic/schema.json" --cohort a=a.csv --cohort b=b.csv --cohort c=c.csv --dataset clinic \
  --privacy exact --auto-approve

# Numbers of $expected that the model does not have to seven digits (of an estimate and its interval, next to its standard error; of a p-value, in its logarithm), then how many there are.
far='def far($ours; $theirs; $unit):
       if $theirs == null then $ours != null
       else ($ours | type) != "number" or ($ours - $theirs | fabs) > 1e-7 * ([($theirs | fabs), $unit] | max) end;
     .rows[0][0] as $model
     | (("n", "n_missing", "rank", "df_residual", "sigma", "r_squared", "adj_r_squared") as $name
        | select(($expected | has($name)) and far($model[$name]; $expected[$name]; 1)) | $name),
       ($expected.coefficients[] as $theirs
        | ([$model.coefficients[] | select(.term == $theirs.term)] | .[0] // {}) as $ours
        | (if ($theirs.p // 0) > 0 then $theirs.p * ($theirs.p | log | fabs) else 0 end) as $p_unit
        | ($theirs | keys_unsorted[] | select(. != "term")) as $name
        | select(far($ours[$name]; $theirs[$name];
                     if $name == "estimate" or ($name | startswith("ci_")) then $theirs.std_error // 0 elif $name == "p" then $p_unit else 0 end))
        | "\($theirs.term) \($name): \($ours[$name])"),
       (["compared \([$expected.coefficients[] | length - 1] | add)"][])'

# agrees FILE NUMBER: asks the model of this number in FILE.
agrees() {
  local expected sql
  expected=$(jq -c ".models[$2]" "$clinic/$1")
  sql=$(jq -r .item <<<"$expected")
  works "$medcommons" ask --dir one --quiet --json "$sql"
  equal "$sql" "$(jq -r --argjson expected "$expected" "[$far] | join(\"; \")" works.out)" "compared $(jq '[.coefficients[] | length - 1] | add' <<<"$expected")"
  check "$sql: six digits are certain" jq -e '.digits >= 6 and .rows[0][0].digits >= 6' works.out
}

# The last two compare: with a number that the dictionary does not declare, and with categories.
for number in 0 2 13 14 18 20 22 25 26 28 29 31; do agrees linear.json "$number"; done

works "$medcommons" ask --dir one --quiet "SELECT linear_regression('sbp ~ age + sex + female') FROM clinic"
check "the table names what depends on other columns" grep -q '1 not defined because of singularities' works.out
check "and has R's columns" grep -Eq 'Estimate +Std. Error +t value +Pr\(>\|t\|\) +2.5 % +97.5 %' works.out
check "and one line per term" grep -Eq '^female +NA +NA' works.out
check "and what is missing" grep -q '(12 observations deleted due to missingness)' works.out
works "$medcommons" explain --dir one "SELECT linear_regression('sbp ~ age + sex') FROM clinic"
check "explain says what is released" grep -q 'least squares of sbp ~ age + sex over S1 persons' works.out
check "and whom one trusts who approves it" grep -q 'owners: the key is safe only from owners .* this question multiplies 3' works.out

refused 'I\(age >= 0\) is TRUE of everybody whom the dictionary allows' \
  "$medcommons" ask --dir one --json "SELECT linear_regression('sbp ~ I(age >= 0)') FROM clinic"
refused '1:39: unknown column agee \(did you mean age\?\)' "$medcommons" ask --dir one --json "SELECT linear_regression('sbp ~ sex + agee') FROM clinic"
refused '1:27: the response of linear_regression must be a number' "$medcommons" ask --dir one --json "SELECT linear_regression('sex ~ age') FROM clinic"
refused '1:38: a term is expected after \+' "$medcommons" ask --dir one --json "SELECT linear_regression('sbp ~ age +') FROM clinic"
refused "has no option rigde \(did you mean ridge\?\)" "$medcommons" ask --dir one --json "SELECT linear_regression('sbp ~ age', rigde => 1) FROM clinic"

# Logistic regression: trained on ciphertext with refreshes. Estimates and standard errors next to a standard error.
odds_far='. as $answer | .rows[0][0] as $model
  | def near($ours; $theirs; $unit): ($ours | type) == "number" and ($ours - $theirs | fabs) <= 1e-2 * $unit;
    [(if $model.n != $expected.n or $model.n_missing != $expected.n_missing then "n: \($model.n), \($model.n_missing)" else empty end),
     (("deviance", "null_deviance") as $name | select(near($model[$name]; $expected[$name]; 1) | not) | "\($name): \($model[$name])"),
     ($expected.coefficients[] as $theirs
      | ([$model.coefficients[] | select(.term == $theirs.term)] | .[0] // {}) as $ours
      | select((near($ours.estimate; $theirs.estimate; $theirs.std_error) and near($ours.std_error; $theirs.std_error; $theirs.std_error)
                and near($ours.odds_ratio; $theirs.odds_ratio; $theirs.odds_ratio) and near($ours.p; $theirs.p; 1)
                and near($ours.ci_high; $theirs.ci_high; $theirs.ci_high)) | not)
      | "\($theirs.term): \($ours)")] | join("; ")'
# trained NUMBER [ITERATIONS]: eight iterations, or those.
trained() {
  local expected sql
  expected=$(jq -c ".models[$1]" "$clinic/logistic.json")
  sql=$(jq -r .item <<<"$expected")
  sql=${sql/) FROM/${2:+, maxit => $2}) FROM}
  works "$medcommons" ask --dir one --quiet --json "$sql"
  equal "$sql" "$(jq -r --argjson expected "$expected" "$odds_far" works.out)" ""
  check "$sql: says that it converged, and which argument covers it" \
    jq -e '.rows[0][0].converged and .argument == "H" and .assurance == "verified"' works.out
}
trained 0
for number in 1 2 3 4 5 6; do trained "$number" 5; done
check "a penalty leaves fewer degrees of freedom than coefficients" jq -e '.rows[0][0] | .ridge == 20 and (.df - 3.31855 | fabs) < 1e-3' works.out

trained 7
trained 8 5  # I(bmi > 30), which is computed first
works "$medcommons" explain --dir one "SELECT logistic_regression('death ~ age + I(bmi > 30)') FROM clinic"
check "explain says what is compared for a model" grep -q '  bmi/above/30.05 = ' works.out
check "and that the term is one of it" grep -q '  I(bmi > 30)TRUE = ' works.out
check "and how often that is refreshed" grep -Eq '  refreshes: [0-9]+ in sequence' works.out
works "$medcommons" ask --dir one --quiet "SELECT logistic_regression('death ~ age + sex', maxit => 4) FROM clinic"
check "the table has odds ratios" grep -Eq 'Estimate +Std. Error +z value +Pr\(>\|z\|\) +OR +2.5 % +97.5 %' works.out
check "and a line drawn for each" grep -Eq '^sexM .*\|-*o-*\|' works.out
works "$medcommons" ask --dir one --quiet --json "SELECT logistic_regression('death ~ sex + female + age', maxit => 5) FROM clinic"
check "collinear columns are named, not guessed" \
  jq -e '.rows[0][0] | .aliased == ["female"] and .converged and (.coefficients[] | select(.term == "sexM") | .estimate | type == "number")' works.out
works "$medcommons" explain --dir one "SELECT logistic_regression('death ~ age + sex') FROM clinic"
check "explain says what is released of a trained model" grep -q 'released to the requester: 18 numbers: 3 coefficients' works.out
check "and what guarantees it" grep -q 'argument H' works.out

refused '1:29: the response of logistic_regression must be a 0/1 column' "$medcommons" ask --dir one --json "SELECT logistic_regression('sbp ~ age') FROM clinic"
refused 'is asked for alone' "$medcommons" ask --dir one --json "SELECT count(*), logistic_regression('death ~ age') FROM clinic"
refused 'a model of each group is trained by itself.*WHERE sex = .M' "$medcommons" explain --dir one --json "SELECT logistic_regression('death ~ age') FROM clinic GROUP BY sex"

works "$medcommons" ask --dir one --quiet --json "SELECT logistic_regression('death ~ age', maxit => 6) AS m, sex FROM clinic WHERE nyha < 4 GROUP BY sex"
cp works.out groups.json
check "a trained model has a row per group" jq -e '.columns == ["m", "sex"] and [.rows[][1]] == ["F", "M"] and .groups[1].sex == "M"' groups.json
check "each was a question of its own" jq -e '[.questions[].assurance] == ["verified", "verified"] and (.questions[1].sql | endswith("AND sex = '"'M'"'"))' groups.json
works "$medcommons" ask --dir one --quiet --json "$(jq -r '.questions[1].sql' groups.json)"
check "and has the numbers of that question" \
  jq -e --slurpfile groups groups.json '.rows[0][0] as $m | $groups[0].rows[1][0] as $g | $m.n == $g.n
    and ([range(2) | ($m.coefficients[.].estimate - $g.coefficients[.].estimate | fabs) / $g.coefficients[.].std_error] | max) < 1e-3' works.out
refused 'too many alternatives' "$medcommons" ask --dir one --json "SELECT logistic_regression('death ~ age') FROM clinic WHERE sex = 'F' OR nyha = 2 OR death OR female OR smoker = 'never'"

# What a custodian said in runs is in its journal, share by share.
works "$medcommons" local down --dir one
works "$medcommons" custodian journal --folder one/custodian-0
check "a run is begun" grep -q ' run study ' works.out
check "and each of its refreshes has the shares' hashes" bash -c "test \"\$(grep -c ' refreshed study .* share ' works.out)\" -ge 8"
equal "and none is without" "$(grep ' refreshed ' works.out | grep -vc ' share ')" 0
