// SPDX-License-Identifier: Apache-2.0
// SEAL's side of the cross-check, what both of its programs share: parameters and keys of the folder, ciphertexts and
// keys in SEAL's file format, comparisons.
//   node PROGRAM.mjs FOLDER [128]     128: SEAL, too, must find the parameters 128-bit secure
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

// One line instead of node's copy of the minified source.
process.on('uncaughtException', (error) => {
  console.error(`FAIL  ${error.message ?? error}`);
  process.exit(1);
});

const SEAL = createRequire(import.meta.url)('node-seal/throws_wasm_node_umd');
const seal = await SEAL();
const folder = process.argv[2];
const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
const degree = manifest.degree;
const primes = manifest.primes.map(BigInt);
const top = primes.length - 1;
const scale = 2 ** manifest.scale_log2;
const errorMax = 2 ** -40;
const none = seal.ComprModeType.none;

const parameters = seal.EncryptionParameters(seal.SchemeType.ckks);
parameters.setPolyModulusDegree(degree);
const vector = seal.Vector();
vector.from(primes.map((prime) => seal.Modulus(prime).instance), 'Modulus');
parameters.setCoeffModulus(vector);
const security = process.argv[3] === '128' ? seal.SecurityLevel.tc128 : seal.SecurityLevel.none;
const context = seal.Context(parameters, true, security);
if (!context.parametersSet()) throw new Error('SEAL refuses the parameters');

const encoder = seal.CKKSEncoder(context);
const evaluator = seal.Evaluator(context);
const slotCount = degree / 2;

const readBytes = (name) => readFileSync(join(folder, name));
const readSlots = (name) => {
  const bytes = readBytes(`${name}.f64`);
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};

// Our slot j is the root zeta^(5^j), SEAL's slot i the root zeta^(3^i); a real slot is the same at zeta^-r.
const slotOfRoot = new Map();
for (let i = 0, root = 1; i < slotCount; ++i, root = (root * 3) % (2 * degree)) {
  slotOfRoot.set(root, i).set(2 * degree - root, i);
}
const sealSlot = [];
for (let j = 0, root = 1; j < slotCount; ++j, root = (root * 5) % (2 * degree)) sealSlot.push(slotOfRoot.get(root));
const toSeal = (slots) => {
  const result = new Float64Array(slotCount);
  slots.forEach((value, j) => (result[sealSlot[j]] = value));
  return result;
};
const fromSeal = (slots) => Float64Array.from({ length: slotCount }, (_, j) => slots[sealSlot[j]]);

/// Our slots under X -> X^element: the value at a root r becomes that at r^element.
const ourSlot = new Map(Array.from({ length: slotCount }, (_, j) => [sealSlot[j], j]));
function moved(slots, element) {
  let root = 1;
  return Float64Array.from({ length: slotCount }, () => {
    const value = slots[ourSlot.get(slotOfRoot.get((root * element) % (2 * degree)))];
    root = (root * 5) % (2 * degree);
    return value;
  });
}

// SEAL's file is a header that it wrote itself (parms_id and versions) and the data, which are ours. Offsets are those of
// SEAL 4.1's serialization: header 16, parms_id 32, then the members of the class, then an array with a header of its own.
const ciphertextHeader = 113;
const plaintextHeader = 88;
function withData(template, headerBytes, data, edit) {
  const bytes = Buffer.alloc(headerBytes + data.length);
  bytes.set(template.subarray(0, headerBytes));
  bytes.set(data, headerBytes);
  bytes.writeBigUInt64LE(BigInt(bytes.length), 8);
  bytes.writeBigUInt64LE(BigInt(data.length + 24), headerBytes - 16);  // the array: its header, its length, its words
  bytes.writeBigUInt64LE(BigInt(data.length / 8), headerBytes - 8);
  edit?.(bytes);
  return new Uint8Array(bytes);
}
const words = (object, headerBytes) => Buffer.from(object.saveArray(none)).subarray(headerBytes);

const secret = seal.SecretKey();
{
  const template = Buffer.from(seal.KeyGenerator(context).secretKey().saveArray(none));
  secret.loadArray(context, withData(template, plaintextHeader, readBytes('secret.u64')));
}
const keys = seal.KeyGenerator(context, secret);
const encryptor = seal.Encryptor(context, keys.createPublicKey(), secret);
const decryptor = seal.Decryptor(context, secret);

