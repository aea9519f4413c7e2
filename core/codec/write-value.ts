import type { AttributeValue, Position } from '../observation.ts';
import type { WireWriter } from '../wire/wire-writer.ts';
import { ALTITUDE, LATITUDE, LONGITUDE, VALUE } from './observation-tags.ts';

/** Fields that proto3 leaves out when they are 0 or empty. */

export function writeText(writer: WireWriter, tag: number, text: string): void {
  if (text !== '') writer.text(tag, text);
}

export function writeVarint(writer: WireWriter, tag: number, value: number): void {
  if (value !== 0) writer.varint(tag, value);
}

/** −0 is no 0 here. */
export function writeDouble(writer: WireWriter, tag: number, value: number): void {
  if (!Object.is(value, 0)) writer.double(tag, value);
}

export function writeFixed64(writer: WireWriter, tag: number, value: bigint): void {
  if (value !== 0n) writer.fixed64(tag, value);
}

/** A message `Position`. */
export function writePosition(writer: WireWriter, tag: number, { longitude, latitude, altitude }: Position): void {
  const start = writer.open(tag);
  writeDouble(writer, LONGITUDE, longitude);
  writeDouble(writer, LATITUDE, latitude);
  if (altitude !== undefined) writer.double(ALTITUDE, altitude);
  writer.close(start);
}

/** A message `Value`. */
export function writeValue(writer: WireWriter, tag: number, value: AttributeValue): void {
  const start = writer.open(tag);
  writeScalar(writer, VALUE, value);
  writer.close(start);
}

/** One of three fields, whatever it holds: which one it is says the kind. */
export function writeScalar(
  writer: WireWriter,
  tags: { readonly number: number; readonly boolean: number; readonly text: number },
  value: AttributeValue,
): void {
  if (typeof value === 'number') writer.double(tags.number, value);
  else if (typeof value === 'boolean') writer.varint(tags.boolean, Number(value));
  else writer.text(tags.text, value);
}
