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
  /** Writes version `expectedVersion + 1` if the table still holds `expectedVersion`. */
  write(twin: Twin, expectedVersion: number): Promise<'written' | 'race-lost'>;
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
  readonly bytes: Uint8Array;
}

/** A kept reading as it is listed; `id` is `packId#index`. */
export interface ListedReading extends KeptReading {
  readonly id: string;
  readonly status: 'kept' | 'redriven';
}

export interface RejectQuery {
  readonly reason?: Reason;
  readonly fromMs?: number;
  readonly limit: number;
  readonly cursor?: string;
}

export interface RejectStore {
  /** Keeps all or throws; keeping the same readings again changes nothing. */
  keep(readings: readonly KeptReading[]): Promise<void>;
  /** By reason, then by time of receipt. */
  list(query: RejectQuery): Promise<{ readonly readings: readonly ListedReading[]; readonly cursor?: string }>;
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
