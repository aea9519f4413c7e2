/** What gateways and the cloud say to one another (`schemas/sync.proto`). */

import type { AttributeValue, Position } from '../observation.ts';

/** Two lanes share nothing: each has its own sequence, and its own state that was sent. */
export type Lane = 'bulk' | 'critical';

/** What one sensor said of one asset under one dot, or as much of it as there is to say. */
export interface FrameReading {
  readonly assetId: string;
  readonly assetType: string;
  /** A name; the source is `{gateway}/{sensor}`. */
  readonly sensor: string;
  readonly stamp: bigint;
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  readonly position?: Position;
  /** Register → sensor → the stamp that its writer had seen of it. */
  readonly seen: ReadonlyMap<string, ReadonlyMap<string, bigint>>;
  /** Its signature is over all of the above as it stands: it travels whole, and no value is rounded any more. */
  readonly attestation?: FrameAttestation;
}

/** That the gateway's signer has seen a reading, at which place in the order of all that it signed. */
export interface FrameAttestation {
  readonly keyId: string;
  /** uint64: another one at every start of the signer. */
  readonly bootId: bigint;
  /** uint64: 1, 2, 3, … within a boot; its remainder by 10⁶ is the tie of the reading's stamp. */
  readonly counter: bigint;
  /** When the position was fixed. */
  readonly gnssAtMs: number;
  /** In steps of 0.01. */
  readonly hdop?: number;
  readonly satellites?: number;
  /** SHA-256 of the statement before this one in the boot; 32 zeros for the first. */
  readonly previousHash: Uint8Array;
  /** 64 bytes: r and s. */
  readonly signature: Uint8Array;
}

/** One dot of one register as far as a digest knows it. */
export interface Leaf {
  readonly assetId: string;
  readonly attribute: string;
  readonly sensor: string;
  readonly stamp: bigint;
}

/** What was sent up to the frame's sequence. */
export interface DigestReport {
  readonly root: bigint;
  /** How many assets it is of. */
  readonly assets: number;
  /** Frames before this one are no longer held. */
  readonly heldFrom: number;
  /** All buckets' sums, if asked for. */
  readonly sums?: readonly bigint[];
  /** Bucket → its leaves, if asked for. */
  readonly listings?: ReadonlyMap<number, readonly Leaf[]>;
}

interface FrameHeader {
  readonly gateway: string;
  readonly lane: Lane;
  /** A greater one after a restart with lost state. */
  readonly epoch: number;
  /** Of frames with readings: 1, 2, 3, … A heartbeat repeats the latest, 0 before the first. */
  readonly sequence: number;
  readonly sentAtMs: number;
}

export interface ReadingsFrame extends FrameHeader {
  readonly kind: 'delta' | 'snapshot';
  /** Those of one asset stand together. */
  readonly readings: readonly FrameReading[];
}

export interface Heartbeat extends FrameHeader {
  readonly kind: 'heartbeat';
  readonly digest: DigestReport;
}

export type SyncFrame = ReadingsFrame | Heartbeat;
