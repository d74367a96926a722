// SPDX-License-Identifier: Apache-2.0
// The engine for JavaScript: objects instead of addresses, exceptions instead of zeros.
//   const engine = await Engine.load(bytes);
//   const parameters = engine.parameters('standard');
// Objects of the module are freed by drop(), keys wiped: a garbage collector may come too late for a secret.
import { instantiate } from './host.mjs';

/// Something that lives in the module. `address` is 0 once it is dropped.
class ModuleObject {
  constructor(engine, address) {
    this.engine = engine;
    this.address = address;
  }
  drop() {
    if (this.address !== 0) this.engine.exports.mc_drop(this.address);
    this.address = 0;
  }
}

export class Engine {
  constructor(exports) {
    this.exports = exports;
  }
  /// `code`: the bytes of engine.wasm; `options` as in host.mjs.
  static async load(code, options) {
    return new Engine(await instantiate(code, options));
  }

  /// Calls an export that makes an object; objects among the arguments stand for their addresses.
  make(name, ...values) {
    const address = this.call(name, ...values);
    if (address === 0) throw new Error(this.text(this.exports.mc_error()));
    return new ModuleObject(this, address);
  }
  call(name, ...values) {
    return this.exports[name](...values.map((value) => (value instanceof ModuleObject ? value.address : value)));
  }
  /// A text that ends with a zero byte.
  text(at) {
    const memory = new Uint8Array(this.exports.memory.buffer);
    return new TextDecoder().decode(memory.subarray(at, memory.indexOf(0, at)));
  }
  /// Lends the module a copy of `bytes` while `use(address)` runs.
  lend(bytes, use) {
    const at = this.exports.mc_allocate(bytes.length);
    new Uint8Array(this.exports.memory.buffer, at, bytes.length).set(bytes);
    try {
      return use(at);
    } finally {
      this.exports.mc_release(at, bytes.length);
    }
  }

  parameters(name, { allowInsecure = false } = {}) {
    const bytes = new TextEncoder().encode(name);
    return this.lend(bytes, (at) => this.make('mc_parameters', at, bytes.length, allowInsecure ? 1 : 0));
  }
  slotCount(parameters) {
    return this.call('mc_slot_count', parameters);
  }
  topLevel(parameters) {
    return this.call('mc_top_level', parameters);
  }
  kernels(parameters) {
    return this.text(this.call('mc_kernels', parameters));
  }

  /// Fresh randomness, or that of a 32-byte seed.
  stream(seed) {
    if (seed === undefined) return this.make('mc_stream', 0);
    if (seed.length !== 32) throw new Error(`a seed has 32 bytes, not ${seed.length}`);
    return this.lend(seed, (at) => this.make('mc_stream', at));
  }
  secretKey(parameters, stream) {
    return this.make('mc_secret_key', parameters, stream);
  }
  publicKey(parameters, secretKey, stream) {
    return this.make('mc_public_key', parameters, secretKey, stream);
  }
  evaluator(parameters, secretKey, stream, steps = []) {
    const bytes = new Uint8Array(Int32Array.from(steps).buffer);
    return this.lend(bytes, (at) => this.make('mc_evaluator', parameters, secretKey, stream, at, steps.length));
  }

  encode(parameters, slots, { level = this.topLevel(parameters), scalePrimes = 1 } = {}) {
    const bytes = new Uint8Array(Float64Array.from(slots).buffer);
    return this.lend(bytes, (at) => this.make('mc_encode', parameters, at, slots.length, level, scalePrimes));
  }
  decode(parameters, plaintext) {
    const count = this.slotCount(parameters);
    return this.lend(new Uint8Array(8 * count), (at) => {
      if (this.call('mc_decode', parameters, plaintext, at) === 0) throw new Error(this.text(this.exports.mc_error()));
      return new Float64Array(this.exports.memory.buffer.slice(at, at + 8 * count));
    });
  }
  encrypt(parameters, publicKey, plaintext, stream) {
    return this.make('mc_encrypt', parameters, publicKey, plaintext, stream);
  }
  decrypt(parameters, secretKey, ciphertext) {
    return this.make('mc_decrypt', parameters, secretKey, ciphertext);
  }

  add(evaluator, a, b) {
    return this.make('mc_add', evaluator, a, b);
  }
  multiply(evaluator, a, b) {
    return this.make('mc_multiply', evaluator, a, b);
  }
  relinearise(evaluator, a) {
    return this.make('mc_relinearise', evaluator, a);
  }
  rescale(evaluator, a, count = 1) {
    return this.make('mc_rescale', evaluator, a, count);
  }
  relineariseRescale(evaluator, a, count = 1) {
    return this.make('mc_relinearise_rescale', evaluator, a, count);
  }
  rotate(evaluator, a, steps) {
    return this.make('mc_rotate', evaluator, a, steps);
  }

  /// The bytes of a ciphertext or public key (docs/formats.md), as a copy.
  write(parameters, object) {
    const bytes = this.make('mc_write', parameters, object);
    const at = this.call('mc_bytes', bytes);
    const copy = new Uint8Array(this.exports.memory.buffer.slice(at, at + this.call('mc_byte_count', bytes)));
    bytes.drop();
    return copy;
  }
  readCiphertext(parameters, bytes) {
    return this.lend(bytes, (at) => this.make('mc_read_ciphertext', parameters, at, bytes.length));
  }
  readPublicKey(parameters, bytes) {
    return this.lend(bytes, (at) => this.make('mc_read_public_key', parameters, at, bytes.length));
  }
}
