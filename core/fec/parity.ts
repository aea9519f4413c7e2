import { generatorPolynomial, PARITY_BYTES } from './code.ts';
import { multiply } from './field.ts';

/** In how many words of four bytes the shift register is kept, and after how many steps each is in its place again. */
const WORDS = PARITY_BYTES / 4;
const VALUES = 256;
/** By word: what a byte that leaves the register adds to it, for every value of that byte. */
const FEEDBACK_0 = feedbackTable(0);
const FEEDBACK_1 = feedbackTable(1);
const FEEDBACK_2 = feedbackTable(2);
const FEEDBACK_3 = feedbackTable(3);
const FEEDBACK_4 = feedbackTable(4);
const FEEDBACK_5 = feedbackTable(5);
const FEEDBACK_6 = feedbackTable(6);
const FEEDBACK_7 = feedbackTable(7);

/**
 * Writes the 32 bytes of parity of a codeword to `parity`. Its data bytes, `dataBytes` of them, lie at `start` in
 * `bytes`, `stride` apart: in an interleaved group each codeword has every `stride`-th byte. What a shortened codeword
 * lacks is zeros in front, which change no remainder, so they need not be there.
 *
 * Word n of the register has its bytes n, n + 8, n + 16 and n + 24, the highest first, so that a step of one byte shifts
 * one word only; the others just become their neighbours. Written out for eight steps, not even that has to be done,
 * and the tables of 8 KiB stay in the first-level cache: a fifth faster than four bytes at a time with 32 KiB.
 */
