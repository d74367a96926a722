#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hostile.sh PROGRAM HOSTILE_CALLS COPIED_UPLOAD: an attacker who speaks HTTP to store, compute node and custodians, a requester who lies, and somebody
# who alters files while the commons sleeps. Everything is refused with a reason, and afterwards the same question has the same answer.
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"
hostile_calls=$(realpath -m "${2:-$(dirname "$medcommons")/hostile_calls}")
copied_upload=$(realpath -m "${3:-$(dirname "$medcommons")/copied_upload}")
for program in "$hostile_calls" "$copied_upload"; do [ -x "$program" ] || { echo "$program is not built"; exit 77; }; done

records a.json 5 12 1
records b.json 6 9 13
for name in a b; do cohort $name.json '["id","age","sex"]' >$name.csv; done
works "$medcommons" schema infer a.csv b.csv -o schema.json
up=("$medcommons" local up --dir one --schema schema.json --cohort a=a.csv --cohort b=b.csv --id id --privacy exact --auto-approve --voting-period 20)
works "${up[@]}"
equal "the answer before" "$(count one)" "21 21 verified"
sql='SELECT count(*), sum(age) FROM commons'
works "$medcommons" ask --dir one --quiet --json "$sql"
answer=$(jq -c .rows works.out)
# Everybody keeps the port it had unless somebody took it meanwhile; then all of them move.
find_everybody() { store=$(url one store) compute=$(url one compute) custodian=$(url one custodian-0); }
find_everybody

# http STATUS PATTERN CURL-ARGUMENTS...: the reply's status and its error's sentence match.
http() {
  local status sentence
  status=$(curl -sS -m 60 -o http.out -w '%{http_code}' "${@:3}" 2>http.err) || true
  sentence=$(jq -r '.error.message? // empty' http.out 2>/dev/null || true)
  if [[ "$status" =~ ^$1$ ]] && grep -Eq -- "$2" <<<"$sentence"; then passed; else failed "${*:3}: $status '$sentence', expected $1 /$2/"; fi
}

# A dishonest requester.
mkdir calls
works "$hostile_calls" one "$(jq -r .study works.out)" "$sql" calls
# release STATUS PATTERN NAME [REASON]: with a reason, the error object names it and the sentence begins with it.
release() {
  http "$1" "$2" -X POST --data-binary "@calls/$3.call" "$custodian/v1/releases"
  if [ -n "${4:-}" ]; then
    said+=("$4")
    equal "the reason of $3" "$(jq -r .error.reason http.out)" "$4"
    equal "the sentence of $3 begins with it" "$(jq -r .error.message http.out | cut -d: -f1)" "$4"
  fi
}
said=()
release 403 'not recorded on chain' unrecorded authorisation_missing
release 403 'no such study' unknown_study study_unknown
release 403 'not recorded|authoris' altered_result authorisation_differs
release 403 'requester key' altered_key requester_key_differs
release 403 'epoch' altered_epoch wrong_epoch
release 403 'does not allow the plan' altered_sql plan_not_allowed
release 403 'does not allow the plan' other_question plan_not_allowed
release 403 "authorisation's result" lie_result result_differs
release 403 "authorisation's mask" lie_mask mask_differs
release 403 "authorisation's data root" lie_data_root data_root_differs
release 403 'flooded' lie_sigma flooding_too_small
release 403 'exactly the multiplicands' foreign multiplicands_differ
release 200 '' honest
cp http.out first.share
release 200 '' honest
check "asked again, the share is the same to the bit (R5)" cmp first.share http.out
release 403 'one sigma per ciphertext' second_sigma second_sigma
killed one custodian-0
works "${up[@]}"
find_everybody
release 200 '' honest
check "and after it was killed, too" cmp first.share http.out
for cut in 0 1 100; do
  head -c "$cut" calls/honest.call >calls/cut.call
  release 422 '.' cut malformed_request
done
cp calls/honest.call calls/flipped.call
flip calls/flipped.call 100 2
http 4.. '.' -X POST --data-binary @calls/flipped.call "$custodian/v1/releases"
check "a refusal says nothing but its error" jq -e '(keys == ["error"]) and (.error | keys - ["code", "message", "reason"] == [])' http.out

