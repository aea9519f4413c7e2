import type { AttributeValue as Item } from '@aws-sdk/client-dynamodb';
import type { _Record as TimestreamRecord } from '@aws-sdk/client-timestream-write';
import type { WriteBatch } from '../../lambdas/shared/timestream-records.ts';

/** DynamoDB guide, "DynamoDB item sizes and formats": a list or a map takes 3 bytes, and 1 for each of its members. */
const CONTAINER_BYTES = 3;
const MEMBER_BYTES = 1;
/** A number takes a byte for two digits, and one more. */
const DIGITS_PER_BYTE = 2;

/** What DynamoDB counts an item as: its names in UTF-8, and its values. */
export function itemBytes(item: Readonly<Record<string, Item>>): number {
  return sum(Object.entries(item).map(([name, value]) => textBytes(name) + valueBytes(value)));
}

function valueBytes({ S, N, BOOL, SS, M }: Item): number {
  if (S !== undefined) return textBytes(S);
  if (N !== undefined) return Math.ceil(N.replaceAll(/[^0-9]/g, '').length / DIGITS_PER_BYTE) + 1;
  if (BOOL !== undefined) return 1;
  if (SS !== undefined) return sum(SS.map((text) => textBytes(text)));
  if (M !== undefined) return CONTAINER_BYTES + itemBytes(M) + MEMBER_BYTES * Object.keys(M).length;
  throw new Error('an item of a kind that no twin has');
}

/** Timestream guide, "Writes": a time and a number are 8 bytes, a boolean 1, a text its UTF-8; what is common counts once. */
const NUMBER_BYTES = 8;
const BOOLEAN_BYTES = 1;

/** What Timestream meters one WriteRecords request as, before it rounds up to 1 KiB. */
export function writeRequestBytes({ common, records }: WriteBatch): number {
  return recordBytes(common) + sum(records.map((record) => recordBytes(record)));
}

function recordBytes({ Dimensions = [], MeasureName = '', MeasureValues = [], Time }: TimestreamRecord): number {
  const dimensions = Dimensions.map(({ Name = '', Value = '' }) => textBytes(Name) + textBytes(Value));
  const measures = MeasureValues.map(({ Name = '', Value = '', Type }) => {
    const value = Type === 'VARCHAR' ? textBytes(Value) : Type === 'BOOLEAN' ? BOOLEAN_BYTES : NUMBER_BYTES;
    return textBytes(Name) + value;
  });
  return textBytes(MeasureName) + (Time === undefined ? 0 : NUMBER_BYTES) + sum(dimensions) + sum(measures);
}

function textBytes(text: string): number {
  return Buffer.byteLength(text);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
