import type { Observation } from '../../core/observation.ts';
import type { StoredTwin, TwinStore } from '../../core/ports.ts';
import { stampOf } from '../../core/twin/stamp.ts';
import { mergeTwins, type Report } from '../../lambdas/shared/merge-twins.ts';
import { toTwinItem } from '../../lambdas/shared/twin-item.ts';
import { itemBytes } from '../sizes/metered-bytes.ts';
import { observationsOf } from '../support/observations.ts';
import type { Arrival, CostedLoad } from './loads.ts';

/** DynamoDB guide, "Read and write operations": a write unit is 1 KB of the larger of the item before and after. */
export const WRITE_UNIT_BYTES = 1024;
/** Two periods of the slowest load: within the first, twins get to know their sources. */
const SECONDS = 120;
const FROM_MS = Date.UTC(2026, 10, 21, 8);
const MS_PER_S = 1000;
/** Of the payloads that are used in turn. */
const PAYLOADS = 1000;

/** A table in memory that meters its writes as DynamoDB does. */
interface MeteredTwins extends TwinStore {
  writeUnits(): number;
}

/** Write units of the twins' table a second: readings of a second are a batch, and the resolver's own merge writes them. */
export async function writeUnitsPerSecond(load: CostedLoad): Promise<number> {
  const twins = meteredTwins();
  const payloads = observationsOf(PAYLOADS);
  const seconds = load.arrivals(SECONDS);
  let before = 0;
  for (const [second, ofSecond] of seconds.entries()) {
    if (second === SECONDS / 2) before = twins.writeUnits();
    const observations = ofSecond.map((arrival) => observationOf(arrival, payloads));
    const { failed, refused } = await mergeTwins(reportsOf(observations), {
      twins,
      announce: async () => {},
      nowMs: () => FROM_MS,
    });
    if (failed.length > 0 || refused.length > 0) throw new Error('a reading of the workload was not merged');
  }
  return (twins.writeUnits() - before) / (SECONDS / 2);
}

function observationOf({ sensor, observedAtS }: Arrival, payloads: readonly Observation[]): Observation {
  const payload = payloads[(sensor + observedAtS) % PAYLOADS];
  if (!payload) throw new Error('the workload is empty');
  const observedAtMs = FROM_MS + observedAtS * MS_PER_S;
  return {
    ...payload,
    flags: [],
    assetId: `station-${String(Math.floor(sensor / 2)).padStart(5, '0')}`,
    source: `${payload.source}-${sensor % 2}`,
    stamp: stampOf(observedAtMs, sensor),
    observedAtMs,
    receivedAtMs: observedAtMs,
  };
}

function reportsOf(observations: readonly Observation[]): ReadonlyMap<string, Report> {
  const reports = new Map<string, [Observation, ...Observation[]]>();
  for (const observation of observations) {
    const report = reports.get(observation.assetId);
    if (report) report.push(observation);
    else reports.set(observation.assetId, [observation]);
  }
  return reports;
}

function meteredTwins(): MeteredTwins {
  const stored = new Map<string, StoredTwin & { readonly bytes: number }>();
  let writeUnits = 0;
  return {
    read: async (assetIds) => new Map(assetIds.flatMap((assetId) => entryOf(assetId, stored.get(assetId)))),
    write: async (twin, expectedVersion) => {
      const before = stored.get(twin.assetId);
      if ((before?.version ?? 0) !== expectedVersion) return 'race-lost';
      const version = expectedVersion + 1;
      const bytes = itemBytes(toTwinItem(twin, version));
      writeUnits += Math.ceil(Math.max(bytes, before?.bytes ?? 0) / WRITE_UNIT_BYTES);
      stored.set(twin.assetId, { twin, version, bytes });
      return 'written';
    },
    writeUnits: () => writeUnits,
  };
}

function entryOf(assetId: string, stored: StoredTwin | undefined): (readonly [string, StoredTwin])[] {
  return stored ? [[assetId, stored]] : [];
}
