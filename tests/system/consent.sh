#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# consent.sh PROGRAM: what a patient permits, to whom, and that nobody can keep her in. Purposes, diseases and conditions decide whose rows enter an
# answer; a guardian speaks within his scope and time; a FHIR Consent is read and written; who revokes on chain is out of the very next answer
# while the store is stopped, and custodians refuse what was authorised before.
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"

records a.json 5 12 1
records b.json 6 9 13
for name in a b; do cohort $name.json '["id","age","sex"]' >$name.csv; done
works "$medcommons" schema infer a.csv b.csv -o schema.json
works "$medcommons" local up --dir one --schema schema.json --cohort a=a.csv --cohort b=b.csv --id id --privacy exact
question="SELECT count(*) FROM commons"
# approved STUDY-WORDS...: a study that every chamber votes for; its id is in $study.
approved() {
  works "$medcommons" study propose --dir one --json "$@"
  study=$(jq -r .study works.out)
  for member in a b patient-a patient-b researcher reviewer; do works "$medcommons" study vote --dir one --as "$member" --study "$study"; done
  works "$medcommons" study execute --dir one --study "$study"
}
persons() { "$medcommons" ask --dir one --quiet --json --study "$1" "$question" | jq -r .n; }
consent() { works "$medcommons" consent "$1" --dir one --owner a --row "${@:2}"; }
no_consent() { refused "$1" "$medcommons" consent "$2" --dir one --owner a --row "${@:3}"; }

cat >study.toml <<END
title = "Heart failure in two clinics"
disease = "heart failure"
undertakings = ["NPU", "IRB", "GS=FR", "GS=DE", "MOR=2030-01-01"]
standard = "Declaration of Helsinki; approved by the ethics board"
code = "medcommons 0.1.0"
releases = 40
rho = 0.25
minimum_cohort = 10
questions = ["$question"]

[[template]]
sql = "SELECT avg(age) FROM commons WHERE sex = '{sex}'"
sex = ["f", "m"]

[sensitive]
funding = "a foundation that wants no calls"
END
approved study.toml
heart=$study
"$medcommons" study show --dir one --study "$heart" --json >shown
equal "everything that was voted on is said" "$(jq -c '[.title, .use, .rho, .minimum_cohort, (.questions | length), .code]' shown)" \
  '["Heart failure in two clinics","DS MONDO:0005252 if IRB, NPU, GS=DE, GS=FR, MOR=2030-01-01T00:00:00Z",0.25,10,3,"medcommons 0.1.0"]'
equal "nothing of its budget is spent" "$(jq -c '[.budget[] | .rho]' shown)" '[0.25,0,0.25,0]'
check "the sensitive part is not" bash -c '! grep -q foundation shown'
works "$medcommons" study show --dir one --study "$heart" --as reviewer --json
equal "a member reads it" "$(jq -r .sensitive.funding works.out)" "a foundation that wants no calls"
refused 'is not encrypted to this member' "$medcommons" study show --dir one --study "$heart" --as auditor --json
approved --sql "$question" --purpose HMB --releases 40
health=$study
equal "general research permits both" "$(persons "$heart") $(persons "$health")" "21 21"

# Purposes, diseases, conditions, ends.
consent grant p1 --disease MONDO:0005267
equal "heart disorders include heart failure, not all of health" "$(persons "$heart") $(persons "$health")" "21 20"
consent grant p1 --disease "diabetes mellitus"
equal "diabetes is another" "$(persons "$heart") $(persons "$health")" "20 20"
consent grant p1 --purpose HMB --if NPU,IRB
equal "a condition is met by who undertakes it" "$(persons "$heart") $(persons "$health")" "21 20"
consent grant p1 --purpose HMB --if COL
equal "and by nobody else" "$(persons "$heart") $(persons "$health")" "20 20"
consent grant p1 --purpose GRU --expires 2020-01-01
equal "a grant that has ended" "$(persons "$heart")" 20
consent grant p1 --purpose GRU
equal "and one that has not" "$(persons "$heart")" 21
no_consent 'no purpose we know' grant p1 --purpose 1234
no_consent 'no disease' grant p1 --disease MONDO:0999999
no_consent 'narrows purpose DS' grant p1 --purpose GRU --disease "heart failure"
no_consent 'not one that a study can undertake' grant p1 --if TS
no_consent 'a time is' grant p1 --expires tomorrow

