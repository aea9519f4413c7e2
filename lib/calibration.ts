import { Construct } from 'constructs';
import type { CALIBRATION_VARIABLES, CalibrationRequest } from '../lambdas/calibration/environment.ts';
import type { Environment } from '../lambdas/shared/environment.ts';
import { type Archive, CALIBRATIONS } from './archive.ts';
import { CityFunction } from './city-function.ts';
import { CitySchedule, type Run } from './city-schedule.ts';
import { CityTable } from './city-table.ts';
import type { Deployment } from './deployment.ts';

/** A window closes on the hour; Firehose may hold its last readings for five minutes more, and be late itself. */
const SCHEDULE = 'cron(15 * * * ? *)';

/** As long as Lambda lets a function run. */
const TIMEOUT_S = 900;

/**
 * A shard's hour, full, is 25 million readings, of one value or two: as many as four runs hold. Each reads the log of two
 * hours at 340,000 readings a second, so that what five shards take is read in the time that a function has.
 */
const RUNS_PER_SHARD = 4;

/** One virtual CPU, and room for the readings that a run holds at a time. */
const MEMORY_MIB = 1769;

interface CalibrationProps {
  readonly deployment: Deployment;
  readonly archive: Archive | undefined;
}

/** What is known of the sources' errors: a record an attribute, and the function that folds each hour of the log into it. */
export class Calibration extends Construct {
  readonly table: CityTable;

  constructor(scope: Construct, id: string, { deployment, archive }: CalibrationProps) {
    super(scope, id);
    this.table = new CityTable(this, 'Records', {
      deployment,
      name: 'calibrations',
      partitionKey: 'assetId',
      sortKey: 'attribute',
    });
    // Without an archive there is no closed window to read: declared accuracies stand in.
    if (!archive) return;
    new CitySchedule(this, 'Schedule', { target: this.#folder(deployment, archive), runs: runsOf(deployment) });
  }

  /** Lets a function read what policies go by. */
  allowReading(reader: CityFunction): void {
    reader.allow(['dynamodb:BatchGetItem'], this.table.tableArn);
  }

  #folder(deployment: Deployment, archive: Archive): CityFunction {
    const folder = new CityFunction(this, 'Folder', {
      deployment,
      name: 'calibration',
      description: 'Folds each closed hour of the log into what is known of the errors of its sources',
      environment: {
        CALIBRATIONS_TABLE: this.table.tableName,
        ARCHIVE_BUCKET: archive.bucket.bucketName,
      } satisfies Environment<(typeof CALIBRATION_VARIABLES)[number]>,
      memoryMiB: MEMORY_MIB,
      timeoutS: TIMEOUT_S,
    });
    folder.allow(['dynamodb:BatchGetItem', 'dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate'], this.table.tableArn);
    archive.allowReadingLog(folder);
    archive.allowWriting(folder, CALIBRATIONS);
    return folder;
  }
}

/** Some an hour for each shard of the log, each of which reads all of it and keeps the assets of its buckets. */
function runsOf({ config, stage }: Deployment): readonly Run[] {
  const shards = stage.streamMode === 'provisioned' ? stage.shards.observations : 1;
  const count = Math.min(RUNS_PER_SHARD * shards, config.buckets);
  const edge = (index: number): number => Math.floor((config.buckets * index) / count);
  return Array.from({ length: count }, (_, index): Run => {
    const input: CalibrationRequest = { buckets: { from: edge(index), to: edge(index + 1) } };
    const description = `Has the last closed hour folded into the calibrations, part ${index + 1} of ${count}`;
    return { description, expression: SCHEDULE, input };
  });
}
