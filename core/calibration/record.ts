import type { Calibration, SourceCalibration } from '../twin/evidence.ts';

/** Of the record's fields and of what the fold makes of a window: who changes either counts it up. */
const FORMAT = 1;

/** What is known of one source of an attribute, in the attribute's unit, and what the next window goes on from. */
export interface SourceRecord {
  /** What it reads too much, measured against its peers. */
  readonly bias: number;
  /** Standard deviation of what remains; positive. */
  readonly sigma: number;
  /** The median of its readings in the last window. */
  readonly level: number;
  /** How far it strays from its level while a record holds; absent until it has been seen to. */
  readonly spread?: number;
  /** What the record before this one said: the one that still holds while the next window happens. */
  readonly before: { readonly bias: number; readonly level: number };
  /** How many windows, older ones counting less, stand behind bias and sigma; positive. */
  readonly weight: number;
  /** End of the last window in which it had a reading, and a peer beside it. */
  readonly heardMs: number;
}

/** What is known of an attribute's sources at the end of a window. It holds from its writing until the next is written. */
export interface CalibrationRecord {
  readonly assetId: string;
  readonly attribute: string;
  /** Exclusive end of the last window that is folded in. */
  readonly windowEndMs: number;
  /** Sorted by source; at most `SOURCES_MAX`. */
  readonly sources: ReadonlyMap<string, SourceRecord>;
}

/** The record's name, such as `1/2026-11-21T08:00:00.000Z`: the same window gives the same record under the same name. */
export function versionOf({ windowEndMs }: Pick<CalibrationRecord, 'windowEndMs'>): string {
  return `${FORMAT}/${new Date(windowEndMs).toISOString()}`;
}

/** What policies need of a record. What a source usually reads says nothing once it has been silent for a window. */
export function calibrationOf(record: CalibrationRecord): Calibration {
  const sources = new Map<string, SourceCalibration>();
  for (const [source, { bias, sigma, level, spread, heardMs }] of record.sources) {
    const usual = spread !== undefined && heardMs === record.windowEndMs ? { usual: { level, spread } } : {};
    sources.set(source, { bias, sigma, ...usual });
  }
  return { version: versionOf(record), sources };
}
