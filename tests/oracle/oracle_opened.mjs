// SPDX-License-Identifier: Apache-2.0
// SEAL opens what we computed with SEAL's own keys.
//   node oracle_opened.mjs FOLDER [128]
import { degree, finish, moved, opens, primes, readSlots, scale, top } from './seal_side.mjs';

const xSlots = readSlots('x');
const product = readSlots('y').map((value, j) => value * xSlots[j]);
for (const element of [9, 2 * degree - 1]) {
  opens(`by_seal_key_moved_${element}`, moved(xSlots, element), `x under Galois element ${element}, with SEAL's key`);
}
opens('by_seal_key_relinearised', product, "product relinearised with SEAL's key", top, scale * scale);
opens('by_seal_key_fused', product, "product relinearised with SEAL's key and rescaled at once", top - 1,
  (scale * scale) / Number(primes[top - 1]));
finish();
