import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type BucketRange, encodeRecordLine, recordsKey } from '../../core/calibration/archived-records.ts';
import { type AttributeWindow, foldWindow } from '../../core/calibration/fold-window.ts';
import { gatherReadings } from '../../core/calibration/gather.ts';
import type { CalibrationRecord } from '../../core/calibration/record.ts';
import { closedWindowAt, WINDOW_MS, type Window } from '../../core/calibration/window.ts';
import { bucketOf } from '../../core/codec/bucket.ts';
import type { Observation } from '../../core/observation.ts';
import type { CalibrationRecords } from '../../core/ports.ts';
import type { CityConfig } from '../../core/schema/city-config.ts';

/** How far back a run looks for windows that nobody has folded in: a day of outage is made up for. */
export const CATCH_UP_WINDOWS = 24;
/** Values held at a time, of 56 bytes each as measured; a range of buckets that has more is halved. */
const VALUES_MAX = 10_000_000;
/** Records read, and then written, at a time. */
const RECORDS_AT_A_TIME = 500;
/** Of the function's time, when no window is begun any more. */
const GIVE_UP_MS = 60_000;

export interface CalibrationContext {
  readonly city: Pick<CityConfig, 'assetTypes' | 'buckets'>;
  readonly records: CalibrationRecords;
  /** Shows every observation of the archived log that may belong to a window; those of others may be among them. */
  readonly visitWindow: (window: Window, visit: (observation: Observation) => void) => Promise<void>;
  /** Keys of the files of records that there are for windows that ended then or later. */
  readonly filesSince: (windowEndMs: number) => Promise<ReadonlySet<string>>;
  readonly putFile: (key: string, bytes: Uint8Array) => Promise<void>;
  readonly nowMs: () => number;
  readonly remainingMs: () => number;
  readonly valuesMax?: number;
}

export interface CalibrationCounts {
  windows: number;
  written: number;
  readings: number;
  /** Buckets that alone hold more than can be held. */
  readonly skipped: number[];
}

const compress = promisify(gzip);

/**
 * Folds into the records whatever closed windows of the last day are not folded in yet, oldest first. A window's records
 * are written to the table each on its condition, and then as the table has them to the archive, whose file says that
 * the window is done: whoever runs again, or at the same time, comes to the same. Throws when a store does not answer.
 */
export async function calibrate(buckets: BucketRange, context: CalibrationContext): Promise<CalibrationCounts> {
  const counts: CalibrationCounts = { windows: 0, written: 0, readings: 0, skipped: [] };
  const newest = closedWindowAt(context.nowMs());
  const oldestEndMs = newest.endMs - (CATCH_UP_WINDOWS - 1) * WINDOW_MS;
  const done = await context.filesSince(oldestEndMs);
  for (let endMs = oldestEndMs; endMs <= newest.endMs; endMs += WINDOW_MS) {
    if (context.remainingMs() < GIVE_UP_MS) throw new Error(`no time is left for the window until ${isoOf(endMs)}`);
    await foldRange({ startMs: endMs - WINDOW_MS, endMs }, buckets, { ...context, done, counts });
  }
  return counts;
}

interface RangeContext extends CalibrationContext {
  readonly done: ReadonlySet<string>;
  readonly counts: CalibrationCounts;
}

/** The range as a whole if its readings can be held, else its halves one after the other. */
async function foldRange(window: Window, range: BucketRange, context: RangeContext): Promise<void> {
  if (isDone(window, range, context.done)) return;
  const windows = await gather(window, range, context);
  if (windows !== undefined) {
    const lines = await foldWindows(windows, window, context);
    await context.putFile(recordsKey(window, range), await compress(lines.join('\n')));
    context.counts.windows += 1;
  } else if (range.to - range.from > 1) {
    for (const half of halvesOf(range)) await foldRange(window, half, context);
  } else {
    context.counts.skipped.push(range.from);
  }
}

function isDone(window: Window, range: BucketRange, done: ReadonlySet<string>): boolean {
  if (done.has(recordsKey(window, range))) return true;
  return range.to - range.from > 1 && halvesOf(range).every((half) => isDone(window, half, done));
}

function halvesOf({ from, to }: BucketRange): readonly BucketRange[] {
  const middle = (from + to) >> 1;
  return [
    { from, to: middle },
    { from: middle, to },
  ];
}

/** `undefined` where they are too many. */
async function gather(
  window: Window,
  { from, to }: BucketRange,
  { city, visitWindow, counts, valuesMax = VALUES_MAX }: RangeContext,
): Promise<Iterable<AttributeWindow> | undefined> {
  const gathering = gatherReadings(window, city);
  await visitWindow(window, (observation) => {
    if (gathering.size > valuesMax) return;
    const bucket = bucketOf(observation.assetId, city.buckets);
    if (bucket >= from && bucket < to) gathering.add(observation);
  });
  if (gathering.size > valuesMax) return undefined;
  counts.readings += gathering.size;
  return gathering.windows();
}

/** The lines of the records that the table holds for the window then. */
async function foldWindows(
  windows: Iterable<AttributeWindow>,
  window: Window,
  { records, counts }: RangeContext,
): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const some of runsOf(windows, RECORDS_AT_A_TIME)) {
    const standing = await recordsByKey(records, some);
    const lost: AttributeWindow[] = [];
    await Promise.all(
      some.map(async (ofAttribute) => {
        const before = standing.get(keyOf(ofAttribute));
        const after = foldWindow(before, ofAttribute, window);
        if (!after || after === before) return;
        if ((await records.write(after, before?.windowEndMs)) === 'race-lost') {
          lost.push(ofAttribute);
        } else {
          standing.set(keyOf(after), after);
          counts.written += 1;
        }
      }),
    );
    // Whoever won has folded the same window of the same log, or a later one, which has the earlier folded in.
    for (const [key, record] of await recordsByKey(records, lost)) standing.set(key, record);
    const ofWindow = some.flatMap((ofAttribute) => standing.get(keyOf(ofAttribute)) ?? []);
    lines.push(...ofWindow.filter(({ windowEndMs }) => windowEndMs === window.endMs).map(encodeRecordLine));
  }
  return lines;
}

function* runsOf<Item>(items: Iterable<Item>, size: number): Generator<readonly Item[]> {
  let run: Item[] = [];
  for (const item of items) {
    run.push(item);
    if (run.length === size) {
      yield run;
      run = [];
    }
  }
  if (run.length > 0) yield run;
}

async function recordsByKey(
  records: CalibrationRecords,
  windows: readonly AttributeWindow[],
): Promise<Map<string, CalibrationRecord>> {
  if (windows.length === 0) return new Map();
  return new Map((await records.read(windows)).map((record) => [keyOf(record), record]));
}

function keyOf({ assetId, attribute }: { readonly assetId: string; readonly attribute: string }): string {
  return `${assetId}/${attribute}`;
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
