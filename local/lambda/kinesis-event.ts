import { LOCAL_REGION } from '../aws.ts';
import type { StreamRecord } from './stream-reader.ts';

/** A record as it lies in the event: serialized once, however often it is retried. */
export interface EventRecord {
  readonly sequenceNumber: string;
  readonly approximateArrivalMs: number;
  readonly json: string;
  readonly jsonBytes: number;
}

export interface EventOrigin {
  readonly streamArn: string;
  readonly shardId: string;
  /** The function's execution role. */
  readonly roleArn: string;
}

const EVENT_START = '{"Records":[';
const EVENT_END = ']}';

/** What an event takes without its records. */
export const EVENT_ENVELOPE_BYTES = EVENT_START.length + EVENT_END.length;

/** docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html */
export function toEventRecord(record: StreamRecord, origin: EventOrigin): EventRecord {
  const { data, sequenceNumber, partitionKey, approximateArrivalMs } = record;
  const json = JSON.stringify({
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey,
      sequenceNumber,
      data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
      approximateArrivalTimestamp: approximateArrivalMs / 1000,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${origin.shardId}:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: origin.roleArn,
    awsRegion: LOCAL_REGION,
    eventSourceARN: origin.streamArn,
  });
  return { sequenceNumber, approximateArrivalMs, json, jsonBytes: Buffer.byteLength(json) };
}

/** The event as JSON text. */
export function toEvent(records: readonly EventRecord[]): string {
  return EVENT_START + records.map(({ json }) => json).join(',') + EVENT_END;
}
