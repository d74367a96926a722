#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# foreign_chain.sh PROGRAM: a commons founded on a chain that is there already. The node has no account of its own, makes a block a second, and
# is reached through somebody who may lie; an account there, whose key lies in a file, pays. What is refused is refused before anything is
# signed or written.
# shellcheck source=tests/system/commons.sh
source "$(dirname "${BASH_SOURCE[0]}")/commons.sh" "$@"
command -v node >/dev/null || { echo "node is not installed"; exit 77; }

# Anvil's published development key; the address is only on the chain of this script.
key=ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80
payer=0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266
jq -n --arg payer "$payer" --arg now "$(printf '0x%x' $(($(date +%s) - 5)))" '{
  config: {chainId: 1337, homesteadBlock: 0, eip150Block: 0, eip155Block: 0, eip158Block: 0, byzantiumBlock: 0, constantinopleBlock: 0,
           petersburgBlock: 0, istanbulBlock: 0, berlinBlock: 0, londonBlock: 0, terminalTotalDifficulty: 0, shanghaiTime: 0, cancunTime: 0},
  difficulty: "0x0", gasLimit: "0x1c9c380", baseFeePerGas: "0x3b9aca00", timestamp: $now,
  alloc: {($payer): {balance: "0x3635c9adc5dea00000"}}}' >genesis.json
free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'; }
node_port=$(free_port)
between_port=$(free_port)
chain=http://127.0.0.1:$node_port
between=http://127.0.0.1:$between_port
"$MEDCOMMONS_ANVIL" --port "$node_port" --init genesis.json --accounts 0 --block-time 1 --silent >anvil.log 2>&1 &
anvil=$!
mkdir between
node "$repository/tests/system/chain_between.mjs" "$between_port" "$chain" between >between.log 2>&1 &
between_pid=$!
companions=("$anvil" "$between_pid")
rpc() { curl -s -H 'content-type: application/json' -d "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"$1\",\"params\":$2}" "$chain" | jq -r .result; }
lie() { echo "$1" >between/lie; }
for ((tries = 0; tries < 100; ++tries)); do [ "$(rpc eth_chainId '[]' 2>/dev/null)" != 0x539 ] || break; sleep 0.1; done
equal "the chain has no account of its own" "$(rpc eth_accounts '[]')" "[]"

columns='["id","age","sex"]'
records a.json 11 40 1
records b.json 23 30 41
for name in a b; do cohort $name.json "$columns" >$name.csv; done
works "$medcommons" schema infer a.csv b.csv -o schema.json
words=(local up --dir commons --schema schema.json --id id --cohort a=a.csv --cohort b=b.csv --auto-approve)
up() { timeout 100 "$medcommons" "${words[@]}" "$@"; }
no_up() { refused "$1" "$medcommons" "${words[@]}" "${@:2}"; }

# What cannot be is refused with one sentence.
echo $key >payer.key
chmod 644 payer.key
# shellcheck disable=SC2016
no_up '^payer.key: others may read this key \(mode 0644\); `chmod 600 payer.key`' --chain-url "$between" --chain-key payer.key
chmod 600 payer.key
install -m 600 <(echo "$key" | cut -c 3-) short.key
install -m 600 <(printf '%064d\n' 0) zero.key
install -m 600 <(printf '%064d\n' 7) poor.key
no_up '^short.key: is not a key file \(64 hexadecimal digits\)$' --chain-url "$between" --chain-key short.key
no_up '^zero.key: this secret is not a secp256k1 key' --chain-url "$between" --chain-key zero.key
no_up '^absent.key: cannot open: No such file' --chain-url "$between" --chain-key absent.key
no_up 'the account 0x[0-9a-fA-F]{40} has 0 ether on chain 1337, [0-9.]+ ether are needed; --chain-endowment' --chain-url "$between" --chain-key poor.key
no_up '^founding on chain 1337 takes about [0-9.]+ ether: --chain-key FILE' --chain-url "$between"
no_up 'has 1000 ether on chain 1337, 19000[0-9.]* ether are needed' --chain-url "$between" --chain-key payer.key --chain-endowment 1000
no_up 'belong to --chain-url' --chain-key payer.key
no_up 'in ether, from' --chain-url "$between" --chain-key payer.key --chain-endowment 0
no_up 'at most 1000000 blocks' --chain-url "$between" --chain-key payer.key --chain-confirmations 1000001
no_up "^http://127.0.0.1:$between_port is chain 1337, --chain-id demands 1: nothing was signed" --chain-url "$between" --chain-id 1 --chain-key payer.key
no_up '"chain.example" is not an address of the form http://host:port' --chain-url chain.example --chain-key payer.key
no_up '^the chain at http://127.0.0.1:1 does not answer: nothing listens there' --chain-url http://127.0.0.1:1 --chain-key payer.key
lie silence
no_up "^the chain at $between does not answer: it closed the connection" --chain-url "$between" --chain-key payer.key
lie garbage
no_up "^$between: the chain's reply to eth_chainId is not a JSON-RPC reply|^the chain at $between answers with something that is not UTF-8" \
  --chain-url "$between" --chain-key payer.key
