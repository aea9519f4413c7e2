import { randomBytes } from 'node:crypto';
import { createChain, type PlacedReading } from '../../core/attestation/chain.ts';
import type { GnssFix } from '../../core/observation.ts';
import type { FrameReading } from '../../core/sync/frame.ts';
import type { Signer } from '../ports.ts';

export interface Attester {
  /**
   * Gives a reading its dot at once, so that nothing in the cabinet waits for a signature, and asks for the signature. The
   * order of the calls is the order of the counters, whichever signature comes first. Throws where the reading holds what
   * cannot be signed, such as NaN.
   */
  attest(reading: PlacedReading, fix?: GnssFix): Attested;
}

export interface Attested {
  readonly reading: PlacedReading;
  /** The same with its attestation; rejects where the signer fails, which leaves a gap in the counters and harms nothing. */
  readonly signed: Promise<FrameReading>;
}

/**
 * Each start of the component is a boot of its own, by a number that no other start draws: so no counter is ever used
 * twice, and a crash has nothing to lose that would have to be on the disk.
 *
 * @param device the gateway's thing name
 */
export function createAttester(device: string, signer: Signer): Attester {
  const chain = createChain({ device, keyId: signer.keyId, nextBootId: () => randomBytes(8).readBigUInt64BE() });
  return {
    attest(reading, fix) {
      const { reading: placed, claim, statement } = chain.next(reading, fix);
      const signed = signer
        .sign(statement)
        .then((signature): FrameReading => ({ ...placed, attestation: { ...claim, signature } }));
      // Nobody may be there to hear it: a reading that finds no room is not waited for.
      signed.catch(() => {});
      return { reading: placed, signed };
    },
  };
}
