import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { withoutCallLog } from '../shared/aws-client.ts';
import { scanTwins } from '../shared/dynamodb-twin-scan.ts';
import { readEnvironment } from '../shared/environment.ts';
import { logger, metrics } from '../shared/observability.ts';
import { writeCheckpoint } from './checkpoint.ts';
import { CHECKPOINT_METRICS as METRICS, CHECKPOINT_VARIABLES } from './environment.ts';

/** Read side by side: one waits for its page while another's is taken apart, which is what takes the time. */
const SEGMENTS = 4;
const HOUR_MS = 3_600_000;

const environment = readEnvironment(CHECKPOINT_VARIABLES);
const dynamodb = withoutCallLog(new DynamoDBClient({}));
const s3 = withoutCallLog(new S3Client({}));

/**
 * Runs by a schedule. The scan reads what DynamoDB has at hand, which may be a second old: the log is joined from so much
 * earlier on that this does not show.
 */
export async function handler(_: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<void> {
  const { beganAtMs, completedAtMs, twins, parts } = await writeCheckpoint({
    segments: Array.from({ length: SEGMENTS }, (_each, segment) =>
      scanTwins(dynamodb, environment.TWINS_TABLE, { segment, segments: SEGMENTS }),
    ),
    putObject: async (Key, Body) => {
      await s3.send(new PutObjectCommand({ Bucket: environment.ARCHIVE_BUCKET, Key, Body }));
    },
    logMarginMs: Number(environment.LOG_MARGIN_HOURS) * HOUR_MS,
    nowMs: () => Date.now(),
    remainingMs: () => context.getRemainingTimeInMillis(),
  });
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const seconds = (completedAtMs - beganAtMs) / 1000;
  logger.info('checkpoint written', { beganAt: new Date(beganAtMs).toISOString(), twins, parts: parts.length, bytes });
  metrics.addMetric(METRICS.twins, MetricUnit.Count, twins);
  metrics.addMetric(METRICS.bytes, MetricUnit.Bytes, bytes);
  metrics.addMetric(METRICS.seconds, MetricUnit.Seconds, seconds);
  metrics.publishStoredMetrics();
}
