#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# evidence.sh PROGRAM: what custodians signed outlives the answer. A result that too few answered for is verified when the absent custodian is
# back (R8), whoever is handed the file judges it alike, and a file that was touched proves nothing.
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"

records a.json 5 12 1
records b.json 6 9 13
for name in a b; do cohort $name.json '["id","age","sex"]' >$name.csv; done
works "$medcommons" schema infer a.csv b.csv -o schema.json
up=("$medcommons" local up --dir one --schema schema.json --cohort a=a.csv --cohort b=b.csv --id id --privacy exact --auto-approve)
works "${up[@]}"
equal "all three answer" "$(count one)" "21 21 verified"
equal "nothing to keep" "$(find one -name '*.evidence' | wc -l)" 0

kill -KILL "$(pid one custodian-1)"
equal "two of three answer" "$(count one)" "21 21 unverified"
evidence=$(find one -name '*.evidence')
equal "their statements are kept" "$(wc -l <<<"$evidence")" 1
check "in some hundred bytes, without a share" [ "$(stat -c %s "$evidence")" -lt 1024 ]
# judged FIELD: of the finding.
judged() { "$medcommons" evidence check --dir one --json "$evidence" | jq -c ".$1"; }
equal "nobody contradicts anybody" "$(judged finding) $(judged assurance) $(judged statements)" '"nothing" "unverified" 2'
works "$medcommons" evidence audit --dir one "$evidence"
equal "the absent one is still absent" "$(cat works.out)" "unverified: 2 custodians answered"
check "and named" grep -q 'custodian 1' works.err

works "${up[@]}"
works "$medcommons" evidence audit --dir one --json "$evidence"
equal "back, it says the same" "$(jq -r .assurance works.out) $(jq -c '.answered | sort' works.out)" "verified [0,1,2]"
evidence=${evidence%.evidence}.audited
equal "which is kept" "$(judged assurance) $(judged statements)" '"verified" 3'

cp "$evidence" changed
flip changed 150 1
refused 'not signed by it' "$medcommons" evidence check --dir one --json changed
head -c 100 "$evidence" >cut.evidence
refused 'cut.evidence: evidence' "$medcommons" evidence check --dir one --json cut.evidence
refused 'no-such-file' "$medcommons" evidence check --dir one --json no-such-file
