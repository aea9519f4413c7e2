import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeRecordLine } from '../../../core/calibration/archived-records.ts';
import type { CalibrationRecord } from '../../../core/calibration/record.ts';
import type { Window } from '../../../core/calibration/window.ts';
import { bucketOf } from '../../../core/codec/bucket.ts';
import type { Observation } from '../../../core/observation.ts';
import type { CalibrationRecords } from '../../../core/ports.ts';
import { calibrate, type CalibrationContext, CATCH_UP_WINDOWS } from '../../../lambdas/calibration/calibrate.ts';
import config from '../../../cityweave.config.ts';
import { HOUR_MS, hourOf } from './log.ts';

const EIGHT_MS = Date.UTC(2026, 10, 21, 8);
const ALL = { from: 0, to: config.buckets };
const STATIONS = Array.from({ length: 12 }, (_, number) => `station-${number}`);

/** A city in memory: its log, its table, its files, and a clock. */
function cityOf(log: readonly Observation[]) {
  const table = new Map<string, CalibrationRecord>();
  const files = new Map<string, readonly CalibrationRecord[]>();
  const keyOf = ({ assetId, attribute }: { assetId: string; attribute: string }) => `${assetId}/${attribute}`;
  const city = {
    table,
    files,
    nowMs: EIGHT_MS + 2.25 * HOUR_MS,
    visits: 0,
    remainingMs: Infinity,
    failFiles: false,
  };
  const records: CalibrationRecords = {
    read: async (keys) => keys.flatMap((key) => table.get(keyOf(key)) ?? []),
    write: async (record, standing) => {
      if (table.get(keyOf(record))?.windowEndMs !== standing) return 'race-lost';
      table.set(keyOf(record), record);
      return 'written';
    },
  };
  const context: CalibrationContext = {
    city: config,
    records,
    visitWindow: async (_: Window, visit) => {
      city.visits += 1;
      log.forEach(visit);
    },
    filesSince: async () => new Set(files.keys()),
    putFile: async (key, bytes) => {
      if (city.failFiles) throw new Error('S3 does not answer');
      const text = gunzipSync(bytes).toString();
      files.set(key, text === '' ? [] : text.split('\n').map(decodeRecordLine));
    },
    nowMs: () => city.nowMs,
    remainingMs: () => city.remainingMs,
  };
  return { city, context, records };
}

const log = STATIONS.flatMap((station, number) => [
  ...hourOf(station, EIGHT_MS, { a: 20 + number, b: 21 + number }),
  ...hourOf(station, EIGHT_MS + HOUR_MS, { a: 22 + number, b: 23 + number }),
]);

