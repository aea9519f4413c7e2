import type { KinesisStreamRecord } from 'aws-lambda';

/** A record as Lambda hands it to a function; `sequence` orders it within its shard. */
export function kinesisRecord(sequence: number, data: Uint8Array | string): KinesisStreamRecord {
  const sequenceNumber = `4959033827149025660855969254092570275932420852313751${String(sequence).padStart(4, '0')}`;
  return {
    awsRegion: 'us-east-1',
    eventID: `shardId-000000000000:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    eventSource: 'aws:kinesis',
    eventSourceARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/cityweave-ingest',
    eventVersion: '1.0',
    invokeIdentityArn: 'arn:aws:iam::000000000000:role/function',
    kinesis: {
      approximateArrivalTimestamp: 1_795_248_000.5,
      data: Buffer.from(data).toString('base64'),
      kinesisSchemaVersion: '1.0',
      partitionKey: 'p',
      sequenceNumber,
    },
  };
}
