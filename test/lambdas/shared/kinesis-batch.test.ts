import type { KinesisStreamRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { batchResponse } from '../../../lambdas/shared/kinesis-batch.ts';

function record(sequenceNumber: string): KinesisStreamRecord {
  return {
    awsRegion: 'us-east-1',
    eventID: `shardId-000000000000:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    eventSource: 'aws:kinesis',
    eventSourceARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/ingest',
    eventVersion: '1.0',
    invokeIdentityArn: 'arn:aws:iam::000000000000:role/normalizer',
    kinesis: {
      approximateArrivalTimestamp: 0,
      data: '',
      kinesisSchemaVersion: '1.0',
      partitionKey: 'p',
      sequenceNumber,
    },
  };
}

describe('batchResponse', () => {
  it('reports success as no failures', () => {
    expect(batchResponse([])).toEqual({ batchItemFailures: [] });
  });

  it('names the lowest sequence number as a number and not as text', () => {
    const failed = ['49590338271490256608559692540925702759324208523137515618', '9', '100'].map(record);
    expect(batchResponse(failed)).toEqual({ batchItemFailures: [{ itemIdentifier: '9' }] });
  });
});
