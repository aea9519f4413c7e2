/** What the domain asks of the world. `lambdas/shared` implements these over AWS; tests may over anything. */

import type { AttributeValue, Observation } from './observation.ts';
import type { Sighting } from './attestation/place.ts';
import type { WindowEntry } from './attestation/window.ts';
import type { CalibrationRecord } from './calibration/record.ts';
import type { Reason, Refusal } from './reason.ts';
import type { RegisteredAsset } from './schema/city-config.ts';
import type { ClockNote, ReadingsBehind } from './twin/behind-clock.ts';
import type { Calibration, Evidence, Review } from './twin/evidence.ts';
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

/** What is known beside the twins: how far their sources err, and what is in review. */
export interface EvidenceStore {
  /**
   * By asset; of what nothing is known, nothing is in the result. Reviews are strongly consistent. Asks for nothing where
   * no attribute of the twins' types has a policy that goes by evidence. Throws when a store does not answer.
   */
  read(twins: readonly Pick<Twin, 'assetId' | 'assetType'>[]): Promise<ReadonlyMap<string, Evidence>>;
}

/** One attribute of one asset; it has one review at most. */
export interface ReviewKey {
  readonly assetId: string;
  readonly attribute: string;
}

/** A disagreement as it stands in the table. */
export interface StoredReview extends ReviewKey, Review {
  /** That disagreed at its onset, sorted. */
  readonly sources: readonly string[];
  /** Of the latest twin that was seen to disagree. */
  readonly version: number;
  /** Whether somebody has been told that it is open. */
  readonly announced: boolean;
}

export interface ReviewStore {
  /** Strongly consistent. Throws, as all of these do, when the store does not answer. */
  read(keys: readonly ReviewKey[]): Promise<readonly StoredReview[]>;
  /** Puts the onset of a disagreement if there is none, and remembers the later version. Returns what stands then. */
  watch(onset: Omit<StoredReview, 'openedAtMs' | 'announced'>): Promise<StoredReview>;
  /** A twin of this version agrees: the review goes, unless a later one was seen to disagree. */
  clear(key: ReviewKey, version: number): Promise<void>;
}

/** One attribute of one asset; it has one calibration record at most. */
export type CalibrationKey = ReviewKey;

export interface StoredCalibration extends CalibrationKey {
  readonly calibration: Calibration;
}

export interface CalibrationStore {
  /** What policies go by, some minutes old at most; a key without a record is absent. Throws when the store does not answer. */
  read(keys: readonly CalibrationKey[]): Promise<readonly StoredCalibration[]>;
}

export interface CalibrationRecords {
  /** Strongly consistent; a key without a record is absent. Throws when the store does not answer. */
  read(keys: readonly CalibrationKey[]): Promise<readonly CalibrationRecord[]>;
  /** Writes a record if the one that stands is still of the window given, or if there is still none. Throws as above. */
  write(record: CalibrationRecord, standingWindowEndMs: number | undefined): Promise<'written' | 'race-lost'>;
}

/** What a LoRaWAN device sent, as its vendor's codec takes it. */
export interface Uplink {
  readonly bytes: Uint8Array;
  readonly fPort: number;
  readonly recvTimeMs: number;
  /** What the configuration says of the device. */
  readonly variables: Readonly<Record<string, string>>;
}

/** What a codec made of an uplink: JSON, not trusted. */
export interface DecodedUplink {
  readonly ok: true;
  readonly data: unknown;
  /** One object a measurement; absent where the codec does not normalize. */
  readonly normalized?: unknown;
}

export interface CodecRunner {
  /**
   * Runs `decodeUplink`, and `normalizeUplink` if there is one, of a file of the folder `codecs/`. Returns within a
   * bounded time whatever the file does. Refuses what the codec refuses or throws at (`malformed`), and a codec that
   * took too much time or memory (`processing-failed`).
   */
  run(file: string, uplink: Uplink): DecodedUplink | Refusal;
}

/** The reviews of a city, for whoever opens them. */
export interface ReviewQueue extends Pick<ReviewStore, 'clear'> {
  /** All, in pages and in no order; what was put a moment ago may be missing. */
  pages(): AsyncIterable<readonly StoredReview[]>;
  /** True for the one who opens it: it is still this one, and was not open. */
  open(review: StoredReview, openedAtMs: number): Promise<boolean>;
  /** Somebody has been told that it is open. */
  announced(review: StoredReview): Promise<void>;
}

