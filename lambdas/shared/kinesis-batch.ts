import type { KinesisStreamBatchResponse, KinesisStreamRecord } from 'aws-lambda';

/** What a record of a Kinesis event carries, in bytes. */
export function recordBytes(record: KinesisStreamRecord): Buffer {
  return Buffer.from(record.kinesis.data, 'base64');
}

/**
 * A partial batch response. Lambda retries a Kinesis batch from the lowest failed sequence number on, so that one is all
 * it needs (Lambda developer guide, "Configuring partial batch response with Kinesis").
 */
export function batchResponse(failed: Iterable<KinesisStreamRecord>): KinesisStreamBatchResponse {
  let lowest: string | undefined;
  for (const { kinesis } of failed) {
    if (lowest === undefined || BigInt(kinesis.sequenceNumber) < BigInt(lowest)) lowest = kinesis.sequenceNumber;
  }
  return { batchItemFailures: lowest === undefined ? [] : [{ itemIdentifier: lowest }] };
}
