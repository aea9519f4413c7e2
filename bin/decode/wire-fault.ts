import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';

/** Where bytes stop being a protobuf message of a description. */
export interface WireFault {
  readonly offset: number;
  readonly detail: string;
}

export interface WireInspection {
  readonly fault?: WireFault;
  /** How many fields the description does not have: a later version's, or the message is another one. */
  readonly unknownFields: number;
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
const VARINT_BYTES_MAX = 10;
const LOW_BITS = 0x7f;

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
  unknownFields: number;
}

/** Thrown within this file only. */
class Broken extends Error {
  readonly offset: number;
  constructor(offset: number, detail: string) {
    super(detail);
    this.offset = offset;
  }
}

/** Walks bytes as protobuf.dev, "Encoding", has them; decoders tell that something is wrong, and this where. */
export function inspectWire(message: DescMessage, bytes: Uint8Array): WireInspection {
  const cursor: Cursor = { bytes, at: 0, unknownFields: 0 };
  try {
    walk(cursor, bytes.length, message, '');
    return { unknownFields: cursor.unknownFields };
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return { fault: { offset: error.offset, detail: error.message }, unknownFields: cursor.unknownFields };
  }
}

function walk(cursor: Cursor, end: number, message: DescMessage, path: string): void {
  while (cursor.at < end) {
    const start = cursor.at;
    const tag = readVarint(cursor, end, `${path || message.name}: a tag`);
    const [number, wireType] = [Math.floor(tag / 8), tag % 8];
    const field = message.fields.find((each) => each.number === number);
    const where = `${path}${field?.name ?? `field ${number}`}`;
    if (number === 0) throw new Broken(start, `${where}: no field has the number 0`);
    if (!field) cursor.unknownFields += 1;
    else if (!wireTypesOf(field).includes(wireType)) {
      throw new Broken(start, `${where}: got wire type ${wireType}, expected ${wireTypesOf(field).join(' or ')}`);
    }
    readValue(cursor, end, wireType, field, where);
  }
}

function readValue(cursor: Cursor, end: number, wireType: number, field: DescField | undefined, where: string): void {
  if (wireType === VARINT) readVarint(cursor, end, where);
  else if (wireType === FIXED64) skip(cursor, end, 8, where);
  else if (wireType === FIXED32) skip(cursor, end, 4, where);
  else if (wireType === BYTES) readBytes(cursor, end, field, where);
  else throw new Broken(cursor.at - 1, `${where}: no field has the wire type ${wireType} here`);
}

function readBytes(cursor: Cursor, end: number, field: DescField | undefined, where: string): void {
  const start = cursor.at;
  const length = readVarint(cursor, end, where);
  if (length > end - cursor.at) {
    throw new Broken(start, `${where}: says ${length} bytes, and ${end - cursor.at} are left`);
  }
  const contentStart = cursor.at;
  const contentEnd = contentStart + length;
  const inner = field && messageIn(field);
  if (inner) walk(cursor, contentEnd, inner, `${where}.`);
  else if (field && isPacked(field)) {
    while (cursor.at < contentEnd) readValue(cursor, contentEnd, packedWireType(field), undefined, where);
  } else if (field?.fieldKind === 'scalar' && field.scalar === ScalarType.STRING) {
    const fault = utf8Fault(cursor.bytes.subarray(contentStart, contentEnd));
    if (fault !== undefined) throw new Broken(contentStart + fault, `${where}: a text that is not UTF-8`);
  }
  cursor.at = contentEnd;
}

/** Where a text stops being UTF-8: what replaces a bad sequence differs from it. */
export function utf8Fault(bytes: Uint8Array): number | undefined {
  const read = Buffer.from(Buffer.from(bytes).toString('utf8'));
  const offset = bytes.findIndex((byte, index) => read[index] !== byte);
  return offset < 0 ? undefined : offset;
}

function readVarint(cursor: Cursor, end: number, where: string): number {
  const start = cursor.at;
  let [value, scale] = [0, 1];
  for (let count = 0; count < VARINT_BYTES_MAX; count += 1) {
    if (cursor.at >= end) throw new Broken(start, `${where}: the bytes end within it`);
    const byte = cursor.bytes[cursor.at] ?? 0;
    cursor.at += 1;
    value += (byte & LOW_BITS) * scale;
    if (byte <= LOW_BITS) return value;
    scale *= 0x80;
  }
  throw new Broken(start, `${where}: a varint of more than ${VARINT_BYTES_MAX} bytes`);
}

function skip(cursor: Cursor, end: number, bytes: number, where: string): void {
  if (bytes > end - cursor.at) throw new Broken(cursor.at, `${where}: the bytes end within it`);
  cursor.at += bytes;
}

function wireTypesOf(field: DescField): readonly number[] {
  if (field.fieldKind === 'map' || messageIn(field)) return [BYTES];
  return isPacked(field) ? [BYTES, packedWireType(field)] : [packedWireType(field)];
}

/** Numbers in a list may stand one by one, too. */
function isPacked(field: DescField): boolean {
  return field.fieldKind === 'list' && packedWireType(field) !== BYTES;
}

function messageIn(field: DescField): DescMessage | undefined {
  return (field.fieldKind === 'message' || field.fieldKind === 'list') && field.message ? field.message : undefined;
}

function packedWireType(field: DescField): number {
  switch ('scalar' in field ? field.scalar : undefined) {
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return FIXED64;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return FIXED32;
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return BYTES;
    default:
      return VARINT;
  }
}
