import type { KinesisStreamRecord } from 'aws-lambda';

/** A record as Lambda hands it to a function. */
export function kinesisRecord(index: number, data: Uint8Array): KinesisStreamRecord {
  const sequenceNumber = String(49_000_000_000_000_000n + BigInt(index));
  return {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: 'bench',
      sequenceNumber,
      data: Buffer.from(data).toString('base64'),
      approximateArrivalTimestamp: 0,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `shardId-000000000000:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: '',
    awsRegion: 'us-east-1',
    eventSourceARN: '',
  };
}
