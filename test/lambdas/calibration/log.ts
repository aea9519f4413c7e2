import { encodeObservationRecord } from '../../../core/codec/observation-record.ts';
import type { Observation } from '../../../core/observation.ts';
import { observationOf } from '../../core/twin/arbitraries.ts';

export const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** A minute's temperature of an air-quality station. */
export function measured(
  assetId: string,
  source: string,
  observedAtMs: number,
  value: number,
  receivedAtMs = observedAtMs,
): Observation {
  return observationOf({
    readingId: `${source}-${observedAtMs}-${value}/0`,
    assetId,
    assetType: 'AirQualityObserved',
    source,
    stamp: BigInt(observedAtMs) * 1_000_000n,
    observedAtMs,
    receivedAtMs,
    attributes: new Map([['temperature', value]]),
  });
}

/** A reading a minute of an hour, of each source. */
export function hourOf(
  assetId: string,
  startMs: number,
  values: Readonly<Record<string, number>>,
): readonly Observation[] {
  return Object.entries(values).flatMap(([source, value]) =>
    Array.from({ length: 60 }, (_, minute) =>
      measured(assetId, source, startMs + minute * MINUTE_MS, value + (minute % 3) / 10),
    ),
  );
}

export function recordOf(observations: readonly Observation[]): Uint8Array {
  return encodeObservationRecord(observations);
}
