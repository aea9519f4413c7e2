import type { DraftReading } from '../../../core/codec/decoder.ts';
import type { Message } from '../../../core/codec/message.ts';
import type { Observation } from '../../../core/observation.ts';

/** 2026-11-21T08:00:00.000Z, as `date -u -d @1795248000` has it. */
export const EIGHT_O_CLOCK_MS = 1_795_248_000_000;

const GARAGE_TOPIC = 'dt/north/CarPark/garage/gate';

/** A message that the garage's gate could have sent, received at eight. `payload` is sent as JSON, bytes as they are. */
export function messageOf(payload: unknown, changes: Partial<Message> = {}): Message {
  return {
    messageId: 'trace-1',
    topic: GARAGE_TOPIC,
    bytes: payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload)),
    clientId: 'gate',
    principal: 'certificate-1',
    receivedAtMs: EIGHT_O_CLOCK_MS,
    ...changes,
  };
}

export function draftOf(changes: Partial<DraftReading> = {}): DraftReading {
  return {
    ok: true,
    kind: 'reading',
    assetId: 'garage',
    assetType: 'CarPark',
    zone: 'north',
    source: 'gate',
    observedAtMs: EIGHT_O_CLOCK_MS,
    attributes: [{ name: 'taken', value: 61 }],
    flags: [],
    attestation: 'none',
    schema: 0n,
    ...changes,
  };
}

export function observationOf(changes: Partial<Observation> = {}): Observation {
  return {
    readingId: 'trace-1/0',
    count: 1,
    kind: 'reading',
    clientId: 'gate',
    flags: [],
    assetId: 'garage',
    assetType: 'CarPark',
    zone: 'north',
    source: 'gate',
    stamp: 1_795_248_000_000_004_711n,
    seen: new Map(),
    observedAtMs: EIGHT_O_CLOCK_MS,
    receivedAtMs: EIGHT_O_CLOCK_MS,
    attestation: 'none',
    attributes: new Map([['taken', 61]]),
    schema: 0n,
    ...changes,
  };
}
