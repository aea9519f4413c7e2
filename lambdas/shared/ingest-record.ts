import type { KinesisStreamRecord } from 'aws-lambda';
import type { Message } from '../../core/codec/message.ts';
import { AHEAD_MAX_MS } from '../../core/codec/validate-reading.ts';
import { OBSERVED_AT_MAX_MS } from '../../core/twin/stamp.ts';
import { recordBytes } from './kinesis-batch.ts';

/** Later, and a clock that runs ahead of it as far as it may would have no stamp. */
export const RECEIVED_AT_MAX_MS = OBSERVED_AT_MAX_MS - AHEAD_MAX_MS;

/**
 * IoT Core's longest topic; ids are shorter ("Message broker and protocol limits and quotas"). What names itself at
 * greater length no rule wrote, and it would not fit the key of a reject.
 */
export const NAME_CHARACTERS_MAX = 256;

/** What the topic rules SELECT, in the names that they give it. A rule leaves out what is undefined. */
export interface IngestRecord {
  /** Base64. */
  readonly payload: string;
  readonly topic: string;
  readonly receivedAtMs: number;
  readonly clientId?: string;
  /** Absent where a connection has no certificate. */
  readonly principal?: string;
  /** Absent where a message was published over HTTP, which has no trace. */
  readonly messageId?: string;
  /** Only where an operator has put the message back in. */
  readonly redrive?: Redrive;
}

/** Which readings of a kept message are put back in, and for which time. */
export interface Redrive {
  /** From 1. */
  readonly times: number;
  /** How many readings the message held when it was kept. */
  readonly count: number;
  /** The places asked for; absent where the message as a whole was kept, and all that it holds is wanted. */
  readonly places?: readonly number[];
}

/** A message of the `ingest` stream. */
export interface IngestMessage extends Message {
  readonly redrive?: Redrive;
}

/**
 * The message that a record of the `ingest` stream carries; without a trace its id is shard and sequence number. What no
 * rule wrote is a message all the same: its bytes are the record's and its topic is empty, so that it is kept like any
 * other that fits no format.
 */
export function messageOf(record: KinesisStreamRecord): IngestMessage {
  const bytes = recordBytes(record);
  const fields = parse(bytes) ?? withoutRule(record);
  const { payload, topic, receivedAtMs, messageId = record.eventID, clientId = '', principal = '', redrive } = fields;
  const content = payload === undefined ? bytes : Buffer.from(payload, 'base64');
  const message = { messageId, topic, bytes: content, clientId, principal, receivedAtMs };
  return redrive ? { ...message, redrive } : message;
}

/**
 * The message that a rule hands to a function directly: the same SELECT, so the same message. Without a trace it has no
 * id. Throws on what no rule selects.
 */
export function messageOfRule(fields: unknown): Message {
  if (!isIngestRecord(fields)) {
    throw new TypeError(`got ${JSON.stringify(fields)?.slice(0, 100)}, expected what the topic rules SELECT`);
  }
  const { payload, topic, receivedAtMs, messageId = '', clientId = '', principal = '' } = fields;
  return { messageId, topic, bytes: Buffer.from(payload, 'base64'), clientId, principal, receivedAtMs };
}

function withoutRule({
  kinesis,
}: KinesisStreamRecord): Partial<IngestRecord> & { topic: string; receivedAtMs: number } {
  return { topic: '', receivedAtMs: Math.round(kinesis.approximateArrivalTimestamp * 1000) };
}

function parse(bytes: Buffer): IngestRecord | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
  return isIngestRecord(fields) ? fields : undefined;
}

function isIngestRecord(value: unknown): value is IngestRecord {
  if (typeof value !== 'object' || value === null) return false;
  const {
    payload,
    topic,
    receivedAtMs,
    clientId = '',
    principal = '',
    messageId = '',
    redrive,
  } = value as Partial<IngestRecord>;
  return (
    typeof payload === 'string' &&
    [topic, clientId, principal, messageId].every(isShortText) &&
    isTimeOfReceipt(receivedAtMs) &&
    (redrive === undefined || isRedrive(redrive))
  );
}

function isShortText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= NAME_CHARACTERS_MAX;
}

function isTimeOfReceipt(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= RECEIVED_AT_MAX_MS;
}

function isRedrive(value: Partial<Redrive> | null): value is Redrive {
  const { times, count, places } = value ?? {};
  return (
    Number.isSafeInteger(times) &&
    Number.isSafeInteger(count) &&
    (places === undefined || (Array.isArray(places) && places.every(Number.isSafeInteger)))
  );
}
