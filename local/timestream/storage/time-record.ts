import type { MeasureType } from './catalog.ts';

/** DOUBLE as number, BIGINT, TIMESTAMP (ns since 1970) and BOOLEAN (0 or 1) as bigint, VARCHAR as string. */
export type StoredValue = bigint | number | string;

export interface Measure {
  readonly column: string;
  readonly type: MeasureType;
  readonly value: StoredValue;
}

/** A record of WriteRecords with the common attributes merged in. */
export interface TimeRecord {
  /** Sorted by name, so that equal sets are equal series. */
  readonly dimensions: readonly (readonly [name: string, value: string])[];
  readonly measureName: string;
  readonly measureType: MeasureType | 'MULTI';
  /** One with `measure_value::type` for its column, or those of a multi-measure record; sorted by column. */
  readonly measures: readonly Measure[];
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  readonly version: bigint;
}
