#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bad_input.sh PROGRAM: wrong words, files and questions. Each is refused with one sentence that names the thing and the place, and nothing
# of it is left behind: the right words work afterwards in the same folder.
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"

columns='["id","age","crp","sex","smoking","diabetes"]'
records a.json 11 40 1
records b.json 23 30 41
for name in a b; do cohort $name.json "$columns" >$name.csv; done
works "$medcommons" schema infer a.csv b.csv -o schema.json

refused "^--id 'nobody': no file has a column .nobody" "$medcommons" schema infer a.csv b.csv --id nobody

# Files: the message names file and line, never the value.
altered() { awk -F, -v OFS=, -v column="$2" -v value="$3" 'NR == 4 {$column = value} {print}' a.csv >"$1.csv"; }
altered range 2 95
altered type 2 '"173.123456 cm"'
altered missing 2 ''
altered category 4 '"female"'
sed '4s/"p3"/"p2"/' a.csv >duplicate.csv
sed '4s/$/,1/' a.csv >ragged.csv
sed '4s/"p3"/"p\xff"/' a.csv >bytes.csv
head -n 1 a.csv >header.csv
: >empty.csv
cut -d, -f1-5 a.csv >narrow.csv
sed '1s/"age"/"sex"/' a.csv >twice.csv
sed '4s/"p3"/"p3/' a.csv >quote.csv
for file in ragged:':4: 7 fields where the header has 6' bytes:':4: byte 3 of the line is not UTF-8' header:':1: the header is followed by no rows' \
            empty:':1: the file is empty' absent:': cannot open: No such file' twice:':1: .*sex' quote:':4: .*quot'; do
  refused "^${file%%:*}\.csv${file#*:}" "$medcommons" schema infer a.csv "${file%%:*}.csv"
done
up() { timeout 100 "$medcommons" local up --dir commons --schema schema.json --id id "$@"; }
refused_up() { refused "$1" "$medcommons" local up --dir commons --schema "${schema:-schema.json}" --id "${id:-id}" "${@:2}"; }
for file in ragged:':4: 7 fields where the header has 6' bytes:':4: byte 3 of the line is not UTF-8' header:':1: the header is followed by no rows' \
            empty:':1: the file is empty' absent:': cannot open: No such file' range:':4: .*"age" is outside the declared range 20 to 90' \
            type:':4: .*"age" is not a number' missing:':4: .*"age" is missing and the schema requires it' \
            category:':4: .*"sex" is not one of the declared categories' duplicate:':4: .*"id" has the same id as line 3' \
            narrow:': has no column "diabetes"'; do
  refused_up "^${file%%:*}\.csv${file#*:}" --cohort a=a.csv --cohort "b=${file%%:*}.csv"
done
refused_up 'is not a number' --cohort a=type.csv
equal "no value in the message" "$(grep -c 173.123456 refused.err || true)" 0

# Schemas.
echo '{"fields": [' >torn.json
echo '[]' >list.json
echo '{"fields":[{"name":"age","type":"integer"}]}' >unbounded.json
jq '.fields[1].bins = [50, 30]' schema.json >edges.json
jq '.fields[1].type = "date"' schema.json >type.json
jq '.fields += [.fields[1]]' schema.json >twice.json
for file in torn:'not JSON' list:'object' unbounded:'fields\[0\].*minimum and maximum' edges:'fields\[1\] "age": bin edges must ascend' type:'fields\[1\].*date' \
            twice:'age' absent:'cannot open'; do
  refused "^${file%%:*}\.json: .*${file#*:}" "$medcommons" schema show "${file%%:*}.json"
  schema="${file%%:*}.json" refused_up "^${file%%:*}\.json: .*${file#*:}" --cohort a=a.csv
done

# Words.
refused_up "'a' must be NAME=FILE.csv" --cohort a
refused_up "'=a.csv' must be NAME=FILE.csv" --cohort =a.csv
refused_up "'a=' must be NAME=FILE.csv" --cohort a=
refused_up "name '../b' must be letters" --cohort ../b=a.csv
refused_up "'a' is given twice" --cohort a=a.csv --cohort a=b.csv
refused_up 'exact or guarded' --cohort a=a.csv --privacy private
refused_up "'tiny' is not offered" --cohort a=a.csv --profile tiny
refused_up '3-of-3' --cohort a=a.csv --custodians 3 --threshold 3
refused_up '3-of-4' --cohort a=a.csv --custodians 4 --threshold 3
refused_up '1-of-3: the threshold must be at least 2' --cohort a=a.csv --custodians 3 --threshold 1
refused_up '2-of-40: .* more than 35 pieces' --cohort a=a.csv --custodians 40 --threshold 2
refused_up 'custodians' --cohort a=a.csv --custodians -1
refused_up 'dataset' --cohort a=a.csv --dataset ''
id=nobody refused_up 'a.csv: has no column "nobody"' --cohort a=a.csv
refused 'cohort is required' "$medcommons" local up --dir commons --schema schema.json
refused 'a\.csv' "$medcommons" local up --dir a.csv --schema schema.json --cohort a=a.csv
equal "nothing was founded by wrong words" "$(find commons -name local.json 2>/dev/null)" ""
for verb in status down; do refused 'holds no commons' "$medcommons" local $verb --dir commons; done
refused 'holds no commons' "$medcommons" ask --dir commons --json 'SELECT count(*) FROM commons'
refused 'holds no commons' "$medcommons" consent revoke --dir commons --owner a --row 1
refused 'sql is required' "$medcommons" ask --dir commons --json
refused '.' "$medcommons" nonsense --json

