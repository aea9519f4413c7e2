/** What comes back from a frame that a line has damaged: the payload, or a reason, and never another payload. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countBeyond } from '../../../bench/fec/beyond.ts';
import { damage, drawBytes } from '../../../bench/fec/codewords.ts';
import { seededRandom } from '../../../bench/support/random.ts';
import { decodeFrame } from '../../../core/fec/decode-frame.ts';
import { encodeFrame } from '../../../core/fec/encode-frame.ts';
import { PAYLOAD_BYTES_MAX } from '../../../core/fec/frame-header.ts';
import { CODEWORD_DATA_BYTES_MIN, DEPTHS, type FecLink } from '../../../core/fec/link.ts';
import { parityOf, slowCrc32c } from './oracle.ts';

const BEYOND_TRIALS = 20_000;

function frameOf(payload: Uint8Array, link: FecLink): Uint8Array {
  const encoded = encodeFrame(payload, link);
  if (!encoded.ok) throw new Error(encoded.detail);
  return encoded.frame;
}

/** By the description in docs/formats.md, with long division. */
function describedFrame(payload: Uint8Array, depth: number, dataBytes = 223): number[] {
  const content = [1, ...bigEndian(payload.length, 3), ...bigEndian(slowCrc32c(payload), 4), ...payload];
  while (content.length % depth !== 0) content.push(0);
  const frame: number[] = [];
  for (let start = 0; start < content.length; start += depth * dataBytes) {
    const data = content.slice(start, start + depth * dataBytes);
    const parities = Array.from({ length: depth }, (_, codeword) =>
      parityOf(data.filter((_, index) => index % depth === codeword)),
    );
    frame.push(
      ...data,
      ...Array.from({ length: 32 * depth }, (_, n) => parities[n % depth]?.[Math.floor(n / depth)] ?? 0),
    );
  }
  return frame;
}

function bigEndian(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, index) => Math.floor(value / 256 ** (bytes - 1 - index)) % 256);
}

const links = fc.record({
  depth: fc.constantFrom(...DEPTHS),
  codewordDataBytes: fc.oneof(fc.constant(223), fc.integer({ min: CODEWORD_DATA_BYTES_MIN, max: 223 })),
});

