import { FUTURE_INGESTION_MS } from '../limits.ts';
import type { Table } from '../storage/catalog.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NANOSECONDS_PER_MS = 1_000_000n;

export type IngestionPlace =
  | { readonly store: 'memory' | 'magnetic' }
  | { readonly store: 'none'; readonly reason: string };

/** Which store takes a record of this time (ns since 1970). The windows' starts are inclusive, their end exclusive. */
export function findIngestionPlace({ retention, magneticWrites }: Table, time: bigint, nowMs: number): IngestionPlace {
  const endMs = nowMs + FUTURE_INGESTION_MS;
  const memoryStartMs = nowMs - retention.memoryHours * HOUR_MS;
  const magnetic = magneticWrites.EnableMagneticStoreWrites;
  const startMs = magnetic ? Math.min(nowMs - retention.magneticDays * DAY_MS, memoryStartMs) : memoryStartMs;
  if (time < nanoseconds(startMs) || time >= nanoseconds(endMs)) {
    const window = magnetic ? 'data ingestion window' : 'memory store';
    const range = `[${showTime(startMs)}, ${showTime(endMs)})`;
    return { store: 'none', reason: `The record timestamp is outside the time range ${range} of the ${window}.` };
  }
  return { store: time < nanoseconds(memoryStartMs) ? 'magnetic' : 'memory' };
}

function nanoseconds(ms: number): bigint {
  return BigInt(ms) * NANOSECONDS_PER_MS;
}

/** Magnetic retention may reach back 200 years; no record does, since times are not negative. */
function showTime(ms: number): string {
  return new Date(Math.max(ms, 0)).toISOString();
}
