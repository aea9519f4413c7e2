import type { Observation } from '../../core/observation.ts';
import type { CityConfig } from '../../core/schema/city-config.ts';
import { applyObservation, draftOf, type TwinDraft, twinOf } from '../../core/twin/draft.ts';
import { emptyTwinFor, join } from '../../core/twin/join.ts';
import { resolve, type ResolvedTwin } from '../../core/twin/resolve.ts';
import type { Twin } from '../../core/twin/twin.ts';

/** Assets that a junction's sensors speak of; a forged one more must not eat the memory. */
export const ASSETS_MAX = 10_000;

/** The gateway's own replica of the twins of its assets: the same join as in the cloud, in memory. */
export interface LocalTwins {
  /** Returns false where there are too many assets already. */
  merge(observation: Observation): boolean;
  /** Joins what was kept. */
  join(twins: Iterable<Twin>): void;
  /** Undefined for an asset of which nothing was heard. */
  resolve(assetId: string, nowMs: number): ResolvedTwin | undefined;
  all(): readonly Twin[];
  /** The assets that something was heard of since they were last taken, so many at most. */
  takeChanged(countMax: number): readonly string[];
}

/** Twins are written far more often than read, so each stays a draft until somebody looks at it. */
export function createLocalTwins({ assetTypes }: Pick<CityConfig, 'assetTypes'>): LocalTwins {
  const drafts = new Map<string, TwinDraft>();
  const changed = new Set<string>();

  const settle = (draft: TwinDraft): Twin => {
    const twin = twinOf(draft);
    drafts.set(twin.assetId, draftOf(twin));
    return twin;
  };

  return {
    merge(observation) {
      const { assetId } = observation;
      const known = drafts.get(assetId);
      if (!known && drafts.size >= ASSETS_MAX) return false;
      const draft = known ?? draftOf(emptyTwinFor(observation));
      if (!known) drafts.set(assetId, draft);
      if (applyObservation(draft, observation)) changed.add(assetId);
      return true;
    },

    join(kept) {
      for (const twin of kept) {
        const own = drafts.get(twin.assetId);
        drafts.set(twin.assetId, draftOf(own ? join(settle(own), twin) : twin));
      }
    },

    resolve(assetId, nowMs) {
      const draft = drafts.get(assetId);
      if (!draft) return undefined;
      const twin = settle(draft);
      const type = Object.hasOwn(assetTypes, twin.assetType) ? assetTypes[twin.assetType] : undefined;
      return resolve(twin, type, nowMs);
    },

    all: () => [...drafts.values()].map(settle),

    takeChanged(countMax) {
      const taken = [...changed].slice(0, countMax);
      for (const each of taken) changed.delete(each);
      return taken;
    },
  };
}