# Too many calls for one study: told when to come back; other studies are still answered.
limited=$(url one custodian-2)
for _ in {1..241}; do
  status=$(curl -sS -m 60 -D headers.out -o http.out -w '%{http_code}' -X POST --data-binary @calls/unknown_study.call "$limited/v1/releases")
done
equal "the 241st call in a minute" "$status $(jq -r .error.reason http.out)" "429 rate_limited"
check "it says when to come back" grep -Eqi '^retry-after: [0-9]+' headers.out
http 403 'not recorded on chain' -X POST --data-binary @calls/unrecorded.call "$limited/v1/releases"
# Who names somebody's study once used up its calls of that minute: its releases were turned away, as often as a stranger liked.
for _ in {1..241}; do
  status=$(curl -sS -m 60 -o http.out -w '%{http_code}' -X POST --data-binary @calls/altered_result.call "$custodian/v1/releases")
done
equal "a stranger's 241st call" "$status $(jq -r .error.reason http.out)" "429 rate_limited"
release 200 '' honest

# A study that ends between its authorisation and the shares: what custodians answered a moment ago they answer no more. The chain's clock
# goes on with its blocks, and any transaction makes one.
until=$(date -u -d '+75 seconds' +%Y-%m-%dT%H:%M:%SZ)
printf 'releases = 40\nuntil = "%s"\nquestions = ["%s"]\n' "$until" "$sql" >brief.toml
works "$medcommons" study propose --dir one --json brief.toml
brief=$(jq -r .study works.out)
for member in a b patient-a patient-b researcher reviewer; do works "$medcommons" study vote --dir one --as "$member" --study "$brief"; done
works "$medcommons" study execute --dir one --study "$brief"
mkdir brief
works "$hostile_calls" one "$brief" "$sql" brief
cp brief/honest.call calls/brief.call
release 200 '' brief
while [ "$(date +%s)" -le "$(date -d "$until" +%s)" ]; do sleep 1; done
works "$medcommons" member rotate-key --dir one --as b
release 403 'the study expired at' brief study_expired
refused 'expired' "$medcommons" ask --dir one --quiet --json --study "$brief" "$sql"

# A custodian whose own chain node tells another story, or is gone, gives no share and says why; the others answer.
killed one custodian-0
"$MEDCOMMONS_ANVIL" --port "$((20000 + RANDOM % 10000))" >anvil.out 2>&1 &
anvil_pid=$!
for _ in $(seq 50); do grep -q 'Listening on' anvil.out && break; sleep 0.2; done
own_chain=http://$(sed -n 's/^Listening on //p' anvil.out)
"$medcommons" run custodian --folder one/custodian-0 --commons one/commons.json --custodian 0 --key-file one/keys/custodian-0.key \
  --chain-url "$own_chain" --port "${custodian##*:}" --name custodian-0 >own.log 2>&1 &
own_pid=$!
for _ in $(seq 50); do curl -sS "$custodian/v1/health" 2>/dev/null | jq '.state != ""' | grep -q true && break; sleep 0.2; done
sleep 1
check "its chain has no such contracts, which it says" grep -q 'this chain has no contract at' own.log
http '403|503' '.' -X POST --data-binary @calls/honest.call "$custodian/v1/releases"
equal "the other two answer" "$(count one)" "21 21 unverified"
kill "$own_pid" "$anvil_pid"
wait "$own_pid" "$anvil_pid" || true
works "${up[@]}"
find_everybody

# An authorisation of before a change of consent is worth nothing after it.
works "$medcommons" consent revoke --dir one --owner a --row p1
release 403 'consent root' honest
equal "the next answer has one person less" "$(count one)" "20 20 verified"
works "$medcommons" consent grant --dir one --owner a --row p1