# Conditions with a value: what the study states, and what it is and who asks.
asker=$("$medcommons" member list --dir one --json | jq -r '.[] | select(.name == "researcher") | .account')
for limits in GS=DE,GS=FR MOR=2029-12-31 "PS=$heart" "PS=$heart,PS=$(printf '1%.0s' {1..64})" "US=$asker,US=0x$(printf '1%.0s' {1..40}),GS=FR,GS=AT,GS=DE" \
  "GS=DE,GS=FR,MOR=2030-01-01,PS=$heart,US=$asker"; do
  consent grant p1 --purpose HMB --if "$limits"
  equal "only the study within $limits" "$(persons "$heart") $(persons "$health")" "21 20"
done
consent show p1
check "which show says" grep -q "HMB if GS=DE, GS=FR, PS=$heart, US=$asker, MOR=2030-01-01T00:00:00Z" works.out
consent grant p1 --purpose HMB --if "US=$asker"
equal "both are hers" "$(persons "$heart") $(persons "$health")" "21 21"
for limits in GS=FR GS=DE GS=AT,GS=DE MOR=2030-01-02 "PS=$(printf '1%.0s' {1..64})" "US=0x$(printf '1%.0s' {1..40})" "IS=0x$(printf '1%.0s' {1..40})"; do
  consent grant p1 --purpose HMB --if "$limits"
  equal "none within $limits" "$(persons "$heart") $(persons "$health")" "20 20"
done
consent grant p1 --purpose GRU
no_consent 'ISO 3166-1' grant p1 --if GS=UK
no_consent 'the end of a grant' grant p1 --if TS=2030-01-01
no_consent 'GS is given twice' grant p1 --if GS=DE,GS=FR,GS=DE
no_consent 'MOR is given twice' grant p1 --if MOR=2030-01-01,MOR=2031-01-01
refused 'both stand on chain' "$medcommons" study propose --dir one --json --undertakes "US=$asker" --sql "$question"

# A guardian.
no_consent "the patient's account is" revoke p2 --as patient-b
no_consent 'a delegation ends' delegate p2 --to patient-b --purpose HMB
consent delegate p2 --to patient-b --purpose HMB --expires 2090-01-01
consent revoke p2 --as patient-b --purpose HMB
equal "he takes her out" "$(persons "$heart")" 20
no_consent 'speaks for HMB' grant p2 --as patient-b --purpose GRU
consent grant p2 --as patient-b --purpose HMB
check "his grant ends with his office" grep -q 'until 2090-01-01T00:00:00Z' works.out
equal "and lets her in again" "$(persons "$heart")" 21
consent delegate p2 --none
no_consent "the patient's account is" revoke p2 --as patient-b --purpose HMB
consent delegate p2 --to patient-b --purpose HMB --expires 2020-01-01
no_consent 'the delegation to .* ended at' revoke p2 --as patient-b --purpose HMB

# FHIR.
consent grant p3 --disease MONDO:0005267 --if NPU,GS=DE,GS=FR --expires 2090-03-01
for release in r4 r5; do
  consent show p3 --fhir $release
  cp works.out $release.json
  consent revoke p3
  consent import p3 --file $release.json
  consent show p3
  check "$release comes back as it went" grep -q 'DS MONDO:0005267 if NPU, GS=DE, GS=FR' works.out
done
jq '.provision[0].actor = [{}]' r5.json >narrow.json
no_consent 'provision\[0\].actor.*cannot be enforced' import p3 --file narrow.json
consent grant p3 --purpose GRU
consent prove p3
equal "a proof for whoever reads the chain" "$(jq -r '.leaf.granted, .leaf.use, .revoked_on_chain_up_to' works.out | paste -sd' ')" "true GRU 0"

# A store that keeps a revocation back, or is gone, keeps nobody in. The store is stopped while she says it; it never hears of it.
"$medcommons" ask --dir one --quiet --json --study "$health" "$question" >before.json
kill -STOP "$(pid one store)"
consent revoke p4 --on-chain
check "no node was asked" grep -q 'no node was asked' works.out
kill -CONT "$(pid one store)"
equal "out of the very next answer" "$(persons "$heart")" 20
consent show p4
check "which show says" grep -q 'revoked for DUO:0000042, on chain' works.out
equal "the root is the same: the chain itself holds it" "$(sed -n 's/^consent root on chain //p' works.out)" \
  "$("$medcommons" consent show --dir one --owner a --row p5 | sed -n 's/^consent root on chain //p')"
no_consent 'the consent is revoked already' revoke p4
consent revoke p5 --as patient-b --on-chain
equal "somebody else cannot throw her out" "$(persons "$heart")" 20
consent grant p4
equal "she may come back" "$(persons "$heart")" 21

# Restarted from what is on disk and on chain, everybody comes to the same persons.
consent revoke p6 --on-chain
works "$medcommons" local down --dir one
works "$medcommons" local up --dir one --schema schema.json --cohort a=a.csv --cohort b=b.csv --id id --privacy exact
equal "after a restart" "$(persons "$heart")" 20
