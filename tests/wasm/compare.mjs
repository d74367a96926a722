// SPDX-License-Identifier: Apache-2.0
// The engine in WebAssembly against the native one: compare.mjs NATIVE_PROGRAM FOLDER_OF_MODULES
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Engine } from '../../wasm/engine.mjs';
import { instantiate } from '../../wasm/host.mjs';
import { testFaces } from './faces.mjs';

const [native, folder] = process.argv.slice(2);
const tests = await WebAssembly.compile(readFileSync(join(folder, 'engine_tests.wasm')));
const print = (text) => process.stdout.write(text);

/// The script's lines in the module, and the kernels it ran with.
async function linesWith(environment) {
  const engine = new Engine(await instantiate(tests, { environment, print }));
  const lines = engine.text(engine.exports.mc_test_script()).trim().split('\n');
  return { kernels: lines.pop().replace('kernels ', ''), lines };
}

const expected = execFileSync(native, { encoding: 'utf8', maxBuffer: 1 << 24 }).trim().split('\n');
const nativeKernels = expected.pop();
assert.ok(expected.length > 300, `the script has only ${expected.length} lines`);
for (const [environment, kernels] of [[{}, 'wasm_simd'], [{ MEDCOMMONS_KERNELS: 'scalar' }, 'scalar']]) {
  const module = await linesWith(environment);
  assert.equal(module.kernels, kernels);
  const different = expected.filter((line, i) => line !== module.lines[i]);
  assert.equal(different.length, 0, `${different.length} of ${expected.length} differ, the first: ${different[0]}`);
  assert.equal(module.lines.length, expected.length);
  console.log(`${expected.length} hashes of the ${kernels} kernels in WebAssembly are those of native ${nativeKernels}`);
}

await testFaces(readFileSync(join(folder, 'engine.wasm')));

const engine = await instantiate(tests, { print });
assert.equal(engine.mc_test_run(), 0, "a test of base/ or fhe/ring has failed inside the module");
