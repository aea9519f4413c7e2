/** What one reading says about one asset, after decoding, validation and stamping. */

export type AttributeValue = number | boolean | string;

/** WGS 84: degrees; altitude in metres above the ellipsoid. */
export interface Position {
  readonly longitude: number;
  readonly latitude: number;
  readonly altitude?: number;
}

/** What a receiver says of the position that it gives. */
export interface GnssFix {
  /** Absent, the fix is as old as the observation. */
  readonly fixedAtMs?: number;
  /** Horizontal dilution of precision. */
  readonly hdop?: number;
  readonly satellites?: number;
}

export type ObservationKind = 'reading' | 'decision' | 'distrust' | 'retire';

export type Attestation = 'none' | 'live' | 'historical';

/** A remark that travels with a reading into the twin. */
export type ReadingFlag =
  /** The device sent no time; the time of receipt stands in. */
  | 'observed-at-missing'
  /** The device's clock ticks in seconds, so readings of one second have no order among themselves. */
  | 'coarse-clock'
  /** The asset is not in the registry; its type and zone are what its topic claims. */
  | 'unregistered';

/** Source → the highest stamp seen of it. */
export type Context = ReadonlyMap<string, bigint>;

export interface Observation {
  /** `messageId/index`. */
  readonly readingId: string;
  /** How many readings the message held. */
  readonly count: number;
  readonly kind: ObservationKind;
  /** The MQTT client that published it. */
  readonly clientId: string;
  readonly flags: readonly ReadingFlag[];

  readonly assetId: string;
  readonly assetType: string;
  readonly zone: string;

  /** The authenticated source: with `stamp` it is the dot. */
  readonly source: string;
  /** uint64: observation time in milliseconds × 10⁶ plus a tie of 0…999,999. */
  readonly stamp: bigint;
  /** Attribute → what the writer had seen of it. A plain sensor sends none. */
  readonly seen: ReadonlyMap<string, Context>;

  readonly observedAtMs: number;
  /** The topic rule's `timestamp()`: the only "now" that checks use. */
  readonly receivedAtMs: number;
  readonly position?: Position;
  readonly attestation: Attestation;
  /** Name → value, in the unit that the asset type declares. */
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  /** CRC-64-AVRO fingerprint of the writer's schema; 0 for JSON. */
  readonly schema: bigint;
  /** From when on a decision no longer stands; of kind `decision` only. */
  readonly validUntilMs?: number;
  /** How often an operator had put it back into the log; absent where never. */
  readonly redrives?: number;
}
