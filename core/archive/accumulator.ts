import type { Observation } from '../observation.ts';
import type { StoredTwin } from '../ports.ts';
import { applyObservation, draftOf, type TwinDraft, twinOf } from '../twin/draft.ts';
import { emptyTwinFor, join } from '../twin/join.ts';

/**
 * The join of whatever is put into it, in any order and however often: observations, and twins that are joins
 * themselves. A version is at least that of the live twin which the same log made, because each write of a twin had an
 * observation that caused it: what is put in twice makes it only greater.
 */
export interface Accumulator {
  add(observation: Observation): void;
  addTwin(stored: StoredTwin): void;
  readonly size: number;
  /** In no order. */
  twins(): IterableIterator<StoredTwin>;
}

interface Account {
  draft: TwinDraft;
  version: number;
}

export function createAccumulator(): Accumulator {
  const accounts = new Map<string, Account>();
  return {
    add(observation) {
      const { assetId } = observation;
      let account = accounts.get(assetId);
      if (account === undefined) {
        account = { draft: draftOf(emptyTwinFor(observation)), version: 0 };
        accounts.set(assetId, account);
      }
      applyObservation(account.draft, observation);
      // What collided is for the fold to tell; here it would only grow.
      account.draft.collisions.length = 0;
      account.version += 1;
    },
    addTwin({ twin, version }) {
      const account = accounts.get(twin.assetId);
      if (account === undefined) {
        accounts.set(twin.assetId, { draft: draftOf(twin), version });
        return;
      }
      account.draft = draftOf(join(twinOf(account.draft), twin));
      account.version += version;
    },
    get size() {
      return accounts.size;
    },
    *twins() {
      for (const { draft, version } of accounts.values()) yield { twin: twinOf(draft), version };
    },
  };
}
