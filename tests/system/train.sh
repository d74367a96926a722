#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016  # the dollars belong to jq
# train.sh PROGRAM: a commons of the profile train: sums, and a logistic regression under argument S, compared with R (query/testing/models).
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"

clinic=$repository/query/testing/models
# Three columns: keys and ciphertexts are four times as large as in standard, and this is about arithmetic.
cut -d, -f1,2,6 "$clinic/clinic.csv" >clinic.csv
equal "columns" "$(head -n 1 clinic.csv)" "age,sex,death"
jq '.fields |= map(select(.name == "age" or .name == "sex" or .name == "death"))' "$clinic/schema.json" >schema.json
check "a commons is founded" timeout 240 "$medcommons" local up --dir one --schema schema.json --cohort a=clinic.csv --dataset clinic --profile train --privacy exact --auto-approve
check "the commons says its profile" jq -e '.profile == "train"' one/commons.json

works "$medcommons" ask --dir one --quiet --json "SELECT count(*), avg(age), var_samp(age) FROM clinic WHERE sex = 'F'"
check "sums are exact and have argument S" jq -e '.argument == "S" and .digits >= 9 and .rows[0][0] > 50 and .assurance == "verified"' works.out

# Estimates and standard errors within a thousandth of a standard error.
model=$(jq -c '.models[0]' "$clinic/logistic.json")
works "$medcommons" ask --dir one --quiet --json "SELECT logistic_regression('death ~ age + sex', maxit => 6) FROM clinic"
check "a thousandth of a standard error from R's glm" jq -e --argjson expected "$model" '.rows[0][0] as $model
  | def near($ours; $theirs; $unit): ($ours - $theirs | fabs) <= 1e-3 * $unit;
    $model.converged and $model.n == $expected.n and near($model.deviance; $expected.deviance; 1)
    and ([$expected.coefficients[] as $theirs | $model.coefficients[] | select(.term == $theirs.term)
          | near(.estimate; $theirs.estimate; $theirs.std_error) and near(.std_error; $theirs.std_error; $theirs.std_error)] | length == 3 and all)' works.out
check "argument S, and what it rests on" jq -e '.argument == "S" and .lambda == 40 and .assurance == "verified" and (.notices | any(test("0029")))' works.out
works "$medcommons" explain --dir one "SELECT logistic_regression('death ~ age + sex') FROM clinic"
check "explain says so" grep -q 'guarantee: argument S (docs/design/0029)' works.out
refused 'a threshold that the dictionary does not declare needs a commons of the profile standard' \
  "$medcommons" ask --dir one --json "SELECT count(*) FROM clinic WHERE age > 61.37"
