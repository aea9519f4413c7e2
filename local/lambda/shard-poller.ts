import { listenForAppends } from './appends.ts';
import { type BatchProcessing, processBatch } from './batch-processing.ts';
import { type BatchSource, readBatch } from './batch-reader.ts';

export interface ShardPollerOptions extends BatchSource, BatchProcessing {
  readonly settings: BatchSource['settings'] & BatchProcessing['settings'];
  /** The last sequence number done; undefined to begin at the oldest record. */
  readonly position: string | undefined;
}

/**
 * Reads one shard in order and hands what it takes of it to the function batch by batch, one at a time, until `signal`
 * is aborted. While an invocation runs the next batch fills, so batches grow with the load. Rejects when the stream
 * cannot be read.
 */
export async function pollShard(options: ShardPollerOptions, signal: AbortSignal): Promise<void> {
  const { streams, stream, origin, advance } = options;
  const appends = listenForAppends((listener) => streams.onAppend(stream, origin.shardId, listener), signal);
  let { position } = options;
  try {
    while (!signal.aborted) {
      const batch = await readBatch(options, position, appends, signal);
      if (batch.position === undefined || batch.position === position) {
        await appends.next();
        continue;
      }
      if (batch.passed !== undefined) {
        advance(batch.passed);
      }
      if (await processBatch(options, batch.records, signal)) {
        position = batch.position;
        advance(position);
      }
    }
  } finally {
    appends.stop();
  }
}
