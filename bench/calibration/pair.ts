import { readPair } from './data.ts';
import { replay } from './replay.ts';

/** Two readings of one place are compared while neither is older: four of the sensors' intervals. */
const FRESH_MS = 10 * 60_000;

export interface PairReport {
  readonly instants: number;
  readonly disagreeing: number;
  /** Sensor → share of the instants at which it is left out. */
  readonly leftOut: ReadonlyMap<string, number>;
  readonly spikes: number;
  /** Of the spikes: one of the two is left out, or the value says that they disagree. */
  readonly spikesLeftOut: number;
  readonly spikesDisagreeing: number;
}

/** Two sensors at one place, of which nobody knows the truth: what becomes of the instants at which they are far apart. */
export function comparePair(channel: 'pm25' | 'pm10', spike: number): PairReport {
  const counts = { instants: 0, disagreeing: 0, spikes: 0, spikesLeftOut: 0, spikesDisagreeing: 0 };
  const leftOut = new Map<string, number>();
  for (const { atMs, votes, verdict } of replay(channel, readPair(channel))) {
    const [a, b] = [...votes.values()];
    if (!a || !b || atMs - Math.min(a.observedAtMs, b.observedAtMs) > FRESH_MS) continue;
    counts.instants += 1;
    counts.disagreeing += Number(verdict.disagreeing);
    for (const sensor of verdict.leftOut.keys()) leftOut.set(sensor, (leftOut.get(sensor) ?? 0) + 1);
    if (Math.abs(a.value - b.value) <= spike) continue;
    counts.spikes += 1;
    counts.spikesLeftOut += Number(verdict.leftOut.size > 0);
    counts.spikesDisagreeing += Number(verdict.disagreeing);
  }
  return {
    ...counts,
    disagreeing: counts.disagreeing / counts.instants,
    leftOut: new Map(
      [...leftOut]
        .sort(([p], [q]) => Number(p > q) - Number(p < q))
        .map(([sensor, count]) => [sensor, count / counts.instants]),
    ),
  };
}
