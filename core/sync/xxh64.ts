/**
 * XXH64 as its author specifies it ("xxHash fast digest algorithm", version 0.1.1). Not for anything that somebody might
 * want to forge.
 */

const MASK = 0xffff_ffff_ffff_ffffn;
const PRIME_1 = 0x9e37_79b1_85eb_ca87n;
const PRIME_2 = 0xc2b2_ae3d_27d4_eb4fn;
const PRIME_3 = 0x1656_67b1_9e37_79f9n;
const PRIME_4 = 0x85eb_ca77_c2b2_ae63n;
const PRIME_5 = 0x27d4_eb2f_1656_67c5n;

const STRIPE_BYTES = 32;
const LANE_BYTES = 8;

/** @param seed unsigned, 64 bits */
export function xxh64(bytes: Uint8Array, seed = 0n): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { length } = bytes;
  let at = 0;
  let hash = (seed + PRIME_5) & MASK;
  if (length >= STRIPE_BYTES) {
    let one = (seed + PRIME_1 + PRIME_2) & MASK;
    let two = (seed + PRIME_2) & MASK;
    let three = seed;
    let four = (seed - PRIME_1) & MASK;
    for (; at + STRIPE_BYTES <= length; at += STRIPE_BYTES) {
      one = round(one, view.getBigUint64(at, true));
      two = round(two, view.getBigUint64(at + LANE_BYTES, true));
      three = round(three, view.getBigUint64(at + 2 * LANE_BYTES, true));
      four = round(four, view.getBigUint64(at + 3 * LANE_BYTES, true));
    }
    hash = (rotate(one, 1n) + rotate(two, 7n) + rotate(three, 12n) + rotate(four, 18n)) & MASK;
    for (const lane of [one, two, three, four]) hash = ((hash ^ round(0n, lane)) * PRIME_1 + PRIME_4) & MASK;
  }
  hash = (hash + BigInt(length)) & MASK;

  for (; at + LANE_BYTES <= length; at += LANE_BYTES) {
    hash = (rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * PRIME_1 + PRIME_4) & MASK;
  }
  if (at + 4 <= length) {
    hash = (rotate(hash ^ ((BigInt(view.getUint32(at, true)) * PRIME_1) & MASK), 23n) * PRIME_2 + PRIME_3) & MASK;
    at += 4;
  }
  for (; at < length; at += 1) {
    hash = (rotate(hash ^ ((BigInt(view.getUint8(at)) * PRIME_5) & MASK), 11n) * PRIME_1) & MASK;
  }

  hash = ((hash ^ (hash >> 33n)) * PRIME_2) & MASK;
  hash = ((hash ^ (hash >> 29n)) * PRIME_3) & MASK;
  return hash ^ (hash >> 32n);
}

function round(accumulator: bigint, lane: bigint): bigint {
  return (rotate((accumulator + lane * PRIME_2) & MASK, 31n) * PRIME_1) & MASK;
}

function rotate(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & MASK;
}
