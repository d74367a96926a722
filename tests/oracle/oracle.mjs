// SPDX-License-Identifier: Apache-2.0
// Computes with SEAL on our keys and ciphertexts, compares residue by residue where arithmetic is exact and slot by slot
// where noise is drawn, and writes ciphertexts and keys of its own for us to open and to compute with.
//   node oracle.mjs FOLDER [128]
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ciphertextHeader, context, decryptor, degree, encoder, encryptor, evaluator, finish, folder, keys, keyWords, loadCiphertext, loadGaloisKeys,
  loadRelinKeys, moved, none, opens, plaintextHeader, primes, readBytes, readSlots, sameSlots, sameWords, scale, seal, toSeal, top, withData,
  words,
} from './seal_side.mjs';

function write(name, ct, slots) {
  writeFileSync(join(folder, `${name}.u64`), words(ct, ciphertextHeader));
  writeFileSync(join(folder, `${name}.f64`), new Uint8Array(Float64Array.from(slots).buffer));
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

// Key switching: ours opened by SEAL, and SEAL's with our keys.
const square = scale * scale;
const afterOne = square / Number(primes[top - 1]);
const afterTwo = afterOne / Number(primes[top - 2]);
const conjugation = 2 * degree - 1;
const elements = [5, 125 % (2 * degree), conjugation];  // our rotations by one and by three
const galois = loadGaloisKeys(elements);
for (const element of elements) {
  opens(`moved_${element}`, moved(xSlots, element), `x under Galois element ${element}`);
  const ct = evaluator.applyGalois(x, element, galois);
  sameSlots(decryptor.decrypt(ct), moved(xSlots, element), `SEAL applies Galois element ${element} with our key`);
  write(`seal_moved_${element}`, ct, moved(xSlots, element));
}
opens('moved_sum', xSlots.map((value, j) => value + moved(xSlots, 5)[j] + moved(xSlots, 125)[j]), 'sum of rotations');
opens('relinearised', product, 'relinearised product', top, square);
opens('relinearised_rescaled', product, 'relinearised, then rescaled product', top - 1, afterOne);
opens('fused', product, 'product relinearised and rescaled at once', top - 1, afterOne);
opens('fused_2', product, 'product relinearised and rescaled twice at once', top - 2, afterTwo);
opens('rescaled_2', product, 'product rescaled by two primes at once', top - 2, afterTwo);
sameSlots(decryptor.decrypt(evaluator.relinearize(sealProduct, relin)), product, 'SEAL relinearises with our key');
write('seal_relinearised_product', evaluator.relinearize(sealProduct, relin), product);

// SEAL's own keys, for us to compute with, and what SEAL makes with them.
const sealRelin = keys.createRelinKeys();
writeFileSync(join(folder, 'seal_relin.u64'), keyWords(sealRelin, 0));
const sealRelinearised = evaluator.relinearize(sealProduct, sealRelin);
write('seal_key_relinearised', sealRelinearised, product);
write('seal_key_rescaled', evaluator.rescaleToNext(sealRelinearised), product);
for (const [element, steps] of [[9, 2], [conjugation, 0]]) {  // SEAL's step is the Galois element 3, its step 0 conjugation
  const set = keys.createGaloisKeys(Int32Array.of(steps));
  writeFileSync(join(folder, `seal_galois_${element}.u64`), keyWords(set, (element - 1) / 2));
  write(`seal_key_moved_${element}`, evaluator.applyGalois(x, element, set), moved(xSlots, element));
}

// SEAL's, for us to open.
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
finish();
