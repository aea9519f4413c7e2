/** A device whose clock jumps back, through the resolver and a real table. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeObservationRecord } from '../../../core/codec/observation-record.ts';
import { resolve } from '../../../core/twin/resolve.ts';
import { stampOf } from '../../../core/twin/stamp.ts';
import { resolveRecords } from '../../../lambdas/conflict-resolver/resolver.ts';
import { dynamodbTwinStore } from '../../../lambdas/shared/dynamodb-twin-store.ts';
import { smallCity } from '../../core/schema/small-city.ts';
import { observationOf } from '../../core/twin/arbitraries.ts';
import { kinesisRecord } from '../kinesis-records.ts';
import { NOTHING_KNOWN } from '../shared/no-evidence.ts';
import { startTables, type Tables, TWINS_TABLE } from '../shared/tables.ts';

const T0_MS = Date.UTC(2026, 10, 21, 8);
const HOUR_MS = 60 * 60 * 1000;
/** Of `taken` in the small city. */
const MAX_AGE_MS = 60_000;

let tables: Tables;
let sequence = 0;

beforeAll(async () => {
  tables = await startTables();
  await tables.create({ TableName: 'twins', ...TWINS_TABLE });
});
afterAll(() => tables?.close());

/** One batch of what `gate` sends, received so long after eight, by a clock that is off by `leadMs`. */
function receive(leadMs: number, ...atMs: readonly number[]) {
  const observations = atMs.map((each) =>
    observationOf({
      readingId: `gate-${each}/0`,
      assetId: 'garage',
      assetType: 'CarPark',
      source: 'gate',
      observedAtMs: T0_MS + each + leadMs,
      receivedAtMs: T0_MS + each,
      stamp: stampOf(T0_MS + each + leadMs, 0),
      attributes: new Map([['taken', leadMs < 0 ? 5 : 60]]),
    }),
  );
  return resolveRecords(
    observations.map((observation) => kinesisRecord(sequence++, encodeObservationRecord([observation]))),
    {
      ...NOTHING_KNOWN,
      city: smallCity,
      twins: dynamodbTwinStore(tables.client, 'twins'),
      deltas: { publish: async () => {} },
      nowMs: () => T0_MS,
    },
  );
}

async function takenAt(atMs: number) {
  const stored = (await dynamodbTwinStore(tables.client, 'twins').read(['garage'])).get('garage');
  if (!stored) throw new Error('no twin');
  return resolve(stored.twin, smallCity.assetTypes['CarPark'], T0_MS + atMs).attributes.get('taken');
}

it('a clock that jumps back is named with every batch, the twin is not written, and its value goes stale', async () => {
  expect((await receive(0, 0, 1000)).readingsBehindClock).toEqual([]);
  for (const atMs of [20_000, 40_000, 70_000]) {
    const { readingsBehindClock, twinsWritten, errors } = await receive(-HOUR_MS, atMs - 10_000, atMs);
    expect(readingsBehindClock).toEqual([
      { assetId: 'garage', source: 'gate', readings: 2, receivedAtMs: T0_MS + atMs, offsetMs: -HOUR_MS },
    ]);
    expect([twinsWritten, errors]).toEqual([0, []]);
  }
  expect(await takenAt(1000 + MAX_AGE_MS)).toMatchObject({ value: 60, quality: 'good' });
  expect(await takenAt(1001 + MAX_AGE_MS)).toMatchObject({ value: 60, quality: 'stale' });

  const mended = await receive(0, 80_000);
  expect(mended.readingsBehindClock).toEqual([]);
  expect(await takenAt(80_000)).toMatchObject({ value: 60, quality: 'good' });
});
