import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSchemaFile } from '../../../bin/schema/schema-file.ts';
import { readSchemas } from '../../../lambdas/shared/schemas/dynamodb-schema-table.ts';
import { startTables, type Tables } from '../../lambdas/shared/tables.ts';

const TABLE = 'cityweave-schemas';
const CLI = fileURLToPath(new URL('../../../bin/cityweave.ts', import.meta.url));
const RELEASED = new URL('../../../schemas/devices/parking-spot/2.avsc', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'cityweave-schema-command-'));
const directory = join(folder, 'parking-spot');
let tables: Tables;

beforeAll(async () => {
  mkdirSync(directory);
  tables = await startTables();
  await tables.create({
    TableName: TABLE,
    AttributeDefinitions: [{ AttributeName: 'fingerprint', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'fingerprint', KeyType: 'HASH' }],
  });
});
afterAll(async () => {
  await tables.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Writes version 3 of the parking spot's schema with these fields behind the released ones, and registers it. */
async function add(...fields: object[]): Promise<{ stdout: string }> {
  const released: { fields: object[] } = JSON.parse(readFileSync(RELEASED, 'utf8'));
  const file = join(directory, '3.avsc');
  writeFileSync(file, JSON.stringify({ ...released, fields: [...released.fields, ...fields] }));
  const endpoint = await tables.client.config.endpoint?.();
  const url = `http://${endpoint?.hostname}:${endpoint?.port}`;
  return promisify(execFile)(process.execPath, [CLI, 'schema', 'add', file, '--aws-endpoint', url, '--json']);
}

describe('cityweave schema add', { timeout: 60_000 }, () => {
  it('puts a schema into the table that the normalizer reads', async () => {
    const { stdout } = await add({ name: 'batteryLevel', type: ['null', 'float'], default: null });
    const printed: { fingerprint: string } = JSON.parse(stdout);
    expect(printed).toMatchObject({ name: 'parking-spot', version: 3, format: 'avro' });
    const found = await readSchemas(tables.client, TABLE, [printed.fingerprint]);
    expect([...found.values()]).toMatchObject([{ ...printed, schema: expect.stringContaining('batteryLevel') }]);
  });

  it.each([
    ['1.avsc', undefined, /ENOENT/],
    ['2.avsc', '{', /JSON/],
    ['3.proto', 'nonsense', /:1:1:/],
  ])('names the file that is no schema, in one line: %s', (name, content, complaint) => {
    const file = join(folder, name);
    if (content !== undefined) writeFileSync(file, content);
    expect(() => readSchemaFile(file)).toThrow(complaint);
    expect(() => readSchemaFile(file)).toThrow(new RegExp(`^[^\\n]*${name}:[^\\n]*$`));
  });

  it('refuses one that breaks with a released one, in one line', async () => {
    await expect(add({ name: 'batteryLevel', type: 'float' })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^cityweave: parking-spot\/3 after parking-spot\/1: the new cannot read the old[^\n]*\n$/,
      ),
    });
  });
});
