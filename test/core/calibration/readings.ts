import type { Reading, SourceReadings } from '../../../core/calibration/differences.ts';
import { type AttributeWindow, foldWindow } from '../../../core/calibration/fold-window.ts';
import type { CalibrationRecord, SourceRecord } from '../../../core/calibration/record.ts';
import type { Window } from '../../../core/calibration/window.ts';

export const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const IDENTITY = { assetId: 'station', attribute: 'temperature', maxAgeMs: 2 * HOUR_MS };

export function hour(number: number): Window {
  return { startMs: number * HOUR_MS, endMs: (number + 1) * HOUR_MS };
}

export function attributeWindow(readings: SourceReadings, accuracy = 1): AttributeWindow {
  return { ...IDENTITY, accuracy, readings };
}

/** A reading a minute of the hour. */
export function minutely({ startMs }: Window, valueAt: (minute: number) => number): readonly Reading[] {
  return Array.from({ length: 60 }, (_, minute) => ({
    observedAtMs: startMs + minute * MINUTE_MS,
    value: valueAt(minute),
  }));
}

/** Folds one hour after the other; `valueAt` gives what a source reads in a minute of an hour. */
export function foldHours(
  sources: readonly string[],
  hours: readonly number[],
  valueAt: (source: string, hour: number, minute: number) => number,
  start?: CalibrationRecord,
  accuracy = 1,
): CalibrationRecord {
  let record = start;
  for (const number of hours) {
    const readings = sources.map(
      (source) => [source, minutely(hour(number), (minute) => valueAt(source, number, minute))] as const,
    );
    record = foldWindow(record, attributeWindow(new Map(readings), accuracy), hour(number));
  }
  if (!record) throw new Error('no hour was folded');
  return record;
}

export function sourceOf(record: CalibrationRecord | undefined, source: string): SourceRecord {
  const found = record?.sources.get(source);
  if (!found) throw new Error(`the record knows nothing of ${source}`);
  return found;
}

/** Normal deviates of mean 0 and standard deviation 1 (Box and Muller 1958), the same from the same seed. */
export function normals(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    // Park and Miller's minimal standard generator.
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

export function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
