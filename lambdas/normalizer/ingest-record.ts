import type { KinesisStreamRecord } from 'aws-lambda';
import type { Message } from '../../core/codec/message.ts';
import { recordBytes } from '../shared/kinesis-batch.ts';

/** What the topic rules SELECT, in the names that they give it. */
interface IngestRecord {
  readonly payload: string;
  readonly topic: string;
  readonly clientId: string;
  readonly principal: string;
  readonly receivedAtMs: number;
  readonly messageId: string;
}

/**
 * The message that a record of the `ingest` stream carries. What no rule wrote is a message all the same: its bytes are
 * the record's, its id shard and sequence number, its topic empty, so that it is kept like any other that fits no format.
 */
export function messageOf(record: KinesisStreamRecord): Message {
  const bytes = recordBytes(record);
  const fields = parse(bytes);
  if (!fields) {
    return {
      messageId: record.eventID,
      topic: '',
      bytes,
      clientId: '',
      principal: '',
      receivedAtMs: Math.round(record.kinesis.approximateArrivalTimestamp * 1000),
    };
  }
  const { payload, topic, clientId, principal, receivedAtMs, messageId } = fields;
  return {
    messageId,
    topic,
    bytes: Buffer.from(payload, 'base64'),
    // Rules leave out what is undefined, such as the principal of a connection without a certificate.
    clientId: clientId ?? '',
    principal: principal ?? '',
    receivedAtMs,
  };
}

type Fields = Pick<IngestRecord, 'payload' | 'topic' | 'receivedAtMs' | 'messageId'> & Partial<IngestRecord>;

function parse(bytes: Buffer): Fields | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
  return isIngestRecord(fields) ? fields : undefined;
}

function isIngestRecord(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null) return false;
  const { payload, topic, receivedAtMs, messageId } = value as Partial<IngestRecord>;
  return (
    typeof payload === 'string' &&
    typeof topic === 'string' &&
    typeof messageId === 'string' &&
    Number.isSafeInteger(receivedAtMs)
  );
}
