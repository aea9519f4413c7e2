/**
 * What the standing siblings of an attribute superseded. The registers no longer know; history does, so this takes what
 * history had of each source before its sibling, and what it had under a superseded dot.
 */

import type { AttributeValue } from '../observation.ts';
import type { AssetType } from '../schema/city-config.ts';
import { isAuthority } from './authority.ts';
import { distrustsOf } from './distrust.ts';
import { type Evidence, NO_EVIDENCE, type Review } from './evidence.ts';
import { attributeTypeOf, bearingOn, type ResolvedAttribute, resolvedOf } from './resolve.ts';
import { observedAtMsOf } from './stamp.ts';
import type { Entry, Register, Twin } from './twin.ts';
import { weigh } from './weigh.ts';

/** A reading as history has it. */
export interface PastReading {
  readonly stamp: bigint;
  readonly value: AttributeValue;
}

/** Source → what it said before its sibling, or under its superseded dot; `null` where history has nothing of it. */
export type Past = ReadonlyMap<string, PastReading | null>;

/** What is received within so long is one change: the resolver merges a batch at once, so nobody saw what lay between. */
const TOGETHER_MS = 1000;

/**
 * What the attribute came to before it last changed, that is before its newest sibling (by receipt) and those received
 * together with it: by the sources' readings of then and the review as it stood, but today's calibration and distrusts, because
 * nobody keeps those of then with the twin. `undefined` where nothing stood before, or history was not asked for the past of that sibling.
 */
export function resolvedBefore(
  twin: Twin,
  assetType: AssetType | undefined,
  attribute: string,
  past: Past,
  evidence: Evidence = NO_EVIDENCE,
): ResolvedAttribute | undefined {
  const register = twin.registers.get(attribute) ?? new Map<string, Entry>();
  const received = [...register].flatMap(([source, { sibling }]) =>
    sibling === undefined ? [] : { source, atMs: sibling.receivedAtMs },
  );
  const newestMs = Math.max(...received.map(({ atMs }) => atMs));
  const change = received.filter(({ atMs }) => newestMs - atMs < TOGETHER_MS);
  if (change.length === 0 || change.some(({ source }) => !past.has(source))) return undefined;
  const before = registerBefore(register, new Set(change.map(({ source }) => source)), past);
  const attributeType = attributeTypeOf(assetType, attribute);
  const thenMs = Math.min(...change.map(({ atMs }) => atMs));
  const bearing = bearingOn(attribute, distrustsOf(twin).get(attribute), evidence);
  const weighing = weigh(before, attributeType, thenMs, { ...bearing, review: reviewAt(thenMs, bearing.review) });
  return weighing && resolvedOf(weighing, attributeType);
}

function reviewAt(thenMs: number, review: Review | undefined): Review | undefined {
  if (review === undefined || review.onsetMs > thenMs) return undefined;
  const { id, onsetMs, openedAtMs = Infinity } = review;
  return openedAtMs > thenMs ? { id, onsetMs } : review;
}

/** Without what came last: its sources say what they said before, and what a decision may have superseded stands again. */
function registerBefore(register: Register, change: ReadonlySet<string>, past: Past): Register {
  const isDecided = [...change].some(isAuthority);
  const before = new Map<string, Entry>();
  for (const [source, entry] of register) {
    const returns = change.has(source) || (entry.sibling === undefined && isDecided);
    const reading = returns ? past.get(source) : undefined;
    if (reading) {
      const { stamp, value } = reading;
      before.set(source, { stamp, sibling: { value, receivedAtMs: observedAtMsOf(stamp), flags: [] } });
    } else if (!returns) {
      before.set(source, entry);
    }
  }
  return before;
}
