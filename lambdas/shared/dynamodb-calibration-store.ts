import { type BatchStatementRequest, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { calibrationOf } from '../../core/calibration/record.ts';
import type { CalibrationRecords, CalibrationStore, StoredCalibration } from '../../core/ports.ts';
import { type CalibrationItem, calibrationKey, fromCalibrationItem, toCalibrationItem } from './calibration-item.ts';
import { readItems } from './dynamodb-batch-get.ts';
import { batchStatements } from './dynamodb-batch-statements.ts';

/** How long a calibration, or the lack of one, is believed before it is read again; records change once an hour. */
const CALIBRATION_MAX_AGE_MS = 5 * 60_000;
/** Above this many the cache starts over: a function's memory is bounded, a city's attributes are not. */
const CALIBRATIONS_MAX = 50_000;

interface Cached {
  readonly stored: StoredCalibration | undefined;
  readonly readAtMs: number;
}

export interface CalibrationStoreOptions {
  readonly tableName: string;
  readonly nowMs: () => number;
  readonly calibrationsMax?: number;
}

/** What policies go by, out of a cache, so that a batch of a busy city pays for no read. */
export function dynamodbCalibrationStore(
  dynamodb: DynamoDBClient,
  { tableName, nowMs, calibrationsMax = CALIBRATIONS_MAX }: CalibrationStoreOptions,
): CalibrationStore {
  const cache = new Map<string, Cached>();
  return {
    async read(keys) {
      const readAtMs = nowMs();
      // Taken out of the cache before it may start over.
      const known: StoredCalibration[] = [];
      const unknown = new Map<string, CalibrationItem>();
      for (const key of keys) {
        const cached = cache.get(nameOf(key));
        if (!cached || readAtMs - cached.readAtMs > CALIBRATION_MAX_AGE_MS)
          unknown.set(nameOf(key), calibrationKey(key));
        else if (cached.stored) known.push(cached.stored);
      }
      if (unknown.size === 0) return known;
      const items = await readItems(dynamodb, tableName, [...unknown.values()], { consistent: false });
      const found = new Map(items.map(storedOf).map((stored) => [nameOf(stored), stored]));
      for (const name of unknown.keys()) {
        if (cache.size >= calibrationsMax && !cache.has(name)) cache.clear();
        cache.set(name, { stored: found.get(name), readAtMs });
      }
      return [...known, ...found.values()];
    },
  };
}

/** The records themselves, as the fold goes on from them. */
export function dynamodbCalibrationRecords(dynamodb: DynamoDBClient, tableName: string): CalibrationRecords {
  const run = batchStatements(dynamodb);
  return {
    async read(keys) {
      const items = await readItems(dynamodb, tableName, keys.map(calibrationKey), { consistent: true });
      return items.map(fromCalibrationItem);
    },

    async write(record, standingWindowEndMs) {
      const item = toCalibrationItem(record);
      const error = await run(
        standingWindowEndMs === undefined
          ? insertion(tableName, item)
          : replacement(tableName, item, standingWindowEndMs),
      );
      if (!error) return 'written';
      if (error.Code === 'ConditionalCheckFailed' || error.Code === 'DuplicateItem') return 'race-lost';
      throw new Error(`calibration of ${record.assetId} ${record.attribute}: ${error.Code}: ${error.Message}`);
    },
  };
}

/** Fails where a record stands. */
function insertion(tableName: string, item: CalibrationItem): BatchStatementRequest {
  const attributes = Object.keys(item).map((name) => `'${name}': ?`);
  return { Statement: `INSERT INTO "${tableName}" VALUE {${attributes.join(', ')}}`, Parameters: Object.values(item) };
}

/** Sets what a record has beside its keys, on the condition that the one that stands is of the window given. */
function replacement(
  tableName: string,
  { assetId = { S: '' }, attribute = { S: '' }, ...item }: CalibrationItem,
  windowEndMs: number,
): BatchStatementRequest {
  const assignments = Object.keys(item).map((name) => `SET "${name}"=?`);
  return {
    Statement: `UPDATE "${tableName}" ${assignments.join(' ')} WHERE "assetId"=? AND "attribute"=? AND "windowEndMs"=?`,
    Parameters: [...Object.values(item), assetId, attribute, { N: String(windowEndMs) }],
  };
}

function storedOf(item: CalibrationItem): StoredCalibration {
  const record = fromCalibrationItem(item);
  return { assetId: record.assetId, attribute: record.attribute, calibration: calibrationOf(record) };
}

/** Neither name can hold a slash. */
function nameOf({ assetId, attribute }: { readonly assetId: string; readonly attribute: string }): string {
  return `${assetId}/${attribute}`;
}
