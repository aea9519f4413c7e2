import { compareText, sortedByKey } from '../twin/sorted.ts';
import { type Differences, differencesOf, type SourceReadings } from './differences.ts';
import type { CalibrationRecord, SourceRecord } from './record.ts';
import { boundedVariance, centreOf, clamp, medianOf, spreadAround } from './robust.ts';
import { LATE_MS, type Window } from './window.ts';

/** What a day ago was learnt counts e times less: a day has the sun and the traffic in it that errors follow. */
const MEMORY_MS = 24 * 3_600_000;
/** What a maker declares counts as much as six minutes of dense readings, so that from the first window on these speak. */
const PRIOR_WEIGHT = 0.1;
/** A window of so many readings of a source counts half of one of very many. */
const HALF_WEIGHT_READINGS = 10;
/** In standard deviations: what lies further off, a reading or a window, teaches no more than what lies there. */
const INFLUENCE_MAX = 3;
/** In declared standard deviations: a source that is noisier needs repair, not patience; none is better than a fraction. */
const SIGMA_RANGE = [1 / 20, 3] as const;
/** A source that was silent for so long starts anew. */
const FORGOTTEN_MS = 7 * 24 * 3_600_000;
/** Of one attribute of one asset; beyond it, those heard last stay. */
export const SOURCES_MAX = 32;
/** Significant digits that a record keeps: more than instruments have, and half the bytes. */
const DIGITS = 7;

/** One attribute's readings of a closed window, each dot once. */
export interface AttributeWindow {
  readonly assetId: string;
  readonly attribute: string;
  /** The declared standard deviation, positive. */
  readonly accuracy: number;
  readonly maxAgeMs: number;
  readonly readings: SourceReadings;
}

/**
 * The record after a window: per source its bias against the others, its noise, and what it usually reads. Each window
 * is compared with what the record said that held while it happened, so that sigma includes how well a record foretells.
 * Influence is bounded: a fault that lasts hours moves a record that has stood for a day by a fraction.
 *
 * Returns `before` itself where the window is folded in already, or where no two sources met in it. Windows must come in
 * order; one may be missing.
 */
export function foldWindow(
  before: CalibrationRecord | undefined,
  { assetId, attribute, accuracy, maxAgeMs, readings }: AttributeWindow,
  window: Window,
): CalibrationRecord | undefined {
  if (before && before.windowEndMs >= window.endMs) return before;
  const differences = differencesOf(readings, maxAgeMs);
  if (differences.size === 0) return before;
  const known = stillKnown(before, window);
  const sources = new Map(known);
  for (const [source, ofSource] of readings) {
    const values = ofSource.map(({ value }) => value);
    if (differences.has(source)) {
      sources.set(source, foldSource(source, values, { known, differences, window, accuracy }));
    }
  }
  return { assetId, attribute, windowEndMs: window.endMs, sources: heardLast(sources) };
}

interface Surroundings {
  readonly known: ReadonlyMap<string, SourceRecord>;
  readonly differences: Differences;
  readonly window: Window;
  readonly accuracy: number;
}

function foldSource(source: string, values: readonly number[], surroundings: Surroundings): SourceRecord {
  const { known, window, accuracy } = surroundings;
  const before = known.get(source);
  const { bias = 0, sigma = accuracy } = before ?? {};

  const fresh = values.length / (values.length + HALF_WEIGHT_READINGS);
  const kept = before ? before.weight * Math.exp((before.heardMs - window.endMs) / MEMORY_MS) : PRIOR_WEIGHT;
  const share = fresh / (kept + fresh);

  const step = clamp(offsetOf(source, surroundings) - bias, -INFLUENCE_MAX * sigma, INFLUENCE_MAX * sigma);
  const variance = (1 - share) * sigma ** 2 + share * varianceOf(source, surroundings);
  const level = medianOf(values);
  const now = { bias: rounded(bias + share * step), level: rounded(level) };
  const [least, most] = SIGMA_RANGE;
  return {
    ...now,
    sigma: rounded(clamp(Math.sqrt(variance), least * accuracy, most * accuracy)),
    ...(before && { spread: rounded(strayed(before, values, share, surroundings)) }),
    before: before ? { bias: before.bias, level: before.level } : now,
    weight: rounded(kept + fresh),
    heardMs: window.endMs,
  };
}

/**
 * What the source reads more than the sources do together, whose own biases are taken off. From a pair's difference alone
 * nobody can tell whose it is: both carry half.
 */
function offsetOf(source: string, { known, differences, accuracy }: Surroundings): number {
  const offsets = [known.get(source)?.bias ?? 0];
  for (const [peer, ofPair] of differences.get(source) ?? []) {
    offsets.push(medianOf(ofPair) + (known.get(peer)?.bias ?? 0));
  }
  return centreOf(offsets, accuracy);
}

/**
 * Half the variance of its differences to a peer, and of these the median (of an even number the lower): a source is as
 * good as its agreement with the better half of its peers, so one that fails spoils its own figure and nobody else's.
 * Solving for each source's part, as the three-cornered hat does, was tried: with errors that are not independent it
 * takes the source in the middle for perfect.
 */
function varianceOf(source: string, { known, differences, window, accuracy }: Surroundings): number {
  const before = known.get(source);
  const variances: number[] = [];
  for (const [peer, ofPair] of differences.get(source) ?? []) {
    const other = known.get(peer);
    const expected = before && other ? held(before, window).bias - held(other, window).bias : medianOf(ofPair);
    const limit = INFLUENCE_MAX * Math.hypot(before?.sigma ?? accuracy, other?.sigma ?? accuracy);
    variances.push(boundedVariance(expected, ofPair, limit) / 2);
  }
  variances.sort((a, b) => a - b);
  return variances[(variances.length - 1) >> 1] ?? accuracy ** 2;
}

/** Root mean square over windows; no less than the declared accuracy, which what stands still would fall below. */
function strayed(before: SourceRecord, values: readonly number[], share: number, surroundings: Surroundings): number {
  const { window, accuracy } = surroundings;
  const now = Math.hypot(spreadAround(held(before, window).level, values), accuracy);
  if (before.spread === undefined) return now;
  const bounded = Math.min(now, INFLUENCE_MAX * before.spread);
  return Math.sqrt((1 - share) * before.spread ** 2 + share * bounded ** 2);
}

/** What held while the window happened: the newest record's words only if it was written before the window began. */
function held(record: SourceRecord, window: Window): SourceRecord['before'] {
  return record.heardMs + LATE_MS <= window.startMs ? record : record.before;
}

function stillKnown(before: CalibrationRecord | undefined, { endMs }: Window): ReadonlyMap<string, SourceRecord> {
  const entries = [...(before?.sources ?? [])];
  return new Map(entries.filter(([, { heardMs }]) => endMs - heardMs <= FORGOTTEN_MS));
}

function heardLast(sources: ReadonlyMap<string, SourceRecord>): CalibrationRecord['sources'] {
  const entries = [...sources].sort(([a, left], [b, right]) => right.heardMs - left.heardMs || compareText(a, b));
  return new Map(sortedByKey(new Map(entries.slice(0, SOURCES_MAX))));
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
