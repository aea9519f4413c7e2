import type { Observation } from '../observation.ts';
import { LATE_MS } from './clock.ts';
import type { Twin } from './twin.ts';

/** The last reading of a source that was stamped before what stands of it. */
export interface ClockNote {
  readonly receivedAtMs: number;
  /** Observed − received; negative. */
  readonly offsetMs: number;
}

/** Readings of one source that came to nothing, because they are stamped before what it had said already. */
export interface ReadingsBehind extends ClockNote {
  readonly assetId: string;
  readonly source: string;
  readonly readings: number;
}

/**
 * Whose clock has jumped back. Such readings leave the twin as it is, since the past must not win, so no register can tell
 * them from silence. But whoever merges one sees that it was received after what stands of its source, and yet stamped
 * before it, by more than `LATE_MS` before its receipt. What had been kept and is sent newest first, or is sent a second
 * time, looks the same, for as long as that takes. `twin` holds the observations already.
 */
export function readingsBehind(twin: Twin, observations: readonly Observation[]): readonly ReadingsBehind[] {
  const bySource = Map.groupBy(
    observations.filter((observation) => isBehind(twin, observation)),
    ({ source }) => source,
  );
  return [...bySource].map(([source, behind]) => {
    const last = behind.reduce((a, b) => (b.receivedAtMs >= a.receivedAtMs ? b : a));
    const { receivedAtMs } = last;
    return { assetId: twin.assetId, source, readings: behind.length, receivedAtMs, offsetMs: leadOf(last) };
  });
}

function isBehind({ registers }: Twin, observation: Observation): boolean {
  const { kind, source, stamp, receivedAtMs, attributes } = observation;
  if (kind !== 'reading' || leadOf(observation) >= -LATE_MS) return false;
  return [...attributes.keys()].some((attribute) => {
    const entry = registers.get(attribute)?.get(source);
    return entry?.sibling !== undefined && entry.stamp > stamp && entry.sibling.receivedAtMs < receivedAtMs;
  });
}

function leadOf({ observedAtMs, receivedAtMs }: Observation): number {
  return observedAtMs - receivedAtMs;
}
