/*
 * As much of CBOR (RFC 8949) as AWS's CBOR 1.1 protocol uses, which is the one that the SDK for Java speaks to Kinesis:
 * blobs are byte strings, times are tag 1 with epoch milliseconds, maps have text keys.
 */

const UNSIGNED = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const TAG = 6;
const SIMPLE = 7;

const INDEFINITE = 31;
const BREAK = 0xff;
const TIME_TAG = 1;
const FALSE = 20;
const TRUE = 21;
const NULL = 22;
const UNDEFINED = 23;
const HALF_FLOAT = 25;
const SINGLE_FLOAT = 26;
const DOUBLE_FLOAT = 27;

/** Deeper than any request of the API, shallower than the stack. */
const DEPTH_MAX = 32;

/** Writes objects without their undefined members, Buffers as bytes, Dates as times, other numbers as RFC 8949 says. */
export function encodeCbor(value: unknown): Buffer {
  const parts: Buffer[] = [];
  writeValue(value, parts);
  return Buffer.concat(parts);
}

function writeValue(value: unknown, parts: Buffer[]): void {
  if (value === null || value === undefined) parts.push(head(SIMPLE, NULL));
  else if (typeof value === 'boolean') parts.push(head(SIMPLE, value ? TRUE : FALSE));
  else if (typeof value === 'number') writeNumber(value, parts);
  else if (typeof value === 'string') writeBytes(TEXT, Buffer.from(value), parts);
  else if (Buffer.isBuffer(value)) writeBytes(BYTES, value, parts);
  else if (value instanceof Date) {
    parts.push(head(TAG, TIME_TAG));
    writeNumber(value.getTime(), parts);
  } else if (Array.isArray(value)) {
    parts.push(head(ARRAY, value.length));
    for (const each of value) writeValue(each, parts);
  } else {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    parts.push(head(MAP, members.length));
    for (const [name, member] of members) {
      writeBytes(TEXT, Buffer.from(name), parts);
      writeValue(member, parts);
    }
  }
}

function writeBytes(major: number, bytes: Buffer, parts: Buffer[]): void {
  parts.push(head(major, bytes.length), bytes);
}

function writeNumber(value: number, parts: Buffer[]): void {
  if (Number.isSafeInteger(value)) {
    parts.push(value < 0 ? head(NEGATIVE, -1 - value) : head(UNSIGNED, value));
    return;
  }
  const double = Buffer.alloc(9);
  double[0] = (SIMPLE << 5) | DOUBLE_FLOAT;
  double.writeDoubleBE(value, 1);
  parts.push(double);
}

/** The major type with its argument in the shortest form (section 3). */
function head(major: number, argument: number): Buffer {
  if (argument < 24) return Buffer.from([(major << 5) | argument]);
  const [information, bytes] =
    argument < 0x100 ? [24, 1] : argument < 0x1_0000 ? [25, 2] : argument < 0x1_0000_0000 ? [26, 4] : [27, 8];
  const written = Buffer.alloc(1 + bytes);
  written[0] = (major << 5) | information;
  if (bytes === 8) written.writeBigUInt64BE(BigInt(argument), 1);
  else written.writeUIntBE(argument, 1, bytes);
  return written;
}

/** Reads one value that fills the whole buffer. Throws where it is not well-formed, or not within the part used. */
export function decodeCbor(buffer: Buffer): unknown {
  const reader: Reader = { buffer, offset: 0 };
  const value = readValue(reader, 0);
  if (reader.offset !== buffer.length)
    throw new RangeError(`${buffer.length - reader.offset} bytes follow the CBOR value`);
  return value;
}

interface Reader {
  readonly buffer: Buffer;
  offset: number;
}

function readValue(reader: Reader, depth: number): unknown {
  if (depth > DEPTH_MAX) throw new RangeError(`CBOR nested deeper than ${DEPTH_MAX}`);
  const initial = take(reader, 1).readUInt8();
  const major = initial >> 5;
  const information = initial & 0x1f;
  if (major === SIMPLE) return readSimple(reader, information);
  const length = information === INDEFINITE ? undefined : readArgument(reader, information);
  switch (major) {
    case BYTES:
      return readBytes(reader, BYTES, length);
    case TEXT:
      return readBytes(reader, TEXT, length).toString('utf8');
    case ARRAY:
      return readItems(reader, length, () => readValue(reader, depth + 1));
    case MAP:
      return Object.fromEntries(
        readItems(reader, length, () => [String(readValue(reader, depth + 1)), readValue(reader, depth + 1)] as const),
      );
    default:
      if (length === undefined) throw new RangeError(`CBOR major type ${major} has no indefinite length`);
      if (major === TAG) return readTagged(length, readValue(reader, depth + 1));
      return major === NEGATIVE ? -1 - length : length;
  }
}

function readSimple(reader: Reader, information: number): unknown {
  switch (information) {
    case FALSE:
      return false;
    case TRUE:
      return true;
    case NULL:
    case UNDEFINED:
      return undefined;
    case HALF_FLOAT:
      return halfFloat(take(reader, 2).readUInt16BE());
    case SINGLE_FLOAT:
      return take(reader, 4).readFloatBE();
    case DOUBLE_FLOAT:
      return take(reader, 8).readDoubleBE();
    default:
      throw new RangeError(`CBOR simple value ${information} is not used by the API`);
  }
}

/** A half-precision number (RFC 8949, appendix D). */
function halfFloat(half: number): number {
  const exponent = (half >> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  const sign = half & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (mantissa + 1024) * 2 ** (exponent - 25);
}

function readTagged(tag: number, value: unknown): unknown {
  return tag === TIME_TAG && typeof value === 'number' ? new Date(value) : value;
}

function readArgument(reader: Reader, information: number): number {
  if (information < 24) return information;
  if (information === 24) return take(reader, 1).readUInt8();
  if (information === 25) return take(reader, 2).readUInt16BE();
  if (information === 26) return take(reader, 4).readUInt32BE();
  if (information === 27) return Number(take(reader, 8).readBigUInt64BE());
  throw new RangeError(`CBOR additional information ${information} is reserved`);
}

/** A byte or text string; of indefinite length, a sequence of definite ones (section 3.2.3). */
function readBytes(reader: Reader, major: number, length: number | undefined): Buffer {
  if (length !== undefined) return take(reader, length);
  return Buffer.concat(
    readItems(reader, undefined, () => {
      const initial = take(reader, 1).readUInt8();
      if (initial >> 5 !== major) throw new RangeError('a CBOR string of indefinite length holds something else');
      return take(reader, readArgument(reader, initial & 0x1f));
    }),
  );
}

function readItems<Item>(reader: Reader, length: number | undefined, read: () => Item): Item[] {
  const items: Item[] = [];
  while (length === undefined ? reader.buffer[reader.offset] !== BREAK : items.length < length) items.push(read());
  if (length === undefined) reader.offset += 1;
  return items;
}

function take(reader: Reader, bytes: number): Buffer {
  const end = reader.offset + bytes;
  if (end > reader.buffer.length) throw new RangeError('the CBOR value is cut short');
  const taken = reader.buffer.subarray(reader.offset, end);
  reader.offset = end;
  return taken;
}
