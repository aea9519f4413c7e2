import { canonicalBytes } from './canonical-bytes.ts';
import { sortedObject } from './sorted.ts';
import { formatStamp } from './stamp.ts';
import type { Entry, Register, Twin } from './twin.ts';

/**
 * First byte of `encodeTwin`. These bytes are compared and hashed, never read back, so another layout, or another rule
 * for what a register holds, gets the next number and nothing more: bytes of two formats say nothing about two twins.
 */
const TWIN_FORMAT = 1;

/**
 * Canonical bytes of a twin: two replicas hold the same twin if and only if these are equal. The format's number, then
 * the UTF-8 bytes of the RFC 8785 JSON `{floors: {source: stamp}, registers: {name: {source: {stamp, sibling?}}}}`,
 * stamps as decimal strings. What the registry says of the asset is not part of it: the registry may change without
 * a reading.
 */
export function encodeTwin(twin: Twin): Uint8Array {
  const floors = sortedObject(twin.floors, formatStamp);
  const registers = sortedObject(twin.registers, (register: Register) => sortedObject(register, entryJson));
  const body = canonicalBytes({ floors, registers });
  const bytes = new Uint8Array(1 + body.length);
  bytes[0] = TWIN_FORMAT;
  bytes.set(body, 1);
  return bytes;
}

function entryJson({ stamp, sibling }: Entry): object {
  return sibling === undefined ? { stamp: formatStamp(stamp) } : { stamp: formatStamp(stamp), sibling };
}
