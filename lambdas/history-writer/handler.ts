import { TimestreamQueryClient } from '@aws-sdk/client-timestream-query';
import { TimestreamWriteClient } from '@aws-sdk/client-timestream-write';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { decodeObservationRecord } from '../../core/codec/observation-record.ts';
import { withoutCallLog } from '../shared/aws-client.ts';
import { batchResponse, recordBytes } from '../shared/kinesis-batch.ts';
import { readEnvironment } from '../shared/environment.ts';
import { logger, metrics } from '../shared/observability.ts';
import { patiently } from '../shared/patience.ts';
import { timestreamHistoryStore } from '../shared/timestream-history-store.ts';
import { HISTORY_WRITER_METRICS as METRICS, HISTORY_WRITER_VARIABLES } from './environment.ts';

const environment = readEnvironment(HISTORY_WRITER_VARIABLES);
const history = timestreamHistoryStore({
  write: withoutCallLog(new TimestreamWriteClient({})),
  query: withoutCallLog(new TimestreamQueryClient({})),
  database: environment.HISTORY_DATABASE,
  table: environment.HISTORY_TABLE,
});

export const handler = patiently(writeBatch);

/**
 * Every observation of the log goes into history, superseded ones too. Writing twice is harmless, so when Timestream
 * does not answer the handler throws and the whole batch comes again. What Timestream refuses it will refuse again: each
 * refusal is logged with its reading and counted, and the reading stays in the log and in the twin.
 */
async function writeBatch(event: KinesisStreamEvent): Promise<KinesisStreamBatchResponse> {
  const decoded = event.Records.map((record) => ({ record, ...decodeObservationRecord(recordBytes(record)) }));
  const observations = decoded.flatMap((each) => (each.ok ? each.observations : []));
  const rejections = await history.write(observations);

  const undecodable = decoded.filter((each) => !each.ok);
  metrics.addMetric(METRICS.observations, MetricUnit.Count, observations.length);
  metrics.addMetric(METRICS.recordsRejected, MetricUnit.Count, rejections.length);
  metrics.addMetric(METRICS.recordsUndecodable, MetricUnit.Count, undecodable.length);
  for (const rejection of rejections) logger.warn('history refused a reading', { ...rejection });
  for (const { record } of undecodable) {
    logger.error('record holds no observations and never will', { sequenceNumber: record.kinesis.sequenceNumber });
  }
  metrics.publishStoredMetrics();
  return batchResponse([]);
}
