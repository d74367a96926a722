#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016  # the dollars belong to jq
# histories.sh PROGRAM: three hospitals bring events beside their tables, dated laboratory values and diagnoses; questions about them are
# asked of a whole commons and answered again by jq from the events.
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"

# people NAME SEED ROWS: everybody has a day of entry, days of follow-up, HbA1c values on different days and diagnoses; some of it from before
# entry, some from after the end of follow-up, which does not count.
people() {
  jq -n --arg name "$1" --argjson seed "$2" --argjson rows "$3" '
    def draw: (. * 48271) % 2147483647;
    [foreach range($rows * 24) as $i ($seed; draw; .)] as $n
    | [range($rows) as $i | $n[$i * 24:$i * 24 + 24]
       | {id: "\($name)\($i)", age: (40 + .[0] % 45), arm: (if .[1] % 2 == 0 then "drug" else "none" end), entry: (.[2] % 300),
          follow: (100 + .[3] % 700),
          labs: ([range(.[4] % 5) as $k | [-40 + .[5 + $k] % 900, (40 + .[10 + $k] % 80) / 10]] | unique_by(.[0])),
          diagnoses: [range(.[15] % 4) as $k | [-60 + .[16 + $k] % 800, ["I21.0", "I21.4", "J18", "E11"][.[20 + $k] % 4]]] | unique}]' >"$1.json"
  jq -r 'def day: (1577836800 + . * 86400 | todate)[0:10];
    ["id", "age", "arm", "entry", "end"], (.[] | [.id, .age, .arm, (.entry | day), (.entry + .follow | day)]) | @csv' "$1.json" >"$1.csv"
  jq -r 'def day: (1577836800 + . * 86400 | todate)[0:10];
    ["patient", "date", "test", "result", "unit"],
    (.[] | . as $p | .labs[] | [$p.id, ($p.entry + .[0] | day), "hba1c", .[1], "%"]), (.[] | [.id, (.entry | day), "sodium", 140, "mmol/l"]) | @csv' \
    "$1.json" >"$1_labs.csv"
  jq -r 'def day: (1577836800 + . * 86400 | todate)[0:10];
    ["patient", "admitted", "icd"], (.[] | . as $p | .diagnoses[] | [$p.id, ($p.entry + .[0] | day) + "T08:30:00Z", .[1]]) | @csv' "$1.json" >"$1_dx.csv"
}
people a 17 300
people b 290 200
people c 4711 120
jq -s add a.json b.json c.json >all.json

# What each question means, said in jq: events count up to the end of follow-up.
definitions='
  def results: . as $p | [.labs[] | select(.[0] <= $p.follow)] | sort_by(.[0]);
  def latest($to): [results[] | select(.[0] <= $to)] | if length == 0 then null else last[1] end;
  def days($code): . as $p | [.diagnoses[] | select(.[0] <= $p.follow and (.[1] | startswith($code))) | .[0]] | sort;
  def had($from; $to): any(days("I21")[]; . > $from and . <= $to);
  def time_to: days("I21") as $d | if ($d | length) == 0 then .follow elif $d[0] <= 0 then null else $d[0] end;'

infer=("$medcommons" schema infer a.csv b.csv c.csv --id id --events a.csv:labs=a_labs.csv --events b.csv:labs=b_labs.csv
  --events a.csv:dx=a_dx.csv --events b.csv:dx=b_dx.csv --events c.csv:dx=c_dx.csv
  --layout 'labs:person=patient,time=date,what=test,value=result,unit=unit,origin=entry,until=end'
  --layout 'dx:person=patient,time=admitted,what=icd,origin=entry,until=end'
  --series 'hba1c:labs=hba1c' --series 'mi:dx=I21*' --series 'pneumonia:dx=J18')
works "${infer[@]}" --history 'latest(hba1c, 365)' --history 'had(mi)' --history 'had(mi, 0, 365)' --history 'time_to(mi)' \
  --history 'n_events(pneumonia)' --times 'time_to(mi):60' -o schema.json
