// SPDX-License-Identifier: Apache-2.0
// Compiles the contracts and writes contracts/out/NAME.json; with `--cpp DIR` also DIR/contract_artifacts.cpp, which
// defines what governance/artifacts.hpp declares. Same sources, same bytes: metadata is left out of the bytecode.
import { createRequire } from "node:module";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const contracts = ["Ledger", "Membership", "Studies"];
const sources = [...contracts, "Budgets", "Committees", "Consents", "Members", "Objections", "Revocations", "Totals", "Voting"];

const fail = (message) => {
  process.stderr.write(`build.mjs: ${message}\n`);
  process.exit(1);
};

const cppFolder = (() => {
  const [flag, folder, ...rest] = process.argv.slice(2);
  if (flag === undefined) return undefined;
  if (flag !== "--cpp" || folder === undefined || rest.length > 0) fail("usage: node build.mjs [--cpp DIR]");
  return folder;
})();

if (!existsSync(join(here, "node_modules", "solc"))) fail("the compiler is missing: run `npm ci` in contracts/");
const solc = createRequire(import.meta.url)("solc");

const input = {
  language: "Solidity",
  sources: Object.fromEntries(
    sources.map((name) => [`src/${name}.sol`, { content: readFileSync(join(here, "src", `${name}.sol`), "utf8") }]),
  ),
  settings: {
    optimizer: { enabled: true, runs: 200 },
    evmVersion: "cancun",
    metadata: { appendCBOR: false, bytecodeHash: "none" },
    outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
  },
};

const readImport = (path) => {
  const file = join(here, "node_modules", path);
  return path.startsWith("@openzeppelin/") && existsSync(file)
    ? { contents: readFileSync(file, "utf8") }
    : { error: `${path} is not a file of an installed package` };
};

const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport }));
for (const { severity, formattedMessage, sourceLocation } of output.errors ?? []) {
  // Warnings about other people's files are theirs to heed.
  if (severity === "error" || sourceLocation?.file.startsWith("src/")) process.stderr.write(formattedMessage);
  if (severity === "error") process.exitCode = 1;
}
if (process.exitCode) fail("the contracts do not compile");

const artifacts = Object.fromEntries(
  contracts.map((name) => {
    const { abi, evm } = output.contracts[`src/${name}.sol`][name];
    return [name, { abi, bytecode: evm.bytecode.object }];
  }),
);

mkdirSync(join(here, "out"), { recursive: true });
for (const [name, { abi, bytecode }] of Object.entries(artifacts)) {
  writeFileSync(join(here, "out", `${name}.json`), `${JSON.stringify({ abi, bytecode: `0x${bytecode}` }, null, 2)}\n`);
}

// Everything a call to one of ours can revert with: its own errors, and those of contracts it calls.
const errorSignatures = [
  ...new Set(
    Object.values(artifacts).flatMap(({ abi }) =>
      abi.filter(({ type }) => type === "error").map(({ name, inputs }) => `${name}(${inputs.map((i) => i.type).join(",")})`),
    ),
  ),
].sort();

const literal = (hex) => hex.match(/.{1,110}/g).map((chunk) => `    "${chunk}"`).join("\n");

const cpp = `// SPDX-License-Identifier: Apache-2.0
// Written by contracts/build.mjs with solc ${solc.version().split("+")[0]}; do not edit.
#include "governance/artifacts.hpp"

#include <array>

namespace mc::governance {

${contracts
  .map((name) => `std::string_view ${name.toLowerCase()}_bytecode() {\n  return\n${literal(artifacts[name].bytecode)};\n}\n`)
  .join("\n")}
std::span<const std::string_view> contract_error_signatures() {
  static constexpr std::array<std::string_view, ${errorSignatures.length}> kSignatures = {
${errorSignatures.map((signature) => `      "${signature}",`).join("\n")}
  };
  return kSignatures;
}

}  // namespace mc::governance
`;

if (cppFolder !== undefined) {
  mkdirSync(cppFolder, { recursive: true });
  writeFileSync(join(cppFolder, "contract_artifacts.cpp"), cpp);
}
