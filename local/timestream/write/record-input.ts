/** From the JSON of WriteRecords to records: common attributes merged, structure checked, values in their own types. */

import { type Input, isInput, readList, readText, refuseMember } from '../input.ts';
import {
  DIMENSION_NAME_BYTES_MAX,
  DIMENSIONS_MAX,
  MEASURE_NAME_BYTES_MAX,
  MEASURES_PER_RECORD_MAX,
  VERSION_MAX,
  VERSION_MIN,
} from '../limits.ts';
import { refuse } from '../refusal.ts';
import { isMeasureType, MEASURE_TYPES, type MeasureType } from '../storage/catalog.ts';
import type { Measure, TimeRecord } from '../storage/time-record.ts';
import { readMeasureValue, readTime, readTimeUnit, type TimeUnit } from './measure-value.ts';

/** Columns that every table has; quotas page, "System identifiers". */
const SYSTEM_IDENTIFIERS: ReadonlySet<string> = new Set([
  'time',
  'measure_name',
  'measure_value',
  'ts_non_existent_col',
]);

/**
 * @param where names the record in a refusal, such as `Records.3`
 * Refuses with ValidationException what no stored data could make right.
 */
export function readRecord(record: unknown, common: Input, where: string): TimeRecord {
  const own = isInput(record) ? record : refuseMember(where, record, 'an object');
  const textOf = (name: string): string | undefined => readText(own, name) ?? readText(common, name);
  const unit = readTimeUnit(textOf('TimeUnit'), `${where}.TimeUnit`);
  const measureName = requireName(textOf('MeasureName'), MEASURE_NAME_BYTES_MAX, `${where}.MeasureName`);
  const measureType = readMeasureType(textOf('MeasureValueType') ?? 'DOUBLE', `${where}.MeasureValueType`);
  return {
    dimensions: readDimensions([...readList(common, 'Dimensions'), ...readList(own, 'Dimensions')], where),
    measureName,
    measureType,
    measures:
      measureType === 'MULTI'
        ? readMeasures([...readList(common, 'MeasureValues'), ...readList(own, 'MeasureValues')], unit, where)
        : [readSingleMeasure(textOf('MeasureValue'), measureType, unit, where)],
    time: readTime(textOf('Time') ?? '', unit, `${where}.Time`),
    version: readVersion(own.Version ?? common.Version ?? VERSION_MIN, `${where}.Version`),
  };
}

function readDimensions(list: readonly unknown[], where: string): TimeRecord['dimensions'] {
  if (list.length === 0) {
    refuse('ValidationException', `At least one dimension is required for a record. (${where})`);
  }
  if (list.length > DIMENSIONS_MAX) {
    refuseMember(`${where}.Dimensions`, list.length, `at most ${DIMENSIONS_MAX} dimensions`);
  }
  const dimensions = list.map((dimension): readonly [string, string] => {
    const input = isInput(dimension) ? dimension : refuseMember(`${where}.Dimensions`, dimension, 'objects');
    const name = requireName(readText(input, 'Name'), DIMENSION_NAME_BYTES_MAX, `${where}.Dimensions.Name`);
    const value = readText(input, 'Value');
    if (value === undefined || value === '') {
      return refuseMember(`${where}.Dimensions.${name}`, value, 'a value that is not empty');
    }
    return [name, value];
  });
  return requireDistinct(
    dimensions.sort(([a], [b]) => compare(a, b)),
    ([name]) => name,
    `${where}.Dimensions`,
  );
}

function readMeasures(list: readonly unknown[], unit: TimeUnit, where: string): readonly Measure[] {
  if (list.length === 0 || list.length > MEASURES_PER_RECORD_MAX) {
    refuseMember(`${where}.MeasureValues`, list.length, `1 to ${MEASURES_PER_RECORD_MAX} measures of a MULTI record`);
  }
  const measures = list.map((measure): Measure => {
    const input = isInput(measure) ? measure : refuseMember(`${where}.MeasureValues`, measure, 'objects');
    const column = requireName(readText(input, 'Name'), MEASURE_NAME_BYTES_MAX, `${where}.MeasureValues.Name`);
    const name = `${where}.MeasureValues.${column}`;
    const type = readMeasureType(readText(input, 'Type') ?? '', name);
    if (type === 'MULTI') {
      return refuseMember(name, type, 'a scalar type');
    }
    return { column, type, value: readMeasureValue(readText(input, 'Value') ?? '', type, unit, name) };
  });
  return requireDistinct(
    measures.sort((a, b) => compare(a.column, b.column)),
    ({ column }) => column,
    `${where}.MeasureValues`,
  );
}

/** A record of one measure lies in the column of its type. */
function readSingleMeasure(value: string | undefined, type: MeasureType, unit: TimeUnit, where: string): Measure {
  const column = `measure_value::${type.toLowerCase()}`;
  return { column, type, value: readMeasureValue(value ?? '', type, unit, `${where}.MeasureValue`) };
}

function readMeasureType(type: string, name: string): MeasureType | 'MULTI' {
  return type === 'MULTI' || isMeasureType(type)
    ? type
    : refuseMember(name, type, `one of ${[...MEASURE_TYPES, 'MULTI'].join(', ')}`);
}

function readVersion(value: unknown, name: string): bigint {
  const version = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
  return typeof version === 'bigint' && version >= VERSION_MIN && version <= VERSION_MAX
    ? version
    : refuseMember(name, value, `an integer from ${VERSION_MIN} to ${VERSION_MAX}`);
}

function requireName(name: string | undefined, bytesMax: number, where: string): string {
  if (name === undefined || name === '' || Buffer.byteLength(name) > bytesMax) {
    return refuseMember(where, name, `1 to ${bytesMax} bytes`);
  }
  return SYSTEM_IDENTIFIERS.has(name)
    ? refuseMember(where, name, 'a name that Timestream does not keep for itself')
    : name;
}

function requireDistinct<Item>(sorted: Item[], nameOf: (item: Item) => string, where: string): readonly Item[] {
  const names = sorted.map(nameOf);
  const repeated = names.find((name, index) => name === names[index + 1]);
  return repeated === undefined ? sorted : refuseMember(where, repeated, 'each name once, common attributes included');
}

/** By UTF-16 code units: any fixed order will do. */
function compare(a: string, b: string): number {
  if (a === b) {
    return 0;
  }
  return a < b ? -1 : 1;
}