check "what was left out is said" grep -q "a_labs.csv: .* events after the end of their person's observation are left out" works.err
check "and what no series wants" grep -q 'a_labs.csv: 300 events whose "test" is in no series are left out' works.err
equal "one decimal is a step" "$(jq '.fields[] | select(.name == "latest(hba1c, 365)") | .step' schema.json)" 0.1
equal "only two hospitals measure" "$(jq -c '[.series[] | [.name, .required]]' schema.json)" '[["hba1c",false],["mi",true],["pneumonia",true]]'
works "$medcommons" schema show schema.json
check "series are shown" grep -q '^series mi: dx where icd is I21\*; times .* d since entry, observed until end' works.out

events=(--events a:labs=a_labs.csv --events b:labs=b_labs.csv --events a:dx=a_dx.csv --events b:dx=b_dx.csv --events c:dx=c_dx.csv)
works "$medcommons" local up --dir one --schema schema.json --cohort a=a.csv --cohort b=b.csv --cohort c=c.csv "${events[@]}" \
  --id id --dataset ward --privacy exact --auto-approve
check "whoever brings no file is told" grep -q 'c: c.csv: comes without the file "labs" of events, so every history of hba1c is missing' works.err

ask() { works "$medcommons" ask --dir one --quiet --json "$1"; }
# The third hospital has no laboratory: its values are missing.
hba1c='map(.labs = (if .id | startswith("c") then [] else .labs end))'
ask "SELECT count(latest(hba1c, 365)), sum(latest(hba1c, 365)) FROM ward WHERE arm = 'drug'"
equal "latest value up to a day" "$(jq -c '.rows[0] | [.[0], (.[1] * 1e6 | round)]' works.out)" \
  "$(jq -c "$definitions $hba1c | [.[] | select(.arm == \"drug\") | latest(365) | values] | [length, (add * 1e6 | round)]" all.json)"
ask "SELECT had(mi, 0, 365), count(*), avg(age) FROM ward GROUP BY had(mi, 0, 365)"
equal "groups of whoever had it in a window" "$(jq -c '[.rows[] | [.[0], .[1], (.[2] * 1e6 | round)]]' works.out)" \
  "$(jq -c "$definitions [group_by(had(0; 365))[] | [(.[0] | if had(0; 365) then 1 else 0 end), length, (([.[].age] | add) / length * 1e6 | round)]]" all.json)"
ask "SELECT sum(n_events(pneumonia)), count(*) FROM ward WHERE n_events(pneumonia) >= 1 AND NOT had(mi)"
equal "events are counted" "$(jq -c '.rows[0] | map(round)' works.out)" \
  "$(jq -c "$definitions [.[] | select((days(\"I21\") | length) == 0) | days(\"J18\") | length | select(. >= 1)] | [add, length]" all.json)"
ask "SELECT count(*), risk_difference(had(mi, 0, 365), arm) FROM ward WHERE latest(hba1c, 365) > 7.25"
equal "a threshold of the question, compared under encryption" "$(jq '.rows[0][0]' works.out)" \
  "$(jq "$definitions $hba1c | [.[] | select(latest(365) | . != null and . > 7.25)] | length" all.json)"

ask "SELECT kaplan_meier('Surv(time_to(mi), had(mi)) ~ arm') FROM ward"
last=$(jq '.fields[] | select(.name == "time_to(mi)") | .times[-1]' schema.json)
for arm in drug none; do
  equal "at risk and events of the arm $arm" \
    "$(jq -c --arg arm "arm=$arm" '.rows[0][0].strata[] | select(.name == $arm) | [.n, .time, .n_risk, .n_event]' works.out)" \
    "$(jq -c --arg arm "$arm" --argjson last "$last" "$definitions
      [.[] | select(.arm == \$arm) | time_to as \$t | select(\$t != null)
       | {t: ([(\$t / 60 | ceil) * 60, \$last] | min), event: (days(\"I21\") | length > 0)}] as \$followed
      | (\$followed | map(.t) | unique) as \$times
      | [(\$followed | length), \$times, [\$times[] as \$t | [\$followed[] | select(.t >= \$t)] | length],
         [\$times[] as \$t | [\$followed[] | select(.t == \$t and .event)] | length]]" all.json)"
done
ask "SELECT linear_regression('latest(hba1c, 365) ~ age') FROM ward"
equal "a model of the last value" "$(jq '.rows[0][0].coefficients[1].estimate * 1e5 | round' works.out)" \
  "$(jq "$definitions $hba1c | [.[] | {x: .age, y: latest(365)} | select(.y != null)] | (map(.x) | add / length) as \$mx | (map(.y) | add / length) as \$my
    | (map((.x - \$mx) * (.y - \$my)) | add) / (map((.x - \$mx) * (.x - \$mx)) | add) * 1e5 | round" all.json)"

# Consent goes over a person's events as over the rest of her row.
person=$(jq -r "$definitions [.[] | select(had(0; 365))][0].id" a.json)
ask "SELECT count(*) FROM ward WHERE had(mi, 0, 365)"
before=$(jq '.rows[0][0]' works.out)
works "$medcommons" consent revoke --dir one --owner a --row "$person"
ask "SELECT count(*) FROM ward WHERE had(mi, 0, 365)"
equal "whoever revokes takes her events along" "$(jq '.rows[0][0]' works.out)" $((before - 1))

refused 'the dictionary declares no had\(mi, 0, 90\); of mi there are had\(mi\), had\(mi, 0, 365\), time_to\(mi\)' \
  "$medcommons" ask --dir one --json "SELECT count(*) FROM ward WHERE had(mi, 0, 90)"
refused 'the event of time_to\(mi\) is had\(mi\), not had\(mi, 0, 365\)' \
  "$medcommons" ask --dir one --json "SELECT kaplan_meier('Surv(time_to(mi), had(mi, 0, 365)) ~ arm') FROM ward"
refused 'ends at 0, not after 365' "$medcommons" ask --dir one --json "SELECT count(*) FROM ward WHERE had(mi, 365, 0)"
works "$medcommons" local down --dir one

# What does not fit is refused before anything is founded, by file and line.
bad() {
  refused "$1" "$medcommons" local up --dir two --schema schema.json --cohort a=a.csv --cohort b=b.csv --cohort c=c.csv --events a:labs="$2" \
    --events a:dx="$3" --events b:dx=b_dx.csv --events c:dx=c_dx.csv --id id --dataset ward --privacy exact --auto-approve
}
awk 'NR == 2 { sub(/%/, "mmol/mol") } { print }' a_labs.csv >unit.csv
bad 'unit.csv:2: column "unit" is not "%", the declared unit of hba1c' unit.csv a_dx.csv
awk -F, -v OFS=, 'NR == 3 { $4 = "99" } { print }' a_labs.csv >range.csv
bad 'range.csv:3: column "result" is outside the declared range' range.csv a_dx.csv
awk -F, -v OFS=, 'NR == 4 { $2 = "\"2020-13-01\"" } { print }' a_dx.csv >date.csv
bad 'date.csv:4: column "admitted" is neither a number nor a date' a_labs.csv date.csv
sed 's/^"a/"z/' a_dx.csv >strangers.csv
bad 'strangers.csv: no event is of a person in a.csv: column "patient" names none of them' a_labs.csv strangers.csv
refused 'comes without the file "dx" of events, which the series mi requires' "$medcommons" local up --dir two --schema schema.json --cohort a=a.csv \
  --id id --dataset ward --privacy exact --auto-approve
refused 'no --layout says what the columns of notes are called' "${infer[@]}" --events a.csv:notes=a_dx.csv
