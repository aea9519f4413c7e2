/** What the domain asks of the world. `lambdas/shared` implements these over AWS; tests may over anything. */

import type { AttributeValue, Observation } from './observation.ts';
import type { Reason } from './reason.ts';
import type { RegisteredAsset } from './schema/city-config.ts';
import type { Twin } from './twin/twin.ts';

/** A twin as it stands in the table. A twin that was never written has version 0. */
export interface StoredTwin {
  readonly twin: Twin;
  readonly version: number;
}

export interface TwinStore {
  /** Strongly consistent; assets without a twin are absent from the result. Throws when the store does not answer. */
  read(assetIds: readonly string[]): Promise<ReadonlyMap<string, StoredTwin>>;
  /**
   * Writes version `expectedVersion + 1` if the table still holds `expectedVersion`. Refused, with the store's reason, is
   * a twin that the store will never take, such as one that has outgrown an item. Throws when the store does not answer.
   */
  write(twin: Twin, expectedVersion: number): Promise<'written' | 'race-lost' | { readonly refused: string }>;
}

/** Bytes for the subscribers of a topic `twin/{zone}/{tile}/delta`. */
export interface DeltaPublication {
  readonly topic: string;
  readonly payload: Uint8Array;
}

export interface DeltaPublisher {
  /** Throws when the broker does not answer. */
  publish(publication: DeltaPublication): Promise<void>;
}

interface TwinPage {
  readonly twins: readonly StoredTwin[];
  readonly cursor?: string;
}

export interface TwinQuery {
  readonly assetType?: string;
  readonly zone?: string;
  readonly limit: number;
  readonly cursor?: string;
}

export interface TwinIndex {
  list(query: TwinQuery): Promise<TwinPage>;
}

export interface AssetRegistry {
  find(assetIds: readonly string[]): Promise<ReadonlyMap<string, RegisteredAsset>>;
}

/** Bytes for the `observations` stream, at most 25 KB, all of one bucket. */
export interface LogRecord {
  readonly partitionKey: string;
  readonly data: Uint8Array;
}

export interface ObservationLog {
  /** Appends in the order given per partition key. Returns the indexes of the records that could not be written. */
  append(records: readonly LogRecord[]): Promise<ReadonlySet<number>>;
}

/** A reading, or a message that is not one, kept outside the log. */
export interface KeptReading {
  readonly readingId: string;
  readonly count: number;
  readonly reason: Reason;
  readonly detail: string;
  readonly topic: string;
  readonly clientId: string;
  readonly principal: string;
  readonly receivedAtMs: number;
  /** The whole message as it was published; of an observation, a record of the log that holds nothing else. */
  readonly bytes: Uint8Array;
  /** What `bytes` are, where they are not a message: it had been decoded and came to grief behind the log. */
  readonly form?: 'observation';
  /** How often it had been put back in before it was kept this time; absent where never. */
  readonly redrives?: number;
}

/** A kept reading as it is listed; `id` is `packId#index`. Its fate stands unless it is `redriven`. */
export interface ListedReading extends KeptReading {
  readonly id: string;
  readonly status: 'kept' | RedriveState;
}

/** `redriving` while somebody puts it back in, `redriven` once the stream has it. */
export type RedriveState = 'redriving' | 'redriven';

export interface RejectQuery {
  readonly reason?: Reason;
  /** Inclusive. */
  readonly fromMs?: number;
  /** Exclusive. */
  readonly toMs?: number;
  readonly limit: number;
  readonly cursor?: string;
}

export interface RejectStore {
  /** Keeps all or throws; keeping the same readings again, also in another batch, changes nothing. */
  keep(readings: readonly KeptReading[]): Promise<void>;
  /** By reason, then by time of receipt. */
  list(query: RejectQuery): Promise<{ readonly readings: readonly ListedReading[]; readonly cursor?: string }>;
}

/** Who puts which kept reading back in, so that two operators do it once. */
export interface RedriveLedger {
  find(id: string): Promise<ListedReading | undefined>;
  /** True for the one who may put it back now; an earlier claim that was never settled lapses after a minute. */
  claim(id: string): Promise<boolean>;
  /** The stream has it: nobody may claim it again. */
  settle(id: string): Promise<void>;
}

export interface HistoryQuery {
  readonly assetId: string;
  readonly attribute: string;
  /** Whether the attribute's kind has extremes and a mean. */
  readonly numeric: boolean;
  /** Inclusive. */
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  readonly source?: string;
}

export interface HistoryPoint {
  readonly source: string;
  readonly stamp: bigint;
  readonly value: AttributeValue;
}

/** One source's readings within one bin. `min`, `max` and `mean` are absent for booleans and strings. */
export interface HistoryBin {
  readonly startMs: number;
  readonly source: string;
  readonly count: number;
  readonly min?: number;
  readonly max?: number;
  readonly mean?: number;
  readonly last: AttributeValue;
  readonly lastStamp: bigint;
}

export interface HistoryRejection {
  readonly readingId: string;
  readonly reason: string;
}

export interface HistoryStore {
  /** Writes what it can; every observation is either written or named in the result. Throws when the store does not answer. */
  write(observations: readonly Observation[]): Promise<readonly HistoryRejection[]>;
  points(
    query: HistoryQuery,
    page: { readonly limit: number; readonly cursor?: string },
  ): Promise<{ readonly points: readonly HistoryPoint[]; readonly cursor?: string }>;
  bins(query: HistoryQuery, binMs: number): Promise<readonly HistoryBin[]>;
}
