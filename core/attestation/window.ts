/**
 * What is remembered of one start of a gateway's signer. Readings from the spool come after live ones, so no highest
 * counter tells what is new: each counter is remembered, as long as a reading of it may still come.
 */

import { compareBytes } from '../twin/canonical-bytes.ts';
import { refuse, type Refusal } from '../reason.ts';
import { HASH_BYTES, NO_HASH } from './statement.ts';

/** Half a hash is enough to know it again, and a block of entries fits one write unit of DynamoDB. */
export const KNOWN_HASH_BYTES = HASH_BYTES / 2;

/** A gateway signs what was observed so long ago, or ahead, at most: the order of its counters then tells the time. */
export const SIGNING_AGE_MAX_MS = 5000;
/** How much later than the next one a reading may therefore have been observed. */
export const DISORDER_MAX_MS = 2 * SIGNING_AGE_MAX_MS;

/** One signed counter; of both hashes the first `KNOWN_HASH_BYTES`. */
export interface WindowEntry {
  readonly counter: bigint;
  readonly hash: Uint8Array;
  readonly previousHash: Uint8Array;
  readonly observedAtMs: number;
}

export function windowEntry(
  counter: bigint,
  observedAtMs: number,
  hash: Uint8Array,
  previousHash: Uint8Array,
): WindowEntry {
  const half = (bytes: Uint8Array): Uint8Array => bytes.slice(0, KNOWN_HASH_BYTES);
  return { counter, observedAtMs, hash: half(hash), previousHash: half(previousHash) };
}

/**
 * What the window says to a statement: `new`; `known`, the very same came before; `replayed`, where its counter was used
 * for another; `attestation-invalid`, where the hashes of neighbours do not meet, or a spooled reading's time does not
 * lie between those of its neighbours.
 *
 * @param known of the same start; at least the counters next to it, and of a spooled reading the nearest on either side
 */
export function judgeCounter(
  entry: WindowEntry,
  known: ReadonlyMap<bigint, WindowEntry>,
  { isSpooled }: { readonly isSpooled: boolean },
): 'new' | 'known' | Refusal {
  const { counter } = entry;
  const same = known.get(counter);
  if (same) {
    return compareBytes(same.hash, entry.hash) === 0
      ? 'known'
      : refuse('replayed', `counter ${counter} was used for another reading`);
  }
  return breachOfChain(entry, known) ?? (isSpooled ? breachOfOrder(entry, known) : undefined) ?? 'new';
}

function breachOfChain(
  { counter, hash, previousHash }: WindowEntry,
  known: ReadonlyMap<bigint, WindowEntry>,
): Refusal | undefined {
  const before = counter === 1n ? NO_HASH.slice(0, KNOWN_HASH_BYTES) : known.get(counter - 1n)?.hash;
  const after = known.get(counter + 1n)?.previousHash;
  const meets =
    (before === undefined || compareBytes(before, previousHash) === 0) &&
    (after === undefined || compareBytes(after, hash) === 0);
  return meets ? undefined : refuse('attestation-invalid', `the chain of hashes breaks at counter ${counter}`);
}

function breachOfOrder(
  { counter, observedAtMs }: WindowEntry,
  known: ReadonlyMap<bigint, WindowEntry>,
): Refusal | undefined {
  let [below, above]: (WindowEntry | undefined)[] = [];
  for (const each of known.values()) {
    if (each.counter < counter && each.counter > (below?.counter ?? -1n)) below = each;
    if (each.counter > counter && (above === undefined || each.counter < above.counter)) above = each;
  }
  const isEarly = below && observedAtMs < below.observedAtMs - DISORDER_MAX_MS;
  const isLate = above && observedAtMs > above.observedAtMs + DISORDER_MAX_MS;
  if (!isEarly && !isLate) return undefined;
  return refuse(
    'attestation-invalid',
    `counter ${counter} was observed at ${observedAtMs} ms, expected from ${below?.observedAtMs ?? 0} to ${above?.observedAtMs ?? 'now'}`,
  );
}