/** The reviews that are open, for those who settle them. */
export interface OpenReviews {
  /** `cleared`: it was open a moment ago. */
  find(id: string): Promise<StoredReview | 'unknown' | 'cleared'>;
  list(page: {
    readonly limit: number;
    readonly cursor?: string;
  }): Promise<{ readonly reviews: readonly StoredReview[]; readonly cursor?: string }>;
  /** Keeps what an authority says in a review, once a key. Returns what was kept first. */
  keep(review: StoredReview, settlement: Settlement): Promise<Settlement>;
}

export interface Settlement {
  /** Whose it is. */
  readonly authority: string;
  /** By which its author knows it when asking again. */
  readonly key: string;
  /** What was asked for, so that the same key is not taken for something else. */
  readonly request: string;
  /** A record of the log. */
  readonly record: Uint8Array;
}

/** What is noted beside the twins of clocks that have jumped back, because the registers cannot tell. */
export interface ClockNotes {
  /** Keeps the latest of each source, unless one is kept that is nearly as late. Throws when the store does not answer. */
  note(behind: readonly ReadingsBehind[]): Promise<void>;
  /** Source → what was noted within the last day. Throws when the store does not answer. */
  read(assetId: string, sources: readonly string[]): Promise<ReadonlyMap<string, ClockNote>>;
}

export interface UplinkMemory {
  /**
   * When this very uplink was first heard: the time given, or that of an earlier copy, which another gateway heard or the
   * device sent again. An approximation: a process that has forgotten takes a copy for an uplink of its own.
   */
  firstHeardAtMs(source: string, fCnt: number, bytes: Uint8Array, heardAtMs: number): number;
}

/** A field of a binary reading, as its writer's schema names it; fields without a value are left out. */
export interface SchemaField {
  readonly name: string;
  readonly value: AttributeValue;
  /** UN/CEFACT code, where the schema says one. */
  readonly unit?: string;
}

/** What reads the bodies that one schema has written. */
export interface WriterSchema {
  /** Refuses a body that the schema cannot have written as `malformed`; it never throws. */
  read(body: Uint8Array): { readonly ok: true; readonly fields: readonly SchemaField[] } | Refusal;
}

export interface SchemaBook {
  /** The schema with this CRC-64-AVRO fingerprint, of those that are at hand. */
  find(fingerprint: bigint): WriterSchema | undefined;
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

/** A key that a gateway signs readings with. */
export interface AttestationKey {
  /** DER of a SubjectPublicKeyInfo (RFC 5280) on P-256. */
  readonly publicKey: Uint8Array;
  readonly status: 'active' | 'revoked';
  /** It has signed nothing that was observed earlier. */
  readonly notBeforeMs: number;
}

/** Which key of which gateway. */
export interface AttestationKeyId {
  readonly device: string;
  readonly keyId: string;
}

export interface AttestationKeys {
  /** In the order asked for; undefined where none is registered. Strongly consistent. Throws when the store does not answer. */
  find(ids: readonly AttestationKeyId[]): Promise<readonly (AttestationKey | undefined)[]>;
}

/** One start of a gateway's signer. */
export interface SignerRun extends AttestationKeyId {
  readonly bootId: bigint;
}

/** Which counters gateways have used, for which statements. Strongly consistent; all throw when the store does not answer. */
export interface CounterWindow {
  /** Those of the counters given and of the ones next to them that were used, and maybe more. */
  around(run: SignerRun, counters: readonly bigint[]): Promise<readonly WindowEntry[]>;
  /** The one used below a counter and the one above it that are nearest, beyond what `around` tells of it. */
  nearest(run: SignerRun, counter: bigint): Promise<readonly WindowEntry[]>;
  /** False where somebody else has used one of the counters meanwhile; some of the others may be written all the same. */
  put(run: SignerRun, entries: readonly WindowEntry[], receivedAtMs: number): Promise<boolean>;
}

/** What lies in the bucket of uploads. */
export interface StoredUpload {
  readonly bytes: number;
  readonly contentType: string;
  /** Hexadecimal, in lower case, as S3 has computed it; absent where it was put without one. */
  readonly sha256?: string;
}

export interface Uploads {
  /** Undefined where nothing lies there. Throws when the store does not answer. */
  find(key: string): Promise<StoredUpload | undefined>;
}

/** Where sources last saw assets that have no place of their own. */
export interface Sightings {
  find(source: string, assetId: string): Promise<Sighting | undefined>;
  /** Keeps the latest. */
  put(source: string, assetId: string, sighting: Sighting): Promise<void>;
}
