/**
 * What travels over a radio link, before it is protected. A report: kind (1 byte), session and sequence (4 bytes each, the
 * highest first), length of the node's name (1 byte) and the name, then a reading as a device would publish it, in JSON or
 * as SenML in CBOR. An acknowledgement: kind, session, sequence, and what became of the report (1 byte).
 */

import { refuse, type Refusal } from '../../../core/reason.ts';
import { isName, NAME_RULE } from '../../../core/schema/names.ts';
import { show } from '../../../core/schema/show.ts';

const REPORT = 0x11;
const ACKNOWLEDGEMENT = 0x12;
const HEADER_BYTES = 9;
const ACKNOWLEDGEMENT_BYTES = HEADER_BYTES + 1;
const NUMBER_MAX = 2 ** 32;

/** `later`: its stream is not read now, or the node says too much. `refused`: it is bad, and sending it again is no use. */
export const OUTCOMES = ['kept', 'later', 'refused'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface Report {
  readonly kind: 'report';
  readonly node: string;
  /** Another one each time the node starts, so that its sequence may begin anew. */
  readonly session: number;
  /** One more each time, from 0 on; 2³² − 1 is followed by 0. */
  readonly sequence: number;
  readonly body: Uint8Array;
}

export interface Acknowledgement {
  readonly kind: 'acknowledgement';
  readonly session: number;
  readonly sequence: number;
  readonly outcome: Outcome;
}

export function writeReport({ node, session, sequence, body }: Report): Uint8Array {
  const name = Buffer.from(node, 'latin1');
  const bytes = new Uint8Array(HEADER_BYTES + 1 + name.length + body.length);
  writeHeader(bytes, REPORT, session, sequence);
  bytes[HEADER_BYTES] = name.length;
  bytes.set(name, HEADER_BYTES + 1);
  bytes.set(body, HEADER_BYTES + 1 + name.length);
  return bytes;
}

export function writeAcknowledgement({ session, sequence, outcome }: Acknowledgement): Uint8Array {
  const bytes = new Uint8Array(ACKNOWLEDGEMENT_BYTES);
  writeHeader(bytes, ACKNOWLEDGEMENT, session, sequence);
  bytes[HEADER_BYTES] = OUTCOMES.indexOf(outcome);
  return bytes;
}

function writeHeader(bytes: Uint8Array, kind: number, session: number, sequence: number): void {
  const view = new DataView(bytes.buffer);
  view.setUint8(0, kind);
  view.setUint32(1, session);
  view.setUint32(5, sequence);
}

/** Refuses what is neither as `malformed`. */
export function readPacket(bytes: Uint8Array): Report | Acknowledgement | Refusal {
  const [kind] = bytes;
  if (bytes.length <= HEADER_BYTES || (kind !== REPORT && kind !== ACKNOWLEDGEMENT)) {
    return refuse('malformed', `got a packet of kind ${kind} and ${bytes.length} bytes, expected a report`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const session = view.getUint32(1);
  const sequence = view.getUint32(5);
  const last = bytes[HEADER_BYTES] ?? 0;
  if (kind === ACKNOWLEDGEMENT) {
    const outcome = OUTCOMES[last];
    return outcome !== undefined && bytes.length === ACKNOWLEDGEMENT_BYTES
      ? { kind: 'acknowledgement', session, sequence, outcome }
      : refuse('malformed', `got an acknowledgement of ${bytes.length} bytes and outcome ${last}`);
  }
  const bodyStart = HEADER_BYTES + 1 + last;
  const node = Buffer.from(bytes.subarray(HEADER_BYTES + 1, bodyStart)).toString('latin1');
  if (!isName(node) || node.length !== last) {
    return refuse('malformed', `node: got ${show(node)}, expected ${NAME_RULE}`);
  }
  return { kind: 'report', node, session, sequence, body: bytes.subarray(bodyStart) };
}

export function nextSequence(sequence: number): number {
  return (sequence + 1) % NUMBER_MAX;
}