describe('a frame', () => {
  it('is what its description says, for any payload, depth and length of codewords', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), links, (payload, link) => {
        const expected = describedFrame(payload, link.depth, link.codewordDataBytes);
        expect([...frameOf(payload, link)]).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('gives its payload back, of any length around full groups', () => {
    const random = seededRandom(1);
    for (const depth of DEPTHS) {
      for (const length of [0, 1, 214, 215, 216, 223 * depth - 9, 223 * depth - 8, 223 * depth - 7, 223 * depth * 2]) {
        const payload = drawBytes(random, length);
        const frame = frameOf(payload, { depth });
        const before = frame.slice();
        expect(decodeFrame(frame, { depth })).toEqual({ ok: true, payload, correctedBytes: 0 });
        expect(frame).toEqual(before);
      }
    }
  });

  it('costs 15 % at exact multiples of 223 × depth bytes of content, and 17 % at 4 KB and depth 5, at most', () => {
    for (const depth of DEPTHS) {
      for (const groups of [1, 2, 10]) {
        const contentBytes = 223 * depth * groups;
        expect(frameOf(new Uint8Array(contentBytes - 8), { depth }).length / contentBytes).toBeLessThanOrEqual(1.15);
      }
      // With the 8 bytes of the header counted too, from 7 codewords on.
      const codewords = depth * Math.ceil(7 / depth);
      const payloadBytes = 223 * codewords - 8;
      expect(frameOf(new Uint8Array(payloadBytes), { depth }).length / payloadBytes).toBeLessThanOrEqual(1.15);
    }
    for (const payloadBytes of [4000, 4096]) {
      expect(frameOf(new Uint8Array(payloadBytes), { depth: 5 }).length / payloadBytes).toBeLessThanOrEqual(1.17);
    }
  });

  it('holds 16 MiB less one byte, and is refused one more', () => {
    const payload = new Uint8Array(PAYLOAD_BYTES_MAX).fill(0x5a);
    const decoded = decodeFrame(frameOf(payload, { depth: 8 }), { depth: 8 });
    expect(decoded.ok && Buffer.compare(decoded.payload, payload)).toBe(0);
    const refused = { ok: false, reason: 'too-large', detail: expect.stringContaining('16777216') };
    expect(encodeFrame(new Uint8Array(PAYLOAD_BYTES_MAX + 1), { depth: 8 })).toEqual(refused);
    const longest = frameOf(payload, { depth: 1 }).length;
    expect(decodeFrame(new Uint8Array(longest), { depth: 1 })).toMatchObject({ reason: 'malformed' });
    expect(decodeFrame(new Uint8Array(longest + 1), { depth: 1 })).toMatchObject({ reason: 'too-large' });
  });

  it('asserts that its link leaves a codeword 32 to 223 bytes of data', () => {
    for (const codewordDataBytes of [32, 223])
      expect(frameOf(new Uint8Array(9), { depth: 2, codewordDataBytes })).toBeDefined();
    for (const codewordDataBytes of [31, 224, 100.5]) {
      expect(() => frameOf(new Uint8Array(9), { depth: 2, codewordDataBytes })).toThrow(/32 to 223/);
    }
  });
});

describe('damage that is corrected', () => {
  it.each(DEPTHS)('is every burst of 16 × depth bytes at every offset, depth %i', (depth) => {
    const random = seededRandom(depth);
    // A full group and a short one.
    const payload = drawBytes(random, 223 * depth + 100);
    const sent = frameOf(payload, { depth });
    for (let start = 0; start + 16 * depth <= sent.length; start += 1) {
      const received = sent.slice();
      for (let at = start; at < start + 16 * depth; at += 1) damage(random, received, at);
      expectPayload(received, { depth }, [], payload, 16 * depth);
    }
  });

  it('is 1 to 16 errors anywhere in each codeword', () => {
    const random = seededRandom(11);
    for (let trial = 0; trial < 960; trial += 1) {
      const { link, payload, sent } = anyFrame(random);
      const { received, damaged } = damagedFrame(random, sent, link, 0, 1 + (trial % 16));
      expectPayload(received, link, [], payload, damaged);
    }
  });

  it('is up to 32 erasures, with as many errors beside them as 2e + s ≤ 32 leaves', () => {
    const random = seededRandom(12);
    for (let trial = 0; trial < 660; trial += 1) {
      const { link, payload, sent } = anyFrame(random);
      const erasures = trial % 33;
      const errors = trial % 2 === 0 ? 0 : Math.floor((32 - erasures) / 2);
      const { received, damaged, erased } = damagedFrame(random, sent, link, erasures, errors);
      // Told twice and in no order.
      expectPayload(received, link, [...erased, ...erased.toReversed()], payload, damaged);
    }
  });

  it('is 32 erasures that were right', () => {
    const payload = drawBytes(seededRandom(13), 100);
    const erasures = Array.from({ length: 32 }, (_, index) => index * 3);
    expectPayload(frameOf(payload, { depth: 1 }), { depth: 1 }, erasures, payload, 0);
  });

  it('is no byte outside the frame', () => {
    const sent = frameOf(new Uint8Array(100), { depth: 1 });
    expect(() => decodeFrame(sent, { depth: 1 }, [sent.length])).toThrow(/was erased/);
  });
});

describe('damage that is told', () => {
  it(`is 17 errors and more in a codeword, ${BEYOND_TRIALS} times, and by the code alone`, () => {
    expect(countBeyond(BEYOND_TRIALS, 21, 0, 17, 255)).toEqual({ byCode: BEYOND_TRIALS, byFrame: 0, byNobody: 0 });
  });

  it('is one error beside 32 erasures: to the code every such word is near enough, so the CRC-32C must tell', () => {
    expect(countBeyond(2000, 22, 32, 1, 1)).toEqual({ byCode: 0, byFrame: 2000, byNobody: 0 });
  });

  it('is three errors beside 28 erasures, by the one or the other', () => {
    const { byCode, byFrame, byNobody } = countBeyond(2000, 23, 28, 3, 3);
    expect([byCode + byFrame, byNobody]).toEqual([2000, 0]);
    expect(Math.min(byCode, byFrame)).toBeGreaterThan(100);
  });

  it('is 33 erasures', () => {
    const erasures = Array.from({ length: 33 }, (_, index) => index);
    const sent = frameOf(new Uint8Array(100).fill(7), { depth: 1 });
    sent[0] = 0;
    expect(decodeFrame(sent, { depth: 1 }, erasures)).toMatchObject({ reason: 'fec-uncorrectable' });
  });

  it('is a frame cut at every byte, or with bytes behind it', () => {
    const random = seededRandom(24);
    for (const depth of DEPTHS) {
      const sent = frameOf(drawBytes(random, 223 * depth + 50), { depth });
      for (let length = 0; length < sent.length; length += 1) expectRefused(sent.subarray(0, length), { depth });
      for (let more = 1; more <= 300; more += 1) {
        expectRefused(new Uint8Array([...sent, ...drawBytes(random, more)]), { depth });
      }
    }
  });

  it('is a frame of nothing, of zeros, of another version, or of another depth', () => {
    expect(decodeFrame(new Uint8Array(0), { depth: 5 })).toMatchObject({ reason: 'malformed' });
    expect(decodeFrame(new Uint8Array(255), { depth: 1 })).toMatchObject({
      reason: 'malformed',
      detail: 'got a FEC frame of version 0, expected 1',
    });
    const content = [2, 0, 0, 0, 0, 0, 0, 0];
    const newer = Uint8Array.from([...content, ...parityOf(content)]);
    expect(decodeFrame(newer, { depth: 1 })).toMatchObject({ reason: 'malformed' });
    const sent = frameOf(new Uint8Array(4096), { depth: 5 });
    expect(decodeFrame(sent, { depth: 1 })).toMatchObject({ ok: false });
  });

  it('is a header that tells of another length, and a filling that is not zeros', () => {
    const longer = [1, 0, 0, 9, 0, 0, 0, 0, ...parityOf([1, 0, 0, 9, 0, 0, 0, 0])];
    expect(decodeFrame(Uint8Array.from(longer), { depth: 1 })).toMatchObject({
      reason: 'malformed',
      detail: 'got 40 bytes, expected the 49 of a payload of 9',
    });
    const filled = describedFrame(new Uint8Array(1), 2).slice(0, 10);
    filled[9] = 1;
    const parities = [0, 1].map((codeword) => parityOf(filled.filter((_, index) => index % 2 === codeword)));
    const parity = Array.from({ length: 64 }, (_, n) => parities[n % 2]?.[Math.floor(n / 2)] ?? 0);
    expect(decodeFrame(Uint8Array.from([...filled, ...parity]), { depth: 2 })).toMatchObject({ ok: false });
  });

  it('is anything else that is no frame', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1000 }), links, (bytes, link) => expectRefused(bytes, link)),
      { numRuns: 2000 },
    );
  });
});

