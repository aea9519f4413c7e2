/**
 * Every version of every record lies in the archive, the records of a window in gzipped files of one line a record, by
 * the hour at which the window ended and the buckets of their assets, from inclusive to exclusive:
 *
 *     calibrations/2026/11/21/08/0-64.ndjson.gz
 *
 * A file is written when all of its records are in the table: one that is there, even empty, says that its window is done.
 */

import { assert } from '../twin/assert.ts';
import { type CalibrationRecord, type SourceRecord, versionOf } from './record.ts';
import { WINDOW_MS, type Window } from './window.ts';

export const CALIBRATIONS_PREFIX = 'calibrations/';

/** A run of buckets: of its assets' observations, by their partition keys. */
export interface BucketRange {
  /** Inclusive. */
  readonly from: number;
  /** Exclusive, and greater. */
  readonly to: number;
}

export function recordsKey({ endMs }: Window, { from, to }: BucketRange): string {
  return `${windowPrefix(endMs)}${from}-${to}.ndjson.gz`;
}

/** Where the keys of the window begin that ended then: `calibrations/yyyy/MM/dd/HH/`, in UTC. They sort as time does. */
export function windowPrefix(endMs: number): string {
  assert(endMs % WINDOW_MS === 0, () => `a window ends at a whole hour, got ${endMs}`);
  const [date = '', time = ''] = new Date(endMs).toISOString().split('T');
  return `${CALIBRATIONS_PREFIX}${date.replaceAll('-', '/')}/${time.slice(0, 2)}/`;
}

interface RecordLine extends Omit<CalibrationRecord, 'sources'> {
  /** For people; a reader goes by `windowEndMs`. */
  readonly version: string;
  readonly sources: Readonly<Record<string, SourceRecord>>;
}

/** Without a line break, neither in it nor behind it. */
export function encodeRecordLine(record: CalibrationRecord): string {
  const line: RecordLine = { version: versionOf(record), ...record, sources: Object.fromEntries(record.sources) };
  return JSON.stringify(line);
}

/** Throws where the text is no such line: nothing but this project writes them. */
export function decodeRecordLine(text: string): CalibrationRecord {
  const { version: _, sources, ...record } = JSON.parse(text) as RecordLine;
  return { ...record, sources: new Map(Object.entries(sources)) };
}
