import type { CityConfig } from '../schema/city-config.ts';
import { resolve } from '../twin/resolve.ts';
import type { Evidence } from '../twin/evidence.ts';
import { type ResolvedJson, resolvedJson } from '../twin/twin-json.ts';
import type { Twin } from '../twin/twin.ts';
import type { Departure, TwinDelta } from './delta.ts';
import { type Place, placeOf } from './place.ts';

/** A twin as the API answers it: what it comes to, and the version of what was resolved. */
export type VersionedJson = ResolvedJson & { readonly version: number };

/** What a subscriber sees of a city, or of a part of it. */
export interface CityView {
  /** Takes what a delta says, unless something later is known. Returns whether the view changed. */
  apply(delta: TwinDelta): boolean;
  /** Takes what the API answered, likewise. */
  show(twin: VersionedJson): boolean;
  /** Takes a twin out that is elsewhere now. */
  depart(departure: Departure): boolean;
  /**
   * Resolves again the twins whose result has ended, and returns the ids of all of them. Their silence may also mean that
   * the next delta, or a departure, was lost: who wants to be sure asks the API, and gives the answer to `show`. A twin
   * known without siblings stands as it is, and among the returned, until then.
   */
  expire(nowMs: number): readonly string[];
  /** Asset → its twin, in no particular order. */
  twins(): ReadonlyMap<string, VersionedJson>;
}

/** The last that is known of an asset, by (version, resolvedAtMs) of what said so. */
interface Known {
  readonly version: number;
  readonly resolvedAtMs: number;
  /** Absent where the asset has left the part of the city that is looked at. */
  readonly content?: Content;
}

interface Content {
  readonly json: VersionedJson;
  readonly validUntilMs: number | null;
  /** Its siblings, where a delta brought them. */
  readonly twin?: Twin;
  readonly evidence?: Evidence;
}

/**
 * An empty view of the assets within `scope` (a zone, a tile, or all). Deltas may come late, twice, in any order, or not
 * at all: what counts is the latest that came.
 */
export function createView(scope: Partial<Place>, { assetTypes }: Pick<CityConfig, 'assetTypes'>): CityView {
  const known = new Map<string, Known>();
  const twins = new Map<string, VersionedJson>();

  const keep = (assetId: string, next: Known): true => {
    known.set(assetId, next);
    if (next.content) twins.set(assetId, next.content.json);
    else twins.delete(assetId);
    return true;
  };

  /** A twin that stands outside has departed; one that stands inside wins over a departure of the same instant. */
  const enter = (place: Place, next: Required<Known>): boolean => {
    const { assetId } = next.content.json;
    const before = known.get(assetId);
    const order = before ? compareKnown(next, before) : 1;
    if (order < 0 || (order === 0 && before?.content)) return false;
    const { version, resolvedAtMs } = next;
    return keep(assetId, within(scope, place) ? next : { version, resolvedAtMs });
  };

  return {
    apply({ version, resolved, twin, evidence }) {
      const { resolvedAtMs, validUntilMs } = resolved;
      const json = { ...resolvedJson(resolved), version };
      return enter(placeOf(resolved), {
        version,
        resolvedAtMs,
        content: { json, validUntilMs, ...(twin && { twin }), ...(evidence && { evidence }) },
      });
    },

    show(json) {
      const { version, zone, position, resolvedAt, validUntil } = json;
      const before = known.get(json.assetId);
      const { twin, evidence } = (before?.version === version ? before.content : undefined) ?? {};
      const validUntilMs = validUntil === null ? null : Date.parse(validUntil);
      const place = placeOf({ zone, ...(position && { position: { value: position, observedAtMs: 0, source: '' } }) });
      return enter(place, {
        version,
        resolvedAtMs: Date.parse(resolvedAt),
        content: { json, validUntilMs, ...(twin && { twin }), ...(evidence && { evidence }) },
      });
    },

    depart({ assetId, version, resolvedAtMs, to }) {
      const before = known.get(assetId);
      if (within(scope, to) || (before && compareKnown({ version, resolvedAtMs }, before) <= 0)) return false;
      return keep(assetId, { version, resolvedAtMs });
    },

    expire(nowMs) {
      const expired: string[] = [];
      for (const [assetId, { content, ...order }] of known) {
        if (!content || content.validUntilMs === null || content.validUntilMs > nowMs) continue;
        expired.push(assetId);
        const { twin, evidence, json } = content;
        if (!twin) continue;
        const type = Object.hasOwn(assetTypes, json.assetType) ? assetTypes[json.assetType] : undefined;
        const resolved = resolve(twin, type, nowMs, evidence);
        const again = { ...resolvedJson(resolved), version: json.version };
        keep(assetId, { ...order, content: { ...content, json: again, validUntilMs: resolved.validUntilMs } });
      }
      return expired;
    },

    twins: () => twins,
  };
}

function within({ zone, tile }: Partial<Place>, place: Place): boolean {
  return (zone === undefined || zone === place.zone) && (tile === undefined || tile === place.tile);
}

/** Positive where `a` is the later. */
function compareKnown(a: Omit<Known, 'content'>, b: Omit<Known, 'content'>): number {
  return a.version - b.version || a.resolvedAtMs - b.resolvedAtMs;
}
