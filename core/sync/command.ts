/** What the cloud tells a gateway on `cmd/{zone}/gateway/{gateway}/{resync,ack,config}` (`schemas/sync.proto`). */

import type { Lane, Leaf } from './frame.ts';

/** What a receiver wants to know or to have. Every answer ends with a heartbeat. */
export type Ask =
  | { readonly kind: 'root' }
  | { readonly kind: 'sums' }
  | { readonly kind: 'listings'; readonly buckets: readonly number[] }
  | {
      readonly kind: 'differences';
      /** To be sent again; their stamps do not matter. */
      readonly wanted: readonly Leaf[];
      /** What the receiver has and the sender does not list: it counts as sent. */
      readonly heard: readonly Leaf[];
    }
  | { readonly kind: 'snapshot' }
  /** Both inclusive. */
  | { readonly kind: 'frames'; readonly first: number; readonly last: number };

export interface ResyncRequest {
  readonly lane: Lane;
  readonly epoch: number;
  readonly ask: Ask;
}

interface RefusedReading {
  readonly assetId: string;
  readonly sensor: string;
  readonly stamp: bigint;
  readonly reason: string;
}

export interface Ack {
  readonly lane: Lane;
  /** The receiver's; a sender with a smaller one has to take a greater one. */
  readonly epoch: number;
  /** It and all before it have come, or are given up. */
  readonly sequence: number;
  readonly refused: readonly RefusedReading[];
}

/** What is absent stays as it is. */
export interface SyncConfig {
  readonly deltaFramesPerSecondMax?: number;
  readonly heartbeatIntervalMs?: number;
}
