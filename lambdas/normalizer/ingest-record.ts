import type { KinesisStreamRecord } from 'aws-lambda';
import type { Message } from '../../core/codec/message.ts';
import { recordBytes } from '../shared/kinesis-batch.ts';

/** What the topic rules SELECT, in the names that they give it. A rule leaves out what is undefined. */
interface IngestRecord {
  readonly payload: string;
  readonly topic: string;
  readonly receivedAtMs: number;
  readonly clientId?: string;
  /** Absent where a connection has no certificate. */
  readonly principal?: string;
  /** Absent where a message was published over HTTP, which has no trace. */
  readonly messageId?: string;
}

/**
 * The message that a record of the `ingest` stream carries; without a trace its id is shard and sequence number. What no
 * rule wrote is a message all the same: its bytes are the record's and its topic is empty, so that it is kept like any
 * other that fits no format.
 */
export function messageOf(record: KinesisStreamRecord): Message {
  const bytes = recordBytes(record);
  const { payload, topic, receivedAtMs, ...sender } = parse(bytes) ?? withoutRule(record);
  return {
    messageId: sender.messageId ?? record.eventID,
    topic,
    bytes: payload === undefined ? bytes : Buffer.from(payload, 'base64'),
    clientId: sender.clientId ?? '',
    principal: sender.principal ?? '',
    receivedAtMs,
  };
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
  } = value as Partial<IngestRecord>;
  return (
    [payload, topic, clientId, principal, messageId].every((text) => typeof text === 'string') &&
    Number.isSafeInteger(receivedAtMs)
  );
}