lie none
equal "nothing is founded by it" "$(find commons -name 'local.json' -o -name 'wallet.key' 2>/dev/null)" ""
lie turn
no_up "^$between said that it is chain 1337 and now that it is chain 5: nothing was signed" --chain-url "$between" --chain-id 1337 --chain-key payer.key
lie none
equal "and nothing was sent" "$(rpc eth_getTransactionCount "[\"$payer\",\"latest\"]")" 0x0

# Founded, by transfers and contracts' calls that were signed here.
check "a commons is founded on a chain that is there" up --chain-url "$between" --chain-id 1337 --chain-key payer.key --chain-confirmations 2
cp check.out founding.out
equal "one transfer of the paying account" "$(rpc eth_getTransactionCount "[\"$payer\",\"latest\"]")" 0x1
equal "no chain of its own runs or is kept" "$(jq -r '.[] | select(.role == "chain") | "\(.pid) \(.url) \(.health)"' <("$medcommons" local status --dir commons --json)) $(ls -d commons/chain 2>/dev/null)" \
  "null $between ready "
equal "the paying key is kept nowhere" "$(grep -rl "${key:2:40}" commons || true)" ""
equal "the document counts what two blocks lie on" "$(jq -c '[.chain.id, .chain.confirmations, .chain.url]' commons/commons.json)" "[1337,2,\"$between\"]"
equal "the answer" "$(count commons)" "70 70 verified"
equal "nothing but the standard's methods" \
  "$(sort -u between/methods | grep -vxE 'eth_(blockNumber|call|chainId|estimateGas|getBalance|getBlockByNumber|getCode|getLogs|getTransactionByHash|getTransactionCount|getTransactionReceipt|maxPriorityFeePerGas|sendRawTransaction)' || true)" ""
works "$medcommons" consent revoke --dir commons --owner a --row p1 --on-chain
equal "a revocation on that chain counts when it is final" "$(count commons)" "69 69 verified"

# What is taken back before it is final was no authorisation: nothing is opened, no release is lost, and the question is asked again.
timeout 100 "$medcommons" ask --dir commons --json "SELECT count(*) FROM commons" >reorganised.out 2>reorganised.err &
asking=$!
for ((tries = 0; tries < 300; ++tries)); do ! grep -q 'becomes final' reorganised.err || break; sleep 0.05; done
rpc anvil_reorg "[2,[]]" >reorg.out
status=0
wait "$asking" || status=$?
if [ "$status" = 0 ]; then failed "an answer to an authorisation that the chain took back"; else passed; fi
check "she is told that the chain took it back" grep -q 'the chain has taken back the transaction 0x.*do it again' reorganised.err
equal "and asks again" "$(count commons)" "69 69 verified"

# A node that turns round: each role and each client notices by itself, and is well again when it does not.
lie chain-id
refused 'the commons lives on chain 1337, this is chain 5' "$medcommons" ask --dir commons --json 'SELECT count(*) FROM commons'
no_up "^$between: the commons lives on chain 1337, this is chain 5"
lie code
no_up "^$between: this chain has no contract at 0x"
lie garbage
refused "the chain's reply to eth_chainId is not a JSON-RPC reply|something that is not UTF-8" "$medcommons" ask --dir commons --json 'SELECT count(*) FROM commons'
no_up "^$between: the chain's reply to eth_chainId is not|not UTF-8"
equal "a node that says nonsense is silent" "$("$medcommons" local status --dir commons --json | jq -r '.[0].health')" silent
lie none
equal "the answer when it says the truth again" "$(count commons)" "69 69 verified"

# Down and up: the chain goes on, the commons comes back, and may ask another node of the same chain.
works "$medcommons" local down --dir commons
equal "the chain goes on" "$(rpc eth_chainId '[]')" 0x539
equal "everything else has ended" "$("$medcommons" local status --dir commons --json | jq -r 'map(.health) | unique | join(" ")')" "down ready"
lie chain-id
no_up "^$between: the commons lives on chain 1337, this is chain 5"
lie none
no_up 'believes what 2 blocks lie on, not 3' --chain-confirmations 3
check "it comes up again without a word about the chain" up
equal "and answers" "$(count commons)" "69 69 verified"
founder=$(sed -n 's/.* to the founder \(0x[0-9a-fA-F]*\)$/\1/p' founding.out)
member=$("$medcommons" member list --dir commons --json | jq -r '[.. | strings | select(test("^0x[0-9a-fA-F]{40}$"))][0]')
rpc anvil_setBalance "[\"$founder\",\"0x0\"]" >/dev/null
rpc anvil_setBalance "[\"$member\",\"0x1\"]" >/dev/null
refused "the founder's account $founder has 0 ether left and should give each of 1 accounts 0.1 ether; \`medcommons local up\` with --chain-key" \
  "$medcommons" member propose-admission --dir commons --as a --name rosa --chamber researchers --json
check "who pays again fills what is spent, at another node" up --chain-url "$chain" --chain-key payer.key
equal "the member has her endowment" "$(rpc eth_getBalance "[\"$member\",\"latest\"]")" 0x16345785d8a0000
works "$medcommons" member propose-admission --dir commons --as a --name rosa --chamber researchers --json
equal "everybody asks the other node" "$(jq -r .chain.url commons/commons.json)" "$chain"
lie silence
equal "and nobody the first one" "$(count commons)" "69 69 verified"