export function computeParity(
  bytes: Uint8Array,
  start: number,
  stride: number,
  dataBytes: number,
  parity: Uint8Array,
): void {
  let w0 = 0;
  let w1 = 0;
  let w2 = 0;
  let w3 = 0;
  let w4 = 0;
  let w5 = 0;
  let w6 = 0;
  let w7 = 0;
  let at = start;
  // First as many as leave a multiple of eight.
  for (const rest = start + stride * (dataBytes % WORDS); at < rest; at += stride) {
    const out = (w0 >>> 24) ^ (bytes[at] ?? 0);
    const shifted = w0 << 8;
    w0 = w1 ^ (FEEDBACK_0[out] ?? 0);
    w1 = w2 ^ (FEEDBACK_1[out] ?? 0);
    w2 = w3 ^ (FEEDBACK_2[out] ?? 0);
    w3 = w4 ^ (FEEDBACK_3[out] ?? 0);
    w4 = w5 ^ (FEEDBACK_4[out] ?? 0);
    w5 = w6 ^ (FEEDBACK_5[out] ?? 0);
    w6 = w7 ^ (FEEDBACK_6[out] ?? 0);
    w7 = shifted ^ (FEEDBACK_7[out] ?? 0);
  }
  let out = 0;
  for (const end = start + stride * dataBytes; at < end; ) {
    out = (w0 >>> 24) ^ (bytes[at] ?? 0);
    at += stride;
    w1 ^= FEEDBACK_0[out] ?? 0;
    w2 ^= FEEDBACK_1[out] ?? 0;
    w3 ^= FEEDBACK_2[out] ?? 0;
    w4 ^= FEEDBACK_3[out] ?? 0;
    w5 ^= FEEDBACK_4[out] ?? 0;
    w6 ^= FEEDBACK_5[out] ?? 0;
    w7 ^= FEEDBACK_6[out] ?? 0;
    w0 = (w0 << 8) ^ (FEEDBACK_7[out] ?? 0);

    out = (w1 >>> 24) ^ (bytes[at] ?? 0);
    at += stride;
    w2 ^= FEEDBACK_0[out] ?? 0;
    w3 ^= FEEDBACK_1[out] ?? 0;
    w4 ^= FEEDBACK_2[out] ?? 0;
    w5 ^= FEEDBACK_3[out] ?? 0;
    w6 ^= FEEDBACK_4[out] ?? 0;
    w7 ^= FEEDBACK_5[out] ?? 0;
    w0 ^= FEEDBACK_6[out] ?? 0;
    w1 = (w1 << 8) ^ (FEEDBACK_7[out] ?? 0);

    out = (w2 >>> 24) ^ (bytes[at] ?? 0);
    at += stride;
    w3 ^= FEEDBACK_0[out] ?? 0;
    w4 ^= FEEDBACK_1[out] ?? 0;
    w5 ^= FEEDBACK_2[out] ?? 0;
    w6 ^= FEEDBACK_3[out] ?? 0;
    w7 ^= FEEDBACK_4[out] ?? 0;
    w0 ^= FEEDBACK_5[out] ?? 0;
    w1 ^= FEEDBACK_6[out] ?? 0;
    w2 = (w2 << 8) ^ (FEEDBACK_7[out] ?? 0);

    out = (w3 >>> 24) ^ (bytes[at] ?? 0);
    at += stride;
    w4 ^= FEEDBACK_0[out] ?? 0;
    w5 ^= FEEDBACK_1[out] ?? 0;
    w6 ^= FEEDBACK_2[out] ?? 0;
    w7 ^= FEEDBACK_3[out] ?? 0;
    w0 ^= FEEDBACK_4[out] ?? 0;
    w1 ^= FEEDBACK_5[out] ?? 0;
    w2 ^= FEEDBACK_6[out] ?? 0;
    w3 = (w3 << 8) ^ (FEEDBACK_7[out] ?? 0);

    out = (w4 >>> 24) ^ (bytes[at] ?? 0);
    at += stride;
    w5 ^= FEEDBACK_0[out] ?? 0;
    w6 ^= FEEDBACK_1[out] ?? 0;
    w7 ^= FEEDBACK_2[out] ?? 0;
    w0 ^= FEEDBACK_3[out] ?? 0;
    w1 ^= FEEDBACK_4[out] ?? 0;
    w2 ^= FEEDBACK_5[out] ?? 0;
    w3 ^= FEEDBACK_6[out] ?? 0;
    w4 = (w4 << 8) ^ (FEEDBACK_7[out] ?? 0);

    out = (w5 >>> 24) ^ (bytes[at] ?? 0);
    at += stride;
    w6 ^= FEEDBACK_0[out] ?? 0;
    w7 ^= FEEDBACK_1[out] ?? 0;
    w0 ^= FEEDBACK_2[out] ?? 0;
    w1 ^= FEEDBACK_3[out] ?? 0;
    w2 ^= FEEDBACK_4[out] ?? 0;
    w3 ^= FEEDBACK_5[out] ?? 0;
    w4 ^= FEEDBACK_6[out] ?? 0;
    w5 = (w5 << 8) ^ (FEEDBACK_7[out] ?? 0);

    out = (w6 >>> 24) ^ (bytes[at] ?? 0);
    at += stride;
    w7 ^= FEEDBACK_0[out] ?? 0;
    w0 ^= FEEDBACK_1[out] ?? 0;
    w1 ^= FEEDBACK_2[out] ?? 0;
    w2 ^= FEEDBACK_3[out] ?? 0;
    w3 ^= FEEDBACK_4[out] ?? 0;
    w4 ^= FEEDBACK_5[out] ?? 0;
    w5 ^= FEEDBACK_6[out] ?? 0;
    w6 = (w6 << 8) ^ (FEEDBACK_7[out] ?? 0);

    out = (w7 >>> 24) ^ (bytes[at] ?? 0);
    at += stride;
    w0 ^= FEEDBACK_0[out] ?? 0;
    w1 ^= FEEDBACK_1[out] ?? 0;
    w2 ^= FEEDBACK_2[out] ?? 0;
    w3 ^= FEEDBACK_3[out] ?? 0;
    w4 ^= FEEDBACK_4[out] ?? 0;
    w5 ^= FEEDBACK_5[out] ?? 0;
    w6 ^= FEEDBACK_6[out] ?? 0;
    w7 = (w7 << 8) ^ (FEEDBACK_7[out] ?? 0);
  }
  writeWord(parity, 0, w0);
  writeWord(parity, 1, w1);
  writeWord(parity, 2, w2);
  writeWord(parity, 3, w3);
  writeWord(parity, 4, w4);
  writeWord(parity, 5, w5);
  writeWord(parity, 6, w6);
  writeWord(parity, 7, w7);
}

function writeWord(parity: Uint8Array, index: number, word: number): void {
  parity[index] = word >>> 24;
  parity[index + WORDS] = word >>> 16;
  parity[index + 2 * WORDS] = word >>> 8;
  parity[index + 3 * WORDS] = word;
}

function feedbackTable(word: number): Int32Array {
  const highestFirst = generatorPolynomial().slice(0, PARITY_BYTES).reverse();
  const coefficients = highestFirst.filter((_, index) => index % WORDS === word);
  const feedbackOf = (value: number) => coefficients.reduce((all, each) => (all << 8) | multiply(value, each), 0);
  return Int32Array.from({ length: VALUES }, (_, value) => feedbackOf(value));
}
