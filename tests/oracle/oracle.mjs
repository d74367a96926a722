// SPDX-License-Identifier: Apache-2.0
// SEAL's side of the cross-check: loads our keys and ciphertexts, decrypts and computes, compares residue by residue
// where arithmetic is exact and slot by slot where noise is drawn, and writes ciphertexts of its own for us to open.
//   node oracle.mjs FOLDER [128]     128: SEAL, too, must find the parameters 128-bit secure
import { readFileSync, writeFileSync } from 'node:fs';
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
for (let level = top, ct = encryptor.encryptZero(); level >= top - 1; --level) {
  templates[level] = Buffer.from(ct.saveArray(none));
  if (level === top) evaluator.cipherModSwitchToNext(ct, ct);
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
function loadRelinKeys() {
  // Digit i is a public key, that is a ciphertext over all primes: only its words are replaced.
  const bytes = Buffer.from(keys.createRelinKeys().saveArray(none));
  const ours = readBytes('relin.u64');
  const digitBytes = ours.length / top;
  let position = bytes.length;
  for (let i = top; i-- > 0;) {
    position -= digitBytes;
    bytes.set(ours.subarray(i * digitBytes, (i + 1) * digitBytes), position);
    position -= ciphertextHeader;
  }
  const relin = seal.RelinKeys();
  relin.loadArray(context, new Uint8Array(bytes));
  return relin;
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

const xSlots = readSlots('x');
const ySlots = readSlots('y');
const maskSlots = readSlots('mask');
const product = xSlots.map((value, j) => value * ySlots[j]);
const x = loadCiphertext('x');
const y = loadCiphertext('y');
const mask = seal.PlainText();
{
  const template = Buffer.from(encoder.encode(toSeal(maskSlots), scale).saveArray(none));
  mask.loadArray(context, withData(template, plaintextHeader, readBytes('mask.u64')));
}
const relin = loadRelinKeys();

// Ours, opened and computed on by SEAL.
sameWords(decryptor.decrypt(x), 'opened', 'SEAL decrypts x', plaintextHeader);
sameSlots(decryptor.decrypt(x), xSlots, 'SEAL decodes x');
sameSlots(mask, maskSlots, 'SEAL decodes our encoding of a mask');
sameWords(evaluator.add(x, y), 'sum', 'SEAL adds');
sameWords(evaluator.cipherModSwitchToNext(x), 'dropped', 'SEAL drops a limb');
sameWords(evaluator.multiplyPlain(x, mask), 'masked', 'SEAL multiplies by a plaintext');
const sealProduct = evaluator.multiply(x, y);
sameWords(sealProduct, 'product', 'SEAL multiplies');
sameWords(evaluator.rescaleToNext(sealProduct), 'rescaled', 'SEAL rescales');
sameSlots(decryptor.decrypt(loadCiphertext('relinearised', top, scale * scale)), product, 'SEAL opens our relinearised product');
sameSlots(decryptor.decrypt(evaluator.relinearize(sealProduct, relin)), product, 'SEAL relinearises with our key');

// SEAL's, for us to open.
function write(name, ct, slots) {
  writeFileSync(join(folder, `${name}.u64`), words(ct, ciphertextHeader));
  writeFileSync(join(folder, `${name}.f64`), new Uint8Array(Float64Array.from(slots).buffer));
}
const fresh = encryptor.encrypt(encoder.encode(toSeal(ySlots), scale));
write('seal_fresh', fresh, ySlots);
write('seal_sum', evaluator.add(fresh, x), xSlots.map((value, j) => value + ySlots[j]));
const sealMask = encoder.encode(toSeal(maskSlots), scale);
write('seal_masked', evaluator.multiplyPlain(fresh, sealMask), ySlots.map((value, j) => value * maskSlots[j]));
const mixed = evaluator.multiply(fresh, x);
write('seal_product', mixed, product);
const relinearised = evaluator.relinearize(mixed, relin);
write('seal_relinearised', relinearised, product);
write('seal_rescaled', evaluator.rescaleToNext(relinearised), product);
process.exitCode = failures === 0 ? 0 : 1;