describe('a run', () => {
  it('folds the windows of a day that are not done, oldest first, and each once', async () => {
    const { city, context } = cityOf(log);
    const counts = await calibrate(ALL, context);
    expect(counts).toEqual({ windows: CATCH_UP_WINDOWS, written: STATIONS.length, readings: 12 * 120, skipped: [] });
    expect(city.files.get('calibrations/2026/11/21/09/0-64.ndjson.gz')).toEqual([...city.table.values()]);

    expect(await calibrate(ALL, context)).toMatchObject({ windows: 0, written: 0 });
    city.nowMs += HOUR_MS;
    expect(await calibrate(ALL, context)).toMatchObject({ windows: 1, written: STATIONS.length });
    expect(city.files.get('calibrations/2026/11/21/10/0-64.ndjson.gz')).toEqual([...city.table.values()]);
  });

  it('makes up for hours in which none ran, and comes to what it would have come to', async () => {
    const punctual = cityOf(log);
    await calibrate(ALL, punctual.context);
    punctual.city.nowMs += HOUR_MS;
    await calibrate(ALL, punctual.context);

    const late = cityOf(log);
    late.city.nowMs += 5 * HOUR_MS;
    await calibrate(ALL, late.context);
    expect(late.city.table).toEqual(punctual.city.table);
  });

  it('takes its own buckets only', async () => {
    const { city, context } = cityOf(log);
    await calibrate({ from: 0, to: 32 }, context);
    const own = STATIONS.filter((station) => bucketOf(station, config.buckets) < 32);
    expect([...city.table.values()].map(({ assetId }) => assetId).toSorted()).toEqual(own.toSorted());
    await calibrate({ from: 32, to: 64 }, context);
    expect(city.table.size).toBe(STATIONS.length);
  });

  it('halves what it cannot hold, and comes to the same', async () => {
    const whole = cityOf(log);
    await calibrate(ALL, whole.context);
    const halved = cityOf(log);
    const { skipped } = await calibrate(ALL, { ...halved.context, valuesMax: 500 });
    expect(skipped).toEqual([]);
    expect(Object.fromEntries(halved.city.table)).toEqual(Object.fromEntries(whole.city.table));
    expect(halved.city.files.size).toBeGreaterThan(whole.city.files.size);
    const visits = halved.city.visits;
    await calibrate(ALL, { ...halved.context, valuesMax: 500 });
    expect(halved.city.visits).toBe(visits);
  });

  it('holds as many values as it may, and of one more leaves out the bucket that has them', async () => {
    const [station = ''] = STATIONS;
    const only = hourOf(station, EIGHT_MS, { a: 20, b: 21 });
    const fits = cityOf(only);
    expect((await calibrate(ALL, { ...fits.context, valuesMax: only.length })).skipped).toEqual([]);
    const exceeds = cityOf(only);
    const { skipped } = await calibrate(ALL, { ...exceeds.context, valuesMax: only.length - 1 });
    expect(skipped).toEqual([bucketOf(station, config.buckets)]);
    expect(exceeds.city.table.size).toBe(0);
  });

  it('gives up while there is time to say so', async () => {
    const { city, context } = cityOf(log);
    city.remainingMs = 59_999;
    await expect(calibrate(ALL, context)).rejects.toThrow(
      'no time is left for the window until 2026-11-20T10:00:00.000Z',
    );
  });
});

describe('a run that comes to grief', () => {
  it('between the table and the archive leaves the archive to the next, with what the table has', async () => {
    const { city, context } = cityOf(log);
    city.failFiles = true;
    await expect(calibrate(ALL, { ...context, filesSince: doneUntil(EIGHT_MS) })).rejects.toThrow('S3 does not answer');
    const standing = new Map(city.table);
    expect(standing.size).toBe(STATIONS.length);

    city.failFiles = false;
    city.nowMs += HOUR_MS;
    await calibrate(ALL, context);
    expect(city.files.get('calibrations/2026/11/21/09/0-64.ndjson.gz')).toEqual([...standing.values()]);
    expect(city.files.get('calibrations/2026/11/21/10/0-64.ndjson.gz')).toEqual([...city.table.values()]);
  });

  it('beside another of the same window loses to it, and archives what won', async () => {
    const { city, context, records } = cityOf(log);
    const other = cityOf(log.map((each) => ({ ...each, attributes: new Map([['temperature', 50]]) })));
    await calibrate(ALL, other.context);
    const won = other.city.table;
    const overtaken: CalibrationRecords = {
      ...records,
      write: async (record, standing) => {
        for (const [key, winner] of won) city.table.set(key, winner);
        return records.write(record, standing);
      },
    };
    const { written } = await calibrate(ALL, { ...context, records: overtaken });
    expect(written).toBe(0);
    expect(city.files.get('calibrations/2026/11/21/09/0-64.ndjson.gz')).toEqual([...won.values()]);
  });
});

/** As if all windows that ended until then were done. */
function doneUntil(endMs: number): CalibrationContext['filesSince'] {
  return async (oldestEndMs) => {
    const ends = Array.from({ length: CATCH_UP_WINDOWS }, (_, index) => oldestEndMs + index * HOUR_MS);
    const iso = (ms: number) => new Date(ms).toISOString().slice(0, 13).replaceAll(/[-T]/g, '/');
    return new Set(ends.filter((end) => end <= endMs).map((end) => `calibrations/${iso(end)}/0-64.ndjson.gz`));
  };
}
