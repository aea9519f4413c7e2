import { decodeAtAnyDepth, depthsThatFit, type FrameAtDepth } from '../../core/fec/decode-at-any-depth.ts';
import { readDatagram } from '../../core/fec/datagram.ts';
import { encodeFrame } from '../../core/fec/encode-frame.ts';
import type { Facts, Finding } from './finding.ts';

/** More than these places of corrected bytes are counted, not listed. */
const PLACES_MAX = 16;

/** A frame, and the bytes that it carries where they can be had. */
export interface FoundFec {
  readonly finding: Finding;
  readonly payload?: Uint8Array;
}

/** Undefined where the bytes are no FEC frame, and do not look like one that is beyond repair. */
export function findFec(bytes: Uint8Array): FoundFec | undefined {
  const decoded = decodeAtAnyDepth(bytes);
  const frame = { format: 'fec-frame', bytes: bytes.length, items: [] } as const;
  if (decoded.ok) return { finding: { ...frame, facts: factsOf(bytes, decoded) }, payload: decoded.payload };
  if (depthsThatFit(bytes).length === 0) return undefined;
  const { reason, detail } = decoded;
  return { finding: { ...frame, facts: {}, fault: { reason, detail } } };
}

/** One part of a frame tells of the whole; what the frame carries takes enough of the others. */
export function findDatagram(bytes: Uint8Array): Finding | undefined {
  const datagram = readDatagram(bytes);
  if (!datagram.ok) return undefined;
  const { header, body } = datagram;
  return {
    format: 'fec-datagram',
    bytes: bytes.length,
    facts: { ...header, rows: body.length / header.depth },
    items: [],
  };
}

function factsOf(bytes: Uint8Array, { payload, correctedBytes, depth }: FrameAtDepth): Facts {
  const facts = { depth, payloadBytes: payload.length, corrected: correctedBytes };
  const sent = correctedBytes > 0 ? encodeFrame(payload, { depth }) : undefined;
  if (!sent?.ok) return facts;
  const places = [...sent.frame.keys()].filter((at) => sent.frame[at] !== bytes[at]);
  const more = places.length > PLACES_MAX ? `, and ${places.length - PLACES_MAX} more` : '';
  return { ...facts, correctedAt: `${places.slice(0, PLACES_MAX).join(', ')}${more}` };
}
