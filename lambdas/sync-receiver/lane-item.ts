import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Lane } from '../../core/sync/frame.ts';
import { decodeState, encodeState, NOTHING_HEARD, type ReceiverState } from '../../core/sync/receiver-state.ts';

/**
 * A lane's items, under the partition key `lane`, which is `{gateway}/{lane}`:
 *
 *     { item: 'state', version, zone, state: JSON, waitingId? }
 *     { item: 'asset/{assetId}', names: { '{attribute}/{sensor}', … } }
 */
export type LaneItem = Record<string, AttributeValue>;

export interface LaneKey {
  readonly gateway: string;
  readonly lane: Lane;
}

export interface StoredLane {
  readonly key: LaneKey;
  readonly zone: string;
  /** 0 where nothing is stored. */
  readonly version: number;
  readonly state: ReceiverState;
  readonly isWaiting: boolean;
}

export const ASSET_PREFIX = 'asset/';
const STATE = 'state';

export function partitionOf({ gateway, lane }: LaneKey): string {
  return `${gateway}/${lane}`;
}

export function stateKey(key: LaneKey): LaneItem {
  return { lane: { S: partitionOf(key) }, item: { S: STATE } };
}

export function assetKey(key: LaneKey, assetId: string): LaneItem {
  return { lane: { S: partitionOf(key) }, item: { S: `${ASSET_PREFIX}${assetId}` } };
}

export function toStateItem({ key, zone, version, state, isWaiting }: StoredLane): LaneItem {
  return {
    ...stateKey(key),
    version: { N: String(version) },
    zone: { S: zone },
    state: { S: encodeState(state) },
    ...(isWaiting && { waitingId: { S: partitionOf(key) } }),
  };
}

/** @param item undefined where a lane is not stored yet */
export function fromStateItem(key: LaneKey, item: LaneItem | undefined): StoredLane {
  const text = item?.['state']?.S;
  return {
    key,
    zone: item?.['zone']?.S ?? '',
    version: Number(item?.['version']?.N ?? 0),
    state: text === undefined ? NOTHING_HEARD : decodeState(text),
    isWaiting: item?.['waitingId'] !== undefined,
  };
}

/** Throws on a partition that no lane has. */
export function laneKeyOf(partition: string): LaneKey {
  const slash = partition.lastIndexOf('/');
  const lane = partition.slice(slash + 1);
  if (lane !== 'bulk' && lane !== 'critical') throw new Error(`partition ${partition}: expected {gateway}/{lane}`);
  return { gateway: partition.slice(0, slash), lane };
}
