import type { HistoryStore } from '../../core/ports.ts';
import type { Explanation } from '../../core/twin/explain.ts';
import type { AttributeExplanation, TwinExplanation } from '../../core/twin/explain-json.ts';
import type { Past, PastReading } from '../../core/twin/past.ts';
import { observedAtMsOf } from '../../core/twin/stamp.ts';
import { forEachConcurrently } from '../shared/concurrency.ts';

/** How far back a source's previous reading is looked for. */
const LOOKBACK_MS = 24 * 60 * 60 * 1000;
/** Of one attribute; the newest, because nobody reads more, and each is a query. */
export const PAST_SOURCES_MAX = 10;
const QUERIES_IN_FLIGHT_MAX = 8;
/** An explanation without its past is better than none, and the function ends after 15 s. */
export const HISTORY_PATIENCE_MS = 5000;

interface PastReadings {
  readonly state: TwinExplanation['history'];
  /** By attribute. */
  readonly readings: ReadonlyMap<string, Past>;
}

const NOTHING: PastReadings['readings'] = new Map();

interface PastContext {
  readonly history: HistoryStore | undefined;
  readonly clocks: TwinExplanation['clocks'];
  readonly onFailure: (error: unknown) => void;
}

/**
 * Never throws: where history does not answer in time, that is what it says, and `onFailure` is told. History orders by
 * what the device says, so the past of a clock that has jumped back holds what never stood; it is not asked for.
 */
export async function readPast(
  explanations: readonly Explanation[],
  { history, clocks, onFailure }: PastContext,
): Promise<PastReadings> {
  if (!history) return { state: 'not-kept', readings: NOTHING };
  const patience = new AbortController();
  try {
    const late = new Promise<never>((_, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`history did not answer an explanation within ${HISTORY_PATIENCE_MS} ms`)),
        HISTORY_PATIENCE_MS,
      );
      patience.signal.addEventListener('abort', () => clearTimeout(timer));
    });
    return { state: 'read', readings: await Promise.race([late, pastOf(explanations, history, clocks)]) };
  } catch (error) {
    onFailure(error);
    return { state: 'no-answer', readings: NOTHING };
  } finally {
    patience.abort();
  }
}

interface Wanted {
  readonly source: string;
  /** Before it, or of this very dot. */
  readonly beforeMs: number;
  readonly dot?: bigint;
}

async function pastOf(
  explanations: readonly Explanation[],
  history: HistoryStore,
  clocks: PastContext['clocks'],
): Promise<PastReadings['readings']> {
  const readings = new Map<string, Map<string, PastReading | null>>();
  const queries = explanations.flatMap((explanation) => {
    const ofAttribute = new Map<string, PastReading | null>();
    readings.set(explanation.attribute, ofAttribute);
    const wantedReadings = wantedOf(explanation).filter(({ source }) => clocks[source]?.state !== 'jumped-back');
    return wantedReadings.map((wanted) => async () => {
      ofAttribute.set(wanted.source, await lastOf(explanation, wanted, history));
    });
  });
  await forEachConcurrently(queries, QUERIES_IN_FLIGHT_MAX, (query) => query());
  return readings;
}

function wantedOf({ siblings, superseded }: Explanation): readonly Wanted[] {
  const standing = siblings.map(({ source, observedAtMs }) => ({ source, beforeMs: observedAtMs }));
  const replaced = superseded.map(({ source, stamp, observedAtMs }) => {
    return { source, beforeMs: observedAtMs + 1, dot: BigInt(stamp) };
  });
  return [...standing, ...replaced].slice(0, PAST_SOURCES_MAX);
}

/** The bins of a day's length that meet a day are two at most; readings of the sibling's own millisecond are left out. */
async function lastOf(
  { assetId, attribute }: Explanation,
  { source, beforeMs, dot }: Wanted,
  history: HistoryStore,
): Promise<PastReading | null> {
  const fromMs = Math.max(0, beforeMs - LOOKBACK_MS);
  if (fromMs >= beforeMs) return null;
  const bins = await history.bins({ assetId, attribute, numeric: false, fromMs, toMs: beforeMs, source }, LOOKBACK_MS);
  const last = bins.toSorted((a, b) => a.startMs - b.startMs).at(-1);
  if (!last || (dot !== undefined && last.lastStamp !== dot)) return null;
  return { stamp: last.lastStamp, value: last.last };
}

/** The explanation with what its siblings and superseded dots had said. */
export function withPast(explanation: Explanation, past: Past): Omit<AttributeExplanation, 'before'> {
  const siblings = explanation.siblings.map((sibling) => {
    const reading = past.get(sibling.source);
    return reading === undefined ? sibling : { ...sibling, previous: previousOf(reading) };
  });
  const superseded = explanation.superseded.map((dot) => {
    const reading = past.get(dot.source);
    return reading ? { ...dot, value: reading.value } : dot;
  });
  return { ...explanation, siblings, superseded };
}

function previousOf(reading: PastReading | null) {
  return reading && { stamp: String(reading.stamp), value: reading.value, observedAtMs: observedAtMsOf(reading.stamp) };
}
