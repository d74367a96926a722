#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016  # the dollars belong to jq
# predict.sh PROGRAM: risk predictors of a clinic in three parts, kept by a whole commons, scored on ciphertext and compared with R
# (query/testing/models/predict.R).
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"

clinic=$repository/query/testing/models
parts=(a b c)
for i in 0 1 2; do
  { head -n 1 "$clinic/clinic.csv"; tail -n +2 "$clinic/clinic.csv" | awk -v part="$i" 'int((NR - 1) / 80) == part'; } >"${parts[i]}.csv"
done
works "$medcommons" local up --dir one --schema "$clinic/schema.json" --cohort a=a.csv --cohort b=b.csv --cohort c=c.csv --dataset clinic \
  --privacy exact --auto-approve

# Numbers that the answer does not have to seven digits, or within the rounding of its score; then how many there are.
far='def far($ours; $theirs; $by): if $theirs == null then $ours != null else ($ours | type) != "number" or ($ours - $theirs | fabs) > $by end;
     (.scores[0].rounding + 1e-7) as $by
     | [range(3) as $i | select(far(.rows[0][$i]; $expected.auc[$i]; 1e-9)) | "auc \($i): \(.rows[0][$i])"]
       + (.rows[0][3] as $ours
          | [select($ours.n_missing != $expected.n_missing) | "n_missing: \($ours.n_missing)"]
            + [select(far($ours.mean_score; $expected.mean_score; $by)) | "mean_score: \($ours.mean_score)"]
            + [range($expected.bins | length) as $i | $ours.bins[$i] as $o | $expected.bins[$i] as $e
               | select($o.n != $e.n or $o.events != $e.events or far($o.ci_low; $e.ci_low; 1e-9) or far($o.ci_high; $e.ci_high; 1e-9)
                        or far($o.mean_score; $e.mean_score; $by)) | "bin \($i): \($o)"])
     | join("; ")'
agrees() {
  local expected name cuts
  expected=$(jq -c ".models[$1]" "$clinic/predict.json")
  name=$(jq -r .name <<<"$expected")
  cuts=$(jq -r '.cuts | map(tostring) | join(", ")' <<<"$expected")
  jq '{equation, link: "logit", source: "query/testing/models/predict.R"}' <<<"$expected" >"$name.json"
  works "$medcommons" model add --dir one --from "$name.json" --name "$name"
  works "$medcommons" ask --dir one --quiet --json \
    "SELECT auc(death, predicted_risk('$name'), $cuts), calibration(death, predicted_risk('$name'), $cuts) FROM clinic"
  equal "$name: area, bins and mean scores are R's" "$(jq -r --argjson expected "$expected" "$far" works.out)" ""
  check "$name: argument S, six digits, all custodians" jq -e '.argument == "S" and .digits >= 6 and .assurance == "verified"' works.out
}
for number in 0 1 2 3; do agrees "$number"; done
check "few decimals are computed as they are" jq -e '.scores == [{name: "risk_score('"'telling'"')", equation: "-4.3 + 0.5 * death + 0.025 * sbp", step: 0.005, rounding: 0}]' works.out

# A model that the commons trained, kept and asked for.
works "$medcommons" ask --dir one --quiet --json "SELECT logistic_regression('death ~ age + sex') FROM clinic"
cp works.out answer.json
works "$medcommons" model add --dir one --from answer.json --name trained
works "$medcommons" model show --dir one --json trained
check "a trained model is kept with its formula and plan" \
  jq -e --slurpfile answer answer.json '.formula == "death ~ age + sex" and .link == "logit" and .source == "plan " + $answer[0].plan_hash' works.out
works "$medcommons" model list --dir one --json
equal "the shelf, by name" "$(jq -c 'map(.name)' works.out)" '["bodies","fitted","points","telling","trained"]'
works "$medcommons" ask --dir one --quiet --json "SELECT avg(risk_score('trained')), count(*) FROM clinic WHERE predicted_risk('trained') > 0.2"
equal "scores of a trained model are those of its coefficients" \
  "$(jq '.rows[0] | [(.[0] * 1e2 | round), .[1]] | tostring' works.out)" \
  "$(jq -Rn --slurpfile answer answer.json '
      ($answer[0].rows[0][0].coefficients | map({(.term): .estimate}) | add) as $b
      | [inputs / "," | .[0] as $age | .[1] as $sex | select($age != "age")
         | $b["(Intercept)"] + $b.age * ($age | tonumber) + (if $sex == "M" then $b.sexM else 0 end)]
      | map(select(1 / (1 + (-. | exp)) > 0.2)) | [(add / length * 1e2 | round), length] | tostring' "$clinic/clinic.csv")"

works "$medcommons" explain --dir one "SELECT auc(death, predicted_risk('fitted'), 0.3) FROM clinic"
check "explain writes the equation out" grep -q "predicted_risk('fitted', '-0.918" works.out
check "and says the grid" grep -Eq "in multiples of .*, which moves nobody's score by more than 0.000" works.out
check "and what is computed" grep -q "  risk_score('fitted')/value = " works.out
works "$medcommons" ask --dir one --quiet --plot cal.svg "SELECT calibration(death, predicted_risk('telling')) FROM clinic"
check "the picture is an SVG" grep -q '</svg>' cal.svg
check "the table has the bins" grep -Eq '^\[0.2,0.3\) +' works.out
works "$medcommons" ask --dir one --quiet --json "SELECT sex, auc(death, age, 40, 60) FROM clinic GROUP BY sex"

refused 'the name points is taken by another model' "$medcommons" model add --dir one --from bodies.json --name points
jq -n '{equation: "0.1 * weigth"}' >typo.json
refused 'unknown term weigth in the equation \(did you mean weight\?\)' "$medcommons" model add --dir one --from typo.json --name typo
jq -n '{equation: "0.1 * weight"}' >steps.json
refused 'the dictionary declares no step for weight' "$medcommons" model add --dir one --from steps.json --name steps
refused '1:12: this commons has no model nobody' "$medcommons" ask --dir one --json "SELECT avg(risk_score('nobody')) FROM clinic"
refused '1:8: not offered: a score by itself' "$medcommons" ask --dir one --json "SELECT risk_score('points') FROM clinic"
refused 'of a risk only thresholds are computed' "$medcommons" ask --dir one --json "SELECT avg(predicted_risk('points')) FROM clinic"
works "$medcommons" local down --dir one
