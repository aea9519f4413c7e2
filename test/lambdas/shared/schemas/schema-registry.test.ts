import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import config from '../../../../cityweave.config.ts';
import { NO_PORTS } from '../../../../core/codec/decode.ts';
import { envelop } from '../../../../core/codec/envelope/envelope.ts';
import type { KeptReading, LogRecord } from '../../../../core/ports.ts';
import { validateCityConfig } from '../../../../core/schema/validate-config.ts';
import { normalizeRecords } from '../../../../lambdas/normalizer/normalizer.ts';
import { registerSchema } from '../../../../lambdas/shared/schemas/dynamodb-schema-table.ts';
import { RELEASED_SCHEMAS } from '../../../../lambdas/shared/schemas/released.ts';
import { schemaRegistry } from '../../../../lambdas/shared/schemas/schema-registry.ts';
import { kinesisRecord } from '../../kinesis-records.ts';
import { startTables, type Tables } from '../tables.ts';

const TABLE = 'schemas';
let tables: Tables;

beforeAll(async () => {
  tables = await startTables();
  await tables.create({
    TableName: TABLE,
    AttributeDefinitions: [{ AttributeName: 'fingerprint', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'fingerprint', KeyType: 'HASH' }],
  });
});
afterAll(() => tables.close());

const [first] = RELEASED_SCHEMAS;
if (!first) throw new Error('nothing is released');
const FINGERPRINT = BigInt(`0x${first.fingerprint}`);
/** A time of 1970, counter 1, occupied. */
const BODY = Buffer.from('020202', 'hex');
const message = { bytes: envelop(FINGERPRINT, BODY) };

describe('the registry', () => {
  it('has what came with the release, and asks the table for the rest', async () => {
    const registry = schemaRegistry({ released: [first], dynamodb: tables.client, tableName: TABLE, nowMs: () => 0 });
    expect(registry.find(FINGERPRINT)).toBeUndefined();
    await registry.prepare([message, { bytes: Buffer.from('{}') }, { bytes: Buffer.from([0xc3, 1]) }]);
    expect(registry.find(FINGERPRINT)?.read(BODY)).toMatchObject({ ok: true });
  });

  it('finds a schema ten seconds after its lack was noticed, and survives what is none', async () => {
    let nowMs = 0;
    const registry = schemaRegistry({ released: [], dynamodb: tables.client, tableName: TABLE, nowMs: () => nowMs });
    await registry.prepare([message]);
    expect(registry.find(FINGERPRINT)).toBeUndefined();
    const broken = { fingerprint: { S: '0000000000000007' }, format: { S: 'avro' }, schema: { S: '{' } };
    await tables.client.send(new PutItemCommand({ TableName: TABLE, Item: broken }));
    await registerSchema(tables.client, TABLE, first);
    nowMs = 10_000;
    await registry.prepare([message, { bytes: envelop(7n, BODY) }]);
    expect(registry.find(FINGERPRINT)).toBeUndefined();
    nowMs = 10_001;
    await registry.prepare([message, { bytes: envelop(7n, BODY) }]);
    expect(registry.find(FINGERPRINT)?.read(BODY)).toMatchObject({ ok: true });
    expect(registry.find(7n)).toBeUndefined();
  });
});

describe('a reading of a schema that is not registered', () => {
  it('is kept, and decoded by a redrive once it is', async () => {
    const city = validateCityConfig(config);
    const second = RELEASED_SCHEMAS[1];
    if (!second) throw new Error('nothing more is released');
    const bytes = envelop(BigInt(`0x${second.fingerprint}`), Buffer.from('02020200', 'hex'));
    const kept: KeptReading[] = [];
    const logged: LogRecord[] = [];
    const schemas = schemaRegistry({ released: [], dynamodb: tables.client, tableName: TABLE, nowMs: () => 0 });
    const context = {
      city,
      stage: city.stages.dev,
      schemas,
      ports: { ...NO_PORTS, schemas },
      registry: { find: async () => new Map() },
      log: { append: async (records: readonly LogRecord[]) => (logged.push(...records), new Set<number>()) },
      rejects: { keep: async (readings: readonly KeptReading[]) => void kept.push(...readings) },
    };
    const fields = {
      payload: Buffer.from(bytes).toString('base64'),
      topic: 'dt/eastside/ParkingSpot/lotA-17/sensor',
      receivedAtMs: Date.UTC(2026, 10, 21, 8),
      messageId: 'trace',
    };
    await normalizeRecords([kinesisRecord(1, JSON.stringify(fields))], context);
    expect(kept).toMatchObject([{ readingId: 'trace/0', count: 1, reason: 'unknown-schema' }]);

    await registerSchema(tables.client, TABLE, second);
    const redriven = { ...fields, redrive: { times: 1, count: 1 } };
    const { observations } = await normalizeRecords([kinesisRecord(2, JSON.stringify(redriven))], context);
    expect(kept).toHaveLength(1);
    expect(logged).toHaveLength(1);
    expect(observations).toMatchObject([
      {
        readingId: 'trace/0',
        attributes: new Map([['status', 'occupied']]),
        schema: BigInt(`0x${second.fingerprint}`),
        observedAtMs: 1,
      },
    ]);
  });
});
