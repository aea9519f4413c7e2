import type { GnssFix } from '../observation.ts';
import { POSITION } from '../schema/names.ts';
import { HDOP_STEPS, roundPosition } from '../sync/place.ts';
import type { FrameAttestation, FrameReading } from '../sync/frame.ts';
import { counterTie, observedAtMsOf, stampOf } from '../twin/stamp.ts';
import { NO_HASH, statementHash, statementOf } from './statement.ts';

/** What wraps around would repeat counters, so a boot ends here. */
export const COUNTER_MAX = 2n ** 64n - 1n;

/** A reading with a position. */
export type PlacedReading = FrameReading & Required<Pick<FrameReading, 'position'>>;

/** A reading under its dot, and what is to be signed of it. */
interface ChainLink {
  /** As frames carry it: its position rounded, the tie of its stamp from the counter, nothing seen of what it does not say. */
  readonly reading: PlacedReading;
  readonly claim: Omit<FrameAttestation, 'signature'>;
  readonly statement: Uint8Array;
}

/** The order of what one signer signs between its start and its end: a counter, and each statement's hash in the next. */
export interface Chain {
  /** Throws where the reading holds what no statement can, such as NaN; no counter is used up then. */
  next(reading: PlacedReading, fix?: GnssFix): ChainLink;
}

export interface ChainOptions {
  /** The gateway's thing name. */
  readonly device: string;
  readonly keyId: string;
  /** A uint64 that this key has never had before: asked for at once, and where the counters of a boot are used up. */
  readonly nextBootId: () => bigint;
  /** Of the last reading before the first; 0 where absent. */
  readonly counter?: bigint;
}

export function createChain({ device, keyId, nextBootId, counter: last = 0n }: ChainOptions): Chain {
  let [bootId, counter, previousHash] = [nextBootId(), last, NO_HASH];
  return {
    next(reading, { fixedAtMs = observedAtMsOf(reading.stamp), hdop, satellites } = {}) {
      if (counter === COUNTER_MAX) [bootId, counter, previousHash] = [nextBootId(), 0n, NO_HASH];
      const place = counter + 1n;
      const placed = {
        ...reading,
        stamp: stampOf(observedAtMsOf(reading.stamp), counterTie(place)),
        position: roundPosition(reading.position),
        seen: new Map([...reading.seen].filter(([register, stamps]) => stamps.size > 0 && isIn(reading, register))),
      };
      const claim = {
        keyId,
        bootId,
        counter: place,
        gnssAtMs: fixedAtMs,
        ...(hdop !== undefined && { hdop: Math.round(hdop * HDOP_STEPS) / HDOP_STEPS }),
        ...(satellites !== undefined && { satellites }),
        previousHash,
      };
      const statement = statementOf(device, placed, claim);
      counter = place;
      previousHash = statementHash(statement);
      return { reading: placed, claim, statement };
    },
  };
}

function isIn({ attributes }: PlacedReading, register: string): boolean {
  return register === POSITION || attributes.has(register);
}
