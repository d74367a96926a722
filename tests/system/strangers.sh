#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016  # the dollars belong to jq
# strangers.sh PROGRAM: strangers who know the number of a run, which is on chain, ask every custodian for its steps without end while a model is
# trained. Health is told, a release is answered, and the training ends as it does without them. Others send a release again and again, whose call
# is public: custodians execute its question once.
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"

clinic=$repository/query/testing/models
works "$medcommons" local up --dir one --schema "$clinic/schema.json" --cohort a="$clinic/clinic.csv" --dataset clinic --privacy exact --auto-approve
custodians=("$(url one custodian-0)" "$(url one custodian-1)" "$(url one custodian-2)")
sql="SELECT logistic_regression('death ~ age + sex + smoker + sbp + bmi', maxit => 6) FROM clinic"

# The run that the journal of custodian 0 names last.
run_number() {
  mkdir -p copy && cp one/custodian-0/releases.journal copy/
  "$medcommons" custodian journal --folder copy 2>/dev/null | grep ' run study ' | tail -n 1 | sed 's/.* authorisation \([0-9a-f]*\).*/\1/'
}
# step_call RUN STEP: the bytes of a call that brings nothing and asks for this step.
step_call() {
  local i
  printf '\x15\0\0\0medcommons/run-step/1'
  for ((i = 0; i < 64; i += 2)); do printf '%b' "\\x${1:i:2}"; done
  printf '%b' "\\x$(printf %02x "$2")\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0"
}
# stranger CUSTODIAN: sixty calls at a time, of steps that are over and to come; each is held as long as whoever answers it likes.
stranger() {
  local call
  for ((call = 0; call < 60; call++)); do
    printf 'url = "%s/v1/runs/step"\ndata-binary = "@calls/%d"\noutput = /dev/null\nmax-time = 30\n%s' "$1" $((call % 12 + 5)) "$([ $call = 59 ] || printf 'next\n ')"
  done >"stranger.${1##*:}"
  while [ ! -e over ]; do
    curl -s -Z --parallel-immediate --parallel-max 60 -K "stranger.${1##*:}" >/dev/null 2>&1 || true
    sleep 0.1
  done
}
mkdir calls
timeout 280 "$medcommons" ask --dir one --quiet --json "$sql" >trained.out 2>trained.err &
training=$!
run=""
for _ in $(seq 300); do
  run=$(run_number || true)
  [ -z "$run" ] || break
  sleep 0.1
done
equal "the run has a number" "${#run}" 64
for step in {0..17}; do step_call "$run" "$step" >"calls/$step"; done
status=$(curl -sS -m 60 -o step.out -w '%{http_code}' -X POST --data-binary @calls/0 "${custodians[0]}/v1/runs/step")
check "a stranger is answered" grep -Eq '^(200|409)$' <<<"$status"
for custodian in "${custodians[@]}"; do
  stranger "$custodian" &
  companions+=($!)
done

slowest=0
asked=0
while kill -0 "$training" 2>/dev/null; do
  for custodian in "${custodians[@]}"; do
    took=$(curl -s -m 20 -o health.out -w '%{time_total}' "$custodian/v1/health" || echo 20)
    slowest=$(jq -n --argjson a "$slowest" --argjson b "$took" '[$a, $b] | max')
    asked=$((asked + 1))
  done
  if [ "$asked" = 12 ]; then
    works "$medcommons" ask --dir one --quiet --json "SELECT count(*) FROM clinic"
    check "a release is answered meanwhile" jq -e '.rows[0][0] > 100 and .assurance == "verified"' works.out
  fi
  sleep 0.2
done
wait "$training" || failed "the training: $(tail -n 2 trained.err)"
touch over
check "the model was trained" jq -e '.assurance == "verified" and .rows[0][0].n > 100' trained.out
check "health was asked for" [ "$asked" -gt 12 ]
echo "health asked $asked times, slowest answer $slowest s"
check "nobody waited for a step: health took $slowest s" jq -ne --argjson slowest "$slowest" '$slowest < 1.5'

# A released question that is sent once more is answered from what is kept. It was executed as often as anybody liked, with all four workers of
# each custodian.
works "$medcommons" local down --dir one
awk 'BEGIN { srand(7); print "id,age,sex,height"; for (i = 1; i <= 60000; i++) printf "p%d,%d,%s,%.1f\n", i, 20 + rand() * 70, rand() < .5 ? "f" : "m", 150 + rand() * 40 }' >many.csv
works "$medcommons" schema infer many.csv -o many.json
up=("$medcommons" local up --dir two --schema many.json --cohort a=many.csv --id id --privacy exact --auto-approve)
works "${up[@]}"
sql="SELECT sex, avg(height), stddev_samp(height), avg(age), stddev_samp(age), corr(age, height) FROM commons GROUP BY sex"
killed two custodian-2
works "$medcommons" ask --dir two --quiet --json "$sql"
call=$(find two -name '*.call')
works "${up[@]}"
# cpu NAME: hundredths of a second that a process has computed.
cpu() { awk '{ print $14 + $15 }' "/proc/$(pid two "$1")/stat"; }
# replay CUSTODIAN TIMES CALLS: so many calls at a time.
replay() {
  local i
  for ((i = 0; i < $2; i++)); do
    printf 'url = "%s/v1/releases"\ndata-binary = "@%s"\noutput = /dev/null\nmax-time = 100\nwrite-out = "%%{http_code}\\n"\n%s' "$(url two "$1")" "$call" "$([ $((i + 1)) = "$2" ] || printf 'next\n ')"
  done >"replay.$1"
  curl -s --no-progress-meter -Z --parallel-immediate --parallel-max "$3" -K "replay.$1" | sort | uniq -c | tr -s ' \n' ' '
}
for _ in $(seq 300); do
  curl -s "$(url two custodian-2)/v1/health" | jq -e '.uploads.checked > 0 and .uploads.checked == .uploads.ciphertexts' >/dev/null && break
  sleep 0.1
done
before=$(cpu custodian-2)
equal "custodian 2 was away and executes it now" "$(replay custodian-2 1 1)" " 1 200 "
once=$(($(cpu custodian-2) - before))
before=$(cpu custodian-2)
equal "sent again it is answered" "$(replay custodian-2 30 8)" " 30 200 "
again=$(($(cpu custodian-2) - before))
echo "executed: $once hundredths of a second; sent 30 times more: $again"
check "30 calls cost less than 10 executions would: $again, one took $once" [ "$again" -lt $((once * 10)) ]
# Whoever comes while it is executed is told so and holds no worker: here by a custodian that has just been started.
killed two custodian-2
works "${up[@]}"
told=$(replay custodian-2 20 20)
check "one call is executed, the others are told so: $told" grep -Eq '^ [0-9]+ 200 [0-9]+ 503 $' <<<"$told"
works "$medcommons" ask --dir two --quiet --json "$sql"
check "and who asks again has the answer" jq -e '.assurance == "verified"' works.out
