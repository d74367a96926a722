#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# owner_rules.sh PROGRAM: hospitals with rules of their own in a commons of private records (R18). The strictest of those whose records count
# holds, whatever a study or a WHERE says; it is named; nobody changes it afterwards; and leaving its owner out is a difference of answers.
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"

records a.json 5 300 1
records b.json 6 12 1001
records c.json 7 2 2001
for name in a b c; do cohort $name.json '["id","age","sex","diabetes"]' >$name.csv; done
works "$medcommons" schema infer a.csv b.csv c.csv -o schema.json
printf 'minimum_cohort = 250\nsuppress_below = 20\n' >strict.toml
printf 'minimum_cohort = 3\n' >loose.toml
printf 'minimum_cohort = 100000\nlargest_share = 50\n' >never.toml
up=("$medcommons" local up --dir one --schema schema.json --cohort a=a.csv --cohort b=b.csv --cohort c=c.csv --id id --auto-approve --privacy guarded --budget 10)
rules=(--rules b=strict.toml --rules c=never.toml)

# What is no rule is said before anything is founded.
printf 'minimum_cohrot = 3\n' >typo.toml
printf 'largest_share = 100\n' >all.toml
: >empty.toml
refused 'typo.toml: .*minimum_cohrot: there is no such rule; offered: minimum_cohort' "${up[@]}" --rules b=typo.toml
refused 'largest_share: 100, it must be a whole number from 0 to 99' "${up[@]}" --rules b=all.toml
refused 'they demand nothing' "${up[@]}" --rules b=empty.toml
refused "there is no --cohort 'd'" "${up[@]}" --rules d=strict.toml
refused 'must be NAME=rules.toml' "${up[@]}" --rules strict.toml
refused 'has its rules already' "${up[@]}" --rules b=strict.toml --rules b=loose.toml
refused 'missing.toml' "${up[@]}" --rules b=missing.toml
check "nothing was founded" test ! -e one/local.json

works "${up[@]}" "${rules[@]}"
check "the owner's client says what it demands" grep -q 'b: demands of every answer in which its records count: cohort at least 250 persons, cells below 20 not shown' works.err
works "$medcommons" local status --dir one
check "and so does the commons" grep -q 'rules of *b *cohort at least 250 persons, cells below 20 not shown' works.out
refused "the rules of cohort 'b' are: cohort at least 250 persons.*; not: cohort at least 3" "${up[@]}" --rules b=loose.toml --rules c=never.toml

# Loosened after upload: the chain has the hash of what she said first.
refused 'published other data already, or other rules' "$medcommons" upload --dir one --owner b --rules loose.toml
works "$medcommons" upload --dir one --owner b
check "the same again is the same" grep -q 'published before' works.err

# One owner demands what nobody can meet: known before anything is paid, and no longer when none of hers consents.
sql='SELECT count(*), avg(age) FROM commons'
refused 'disclosure control: 314 persons consent, too few for any answer: at least 100000 .*minimum_cohort of owner 0x' "$medcommons" ask --dir one --quiet --json --rho 0.5 "$sql"
for row in 1 2; do works "$medcommons" consent revoke --dir one --owner c --row p$((2000 + row)); done
works "$medcommons" explain --dir one --json "$sql"
owner=$(jq -r .rules_of.cohort_min works.out)
equal "the strictest that is left is known beforehand" "$(jq -c '[.rules.cohort_min, .rules.cell_min, .rules.difference_min, .rules.largest_share, .rules_of.difference_min]' works.out)" '[250,20,3,null,"the commons"]'
check "and whose it is" grep -Eq '^0x[0-9a-fA-F]{40}$' <<<"$owner"
works "$medcommons" explain --dir one "$sql"
check "in words" grep -q "rules: a cohort of at least 250 (owner $owner), cells of at least 20 (owner $owner)" works.out

# Broad enough: answered, and the answer says the rules.
works "$medcommons" ask --dir one --quiet --json --rho 0.45 "$sql"
equal "an answer says whose rules it kept" "$(jq -c '[.guarded.rules.cohort_min, .guarded.rules.cell_min, .guarded.rules_of.cohort_min]' works.out)" "[250,20,\"$owner\"]"
works "$medcommons" ask --dir one --quiet --rho 0.45 "$sql"
check "also for people" grep -q "rules: a cohort of at least 250 (owner $owner)" works.out

# A study that demands less, a WHERE that seems to leave the strict owner out: her rule holds.
refused "disclosure control: the cohort may have fewer than 250 persons \(minimum_cohort of owner $owner\)" "$medcommons" ask --dir one --quiet --json --rho 0.9 "SELECT count(*) FROM commons WHERE sex = 'f'"
refused 'disclosure control: the cohort may have fewer than 250 persons' "$medcommons" ask --dir one --quiet --json --rho 0.9 'SELECT count(*) FROM commons WHERE age >= 40'

# Left out by consent instead: without her the difference of the two answers is her twelve, and she shows no fewer than twenty.
for ((row = 1; row <= 12; row++)); do works "$medcommons" consent revoke --dir one --owner b --row p$((1000 + row)); done
works "$medcommons" explain --dir one --json "$sql"
equal "her rules hold no more" "$(jq -c '[.rules.cohort_min, .rules_of.cohort_min]' works.out)" '[3,"the commons"]'
refused "consent_too_similar: .*consent differs by 12 persons .* at least 20 are demanded by owner $owner" "$medcommons" ask --dir one --quiet --json --rho 0.05 "$sql"
works "$medcommons" local down --dir one
works "$medcommons" custodian journal --folder one/custodian-0
check "the refusal is in the journal" grep -q ' consent_too_similar study ' works.out

# Exact commons keep such rules and apply none.
works "$medcommons" local up --dir exact --schema schema.json --cohort a=a.csv --cohort b=b.csv --id id --auto-approve --rules b=strict.toml
check "they say so at upload" grep -q 'not applied, this commons is founded as exact' works.err
works "$medcommons" ask --dir exact --quiet --json "SELECT count(*) FROM commons WHERE age >= 80"
check "and with every answer" jq -e '.notices | any(test("rules of 1 owner are not applied"))' works.out
works "$medcommons" explain --dir exact "SELECT count(*) FROM commons"
check "and before" grep -q 'rules of 1 owner are not applied' works.out
