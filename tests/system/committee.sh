#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# committee.sh PROGRAM: larger committees as a user meets them: whichever custodians are left, as long as any t of them are, the answer is
# the same; with fewer the missing are named; and the simulator's stories, replayed from their numbers.
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"

records a.json 3 14 1
records b.json 4 11 15
for name in a b; do cohort $name.json '["id","age","sex"]' >$name.csv; done
works "$medcommons" schema infer a.csv b.csv -o schema.json
sql='SELECT count(*), sum(age), avg(age) FROM commons'
# rows DIR: the answer's numbers to twelve digits; shares and their noise are functions of what is opened, the researcher's key is not.
rows() { "$medcommons" ask --dir "$1" --quiet --json "$sql" | jq -c '[.rows[0][] | . * 1e6 | round]'; }
assurance() { "$medcommons" ask --dir "$1" --quiet --json "$sql" | jq -r .assurance; }
up() { works "$medcommons" local up --dir "$1" --schema schema.json --cohort a=a.csv --cohort b=b.csv --id id --privacy exact --auto-approve "${@:2}"; }

# 2-of-4: a lie can be named, two may be gone.
up four --custodians 4 --threshold 2
expected=$(jq -sc '[.[][].age] | [length, add, add / length] | map(. * 1e6 | round)' a.json b.json)
equal "2-of-4 answers as arithmetic does" "$(rows four)" "$expected"
equal "four answers are verified" "$(assurance four)" verified
kill -KILL "$(pid four custodian-0)"
equal "without custodian 0 the numbers are the same" "$(rows four)" "$expected"
equal "three answers still show every lie" "$(assurance four)" verified
kill -KILL "$(pid four custodian-3)"
equal "without custodians 0 and 3 the numbers are the same" "$(rows four)" "$expected"
equal "two answers do not" "$(assurance four)" unverified
kill -KILL "$(pid four custodian-1)"
refused 'too few custodians.*1 of 4, 2 are needed; missing: 0, 1, 3' "$medcommons" ask --dir four --quiet --json "$sql"
up four --custodians 4 --threshold 2
equal "they come back with what they had" "$(rows four) $(assurance four)" "$expected verified"
works "$medcommons" local down --dir four

# 3-of-5: ten pieces.
up five --custodians 5 --threshold 3
equal "3-of-5 answers as arithmetic does" "$(rows five)" "$expected"
for gone in 1 4; do kill -KILL "$(pid five custodian-$gone)"; done
equal "any three answer" "$(rows five) $(assurance five)" "$expected unverified"
kill -KILL "$(pid five custodian-0)"
refused 'too few custodians.*2 of 5, 3 are needed; missing: 0, 1, 4' "$medcommons" ask --dir five --quiet --json "$sql"
works "$medcommons" local down --dir five

# The simulator: one line, the same for the same number.
works "$medcommons" simulate --seed 3
check "one line says that everything held" test "$(grep -c '^held: seed 3, 2-of-3' works.out)" = 1
cp works.out first.out
works "$medcommons" simulate --seed 3
check "the same number is the same story" cmp first.out works.out
works "$medcommons" simulate --seed 3 --count 2 --custodians 4 --json
check "two stories as JSON" test "$(jq -s 'map(select(.held)) | length' works.out)" = 2
refused '3-of-4' "$medcommons" simulate --custodians 4 --threshold 3
refused 'no parameter set' "$medcommons" simulate --profile nothing --json
