import { describe, expect, it } from 'vitest';
import config from '../../../../cityweave.config.ts';
import { decodeMessage, NO_PORTS } from '../../../../core/codec/decode.ts';
import type { DecodedReading } from '../../../../core/codec/decoder.ts';
import { crc64Avro } from '../../../../core/codec/envelope/crc-64-avro.ts';
import { ENVELOPE_BYTES, envelop, fingerprintOf, formatFingerprint } from '../../../../core/codec/envelope/envelope.ts';
import type { SchemaField } from '../../../../core/ports.ts';
import { refuse } from '../../../../core/reason.ts';
import { validateCityConfig } from '../../../../core/schema/validate-config.ts';
import { EIGHT_O_CLOCK_MS, messageOf } from '../factories.ts';

describe('crc64Avro', () => {
  /** Avro's own test data, share/test/data/schema-tests.txt. */
  it.each([
    ['"null"', 7_195_948_357_588_979_594n],
    ['"boolean"', -6_970_731_678_124_411_036n],
    ['"int"', 8_247_732_601_305_521_295n],
    ['"long"', -3_434_872_931_120_570_953n],
    ['"double"', -8_181_574_048_448_539_266n],
    ['"string"', -8_142_146_995_180_207_161n],
  ])('of %s is %d', (text, signed) => {
    expect(crc64Avro(Buffer.from(text))).toBe(BigInt.asUintN(64, signed));
  });
});

describe('an envelope', () => {
  it('is C3 01, the fingerprint little-endian, and the body', () => {
    const bytes = envelop(0x0102030405060708n, Uint8Array.of(0xaa));
    expect(Buffer.from(bytes).toString('hex')).toBe('c3010807060504030201aa');
    expect(fingerprintOf(bytes)).toBe(0x0102030405060708n);
    expect(fingerprintOf(bytes.subarray(0, ENVELOPE_BYTES - 1))).toBeUndefined();
    expect(formatFingerprint(0x0102030405060708n)).toBe('0102030405060708');
  });
});

const city = validateCityConfig(config);
const TOPIC = 'dt/eastside/ParkingSpot/lotA-17/sensor';
const SCHEMA = 0xfffefdfcfbfaf9f8n;

/** Decodes a message whose schema says what it is told. */
function decode(fields: readonly SchemaField[], topic = TOPIC): readonly DecodedReading[] {
  const schemas = {
    find: (fingerprint: bigint) =>
      fingerprint === SCHEMA ? { read: () => ({ ok: true, fields }) as const } : undefined,
  };
  return decodeMessage(messageOf(envelop(SCHEMA, new Uint8Array(3)), { topic }), city, { ...NO_PORTS, schemas })
    .readings;
}

describe('an enveloped reading', () => {
  it('has its time, counter and place by name, and its other fields as attributes', () => {
    const fields = [
      { name: 'observedAt', value: EIGHT_O_CLOCK_MS },
      { name: 'counter', value: 4711 },
      { name: 'status', value: 'free' },
      { name: 'temperature', value: 290, unit: 'KEL' },
      { name: 'latitude', value: 52 },
      { name: 'longitude', value: -1 },
      { name: 'altitude', value: 120 },
    ];
    expect(decode(fields)).toEqual([
      {
        ok: true,
        kind: 'reading',
        assetId: 'lotA-17',
        assetType: 'ParkingSpot',
        zone: 'eastside',
        source: 'sensor',
        observedAtMs: EIGHT_O_CLOCK_MS,
        counter: 4711n,
        attributes: [
          { name: 'status', value: 'free' },
          { name: 'temperature', value: 290, unit: 'KEL' },
        ],
        position: { latitude: 52, longitude: -1, altitude: 120 },
        flags: [],
        attestation: 'none',
        schema: SCHEMA,
      },
    ]);
  });

  it('has no time where its clock was never set', () => {
    const [reading] = decode([
      { name: 'observedAt', value: 0 },
      { name: 'status', value: 'free' },
    ]);
    expect(reading).toMatchObject({ ok: true });
    expect(reading).not.toHaveProperty('observedAtMs');
  });

  it.each([
    ['nothing to say', [], 'schema-violation'],
    ['half a place', [{ name: 'latitude', value: 1 }], 'schema-violation'],
    [
      'a broken time',
      [
        { name: 'observedAt', value: 1.5 },
        { name: 'status', value: 'free' },
      ],
      'schema-violation',
    ],
  ])('with %s is refused', (_, fields, reason) => {
    expect(decode(fields)).toMatchObject([{ ok: false, reason }]);
  });

  it('of a schema that nobody knows is kept as such, and so is one that ends in its header', () => {
    const unknown = messageOf(envelop(1n, new Uint8Array(3)), { topic: TOPIC });
    expect(decodeMessage(unknown, city).readings).toEqual([
      refuse('unknown-schema', 'no schema has the fingerprint 0000000000000001'),
    ]);
    const short = messageOf(envelop(1n, new Uint8Array(0)).subarray(0, 9), { topic: TOPIC });
    expect(decodeMessage(short, city).readings).toMatchObject([{ reason: 'malformed' }]);
    expect(decode([], 'sensors/parking/lotA')).toMatchObject([{ reason: 'malformed' }]);
    expect(decode([], 'dt/eastside/gateway/g/other')).toMatchObject([{ reason: 'unknown-schema' }]);
  });
});
