/** A frame spread over datagrams, of which some are lost, late, doubled or damaged. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { damage, drawBytes } from '../../../bench/fec/codewords.ts';
import { measureDelivery } from '../../../bench/fec/delivery.ts';
import { seededRandom } from '../../../bench/support/random.ts';
import { DATAGRAM_BYTES_MAX, DATAGRAM_HEADER_BYTES, DATAGRAMS_MAX } from '../../../core/fec/datagram.ts';
import { encodeFrame } from '../../../core/fec/encode-frame.ts';
import { createGatherer, FRAMES_OPEN_MAX, type Gathered } from '../../../core/fec/gather.ts';
import { DEPTHS, type FecLink } from '../../../core/fec/link.ts';
import { LOSSY_LINK, spreadPayload } from '../../../core/fec/spread.ts';

const random = seededRandom(1);
const PAYLOAD = drawBytes(random, 4096);
const NOTHING = { ok: true, payload: undefined };

function datagramsOf(payload: Uint8Array, number: number, link?: FecLink, count?: number): readonly Uint8Array[] {
  const spread = spreadPayload(payload, number, link, count);
  if (!spread.ok) throw new Error(spread.detail);
  return spread.datagrams;
}

function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, order: random() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ value }) => value);
}

/** What came of them, one after the other, but for those that brought nothing. */
function gathered(datagrams: readonly Uint8Array[], link?: FecLink): Gathered[] {
  const gatherer = createGatherer(link);
  return datagrams.map((datagram) => gatherer.add(datagram)).filter((each) => !each.ok || each.payload);
}

const payloadsIn = (all: readonly Gathered[]) => all.map((each) => (each.ok ? each.payload : each.detail));

