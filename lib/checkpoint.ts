import { Construct } from 'constructs';
import type { CHECKPOINT_VARIABLES } from '../lambdas/checkpoint/environment.ts';
import type { Environment } from '../lambdas/shared/environment.ts';
import { type Archive, CHECKPOINT_INTERVAL_DAYS, CHECKPOINTS } from './archive.ts';
import { CityFunction } from './city-function.ts';
import { CitySchedule } from './city-schedule.ts';
import type { CityTable } from './city-table.ts';
import type { Deployment } from './deployment.ts';

const HOURS_PER_DAY = 24;

/** At 03:00 UTC, when few readings come and few people look. */
const SCHEDULE = 'cron(0 3 * * ? *)';

/** As long as Lambda lets a function run. */
const TIMEOUT_S = 900;

/** One virtual CPU: taking the pages apart is what takes the time. */
const MEMORY_MIB = 1769;

interface CheckpointProps {
  readonly deployment: Deployment;
  readonly archive: Archive;
  readonly twins: CityTable;
}

/**
 * Writes all twins into the archive every day, so that a rebuild needs no more of the log than what came since, and no
 * part of the log is given up that the next checkpoint does not hold.
 *
 * What had come into the log a stream's retention before a checkpoint began has been merged by then, or has gone to the
 * failure bucket, from where it comes into the log anew. However far the resolver was behind, a checkpoint joined with
 * the log from that much earlier on lacks nothing.
 */
export class Checkpoint extends Construct {
  constructor(scope: Construct, id: string, { deployment, archive, twins }: CheckpointProps) {
    super(scope, id);
    const { stage, stageName } = deployment;
    const { archiveDays = 0, streamRetentionHours } = stage;
    this.node.addValidation({
      validate: () => {
        const daysMin = archiveDaysMin(streamRetentionHours);
        if (archiveDays >= daysMin) return [];
        return [
          `stages.${stageName}.archiveDays: got ${archiveDays}, expected at least ${daysMin}: the log may not expire ` +
            `before two checkpoints (every ${CHECKPOINT_INTERVAL_DAYS} day) and the ${streamRetentionHours} hours that ` +
            'the stream keeps have gone by, or a checkpoint that failed would leave a gap',
        ];
      },
    });

    const checkpoint = new CityFunction(this, 'Writer', {
      deployment,
      name: 'checkpoint',
      description: 'Writes all twins into the archive, from where the log can be joined on',
      environment: {
        TWINS_TABLE: twins.tableName,
        ARCHIVE_BUCKET: archive.bucket.bucketName,
        LOG_MARGIN_HOURS: String(streamRetentionHours),
      } satisfies Environment<(typeof CHECKPOINT_VARIABLES)[number]>,
      memoryMiB: MEMORY_MIB,
      timeoutS: TIMEOUT_S,
    });
    checkpoint.allow(['dynamodb:Scan'], twins.tableArn);
    archive.allowWriting(checkpoint, CHECKPOINTS);
    new CitySchedule(this, 'Schedule', {
      target: checkpoint,
      runs: [{ description: 'Has all twins written into the archive once a day', expression: SCHEDULE }],
    });
  }
}

/** As many whole days as hold two intervals of checkpoints and the margin from which the log is joined with one. */
export function archiveDaysMin(streamRetentionHours: number): number {
  return 2 * CHECKPOINT_INTERVAL_DAYS + Math.ceil(streamRetentionHours / HOURS_PER_DAY);
}