# Questions: line and column, and what would be right.
ask() { refused "$1" "$medcommons" explain --schema schema.json --json "$2"; }
ask '1:12: unknown column agee .*did you mean age' 'SELECT avg(agee) FROM commons'
ask 'thresholds that are no declared edges, at most 16' 'SELECT sum(age) FROM commons WHERE age IN (31, 33, 35, 37, 43, 45, 47, 53, 55)'
ask "1:40: sex has no category 'female'; its categories are f, m" "SELECT count(*) FROM commons WHERE sex='female'"
ask '1:42: sex is text without an order' 'SELECT count(*) FROM commons WHERE sex > 3'
ask '1:12: sum needs numbers, and sex is text' 'SELECT sum(sex) FROM commons'
ask '1:14: id is text without declared categories' 'SELECT count(id) FROM commons'
ask '1:1: .*found the end' ''
ask '1:4: .*found the end' '   '
ask '1:17: FROM is expected here, found FORM' 'SELECT count(*) FORM commons'
ask '1:22: unknown data set elsewhere; this commons holds commons' 'SELECT count(*) FROM elsewhere'
ask '3:13: ' $'SELECT count(*)\nFROM commons\nWHERE sex = = 3'
ask 'found DROP' 'SELECT count(*) FROM commons; DROP TABLE commons'
ask 'not offered: max; a maximum is one person' 'SELECT max(age) FROM commons'
ask 'age is a measurement' 'SELECT count(*) FROM commons GROUP BY age'
ask 'no category 2' 'SELECT count(*) FROM commons WHERE diabetes = 2'
ask '16384 are allowed' "SELECT count(*) FROM commons WHERE $(head -c 100000 /dev/zero | tr '\0' x)"
ask '.' "SELECT count(*) FROM commons WHERE $(printf '(%.0s' {1..5000})sex = 'f'$(printf ')%.0s' {1..5000})"
ask '.' $'SELECT count(*) FROM commons WHERE sex = \'\xff\''
ask '.' 'SELECT count(*) FROM commons WHERE age >= 1e999'
ask '.' "SELECT count(*) FROM commons WHERE sex = 'f"

# After all of it the right words work.
check "the right words found a commons" up --cohort a=a.csv --cohort b=b.csv --auto-approve
equal "and it answers" "$(count commons)" "70 70 verified"

# A document of another chain, or of other contracts: nothing is read from them and nothing sent to them.
cp commons/commons.json right.json
elsewhere() {
  jq "$1" right.json >commons/commons.json
  refused "$2" "$medcommons" study propose --dir commons --json 'SELECT count(*) FROM commons'
  refused "$2" "$medcommons" ask --dir commons --json 'SELECT count(*) FROM commons'
  refused "$2" "$medcommons" consent revoke --dir commons --owner a --row p1 --on-chain
}
elsewhere '.chain.id = 5' 'the commons lives on chain 5, this is chain 31337'
elsewhere '.chain.studies = "0x1111111111111111111111111111111111111111"' 'this chain has no contract at 0x1111111111111111111111111111111111111111'
elsewhere '.chain.ledger = .chain.studies' 'is not of this commons: it does not name 0x'
cp right.json commons/commons.json

# Studies that cannot be meant leave nothing on chain.
before=$("$medcommons" study list --dir commons --json | jq length)
study() {
  printf '%b' "$2" >study.toml
  refused "$1" "$medcommons" study propose --dir commons --json study.toml
}
question='questions = ["SELECT count(*) FROM commons"]\n'
study 'study file, title: it must be a text' 'title = 3\n'
study 'there is no such key' "${question}budget = 3\n"
study 'asks for no release' "${question}releases = 0\n"
study 'rho: it must be a number from 0' "${question}rho = -1\n"
study 'a DUO code such as GRU' "${question}purpose = \"ZZZ\"\n"
study 'no purpose we know' "${question}purpose = \"DUO:0009999\"\n"
study 'questions: a study asks something' 'questions = []\n'
study 'twice' 'questions = ["SELECT count(*) FROM commons", "SELECT count(*) FROM commons"]\n'
study 'plans: not a hexadecimal digit' 'plans = ["zz"]\n'
study 'has no list of values' '[[template]]\nsql = "SELECT avg({x}) FROM commons"\n'
study 'the end of a grant' "${question}undertakings = [\"TS=2030-01-01\"]\n"
study 'begins with SELECT, found DROP' 'questions = ["DROP TABLE commons"]\n'
refused 'would expire at .* before its vote' "$medcommons" study propose --dir commons --days 0 --json 'SELECT count(*) FROM commons'
equal "nothing half-done on chain" "$("$medcommons" study list --dir commons --json | jq length)" "$before"
equal "and it still answers" "$(count commons)" "70 70 verified"

# A commons that is down: its chain did not answer, and nobody was told what to do.
works "$medcommons" local down --dir commons
refused 'does not answer: .*medcommons local up., as it was founded, brings it back' "$medcommons" ask --dir commons --json 'SELECT count(*) FROM commons'
