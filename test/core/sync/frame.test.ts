import { fromBinary, toBinary } from '@bufbuild/protobuf';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SyncFrameSchema } from '../../../core/codec/generated/sync_pb.ts';
import { decodeFrame } from '../../../core/sync/decode-frame.ts';
import { encodeFrame } from '../../../core/sync/encode-frame.ts';
import type { SyncFrame } from '../../../core/sync/frame.ts';
import { quantize } from '../../../core/sync/scaled.ts';
import { attributes, name } from '../codec/arbitraries.ts';
import { EXAMPLE, EXAMPLE_HEX, WHOLE_STAMPS_HEX } from './frames.ts';

const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const whole = fc.nat(2 ** 31);
const dots = fc.array(fc.tuple(name, uint64), { minLength: 1, maxLength: 2 }).map((entries) => new Map(entries));
const header = {
  gateway: name,
  lane: fc.constantFrom('bulk', 'critical'),
  epoch: whole,
  sequence: whole,
  sentAtMs: whole,
};

const reading = fc
  .record({ assetId: name, assetType: name, sensor: name, stamp: uint64, attributes, seen: dots, isSeen: fc.boolean() })
  .filter((each) => each.attributes.size > 0)
  .map(({ isSeen, seen, ...rest }) => ({
    ...rest,
    seen: new Map([...rest.attributes.keys()].filter(() => isSeen).map((attribute) => [attribute, seen])),
  }));
const leaf = fc.record({ assetId: name, attribute: name, sensor: name, stamp: uint64 });
const frame: fc.Arbitrary<SyncFrame> = fc.oneof(
  fc.record({
    ...header,
    kind: fc.constantFrom('delta', 'snapshot'),
    readings: fc.array(reading, { minLength: 1, maxLength: 5 }),
  }),
  fc.record({
    ...header,
    kind: fc.constant('heartbeat'),
    digest: fc.record({
      root: uint64,
      assets: whole,
      heldFrom: whole,
      sums: fc.array(uint64, { minLength: 256, maxLength: 256 }),
      listings: fc.array(leaf, { maxLength: 3 }).map((leaves) => new Map([[7, leaves]])),
    }),
  }),
) as fc.Arbitrary<SyncFrame>;

