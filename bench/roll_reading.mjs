// SPDX-License-Identifier: Apache-2.0
// How long it takes to read a large commons from a chain node for the first time: `node bench/roll_reading.mjs MEMBERS STUDIES` founds one
// on an anvil of its own, with the contracts that `node contracts/build.mjs` wrote to contracts/out, and makes the calls that
// governance/commons_chain.cpp makes, in the same pages; with a third argument, the program bench/roll_reading, that one reads as well, twice.
// Prints one JSON object.
import { execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { promisify } from "node:util";

const [memberCount, studyCount] = process.argv.slice(2, 4).map(Number);
const reader = process.argv[4];
if (!memberCount || !studyCount) throw new Error("usage: node bench/roll_reading.mjs MEMBERS STUDIES [build/release/bench/roll_reading]");
const here = new URL("../contracts/", import.meta.url).pathname;
const { keccak256 } = createRequire(`${here}package.json`)("js-sha3");
const port = 20000 + (process.pid % 20000);
const anvil = spawn(
  `${here}node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil`,
  ["--port", String(port), "--silent", "--no-mining", "--disable-block-gas-limit", "--base-fee", "0", "--no-request-size-limit", "--order", "fifo"],
  { stdio: "ignore" },
);

let id = 0;
const request = (method, params) => ({ jsonrpc: "2.0", id: ++id, method, params });
const post = async (body) => (await fetch(`http://127.0.0.1:${port}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })).json();
const rpc = async (method, params = []) => {
  const { result, error } = await post(request(method, params));
  if (error) throw new Error(`${method}: ${error.message}`);
  return result;
};
const word = (value) => BigInt(value).toString(16).padStart(64, "0");
const call = (signature, ...words) => `0x${keccak256(signature).slice(0, 8)}${words.map(word).join("")}`;
const gas = "0x1c9c380";

const sent = new Map();
const mined = async (transactions) => {
  const numbered = transactions.map((transaction) => {
    const nonce = sent.get(transaction.from) ?? 0;
    sent.set(transaction.from, nonce + 1);
    return request("eth_sendTransaction", [{ gas, nonce: `0x${nonce.toString(16)}`, ...transaction }]);
  });
  const replies = await post(numbered);
  const refused = replies.find(({ error }) => error);
  if (refused) throw new Error(refused.error.message);
  await rpc("evm_mine");
  const last = await rpc("eth_getTransactionReceipt", [replies.at(-1).result]);
  if (last.status !== "0x1") throw new Error("the last transaction of a batch was refused");
  return last;
};

const timed = async (read) => {
  const start = performance.now();
  const { calls, entries } = await read();
  return { calls, entries, seconds: Number(((performance.now() - start) / 1000).toFixed(3)) };
};
const pages = async (to, data, pageSize, entryWords, total) => {
  let calls = 0, entries = 0;
  for (; entries < total || calls === 0; ++calls) {
    const bytes = await rpc("eth_call", [{ to, data: data(entries, pageSize) }, "latest"]);
    entries += (bytes.length - 2 - 128) / 64 / entryWords;
  }
  return { calls, entries };
};

try {
  for (let tries = 0; tries < 100; ++tries) {
    try { await rpc("eth_chainId"); break; } catch { await new Promise((done) => setTimeout(done, 100)); }
  }
  const [founder, researcher, patient, provider] = await rpc("eth_accounts");
  const deploy = async (name, ...words) => {
    const { bytecode } = JSON.parse(readFileSync(`${here}out/${name}.json`, "utf8"));
    return (await mined([{ from: founder, data: bytecode + words.map(word).join("") }])).contractAddress;
  };
  const membership = await deploy("Membership", 600, 50);
  const studies = await deploy("Studies", membership, 300);
  const admission = (account, chamber) => ({ from: founder, to: membership, data: call("admit(address,uint8)", account, chamber) });
  await mined([admission(patient, 1), admission(provider, 2), admission(researcher, 3)]);
  const started = performance.now();
  for (let done = 3; done < memberCount; ) {
    const batch = [];
    for (; batch.length < 1000 && done < memberCount; ++done) batch.push(admission(0x100000000n + BigInt(done), 1));
    await mined(batch);
  }
  await mined([{ from: founder, to: membership, data: call("sealFounding()") }]);
  const expiry = Math.floor(Date.now() / 1000) + 10_000_000;
  for (let done = 0; done < studyCount; ) {
    const batch = [];
    for (; batch.length < 200 && done < studyCount; ++done) {
      // Offsets of proposal and plans; the proposal, which states no places; one plan.
      const proposal = [1, 2, 6, 0, 0, 14 * 32, 15 * 32, 0, 3, 2, 1000, 10, 5, expiry, 0, 0];
      const words = [64, 64 + proposal.length * 32, ...proposal, 1, 77];
      batch.push({ from: researcher, to: studies, data: call("propose((bytes32,bytes32,uint32,uint32,uint32,uint16[],address[],uint64,bytes32,uint32,uint64,uint32,uint32,uint64),bytes32[])", ...words) });
    }
    await mined(batch);
  }
  const founding = Number(((performance.now() - started) / 1000).toFixed(1));
  const members = await timed(() => pages(membership, (from, limit) => call("members(uint8,uint256,uint256)", 1, from, limit), 2048, 1, memberCount - 2));
  const summaries = await timed(() => pages(studies, (from, limit) => call("summaries(uint256,uint256)", from, limit), 128, 39, studyCount));
  const client = [];
  for (let pass = 0; reader && pass < 2; ++pass) {
    const { stdout } = await promisify(execFile)(reader, [`http://127.0.0.1:${port}`, membership, studies]);
    client.push(JSON.parse(stdout));
  }
  process.stdout.write(`${JSON.stringify({ client, members, studies: summaries, seconds_to_found: founding })}\n`);
} finally {
  anvil.kill("SIGKILL");
}