# Uploads with a good token: only what is sealed for this owner, and only under its own hash.
owner=$(cat calls/owner.address) token=$(cat calls/owner.token) blob=$(cat calls/blob.hash)
zero=$(printf '0%.0s' {1..64})
check "the sealed blob can be fetched" curl -sSf -o blob "$store/v1/blobs/$blob"
equal "under its hash" "$(sha256sum <blob | cut -d' ' -f1)" "$blob"
put() { http "$1" "$2" -X PUT --data-binary "@$3" "$store/v1/owners/$owner/blobs/${4:-$(sha256sum <"$3" | cut -d' ' -f1)}?token=${5-$token}"; }
put 204 '' blob
cp blob flipped
flip flipped 300000 3
put 422 'do not hash to' flipped "$blob"
head -c 300000 blob >truncated
put 422 '.' truncated
head -c 5000 /dev/zero >garbage
put 422 '.' garbage
flip garbage 0 0
put 422 '.' garbage
cp blob header
flip header 40 1
put 4.. '.' header
put 403 'token' blob "$blob" "$(tr '0-9' '1-90' <<<"${token:0:20}")${token:20}"
put 400 'hexadecimal' blob "$blob" zz
http 403 'no slots reserved' -X PUT --data-binary @blob "$store/v1/owners/0x$(printf '1%.0s' {1..40})/blobs/$blob?token=$token"
head -c 270000000 /dev/zero >large
http 413 'larger than' -X PUT --data-binary @large "$store/v1/owners/$owner/blobs/$zero?token=$token"
http 413 'larger than' -X PUT --data-binary @large -H 'Transfer-Encoding: chunked' "$store/v1/owners/$owner/blobs/$zero?token=$token"
http 413 'larger than' -X POST --data-binary @large "$custodian/v1/releases"
http 413 'larger than' -X POST --data-binary @large "$compute/v1/queries"
http 413 'larger than' -X POST --data-binary @large "$store/v1/consent/statements"
rm large

# Other doors.
head -c 400 /dev/zero | tr '\0' 'x' >junk
http 404 'no blob' "$store/v1/blobs/$zero"
http 400 'hexadecimal' "$store/v1/blobs/zz"
http 404 'nothing at this path' "$store/v1/nothing"
http 403 'key epoch 7' "$store/v1/keys/7"
http 405 'answers only' -X DELETE "$store/v1/health"
http 4.. '.' -X POST --data-binary @junk "$store/v1/consent/statements"
http 4.. '.' -X PUT --data-binary @junk "$store/v1/keys/1"
http 403 'no committee of key epoch 2' -X PUT --data-binary @junk "$store/v1/keys/2"
http 400 'not the name of a board slot' -X PUT --data-binary @junk "$store/v1/board/$zero/x"
http 404 'ceremony' "$store/v1/board/$zero"
http 404 'no study' -X PUT --data-binary @junk "$store/v1/studies/$zero/documents/$zero"
http 4.. '.' -X POST --data-binary @junk "$custodian/v1/releases"
http 4.. '.' -X POST --data-binary @junk "$compute/v1/queries"
http 400 'not a number' "$store/v1/consent/statements?from=-1"
http 431 'header' -H "X-Long: $(head -c 20000 /dev/zero | tr '\0' x)" "$store/v1/health"
works "$medcommons" ask --dir one --quiet --json "$sql"
equal "nothing of it changed the answer" "$(jq -c .rows works.out)" "$answer"

# Files altered while the commons sleeps: noticed at the start or at the question, and mended by putting the byte back.
# altered SENTENCE FILE OFFSET BIT: the start fails and says so.
altered() {
  works "$medcommons" local down --dir one
  cp "$2" kept
  flip "$2" "$3" "$4"
  refused "$1" "${up[@]}"
  cp kept "$2"
}
altered 'custodian-0/answers\.ledger: record 0 is damaged' one/custodian-0/answers.ledger 20 0
altered 'custodian-0/answers\.ledger: record 0 is damaged' one/custodian-0/answers.ledger 0 5
altered 'custodian-0/release-keys\.sealed' one/custodian-0/release-keys.sealed 100 0
altered 'custodian-0/releases\.journal: record 0 is damaged' one/custodian-0/releases.journal 20 0
altered 'custodian-0/folder\.lock' one/custodian-0/folder.lock 50 0
altered 'custodian-0/folder\.lock|custodian-0\.key: is not a key file' one/keys/custodian-0.key 10 0

# What a custodian's folder holds: no seed, no ceremony secret, nothing readable; and everything it said.
works "$medcommons" local down --dir one
check "the ceremony's secret is erased" [ ! -e one/custodian-0/ceremony-1.sealed ]
for file in identity wallet release-keys; do
  equal "$file is sealed, for its owner alone" "$(head -c 4 one/custodian-0/$file.sealed) $(stat -c %a one/custodian-0/$file.sealed)" "MCSE 600"
