import { isName, POSITION } from '../../core/schema/names.ts';
import type { SyncFrame } from '../../core/sync/frame.ts';
import type { Lanes, Names } from './dynamodb-lanes.ts';
import { type LaneKey, partitionOf } from './lane-item.ts';

/** Of one lane; what a gateway names beyond them is not verified. */
export const NAMES_PER_LANE_MAX = 100_000;
/** Beyond it a function forgets what it has read, and reads it again. */
const NAMES_REMEMBERED_MAX = 1_000_000;

export interface LaneNames {
  /** What is known of a lane, once it was asked for. */
  of(key: LaneKey): Promise<Names>;
  /** Keeps what the frames name anew. */
  note(key: LaneKey, frames: readonly SyncFrame[]): Promise<void>;
}

type MutableNames = Map<string, Set<string>>;

/** The names of lanes only grow, so what is remembered is never wrong: at worst a name is kept twice. */
export function laneNames(lanes: Pick<Lanes, 'names' | 'addNames'>): LaneNames {
  const remembered = new Map<string, { readonly names: MutableNames; count: number }>();
  let total = 0;

  const recall = async (key: LaneKey) => {
    const known = remembered.get(partitionOf(key));
    if (known) return known;
    const names: MutableNames = new Map();
    for (const [assetId, each] of await lanes.names(key)) names.set(assetId, new Set(each));
    const lane = { names, count: [...names.values()].reduce((sum, { size }) => sum + size, 0) };
    if (total + lane.count > NAMES_REMEMBERED_MAX) {
      remembered.clear();
      total = 0;
    }
    remembered.set(partitionOf(key), lane);
    total += lane.count;
    return lane;
  };

  return {
    of: async (key) => (await recall(key)).names,

    async note(key, frames) {
      const named = [...namesIn(frames)];
      if (named.length === 0) return;
      const lane = await recall(key);
      const added: MutableNames = new Map();
      let count = 0;
      for (const [assetId, name] of named) {
        if (lane.names.get(assetId)?.has(name) || added.get(assetId)?.has(name)) continue;
        if (lane.count + count === NAMES_PER_LANE_MAX) break;
        added.set(assetId, (added.get(assetId) ?? new Set()).add(name));
        count += 1;
      }
      await lanes.addNames(key, added);
      lane.count += count;
      total += count;
      for (const [assetId, names] of added) {
        lane.names.set(assetId, new Set([...(lane.names.get(assetId) ?? []), ...names]));
      }
    },
  };
}

/** What no twin can have is left out. */
function* namesIn(frames: readonly SyncFrame[]): Generator<readonly [assetId: string, name: string]> {
  for (const frame of frames) {
    if (frame.kind === 'heartbeat') continue;
    for (const { assetId, sensor, attributes, position } of frame.readings) {
      if (!isName(assetId) || !isName(sensor)) continue;
      for (const attribute of attributes.keys()) if (isName(attribute)) yield [assetId, `${attribute}/${sensor}`];
      if (position) yield [assetId, `${POSITION}/${sensor}`];
    }
  }
}
