import { ASSUMPTIONS } from './assumptions.ts';
import { type BillLine, line, perSecond } from './bill-line.ts';
import { HOURS_PER_MONTH, type KindFlow, type StreamFlow, sumOf, units } from './flow.ts';
import type { Load } from './load.ts';
import { PRICES } from './prices.ts';

const KIB = 1024;
const GIB = KIB ** 3;
const HOURS_PER_DAY = 24;
const DAYS_PER_MONTH = HOURS_PER_MONTH / HOURS_PER_DAY;
const SECONDS_PER_DAY = HOURS_PER_DAY * 3600;
/** Firehose counts each record as a multiple of it. */
const FIREHOSE_BYTES = 5 * KIB;
/** Of `lib/archive.ts`: an object is closed when it is this old, if it is not full before. */
const OBJECT_SECONDS = 300;
const OBJECT_BYTES = 64 * KIB * KIB;
/** A scan reads 4 KB for half a unit. */
const SCAN_BYTES = 8 * KIB;
/** Of `lib/calibration.ts`: each run reads all of the log of two hours and keeps its share. */
const CALIBRATION_RUNS_PER_SHARD = 4;
const CALIBRATION_HOURS_READ = 2;
/** Checkpoints stay two days longer than the log (`lib/archive.ts`). */
const CHECKPOINT_DAYS_BEYOND = 2;

/** The log in S3, what reads it every hour, and the twins that are written beside it every day. */
export function archiveLines(
  { archive, streams }: Load,
  flows: readonly KindFlow[],
  observations: StreamFlow,
): BillLine[] {
  if (!archive) return [];
  const { records, bytes, shards } = observations;
  const metered = records * units(records === 0 ? 0 : bytes / records, FIREHOSE_BYTES) * FIREHOSE_BYTES;
  const objects = Math.max(bytes / OBJECT_BYTES, 1 / OBJECT_SECONDS);
  const twins = sumOf(flows, ({ kind, twinBytes }) => kind.assets * twinBytes);
  const stored = bytes * archive.days * SECONDS_PER_DAY + twins * (archive.days + CHECKPOINT_DAYS_BEYOND);
  const readings = sumOf(flows, ({ accepted }) => accepted) * CALIBRATION_HOURS_READ * 3600;
  const runs = CALIBRATION_RUNS_PER_SHARD * (streams.mode === 'provisioned' ? shards : 1);
  const { calibrationReadingsPerSecond, calibrationGib, compressedShare } = ASSUMPTIONS;
  return [
    perSecond('Archive', 'Firehose GiB', metered / GIB, PRICES.firehose.gib),
    perSecond('Archive', 'objects written', objects, PRICES.s3.put),
    line('Archive', 'GiB stored', (stored * compressedShare) / GIB, PRICES.s3.gibMonth),
    line('Archive', 'checkpoints: read units', (twins / SCAN_BYTES) * DAYS_PER_MONTH, PRICES.dynamodb.readUnit),
    line(
      'Archive',
      'calibration: GiB seconds',
      runs * HOURS_PER_MONTH * (1 + readings / calibrationReadingsPerSecond) * calibrationGib,
      PRICES.lambda.gibSecond,
    ),
    line(
      'Archive',
      'calibration: objects read',
      runs * HOURS_PER_MONTH * CALIBRATION_HOURS_READ * 3600 * objects,
      PRICES.s3.get,
    ),
  ];
}
