import { OBSERVATIONS } from '../codec/observation-tags.ts';
import { readObservation } from '../codec/read-observation.ts';
import type { Observation } from '../observation.ts';
import { WireReader } from '../wire/wire-reader.ts';

/** What every object of the archived log begins with; the hour of its oldest record follows. */
export const LOG_PREFIX = 'observations/';

/** S3 tells in whole seconds when an object was written. */
const CLOCK_TICK_MS = 1000;

/** Where the keys of an hour begin: `observations/yyyy/MM/dd/HH/`, in UTC. Keys sort as their hours do. */
export function hourPrefix(atMs: number): string {
  const [date = '', time = ''] = new Date(atMs).toISOString().split('T');
  return `${LOG_PREFIX}${date.replaceAll('-', '/')}/${time.slice(0, 2)}/`;
}

/** When the hour begins that a key names, in which its oldest record came; undefined where it names none. */
export function hourOf(key: string): number | undefined {
  const [, year, month, day, hour] = /^observations\/(\d{4})\/(\d\d)\/(\d\d)\/(\d\d)\//.exec(key) ?? [];
  return hour === undefined ? undefined : Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour));
}

/** Which observations of the log are asked for, by their receipt: from `fromMs` to before `toMs`. */
export interface LogWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Whether an object may hold records of the log that came between two instants. All that it holds came in or after its
 * key's hour, and before it was written.
 */
export function mayHold(object: { readonly key: string; readonly writtenAtMs: number }, came: LogWindow): boolean {
  const hourMs = hourOf(object.key);
  return hourMs !== undefined && hourMs < came.toMs && object.writtenAtMs + CLOCK_TICK_MS > came.fromMs;
}

/** How many observations were visited, and, where the bytes end otherwise than as a log does, what is wrong. */
export interface Visited {
  readonly observations: number;
  readonly damage?: string;
}

/**
 * Visits the observations of a record or of an archived object, which is many of them one behind the other, one at a
 * time: an object of 64 MB would be a gigabyte of observations. Behind damaged bytes nobody can tell where the next
 * observation begins, so there it ends.
 */
export function visitObservations(bytes: Uint8Array, visit: (observation: Observation) => void): Visited {
  const reader = new WireReader(bytes);
  for (let observations = 0; ; observations += 1) {
    const next = nextObservation(reader);
    if (next === 'end') return { observations };
    if (typeof next === 'string') return { observations, damage: next };
    visit(next);
  }
}

/** The next observation, `end`, or what is wrong with the bytes. */
function nextObservation(reader: WireReader): Observation | string {
  try {
    for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
      if (tag === OBSERVATIONS) {
        const end = reader.enter();
        const observation = readObservation(reader);
        reader.leave(end);
        return observation ?? 'an observation is incomplete';
      }
      reader.skip(tag);
    }
    return 'end';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
