// SPDX-License-Identifier: Apache-2.0
// What the module imports: randomness of the platform, three functions of @noble/ciphers and @noble/hashes, and the few
// calls of WASI that its C library makes. Runs in node and in browsers. docs/wasm.md says what each import does.
import { chacha20orig } from '@noble/ciphers/chacha';
import { blake2b } from '@noble/hashes/blake2';
import { sha256 } from '@noble/hashes/sha2';

const platform = globalThis.crypto ?? (await import('node:crypto')).webcrypto;  // node 18 has no global one
const randomBytesMax = 65536;  // of one call of getRandomValues
const badFile = 8;  // WASI's errno for a file that is not open
const zeroNonce = new Uint8Array(8);

/// The imports of one module. `memory()` gives its memory, once it exists.
///   environment  variables that the module sees, e.g. { MEDCOMMONS_KERNELS: 'scalar' }
///   print        receives what it writes (test reports, a failed check), as text
export function hostImports(memory, { environment = {}, print = console.error } = {}) {
  // The memory may grow between calls: a view is good for one call only.
  const bytes = (at, size) => new Uint8Array(memory().buffer, at, size);
  const words = () => new DataView(memory().buffer);
  const variables = Object.entries(environment).map(([name, value]) => new TextEncoder().encode(`${name}=${value}\0`));
  const decoder = new TextDecoder();

  const mc_host = {
    random(out, size) {
      for (let at = 0; at < size; at += randomBytesMax) {
        // A copy, for some browsers refuse to fill the memory of a module.
        const fresh = platform.getRandomValues(new Uint8Array(Math.min(randomBytesMax, size - at)));
        bytes(out + at, fresh.length).set(fresh);
        fresh.fill(0);
      }
    },
    chacha20(out, size, firstBlock, key) {
      const stream = bytes(out, size);
      stream.fill(0);
      chacha20orig(bytes(key, 32), zeroNonce, stream, stream, firstBlock >>> 0);
    },
    blake2b(out, key, message, size) {
      const digest = blake2b(bytes(message, size), { key: bytes(key, 32), dkLen: 32 });
      bytes(out, 32).set(digest);
      digest.fill(0);
    },
    sha256(out, message, size) {
      bytes(out, 32).set(sha256(bytes(message, size)));
    },
  };

  const wasi_snapshot_preview1 = {
    environ_sizes_get(count, size) {
      words().setUint32(count, variables.length, true);
      words().setUint32(size, variables.reduce((sum, variable) => sum + variable.length, 0), true);
      return 0;
    },
    environ_get(pointers, text) {
      for (const [i, variable] of variables.entries()) {
        words().setUint32(pointers + 4 * i, text, true);
        bytes(text, variable.length).set(variable);
        text += variable.length;
      }
      return 0;
    },
    fd_write(_file, vectors, count, written) {
      let total = 0;
      let text = '';
      for (let i = 0; i < count; ++i) {
        const at = words().getUint32(vectors + 8 * i, true);
        const size = words().getUint32(vectors + 8 * i + 4, true);
        text += decoder.decode(bytes(at, size), { stream: true });
        total += size;
      }
      if (text !== '') print(text);
      words().setUint32(written, total, true);
      return 0;
    },
    clock_time_get(_clock, _precision, out) {
      words().setBigUint64(out, BigInt(Date.now()) * 1000000n, true);
      return 0;
    },
    proc_exit(code) {
      throw new Error(`the module ended itself with code ${code}`);
    },
  };
  // There are no files: whatever else the C library asks for is about one.
  const wasi = new Proxy(wasi_snapshot_preview1, { get: (known, name) => known[name] ?? (() => badFile) });
  return { mc_host, wasi_snapshot_preview1: wasi };
}

/// Compiles and initialises a module. `code`: its bytes, or a WebAssembly.Module.
export async function instantiate(code, options) {
  let memory;
  const module = code instanceof WebAssembly.Module ? code : await WebAssembly.compile(code);
  const instance = await WebAssembly.instantiate(module, hostImports(() => memory, options));
  memory = instance.exports.memory;
  instance.exports._initialize();
  return instance.exports;
}
