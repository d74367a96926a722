#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016  # the dollars belong to jq
# comparison.sh PROGRAM: thresholds that no dictionary declares, asked of a whole commons and counted again by jq.
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"

# people FILE SEED ROWS: heights in centimetres, lactate with one decimal, dose in steps of 5, now and then missing.
people() {
  jq -n --argjson seed "$2" --argjson rows "$3" '
    def draw: (. * 48271) % 2147483647;
    [foreach range($rows * 5) as $i ($seed; draw; .)] as $n
    | [range($rows) as $i | $n[$i * 5:$i * 5 + 5]
       | {height: (140 + .[0] % 61), lactate: (if .[1] % 7 == 0 then null else (3 + .[1] % 95) / 10 end),
          dose: (5 * (.[2] % 41)), sex: (if .[3] % 2 == 0 then "F" else "M" end),
          sbp: (if .[4] % 11 == 0 then null else (95 + .[4] % 90) + 0.5 * (.[4] % 2) end)}]' >"$1.json"
  jq -r '["height", "lactate", "dose", "sex", "sbp"], (.[] | [.height, .lactate, .dose, .sex, .sbp]) | @csv' "$1.json" | tr -d '"' >"$1.csv"
}
people a 17 700
people b 290 300
jq -s add a.json b.json >all.json

works "$medcommons" schema infer a.csv b.csv -o schema.json
equal "one decimal is a step" "$(jq '.fields[] | select(.name == "lactate") | .step' schema.json)" 0.1
equal "halves are written with one decimal" "$(jq '.fields[] | select(.name == "sbp") | .step' schema.json)" 0.1
equal "integers need none" "$(jq '.fields[] | select(.name == "height") | .step' schema.json)" null
works "$medcommons" local up --dir one --schema schema.json --cohort a=a.csv --cohort b=b.csv --dataset ward --privacy exact --auto-approve

# counts WHERE FILTER: persons for whom the condition is true, and the mean of their heights.
counts() {
  works "$medcommons" ask --dir one --quiet --json "SELECT count(*), avg(height), sum(sbp) FROM ward WHERE $1"
  equal "$1" "$(jq -c '.rows[0] | [.[0], (.[1] * 1e6 | round), (.[2] * 1e3 | round)]' works.out)" \
    "$(jq -c "map(select($2)) | [length, (([.[].height] | add) / length * 1e6 | round), (([.[].sbp | values] | add) * 1e3 | round)]" all.json)"
  check "$1: argument S, nine digits, all custodians" jq -e '.argument == "S" and .digits >= 9 and .assurance == "verified"' works.out
}
counts 'height > 171.5' '.height > 171.5'
counts 'height > 163 AND height <= 177' '.height > 163 and .height <= 177'
counts 'lactate >= 4.7' '.lactate != null and .lactate >= 4.7'
counts 'NOT lactate >= 4.7' '.lactate != null and .lactate < 4.7'
counts 'lactate < 2.35 OR sbp BETWEEN 121.5 AND 133' '(.lactate != null and .lactate < 2.35) or (.sbp != null and .sbp >= 121.5 and .sbp <= 133)'
counts 'dose = 85' '.dose == 85'
# More conditions than two products in sequence take, comparisons among them.
counts "height > 151.5 AND lactate < 8.05 AND sbp >= 100 AND dose <= 150 AND sex = 'F'" \
  '.height > 151.5 and .lactate != null and .lactate < 8.05 and .sbp != null and .sbp >= 100 and .dose <= 150 and .sex == "F"'
counts "(height > 171.5 OR dose < 60) AND (sex = 'M' OR sbp > 120) AND NOT (lactate > 6 AND dose > 100)" \
  '(.height > 171.5 or .dose < 60) and (.sex == "M" or (.sbp != null and .sbp > 120)) and ((.lactate != null and .lactate <= 6) or .dose <= 100)'

works "$medcommons" ask --dir one --quiet --json "SELECT sex, count(*), var_samp(lactate) FROM ward WHERE height < 168 GROUP BY sex"
equal "by sex" "$(jq -c '[.rows[] | [.[0], .[1]]] | sort' works.out)" \
  "$(jq -c '[map(select(.height < 168)) | group_by(.sex)[] | [.[0].sex, length]] | sort' all.json)"

works "$medcommons" explain --dir one "SELECT count(*) FROM ward WHERE height > 171.5"
check "explain says what is compared" grep -q '  height/above/171.5 = ' works.out
check "and how often it is refreshed" grep -Eq '  refreshes: [0-9]+ in sequence, [0-9]+ polynomials per block' works.out
check "and what covers it" grep -q 'guarantee: argument S' works.out
works "$medcommons" ask --dir one --quiet "SELECT count(*) FROM ward WHERE height > 171.5"
check "the answer says how often it was refreshed" grep -Eq 'refreshed [0-9]+ times' works.out

# Bins where the question cuts them.
works "$medcommons" ask --dir one --quiet --json "SELECT histogram(height, 150, 162.5, 171) FROM ward"
equal "a histogram with edges of its own" "$(jq -c '.rows[0]' works.out)" \
  "$(jq -c '[.[].height] | [(map(select(. < 150)) | length), (map(select(. >= 150 and . < 162.5)) | length),
     (map(select(. >= 162.5 and . < 171)) | length), (map(select(. >= 171)) | length)]' all.json)"
median=$(jq '[.[].height] | sort | (.[length / 2 - 1] + .[length / 2]) / 2' all.json)
below=$(jq -n "$median | floor")
works "$medcommons" ask --dir one --quiet --json "SELECT median(height, $((below - 1)), $below, $((below + 1)), $((below + 2))) FROM ward"
equal "a median in bins of one number is the records' own" "$(jq '.rows[0][0] * 1e6 | round' works.out)" "$(jq -n "$median * 1e6 | round")"

refused 'compares with 17 thresholds' "$medcommons" ask --dir one --json "SELECT count(*) FROM ward WHERE lactate IN (1.1, 2.2, 3.3, 4.4, 5.5, 6.6, 7.7, 8.8, 0.7)"
works "$medcommons" local down --dir one

# Uploads hold what the dictionary says.
awk -F, -v OFS=, 'NR == 2 { $2 = "4.37" } { print }' a.csv >finer.csv
refused 'column "lactate" is not a multiple of the declared step 0.1' \
  "$medcommons" local up --dir two --schema schema.json --cohort a=finer.csv --cohort b=b.csv --dataset ward --privacy exact --auto-approve