describe('a sync frame', () => {
  it('has the bytes that its schema asks for', () => {
    expect(Buffer.from(encodeFrame(EXAMPLE)).toString('hex')).toBe(EXAMPLE_HEX);
    expect(decodeFrame(Buffer.from(EXAMPLE_HEX, 'hex'))).toEqual({ ok: true, frame: EXAMPLE });
    expect(decodeFrame(Buffer.from(WHOLE_STAMPS_HEX, 'hex'))).toEqual({ ok: true, frame: EXAMPLE });
  });

  it.each([
    [2n ** 49n - 1n, 14],
    [2n ** 49n, 15],
  ])('carries a stamp %d behind the least in the bytes of its offset, or whole', (offset, more) => {
    const [first] = EXAMPLE.kind === 'heartbeat' ? [] : EXAMPLE.readings;
    if (!first) throw new Error('the example has readings');
    const of = (...stamps: readonly bigint[]): SyncFrame => ({
      ...EXAMPLE,
      kind: 'delta',
      readings: stamps.map((stamp) => ({ ...first, attributes: new Map([['taken', 1]]), stamp })),
    });
    const both = of(first.stamp, first.stamp + offset);
    const bytes = encodeFrame(both);
    expect(bytes.length - encodeFrame(of(first.stamp)).length).toBe(2 + more);
    expect(decodeFrame(bytes)).toEqual({ ok: true, frame: both });
  });

  it('comes back as it was, every double to its last bit', () => {
    fc.assert(
      fc.property(frame, (each) => {
        expect(decodeFrame(encodeFrame(each))).toEqual({ ok: true, frame: each });
      }),
      { numRuns: 200 },
    );
  });

  it('is written as the code generated from its schema writes it', () => {
    fc.assert(
      fc.property(frame, (each) => {
        const bytes = encodeFrame(each);
        expect(bytes).toEqual(toBinary(SyncFrameSchema, fromBinary(SyncFrameSchema, bytes)));
      }),
      { numRuns: 100 },
    );
  });

  it.each([2 ** 52, -(2 ** 52), 2 ** 52 + 1, -(2 ** 52) - 1, Number.MAX_SAFE_INTEGER, 2 ** 60, 0, -0, 0.1, 1 / 3])(
    'carries the number %d',
    (value) => {
      const [first] = EXAMPLE.kind === 'heartbeat' ? [] : EXAMPLE.readings;
      if (!first) throw new Error('the example has readings');
      const readings = [{ ...first, attributes: new Map([['taken', value]]) }];
      const each: SyncFrame = { ...EXAMPLE, kind: 'delta', readings };
      expect(decodeFrame(encodeFrame(each))).toEqual({ ok: true, frame: each });
    },
  );

  it('carries a place to 10⁻⁷ degrees and a centimetre', () => {
    const position = { longitude: -1.89312345678, latitude: 52.4773, altitude: 120.129 };
    const [first] = EXAMPLE.kind === 'heartbeat' ? [] : EXAMPLE.readings;
    if (!first) throw new Error('the example has readings');
    const decoded = decodeFrame(encodeFrame({ ...EXAMPLE, kind: 'snapshot', readings: [{ ...first, position }] }));
    expect(decoded).toMatchObject({
      frame: { readings: [{ position: { longitude: -1.8931235, latitude: 52.4773, altitude: 120.13 } }] },
    });
  });

  it.each([
    ['nothing', '', 'unknown-schema'],
    ['another format', '0802', 'unknown-schema'],
    ['no lane', '08013803', 'malformed'],
    ['no kind', '08011801', 'malformed'],
    ['a delta without readings', '080118013801', 'malformed'],
    ['a heartbeat without a digest', '080118013803', 'malformed'],
    ['255 sums', `08011801380362fb0f22f80f${'00'.repeat(2040)}`, 'malformed'],
    ['a sensor that is not listed', '08011801380142016152030a01615a081a0608011a021002', 'malformed'],
    ['bytes that end early', EXAMPLE_HEX.slice(0, -2), 'malformed'],
    ['readings without a stamp', EXAMPLE_HEX.slice(0, -18), 'malformed'],
    ['a stamp beyond 2⁶⁴', `${EXAMPLE_HEX.slice(0, -16)}${'ff'.repeat(8)}`, 'malformed'],
    ['a sequence beyond 2⁵³', '0801180128ffffffffffffffff7f3803', 'malformed'],
  ])('of %s is refused', (_, hex, reason) => {
    expect(decodeFrame(Buffer.from(hex, 'hex'))).toMatchObject({ ok: false, reason });
  });

  it('is read or refused, whatever was done to its bytes', () => {
    const bytes = Buffer.from(EXAMPLE_HEX, 'hex');
    for (let end = 0; end < bytes.length; end += 1) expect(decodeFrame(bytes.subarray(0, end)).ok).toBe(false);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.uint8Array({ maxLength: 20 }), (at, flip, more) => {
        const damaged = Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        const decoded = decodeFrame(damaged);
        expect(decoded.ok || decoded.detail !== '').toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('quantize', () => {
  it('errs by a twentieth of the tolerance at most, and by nothing without one', () => {
    const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(finite, fc.constantFrom(0.001, 0.05, 0.5, 1, 2, 5, 10, 250), (value, tolerance) => {
        expect(Math.abs(quantize(value, tolerance) - value)).toBeLessThanOrEqual(tolerance / 20 + 1e-9);
        expect(quantize(value, 0)).toBe(value);
      }),
    );
    expect(quantize(21.4567, 0.5)).toBe(21.46);
    expect(quantize(61, 2)).toBe(61);
  });
});
