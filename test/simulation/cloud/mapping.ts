import type { KinesisStreamBatchResponse, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import type { World } from '../world.ts';
import type { SimulatedFunction } from './function.ts';
import type { Shard, Streams } from './streams.ts';

const BATCH_RECORDS_MAX = 8;
const RETRY_PAUSE_MS = 200;

type Consumer = SimulatedFunction<KinesisStreamEvent, KinesisStreamBatchResponse>;

/**
 * An event-source mapping: per shard one batch after the other, in order, each again until it is through. A partial
 * answer is retried from the lowest failed record on, a failed invocation in halves. The checkpoint is written late, and
 * a reader that lost its iterator or its lease goes back to it: whatever was done since is done again, even while the
 * earlier reader's invocation still runs.
 */
export function mapStream(world: World, streams: Streams, streamName: string, consumer: Consumer): void {
  const readers = new Map(
    streams
      .shards(streamName)
      .map((shard) => [shard.id, createReader(world, `${streamName} ${shard.id.slice(-2)}`, shard, consumer)]),
  );
  streams.onPut(streamName, (shardId) => readers.get(shardId)?.wake());
}

function createReader({ scheduler, chance, faults, trace }: World, name: string, shard: Shard, consumer: Consumer) {
  let [checkpoint, lease, isAwake] = [0, 0, false];

  /** Works off what there is, from the checkpoint on, as long as nobody else has taken the lease. */
  const read = async (): Promise<void> => {
    const mine = (lease += 1);
    let position = checkpoint;
    const isMine = (): boolean => lease === mine;
    while (isMine() && position < shard.records.length) {
      if (chance.happens(faults.iteratorExpired)) {
        trace(() => `${name}: iterator expired, back to ${checkpoint}`);
        position = checkpoint;
      }
      const size = Math.min(chance.integer(1, BATCH_RECORDS_MAX), shard.records.length - position);
      await workOff(shard.records.slice(position, position + size), isMine);
      if (!isMine()) return;
      position += size;
      if (!chance.happens(faults.iteratorExpired) || position === shard.records.length) checkpoint = position;
    }
    if (isMine()) isAwake = false;
  };

  const workOff = async (batch: readonly KinesisStreamRecord[], isMine: () => boolean): Promise<void> => {
    let left = batch;
    let size = batch.length;
    while (left.length > 0 && isMine()) {
      const part = left.slice(0, size);
      riskLease();
      try {
        const [failed] = (await consumer.invoke({ Records: part })).batchItemFailures;
        const done = failed ? indexOf(part, failed.itemIdentifier) : part.length;
        left = left.slice(done);
        size = left.length;
        if (failed) trace(() => `${name}: again from ${failed.itemIdentifier}`);
      } catch (error) {
        trace(() => `${name}: ${String(error)}, again in halves`);
        size = Math.max(1, Math.ceil(size / 2));
      }
      if (left.length > 0) await scheduler.pause(RETRY_PAUSE_MS);
    }
  };

  const riskLease = (): void => {
    if (!chance.happens(faults.leaseLost)) return;
    scheduler.after(chance.integer(1, 2 * RETRY_PAUSE_MS), () => {
      trace(() => `${name}: lease lost, another reader begins at ${checkpoint}`);
      isAwake = true;
      void read();
    });
  };

  return {
    wake(): void {
      if (isAwake) return;
      isAwake = true;
      scheduler.after(chance.integer(1, RETRY_PAUSE_MS + faults.pollLateMs), () => void read());
    },
  };
}

/** Throws where the answer names no record of the batch, which Lambda takes for a failure of the whole of it. */
function indexOf(batch: readonly KinesisStreamRecord[], sequenceNumber: string): number {
  const index = batch.findIndex(({ kinesis }) => kinesis.sequenceNumber === sequenceNumber);
  if (index === -1) throw new Error(`the answer names ${sequenceNumber}, which is not of the batch`);
  return index;
}