// One empty ciphertext per level, as the source of headers.
const templates = {};
for (let level = top, ct = encryptor.encryptZero(); level >= top - 2; --level) {
  templates[level] = Buffer.from(ct.saveArray(none));
  if (level > top - 2) evaluator.cipherModSwitchToNext(ct, ct);
}
function loadCiphertext(name, level = top, ctScale = scale) {
  const data = readBytes(`${name}.u64`);
  const parts = data.length / (degree * level * 8);
  const ct = seal.CipherText();
  ct.loadArray(context, withData(templates[level], ciphertextHeader, data, (bytes) => {
    bytes.writeBigUInt64LE(BigInt(parts), 49);
    bytes.writeDoubleLE(ctScale, 73);
  }));
  return ct;
}

// A switching key, digit by digit, is a public key each: a ciphertext over all primes. A set of switching keys is a
// header, parms_id, the number of keys, and for each the number of its digits (zero where there is no key) and these.
const relinTemplate = Buffer.from(keys.createRelinKeys().saveArray(none));
const digitBytes = ciphertextHeader + 2 * primes.length * degree * 8;
function loadKeys(set, keyCount, dataOfIndex) {
  const count = (value) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    return bytes;
  };
  const pieces = [relinTemplate.subarray(0, 48), count(keyCount)];
  for (let index = 0; index < keyCount; ++index) {
    const data = dataOfIndex.get(index);
    pieces.push(count(data === undefined ? 0 : top));
    if (data === undefined) continue;
    const wordBytes = data.length / top;
    for (let i = 0; i < top; ++i) {
      pieces.push(relinTemplate.subarray(64, 64 + ciphertextHeader), data.subarray(i * wordBytes, (i + 1) * wordBytes));
    }
  }
  const bytes = Buffer.concat(pieces);
  bytes.writeBigUInt64LE(BigInt(bytes.length), 8);
  set.loadArray(context, new Uint8Array(bytes));
  return set;
}
const loadRelinKeys = () => loadKeys(seal.RelinKeys(), 1, new Map([[0, readBytes('relin.u64')]]));
// SEAL keeps the key for Galois element g at index (g - 1) / 2.
const loadGaloisKeys = (elements) =>
  loadKeys(seal.GaloisKeys(), degree, new Map(elements.map((g) => [(g - 1) / 2, readBytes(`galois_${g}.u64`)])));
/// The words of one key of a set of SEAL's, as our side reads them.
function keyWords(set, index) {
  const bytes = Buffer.from(set.saveArray(none));
  let at = 56;
  for (let i = 0; ; ++i) {
    const digits = Number(bytes.readBigUInt64LE(at));
    at += 8;
    if (i === index) {
      if (digits !== top) throw new Error(`SEAL wrote a key of ${digits} digits, not ${top}`);
      const starts = Array.from({ length: digits }, (_, digit) => at + digit * digitBytes);
      return Buffer.concat(starts.map((start) => bytes.subarray(start + ciphertextHeader, start + digitBytes)));
    }
    at += digits * digitBytes;
  }
}

let failures = 0;
function report(good, text) {
  console.log(`${good ? 'ok  ' : 'FAIL'}  ${text}`);
  if (!good) ++failures;
}
function sameWords(ct, name, what, headerBytes = ciphertextHeader) {
  report(words(ct, headerBytes).equals(readBytes(`${name}.u64`)), `${what}: every residue the same`);
}
function sameSlots(plain, expected, what) {
  const slots = fromSeal(encoder.decode(plain));
  let worst = 0;
  expected.forEach((value, j) => (worst = Math.max(worst, Math.abs(slots[j] - value))));
  report(worst < errorMax, `${what}: error 2^${Math.log2(worst).toFixed(1)}`);
}

/// SEAL decrypts and decodes what lies in the folder.
function opens(name, expected, what, level = top, ctScale = scale) {
  sameSlots(decryptor.decrypt(loadCiphertext(name, level, ctScale)), expected, `SEAL opens our ${what}`);
}
const finish = () => (process.exitCode = failures === 0 ? 0 : 1);

export {
  ciphertextHeader, context, decryptor, degree, encoder, encryptor, evaluator, finish, folder, keys, keyWords, loadCiphertext, loadGaloisKeys,
  loadRelinKeys, moved, none, opens, plaintextHeader, primes, readBytes, readSlots, sameSlots, sameWords, scale, seal, toSeal, top, withData,
  words,
};
