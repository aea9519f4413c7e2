import { getTextEncoding } from '@bufbuild/protobuf/wire';

const LOW_BITS = 0x7f;
/** A varint has at most ten bytes: 64 bits of seven each. */
const VARINT_BYTES_MAX = 10;
/** Groups nest; nothing of ours uses them. */
const GROUP_DEPTH_MAX = 100;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const GROUP_START = 3;
const GROUP_END = 4;
const FIXED32 = 5;

/** Names that came lately, each at its hash; a newer one takes the place. It saves time, and never changes an answer. */
const knownNames: string[] = [];
const KNOWN_NAMES_MAX = 4096;
const KNOWN_NAME_BYTES_MAX = 64;

/** Bytes that are no protobuf message: thrown within the decoder only. */
class WireError extends Error {
  override readonly name = 'WireError';
}

/**
 * Reads protobuf fields in the order in which they stand (protobuf.dev, "Encoding"). Every method throws a `WireError`
 * where the bytes end early or are not of the wire type that the caller found in the tag.
 */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #end: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.length;
  }

  /** The next field's tag (its number times 8 plus its wire type), or 0 at the end of the message. */
  tag(): number {
    if (this.#at === this.#end) return 0;
    const tag = this.varint();
    if (tag < 8 || tag > 0xffff_ffff) throw new WireError(`no field has the tag ${tag}`);
    return tag;
  }

  /** Exact up to 2⁵³; beyond it is rounded, and so no safe integer. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < VARINT_BYTES_MAX; count += 1) {
      const byte = this.#byte();
      value += (byte & LOW_BITS) * scale;
      if (byte <= LOW_BITS) return value;
      scale *= 0x80;
    }
    throw new WireError('a varint of more than ten bytes');
  }

  fixed64(): bigint {
    const at = this.#skip(8);
    return this.#view.getBigUint64(at, true);
  }

  double(): number {
    const at = this.#skip(8);
    return this.#view.getFloat64(at, true);
  }

  text(): string {
    const length = this.varint();
    const start = this.#skip(length);
    return this.#decoded(start, start + length);
  }

  /** A text that is likely to come again, such as a name: finding it costs a fifth of making it anew. */
  name(): string {
    const length = this.varint();
    const start = this.#skip(length);
    const slot = this.#slotOf(start, start + length);
    const known = knownNames[slot];
    if (known !== undefined && this.#holds(known, start, length)) return known;
    const name = this.#decoded(start, start + length);
    if (length <= KNOWN_NAME_BYTES_MAX) knownNames[slot] = name;
    return name;
  }

  /** Enters a message within the message: `tag` then ends with it. To be left by `leave` with what this returns. */
  enter(): number {
    const length = this.varint();
    const outerEnd = this.#end;
    if (length > outerEnd - this.#at) throw new WireError('a message ends behind the one that holds it');
    this.#end = this.#at + length;
    return outerEnd;
  }

  leave(outerEnd: number): void {
    this.#end = outerEnd;
  }

  /** Passes over a field that this version does not know. */
  skip(tag: number, depth = 0): void {
    switch (tag % 8) {
      case VARINT:
        this.varint();
        return;
      case FIXED64:
        this.#skip(8);
        return;
      case BYTES:
        this.#skip(this.varint());
        return;
      case FIXED32:
        this.#skip(4);
        return;
      case GROUP_START:
        this.#skipGroup(tag, depth);
        return;
      default:
        throw new WireError(`no field has the wire type ${tag % 8} here`);
    }
  }

  #skipGroup(start: number, depth: number): void {
    if (depth === GROUP_DEPTH_MAX) throw new WireError(`groups nested deeper than ${GROUP_DEPTH_MAX}`);
    const end = start - GROUP_START + GROUP_END;
    for (let tag = this.tag(); tag !== end; tag = this.tag()) {
      if (tag === 0) throw new WireError('a group without an end');
      this.skip(tag, depth + 1);
    }
  }

  #slotOf(start: number, end: number): number {
    let hash = end - start;
    for (let index = start; index < end; index += 1) hash = Math.imul(hash, 31) + (this.#bytes[index] ?? 0);
    return (hash >>> 0) % KNOWN_NAMES_MAX;
  }

  /** Only a text in ASCII has as many characters as it has bytes in UTF-8, and there they are the same. */
  #holds(known: string, start: number, length: number): boolean {
    if (known.length !== length) return false;
    for (let index = 0; index < length; index += 1) {
      if (known.charCodeAt(index) !== this.#bytes[start + index]) return false;
    }
    return true;
  }

  #decoded(start: number, end: number): string {
    try {
      return getTextEncoding().decodeUtf8(this.#bytes.subarray(start, end), true);
    } catch (cause) {
      throw new WireError('a text that is not UTF-8', { cause });
    }
  }

  #byte(): number {
    const at = this.#skip(1);
    return this.#bytes[at] ?? 0;
  }

  /** Moves on by `bytes`; returns from where. */
  #skip(bytes: number): number {
    const at = this.#at;
    if (bytes > this.#end - at) throw new WireError('the bytes end within a field');
    this.#at = at + bytes;
    return at;
  }
}
