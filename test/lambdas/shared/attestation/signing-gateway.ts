import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { createChain, type PlacedReading } from '../../../../core/attestation/chain.ts';
import { statementOf } from '../../../../core/attestation/statement.ts';
import type { AttestationKey } from '../../../../core/ports.ts';
import { encodeFrame } from '../../../../core/sync/encode-frame.ts';
import type { FrameAttestation, FrameReading } from '../../../../core/sync/frame.ts';

export const EIGHT_MS = 1_795_248_000_000;
/** The market hall of the city's configuration, where it was surveyed. */
export const MARKET_HALL = { longitude: -1.8931, latitude: 52.4773 };

export type SignedReading = PlacedReading & { readonly attestation: FrameAttestation };

/** What differs from a bus that is at the market hall at eight, by a fix of that instant. */
interface Said extends Partial<PlacedReading> {
  readonly observedAtMs?: number;
  readonly gnssAtMs?: number;
}

export interface SigningGateway {
  readonly name: string;
  readonly keyId: string;
  readonly key: AttestationKey;
  sign(said?: Said): SignedReading;
  /** Another reading with boot, counter and predecessor of one that was signed: a signer that was set back. */
  fork(signed: SignedReading, changes: Partial<PlacedReading>): SignedReading;
  /** Counters that are signed and never sent. */
  skip(count: number): void;
  restart(): void;
}

let boots = 2n ** 63n;

export function signingGateway(name = 'gw-7'): SigningGateway {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const keyId = createHash('sha256').update(spki).digest('hex').slice(0, 32);
  const newChain = () => createChain({ device: name, keyId, nextBootId: () => (boots += 1n) });
  const seal = (message: Uint8Array) => sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  let chain = newChain();
  const next = ({ observedAtMs = EIGHT_MS, gnssAtMs = observedAtMs, ...changes }: Said = {}) => {
    const stamp = BigInt(observedAtMs) * 1_000_000n;
    return chain.next({ ...busReading(), stamp, ...changes }, { fixedAtMs: gnssAtMs });
  };
  return {
    name,
    keyId,
    key: { publicKey: spki, status: 'active', notBeforeMs: 0 },
    sign(said) {
      const { reading, claim, statement } = next(said);
      return { ...reading, attestation: { ...claim, signature: seal(statement) } };
    },
    fork(signed, changes) {
      const { attestation, ...reading } = { ...signed, ...changes };
      return { ...reading, attestation: { ...attestation, signature: seal(statementOf(name, reading, attestation)) } };
    },
    skip(count) {
      for (let each = 0; each < count; each += 1) next();
    },
    restart() {
      chain = newChain();
    },
  };
}

function busReading(): PlacedReading {
  return {
    assetId: 'bus-50',
    assetType: 'Vehicle',
    sensor: 'gps',
    stamp: 0n,
    attributes: new Map([['speed', 30]]),
    position: MARKET_HALL,
    seen: new Map(),
  };
}

export function frameOf(gateway: string, ...readings: readonly FrameReading[]): Uint8Array {
  const header = { gateway, lane: 'bulk', epoch: 1, sequence: 1, sentAtMs: EIGHT_MS } as const;
  return encodeFrame({ ...header, kind: 'delta', readings });
}
