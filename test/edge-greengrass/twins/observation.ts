import type { Observation } from '../../../core/observation.ts';

/** What a loop says of a junction. */
export function observationOf(assetId: string, loopCount: number, observedAtMs: number): Observation {
  return {
    readingId: `m/${observedAtMs}`,
    count: 1,
    kind: 'reading',
    clientId: 'gw',
    flags: [],
    assetId,
    assetType: 'TrafficJunction',
    zone: 'downtown_alpha',
    source: 'gw/loop-004',
    stamp: BigInt(observedAtMs) * 1_000_000n,
    seen: new Map(),
    observedAtMs,
    receivedAtMs: observedAtMs,
    attestation: 'none',
    attributes: new Map([['loopCount', loopCount]]),
    schema: 0n,
  };
}
