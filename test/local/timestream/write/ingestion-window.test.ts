import { describe, expect, it } from 'vitest';
import type { Table } from '../../../../local/timestream/storage/catalog.ts';
import { findIngestionPlace } from '../../../../local/timestream/write/ingestion-window.ts';

/** 2026-11-21T08:00:00Z */
const NOW_MS = 1_795_248_000_000;
const NOW_NS = 1_795_248_000_000_000_000n;
const MINUTE_NS = 60_000_000_000n;
const DAY_NS = 86_400_000_000_000n;

function tableOf(magnetic: boolean): Table {
  return {
    id: 1,
    databaseName: 'city',
    name: 'observations',
    retention: { memoryHours: 24, magneticDays: 7 },
    magneticWrites: { EnableMagneticStoreWrites: magnetic },
    createdAtMs: 0,
    updatedAtMs: 0,
  };
}

describe('the stores that take a record', () => {
  it.each([
    ['now', NOW_NS, 'memory', 'memory'],
    ['1 ns less than 15 minutes ahead', NOW_NS + 15n * MINUTE_NS - 1n, 'memory', 'memory'],
    ['15 minutes ahead', NOW_NS + 15n * MINUTE_NS, 'none', 'none'],
    ['at the memory store’s retention', NOW_NS - DAY_NS, 'memory', 'memory'],
    ['1 ns beyond it', NOW_NS - DAY_NS - 1n, 'none', 'magnetic'],
    ['at the magnetic store’s retention', NOW_NS - 7n * DAY_NS, 'none', 'magnetic'],
    ['1 ns beyond that', NOW_NS - 7n * DAY_NS - 1n, 'none', 'none'],
  ])('%s', (_, time, withoutMagnetic, withMagnetic) => {
    expect(findIngestionPlace(tableOf(false), time, NOW_MS).store).toBe(withoutMagnetic);
    expect(findIngestionPlace(tableOf(true), time, NOW_MS).store).toBe(withMagnetic);
  });

  it('are named with their window when none does', () => {
    expect(findIngestionPlace(tableOf(false), 0n, NOW_MS)).toEqual({
      store: 'none',
      reason:
        'The record timestamp is outside the time range [2026-11-20T08:00:00.000Z, 2026-11-21T08:15:00.000Z) of the memory store.',
    });
    expect(findIngestionPlace(tableOf(true), 0n, NOW_MS)).toEqual({
      store: 'none',
      reason:
        'The record timestamp is outside the time range [2026-11-14T08:00:00.000Z, 2026-11-21T08:15:00.000Z) of the data ingestion window.',
    });
  });
});
