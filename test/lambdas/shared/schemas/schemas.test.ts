import { create, createFileRegistry, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import avsc from 'avsc';
import { describe, expect, it } from 'vitest';
import { compileSchema, fingerprintOfSchema } from '../../../../lambdas/shared/schemas/compile-schema.ts';
import { RELEASED_SCHEMAS } from '../../../../lambdas/shared/schemas/released.ts';
import type { SchemaEntry } from '../../../../lambdas/shared/schemas/schema-entry.ts';

const { Type } = avsc;

function released(name: string, version: number): SchemaEntry {
  const entry = RELEASED_SCHEMAS.find((each) => each.name === name && each.version === version);
  if (!entry) throw new Error(`${name}/${version} is not released`);
  return entry;
}

const OBSERVED_AT = 1_795_248_000_000;

describe('a schema in Avro', () => {
  const [first, second] = [released('parking-spot', 1), released('parking-spot', 2)];
  /** observedAt, zigzag and in sevens (Avro, "Binary Encoding"); counter 5; enum 1; branch 1; 290.5 as a float. */
  const BODY = `${zigzag(BigInt(OBSERVED_AT))}0a02`;
  const TEMPERATURE = '0200409143';

  it('has the canonical form of the specification, and its fingerprint', () => {
    const { canonicalForm } = compileSchema(first);
    expect(canonicalForm).toBe(
      '{"name":"cityweave.devices.ParkingSpot","type":"record","fields":[{"name":"observedAt","type":"long"},{"name":"counter","type":"long"},' +
        '{"name":"status","type":{"name":"cityweave.devices.Status","type":"enum","symbols":["free","occupied"]}}]}',
    );
    expect(first.fingerprint).toBe(rabin(canonicalForm));
  });

  it('reads what its firmware wrote, old and new', () => {
    expect(compileSchema(first).read(Buffer.from(BODY, 'hex'))).toEqual({
      ok: true,
      fields: [
        { name: 'observedAt', value: OBSERVED_AT },
        { name: 'counter', value: 5 },
        { name: 'status', value: 'occupied' },
      ],
    });
    expect(compileSchema(second).read(Buffer.from(BODY + TEMPERATURE, 'hex'))).toMatchObject({
      fields: [{}, {}, {}, { name: 'temperature', value: 290.5, unit: 'KEL' }],
    });
    expect(compileSchema(second).read(Buffer.from(`${BODY}00`, 'hex'))).toMatchObject({
      ok: true,
      fields: { length: 3 },
    });
  });

  it('of either version reads the other’s writings in Avro’s own resolution', () => {
    const [one, other] = [first, second].map(({ schema }) => Type.forSchema(JSON.parse(schema) as avsc.Schema));
    expect(one && other?.fromBuffer(Buffer.from(BODY, 'hex'), other.createResolver(one))).toMatchObject({
      status: 'occupied',
      temperature: null,
    });
    expect(other && one?.fromBuffer(Buffer.from(BODY + TEMPERATURE, 'hex'), one.createResolver(other))).toMatchObject({
      status: 'occupied',
    });
  });

  it.each([
    ['cut short', BODY.slice(0, -2)],
    ['with more behind', `${BODY}00`],
    ['of an enum value that is none', `${BODY.slice(0, -2)}08`],
    ['of a number of sixteen bytes', 'ff'.repeat(16)],
    ['empty', ''],
  ])('refuses a body %s', (_, hex) => {
    expect(compileSchema(first).read(Buffer.from(hex, 'hex'))).toMatchObject({ ok: false, reason: 'malformed' });
  });

  it.each([
    ['a list', { type: 'record', name: 'R', fields: [{ name: 'a', type: { type: 'array', items: 'null' } }] }],
    [
      'a record within',
      { type: 'record', name: 'R', fields: [{ name: 'a', type: { type: 'record', name: 'S', fields: [] } }] },
    ],
    ['bytes', { type: 'record', name: 'R', fields: [{ name: 'a', type: 'bytes' }] }],
    ['no record', 'int'],
  ])('must not have %s', (_, schema) => {
    expect(() => compileSchema({ format: 'avro', schema: JSON.stringify(schema) })).toThrow('expected');
  });
});

describe('a schema in protobuf', () => {
  const [first, second] = [released('traffic-flow', 1), released('traffic-flow', 2)];
  /** Field 1 fixed64, 2 varint 5, 3 varint 900, 4 float 48.5 (protobuf.dev, "Encoding"); then 5 float 0.25. */
  const BODY =
    `09${Buffer.from(BigUint64Array.of(BigInt(OBSERVED_AT)).buffer).toString('hex')}1005188407250000 4242`.replace(
      ' ',
      '',
    );
  const OCCUPANCY = '2d0000803e';

  it('has the canonical form that the documentation states, and its fingerprint', () => {
    const { canonicalForm } = compileSchema(first);
    expect(canonicalForm).toBe(
      '{"message":"cityweave.devices.TrafficFlow","fields":[' +
        '{"number":1,"name":"observedAt","type":"fixed64","presence":"implicit"},' +
        '{"number":2,"name":"counter","type":"uint32","presence":"implicit"},' +
        '{"number":3,"name":"intensity","type":"uint32","presence":"explicit"},' +
        '{"number":4,"name":"averageVehicleSpeed","type":"float","presence":"explicit"}]}',
    );
    expect(first.fingerprint).toBe(rabin(canonicalForm));
  });

  const READ = [
    { name: 'observedAt', value: OBSERVED_AT },
    { name: 'counter', value: 5 },
    { name: 'intensity', value: 900 },
    { name: 'averageVehicleSpeed', value: 48.5 },
  ];

  it('reads what its firmware wrote; what was not measured is left out', () => {
    expect(compileSchema(first).read(Buffer.from(BODY, 'hex'))).toEqual({ ok: true, fields: READ });
    expect(compileSchema(second).read(Buffer.from(BODY + OCCUPANCY, 'hex'))).toEqual({
      ok: true,
      fields: [...READ, { name: 'occupancy', value: 0.25 }],
    });
    expect(compileSchema(first).read(Buffer.from('1805', 'hex'))).toMatchObject({
      fields: [{ value: 0 }, { value: 0 }, { name: 'intensity', value: 5 }],
    });
  });

  it('of either version reads what the other has written', () => {
    expect(compileSchema(second).read(Buffer.from(BODY, 'hex'))).toEqual({ ok: true, fields: READ });
    expect(compileSchema(first).read(Buffer.from(BODY + OCCUPANCY, 'hex'))).toEqual({ ok: true, fields: READ });
  });

  it('reads what the library writes', () => {
    const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, Buffer.from(second.schema, 'base64')));
    const message = registry.getMessage('cityweave.devices.TrafficFlow');
    if (!message) throw new Error('no TrafficFlow');
    const bytes = toBinary(
      message,
      create(message, { observedAt: BigInt(OBSERVED_AT), counter: 5, intensity: 900, averageVehicleSpeed: 48.5 }),
    );
    expect(Buffer.from(bytes).toString('hex')).toBe(BODY);
  });

  it.each([
    ['cut short', BODY.slice(0, -2)],
    ['of a hostile length', '3affffffff0f'],
    ['of groups without end', '0b'.repeat(50_000)],
    ['of a number of eleven bytes', `18${'ff'.repeat(11)}`],
  ])('refuses a body %s', (_, hex) => {
    expect(compileSchema(first).read(Buffer.from(hex, 'hex'))).toMatchObject({ ok: false, reason: 'malformed' });
  });
});

describe('what is released', () => {
  it.each(RELEASED_SCHEMAS)('$name/$version has the fingerprint of its schema', (entry) => {
    expect(fingerprintOfSchema(compileSchema(entry))).toBe(entry.fingerprint);
  });
});

function zigzag(value: bigint): string {
  const bytes: number[] = [];
  for (let rest = value * 2n; ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]).toString('hex');
    bytes.push(Number(rest & 127n) | 128);
  }
}

/** The fingerprint bit by bit, by polynomial division. */
function rabin(text: string): string {
  let remainder = 0xc15d213aa4d7a795n;
  for (const byte of Buffer.from(text)) {
    remainder ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) remainder = (remainder >> 1n) ^ (remainder & 1n ? 0xc15d213aa4d7a795n : 0n);
  }
  return remainder.toString(16).padStart(16, '0');
}
