import { createLedger } from '../../../core/archive/conservation.ts';
import type { Observation } from '../../../core/observation.ts';
import type { ListedReading } from '../../../core/ports.ts';
import { AUTHORITY_ID } from '../accounts.ts';
import type { Expectation } from '../city/publication.ts';
import type { World } from '../world.ts';

export interface Books {
  readonly expectations: ReadonlyMap<string, Expectation>;
  readonly log: readonly Observation[];
  readonly kept: readonly ListedReading[];
}

/**
 * Every reading that came in is in the log or kept, once, for the reason that it was made for; and nothing else is. Where
 * the registry changed between two tries of a batch, a reading may be in both: then the log counts. The audit's balance
 * must come to the same.
 */
export function checkConservation({ violated }: World, { expectations, log, kept }: Books): void {
  const logged = new Set(log.map(({ readingId }) => readingId));
  const standing = Map.groupBy(
    kept.filter(({ status }) => status === 'kept'),
    ({ readingId }) => readingId,
  );
  for (const [readingId, expectation] of expectations) {
    const allowed = expectation.split(' or ');
    const reasons = (standing.get(readingId) ?? []).map(({ reason }) => reason);
    const fates = [...(logged.has(readingId) ? ['logged'] : []), ...reasons];
    const isOnce = fates.length === 1 || (fates.length === 2 && allowed.length === 2);
    if (!isOnce || !fates.every((fate) => allowed.includes(fate)))
      violated('every reading has its one fate', `${readingId}: expected ${expectation}, got [${fates.join(', ')}]`);
  }
  for (const readingId of [...logged, ...standing.keys()]) {
    if (!expectations.has(readingId) && !AUTHORITY_ID.test(readingId))
      violated('nothing is there that never came in', readingId);
  }
  const { missing, unexpected } = balanceOf({ expectations, log, kept });
  if (missing.length + unexpected.length > 0)
    violated('the audit finds nothing amiss', JSON.stringify({ missing, unexpected }));
}

/** As `cityweave audit` draws it up. */
function balanceOf({ expectations, log, kept }: Books) {
  const ledger = createLedger();
  for (const readingId of expectations.keys()) ledger.cameIn(readingId.slice(0, readingId.lastIndexOf('/')), 0);
  for (const observation of log) ledger.logged(observation, observation.kind !== 'reading');
  for (const reading of kept) {
    ledger.kept({
      ...reading,
      redrives: reading.redrives ?? 0,
      cameInAsFailure: reading.reason === 'delivery-failed',
      isObservation: reading.form === 'observation',
    });
  }
  return ledger.balance();
}