function anyFrame(random: () => number) {
  const link = {
    depth: DEPTHS[Math.floor(random() * DEPTHS.length)] ?? 1,
    codewordDataBytes: random() < 0.5 ? 223 : 32 + Math.floor(random() * 192),
  };
  const payload = drawBytes(random, Math.floor(random() * 3 * link.depth * link.codewordDataBytes));
  return { link, payload, sent: frameOf(payload, link) };
}

/** With so many erasures and errors in each codeword, all of them other bytes than were sent. */
function damagedFrame(random: () => number, sent: Uint8Array, link: FecLink, erasures: number, errors: number) {
  const { depth, codewordDataBytes = 223 } = link;
  const received = sent.slice();
  const erased: number[] = [];
  let damaged = 0;
  const groupBytes = depth * (codewordDataBytes + 32);
  for (let start = 0; start < sent.length; start += groupBytes) {
    const rows = Math.min(groupBytes, sent.length - start) / depth;
    for (let codeword = 0; codeword < depth; codeword += 1) {
      const places = new Set<number>();
      while (places.size < Math.min(erasures + errors, rows)) places.add(Math.floor(random() * rows));
      const offsets = [...places].map((row) => start + row * depth + codeword);
      for (const offset of offsets) damage(random, received, offset);
      erased.push(...offsets.slice(0, erasures));
      damaged += offsets.length;
    }
  }
  return { received, erased, damaged };
}

/** Compared as buffers, because to compare arrays element by element takes longer than to correct them. */
function expectPayload(
  received: Uint8Array,
  link: FecLink,
  erasures: readonly number[],
  payload: Uint8Array,
  correctedBytes: number,
): void {
  const decoded = decodeFrame(received, link, erasures);
  if (!decoded.ok) throw new Error(decoded.detail);
  if (Buffer.compare(decoded.payload, payload) !== 0) throw new Error('the payload is not the one that was sent');
  if (decoded.correctedBytes !== correctedBytes) expect(decoded.correctedBytes).toBe(correctedBytes);
}

function expectRefused(bytes: Uint8Array, link: FecLink): void {
  const decoded = decodeFrame(bytes, link);
  if (decoded.ok) throw new Error(`a payload of ${decoded.payload.length} bytes came of ${bytes.length} bytes`);
  if (!['malformed', 'fec-uncorrectable'].includes(decoded.reason)) throw new Error(decoded.reason);
}
