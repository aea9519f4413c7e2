import type { Position, ReadingFlag } from '../observation.ts';
import { assert } from './assert.ts';
import { canonicalBytes, compareBytes } from './canonical-bytes.ts';
import type { RegisterValue, Sibling } from './twin.ts';

/**
 * Join of what two messages said under one dot: component-wise the smaller canonical bytes of the value, the earlier
 * receipt, the union of the flags and the earlier end. Each component is a semilattice, so their product is one, and no replica needs
 * to know which message came first. Returns `a` itself where `b` adds nothing.
 */
export function joinSiblings(a: Sibling, b: Sibling): Sibling {
  const value = smallerValue(a.value, b.value);
  const receivedAtMs = Math.min(a.receivedAtMs, b.receivedAtMs);
  const flags = joinFlags(a.flags, b.flags);
  const validUntilMs = earlierEnd(a.validUntilMs, b.validUntilMs);
  const isA =
    value === a.value && receivedAtMs === a.receivedAtMs && flags === a.flags && validUntilMs === a.validUntilMs;
  return isA ? a : { value, receivedAtMs, flags, ...(validUntilMs !== undefined && { validUntilMs }) };
}

export function sameValue(a: RegisterValue, b: RegisterValue): boolean {
  if (typeof a === 'object' && typeof b === 'object') {
    return a.longitude === b.longitude && a.latitude === b.latitude && a.altitude === b.altitude;
  }
  return a === b;
}

/** The value as registers hold it: one form for what has equal canonical bytes. Asserts that numbers are finite. */
export function canonicalValue(value: RegisterValue): RegisterValue {
  switch (typeof value) {
    case 'number':
      return canonicalNumber(value);
    case 'object':
      return canonicalPosition(value);
    default:
      return value;
  }
}

/** Sorted and without repetition. */
export function canonicalFlags(flags: readonly ReadingFlag[]): readonly ReadingFlag[] {
  return flags.length < 2 ? flags : [...new Set(flags)].sort();
}

function smallerValue(a: RegisterValue, b: RegisterValue): RegisterValue {
  if (sameValue(a, b)) {
    return a;
  }
  return compareBytes(canonicalBytes(a), canonicalBytes(b)) <= 0 ? a : b;
}

/** No end is later than any. */
function earlierEnd(aMs: number | undefined, bMs: number | undefined): number | undefined {
  return aMs === undefined || bMs === undefined ? (aMs ?? bMs) : Math.min(aMs, bMs);
}

function joinFlags(a: readonly ReadingFlag[], b: readonly ReadingFlag[]): readonly ReadingFlag[] {
  return b.every((flag) => a.includes(flag)) ? a : canonicalFlags([...a, ...b]);
}

/** RFC 8785 writes −0 as `0` (ECMAScript Number::toString), so a register never holds −0. */
function canonicalNumber(value: number): number {
  assert(Number.isFinite(value), () => `a register holds finite numbers, got ${value}; validation must refuse it`);
  return value === 0 ? 0 : value;
}

function canonicalPosition(position: Position): Position {
  const longitude = canonicalNumber(position.longitude);
  const latitude = canonicalNumber(position.latitude);
  return position.altitude === undefined
    ? { longitude, latitude }
    : { longitude, latitude, altitude: canonicalNumber(position.altitude) };
}
