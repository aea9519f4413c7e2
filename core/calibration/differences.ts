import { compareText, sortedKeys } from '../twin/sorted.ts';

export interface Reading {
  readonly observedAtMs: number;
  readonly value: number;
}

/** Source → its readings of one attribute, at least one, in order of time. */
export type SourceReadings = ReadonlyMap<string, readonly Reading[]>;

/** Source → peer → what the source read more than the peer. */
export type Differences = ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;

/**
 * How the sources of an attribute differed, as a twin sees them: at each instant at which one of a pair says something
 * new, its value against what the other last said, if that is not older than `maxAgeMs`. A source that met no peer is
 * absent.
 */
export function differencesOf(readings: SourceReadings, maxAgeMs: number): Differences {
  const differences = new Map<string, Map<string, number[]>>();
  const latest = new Map<string, Reading>();
  for (const [observedAtMs, ofInstant] of instantsOf(readings)) {
    for (const { source, reading } of ofInstant) latest.set(source, reading);
    const news = new Set(ofInstant.map(({ source }) => source));
    for (const [source, { value }] of latest) {
      for (const [peer, other] of latest) {
        // Each pair once, and only where one of the two is new and the other still counts.
        if (compareText(source, peer) >= 0 || !(news.has(source) || news.has(peer))) continue;
        const oldestMs = Math.min(other.observedAtMs, latest.get(source)?.observedAtMs ?? observedAtMs);
        if (observedAtMs - oldestMs > maxAgeMs) continue;
        listOf(differences, source, peer).push(value - other.value);
        listOf(differences, peer, source).push(other.value - value);
      }
    }
  }
  return differences;
}

interface Saying {
  readonly source: string;
  readonly reading: Reading;
}

/** Times in their order, each with what was said then; of two readings of one source at one time the later in its list. */
function instantsOf(readings: SourceReadings): readonly (readonly [number, readonly Saying[]])[] {
  const sayings = sortedKeys(readings).flatMap((source) =>
    (readings.get(source) ?? []).map((reading) => ({ source, reading })),
  );
  const instants = Map.groupBy(sayings, ({ reading }) => reading.observedAtMs);
  return [...instants].sort(([a], [b]) => a - b);
}

function listOf(differences: Map<string, Map<string, number[]>>, source: string, peer: string): number[] {
  const ofSource = differences.get(source) ?? new Map<string, number[]>();
  differences.set(source, ofSource);
  const list = ofSource.get(peer) ?? [];
  ofSource.set(peer, list);
  return list;
}
