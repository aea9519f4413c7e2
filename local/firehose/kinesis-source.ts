import { type Checkpoints, openCheckpoints } from '../lambda/checkpoints.ts';
import type { StreamReader } from '../lambda/stream-reader.ts';
import type { Source, SourceRecord } from './source.ts';

/** The checkpoint of a shard that was empty when the delivery stream began: all that has come since is wanted. */
const EMPTY_SHARD = 'EMPTY';

/** GetRecords gives no more at once. */
const RECORDS_MAX = 10_000;
const BYTES_MAX = 10 * 1024 * 1024;

/**
 * Reads a Kinesis stream on from where its checkpoints are. One that is new begins at the tip, as Firehose does
 * (developer guide, "Writing to Firehose Using Kinesis Data Streams": "from the LATEST position").
 */
export async function openKinesisSource(
  streams: StreamReader,
  streamArn: string,
  checkpointFile: string,
  log: (line: string) => void,
): Promise<Source> {
  const checkpoints = await openCheckpoints(checkpointFile, (error) =>
    log(`checkpoints were not written: ${String(error)}`),
  );
  const shardIds = await streams.shardIds(streamArn);
  await Promise.all(shardIds.map((shardId) => skipToTip(streams, streamArn, shardId, checkpoints)));
  const taken = new Map<string, string>();

  return {
    async read(bytesMax) {
      const records: SourceRecord[] = [];
      for (const shardId of shardIds) {
        const after = positionOf(taken.get(shardId) ?? checkpoints.get(shardId));
        const limits = { recordsMax: RECORDS_MAX, bytesMax: Math.min(bytesMax, BYTES_MAX) };
        const read = await streams.readAfter(streamArn, shardId, after, limits);
        records.push(...read.map(({ approximateArrivalMs, data }) => ({ arrivedAtMs: approximateArrivalMs, data })));
        const last = read.at(-1);
        if (last !== undefined) {
          taken.set(shardId, last.sequenceNumber);
        }
      }
      return records;
    },
    async commit() {
      for (const [shardId, sequenceNumber] of taken) {
        checkpoints.advance(shardId, sequenceNumber);
      }
    },
    close: () => checkpoints.close(),
  };
}

async function skipToTip(
  streams: StreamReader,
  streamArn: string,
  shardId: string,
  checkpoints: Checkpoints,
): Promise<void> {
  if (checkpoints.get(shardId) !== undefined) {
    return;
  }
  let position: string | undefined;
  for (;;) {
    const limits = { recordsMax: RECORDS_MAX, bytesMax: BYTES_MAX };
    const skipped = (await streams.readAfter(streamArn, shardId, position, limits)).at(-1);
    if (skipped === undefined) {
      checkpoints.advance(shardId, position ?? EMPTY_SHARD);
      return;
    }
    position = skipped.sequenceNumber;
  }
}

function positionOf(checkpoint: string | undefined): string | undefined {
  return checkpoint === EMPTY_SHARD ? undefined : checkpoint;
}
