import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { SOURCES_MAX } from '../../../core/calibration/fold-window.ts';
import { type CalibrationRecord, calibrationOf } from '../../../core/calibration/record.ts';
import {
  dynamodbCalibrationRecords,
  dynamodbCalibrationStore,
} from '../../../lambdas/shared/dynamodb-calibration-store.ts';
import { foldHours, range } from '../../core/calibration/readings.ts';
import { CALIBRATIONS_TABLE, dropTable, startTables, type Tables } from './tables.ts';

const TABLE = 'calibrations';
const MINUTE_MS = 60_000;
let tables: Tables;

beforeAll(async () => {
  tables = await startTables();
});
beforeEach(async () => {
  await dropTable(tables.client, TABLE);
  await tables.create({ TableName: TABLE, ...CALIBRATIONS_TABLE });
});
afterAll(() => tables.close());

const first = foldHours(['a', 'gateway/b', '__proto__'], [0], (_, __, minute) => 20 + (minute % 7) / 3);
const second = foldHours(['a', 'gateway/b'], [1], () => 21, first);
const key = { assetId: first.assetId, attribute: first.attribute };
const records = () => dynamodbCalibrationRecords(tables.client, TABLE);

it('keeps a record as it is, with all that the next window goes on from', async () => {
  expect(await records().write(first, undefined)).toBe('written');
  expect(await records().write(second, first.windowEndMs)).toBe('written');
  expect(await records().read([key, { ...key, attribute: 'pm10' }])).toEqual([second]);
});

it('writes only over the record that was read', async () => {
  await records().write(first, undefined);
  expect(await records().write(second, undefined)).toBe('race-lost');
  expect(await records().write(second, 5)).toBe('race-lost');
  expect(await records().read([key])).toEqual([first]);
});

it('is an item of some kilobytes at most', async () => {
  const sources = range(0, SOURCES_MAX).map((number) => `gateway-${number}/particulates`);
  const full = foldHours(sources, [0, 1, 2], (source, number, minute) => 1 / (source.length * number + minute + 7));
  await records().write(full, undefined);
  const { Items: items = [] } = await tables.client.send(new ScanCommand({ TableName: TABLE }));
  expect(JSON.stringify(items).length).toBeLessThan(12_000);
});

it('gives policies what they go by, for five minutes out of memory', async () => {
  await records().write(first, undefined);
  let nowMs = 0;
  const store = dynamodbCalibrationStore(tables.client, { tableName: TABLE, nowMs: () => nowMs });
  const expected = (record: CalibrationRecord) => [{ ...key, calibration: calibrationOf(record) }];
  const unknown = { assetId: 'elsewhere', attribute: key.attribute };
  expect(await store.read([key, unknown])).toEqual(expected(first));

  await records().write(second, first.windowEndMs);
  nowMs = 5 * MINUTE_MS;
  expect(await store.read([key, unknown])).toEqual(expected(first));
  nowMs += 1;
  expect(await store.read([unknown, key])).toEqual(expected(second));
});

it('remembers a bounded number of them, also of those that are not there', async () => {
  await records().write(first, undefined);
  const store = dynamodbCalibrationStore(tables.client, { tableName: TABLE, nowMs: () => 0, calibrationsMax: 2 });
  const other = (number: number) => ({ assetId: `station-${number}`, attribute: key.attribute });
  await store.read([key, other(1)]);
  await records().write(second, first.windowEndMs);
  expect((await store.read([key]))[0]?.calibration.version).toBe(calibrationOf(first).version);
  await store.read([other(2)]);
  expect((await store.read([key]))[0]?.calibration.version).toBe(calibrationOf(second).version);
});

it('throws while the table does not answer', async () => {
  await dropTable(tables.client, TABLE);
  const store = dynamodbCalibrationStore(tables.client, { tableName: TABLE, nowMs: () => 0 });
  await expect(store.read([key])).rejects.toThrow(/resource not found/i);
  await expect(records().write(first, undefined)).rejects.toThrow();
});
