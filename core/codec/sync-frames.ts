/** A gateway's frames: readings of the sensors behind it, each under the sensor's own dot. */

import { decodeAtAnyDepth } from '../fec/decode-at-any-depth.ts';
import type { Context } from '../observation.ts';
import { refuse, type Refusal } from '../reason.ts';
import { isName } from '../schema/names.ts';
import { show } from '../schema/show.ts';
import { decodeFrame } from '../sync/decode-frame.ts';
import type { FrameReading } from '../sync/frame.ts';
import { counterTie, observedAtMsOf } from '../twin/stamp.ts';
import type { DecodedReading, Decoder } from './decoder.ts';
import { READINGS_PER_MESSAGE_MAX } from './json-payload.ts';
import type { FramesTopic } from './topic.ts';

export const syncFrames: Decoder = {
  name: 'sync-frames',

  accepts(_message, topic) {
    return topic.kind === 'frames';
  },

  decode({ bytes }, topic) {
    if (topic.kind !== 'frames') return refuse('unknown-schema', 'frames are published on dt/…/gateway/…/frames');
    const unwrapped = frameBytes(bytes, topic);
    if ('ok' in unwrapped) return unwrapped;
    const decoded = decodeFrame(unwrapped);
    if (!decoded.ok) return decoded;
    const { frame } = decoded;
    if (frame.gateway !== topic.gatewayId) {
      return refuse('not-authorized', `${topic.gatewayId} sent a frame of gateway ${show(frame.gateway)}`);
    }
    if (frame.kind === 'heartbeat') return [];
    if (frame.readings.length > READINGS_PER_MESSAGE_MAX) {
      return refuse('too-large', `got ${frame.readings.length} readings, expected at most ${READINGS_PER_MESSAGE_MAX}`);
    }
    return frame.readings.map((reading) => readReading(reading, topic));
  },
};

/**
 * The sync frame in a message: itself, or what an FEC frame carries, of whichever depth: no configuration knows the links of
 * a city. Refused as `decodeAtAnyDepth` does.
 */
export function frameBytes(bytes: Uint8Array, { isFec }: FramesTopic): Uint8Array | Refusal {
  if (!isFec) return bytes;
  const unwrapped = decodeAtAnyDepth(bytes);
  return unwrapped.ok ? unwrapped.payload : unwrapped;
}

function readReading(reading: FrameReading, { zone, gatewayId }: FramesTopic): DecodedReading {
  const { assetId, assetType, sensor, stamp, attributes, position, attestation } = reading;
  if (!isName(assetId)) return refuse('schema-violation', `asset id: ${show(assetId)} is no name`);
  const seen = new Map<string, Context>();
  for (const [attribute, stamps] of reading.seen) {
    seen.set(attribute, new Map([...stamps].map(([each, seenStamp]) => [`${gatewayId}/${each}`, seenStamp])));
  }
  for (const each of [sensor, ...[...reading.seen.values()].flatMap((stamps) => [...stamps.keys()])]) {
    if (each.includes('/'))
      return refuse('not-authorized', `${gatewayId} may not name ${show(each)}: own sensors only`);
    if (!isName(each)) return refuse('schema-violation', `sensor: ${show(each)} is no name`);
  }
  return {
    ok: true,
    kind: 'reading',
    assetId,
    assetType,
    zone,
    source: `${gatewayId}/${sensor}`,
    observedAtMs: observedAtMsOf(stamp),
    counter: BigInt(counterTie(stamp)),
    attributes: [...attributes].map(([name, value]) => ({ name, value })),
    ...(position && { position }),
    ...(seen.size > 0 && { seen }),
    flags: [],
    attestation: 'none',
    ...(attestation && { proof: { device: gatewayId, reading: { ...reading, attestation } } }),
    schema: 0n,
  };
}
