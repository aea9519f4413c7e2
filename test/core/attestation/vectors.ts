import { readFileSync } from 'node:fs';
import type { FrameReading, FrameAttestation } from '../../../core/sync/frame.ts';
import type { AttributeValue, Position } from '../../../core/observation.ts';
import type { AttestationKey } from '../../../core/ports.ts';
import type { Proof } from '../../../core/attestation/proof.ts';

/** As `test/vectors/attestation.py` writes them: hashes, keys and signatures in hexadecimal, uint64 as decimal text. */
interface VectorFile {
  readonly device: string;
  readonly bootId: string;
  readonly keyId: string;
  readonly spki: string;
  readonly cases: readonly {
    readonly reading: {
      readonly assetId: string;
      readonly assetType: string;
      readonly sensor: string;
      readonly stamp: string;
      readonly attributes: Readonly<Record<string, AttributeValue>>;
      readonly position: Position;
      readonly seen: Readonly<Record<string, Readonly<Record<string, string>>>>;
    };
    readonly gnss: Pick<FrameAttestation, 'gnssAtMs' | 'hdop' | 'satellites'>;
    readonly counter: string;
    readonly previousHash: string;
    readonly content: string;
    readonly statement: string;
    readonly statementHash: string;
    readonly signature: string;
    readonly otherSignature: string;
  }[];
}

const vectors: VectorFile = JSON.parse(
  readFileSync(new URL('../../vectors/attestation.json', import.meta.url), 'utf8'),
);
export const DEVICE = vectors.device;
export const KEY_ID = vectors.keyId;
export const SPKI = Buffer.from(vectors.spki, 'hex');
export const KEY: AttestationKey = { publicKey: SPKI, status: 'active', notBeforeMs: 0 };

export interface Vector {
  readonly reading: FrameReading & { readonly position: Position };
  readonly attestation: FrameAttestation;
  readonly content: string;
  readonly statement: string;
  readonly statementHash: string;
  /** Of the same r: n − s. */
  readonly otherSignature: Uint8Array;
}

export const VECTORS: readonly Vector[] = vectors.cases.map((each) => {
  const { assetId, assetType, sensor, stamp, attributes, position, seen } = each.reading;
  const seenStamps = Object.entries(seen).map(
    ([register, stamps]) =>
      [register, new Map(Object.entries(stamps).map(([name, text]) => [name, BigInt(text)]))] as const,
  );
  return {
    reading: {
      assetId,
      assetType,
      sensor,
      stamp: BigInt(stamp),
      attributes: new Map(Object.entries(attributes)),
      position,
      seen: new Map(seenStamps),
    },
    attestation: {
      keyId: KEY_ID,
      bootId: BigInt(vectors.bootId),
      counter: BigInt(each.counter),
      ...each.gnss,
      previousHash: Buffer.from(each.previousHash, 'hex'),
      signature: Buffer.from(each.signature, 'hex'),
    },
    content: each.content,
    statement: each.statement,
    statementHash: each.statementHash,
    otherSignature: Buffer.from(each.otherSignature, 'hex'),
  };
});

/** What the gateway of the vectors sent, or what somebody made of it. */
export function proofOf({ reading, attestation }: Vector, changes: Partial<Proof['reading']> = {}): Proof {
  return { device: DEVICE, reading: { ...reading, attestation, ...changes } };
}
