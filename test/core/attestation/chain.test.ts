import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COUNTER_MAX, createChain, type PlacedReading } from '../../../core/attestation/chain.ts';
import { statementOf } from '../../../core/attestation/statement.ts';
import { decodeFrame } from '../../../core/sync/decode-frame.ts';
import { encodeFrame } from '../../../core/sync/encode-frame.ts';
import { EXAMPLE } from '../sync/frames.ts';
import { DEVICE, KEY_ID, VECTORS } from './vectors.ts';

const BOOT = VECTORS[0]?.attestation.bootId ?? 0n;

function placed(changes: Partial<PlacedReading> = {}): PlacedReading {
  return { ...(VECTORS[0]?.reading as PlacedReading), ...changes };
}

function textOf(statement: Uint8Array): string {
  return Buffer.from(statement).toString('utf8');
}

describe('a chain', () => {
  it('states what another implementation stated, one after the other', () => {
    const chain = createChain({ device: DEVICE, keyId: KEY_ID, nextBootId: () => BOOT });
    for (const { reading, attestation, statement } of VECTORS) {
      // As an adapter gives it: without the counter, and as exact as its receiver.
      const { longitude, latitude } = reading.position;
      const position = { ...reading.position, longitude: longitude + 4e-8, latitude: latitude - 4e-8 };
      const asRead = { ...reading, position, stamp: reading.stamp - attestation.counter + 77n };
      const { gnssAtMs, hdop, satellites } = attestation;
      const link = chain.next(asRead, {
        fixedAtMs: gnssAtMs,
        ...(hdop !== undefined && { hdop: hdop + 0.004 }),
        ...(satellites !== undefined && { satellites }),
      });
      expect(textOf(link.statement)).toBe(statement);
      expect(link.reading).toEqual(reading);
    }
  });

  it('states what a frame still says when it arrives', () => {
    const name = fc.string({
      unit: fc.constantFrom('a', 'b', 'Z', '9', ':', '_', '.', '-'),
      minLength: 1,
      maxLength: 12,
    });
    const stamps = fc.array(fc.tuple(name, fc.bigInt({ min: 0n, max: 2n ** 63n })), { maxLength: 3 });
    const value = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.string({ unit: 'grapheme' }),
      fc.integer().map((steps) => steps / 100),
    );
    const readings = fc.record({
      assetId: name,
      sensor: name,
      attributes: fc.array(fc.tuple(name, value), { maxLength: 4 }).map((entries) => new Map(entries)),
      position: fc.record(
        {
          longitude: fc.double({ min: -180, max: 180, noNaN: true }),
          latitude: fc.double({ min: -90, max: 90, noNaN: true }),
          altitude: fc.double({ min: -500, max: 10_000, noNaN: true }),
        },
        { requiredKeys: ['longitude', 'latitude'] },
      ),
      seen: fc
        .array(fc.tuple(fc.oneof(name, fc.constant('position')), stamps), { maxLength: 4 })
        .map((entries) => new Map(entries.map(([register, seen]) => [register, new Map(seen)]))),
      fix: fc.record(
        {
          fixedAtMs: fc.nat(),
          hdop: fc.double({ min: 0, max: 99, noNaN: true }),
          satellites: fc.nat({ max: 40 }),
        },
        { requiredKeys: [] },
      ),
    });
    fc.assert(
      fc.property(fc.array(readings, { minLength: 1, maxLength: 5 }), (many) => {
        const chain = createChain({ device: DEVICE, keyId: KEY_ID, nextBootId: () => BOOT });
        const links = many.map(({ fix, ...reading }) => chain.next(placed(reading), fix));
        const signed = links.map(({ reading, claim }) => ({
          ...reading,
          attestation: { ...claim, signature: new Uint8Array(64) },
        }));
        const frame = decodeFrame(encodeFrame({ ...EXAMPLE, kind: 'delta', readings: signed }));
        if (!frame.ok || frame.frame.kind === 'heartbeat') throw new Error('no frame');
        // Those of one asset stand together.
        const arrived = frame.frame.readings.map(
          (reading) => reading.attestation && textOf(statementOf(DEVICE, reading, reading.attestation)),
        );
        expect(new Set(arrived)).toEqual(new Set(links.map(({ statement }) => textOf(statement))));
      }),
    );
  });

  it('uses no counter for what cannot be stated', () => {
    const chain = createChain({ device: DEVICE, keyId: KEY_ID, nextBootId: () => BOOT });
    expect(() => chain.next(placed({ attributes: new Map([['speed', Number.NaN]]) }))).toThrow('NaN');
    expect(chain.next(placed()).claim).toMatchObject({
      counter: 1n,
      previousHash: new Uint8Array(32),
    });
  });

  it('begins another boot where counters would wrap around', () => {
    const boots = [7n, 8n];
    const nextBootId = () => boots.shift() ?? 0n;
    const chain = createChain({ device: DEVICE, keyId: KEY_ID, nextBootId, counter: COUNTER_MAX - 1n });
    const last = chain.next(placed());
    expect(last.claim).toMatchObject({ bootId: 7n, counter: 18_446_744_073_709_551_615n });
    expect(last.reading.stamp % 1_000_000n).toBe(551_615n);
    expect(chain.next(placed()).claim).toMatchObject({
      bootId: 8n,
      counter: 1n,
      previousHash: new Uint8Array(32),
    });
  });
});
