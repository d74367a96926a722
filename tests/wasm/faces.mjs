// SPDX-License-Identifier: Apache-2.0
// What a page sees: the functions of engine.wasm through wasm/engine.mjs.
import assert from 'node:assert/strict';
import { Engine } from '../../wasm/engine.mjs';

const seed = Uint8Array.from({ length: 32 }, (_, i) => i);

/// Everything a small commons of one needs.
function openBed(engine, name) {
  const parameters = engine.parameters(name, { allowInsecure: true });
  const stream = engine.stream(seed);
  const secret = engine.secretKey(parameters, stream);
  const key = engine.publicKey(parameters, secret, stream);
  const evaluator = engine.evaluator(parameters, secret, stream, [1]);
  const slots = Float64Array.from({ length: engine.slotCount(parameters) }, (_, i) => Math.sin(i));
  return { parameters, stream, secret, key, evaluator, slots };
}

function near(actual, expected, what) {
  const worst = actual.reduce((largest, x, i) => Math.max(largest, Math.abs(x - expected(i))), 0);
  assert.ok(worst < 2 ** -20, `${what}: off by ${worst}`);
}

function computesWhatWasMeant(engine) {
  const { parameters, stream, secret, key, evaluator, slots } = openBed(engine, 'test_insecure');
  const open = (ct) => engine.decode(parameters, engine.decrypt(parameters, secret, ct));
  const a = engine.encrypt(parameters, key, engine.encode(parameters, slots), stream);
  near(open(a), (i) => slots[i], 'encrypted and opened');
  near(open(engine.add(evaluator, a, a)), (i) => 2 * slots[i], 'a sum');
  near(open(engine.rotate(evaluator, a, 1)), (i) => slots[(i + 1) % slots.length], 'a rotation');
  const product = engine.multiply(evaluator, a, a);
  near(open(product), (i) => slots[i] ** 2, 'a product');
  near(open(engine.relineariseRescale(evaluator, product)), (i) => slots[i] ** 2, 'a product, rescaled');
  const apart = engine.rescale(evaluator, engine.relinearise(evaluator, product));
  near(open(apart), (i) => slots[i] ** 2, 'a product, relinearised and rescaled');
}

function bytesComeBack(engine) {
  const { parameters, stream, secret, key, slots } = openBed(engine, 'test_insecure');
  const ct = engine.encrypt(parameters, key, engine.encode(parameters, slots), stream);
  const bytes = engine.write(parameters, ct);
  assert.deepEqual(engine.write(parameters, engine.readCiphertext(parameters, bytes)), bytes);
  const keyBytes = engine.write(parameters, key);
  const sameKey = engine.readPublicKey(parameters, keyBytes);
  const opened = engine.decrypt(parameters, secret, engine.encrypt(parameters, sameKey, engine.encode(parameters, slots), stream));
  near(engine.decode(parameters, opened), (i) => slots[i], 'encrypted under a key that was read');
  assert.throws(() => engine.readCiphertext(parameters, bytes.subarray(1)), /ciphertext/);
  assert.throws(() => engine.readCiphertext(parameters, bytes.subarray(0, 100)), /truncated/);
}

function randomnessIsTheHosts(engine) {
  const { parameters, key, slots } = openBed(engine, 'test_insecure');
  const plain = engine.encode(parameters, slots);
  const hex = (stream) => Buffer.from(engine.write(parameters, engine.encrypt(parameters, key, plain, stream))).toString('hex');
  assert.equal(hex(engine.stream(seed)), hex(engine.stream(seed)));
  assert.notEqual(hex(engine.stream()), hex(engine.stream()));
}

function mistakesAreRefused(engine) {
  const { parameters, stream, secret, key, evaluator, slots } = openBed(engine, 'test_insecure');
  const ct = engine.encrypt(parameters, key, engine.encode(parameters, slots), stream);
  assert.throws(() => engine.parameters('nonesuch'), /no parameter set called "nonesuch"/);
  assert.throws(() => engine.parameters('test_insecure'), /for tests only/);
  assert.throws(() => engine.encode(parameters, [NaN]), /slot 0 is not finite/);
  assert.throws(() => engine.encode(parameters, [1], { level: 99 }), /level 99 of a chain of 8/);
  assert.throws(() => engine.multiply(evaluator, ct, key), /not a ciphertext/);
  assert.throws(() => engine.rotate(evaluator, ct, 2), /no key/);
  assert.throws(() => engine.rescale(evaluator, ct, 8), /level/);
  assert.throws(() => engine.secretKey(secret, stream), /not a parameter set/);
  const other = openBed(engine, 'standard');
  assert.throws(() => engine.decrypt(other.parameters, other.secret, ct), /not one of the parameter set standard/);
  assert.throws(() => engine.multiply(other.evaluator, ct, ct), /not one of the parameter set standard/);
  assert.throws(() => engine.write(other.parameters, ct), /not one of the parameter set standard/);
  assert.throws(() => engine.decrypt(parameters, other.secret, ct), /secret key is not one of/);
  ct.drop();
  assert.throws(() => engine.rotate(evaluator, ct, 1), /not a ciphertext/);
}

/// Each on a module of its own.
export async function testFaces(code) {
  const module = await WebAssembly.compile(code);
  for (const test of [computesWhatWasMeant, bytesComeBack, randomnessIsTheHosts, mistakesAreRefused]) {
    test(await Engine.load(module));
    console.log(`${test.name}: as expected`);
  }
}
