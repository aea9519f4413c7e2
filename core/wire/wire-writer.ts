import { getTextEncoding } from '@bufbuild/protobuf/wire';

const FIRST_CAPACITY = 1024;
const ASCII_MAX = 0x7f;
const LOW_BITS = 0x7f;
const INT32_MAX = 0x7fff_ffff;

/**
 * Writes protobuf fields one behind the other (protobuf.dev, "Encoding"). A tag is a field's number times 8 plus its wire
 * type. What it wrote stays valid until the next `reset`.
 */
export class WireWriter {
  #bytes = new Uint8Array(FIRST_CAPACITY);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  reset(): void {
    this.#length = 0;
  }

  get length(): number {
    return this.#length;
  }

  /** What was written, in place. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** A whole number, 0 to 2⁵³ − 1: base 128, the lowest seven bits first; all bytes but the last have the top bit set. */
  varint(tag: number, value: number): void {
    this.#reserve(20);
    this.#varint(tag);
    this.#varint(value);
  }

  /** Whole numbers in one field, as proto3 has repeated ones. */
  packed(tag: number, values: readonly number[]): void {
    const start = this.open(tag);
    for (const value of values) {
      this.#reserve(10);
      this.#varint(value);
    }
    this.close(start);
  }

  fixed64(tag: number, value: bigint): void {
    this.#reserve(18);
    this.#varint(tag);
    this.#view.setBigUint64(this.#length, value, true);
    this.#length += 8;
  }

  double(tag: number, value: number): void {
    this.#reserve(18);
    this.#varint(tag);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** In UTF-8; most texts are names, whose characters are their bytes. */
  text(tag: number, text: string): void {
    this.#reserve(20 + text.length);
    const start = this.#length;
    this.#varint(tag);
    this.#varint(text.length);
    for (let index = 0; index < text.length; index += 1) {
      const character = text.charCodeAt(index);
      if (character > ASCII_MAX) {
        this.#length = start;
        this.bytes(tag, getTextEncoding().encodeUtf8(text));
        return;
      }
      this.#bytes[this.#length] = character;
      this.#length += 1;
    }
  }

  bytes(tag: number, bytes: Uint8Array): void {
    this.#reserve(20 + bytes.length);
    this.#varint(tag);
    this.#varint(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Fields that another one has written. */
  raw(fields: Uint8Array): void {
    this.#reserve(fields.length);
    this.#bytes.set(fields, this.#length);
    this.#length += fields.length;
  }

  /** Begins a message within the message; to be ended by `close` with what this returns. */
  open(tag: number): number {
    this.#reserve(20);
    this.#varint(tag);
    this.#length += 1;
    return this.#length;
  }

  /** Ends a message: its length goes before it, for which one byte was left; a longer one is moved up. */
  close(start: number): void {
    const bytes = this.#length - start;
    const more = varintBytes(bytes) - 1;
    if (more > 0) {
      this.#reserve(more);
      this.#bytes.copyWithin(start + more, start, this.#length);
    }
    this.#length = start - 1;
    this.#varint(bytes);
    this.#length += bytes;
  }

  #varint(value: number): void {
    let rest = value;
    // The operators on bits take the lowest 32 of a number: enough for one group of seven, not for what is above it.
    while (rest > INT32_MAX) {
      this.#bytes[this.#length] = (rest & LOW_BITS) | 0x80;
      this.#length += 1;
      rest = Math.floor(rest / 0x80);
    }
    while (rest > LOW_BITS) {
      this.#bytes[this.#length] = (rest & LOW_BITS) | 0x80;
      this.#length += 1;
      rest >>= 7;
    }
    this.#bytes[this.#length] = rest;
    this.#length += 1;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * (this.#length + bytes));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

export function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = Math.floor(value / 0x80); rest > 0; rest = Math.floor(rest / 0x80)) bytes += 1;
  return bytes;
}
