import { CODEWORD_BYTES, DATA_BYTES } from '../../core/fec/code.ts';
import { decodeFrame } from '../../core/fec/decode-frame.ts';
import { encodeFrame } from '../../core/fec/encode-frame.ts';
import { HEADER_BYTES } from '../../core/fec/frame-header.ts';
import { computeParity } from '../../core/fec/parity.ts';
import { seededRandom } from '../support/random.ts';
import type { Task } from '../support/throughput.ts';
import { correctCodeword, damage, drawBytes, drawPlaces } from './codewords.ts';
import type { ZxingCodeword } from './zxing.ts';

const SEED = 20_261_121;
/** As many codewords a call as make the clock's price small; a hundred of them are a frame of twenty groups. */
const CODEWORDS = 100;
const FRAME_LINK = { depth: 5 } as const;
const FRAME_PAYLOAD_BYTES = DATA_BYTES * CODEWORDS - HEADER_BYTES;

/** What is done to a codeword, in the order in which libfec.c answers. */
export const CODEWORD_WAYS = ['encode', 'decode, clean', 'decode, 8 errors', 'decode, 16 errors'] as const;
/** MB/s of payload. */
export const AIMS_MB = [250, 250, 50, 30];
const ERRORS = [0, 8, 16];

/** Codewords by themselves, as libfec has them. */
export function codewordWays(): readonly Task[] {
  const random = seededRandom(SEED);
  const codeword = new Uint8Array(CODEWORD_BYTES);
  codeword.set(drawBytes(random, DATA_BYTES));
  const parity = codeword.subarray(DATA_BYTES);
  computeParity(codeword, 0, 1, DATA_BYTES, parity);
  const data = new Uint8Array(DATA_BYTES);
  const decodings = ERRORS.map((errors) => {
    const received = codeword.slice();
    for (const place of drawPlaces(random, errors)) damage(random, received, place);
    return () => {
      for (let each = 0; each < CODEWORDS; each += 1)
        if (!correctCodeword(received, data).ok) throw new Error('too many');
    };
  });
  const encoding = () => {
    for (let each = 0; each < CODEWORDS; each += 1) computeParity(codeword, 0, 1, DATA_BYTES, parity);
  };
  return tasks('cityweave, a codeword', [encoding, ...decodings], DATA_BYTES * CODEWORDS);
}

/** Whole frames: header, CRC-32C, interleaving and copies included. */
export function frameWays(): readonly Task[] {
  const random = seededRandom(SEED);
  const payload = drawBytes(random, FRAME_PAYLOAD_BYTES);
  const encoded = encodeFrame(payload, FRAME_LINK);
  if (!encoded.ok) throw new Error(encoded.detail);
  const decodings = ERRORS.map((errors) => {
    const received = encoded.frame.slice();
    for (let codeword = 0; codeword < CODEWORDS; codeword += 1) {
      const { depth } = FRAME_LINK;
      const start = Math.floor(codeword / depth) * depth * CODEWORD_BYTES + (codeword % depth);
      for (const place of drawPlaces(random, errors)) damage(random, received, start + place * depth);
    }
    return () => {
      if (!decodeFrame(received, FRAME_LINK).ok) throw new Error('too many');
    };
  });
  const title = `cityweave, a frame of ${FRAME_PAYLOAD_BYTES} bytes at depth ${FRAME_LINK.depth}`;
  return tasks(title, [() => encodeFrame(payload, FRAME_LINK), ...decodings], FRAME_PAYLOAD_BYTES);
}

export function zxingWays({ name, encode, decode }: ZxingCodeword): readonly Task[] {
  return tasks(`${name}, a codeword`, [encode, decode], DATA_BYTES);
}

function tasks(title: string, works: readonly (() => unknown)[], bytesPerCall: number): readonly Task[] {
  return works.map((work, index) => ({
    name: `${title}: ${CODEWORD_WAYS[index]}`,
    unit: 'MB',
    unitsPerCall: bytesPerCall / 1e6,
    work,
  }));
}
