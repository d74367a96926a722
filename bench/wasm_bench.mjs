// SPDX-License-Identifier: Apache-2.0
// The engine in WebAssembly, one operation at a time, beside Microsoft SEAL's (node-seal) with as many primes.
//   script/setup test && script/build_wasm && node bench/wasm_bench.mjs [REPETITIONS]
// Prints milliseconds: the least of all repetitions, the median, and the least processor time (look at that one on a
// machine that does other things too).
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Engine } from '../wasm/engine.mjs';
import { instantiate } from '../wasm/host.mjs';

const repetitions = Number(process.argv[2] ?? 30);
const folder = new URL('../build/wasm/', import.meta.url);

function milliseconds(usage) {
  return (usage.user + usage.system) / 1000;
}

/// `run` returns what has to be dropped before the next repetition.
function measure(name, run, count = repetitions) {
  const times = [];
  let processor = Infinity;
  for (let i = -3; i < count; ++i) {
    const before = process.cpuUsage();
    const start = performance.now();
    const result = run();
    const time = performance.now() - start;
    if (i >= 0) {
      times.push(time);
      processor = Math.min(processor, milliseconds(process.cpuUsage(before)));
    }
    (result?.drop ?? result?.delete)?.call(result);
  }
  times.sort((a, b) => a - b);
  console.log(name.padEnd(48) + [times[0], times[count >> 1], processor].map((x) => x.toFixed(3).padStart(10)).join(''));
}

async function ours(environment) {
  const engine = await Engine.load(readFileSync(new URL('engine.wasm', folder)), { environment });
  const parameters = engine.parameters('standard');
  const path = (operation) => `wasm/${operation}/standard/${engine.kernels(parameters)}`;
  const stream = engine.stream();
  const secret = engine.secretKey(parameters, stream);
  const key = engine.publicKey(parameters, secret, stream);
  const evaluator = engine.evaluator(parameters, secret, stream, [1]);
  const slots = Float64Array.from({ length: engine.slotCount(parameters) }, () => Math.random());
  const plain = engine.encode(parameters, slots);
  const a = engine.encrypt(parameters, key, plain, stream);
  const product = engine.multiply(evaluator, a, a);
  const relinearised = engine.relinearise(evaluator, product);
  measure(path('multiply'), () => engine.multiply(evaluator, a, a));
  measure(path('relinearise'), () => engine.relinearise(evaluator, product));
  measure(path('rescale'), () => engine.rescale(evaluator, relinearised));
  measure(path('relinearise_rescale'), () => engine.relineariseRescale(evaluator, product));
  measure(path('rotate'), () => engine.rotate(evaluator, a, 1));
  measure(path('encode'), () => engine.encode(parameters, slots));
  measure(path('encrypt'), () => engine.encrypt(parameters, key, plain, stream));
  measure(path('decrypt'), () => engine.decrypt(parameters, secret, a));

  const tests = new URL('engine_tests.wasm', folder);
  if (!existsSync(tests)) return;
  const module = await instantiate(readFileSync(tests), { environment });
  for (const bits of [46, 50]) {
    for (const [direction, forward] of [['forward', 1], ['inverse', 0]]) {
      measure(path(`ntt_${direction}/prime=${bits}`), () => module.mc_test_transform(bits, forward), 20 * repetitions);
    }
  }
}

/// SEAL's set of the same size: N=2^14, nine primes of which one is special.
async function seals() {
  const require = createRequire(new URL('../tests/oracle/', import.meta.url));
  let open;
  try {
    open = require('node-seal/throws_wasm_node_umd');
  } catch {
    console.log('node-seal is not installed: nothing to compare with (script/setup)');
    return;
  }
  const seal = await open();
  const parameters = seal.EncryptionParameters(seal.SchemeType.ckks);
  parameters.setPolyModulusDegree(16384);
  parameters.setCoeffModulus(seal.CoeffModulus.Create(16384, Int32Array.from([50, 50, 46, 46, 46, 46, 46, 46, 50])));
  const context = seal.Context(parameters, true, seal.SecurityLevel.tc128);
  const keys = seal.KeyGenerator(context);
  const evaluator = seal.Evaluator(context);
  const encoder = seal.CKKSEncoder(context);
  const encryptor = seal.Encryptor(context, keys.createPublicKey());
  const decryptor = seal.Decryptor(context, keys.secretKey());
  const relin = keys.createRelinKeys();
  const galois = keys.createGaloisKeys(Int32Array.from([1]));
  const slots = Float64Array.from({ length: 8192 }, () => Math.random());
  const plain = encoder.encode(slots, 2 ** 46);
  const a = encryptor.encrypt(plain);
  const product = evaluator.multiply(a, a);
  const relinearised = evaluator.relinearize(product, relin);
  const path = (operation) => `seal/${operation}/N=16384/primes=9`;
  measure(path('multiply'), () => evaluator.multiply(a, a));
  measure(path('relinearise'), () => evaluator.relinearize(product, relin));
  measure(path('rescale'), () => evaluator.rescaleToNext(relinearised));
  measure(path('rotate'), () => evaluator.rotateVector(a, 1, galois));
  measure(path('encode'), () => encoder.encode(slots, 2 ** 46));
  measure(path('encrypt'), () => encryptor.encrypt(plain));
  measure(path('decrypt'), () => decryptor.decrypt(a));
}

console.log(`node ${process.version}, ${repetitions} repetitions, ms`.padEnd(48) + '     least    median processor');
await ours({});
await ours({ MEDCOMMONS_KERNELS: 'scalar' });
await seals();