done
works "$medcommons" custodian journal --folder one/custodian-0
for reason in "${said[@]}" granted; do check "$reason is in the journal" grep -q " $reason study " works.out; done
equal "every answer in it names the shares' hashes" "$(grep ' granted ' works.out | grep -vc ' share ')" 0
cp one/custodian-0/releases.journal kept
head -c 40 kept >one/custodian-0/releases.journal
works "$medcommons" custodian journal --folder one/custodian-0
cp kept one/custodian-0/releases.journal

# The passphrase: changed in place; a wrong one is one sentence and changes nothing.
echo 'a passphrase of some length' >phrase
echo 'another wrong passphrase' >wrong
works "$medcommons" custodian rekey --folder one/custodian-0 --key-file one/keys/custodian-0.key --new-passphrase-file phrase
sha256sum one/custodian-0/*.sealed one/custodian-0/folder.lock >before
refused 'folder\.lock: the passphrase is wrong' "$medcommons" custodian rekey --folder one/custodian-0 --passphrase-file wrong --new-passphrase-file phrase
refused 'folder\.lock: opens with a passphrase, a key file was given' "$medcommons" custodian rekey --folder one/custodian-0 --key-file one/keys/custodian-0.key --new-passphrase-file phrase
refused 'folder\.lock: opens with a passphrase' "${up[@]}"
check "nothing was overwritten" sha256sum -c before
works "$medcommons" local down --dir one
works "$medcommons" custodian rekey --folder one/custodian-0 --passphrase-file phrase --new-key-file one/keys/custodian-0.key
altered 'local\.json: damaged' one/local.json 0 0
works "${up[@]}"
equal "mended" "$(count one)" "21 21 verified"

# Not only the first time: a custodian that stopped at a damaged file starts again when the file is whole.
equal "all custodians are ready" "$(health one custodian-0) $(health one custodian-1) $(health one custodian-2)" "ready ready ready"

works "$medcommons" local down --dir one
mapfile -t blobs < <(find one/store/rocksdb -name '*.blob' -size +100k)
check "sealed blobs are on disk" [ "${#blobs[@]}" -gt 0 ]
for file in "${blobs[@]}"; do
  # Every 200 kB, which is less than a ciphertext: whatever the question reads is hit.
  cp "$file" "$file.kept"
  size=$(stat -c %s "$file")
  seq 50000 200000 "$size" | while read -r offset; do flip "$file" "$offset" 4; done
done
"${up[@]}" >up.out 2>&1 || true
refused 'corrupt|Corrupt|damaged|hash' "$medcommons" ask --dir one --quiet --json "$sql"
works "$medcommons" local down --dir one
for file in "${blobs[@]}"; do mv "$file.kept" "$file"; done
works "${up[@]}"
works "$medcommons" ask --dir one --quiet --json "$sql"
equal "the answer after" "$(jq -c .rows works.out)" "$answer"

# A study that will have expired between its authorisation and the answer.
works "$medcommons" study propose --dir one --json --days 8 --releases 20 "$sql"
short=$(jq -r .study works.out)
for member in a b patient-a patient-b researcher reviewer; do works "$medcommons" study vote --dir one --as "$member" --study "$short"; done
works "$medcommons" study execute --dir one --study "$short"
mkdir short
works "$hostile_calls" one "$short" "$sql" short
cp short/honest.call calls/expired.call

# Days pass on chain: release keys move on and are erased, the same question has the very same noise (R5, R11). The chain's own door does
# not move its clock; this goes past it.
chain=$(pid one chain)
read -r anvil _ <"/proc/$chain/task/$chain/children" || true
anvil_port=$(tr '\0' '\n' <"/proc/$anvil/cmdline" | grep -A1 -x -- --port | tail -n 1)
rpc() { curl -sS -m 20 -H 'Content-Type: application/json' -d "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"$1\",\"params\":$2}" "http://127.0.0.1:$anvil_port"; }
days() { check "$1 days pass" jq -e 'has("result")' <<<"$(rpc evm_increaseTime "[$((86400 * $1))]" && rpc evm_mine '[]')"; }
spread='SELECT var_samp(age), avg(age) FROM commons'
# spread SENTENCE: the question of spread has the answer that it had first.
spread() {
  works "$medcommons" ask --dir one --quiet --json "$spread"
  equal "$1" "$(jq -c .rows works.out)" "$first"
}
works "$medcommons" ask --dir one --quiet --json "$spread"
first=$(jq -c .rows works.out)
# One question is opened while custodian 1 is away.
women="SELECT count(*) FROM commons WHERE sex = 'f'"
killed one custodian-1
works "$medcommons" ask --dir one --quiet --json "$women"
counted=$(jq -c .rows works.out)
works "${up[@]}"
sha256sum one/custodian-0/release-keys.sealed >keys.before
days 1
spread "the day after"
check "the release keys are others" [ "$(sha256sum one/custodian-0/release-keys.sealed)" != "$(cat keys.before)" ]
days 2
spread "when the keys of that day are erased"

# A custodian that did not open a question then cannot open it now; the others still answer.
works "$medcommons" ask --dir one --quiet --json "$women"
equal "without custodian 1" "$(jq -c .rows works.out)" "$counted"
works "$medcommons" ask --dir one --quiet "$women"
check "she is told that the window is closed" grep -q 'custodian 1: window_closed: ' works.out

# A ledger that is gone is not an empty one, and neither is one that was cut.
killed one custodian-1
cp one/custodian-1/answers.ledger ledger.kept
rm one/custodian-1/answers.ledger
refused 'custodian-1/answers\.ledger: records are missing' "${up[@]}"
head -c 400 ledger.kept >one/custodian-1/answers.ledger
refused 'custodian-1/answers\.ledger: records are missing' "${up[@]}"
mv ledger.kept one/custodian-1/answers.ledger
works "${up[@]}"
spread "with custodian 1 and its ledger"
equal "all answered" "$(jq -r .assurance works.out)" verified

# A chain whose clock jumps is not believed: nothing is erased or answered until somebody starts the custodians again.
days 9
refused 'chain_time_jump' "$medcommons" ask --dir one --quiet --json "$spread"
check "the custodian says so" grep -q '^stopped: chain_time_jump' <<<"$(health one custodian-0)"
# Nor by starting them again, for twelve days are more than their own clock allows: somebody has to say so.
refused 'chain_time_jump: .* 1[12] days ahead, at most 7 are believed' "${up[@]}"
for name in custodian-0 custodian-1 custodian-2; do
  for _ in {1..50}; do
    [[ "$(health one $name)" == stopped:* ]] && break
    sleep 0.2
  done
done
works "${up[@]}" --chain-days-ahead 30
spread "after the custodians were started again for a chain that is ahead"
find_everybody
release 403 'expired at' expired study_expired
refused "study $short is expired, not active" "$medcommons" ask --dir one --quiet --json --study "$short" "$sql"

# What a ledger costs that is gone for good: two days of silence, and every question that was opened.
killed one custodian-2
rm one/custodian-2/answers.ledger
refused 'custodian forget' "${up[@]}" --chain-days-ahead 30
works "$medcommons" custodian forget --folder one/custodian-2 --key-file one/keys/custodian-2.key
check "it says what it costs" grep -Eq '[0-9]+ answers are given up.* until the chain has come to day' works.err
refused 'nothing is missing' "$medcommons" custodian forget --folder one/custodian-2 --key-file one/keys/custodian-2.key
refused 'chain_time_backwards' "${up[@]}" --chain-days-ahead 30
days 2
works "${up[@]}" --chain-days-ahead 30
spread "while custodian 2 has forgotten"
works "$medcommons" ask --dir one --quiet "$spread"
check "which it says" grep -q 'custodian 2: window_closed: ' works.out
works "$medcommons" consent revoke --dir one --owner a --row p2
equal "what nobody has opened before it answers with the others" "$(count one)" "20 20 verified"
works "$medcommons" consent grant --dir one --owner a --row p2
# Last, for a data set does not recover from it: a patient uploads a disguised copy of the first owner's ciphertexts as her own row (R21).
works "$copied_upload" one "$sql" calls
custodian=$(url one custodian-0)
release 403 'upload_unproven: .*does not verify' copied
refused 'proof of plaintext knowledge: it does not verify' "$medcommons" ask --dir one --quiet --json "$sql"
works "$medcommons" local down --dir one
works "$medcommons" custodian journal --folder one/custodian-1
check "the closed window is in the journal" grep -q ' window_closed study ' works.out
works "$medcommons" custodian journal --folder one/custodian-0
check "the jump is in the journal" grep -q ' chain_time_jump study ' works.out
