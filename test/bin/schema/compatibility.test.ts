import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { incompatibilities } from '../../../bin/schema/compatibility.ts';
import { readSchemaFolder, releaseBreaches } from '../../../bin/schema/released.ts';
import { readSchemaFile } from '../../../bin/schema/schema-file.ts';
import { RELEASED_SCHEMAS } from '../../../lambdas/shared/schemas/released.ts';
import type { SchemaEntry } from '../../../lambdas/shared/schemas/schema-entry.ts';

const folder = mkdtempSync(join(tmpdir(), 'cityweave-schemas-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let names = 0;

/** Versions of one schema, in order. */
function versionsOf(extension: 'avsc' | 'proto', ...texts: string[]): SchemaEntry[] {
  names += 1;
  const directory = join(folder, `device-${names}`);
  mkdirSync(directory);
  return texts.map((text, index) => {
    const file = join(directory, `${index + 1}.${extension}`);
    writeFileSync(file, text);
    return readSchemaFile(file);
  });
}

function breachesOf(entries: readonly SchemaEntry[]): string {
  const [older, newer] = entries;
  if (!older || !newer) throw new Error('two versions are compared');
  return incompatibilities(newer, older).join('\n');
}

describe('the schemas of schemas/devices', () => {
  it('are the released ones, and break with none', { timeout: 60_000 }, () => {
    expect(releaseBreaches(readSchemaFolder(), RELEASED_SCHEMAS)).toEqual([]);
    expect(readSchemaFolder()).toEqual(RELEASED_SCHEMAS);
  });
});

const proto = (body: string, syntax = 'syntax = "proto3";'): string => `${syntax} package p; message M { ${body} }`;
const TWO = 'optional int32 a = 1; optional string b = 2;';

describe('a new version in protobuf', () => {
  it.each([
    ['adds a field', TWO, `${TWO} optional float c = 3;`],
    ['reserves what it takes out', TWO, 'reserved 2; optional int32 a = 1;'],
    ['orders its fields anew', TWO, 'optional string b = 2; optional int32 a = 1;'],
  ])('that %s may be released', (_, older, newer) => {
    expect(breachesOf(versionsOf('proto', proto(older), proto(newer)))).toBe('');
  });

  it.each([
    ['uses a number again', TWO, 'optional int32 a = 1; optional string c = 2;', /field 2 \(b\): name was b, is c/],
    [
      'changes a type',
      TWO,
      'optional int64 a = 1; optional string b = 2;',
      /field 1 \(a\): type was "int32", is "int64"/,
    ],
    ['changes the presence', TWO, 'int32 a = 1; optional string b = 2;', /presence was explicit, is implicit/],
    ['takes a field out', TWO, 'optional int32 a = 1;', /say "reserved 2;"/],
    [
      'uses what was reserved',
      'reserved 3; optional int32 a = 1;',
      'optional int32 a = 1; optional int32 c = 3;',
      /version 1 reserves/,
    ],
  ])('that %s is refused', (_, older, newer, breach) => {
    expect(breachesOf(versionsOf('proto', proto(older), proto(newer)))).toMatch(breach);
  });

  it('that takes out or puts in what is required is refused', () => {
    const syntax = 'syntax = "proto2";';
    const versions = versionsOf(
      'proto',
      proto('required int32 a = 1; optional int32 b = 2;', syntax),
      proto('reserved 1; optional int32 b = 2;', syntax),
    );
    expect(breachesOf(versions)).toMatch('field 1 (a) was required and is gone');
    expect(breachesOf(versions.toReversed())).toMatch('field 1 (a) is new and required');
  });

  it('may extend an enum and not change it', () => {
    const version = (values: string): string =>
      `syntax = "proto3"; package p; message M { optional E e = 1; } enum E { ${values} }`;
    expect(breachesOf(versionsOf('proto', version('A = 0; B = 1;'), version('A = 0; B = 1; C = 2;')))).toBe('');
    expect(breachesOf(versionsOf('proto', version('A = 0; B = 1;'), version('A = 0; C = 1;')))).toMatch('type was');
  });

  it('is compared with every version, not only with the last', () => {
    const present = versionsOf(
      'proto',
      proto(TWO),
      proto('reserved 2; optional int32 a = 1;'),
      proto('optional int32 a = 1; optional int32 c = 2;'),
    );
    expect(releaseBreaches(present, []).join('\n')).toMatch(/device-\d+\/3 after device-\d+\/1: field 2/);
  });
});

const avro = (...fields: object[]): string => JSON.stringify({ type: 'record', name: 'R', fields });
const A = { name: 'a', type: 'int' };

describe('a new version in Avro', () => {
  it.each([
    ['adds a field with a default', avro(A), avro(A, { name: 'b', type: ['null', 'float'], default: null })],
    ['takes out a field with a default', avro(A, { name: 'b', type: 'int', default: 0 }), avro(A)],
  ])('that %s may be released', (_, older, newer) => {
    expect(breachesOf(versionsOf('avsc', older, newer))).toBe('');
  });

  it.each([
    [
      'adds a field that old writers do not know',
      avro(A),
      avro(A, { name: 'b', type: 'int' }),
      /the new cannot read the old/,
    ],
    [
      'takes out a field that old readers need',
      avro(A, { name: 'b', type: 'int' }),
      avro(A),
      /the old cannot read the new/,
    ],
    ['changes a type', avro(A), avro({ name: 'a', type: 'string' }), /cannot read/],
    [
      'widens a type, which old readers cannot read',
      avro(A),
      avro({ name: 'a', type: 'long' }),
      /the old cannot read the new/,
    ],
  ])('that %s is refused', (_, older, newer, breach) => {
    expect(breachesOf(versionsOf('avsc', older, newer))).toMatch(breach);
  });
});

describe('a release', () => {
  it('must not lose, change or repeat a schema, nor change its format', () => {
    const [one, two] = versionsOf('avsc', avro(A), avro(A, { name: 'b', type: 'int', default: 1 }));
    if (!one || !two) throw new Error('two versions');
    expect(releaseBreaches([one], [one, two])).toEqual([`${two.name}/2 was released and is gone`]);
    expect(releaseBreaches([{ ...two, version: 1 }], [one]).join()).toMatch(
      'was released and has changed; make it version 2',
    );
    expect(releaseBreaches([one, { ...one, version: 2 }], []).join()).toMatch('once more');
    expect(incompatibilities({ ...two, format: 'protobuf' }, one)).toEqual(['was avro, is protobuf']);
  });

  it.each([
    ['1.proto', 'message', /1\.proto/],
    ['1.avsc', avro({ name: 'a', type: 'bytes' }), /field a: got "bytes"/],
    ['1.json', '{}', /expected .avsc or .proto/],
    ['one.avsc', avro(A), /expected a version as its name/],
    ['2.proto', 'syntax = "proto3"; message M { repeated int32 a = 1; }', /field a: got a list/],
  ])('must not have a file %s of %j', (file, text, message) => {
    writeFileSync(join(folder, file), text);
    expect(() => readSchemaFile(join(folder, file))).toThrow(message);
  });
});
