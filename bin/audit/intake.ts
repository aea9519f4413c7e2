import type { LogWindow } from '../../core/archive/archived-log.ts';
import type { Ledger } from '../../core/archive/conservation.ts';
import { messageOf } from '../../lambdas/shared/ingest-record.ts';
import type { StreamReader, StreamRecord } from '../rebuild/stream-reader.ts';

/** Enters what came in since the last call. What was put back in had come in before. */
export async function enterIntake(ledger: Ledger, ingest: StreamReader, { fromMs, toMs }: LogWindow): Promise<void> {
  for await (const page of ingest.pages()) {
    for (const record of page) {
      const { messageId, receivedAtMs, redrive } = messageOf(asLambdaHasIt(record));
      if (!redrive && receivedAtMs >= fromMs && receivedAtMs < toMs) ledger.cameIn(messageId, receivedAtMs);
    }
  }
}

/** As the normalizer sees it, so that a message without a trace gets the same id. */
function asLambdaHasIt({ shardId, sequenceNumber, arrivedAtMs, data }: StreamRecord): Parameters<typeof messageOf>[0] {
  return {
    eventID: `${shardId}:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    eventSource: 'aws:kinesis',
    eventSourceARN: '',
    eventVersion: '1.0',
    awsRegion: '',
    invokeIdentityArn: '',
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: '',
      sequenceNumber,
      data: Buffer.from(data).toString('base64'),
      approximateArrivalTimestamp: arrivedAtMs / 1000,
    },
  };
}
