import { refuse, type Refusal } from '../reason.ts';
import { DATA_BYTES, PARITY_BYTES } from './code.ts';
import { bodyBytes, type DatagramHeader, readDatagram } from './datagram.ts';
import { type DecodedFrame, decodeFrame } from './decode-frame.ts';
import type { FecLink } from './link.ts';
import { LOSSY_LINK } from './spread.ts';

/** Frames of a sender that are remembered: as many as may be on their way at a time. The one begun first is given up. */
export const FRAMES_OPEN_MAX = 16;

/** What a datagram brought: a payload, nothing yet or any more, or why it was worth nothing. */
export type Gathered = DecodedFrame | Refusal | { readonly ok: true; readonly payload: undefined };

export interface Gatherer {
  /**
   * Datagrams may come in any order, more than once, damaged, or not at all. Each payload is given once, as long as its
   * frame is remembered.
   */
  add(datagram: Uint8Array): Gathered;
}

interface OpenFrame {
  /** Of the datagram that came first; the others must agree with it. */
  readonly first: DatagramHeader;
  /** By index; empty from when its payload has been given. */
  readonly bodies: Map<number, Uint8Array>;
  isDone: boolean;
}

const NOTHING = { ok: true, payload: undefined } as const;

/**
 * Puts the frames of one sender together again. A frame is decoded as soon as no codeword lacks more than 32 bytes, and
 * again with each further datagram where those that came were damaged; so nobody waits for what is lost, and no clock is
 * needed. It keeps no more than it was sent: `FRAMES_OPEN_MAX` × `DATAGRAMS_MAX` datagrams.
 */
export function createGatherer(link: FecLink = LOSSY_LINK): Gatherer {
  /** By number, the one begun first in front. */
  const frames = new Map<number, OpenFrame>();

  return {
    add(bytes) {
      const datagram = readDatagram(bytes);
      if (!datagram.ok) return datagram;
      const { header, body } = datagram;
      const { frameNumber, index, depth } = header;
      if (depth !== link.depth) {
        return refuse('malformed', `got a FEC datagram of depth ${depth}, expected ${link.depth}`);
      }
      const frame = frames.get(frameNumber) ?? { first: header, bodies: new Map(), isDone: false };
      if (frame.first.count !== header.count || frame.first.frameBytes !== header.frameBytes) {
        return refuse('malformed', `got a FEC datagram that differs from others of frame ${frameNumber} in its header`);
      }
      if (frame.isDone || frame.bodies.has(index)) return NOTHING;
      frame.bodies.set(index, body.slice());
      remember(frames, frameNumber, frame);
      return decoded(frame, link);
    },
  };
}

function remember(frames: Map<number, OpenFrame>, frameNumber: number, frame: OpenFrame): void {
  frames.set(frameNumber, frame);
  const [first] = frames.keys();
  if (frames.size > FRAMES_OPEN_MAX && first !== undefined) frames.delete(first);
}

function decoded(frame: OpenFrame, link: FecLink): Gathered {
  const { first, bodies } = frame;
  const missing = first.count - bodies.size;
  if (missing * rowsOfCodeword(first, link) > PARITY_BYTES) return NOTHING;
  const { bytes, erasures } = assembled(first, bodies);
  const result = decodeFrame(bytes, link, erasures);
  if (!result.ok && missing > 0) return NOTHING;
  frame.isDone = true;
  bodies.clear();
  return result;
}

/** At most so many bytes of a codeword are in one datagram. */
function rowsOfCodeword(
  { depth, count, frameBytes }: DatagramHeader,
  { codewordDataBytes = DATA_BYTES }: FecLink,
): number {
  return Math.ceil(Math.min(frameBytes / depth, codewordDataBytes + PARITY_BYTES) / count);
}

function assembled(first: DatagramHeader, bodies: ReadonlyMap<number, Uint8Array>) {
  const { depth, count, frameBytes } = first;
  const bytes = new Uint8Array(frameBytes);
  const erasures: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const body = bodies.get(index);
    const length = bodyBytes({ ...first, index });
    for (let at = 0; at < length; at += 1) {
      const offset = (index + Math.floor(at / depth) * count) * depth + (at % depth);
      if (body) bytes[offset] = body[at] ?? 0;
      else erasures.push(offset);
    }
  }
  return { bytes, erasures };
}
