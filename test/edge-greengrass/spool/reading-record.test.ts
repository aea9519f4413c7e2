import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import type { FrameReading } from '../../../core/sync/frame.ts';
import { decodeReading, encodeReading } from '../../../edge-greengrass/spool/reading-record.ts';

const PLAIN: FrameReading = {
  assetId: 'junction-1',
  assetType: 'TrafficJunction',
  sensor: 'loop-004',
  stamp: 1_795_247_998_800_004_711n,
  attributes: new Map([['vehicleCount', 61]]),
  seen: new Map(),
};

const RICH: FrameReading = {
  ...PLAIN,
  attributes: new Map<string, number | string | boolean>([
    ['taken', 60],
    ['temperature', -21.5],
    ['third', 1 / 3],
    ['nothing', -0],
    ['open', true],
    ['shut', false],
    ['note', 'grün'],
  ]),
  position: { longitude: 103.8501234, latitude: -1.2897, altitude: 15.25 },
  seen: new Map([['taken', new Map([['camera', 2n ** 64n - 1n]])]]),
  attestation: {
    keyId: 'key-1',
    bootId: 2n ** 63n + 5n,
    counter: 4711n,
    gnssAtMs: 1_795_247_998_700,
    hdop: 0.9,
    satellites: 11,
    previousHash: new Uint8Array(32).fill(3),
    signature: new Uint8Array(64).fill(4),
  },
};

// Written by hand from the description: format and flags, three names, stamp (lowest byte first), one attribute, its name,
// that it is a whole number, and 61.
const EXAMPLE_HEX = ['0100', '016101420163', '0807060504030201', '01', '05636f756e74', '04', '7a'].join('');

const values = fc.oneof(fc.double({ noNaN: true }), fc.boolean(), fc.string());
const names = fc.string({ minLength: 1, maxLength: 20 });

describe('a reading in the spool', () => {
  it('has the bytes that its description says', () => {
    const reading = { ...PLAIN, assetId: 'a', assetType: 'B', sensor: 'c', stamp: 0x0102030405060708n };
    const bytes = encodeReading({ ...reading, attributes: new Map([['count', 61]]) });
    expect(Buffer.from(bytes).toString('hex')).toBe(EXAMPLE_HEX);
  });

  it('comes back as it was', () => {
    for (const reading of [PLAIN, RICH]) {
      expect(decodeReading(encodeReading(reading))).toEqual({ ok: true, reading });
    }
  });

  it('comes back as it was, whatever it says', () => {
    fc.assert(
      fc.property(
        names,
        names,
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.array(fc.tuple(names, values)),
        (...of) => {
          const [assetId, sensor, stamp, said] = of;
          const reading = { ...PLAIN, assetId, sensor, stamp, attributes: new Map(said) };
          expect(decodeReading(encodeReading(reading))).toEqual({ ok: true, reading });
        },
      ),
    );
  });

  it('is refused where it ends early, at each byte, and where something follows', () => {
    for (const reading of [PLAIN, RICH]) {
      const bytes = encodeReading(reading);
      for (let length = 0; length < bytes.length; length += 1) {
        expect(decodeReading(bytes.subarray(0, length))).toMatchObject({ ok: false, reason: 'malformed' });
      }
      expect(decodeReading(Uint8Array.of(...bytes, 0))).toMatchObject({ ok: false, reason: 'malformed' });
    }
  });

  it('of another format is refused as that', () => {
    expect(decodeReading(Uint8Array.of(2, ...encodeReading(PLAIN).subarray(1)))).toMatchObject({
      ok: false,
      reason: 'unknown-schema',
    });
  });

  it('takes random bytes without a crash, a hang or a heap of memory', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const decoded = decodeReading(Uint8Array.of(1, ...bytes));
        expect(decoded.ok || decoded.detail.length > 0).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