describe('datagrams', () => {
  it('are a header and the rows of the frame, dealt out by turns', () => {
    const encoded = encodeFrame(PAYLOAD, { depth: 5 });
    const frame = encoded.ok ? [...encoded.frame] : [];
    const datagrams = datagramsOf(PAYLOAD, 0x01020304, { depth: 5 }, 8);
    for (const [index, datagram] of datagrams.entries()) {
      const length = [0, 0, Math.floor(frame.length / 256), frame.length % 256];
      const rows = frame.filter((_, at) => Math.floor(at / 5) % 8 === index);
      expect([...datagram]).toEqual([1, 5, index, 8, 1, 2, 3, 4, ...length, ...rows]);
    }
  });

  it('bring the payload without any 8 of 24, in whatever order, and once', () => {
    for (let trial = 0; trial < 50; trial += 1) {
      const arriving = shuffled(datagramsOf(PAYLOAD, trial)).slice(8);
      expect(payloadsIn(gathered([...arriving, ...arriving]))).toEqual([PAYLOAD]);
    }
  });

  it('bring nothing without 9 of 24', () => {
    expect(gathered(shuffled(datagramsOf(PAYLOAD, 1)).slice(9))).toEqual([]);
  });

  it('bring the payload of any length over any number of datagrams, when all come', () => {
    const links = fc.record({
      depth: fc.constantFrom(...DEPTHS),
      codewordDataBytes: fc.integer({ min: 32, max: 223 }),
    });
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 2000 }),
        links,
        fc.integer({ min: 1, max: 255 }),
        (payload, link, count) => {
          expect(payloadsIn(gathered(shuffled(datagramsOf(payload, 7, link, count)), link))).toEqual([payload]);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('bring the payload a few datagrams later where some bytes were damaged', () => {
    const [first = new Uint8Array(0), ...others] = datagramsOf(PAYLOAD, 1);
    // Its 4 errors take 8 of a codeword's 32 bytes of parity, so that 6 datagrams may be missing instead of 8.
    const damaged = first.slice();
    for (let at = DATAGRAM_HEADER_BYTES; at < damaged.length; at += 1) damage(random, damaged, at);
    const gatherer = createGatherer();
    const outcomes = [damaged, ...others].map((datagram) => gatherer.add(datagram));
    const arrived = outcomes.findIndex((each) => each.ok && each.payload) + 1;
    expect(arrived).toBe(18);
    expect(payloadsIn(outcomes.slice(arrived - 1, arrived))).toEqual([PAYLOAD]);
  });

  it('are refused with the last one where too many bytes were damaged', () => {
    const datagrams = datagramsOf(PAYLOAD, 1).map((datagram) => datagram.slice());
    for (const datagram of datagrams) {
      for (let at = DATAGRAM_HEADER_BYTES; at < datagram.length; at += 4) damage(random, datagram, at);
    }
    expect(gathered(datagrams)).toMatchObject([{ ok: false, reason: 'fec-uncorrectable' }]);
  });

  it('may be of 16 frames at a time; the frame begun first gives way to a seventeenth', () => {
    const frames = Array.from({ length: FRAMES_OPEN_MAX + 1 }, (_, number) =>
      datagramsOf(PAYLOAD.subarray(number), number),
    );
    const byTurns = (count: number) =>
      Array.from({ length: 24 }, (_, index) =>
        frames.slice(0, count).map((datagrams) => datagrams[index] ?? PAYLOAD),
      ).flat();
    expect(gathered(byTurns(FRAMES_OPEN_MAX))).toHaveLength(FRAMES_OPEN_MAX);
    expect(gathered(byTurns(FRAMES_OPEN_MAX + 1)).length).toBeLessThan(FRAMES_OPEN_MAX + 1);
  });

  it('stay below the length of a packet, up to 255 of them, and a frame for more is refused', () => {
    const rowsMax = Math.floor((DATAGRAM_BYTES_MAX - DATAGRAM_HEADER_BYTES) / 8);
    const groups = Math.floor((rowsMax * DATAGRAMS_MAX) / 96);
    const longest = groups * 64 * 8 - 8;
    const datagrams = datagramsOf(new Uint8Array(longest), 1);
    expect(datagrams).toHaveLength(DATAGRAMS_MAX);
    expect(Math.max(...datagrams.map(({ length }) => length))).toBeLessThanOrEqual(DATAGRAM_BYTES_MAX);
    const more = spreadPayload(new Uint8Array(longest + 64 * 8), 1);
    expect(more).toMatchObject({ ok: false, reason: 'too-large' });
  });

  it('never stay empty', () => {
    const datagrams = datagramsOf(new Uint8Array(1), 1, { depth: 8 }, 255);
    expect(datagrams).toHaveLength(34);
    expect(payloadsIn(gathered(datagrams, { depth: 8 }))).toEqual([new Uint8Array(1)]);
  });

  it('are refused when cut at any byte, of another version or depth, or unlike the others of their frame', () => {
    const [datagram = new Uint8Array(0), other = new Uint8Array(0)] = datagramsOf(PAYLOAD, 1);
    for (let length = 0; length < datagram.length; length += 1) {
      expect(createGatherer().add(datagram.subarray(0, length))).toMatchObject({ ok: false, reason: 'malformed' });
    }
    const changed = (at: number, value: number) =>
      Uint8Array.from(other, (byte, index) => (index === at ? value : byte));
    for (const [at, value] of [
      [0, 0],
      [0, 2],
      [1, 0],
      [1, 4],
      [2, 24],
      [3, 0],
      [3, 1],
      [8, 255],
      [11, 1],
    ] as const) {
      expect(createGatherer().add(changed(at, value))).toMatchObject({ ok: false, reason: 'malformed' });
    }
    expect(createGatherer({ depth: 4 }).add(datagram)).toMatchObject({ ok: false, reason: 'malformed' });
    const gatherer = createGatherer();
    expect(gatherer.add(datagram)).toEqual(NOTHING);
    const [strange = new Uint8Array(0)] = datagramsOf(PAYLOAD, 1, LOSSY_LINK, 30);
    expect(gatherer.add(strange)).toMatchObject({ ok: false, reason: 'malformed' });
  });

  it('are refused, whatever the bytes', () => {
    const gatherer = createGatherer();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const outcome = gatherer.add(Uint8Array.from([1, 8, ...bytes]));
        expect(outcome.ok ? outcome.payload : outcome.reason).toSatisfy((is) => is === undefined || is === 'malformed');
      }),
      { numRuns: 2000 },
    );
  });

  it('bring 99 % of frames when a tenth of them is lost, where 8 % would come without FEC', () => {
    const setting = { link: LOSSY_LINK, datagrams: 24, payloadBytes: 1000 };
    const { delivered, whole } = measureDelivery(setting, 500, 0.1, 3);
    // Binomial: P(at most 8 of 24 lost) = 0.9997, P(none) = 0.0798.
    expect(delivered / 500).toBeGreaterThan(0.99);
    expect(whole / 500).toBeCloseTo(0.9 ** 24, 1);
  });
});
