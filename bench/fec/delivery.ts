import { createGatherer } from '../../core/fec/gather.ts';
import type { FecLink } from '../../core/fec/link.ts';
import { spreadPayload } from '../../core/fec/spread.ts';
import { seededRandom } from '../support/random.ts';
import { drawBytes } from './codewords.ts';

export interface Delivery {
  readonly datagrams: number;
  /** Of all datagrams, their headers included, without those of UDP and IP. */
  readonly bytes: number;
  readonly delivered: number;
  /** Frames of which no datagram was lost: what would have arrived without FEC. */
  readonly whole: number;
}

/** What arrives of `frames` frames when each datagram is lost with that probability, independently of the others. */
export function measureDelivery(
  { link, datagrams, payloadBytes }: { link: FecLink; datagrams: number; payloadBytes: number },
  frames: number,
  loss: number,
  seed: number,
): Delivery {
  const random = seededRandom(seed);
  const payload = drawBytes(random, payloadBytes);
  const gatherer = createGatherer(link);
  const counts = { datagrams: 0, bytes: 0, delivered: 0, whole: 0 };
  for (let number = 0; number < frames; number += 1) {
    const spread = spreadPayload(payload, number, link, datagrams);
    if (!spread.ok) throw new Error(spread.detail);
    const arriving = spread.datagrams.filter(() => random() >= loss);
    for (const datagram of arriving) {
      const gathered = gatherer.add(datagram);
      if (!gathered.ok) throw new Error(gathered.detail);
      if (gathered.payload && isEqual(gathered.payload, payload)) counts.delivered += 1;
    }
    if (arriving.length === spread.datagrams.length) counts.whole += 1;
    counts.datagrams = spread.datagrams.length;
    counts.bytes = spread.datagrams.reduce((bytes, { length }) => bytes + length, 0);
  }
  return counts;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
