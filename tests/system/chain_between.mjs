// SPDX-License-Identifier: Apache-2.0
// `node chain_between.mjs PORT NODE FOLDER`: stands between a commons and a chain's node, as whoever runs the node may. Writes every method
// that is asked for to FOLDER/methods, one a line, and lies as FOLDER/lie says: "chain-id" (it is chain 5), "turn" (it is chain 5 from the second time on), "garbage", "silence",
// "code" (no contract anywhere), or nothing.
import { appendFileSync, readFileSync } from "node:fs";
import { createServer } from "node:http";

const [port, node, folder] = process.argv.slice(2);
let turned = false;
const lie = () => {
  try { return readFileSync(`${folder}/lie`, "utf8").trim(); } catch { return ""; }
};

createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts);
  let method = "", id = null;
  try { ({ method, id } = JSON.parse(body)); } catch { /* the node says so */ }
  appendFileSync(`${folder}/methods`, `${method}\n`);
  const say = (text) => { response.setHeader("content-type", "application/json"); response.end(text); };
  switch (lie()) {
    case "turn":
      if (method === "eth_chainId" && turned) return say(JSON.stringify({ jsonrpc: "2.0", id, result: "0x5" }));
      turned ||= method === "eth_chainId";
      break;
    case "silence": return request.socket.destroy();
    case "garbage": return say("<html>\u0000 502 Bad Gateway</html>");
    case "chain-id": if (method === "eth_chainId") return say(JSON.stringify({ jsonrpc: "2.0", id, result: "0x5" })); break;
    case "code": if (method === "eth_getCode") return say(JSON.stringify({ jsonrpc: "2.0", id, result: "0x" })); break;
  }
  try {
    say(await (await fetch(node, { method: "POST", headers: { "content-type": "application/json" }, body })).text());
  } catch {
    request.socket.destroy();
  }
}).listen(Number(port), "127.0.0.1");
